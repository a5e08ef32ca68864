package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// both returns the rows that are valid on both sides; nil stands for all.
func both(s *Scratch, a, b data.Bitmap, n int) data.Bitmap {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	out := s.Bits(n)
	kern.BitmapAnd(out, a, b, n)
	return out
}

// constNull reports whether c is a constant null.
func constNull(c *data.Column) bool { return c.Form == data.Const && c.Values.IsNull(0) }

// Map applies f, which takes Flat columns and depends on one row at a time, to c in any form: to the one value of a Const, and to the values
// of a Dict if they are fewer than its rows. If f fails for a value of a dictionary, it is tried on the rows, since the value may be in none.
func Map(s *Scratch, c *data.Column, f func(flat *data.Column) (*data.Column, error)) (*data.Column, error) {
	switch {
	case c.Form == data.Const:
		if c.Len == 0 {
			return f(s.nulls(c.Type, 0))
		}
		out, err := f(c.Values)
		if err != nil {
			return nil, err
		}
		return s.Const(Flatten(s, out), c.Len), nil
	case c.Form == data.Dict && s.mapsDict(c):
		if out, err := f(c.Values); err == nil {
			return s.overDict(c, Flatten(s, out)), nil
		}
	}
	return f(Flatten(s, c))
}

// overDict returns the Dict with the codes of c and other values. Bools and nested values come out Flat.
func (s *Scratch) overDict(c, values *data.Column) *data.Column {
	n := c.Len
	valid := c.Valid
	if values.Type.Kind == dtype.Null {
		return s.Null(values.Type, n)
	}
	if values.Valid != nil {
		bits := s.Bits(n)
		kern.TakeBits(bits, values.Valid, c.Codes[:n])
		valid = both(s, valid, bits, n)
		plain := s.Column()
		*plain = *values
		plain.Valid = nil
		values = plain
	}
	if values.Type.Phys() == dtype.PhysBits {
		bits := s.Bits(n)
		kern.TakeBits(bits, values.Bits, c.Codes[:n])
		return s.Bool(bits, valid, n)
	}
	return s.dict(values, c.Codes[:n], valid)
}

// MapStrict is Map for two arguments of which the operation is null where either is: a null constant gives nulls, two constants one value,
// and a dictionary with a constant maps the dictionary. In all other cases, f gets each side Flat, or Const with a value that is not null,
// and at most one side Const.
func MapStrict(s *Scratch, a, b *data.Column, ret dtype.Type, f func(a, b *data.Column) (*data.Column, error)) (*data.Column, error) {
	n := a.Len
	if constNull(a) || constNull(b) || a.Type.Kind == dtype.Null || b.Type.Kind == dtype.Null {
		return s.Null(ret, n), nil
	}
	switch {
	case a.Form == data.Const && b.Form == data.Const:
		if n == 0 {
			return s.Null(ret, 0), nil
		}
		out, err := f(a.Values, b.Values)
		if err != nil {
			return nil, err
		}
		return s.Const(Flatten(s, out), n), nil
	case a.Form == data.Dict && b.Form == data.Const && s.mapsDict(a):
		if out, err := f(a.Values, resized(s, b, a.Values.Len)); err == nil {
			return s.overDict(a, Flatten(s, out)), nil
		}
	case b.Form == data.Dict && a.Form == data.Const && s.mapsDict(b):
		if out, err := f(resized(s, a, b.Values.Len), b.Values); err == nil {
			return s.overDict(b, Flatten(s, out)), nil
		}
	}
	if a.Form == data.Dict {
		a = Flatten(s, a)
	}
	if b.Form == data.Dict {
		b = Flatten(s, b)
	}
	return f(a, b)
}

// resized returns a Const with n rows.
func resized(s *Scratch, c *data.Column, n int) *data.Column {
	return s.typed(s.Const(c.Values, n), c.Type)
}

// valueOf is the value of a Const.
func valueOf[T data.Fixed](c *data.Column) T { return data.FixedSlice[T](c.Values.Buf)[0] }

// validOf is the validity of a Flat or non-null Const column.
func validOf(c *data.Column) data.Bitmap {
	if c.Form == data.Const {
		return nil
	}
	return c.Valid
}
