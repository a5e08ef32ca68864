package kern

import "math"

// Neg is -a; integers wrap.
func Neg[T Number](dst, a []T) {
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = -x
	}
}

// Abs is |a|; the least integer wraps to itself.
func Abs[T Signed](dst, a []T) {
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = max(x, -x)
	}
}

// AbsFloat is |a|; NaN stays NaN and -0 becomes 0.
func AbsFloat[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = T(math.Abs(float64(x)))
	}
}

// NegChecked is Neg that returns the first valid row whose result does not fit T, or
// -1: the least signed value, and any unsigned one but 0. dst must not overlap a.
func NegChecked[T Integer](dst, a []T, valid []uint64) int {
	Neg(dst, a)
	if isSigned[T]() {
		return firstEqual(a[:len(dst)], topBit[T](), valid)
	}
	for i, x := range a[:len(dst)] {
		if x != 0 && bitAt(valid, i) {
			return i
		}
	}
	return -1
}

// AbsChecked is Abs that returns the first valid row of the least value, or -1. dst
// must not overlap a.
func AbsChecked[T Signed](dst, a []T, valid []uint64) int {
	Abs(dst, a)
	return firstEqual(a[:len(dst)], topBit[T](), valid)
}

// firstEqual is the first valid row of a that equals v, or -1.
func firstEqual[T Integer](a []T, v T, valid []uint64) int {
	for i, x := range a {
		if x == v && bitAt(valid, i) {
			return i
		}
	}
	return -1
}

// BitNot is ^a.
func BitNot[T Integer](dst, a []T) {
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = ^x
	}
}

// ModTruncFloat is a - b*trunc(a/b), exact, with the sign of a: the fmod of C.
func ModTruncFloat[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, x := range a {
		dst[i] = T(math.Mod(float64(x), float64(b[i])))
	}
}

// ModFloorFloat is the remainder of the floored quotient, with the sign of b.
func ModFloorFloat[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, x := range a {
		y := b[i]
		r := T(math.Mod(float64(x), float64(y)))
		if r != 0 && (r < 0) != (y < 0) {
			r += y
		}
		dst[i] = r
	}
}

// DivFloorFloat is floor(a / b).
func DivFloorFloat[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, x := range a {
		dst[i] = T(math.Floor(float64(x / b[i])))
	}
}
