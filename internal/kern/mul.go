package kern

import (
	"math/bits"
	"unsafe"
)

// MulChecked is Mul that returns the first valid row whose product does not fit T,
// or -1. dst must not overlap an operand; on overflow it holds wrapped values.
func MulChecked[T Integer](dst, a, b []T, valid []uint64) int {
	a, b = a[:len(dst)], b[:len(dst)]
	var o uint64
	switch {
	case unsafe.Sizeof(T(0)) < 8:
		for i, x := range a {
			p := int64(x) * int64(b[i])
			r := T(p)
			dst[i] = r
			o |= uint64(p ^ int64(r))
		}
	case isSigned[T]():
		for i, x := range a {
			hi, lo := mulSigned(int64(x), int64(b[i]))
			dst[i] = T(lo)
			o |= uint64(hi ^ int64(lo)>>63)
		}
	default:
		for i, x := range a {
			hi, lo := bits.Mul64(uint64(x), uint64(b[i]))
			dst[i] = T(lo)
			o |= hi
		}
	}
	if o == 0 {
		return -1
	}
	for i, x := range a {
		if bitAt(valid, i) && overMul(x, b[i]) {
			return i
		}
	}
	return -1
}

// MulConstChecked is MulChecked with one right operand.
func MulConstChecked[T Integer](dst, a []T, b T, valid []uint64) int {
	a = a[:len(dst)]
	var o uint64
	switch {
	case unsafe.Sizeof(T(0)) < 8:
		for i, x := range a {
			p := int64(x) * int64(b)
			r := T(p)
			dst[i] = r
			o |= uint64(p ^ int64(r))
		}
	case isSigned[T]():
		for i, x := range a {
			hi, lo := mulSigned(int64(x), int64(b))
			dst[i] = T(lo)
			o |= uint64(hi ^ int64(lo)>>63)
		}
	default:
		for i, x := range a {
			hi, lo := bits.Mul64(uint64(x), uint64(b))
			dst[i] = T(lo)
			o |= hi
		}
	}
	if o == 0 {
		return -1
	}
	for i, x := range a {
		if bitAt(valid, i) && overMul(x, b) {
			return i
		}
	}
	return -1
}

// overMul reports whether x * y does not fit T.
func overMul[T Integer](x, y T) bool {
	if unsafe.Sizeof(x) < 8 {
		p := int64(x) * int64(y)
		return int64(T(p)) != p
	}
	if isSigned[T]() {
		hi, lo := mulSigned(int64(x), int64(y))
		return hi != int64(lo)>>63
	}
	hi, _ := bits.Mul64(uint64(x), uint64(y))
	return hi != 0
}

// mulSigned is the 128-bit product of two signed words.
func mulSigned(x, y int64) (hi int64, lo uint64) {
	h, lo := bits.Mul64(uint64(x), uint64(y))
	return int64(h) - x>>63&y - y>>63&x, lo
}

// MulWide32 is the exact product of 32-bit values in 64 bits.
func MulWide32(dst []int64, a, b []int32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, x := range a {
		dst[i] = int64(x) * int64(b[i])
	}
}

// MulWide32Const is MulWide32 with one right operand.
func MulWide32Const(dst []int64, a []int32, b int32) {
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = int64(x) * int64(b)
	}
}

// MulWide64 is the exact product of 64-bit values in 128 bits.
func MulWide64(dst []I128, a, b []int64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, x := range a {
		hi, lo := mulSigned(x, b[i])
		dst[i] = I128{lo, hi}
	}
}

// MulWide64Const is MulWide64 with one right operand.
func MulWide64Const(dst []I128, a []int64, b int64) {
	a = a[:len(dst)]
	for i, x := range a {
		hi, lo := mulSigned(x, b)
		dst[i] = I128{lo, hi}
	}
}
