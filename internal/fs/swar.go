package fs

import (
	"math/bits"
	"unsafe"

	"github.com/siksik-data/siksik/data"
)

// Scanning eight bytes at a time. The loads read up to 15 bytes past the place asked for, which buffers from Blocks allow. They are
// unchecked: bounds checks cost the NDJSON reader a fifth of its speed, and every caller stops at a line end that the buffer surely has.

const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// Load8 returns the eight bytes at base+off as a little-endian word.
func Load8(base unsafe.Pointer, off int) uint64 { return *(*uint64)(unsafe.Add(base, off)) }

// Load4 returns the four bytes at base+off as a little-endian word.
func Load4(base unsafe.Pointer, off int) uint32 { return *(*uint32)(unsafe.Add(base, off)) }

// Load1 returns the byte at base+off.
func Load1(base unsafe.Pointer, off int) byte { return *(*byte)(unsafe.Add(base, off)) }

// viewMasks has for each length of a short string the bytes that its view keeps, and behind them what the view of a long one keeps.
var viewMasks = func() (m [16]struct{ prefix, rest, place uint64 }) {
	for n := range m {
		m[n].prefix = 1<<(8*min(n, 4)) - 1
		m[n].rest = 1<<(8*max(n-4, 0)) - 1
		if n > data.InlineMax {
			m[n].rest, m[n].place = 0, 0xFFFFFFFF<<32
		}
	}
	return m
}()

// ViewAt returns the string view of the n bytes at base+off. A long string points to offset off of buffer 0, which must be the bytes at base. There is
// no branch on the length, which in a column of texts is hard to foresee.
func ViewAt(base unsafe.Pointer, off, n int) data.View {
	m := &viewMasks[min(uint(n), data.InlineMax+1)&15]
	lo, hi := Load8(base, off), uint64(Load4(base, off+8))
	return data.View{A: uint64(n) | (lo&m.prefix)<<32, B: (lo>>32|hi<<32)&m.rest | uint64(off)<<32&m.place}
}

// DigitsAt returns how many of the eight bytes of x, which were XORed with '0', are digits from the lowest on.
func DigitsAt(x uint64) int {
	return bits.TrailingZeros64(((x+0x76*eachByte)|x)&highBits) >> 3
}

// EightDigits is the number that the eight bytes of x (0 to 9 each, the first digit lowest) spell.
func EightDigits(x uint64) uint64 {
	x = x*10 + x>>8
	const pairs = 0x000000FF000000FF
	return ((x&pairs)*(100+1000000<<32) + (x>>16&pairs)*(1+10000<<32)) >> 32
}

// Zeros is the word of eight characters '0'.
const Zeros = '0' * eachByte

var pow10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// ShortFloat reads a number of up to seven digits before the point and seven after it at p, and returns the place after it, or 0 if it
// is anything else. A leading zero before other digits is anything else.
func ShortFloat(base unsafe.Pointer, p int) (v float64, e int) {
	neg := false
	if Load1(base, p) == '-' {
		neg = true
		p++
	}
	x := Load8(base, p) ^ Zeros
	n := DigitsAt(x)
	if n == 0 || n == 8 || n > 1 && x&0xFF == 0 {
		return 0, 0
	}
	u := EightDigits(x << (64 - 8*uint(n)))
	p += n
	if Load1(base, p) == '.' {
		x = Load8(base, p+1) ^ Zeros
		n = DigitsAt(x)
		if n == 0 || n == 8 {
			return 0, 0
		}
		// Both the digits and the power of ten are exact in a float, so that one division rounds right.
		v = float64(u*pow10[n]+EightDigits(x<<(64-8*uint(n)))) / float64(pow10[n])
		p += n + 1
	} else {
		v = float64(u)
	}
	if Load1(base, p)|0x20 == 'e' {
		return 0, 0
	}
	if neg {
		v = -v
	}
	return v, p
}

// FieldFloat reads a number of n characters at p, if n is 1 to 8, all are digits or one point between digits, and there is no leading zero before
// other digits. It has no branch on where the point is.
func FieldFloat(base unsafe.Pointer, p, n int) (v float64, ok bool) {
	if uint(n-1) >= 8 {
		return 0, false
	}
	first := 64 - 8*uint(n)
	x := (Load8(base, p) ^ Zeros) << first // what is before the number is digits 0
	other := (x + 0x76*eachByte | x) & highBits
	if other == 0 {
		return float64(EightDigits(x)), n == 1 || x>>first&0xFF != 0
	}
	at := uint(bits.TrailingZeros64(other)) - 7 // the bits below the point
	if other&(other-1) != 0 || x>>at&0xFF != '.'^'0' || at <= first || at == 56 || x>>first&0xFF == 0 && at != first+8 {
		return 0, false
	}
	whole := x & (1<<at - 1)
	u := EightDigits(whole<<8 | x>>at>>8<<8<<at)
	// Both are exact in a float, so that one division rounds right.
	return float64(u) / float64(pow10[(56-at)>>3]), true
}
