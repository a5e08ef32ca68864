package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// wide is arithmetic on 128-bit integers.
func (p *pair) wide(ret dtype.Type) *data.Column {
	out := Make[data.Int128](p.s, p.n)
	dst := kernWide(out)
	switch {
	case p.op >= DivTrunc:
		p.wideDivide(dst)
	case p.b.Form == data.Const:
		a, c := wide(p.a), kern.I128(valueOf[data.Int128](p.b))
		switch p.op {
		case Add:
			p.bad = kern.AddI128Const(dst, a, c, p.valid)
		case Sub:
			p.bad = kern.SubI128Const(dst, a, c, p.valid)
		default:
			p.bad = kern.MulI128Const(dst, a, c, p.valid)
		}
	case p.a.Form == data.Const:
		b, c := wide(p.b), kern.I128(valueOf[data.Int128](p.a))
		switch p.op {
		case Add:
			p.bad = kern.AddI128Const(dst, b, c, p.valid)
		case Sub:
			p.bad = kern.ConstSubI128(dst, c, b, p.valid)
		default:
			p.bad = kern.MulI128Const(dst, b, c, p.valid)
		}
	default:
		a, b := wide(p.a), wide(p.b)
		switch p.op {
		case Add:
			p.bad = kern.AddI128(dst, a, b, p.valid)
		case Sub:
			p.bad = kern.SubI128(dst, a, b, p.valid)
		default:
			p.bad = kern.MulI128(dst, a, b, p.valid)
		}
	}
	return Flat(p.s, ret, out, p.valid)
}

func (p *pair) wideDivide(dst []kern.I128) {
	a, b := wide(Flatten(p.s, p.a)), wide(Flatten(p.s, p.b))
	p.ok = p.s.Bits(p.n)
	if p.op == ModTrunc || p.op == ModFloor {
		kern.ModI128(dst, a, b, p.ok)
	} else {
		p.bad = kern.DivI128(dst, a, b, p.ok, p.valid)
	}
	if p.op == DivTrunc || p.op == ModTrunc {
		return
	}
	// Rounding down differs where there is a remainder and the signs differ.
	for i, x := range a {
		y := b[i]
		if (x.Hi < 0) == (y.Hi < 0) || y == (kern.I128{}) {
			continue
		}
		if _, r := x.QuoRem(y); r != (kern.I128{}) {
			if p.op == DivFloor {
				dst[i] = dst[i].Sub(kern.I128{Lo: 1})
			} else {
				dst[i] = r.Add(y)
			}
		}
	}
}

// beyond returns the first valid row of a decimal result that its precision does not hold, or -1.
func (p *pair) beyond(out *data.Column) int {
	t := out.Type
	switch t.Phys() {
	case dtype.PhysI32:
		return outside(data.Slice[int32](out), int32(pow10(int(t.Precision)).Lo), out.Valid)
	case dtype.PhysI64:
		return outside(data.Slice[int64](out), int64(pow10(int(t.Precision)).Lo), out.Valid)
	default:
		limit := pow10(int(t.Precision))
		for i, v := range wide(out) {
			if v.Hi < 0 {
				v = v.Neg()
			}
			if !v.Less(limit) && out.Valid.Get(i) {
				return i
			}
		}
		return -1
	}
}

// outside returns the first valid row whose magnitude reaches limit, or -1.
func outside[T int32 | int64](v []T, limit T, valid data.Bitmap) int {
	// With most = limit-1, one of most-x and most+x is negative exactly if x is outside; where they overflow, x is outside as well.
	most, signs := limit-1, T(0)
	for _, x := range v {
		signs |= (most - x) | (most + x)
	}
	if signs >= 0 {
		return -1
	}
	for i, x := range v {
		if (x >= limit || x <= -limit) && valid.Get(i) {
			return i
		}
	}
	return -1
}

var powers = func() (t [39]kern.I128) {
	for k := range t {
		t[k] = kern.Pow10(k)
	}
	return t
}()

func pow10(k int) kern.I128 { return powers[k] }

// Neg computes -c for integers, decimals, floats, durations and intervals; with wrap, integers wrap.
func Neg(s *Scratch, wrap bool, c *data.Column) (*data.Column, error) {
	return Map(s, c, func(c *data.Column) (*data.Column, error) {
		out, bad := negate(s, c)
		if bad >= 0 && !wrap {
			return nil, failOne(bad, "overflow in negation of "+c.Type.String(), c)
		}
		return out, nil
	})
}

func negate(s *Scratch, c *data.Column) (*data.Column, int) {
	switch c.Type.Phys() {
	case dtype.PhysI8:
		return negInts[int8](s, c)
	case dtype.PhysI16:
		return negInts[int16](s, c)
	case dtype.PhysI32:
		return negInts[int32](s, c)
	case dtype.PhysI64:
		return negInts[int64](s, c)
	case dtype.PhysU8:
		return negInts[uint8](s, c)
	case dtype.PhysU16:
		return negInts[uint16](s, c)
	case dtype.PhysU32:
		return negInts[uint32](s, c)
	case dtype.PhysU64:
		return negInts[uint64](s, c)
	case dtype.PhysI128:
		dst := Make[data.Int128](s, c.Len)
		bad := kern.NegI128(kernWide(dst), wide(c), c.Valid)
		return Flat(s, c.Type, dst, c.Valid), bad
	case dtype.PhysF32:
		dst := Make[float32](s, c.Len)
		kern.Neg(dst, data.Slice[float32](c))
		return Flat(s, c.Type, dst, c.Valid), -1
	case dtype.PhysF64:
		dst := Make[float64](s, c.Len)
		kern.Neg(dst, data.Slice[float64](c))
		return Flat(s, c.Type, dst, c.Valid), -1
	case dtype.PhysNull:
		return c, -1
	default:
		return negIntervals(s, c)
	}
}

func negInts[T word](s *Scratch, c *data.Column) (*data.Column, int) {
	dst := Make[T](s, c.Len)
	bad := kern.NegChecked(dst, data.Slice[T](c), c.Valid)
	return Flat(s, c.Type, dst, c.Valid), bad
}
