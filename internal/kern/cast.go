package kern

import "math"

// Convert is Go's conversion of numbers: integers wrap, integers round to the nearest
// float. Floats must not become integers this way; see FloatToInt.
func Convert[D, S Number](dst []D, src []S) {
	src = src[:len(dst)]
	for i, x := range src {
		dst[i] = D(x)
	}
}

// CastInt converts between integer types and returns the first valid row that does
// not fit D, or -1.
func CastInt[D, S Integer](dst []D, src []S, valid []uint64) int {
	src = src[:len(dst)]
	var o uint64
	for i, x := range src {
		r := D(x)
		dst[i] = r
		// A value changes when it does not come back, or comes back with another sign.
		o |= uint64(S(r)^x) | (b2u(r < 0) ^ b2u(x < 0))
	}
	if o == 0 {
		return -1
	}
	for i, x := range src {
		if r := D(x); (S(r) != x || (r < 0) != (x < 0)) && bitAt(valid, i) {
			return i
		}
	}
	return -1
}

// FloatToInt rounds to the nearest integer, ties to even, and returns the first
// valid row that is NaN or does not fit D, or -1. Rows that do not fit are 0.
func FloatToInt[D Integer, S Float](dst []D, src []S, valid []uint64) int {
	src = src[:len(dst)]
	lo, hi := floatRange[D]()
	bad := uint64(0)
	for i, x := range src {
		f := math.RoundToEven(float64(x))
		if !(f >= lo && f < hi) {
			f, bad = 0, 1
		}
		dst[i] = D(f)
	}
	if bad == 0 {
		return -1
	}
	for i, x := range src {
		if f := math.RoundToEven(float64(x)); !(f >= lo && f < hi) && bitAt(valid, i) {
			return i
		}
	}
	return -1
}

// FloatToIntTrunc is FloatToInt that rounds towards zero.
func FloatToIntTrunc[D Integer, S Float](dst []D, src []S, valid []uint64) int {
	src = src[:len(dst)]
	lo, hi := floatRange[D]()
	bad := uint64(0)
	for i, x := range src {
		f := math.Trunc(float64(x))
		if !(f >= lo && f < hi) {
			f, bad = 0, 1
		}
		dst[i] = D(f)
	}
	if bad == 0 {
		return -1
	}
	for i, x := range src {
		if f := math.Trunc(float64(x)); !(f >= lo && f < hi) && bitAt(valid, i) {
			return i
		}
	}
	return -1
}

// floatRange is the least value of T and the least double above all of T.
func floatRange[T Integer]() (lo, hi float64) {
	top := topBit[T]()
	if isSigned[T]() {
		return float64(top), -float64(top)
	}
	return 0, 2 * float64(top)
}

// NarrowFloat rounds doubles to floats and returns the first valid row whose finite
// value is beyond the range of float32, or -1.
func NarrowFloat(dst []float32, src []float64, valid []uint64) int {
	src = src[:len(dst)]
	bad := false
	for i, x := range src {
		r := float32(x)
		dst[i] = r
		bad = bad || math.Abs(float64(r)) > math.MaxFloat32 && math.Abs(x) <= math.MaxFloat64
	}
	if !bad {
		return -1
	}
	for i, x := range src {
		if math.Abs(float64(float32(x))) > math.MaxFloat32 && math.Abs(x) <= math.MaxFloat64 && bitAt(valid, i) {
			return i
		}
	}
	return -1
}

// BoolToNumber is 1 for true and 0 for false.
func BoolToNumber[T Number](dst []T, src []uint64) {
	for w := 0; w < len(dst); w += 64 {
		d, x := dst[w:min(w+64, len(dst))], src[w>>6]
		for i := range d {
			d[i] = T(x & 1)
			x >>= 1
		}
	}
}

// NumberToBool is false for 0 and true for all else, NaN included.
func NumberToBool[T Number](dst []uint64, src []T) { NeConst(dst, src, 0) }

// ScaleUp is src * k in 64 bits, for finer units of time, and returns the first
// valid row that does not fit, or -1. dst must not overlap src.
func ScaleUp[S ~int32 | ~int64](dst []int64, src []S, k int64, valid []uint64) int {
	src = src[:len(dst)]
	var o uint64
	for i, x := range src {
		hi, lo := mulSigned(int64(x), k)
		dst[i] = int64(lo)
		o |= uint64(hi ^ int64(lo)>>63)
	}
	if o == 0 {
		return -1
	}
	for i, x := range src {
		if bitAt(valid, i) && overMul(int64(x), k) {
			return i
		}
	}
	return -1
}

// ScaleDown is src / k rounded down, for coarser units of time; k > 0. It returns
// the first valid row that does not fit D, or -1.
func ScaleDown[D ~int32 | ~int64](dst []D, src []int64, k int64, valid []uint64) int {
	src = src[:len(dst)]
	v := NewDivisor(k)
	var o uint64
	for i, x := range src {
		q := v.Floor(x)
		r := D(q)
		dst[i] = r
		o |= uint64(int64(r) ^ q)
	}
	if o == 0 {
		return -1
	}
	for i, x := range src {
		if q := v.Floor(x); int64(D(q)) != q && bitAt(valid, i) {
			return i
		}
	}
	return -1
}
