package data

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// View is a 16-byte string view. The low half of A is the length in bytes, its high half the first four bytes. For at most 12 bytes,
// B holds the other eight, zero-padded, so that short strings are equal exactly when both words are. Longer strings have the buffer
// index in the low half of B and the offset in its high half. Views hold no pointers; their buffers belong to the column.
type View struct{ A, B uint64 }

// InlineMax is the longest string that a View holds itself.
const InlineMax = 12

// Len returns the length in bytes.
func (v View) Len() int { return int(uint32(v.A)) }

// InlineView returns the view of a string of at most InlineMax bytes.
func InlineView(s []byte) View {
	var b [16]byte
	copy(b[4:], s)
	return View{binary.LittleEndian.Uint64(b[:]) | uint64(len(s)), binary.LittleEndian.Uint64(b[8:])}
}

// BufferView returns the view of s, which stands at off in buffer buf, or the inline view if s is short.
func BufferView(s []byte, buf, off int) View {
	if len(s) <= InlineMax {
		return InlineView(s)
	}
	return View{uint64(len(s)) | uint64(binary.LittleEndian.Uint32(s))<<32, uint64(uint32(buf)) | uint64(off)<<32}
}

// Bytes returns the string's bytes, which belong to the view itself or to bufs and must not be changed.
func (v *View) Bytes(bufs [][]byte) []byte {
	n := v.Len()
	if n <= InlineMax {
		return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(v), 4)), n)
	}
	off := int(v.B >> 32)
	return bufs[uint32(v.B)][off : off+n]
}

// String returns a copy of the string.
func (v *View) String(bufs [][]byte) string { return string(v.Bytes(bufs)) }

// Int128 is a signed 128-bit integer in two's complement.
type Int128 struct {
	Lo uint64
	Hi int64
}

// Int128From widens v.
func Int128From(v int64) Int128 { return Int128{uint64(v), v >> 63} }

// IsInt64 reports whether the value fits an int64.
func (v Int128) IsInt64() bool { return v.Hi == int64(v.Lo)>>63 }

// Sign returns -1, 0 or 1.
func (v Int128) Sign() int {
	switch {
	case v.Hi < 0:
		return -1
	case v.Hi == 0 && v.Lo == 0:
		return 0
	default:
		return 1
	}
}

// Neg returns -v, wrapping at the smallest value.
func (v Int128) Neg() Int128 {
	lo, borrow := bits.Sub64(0, v.Lo, 0)
	hi, _ := bits.Sub64(0, uint64(v.Hi), borrow)
	return Int128{lo, int64(hi)}
}

// Cmp returns -1, 0 or 1.
func (v Int128) Cmp(o Int128) int {
	switch {
	case v.Hi < o.Hi || v.Hi == o.Hi && v.Lo < o.Lo:
		return -1
	case v == o:
		return 0
	default:
		return 1
	}
}

// String returns the value in decimal.
func (v Int128) String() string { return string(v.AppendDecimal(nil, 0)) }

// AppendDecimal appends the value divided by 10^scale, in plain notation with exactly scale digits after the point.
func (v Int128) AppendDecimal(dst []byte, scale int) []byte {
	hi, lo := uint64(v.Hi), v.Lo
	if v.Hi < 0 {
		dst = append(dst, '-')
		n := v.Neg()
		hi, lo = uint64(n.Hi), n.Lo
	}
	var buf [48]byte
	i := len(buf)
	for digits := 0; hi != 0 || lo != 0 || digits <= scale; digits++ {
		if digits == scale && scale > 0 {
			i--
			buf[i] = '.'
		}
		var r uint64
		hi, r = hi/10, hi%10
		lo, r = bits.Div64(r, lo, 10)
		i--
		buf[i] = byte('0' + r)
	}
	return append(dst, buf[i:]...)
}

// Interval is a calendar interval; its three parts are kept apart and never normalised into each other.
type Interval struct {
	Months, Days int32
	Micros       int64
}

// Fixed is any type that a fixed-width buffer holds.
type Fixed interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64 | Int128 | View | Interval
}

// FixedSlice returns the whole elements of b as a slice of T, in place. b must be aligned for T, as buffers from this package are.
func FixedSlice[T Fixed](b []byte) []T {
	n := len(b) / int(unsafe.Sizeof(*new(T)))
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// FixedBytes returns the memory of s as bytes, in place.
func FixedBytes[T Fixed](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(s[0])))
}
