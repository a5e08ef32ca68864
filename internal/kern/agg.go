package kern

// Ungrouped aggregates over the valid rows of one batch. Callers fold the batches'
// results: sums with I128.Add, extremes with one more comparison.

// SumInt is the exact sum of the valid rows.
func SumInt[T Integer](src []T, valid []uint64) I128 {
	// Low and high halves add up apart, so nothing can carry out within 2^31 rows.
	var lo, hi int64
	for w := 0; w < len(src); w += 64 {
		s := src[w:min(w+64, len(src))]
		m := wordAt(valid, w>>6) & tailMask(len(s))
		switch m {
		case 0:
		case tailMask(len(s)):
			if isSigned[T]() {
				for _, x := range s {
					lo += int64(uint32(x))
					hi += int64(x) >> 32
				}
				continue
			}
			for _, x := range s {
				lo += int64(uint32(x))
				hi += int64(uint64(x) >> 32)
			}
		default:
			for _, x := range s {
				x &= -T(m & 1)
				m >>= 1
				lo += int64(uint32(x))
				if isSigned[T]() {
					hi += int64(x) >> 32
				} else {
					hi += int64(uint64(x) >> 32)
				}
			}
		}
	}
	return I128From(hi).Mul(I128{1 << 32, 0}).Add(I128From(lo))
}

// SumI128 is the sum of the valid rows and whether it fits.
func SumI128(src []I128, valid []uint64) (I128, bool) {
	// Top is the sum of the sign extensions, so {top, s} is a 192-bit sum.
	var s I128
	var top int64
	for i, x := range src {
		if !bitAt(valid, i) {
			continue
		}
		r, o := s.addOver(x)
		if o < 0 {
			top += 1 + 2*(s.Hi>>63)
		}
		s = r
	}
	return s, top == 0
}

// Min is the least valid value, or false when no row is valid.
func Min[T Integer](src []T, valid []uint64) (T, bool) {
	top := topBit[T]() - 1 // the largest signed value
	if !isSigned[T]() {
		top = ^T(0)
	}
	m0, m1 := top, top
	any := false
	for w := 0; w < len(src); w += 64 {
		s := src[w:min(w+64, len(src))]
		b := wordAt(valid, w>>6) & tailMask(len(s))
		any = any || b != 0
		if b == tailMask(len(s)) {
			for len(s) >= 2 {
				m0, m1 = min(m0, s[0]), min(m1, s[1])
				s = s[2:]
			}
			for _, x := range s {
				m0 = min(m0, x)
			}
			continue
		}
		for i := 0; b != 0; i, b = i+1, b>>1 {
			if b&1 != 0 {
				m0 = min(m0, s[i])
			}
		}
	}
	return min(m0, m1), any
}

// Max is the greatest valid value, or false when no row is valid.
func Max[T Integer](src []T, valid []uint64) (T, bool) {
	var low T
	if isSigned[T]() {
		low = topBit[T]()
	}
	m0, m1 := low, low
	any := false
	for w := 0; w < len(src); w += 64 {
		s := src[w:min(w+64, len(src))]
		b := wordAt(valid, w>>6) & tailMask(len(s))
		any = any || b != 0
		if b == tailMask(len(s)) {
			for len(s) >= 2 {
				m0, m1 = max(m0, s[0]), max(m1, s[1])
				s = s[2:]
			}
			for _, x := range s {
				m0 = max(m0, x)
			}
			continue
		}
		for i := 0; b != 0; i, b = i+1, b>>1 {
			if b&1 != 0 {
				m0 = max(m0, s[i])
			}
		}
	}
	return max(m0, m1), any
}

// MinFloat is the least valid value, NaN counting as greater than all numbers. With
// numbers only NaN when every valid value is, it serves both NaN rules. It is false
// when no row is valid.
func MinFloat[T Float](src []T, valid []uint64) (T, bool) {
	var m T
	any := false
	for i, x := range src {
		if bitAt(valid, i) {
			if !any || x < m || m != m {
				m = x
			}
			any = true
		}
	}
	return m, any
}

// MaxFloat is the greatest valid value, NaN counting as greater than all numbers, or
// with skipNaN as missing unless nothing else is there. It is false when no row is
// valid.
func MaxFloat[T Float](src []T, valid []uint64, skipNaN bool) (T, bool) {
	var m T
	any, nan := false, false
	for i, x := range src {
		if !bitAt(valid, i) {
			continue
		}
		if x != x {
			nan = true
			continue
		}
		if !any || x > m {
			m = x
		}
		any = true
	}
	if nan && (!any || !skipNaN) {
		zero := T(0)
		return zero / zero, true
	}
	return m, any
}

// MinI128 is the least valid value, or false when no row is valid.
func MinI128(src []I128, valid []uint64) (I128, bool) {
	var m I128
	any := false
	for i, x := range src {
		if bitAt(valid, i) {
			if !any || less128(x, m) != 0 {
				m = x
			}
			any = true
		}
	}
	return m, any
}

// MaxI128 is the greatest valid value, or false when no row is valid.
func MaxI128(src []I128, valid []uint64) (I128, bool) {
	var m I128
	any := false
	for i, x := range src {
		if bitAt(valid, i) {
			if !any || less128(m, x) != 0 {
				m = x
			}
			any = true
		}
	}
	return m, any
}

// MinView is the first row that holds the least valid string, or -1.
func MinView(src []View, bufs [][]byte, valid []uint64) int {
	at := -1
	for i, x := range src {
		if bitAt(valid, i) && (at < 0 || CompareView(x, bufs, src[at], bufs) < 0) {
			at = i
		}
	}
	return at
}

// MaxView is the first row that holds the greatest valid string, or -1.
func MaxView(src []View, bufs [][]byte, valid []uint64) int {
	at := -1
	for i, x := range src {
		if bitAt(valid, i) && (at < 0 || CompareView(x, bufs, src[at], bufs) > 0) {
			at = i
		}
	}
	return at
}
