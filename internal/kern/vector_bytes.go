//go:build goexperiment.simd && amd64

package kern

import "simd/archsimd"

// hasVectors says whether the machine has the vector instructions of this build's kernels.
var hasVectors = archsimd.X86.AVX2()

// asciiVector is ASCII for 32 bytes or more.
func asciiVector(b []byte) bool {
	high := archsimd.BroadcastUint8x32(0x80)
	last := archsimd.LoadUint8x32Slice(b[len(b)-32:])
	for len(b) >= 128 {
		x := (*[128]byte)(b)
		o := load32x8(x[0:]).Or(load32x8(x[32:])).Or(load32x8(x[64:]).Or(load32x8(x[96:])))
		if !o.And(high).IsZero() {
			archsimd.ClearAVXUpperBits()
			return false
		}
		b = b[128:]
	}
	for len(b) >= 32 {
		last = last.Or(load32x8(b))
		b = b[32:]
	}
	// What clears the registers must come behind their last use, which only a branch makes sure of; here and below.
	if !last.And(high).IsZero() {
		archsimd.ClearAVXUpperBits()
		return false
	}
	archsimd.ClearAVXUpperBits()
	return true
}

// load32x8 loads the first 32 bytes of b.
func load32x8(b []byte) archsimd.Uint8x32 { return archsimd.LoadUint8x32((*[32]byte)(b)) }

// What is wrong with a byte and the one before it, as bits. The tables below have for a half of the former or the latter what it can be part of;
// wrong is what all three halves agree on.
const (
	tooShort  = 1 << iota // a lead without what must follow
	tooLong               // ASCII, and then a continuation
	overlong3             // three bytes for what two can say
	tooLarge              // beyond U+10FFFF
	surrogate             // a half of a pair
	overlong2             // two bytes for what one can say
	overlong4             // four bytes for what three can say, or far beyond U+10FFFF
	twoConts              // two continuations, which is right behind some leads
	carry     = tooShort | tooLong | twoConts
)

var (
	leadHigh = [32]byte{
		tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, tooLong, twoConts, twoConts, twoConts, twoConts,
		tooShort | overlong2, tooShort, tooShort | overlong3 | surrogate, tooShort | tooLarge | overlong4,
	}
	leadLow = [32]byte{
		carry | overlong3 | overlong2 | overlong4, carry | overlong2, carry, carry, carry | tooLarge, carry | tooLarge | overlong4,
		carry | tooLarge | overlong4, carry | tooLarge | overlong4, carry | tooLarge | overlong4, carry | tooLarge | overlong4,
		carry | tooLarge | overlong4, carry | tooLarge | overlong4, carry | tooLarge | overlong4, carry | tooLarge | overlong4 | surrogate,
		carry | tooLarge | overlong4, carry | tooLarge | overlong4,
	}
	nextHigh = [32]byte{
		tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort, tooShort,
		tooLong | overlong2 | twoConts | overlong3 | overlong4, tooLong | overlong2 | twoConts | overlong3 | tooLarge,
		tooLong | overlong2 | twoConts | surrogate | tooLarge, tooLong | overlong2 | twoConts | surrogate | tooLarge,
		tooShort, tooShort, tooShort, tooShort,
	}
)

// Permutations work on halves of a vector, each of which needs the table.
func init() {
	for _, t := range []*[32]byte{&leadHigh, &leadLow, &nextHigh} {
		copy(t[16:], t[:16])
	}
}

// validVector is ValidUTF8 for 35 bytes or more. It looks at 32 bytes at a time, and at the three before each, which are zeros for the first ones.
func validVector(b []byte) bool {
	var head [64]byte
	copy(head[32:], b)
	leads, lows, nexts := archsimd.LoadUint8x32(&leadHigh), archsimd.LoadUint8x32(&leadLow), archsimd.LoadUint8x32(&nextHigh)
	four, half := archsimd.BroadcastUint32x8(4), archsimd.BroadcastUint8x32(0x0F)
	third, fourth, high := archsimd.BroadcastUint8x32(0xE0-0x80), archsimd.BroadcastUint8x32(0xF0-0x80), archsimd.BroadcastUint8x32(0x80)
	var wrong archsimd.Uint8x32
	x := head[29:]
	for at := 32; ; {
		before, now := archsimd.LoadUint8x32((*[32]byte)(x[2:])), archsimd.LoadUint8x32((*[32]byte)(x[3:]))
		odd := leads.PermuteOrZeroGrouped(before.AsUint32x8().ShiftRight(four).AsUint8x32().And(half).AsInt8x32()).
			And(lows.PermuteOrZeroGrouped(before.And(half).AsInt8x32())).
			And(nexts.PermuteOrZeroGrouped(now.AsUint32x8().ShiftRight(four).AsUint8x32().And(half).AsInt8x32()))
		// The third byte of three and the third and fourth of four must be continuations behind continuations.
		due := archsimd.LoadUint8x32((*[32]byte)(x[1:])).SubSaturated(third).Or(archsimd.LoadUint8x32((*[32]byte)(x)).SubSaturated(fourth))
		wrong = wrong.Or(due.And(high).Xor(odd))
		if at >= len(b) {
			break
		}
		at = min(at, len(b)-32)
		x = b[at-3:]
		at += 32
	}
	if !wrong.IsZero() {
		archsimd.ClearAVXUpperBits()
		return false
	}
	archsimd.ClearAVXUpperBits()
	end := (*[3]byte)(b[len(b)-3:])
	return end[2] < 0xC0 && end[1] < 0xE0 && end[0] < 0xF0
}

func (m Marks) findVector(seps, ends, quotes []uint64, text []byte) bool {
	delim, end, quote := archsimd.BroadcastUint8x32(m.Delim), archsimd.BroadcastUint8x32(m.End), archsimd.BroadcastUint8x32(m.Quote)
	var seen archsimd.Uint8x32
	for b := range seps {
		x := (*[64]byte)(text[b<<6:])
		lo, hi := load32x8(x[:]), load32x8(x[32:])
		seen = seen.Or(lo).Or(hi)
		endLo, endHi := lo.Equal(end), hi.Equal(end)
		seps[b] = uint64(lo.Equal(delim).Or(endLo).ToBits()) | uint64(hi.Equal(delim).Or(endHi).ToBits())<<32
		ends[b] = uint64(endLo.ToBits()) | uint64(endHi.ToBits())<<32
		quotes[b] = uint64(lo.Equal(quote).ToBits()) | uint64(hi.Equal(quote).ToBits())<<32
	}
	if seen.And(archsimd.BroadcastUint8x32(0x80)).IsZero() {
		archsimd.ClearAVXUpperBits()
		return false
	}
	archsimd.ClearAVXUpperBits()
	return true
}
