package kern

import "unsafe"

// View is a 16-byte string view. A holds the length in its low 32 bits and the
// first four bytes in its high 32. B holds bytes 4..11 when the length is at most
// InlineMax, otherwise the buffer index in its low 32 bits and the offset of the
// whole string in its high 32. Unused inline bytes are zero, so two short views
// are equal exactly when both words are. The layout is that of data.View, and
// callers cast slices of one to the other.
type View struct{ A, B uint64 }

// InlineMax is the longest string, in bytes, that a View holds by itself.
const InlineMax = 12

// I128 is a two's-complement 128-bit integer, low word first: the layout of
// data.Int128 and of an Arrow decimal128.
type I128 struct {
	Lo uint64
	Hi int64
}

// NoRow in a selection stands for "no row": the Opt kernels turn it into null.
const NoRow = ^uint32(0)

// Signed is every signed integer type of a column.
type Signed interface {
	~int8 | ~int16 | ~int32 | ~int64
}

// Unsigned is every unsigned integer type of a column.
type Unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Integer is every integer type of a column that fits a machine word.
type Integer interface{ Signed | Unsigned }

// Float is both floating-point types.
type Float interface{ ~float32 | ~float64 }

// Number is every type with machine arithmetic.
type Number interface{ Integer | Float }

// b2u is 1 for true; the compiler turns it into one SETcc, without a branch.
func b2u(b bool) uint64 {
	var c uint64
	if b {
		c = 1
	}
	return c
}

// topBit returns the most significant bit of an integer type.
func topBit[T Integer]() T { return T(1) << (8*unsafe.Sizeof(T(0)) - 1) }

// isSigned reports whether T has negative values.
func isSigned[T Integer]() bool { return ^T(0) < 0 }

// bitAt is bit i of a validity bitmap in which nil means all ones.
func bitAt(valid []uint64, i int) bool {
	return valid == nil || valid[uint(i)>>6]>>(uint(i)&63)&1 != 0
}

// wordAt is word w of a validity bitmap in which nil means all ones.
func wordAt(valid []uint64, w int) uint64 {
	if valid == nil {
		return ^uint64(0)
	}
	return valid[w]
}

// load64 reads eight bytes of b at i, little-endian on every machine we run on.
// The caller guarantees that they lie within b.
func load64(b []byte, i int) uint64 {
	return *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i))
}

// load32 is load64 for four bytes.
func load32(b []byte, i int) uint32 {
	return *(*uint32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), i))
}
