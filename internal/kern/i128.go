package kern

import (
	"math"
	"math/bits"
)

// I128From widens a signed word.
func I128From(x int64) I128 { return I128{uint64(x), x >> 63} }

// I128FromUint widens an unsigned word.
func I128FromUint(x uint64) I128 { return I128{x, 0} }

// Add is x + y, wrapping.
func (x I128) Add(y I128) I128 {
	lo, c := bits.Add64(x.Lo, y.Lo, 0)
	hi, _ := bits.Add64(uint64(x.Hi), uint64(y.Hi), c)
	return I128{lo, int64(hi)}
}

// Sub is x - y, wrapping.
func (x I128) Sub(y I128) I128 {
	lo, c := bits.Sub64(x.Lo, y.Lo, 0)
	hi, _ := bits.Sub64(uint64(x.Hi), uint64(y.Hi), c)
	return I128{lo, int64(hi)}
}

// Mul is x * y, wrapping.
func (x I128) Mul(y I128) I128 {
	hi, lo := bits.Mul64(x.Lo, y.Lo)
	return I128{lo, int64(hi) + x.Hi*int64(y.Lo) + int64(x.Lo)*y.Hi}
}

// Neg is -x, wrapping at the least value.
func (x I128) Neg() I128 { return I128{}.Sub(x) }

// Cmp is -1, 0 or 1 as x is below, equal to or above y.
func (x I128) Cmp(y I128) int { return int(less128(y, x)) - int(less128(x, y)) }

// Less reports x < y.
func (x I128) Less(y I128) bool { return less128(x, y) != 0 }

// IsInt64 reports whether x fits an int64.
func (x I128) IsInt64() bool { return x.Hi == int64(x.Lo)>>63 }

// less128 is 1 when x < y, without a branch: the borrow of a 128-bit subtraction
// of operands whose sign bits are flipped.
func less128(x, y I128) uint64 {
	_, c := bits.Sub64(x.Lo, y.Lo, 0)
	_, c = bits.Sub64(uint64(x.Hi)^1<<63, uint64(y.Hi)^1<<63, c)
	return c
}

// addOver returns x + y and a word that is negative on overflow.
func (x I128) addOver(y I128) (I128, int64) {
	r := x.Add(y)
	return r, (r.Hi ^ x.Hi) & (r.Hi ^ y.Hi)
}

// subOver returns x - y and a word that is negative on overflow.
func (x I128) subOver(y I128) (I128, int64) {
	r := x.Sub(y)
	return r, (x.Hi ^ y.Hi) & (x.Hi ^ r.Hi)
}

// MulOK returns x * y wrapped and whether it fits.
func (x I128) MulOK(y I128) (I128, bool) {
	a, an := x.abs()
	b, bn := y.abs()
	if uint64(a.Hi) != 0 && uint64(b.Hi) != 0 {
		return x.Mul(y), false
	}
	hi, lo := bits.Mul64(a.Lo, b.Lo)
	h1, l1 := bits.Mul64(uint64(a.Hi), b.Lo)
	h2, l2 := bits.Mul64(a.Lo, uint64(b.Hi))
	hi, c1 := bits.Add64(hi, l1, 0)
	hi, c2 := bits.Add64(hi, l2, 0)
	fits := h1|h2|c1|c2 == 0
	r := I128{lo, int64(hi)}
	if an != bn {
		r = r.Neg()
		return r, fits && (r.Hi < 0 || r == I128{})
	}
	return r, fits && r.Hi >= 0
}

// abs is the magnitude of x as an unsigned number, and whether x is negative.
func (x I128) abs() (I128, bool) {
	m := x.Hi >> 63
	return I128{x.Lo ^ uint64(m), x.Hi ^ m}.Sub(I128{uint64(m), m}), m != 0
}

// QuoRem is x / y rounded towards zero and the remainder, with the sign of x. y is
// not 0; the least value by -1 wraps.
func (x I128) QuoRem(y I128) (q, r I128) {
	a, an := x.abs()
	b, bn := y.abs()
	q, r = quoRemUnsigned(a, b)
	if an != bn {
		q = q.Neg()
	}
	if an {
		r = r.Neg()
	}
	return q, r
}

// quoRemUnsigned divides unsigned 128-bit numbers; y is not 0.
func quoRemUnsigned(x, y I128) (q, r I128) {
	xh, yh := uint64(x.Hi), uint64(y.Hi)
	if yh == 0 {
		var rem uint64
		qh := xh / y.Lo
		qlo, rem := bits.Div64(xh%y.Lo, x.Lo, y.Lo)
		return I128{qlo, int64(qh)}, I128{rem, 0}
	}
	// With y normalised, the quotient of the leading words errs by at most one, always
	// upwards (Knuth, TAOCP 4.3.1, with halved x so that Div64 cannot overflow).
	s := bits.LeadingZeros64(yh)
	top := yh<<s | y.Lo>>1>>(63-s)
	t, _ := bits.Div64(xh>>1, xh<<63|x.Lo>>1, top)
	t = t >> (63 - s)
	if t != 0 {
		t--
	}
	q = I128{t, 0}
	r = x.Sub(q.Mul(y))
	if rh := uint64(r.Hi); rh > yh || rh == yh && r.Lo >= y.Lo {
		q.Lo++
		r = r.Sub(y)
	}
	return q, r
}

// Float64 is the double nearest to x, ties to even.
func (x I128) Float64() float64 {
	a, neg := x.abs()
	f := 0.0
	if hi := uint64(a.Hi); hi == 0 {
		f = float64(a.Lo)
	} else {
		n := bits.LeadingZeros64(hi)
		top := hi<<n | a.Lo>>1>>(63-n)
		if a.Lo<<n != 0 {
			top |= 1 // sticky: it lies far below the rounding bit
		}
		f = math.Ldexp(float64(top), 64-n)
	}
	if neg {
		return -f
	}
	return f
}

// I128FromFloat rounds the integral double f to an I128 and tells whether it fits.
func I128FromFloat(f float64) (I128, bool) {
	if !(f >= -0x1p127 && f < 0x1p127) {
		return I128{}, false
	}
	a := math.Abs(f)
	hi := uint64(a * 0x1p-64)
	lo := uint64(a - float64(hi)*0x1p64)
	r := I128{lo, int64(hi)}
	if f < 0 {
		r = r.Neg()
	}
	return r, true
}

// Pow10 returns 10^k for k in [0, 38].
func Pow10(k int) I128 {
	r := I128{1, 0}
	for range k {
		r = r.Mul(I128{10, 0})
	}
	return r
}
