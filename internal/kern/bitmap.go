package kern

import "math/bits"

// Words is the number of words of a bitmap of n bits.
func Words(n int) int { return (n + 63) >> 6 }

// tailMask has ones for the bits of the last word of a bitmap of n bits; n > 0.
func tailMask(n int) uint64 { return ^uint64(0) >> (-uint(n) & 63) }

// trim zeroes the bits of dst from n to the end of its last word.
func trim(dst []uint64, n int) {
	if n&63 != 0 {
		dst[n>>6] &= tailMask(n)
	}
}

// Bit reports bit i of a.
func Bit(a []uint64, i int) bool { return a[uint(i)>>6]>>(uint(i)&63)&1 != 0 }

// SetBit sets bit i of dst.
func SetBit(dst []uint64, i int) { dst[uint(i)>>6] |= 1 << (uint(i) & 63) }

// ClearBit clears bit i of dst.
func ClearBit(dst []uint64, i int) { dst[uint(i)>>6] &^= 1 << (uint(i) & 63) }

// BitmapAnd is a & b.
func BitmapAnd(dst, a, b []uint64, n int) {
	w := Words(n)
	dst, a, b = dst[:w], a[:w], b[:w]
	for i := range dst {
		dst[i] = a[i] & b[i]
	}
	trim(dst, n)
}

// BitmapOr is a | b.
func BitmapOr(dst, a, b []uint64, n int) {
	w := Words(n)
	dst, a, b = dst[:w], a[:w], b[:w]
	for i := range dst {
		dst[i] = a[i] | b[i]
	}
	trim(dst, n)
}

// BitmapXor is a ^ b, which is a ≠ b on bools.
func BitmapXor(dst, a, b []uint64, n int) {
	w := Words(n)
	dst, a, b = dst[:w], a[:w], b[:w]
	for i := range dst {
		dst[i] = a[i] ^ b[i]
	}
	trim(dst, n)
}

// BitmapXnor is ^(a ^ b), which is a = b on bools.
func BitmapXnor(dst, a, b []uint64, n int) {
	w := Words(n)
	dst, a, b = dst[:w], a[:w], b[:w]
	for i := range dst {
		dst[i] = ^(a[i] ^ b[i])
	}
	trim(dst, n)
}

// BitmapAndNot is a &^ b, which is a > b on bools.
func BitmapAndNot(dst, a, b []uint64, n int) {
	w := Words(n)
	dst, a, b = dst[:w], a[:w], b[:w]
	for i := range dst {
		dst[i] = a[i] &^ b[i]
	}
	trim(dst, n)
}

// BitmapOrNot is a | ^b, which is a ≥ b on bools.
func BitmapOrNot(dst, a, b []uint64, n int) {
	w := Words(n)
	dst, a, b = dst[:w], a[:w], b[:w]
	for i := range dst {
		dst[i] = a[i] | ^b[i]
	}
	trim(dst, n)
}

// BitmapNot is ^a.
func BitmapNot(dst, a []uint64, n int) {
	w := Words(n)
	dst, a = dst[:w], a[:w]
	for i := range dst {
		dst[i] = ^a[i]
	}
	trim(dst, n)
}

// BitmapBlend takes a where cond is 1 and b where it is 0.
func BitmapBlend(dst, cond, a, b []uint64, n int) {
	w := Words(n)
	dst, cond, a, b = dst[:w], cond[:w], a[:w], b[:w]
	for i, c := range cond {
		dst[i] = a[i]&c | b[i]&^c
	}
	trim(dst, n)
}

// FillBits sets all n bits of dst to v.
//
//go:noinline
func FillBits(dst []uint64, n int, v bool) {
	dst = dst[:Words(n)]
	if !v {
		clear(dst)
		return
	}
	for i := range dst {
		dst[i] = ^uint64(0)
	}
	trim(dst, n)
}

// CountBits is the number of ones among the first n bits of a.
func CountBits(a []uint64, n int) int {
	k := 0
	for _, x := range a[:n>>6] {
		k += bits.OnesCount64(x)
	}
	if n&63 != 0 {
		k += bits.OnesCount64(a[n>>6] & tailMask(n))
	}
	return k
}

// CountBitsAnd is the number of ones of a & b; nil stands for all ones.
func CountBitsAnd(a, b []uint64, n int) int {
	if n == 0 {
		return 0
	}
	k := 0
	last := Words(n) - 1
	for w := range last {
		k += bits.OnesCount64(wordAt(a, w) & wordAt(b, w))
	}
	return k + bits.OnesCount64(wordAt(a, last)&wordAt(b, last)&tailMask(n))
}

// AnyBits reports whether one of the first n bits of a is 1.
func AnyBits(a []uint64, n int) bool {
	for _, x := range a[:n>>6] {
		if x != 0 {
			return true
		}
	}
	return n&63 != 0 && a[n>>6]&tailMask(n) != 0
}

// AllBits reports whether all of the first n bits of a are 1.
func AllBits(a []uint64, n int) bool {
	for _, x := range a[:n>>6] {
		if x != ^uint64(0) {
			return false
		}
	}
	return n&63 == 0 || ^a[n>>6]&tailMask(n) == 0
}

// FirstAndNot is the first row where a is 1 and b is 0, or -1; nil stands for all
// ones. With a the valid rows and b those that succeeded, it is the first error.
func FirstAndNot(a, b []uint64, n int) int {
	for w := range Words(n) {
		if x := wordAt(a, w) &^ wordAt(b, w); x != 0 {
			if i := w<<6 + bits.TrailingZeros64(x); i < n {
				return i
			}
		}
	}
	return -1
}
