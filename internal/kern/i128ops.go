package kern

// 128-bit arithmetic, checked: each function returns the first valid row whose
// result does not fit, which wraps, or -1. dst may be an operand.

// AddI128 is a + b.
func AddI128(dst, a, b []I128, valid []uint64) int {
	a, b = a[:len(dst)], b[:len(dst)]
	first := -1
	for i, x := range a {
		r, o := x.addOver(b[i])
		if o < 0 && first < 0 && bitAt(valid, i) {
			first = i
		}
		dst[i] = r
	}
	return first
}

// AddI128Const is AddI128 with one right operand.
func AddI128Const(dst, a []I128, b I128, valid []uint64) int {
	a = a[:len(dst)]
	first := -1
	for i, x := range a {
		r, o := x.addOver(b)
		if o < 0 && first < 0 && bitAt(valid, i) {
			first = i
		}
		dst[i] = r
	}
	return first
}

// SubI128 is a - b.
func SubI128(dst, a, b []I128, valid []uint64) int {
	a, b = a[:len(dst)], b[:len(dst)]
	first := -1
	for i, x := range a {
		r, o := x.subOver(b[i])
		if o < 0 && first < 0 && bitAt(valid, i) {
			first = i
		}
		dst[i] = r
	}
	return first
}

// SubI128Const is SubI128 with one right operand.
func SubI128Const(dst, a []I128, b I128, valid []uint64) int {
	a = a[:len(dst)]
	first := -1
	for i, x := range a {
		r, o := x.subOver(b)
		if o < 0 && first < 0 && bitAt(valid, i) {
			first = i
		}
		dst[i] = r
	}
	return first
}

// ConstSubI128 is SubI128 with one left operand.
func ConstSubI128(dst []I128, a I128, b []I128, valid []uint64) int {
	b = b[:len(dst)]
	first := -1
	for i, y := range b {
		r, o := a.subOver(y)
		if o < 0 && first < 0 && bitAt(valid, i) {
			first = i
		}
		dst[i] = r
	}
	return first
}

// MulI128 is a * b.
func MulI128(dst, a, b []I128, valid []uint64) int {
	a, b = a[:len(dst)], b[:len(dst)]
	first := -1
	for i, x := range a {
		r, ok := mulI128(x, b[i])
		if !ok && first < 0 && bitAt(valid, i) {
			first = i
		}
		dst[i] = r
	}
	return first
}

// MulI128Const is MulI128 with one right operand.
func MulI128Const(dst, a []I128, b I128, valid []uint64) int {
	a = a[:len(dst)]
	first := -1
	for i, x := range a {
		r, ok := mulI128(x, b)
		if !ok && first < 0 && bitAt(valid, i) {
			first = i
		}
		dst[i] = r
	}
	return first
}

// mulI128 multiplies, cheaply when both operands fit a word.
func mulI128(x, y I128) (I128, bool) {
	if x.IsInt64() && y.IsInt64() {
		hi, lo := mulSigned(int64(x.Lo), int64(y.Lo))
		return I128{lo, hi}, true
	}
	return x.MulOK(y)
}

// DivI128 is a / b rounded towards zero; bit i of ok tells whether b[i] is not 0,
// and where it is 0, dst is 0. It returns the first valid row of min / -1, or -1.
func DivI128(dst, a, b []I128, ok, valid []uint64) int {
	a, b = a[:len(dst)], b[:len(dst)]
	first := -1
	clear(ok[:Words(len(dst))])
	for i, x := range a {
		y := b[i]
		if y == (I128{}) {
			dst[i] = y
			continue
		}
		ok[i>>6] |= 1 << (uint(i) & 63)
		q, _ := x.QuoRem(y)
		if q.Hi < 0 && x.Hi < 0 && y.Hi < 0 && first < 0 && bitAt(valid, i) {
			first = i
		}
		dst[i] = q
	}
	return first
}

// ModI128 is the remainder of DivI128, with the sign of a.
func ModI128(dst, a, b []I128, ok []uint64) {
	a, b = a[:len(dst)], b[:len(dst)]
	clear(ok[:Words(len(dst))])
	for i, x := range a {
		y := b[i]
		if y == (I128{}) {
			dst[i] = y
			continue
		}
		ok[i>>6] |= 1 << (uint(i) & 63)
		_, dst[i] = x.QuoRem(y)
	}
}

// NegI128 is -a.
func NegI128(dst, a []I128, valid []uint64) int { return ConstSubI128(dst, I128{}, a, valid) }

// AbsI128 is |a|.
func AbsI128(dst, a []I128, valid []uint64) int {
	a = a[:len(dst)]
	first := -1
	for i, x := range a {
		r, _ := x.abs()
		if r.Hi < 0 && first < 0 && bitAt(valid, i) {
			first = i
		}
		dst[i] = r
	}
	return first
}
