package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// BoolConst returns n rows of v.
func (s *Scratch) BoolConst(v bool, n int) *data.Column {
	bits := s.Zeros(1)
	if v {
		bits.Set(0)
	}
	return s.Const(s.Bool(bits, nil, 1), n)
}

// And is Kleene conjunction: false where either side is false, null where the rest leaves it open.
func And(s *Scratch, a, b *data.Column) *data.Column { return kleene(s, a, b, false) }

// Or is Kleene disjunction: true where either side is true, null where the rest leaves it open.
func Or(s *Scratch, a, b *data.Column) *data.Column { return kleene(s, a, b, true) }

// kleene computes the connective that the value dominant decides alone.
func kleene(s *Scratch, a, b *data.Column, dominant bool) *data.Column {
	n := a.Len
	if b.Form == data.Const {
		a, b = b, a
	}
	if a.Form == data.Const && !constNull(a) {
		if a.Values.Bits.Get(0) == dominant {
			return a
		}
		return b
	}
	a, b = bools(s, a), bools(s, b)
	dst := s.Bits(n)
	switch {
	case a.Valid == nil && b.Valid == nil && dominant:
		kern.BitmapOr(dst, a.Bits, b.Bits, n)
	case a.Valid == nil && b.Valid == nil:
		kern.BitmapAnd(dst, a.Bits, b.Bits, n)
	case dominant:
		ok := s.Bits(n)
		kern.KleeneOr(dst, ok, a.Bits, a.Valid, b.Bits, b.Valid, n)
		return s.Bool(dst, ok, n)
	default:
		ok := s.Bits(n)
		kern.KleeneAnd(dst, ok, a.Bits, a.Valid, b.Bits, b.Valid, n)
		return s.Bool(dst, ok, n)
	}
	return s.Bool(dst, nil, n)
}

// bools flattens a bool column; one of type null becomes null bools.
func bools(s *Scratch, c *data.Column) *data.Column {
	if c.Type.Kind == dtype.Null {
		return s.nulls(boolType, c.Len)
	}
	return Flatten(s, c)
}

// Not is Kleene negation.
func Not(s *Scratch, c *data.Column) *data.Column {
	if c.Type.Kind == dtype.Null {
		return s.Null(boolType, c.Len)
	}
	out, _ := Map(s, c, func(c *data.Column) (*data.Column, error) {
		dst := s.Bits(c.Len)
		kern.KleeneNot(dst, c.Bits, c.Valid, c.Len)
		return s.Bool(dst, c.Valid, c.Len), nil
	})
	return out
}

// IsNull tests for null, or for not null if negate is set.
func IsNull(s *Scratch, c *data.Column, negate bool) *data.Column {
	n := c.Len
	if c.Form == data.Const || c.Type.Kind == dtype.Null {
		return s.BoolConst((constNull(c) || c.Type.Kind == dtype.Null) != negate, n)
	}
	if c.Valid == nil {
		return s.BoolConst(negate, n)
	}
	if negate {
		return s.Bool(c.Valid, nil, n)
	}
	return s.Bool(invert(s, c.Valid, n), nil, n)
}

// Truth returns the rows where a bool column is true as bits; the rows past the last are 0.
func Truth(s *Scratch, c *data.Column) data.Bitmap {
	n := c.Len
	if c.Form == data.Const || c.Type.Kind == dtype.Null {
		out := s.Bits(n)
		kern.FillBits(out, n, c.Type.Kind != dtype.Null && !constNull(c) && c.Values.Bits.Get(0))
		return out
	}
	c = Flatten(s, c)
	out := s.Bits(n)
	if c.Valid == nil {
		kern.BitmapOr(out, c.Bits, c.Bits, n)
	} else {
		kern.BitmapAnd(out, c.Bits, c.Valid, n)
	}
	return out
}
