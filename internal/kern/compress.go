package kern

import "math/bits"

// Compress keeps the elements of src whose bit in a is 1, in order, and returns how
// many. dst is at least as long as src, and may be src: the loop writes without a
// branch, so it touches the place after the last.
func Compress[T any](dst, src []T, a []uint64) int {
	k := 0
	dst = dst[:len(src)]
	for w := 0; w < len(src); w += 64 {
		s := src[w:min(w+64, len(src))]
		x := a[w>>6] & tailMask(len(s))
		switch c := bits.OnesCount64(x); {
		case c == len(s):
			k += copy(dst[k:], s)
		case c <= 12:
			for ; x != 0; x &= x - 1 {
				dst[k] = s[bits.TrailingZeros64(x)]
				k++
			}
		default:
			for i := range s {
				dst[k] = s[i]
				k += int(x & 1)
				x >>= 1
			}
		}
	}
	return k
}

// CompressBits is Compress for a bitmap of n bits; dst has Words(n) words and may
// not be src.
func CompressBits(dst, src, a []uint64, n int) int {
	var acc uint64
	k, at := 0, 0
	for w := range Words(n) {
		m := a[w]
		if rest := n - w<<6; rest < 64 {
			m &= tailMask(rest)
		}
		c := bits.OnesCount64(m)
		if c == 0 {
			continue
		}
		x := squeeze(src[w], m)
		s := uint(k & 63)
		acc |= x << s
		if int(s)+c >= 64 {
			dst[at] = acc
			at++
			acc = 0
			if s != 0 {
				acc = x >> (64 - s)
			}
		}
		k += c
	}
	if k&63 != 0 {
		dst[at] = acc
	}
	return k
}

// squeeze moves the bits of x under mask m to the low end (PEXT in software, by
// parallel suffix: Hacker's Delight 7-4).
func squeeze(x, m uint64) uint64 {
	if m == ^uint64(0) {
		return x
	}
	x &= m
	mk := ^m << 1
	for i := range 6 {
		mp := mk ^ mk<<1
		mp ^= mp << 2
		mp ^= mp << 4
		mp ^= mp << 8
		mp ^= mp << 16
		mp ^= mp << 32
		mv := mp & m
		m = m ^ mv | mv>>(1<<i)
		t := x & mv
		x = x ^ t | t>>(1<<i)
		mk &^= mp
	}
	return x
}
