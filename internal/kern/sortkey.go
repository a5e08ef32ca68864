package kern

import (
	"math/bits"
	"unsafe"
)

// Order-preserving keys: unsigned order of the keys is the wanted order of the
// values. A key takes the low 8*size bits of its word, so that narrow keys sort in
// fewer passes and several pack into one word. desc turns the order round.

// descMask flips the low 8*size bits when desc is set.
func descMask(size uintptr, desc bool) uint64 {
	return -b2u(desc) >> (64 - 8*size)
}

// KeyInt encodes integers.
func KeyInt[T Integer](dst []uint64, src []T, desc bool) {
	dst = dst[:len(src)]
	size := unsafe.Sizeof(T(0))
	mask := ^uint64(0) >> (64 - 8*size)
	flip := descMask(size, desc)
	if isSigned[T]() {
		flip ^= 1 << (8*size - 1)
	}
	for i, x := range src {
		dst[i] = uint64(x)&mask ^ flip
	}
}

// KeyFloat encodes floats under the total order, in 64 bits even for float32.
func KeyFloat[T Float](dst []uint64, src []T, desc bool) {
	dst = dst[:len(src)]
	flip := descMask(8, desc)
	for i, x := range src {
		b := floatWord(float64(x))
		dst[i] = b ^ (uint64(int64(b)>>63) | 1<<63) ^ flip
	}
}

// KeyI128 encodes 128-bit integers in two words, of which hi counts first.
func KeyI128(hi, lo []uint64, src []I128, desc bool) {
	hi, lo = hi[:len(src)], lo[:len(src)]
	flip := descMask(8, desc)
	for i, x := range src {
		hi[i] = uint64(x.Hi) ^ 1<<63 ^ flip
		lo[i] = x.Lo ^ flip
	}
}

// KeyBool encodes the first len(dst) bits of src in one bit.
func KeyBool(dst, src []uint64, desc bool) {
	flip := b2u(desc)
	for i := range dst {
		dst[i] = src[i>>6]>>(uint(i)&63)&1 ^ flip
	}
}

// KeyView encodes bytes at to at+8 of each string, zeros past its end. Equal keys
// need a further word or CompareView to tell the strings apart, zero bytes in
// them included.
func KeyView(dst []uint64, src []View, bufs [][]byte, at int, desc bool) {
	dst = dst[:len(src)]
	flip := descMask(8, desc)
	for i := range src {
		v := &src[i]
		var k uint64
		switch n := v.Len(); {
		case n <= at:
		case n > InlineMax:
			k = bytesKey(v.long(bufs)[at:])
		case at == 0:
			k = uint64(bits.ReverseBytes32(uint32(v.A>>32)))<<32 | bits.ReverseBytes64(v.B)>>32
		default:
			k = bytesKey(v.Bytes(nil)[at:])
		}
		dst[i] = k ^ flip
	}
}

// bytesKey is the first eight bytes of b, zeros past its end, first byte highest.
func bytesKey(b []byte) uint64 {
	if len(b) >= 8 {
		return bits.ReverseBytes64(load64(b, 0))
	}
	var k uint64
	for i, c := range b {
		k |= uint64(c) << (56 - 8*i)
	}
	return k
}
