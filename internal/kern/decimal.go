package kern

import "math"

// Decimals are scaled integers in int16, int32, int64 or I128. Rescaling multiplies or
// divides by a power of ten; limit is 10^precision of the result, which its
// magnitude must stay below.

// WidenI128 sign- or zero-extends integers to 128 bits.
func WidenI128[S Integer](dst []I128, src []S) {
	src = src[:len(dst)]
	if isSigned[S]() {
		for i, x := range src {
			dst[i] = I128From(int64(x))
		}
		return
	}
	for i, x := range src {
		dst[i] = I128FromUint(uint64(x))
	}
}

// NarrowI128 converts to a word type and returns the first valid row that does not
// fit D, or -1.
func NarrowI128[D Integer](dst []D, src []I128, valid []uint64) int {
	src = src[:len(dst)]
	var o uint64
	for i, x := range src {
		r := D(x.Lo)
		dst[i] = r
		o |= narrowLoss(r, x)
	}
	if o == 0 {
		return -1
	}
	for i, x := range src {
		if narrowLoss(D(x.Lo), x) != 0 && bitAt(valid, i) {
			return i
		}
	}
	return -1
}

// narrowLoss is 0 when r, x cut to its type, is still x.
func narrowLoss[D Integer](r D, x I128) uint64 {
	if isSigned[D]() {
		return uint64(r) ^ x.Lo | uint64(x.Hi^int64(x.Lo)>>63)
	}
	return uint64(r) ^ x.Lo | uint64(x.Hi)
}

// RescaleUp is src * mul, with mul = 10^k and 1 <= limit <= 10^18, and returns the
// first valid row whose magnitude reaches limit, or -1. dst may be src.
func RescaleUp[D, S ~int16 | ~int32 | ~int64](dst []D, src []S, mul, limit int64, valid []uint64) int {
	src = src[:len(dst)]
	// |x| * mul < limit exactly when |x| <= (limit-1) / mul.
	most := (limit - 1) / mul
	bad := beyond(src, -most, most, valid)
	for i, x := range src {
		dst[i] = D(int64(x) * mul)
	}
	return bad
}

// beyond is the first valid row of src outside [lo, hi], or -1.
func beyond[S ~int16 | ~int32 | ~int64](src []S, lo, hi int64, valid []uint64) int {
	var o uint64
	for _, x := range src {
		o |= b2u(int64(x) < lo) | b2u(int64(x) > hi)
	}
	if o == 0 {
		return -1
	}
	for i, x := range src {
		if (int64(x) < lo || int64(x) > hi) && bitAt(valid, i) {
			return i
		}
	}
	return -1
}

// RescaleDown is src / div rounded to nearest, halves away from zero, with div = 10^k
// and k >= 1; it returns the first valid row whose magnitude reaches limit <= 10^18,
// or -1. dst may be src.
func RescaleDown[D, S ~int16 | ~int32 | ~int64](dst []D, src []S, div, limit int64, valid []uint64) int {
	src = src[:len(dst)]
	v := NewDivisor(div)
	first := -1
	for i, x := range src {
		q := roundDiv(v, int64(x))
		if q <= -limit || q >= limit {
			if first < 0 && bitAt(valid, i) {
				first = i
			}
			q = 0
		}
		dst[i] = D(q)
	}
	return first
}

// roundDiv divides and rounds halves away from zero; the divisor is even.
func roundDiv(v Divisor, x int64) int64 {
	q := v.Trunc(x)
	r := x - q*int64(v.d)
	half := int64(v.d >> 1)
	return q + int64(b2u(r >= half)) - int64(b2u(r <= -half))
}

// RescaleUpI128 is RescaleUp in 128 bits, with limit up to 10^38.
func RescaleUpI128(dst, src []I128, mul, limit I128, valid []uint64) int {
	src = src[:len(dst)]
	most, _ := limit.Sub(I128{1, 0}).QuoRem(mul)
	least := most.Neg()
	first := -1
	for i, x := range src {
		if less128(x, least)|less128(most, x) != 0 {
			if first < 0 && bitAt(valid, i) {
				first = i
			}
			x = I128{}
		}
		dst[i] = x.Mul(mul)
	}
	return first
}

// RescaleDownI128 is RescaleDown in 128 bits, with limit up to 10^38.
func RescaleDownI128(dst, src []I128, div, limit I128, valid []uint64) int {
	src = src[:len(dst)]
	half := I128{div.Lo>>1 | uint64(div.Hi)<<63, div.Hi >> 1}
	first := -1
	for i, x := range src {
		q, r := x.QuoRem(div)
		mag, neg := r.abs()
		if less128(mag, half) == 0 {
			if neg {
				q = q.Sub(I128{1, 0})
			} else {
				q = q.Add(I128{1, 0})
			}
		}
		if mag, _ := q.abs(); less128(mag, limit) == 0 {
			if first < 0 && bitAt(valid, i) {
				first = i
			}
			q = I128{}
		}
		dst[i] = q
	}
	return first
}

// DecimalToFloat is src / 10^k as a float, with scale = 10^k.
func DecimalToFloat[D Float, S Integer](dst []D, src []S, scale float64) {
	src = src[:len(dst)]
	for i, x := range src {
		dst[i] = D(float64(x) / scale)
	}
}

// I128ToFloat is src / scale as a float; scale 1 for plain 128-bit integers.
func I128ToFloat[D Float](dst []D, src []I128, scale float64) {
	src = src[:len(dst)]
	for i, x := range src {
		dst[i] = D(x.Float64() / scale)
	}
}

// FloatToDecimal is src * scale rounded to nearest, halves away from zero. It returns
// the first valid row that is not finite or whose magnitude reaches limit <= 10^18,
// or -1.
func FloatToDecimal[D ~int16 | ~int32 | ~int64, S Float](dst []D, src []S, scale float64, limit int64, valid []uint64) int {
	src = src[:len(dst)]
	top := float64(limit)
	first := -1
	for i, x := range src {
		f := math.Round(float64(x) * scale)
		if !(math.Abs(f) < top) {
			if first < 0 && bitAt(valid, i) {
				first = i
			}
			f = 0
		}
		dst[i] = D(f)
	}
	return first
}

// FloatToI128 is FloatToDecimal in 128 bits; scale 1 and limit 0 convert to plain
// 128-bit integers, halves to even.
func FloatToI128[S Float](dst []I128, src []S, scale float64, limit I128, valid []uint64) int {
	src = src[:len(dst)]
	first := -1
	for i, x := range src {
		f := float64(x) * scale
		if limit == (I128{}) {
			f = math.RoundToEven(f)
		} else {
			f = math.Round(f)
		}
		r, ok := I128FromFloat(f)
		if mag, _ := r.abs(); ok && limit != (I128{}) && less128(mag, limit) == 0 {
			ok = false
		}
		if !ok {
			if first < 0 && bitAt(valid, i) {
				first = i
			}
			r = I128{}
		}
		dst[i] = r
	}
	return first
}
