package kern

import (
	"math/bits"
	"unsafe"
)

// Len is the length of the string in bytes.
func (v View) Len() int { return int(uint32(v.A)) }

// Bytes returns the string's bytes. Those of a short view lie in v itself, so the
// result is valid no longer than *v and its buffers are.
func (v *View) Bytes(bufs [][]byte) []byte {
	n := v.Len()
	if n <= InlineMax {
		return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(v), 4)), n)
	}
	return v.long(bufs)
}

// long is the bytes of a view of more than InlineMax.
func (v *View) long(bufs [][]byte) []byte {
	off := v.B >> 32
	return bufs[uint32(v.B)][off : off+uint64(uint32(v.A))]
}

// MakeView is the view of s, which is bufs[buf][off:off+len(s)] when it is longer
// than InlineMax.
func MakeView(s []byte, buf, off int) View {
	var b [16]byte
	v := View{A: uint64(len(s))}
	if len(s) > InlineMax {
		return View{v.A | uint64(load32(s, 0))<<32, uint64(uint32(buf)) | uint64(off)<<32}
	}
	copy(b[:], s)
	return View{v.A | uint64(load32(b[:], 0))<<32, load64(b[:], 4)}
}

// EqualView reports whether two views hold the same bytes.
func EqualView(a View, abufs [][]byte, b View, bbufs [][]byte) bool {
	if a.A != b.A {
		return false
	}
	if uint32(a.A) <= InlineMax {
		return a.B == b.B
	}
	return EqualLong(a.long(abufs), b.long(bbufs))
}

// EqualLong reports whether a and b, of one length of at least 8, are equal. It
// compares by words: a call of the runtime's comparison costs more than most do.
func EqualLong(a, b []byte) bool {
	n := len(a)
	if len(b) != n {
		return false
	}
	d := load64(a, n-8) ^ load64(b, n-8)
	for i := 0; i+8 < n && d == 0; i += 8 {
		d = load64(a, i) ^ load64(b, i)
	}
	return d == 0
}

// CompareView is negative, 0 or positive as a is below, equal to or above b in the
// order of bytes.
func CompareView(a View, abufs [][]byte, b View, bbufs [][]byte) int {
	if x, y := bits.ReverseBytes32(uint32(a.A>>32)), bits.ReverseBytes32(uint32(b.A>>32)); x != y {
		return order(x < y)
	}
	n, m := uint32(a.A), uint32(b.A)
	if n <= InlineMax && m <= InlineMax {
		if x, y := bits.ReverseBytes64(a.B), bits.ReverseBytes64(b.B); x != y {
			return order(x < y)
		}
		return int(n) - int(m)
	}
	return CompareBytes(a.Bytes(abufs), b.Bytes(bbufs))
}

// CompareBytes is bytes.Compare by words; most differences lie in the first two.
func CompareBytes(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if x, y := load64(a, i), load64(b, i); x != y {
			return order(bits.ReverseBytes64(x) < bits.ReverseBytes64(y))
		}
	}
	for ; i < n; i++ {
		if a[i] != b[i] {
			return order(a[i] < b[i])
		}
	}
	return len(a) - len(b)
}

// order is -1 for less and 1 for not.
func order(less bool) int { return 1 - 2*int(b2u(less)) }

// EqView sets bit i of dst to a = b at row i.
func EqView(dst []uint64, a []View, abufs [][]byte, b []View, bbufs [][]byte) {
	b = b[:len(a)]
	for len(a) > 0 {
		n := min(len(a), 64)
		var m uint64
		q := b[:n]
		for i, x := range a[:n] {
			m |= b2u(EqualView(x, abufs, q[i], bbufs)) << (uint(i) & 63)
		}
		dst[0] = m
		dst, a, b = dst[1:], a[n:], b[n:]
	}
}

// EqViewConst is EqView with one right operand. A short one takes no branch.
func EqViewConst(dst []uint64, a []View, abufs [][]byte, b View, bbufs [][]byte) {
	short := uint32(b.A) <= InlineMax
	var own []byte
	if !short {
		own = b.long(bbufs)
	}
	for len(a) > 0 {
		n := min(len(a), 64)
		var m uint64
		if short {
			for i, x := range a[:n] {
				m |= b2u((x.A^b.A)|(x.B^b.B) == 0) << (uint(i) & 63)
			}
		} else {
			for i, x := range a[:n] {
				if x.A == b.A && EqualLong(x.long(abufs), own) {
					m |= 1 << (uint(i) & 63)
				}
			}
		}
		dst[0] = m
		dst, a = dst[1:], a[n:]
	}
}

// NeView sets bit i of dst to a ≠ b at row i.
func NeView(dst []uint64, a []View, abufs [][]byte, b []View, bbufs [][]byte) {
	EqView(dst, a, abufs, b, bbufs)
	BitmapNot(dst, dst, len(a))
}

// NeViewConst is NeView with one right operand.
func NeViewConst(dst []uint64, a []View, abufs [][]byte, b View, bbufs [][]byte) {
	EqViewConst(dst, a, abufs, b, bbufs)
	BitmapNot(dst, dst, len(a))
}

// ShiftViews adds by to the buffer index of every long view: what appending one
// column's buffers behind another's by buffers needs. dst may be a.
func ShiftViews(dst, a []View, by int) {
	dst = dst[:len(a)]
	for i, v := range a {
		dst[i] = View{v.A, v.B + uint64(by)&-b2u(uint32(v.A) > InlineMax)}
	}
}

// LenViews writes the byte length of each view.
func LenViews(dst []int64, a []View) {
	dst = dst[:len(a)]
	for i, v := range a {
		dst[i] = int64(uint32(v.A))
	}
}

// LongBytes is the sum of the lengths of the valid views that are not inline: the
// room that copying their bytes takes.
func LongBytes(a []View, valid []uint64) int {
	n := 0
	for i, v := range a {
		if uint32(v.A) > InlineMax && bitAt(valid, i) {
			n += v.Len()
		}
	}
	return n
}
