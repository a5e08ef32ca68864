package kern

// SetBits sets the n bits of dst from off on to v and leaves all others alone.
func SetBits(dst []uint64, off, n int, v bool) {
	for n > 0 {
		s := off & 63
		k := min(64-s, n)
		m := ^uint64(0) >> (64 - k) << s
		if v {
			dst[off>>6] |= m
		} else {
			dst[off>>6] &^= m
		}
		off += k
		n -= k
	}
}

// CopyBits copies n bits of src from srcOff on to dst from off on, and leaves all
// other bits of dst alone. The ranges must not overlap in one bitmap.
func CopyBits(dst []uint64, off int, src []uint64, srcOff, n int) {
	for n > 0 {
		s := off & 63
		k := min(64-s, n)
		m := ^uint64(0) >> (64 - k) << s
		x := bitsFrom(src, srcOff, k) << s
		dst[off>>6] = dst[off>>6]&^m | x&m
		off += k
		srcOff += k
		n -= k
	}
}

// ShiftBits writes the n bits of src from srcOff on as a bitmap of its own: the
// aligned form of CopyBits, word by word.
func ShiftBits(dst []uint64, src []uint64, srcOff, n int) {
	if n == 0 {
		return
	}
	w := Words(n)
	dst = dst[:w]
	src = src[srcOff>>6:]
	s := uint(srcOff & 63)
	if s == 0 {
		copy(dst, src[:w])
		trim(dst, n)
		return
	}
	last := w - 1
	for i := range last {
		dst[i] = src[i]>>s | src[i+1]<<(64-s)
	}
	dst[last] = bitsFrom(src, last<<6+int(s), n-last<<6)
}

// bitsFrom is the k bits of src from off on, 1 <= k <= 64. It reads no word that
// holds none of them.
func bitsFrom(src []uint64, off, k int) uint64 {
	w, s := off>>6, uint(off&63)
	x := src[w] >> s
	if int(s)+k > 64 {
		x |= src[w+1] << (64 - s)
	}
	return x & (^uint64(0) >> (64 - uint(k)))
}
