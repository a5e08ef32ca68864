package kern

import (
	"math"
	"math/bits"
)

// Bit use of every hash: low bits pick the slot, bits 36..47 the radix partition,
// bits 48..63 the salt, so that the three never correlate.
const (
	HashPartShift = 36
	HashSaltShift = 48
)

const (
	hashK0 = 0x9E3779B97F4A7C15
	hashK1 = 0xD6E8FEB86659FD93
	hashK2 = 0xA0761D6478BD642F
	hashK3 = 0x8EBC6AF09C88C6E3
)

// hashNull is the word that takes the place of a null's value.
const hashNull = 0x589965CC75374CC3

// fold is one 64×64→128 multiplication with both halves xored: good low and high
// bits at the price of one instruction (as in wyhash).
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// HashWord is the hash of one word: what HashInt gives for an int64 or uint64.
func HashWord(x uint64) uint64 { return fold(x^hashK2, hashK0) }

// HashMix combines the hash of a row's earlier columns with the next word.
func HashMix(h, x uint64) uint64 { return fold(h^x, hashK1) }

// HashBytes hashes bytes of any length as HashView does.
func HashBytes(b []byte) uint64 {
	if len(b) <= InlineMax {
		v := MakeView(b, 0, 0)
		return hashShort(v.A, v.B)
	}
	return hashLong(b)
}

func hashShort(a, b uint64) uint64 { return fold(a^hashK2, b^hashK1) }

// hashLong takes 16 bytes per multiplication and an overlapping tail; len(b) > 12.
func hashLong(b []byte) uint64 {
	n := len(b)
	s := uint64(n) ^ hashK0
	if n < 16 {
		return fold(load64(b, 0)^hashK2^s, load64(b, n-8)^hashK1)
	}
	for i := 0; i+16 < n; i += 16 {
		s = fold(load64(b, i)^hashK2^s, load64(b, i+8)^hashK1)
	}
	return fold(load64(b, n-16)^hashK2^s, load64(b, n-8)^hashK1)
}

// floatWord is the bits of x with one NaN and one zero.
func floatWord(x float64) uint64 {
	b := math.Float64bits(x)
	if x == 0 {
		b = 0
	}
	if x != x {
		b = 0x7FF8000000000000
	}
	return b
}

// nullMask is all ones where bit i of word m is 1.
func nullMask(m uint64, i int) uint64 { return -(m >> (uint(i) & 63) & 1) }

// HashInt hashes integers; nulls hash alike. Equal values of one width, or of the
// widths of one signedness, have equal hashes. nil valid means no nulls.
func HashInt[T Integer](dst []uint64, src []T, valid []uint64) {
	dst = dst[:len(src)]
	if valid == nil {
		for i, x := range src {
			dst[i] = fold(uint64(x)^hashK2, hashK0)
		}
		return
	}
	for i, x := range src {
		m := nullMask(valid[i>>6], i)
		dst[i] = fold(uint64(x)&m^hashNull&^m^hashK2, hashK0)
	}
}

// CombineInt mixes integers into the hashes of earlier columns.
func CombineInt[T Integer](dst []uint64, src []T, valid []uint64) {
	dst = dst[:len(src)]
	if valid == nil {
		for i, x := range src {
			dst[i] = fold(dst[i]^uint64(x), hashK1)
		}
		return
	}
	for i, x := range src {
		m := nullMask(valid[i>>6], i)
		dst[i] = fold(dst[i]^uint64(x)&m^hashNull&^m, hashK1)
	}
}

// HashFloat hashes floats: all NaNs alike, and -0 as 0.
func HashFloat[T Float](dst []uint64, src []T, valid []uint64) {
	dst = dst[:len(src)]
	if valid == nil {
		for i, x := range src {
			dst[i] = fold(floatWord(float64(x))^hashK2, hashK0)
		}
		return
	}
	for i, x := range src {
		m := nullMask(valid[i>>6], i)
		dst[i] = fold(floatWord(float64(x))&m^hashNull&^m^hashK2, hashK0)
	}
}

// CombineFloat mixes floats into the hashes of earlier columns.
func CombineFloat[T Float](dst []uint64, src []T, valid []uint64) {
	dst = dst[:len(src)]
	if valid == nil {
		for i, x := range src {
			dst[i] = fold(dst[i]^floatWord(float64(x)), hashK1)
		}
		return
	}
	for i, x := range src {
		m := nullMask(valid[i>>6], i)
		dst[i] = fold(dst[i]^floatWord(float64(x))&m^hashNull&^m, hashK1)
	}
}

// HashI128 hashes 128-bit integers.
func HashI128(dst []uint64, src []I128, valid []uint64) {
	dst = dst[:len(src)]
	for i, x := range src {
		h := fold(x.Lo^hashK2, uint64(x.Hi)^hashK0)
		if !bitAt(valid, i) {
			h = HashWord(hashNull)
		}
		dst[i] = h
	}
}

// CombineI128 mixes 128-bit integers into the hashes of earlier columns.
func CombineI128(dst []uint64, src []I128, valid []uint64) {
	dst = dst[:len(src)]
	for i, x := range src {
		w := fold(x.Lo^hashK2, uint64(x.Hi)^hashK0)
		if !bitAt(valid, i) {
			w = hashNull
		}
		dst[i] = fold(dst[i]^w, hashK1)
	}
}

// HashBool hashes the first n bits of src.
func HashBool(dst, src, valid []uint64, n int) {
	h := [3]uint64{HashWord(0), HashWord(1), HashWord(hashNull)}
	for i := range dst[:n] {
		dst[i] = h[boolCode(src, valid, i)]
	}
}

// CombineBool mixes the first n bits of src into the hashes of earlier columns.
func CombineBool(dst, src, valid []uint64, n int) {
	w := [3]uint64{0, 1, hashNull}
	for i, h := range dst[:n] {
		dst[i] = fold(h^w[boolCode(src, valid, i)], hashK1)
	}
}

// boolCode is 0, 1 or, for null, 2.
func boolCode(src, valid []uint64, i int) uint64 {
	if !bitAt(valid, i) {
		return 2
	}
	return src[uint(i)>>6] >> (uint(i) & 63) & 1
}

// HashView hashes strings over their buffers: equal bytes have equal hashes,
// wherever they lie.
func HashView(dst []uint64, src []View, bufs [][]byte, valid []uint64) {
	dst = dst[:len(src)]
	for i := range src {
		v := &src[i]
		switch {
		case !bitAt(valid, i):
			dst[i] = HashWord(hashNull)
		case uint32(v.A) <= InlineMax:
			dst[i] = hashShort(v.A, v.B)
		default:
			dst[i] = hashLong(v.long(bufs))
		}
	}
}

// CombineView mixes strings into the hashes of earlier columns.
func CombineView(dst []uint64, src []View, bufs [][]byte, valid []uint64) {
	dst = dst[:len(src)]
	for i := range src {
		v := &src[i]
		w := uint64(hashNull)
		if bitAt(valid, i) {
			if uint32(v.A) <= InlineMax {
				w = hashShort(v.A, v.B)
			} else {
				w = hashLong(v.long(bufs))
			}
		}
		dst[i] = fold(dst[i]^w, hashK1)
	}
}

// CombineHash mixes whole hashes, of a nested column say, into those of earlier
// columns.
func CombineHash(dst, src []uint64) {
	dst = dst[:len(src)]
	for i, x := range src {
		dst[i] = fold(dst[i]^hashK3, x^hashK1)
	}
}
