package kern

import "math/bits"

// Divisor divides signed words by one positive number with a multiplication, three
// to five times as fast as the machine's division. Calendar units, decimal scales
// and divisions by a literal use it.
type Divisor struct {
	d, m  uint64 // m = ceil(2^(63+shift) / d)
	shift uint   // ceil(log2 d)
}

// NewDivisor prepares divisions by d > 0.
//
// For u < 2^63, u*m / 2^(63+s) exceeds u/d by u*e / (d*2^(63+s)) with e = m*d -
// 2^(63+s) < d <= 2^s, which is less than 1/d, so its floor is that of u/d (Granlund
// and Montgomery, Division by Invariant Integers using Multiplication, 1994).
func NewDivisor(d int64) Divisor {
	u := uint64(d)
	if u == 1 {
		return Divisor{d: 1, m: 1 << 63}
	}
	s := uint(bits.Len64(u - 1))
	m, r := bits.Div64(1<<(s-1), 0, u) // s >= 1, and 2^(s-1) < u
	return Divisor{d: u, m: m + b2u(r != 0), shift: s}
}

// Floor is x / d rounded down: for negative x, ^(^x / d).
func (v Divisor) Floor(x int64) int64 {
	neg := x >> 63
	hi, _ := bits.Mul64(uint64(x^neg)<<1, v.m)
	return int64(hi>>(v.shift&63)) ^ neg
}

// Trunc is x / d rounded towards zero: for negative x, the floor of one step less.
func (v Divisor) Trunc(x int64) int64 {
	return v.Floor(x + int64(v.d-1)&(x>>63))
}

// Mod is x - d*Floor(x), in [0, d).
func (v Divisor) Mod(x int64) int64 { return x - v.Floor(x)*int64(v.d) }

// DivTruncConst is DivTrunc by one divisor that is not 0.
func DivTruncConst[T Integer](dst, a []T, b T, valid []uint64) int {
	a = a[:len(dst)]
	if magic(b) {
		v := NewDivisor(int64(b))
		for i, x := range a {
			dst[i] = T(v.Trunc(int64(x)))
		}
		return -1
	}
	for i, x := range a {
		dst[i] = x / b
	}
	return minByMinusOne(a, b, valid)
}

// DivFloorConst is DivFloor by one divisor that is not 0.
func DivFloorConst[T Integer](dst, a []T, b T, valid []uint64) int {
	a = a[:len(dst)]
	if magic(b) {
		v := NewDivisor(int64(b))
		for i, x := range a {
			dst[i] = T(v.Floor(int64(x)))
		}
		return -1
	}
	bad := minByMinusOne(a, b, valid)
	for i, x := range a {
		r := x / b
		if m := x % b; m != 0 && (m^b) < 0 {
			r--
		}
		dst[i] = r
	}
	return bad
}

// ModTruncConst is ModTrunc by one divisor that is not 0.
func ModTruncConst[T Integer](dst, a []T, b T) {
	a = a[:len(dst)]
	if magic(b) {
		v := NewDivisor(int64(b))
		for i, x := range a {
			dst[i] = T(int64(x) - v.Trunc(int64(x))*int64(b))
		}
		return
	}
	for i, x := range a {
		dst[i] = x % b
	}
}

// ModFloorConst is ModFloor by one divisor that is not 0.
func ModFloorConst[T Integer](dst, a []T, b T) {
	a = a[:len(dst)]
	if magic(b) {
		v := NewDivisor(int64(b))
		for i, x := range a {
			dst[i] = T(v.Mod(int64(x)))
		}
		return
	}
	for i, x := range a {
		r := x % b
		if r != 0 && (r^b) < 0 {
			r += b
		}
		dst[i] = r
	}
}

// magic reports whether a Divisor serves for b and every x of its type.
func magic[T Integer](b T) bool {
	return b > 0 && (isSigned[T]() || uint64(^T(0))>>63 == 0)
}

// minByMinusOne is the first valid row of a that is the least value when b is -1.
func minByMinusOne[T Integer](a []T, b T, valid []uint64) int {
	if !isSigned[T]() || b != ^T(0) {
		return -1
	}
	return firstEqual(a, topBit[T](), valid)
}
