package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// body computes a function whose result is null where an argument is. Each argument is Flat, or Const with a value. valid has the rows in
// which all arguments are present (nil: all rows); body computes at least those and may mark more rows null.
type body func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error)

// strict makes an Impl of a body: it settles null and constant arguments, and runs the body on the values of a dictionary where the other
// arguments are constant.
func strict(f body) Maker { return plain(strictImpl(f)) }

// strictImpl is not inlined: the compiler would make a copy of the closure for each of its 200 callers.
//
//go:noinline
func strictImpl(f body) Impl {
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
		consts, dict := 0, -1
		for i, a := range args {
			switch {
			case a.Type.Kind == dtype.Null, a.Form == data.Const && a.Values.IsNull(0):
				return c.Scratch.Null(c.Ret, n), nil
			case a.Form == data.Const:
				consts++
			case a.Form == data.Dict:
				dict = i
			}
		}
		switch {
		case n == 0:
			return c.Scratch.Null(c.Ret, 0), nil
		case consts == len(args):
			return overConst(c, f, args, n)
		case dict >= 0 && consts == len(args)-1 && args[dict].Values.Len <= n:
			if out, err := overDict(c, f, args, dict, n); err == nil {
				return out, nil
			}
		}
		return overRows(c, f, args, n)
	}
}

// overConst computes one row.
func overConst(c *Ctx, f body, args []*data.Column, n int) (*data.Column, error) {
	one := c.Scratch.Columns(len(args))
	for i, a := range args {
		one[i] = a.Values
	}
	out, err := f(c, one, 1, nil)
	if err != nil {
		return nil, err
	}
	return c.Scratch.Const(compute.Flatten(c.Scratch, out), n), nil
}

// overDict computes the values of a dictionary and gives them its codes. An error may stem from a value that no row has, so the caller tries
// the rows then.
func overDict(c *Ctx, f body, args []*data.Column, dict, n int) (*data.Column, error) {
	s, d := c.Scratch, args[dict]
	m := d.Values.Len
	vals := s.Columns(len(args))
	for i, a := range args {
		vals[i] = s.Const(a.Values, m)
	}
	vals[dict] = d.Values
	out, err := f(c, vals, m, nil)
	if err != nil {
		return nil, err
	}
	out = compute.Flatten(s, out)
	valid := d.Valid
	if out.Valid != nil {
		bits := s.Bits(n)
		kern.TakeBits(bits, out.Valid, d.Codes[:n])
		valid = and(s, valid, bits, n)
		whole := s.Column()
		*whole = *out
		whole.Valid = nil
		out = whole
	}
	switch out.Type.Phys() {
	case dtype.PhysNull:
		return s.Null(out.Type, n), nil
	case dtype.PhysBits:
		bits := s.Bits(n)
		kern.TakeBits(bits, out.Bits, d.Codes[:n])
		return s.Bool(bits, valid, n), nil
	}
	res := s.Column()
	res.Type, res.Form, res.Len, res.Valid, res.Codes, res.Values = out.Type, data.Dict, n, valid, d.Codes[:n], out
	return res, nil
}

// overRows flattens dictionaries and combines validity.
func overRows(c *Ctx, f body, args []*data.Column, n int) (*data.Column, error) {
	flat := c.Scratch.Columns(len(args))
	var valid data.Bitmap
	for i, a := range args {
		if a.Form == data.Dict {
			a = compute.Flatten(c.Scratch, a)
		}
		flat[i] = a
		if a.Form == data.Flat {
			valid = and(c.Scratch, valid, a.Valid, n)
		}
	}
	return f(c, flat, n, valid)
}

// and intersects validities, in which nil is all rows.
func and(s *compute.Scratch, a, b data.Bitmap, n int) data.Bitmap {
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

// flatten brings every argument to Flat form.
func flatten(c *Ctx, args []*data.Column) []*data.Column {
	out := c.Scratch.Columns(len(args))
	for i, a := range args {
		out[i] = compute.Flatten(c.Scratch, a)
	}
	return out
}

// lenient makes an Impl of a function that sees nulls itself. It gets every argument Flat, and one row if all arguments are constant. It is not
// inlined, like strictImpl.
//
//go:noinline
func lenient(f func(c *Ctx, args []*data.Column, n int) (*data.Column, error)) Maker {
	return plain(func(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
		if len(args) == 0 || !allConst(args) {
			return f(c, flatten(c, args), n)
		}
		if n == 0 {
			return c.Scratch.Null(c.Ret, 0), nil
		}
		one := c.Scratch.Columns(len(args))
		for i, a := range args {
			one[i] = a.Values
		}
		out, err := f(c, one, 1)
		if err != nil {
			return nil, err
		}
		return c.Scratch.Const(compute.Flatten(c.Scratch, out), n), nil
	})
}

func allConst(args []*data.Column) bool {
	for _, a := range args {
		if a.Form != data.Const {
			return false
		}
	}
	return true
}
