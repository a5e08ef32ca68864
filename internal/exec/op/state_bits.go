package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// newBitState returns the state of bit_and, bit_or or bit_xor.
func newBitState(s *aggSpec) (state, error) {
	switch s.args[0].Phys() {
	case dtype.PhysI8, dtype.PhysU8:
		return newBits[uint8](s), nil
	case dtype.PhysI16, dtype.PhysU16:
		return newBits[uint16](s), nil
	case dtype.PhysI32, dtype.PhysU32:
		return newBits[uint32](s), nil
	case dtype.PhysI64, dtype.PhysU64:
		return newBits[uint64](s), nil
	case dtype.PhysI128:
		x := &extremeState[data.Int128]{typ: s.typ}
		switch s.name {
		case "bit_and":
			x.start = data.Int128{Lo: ^uint64(0), Hi: -1}
			x.fold = foldWide(func(a, b data.Int128) data.Int128 { return data.Int128{Lo: a.Lo & b.Lo, Hi: a.Hi & b.Hi} })
		case "bit_or":
			x.fold = foldWide(func(a, b data.Int128) data.Int128 { return data.Int128{Lo: a.Lo | b.Lo, Hi: a.Hi | b.Hi} })
		default:
			x.fold = foldWide(func(a, b data.Int128) data.Int128 { return data.Int128{Lo: a.Lo ^ b.Lo, Hi: a.Hi ^ b.Hi} })
		}
		return x, nil
	default:
		return nil, s.unsupported()
	}
}

// word is an unsigned integer that holds the bits of a signed one of its width as well.
type word interface {
	uint8 | uint16 | uint32 | uint64
}

// newBits returns a state that folds integers bit by bit.
func newBits[T word](s *aggSpec) state {
	x := &extremeState[T]{typ: s.typ}
	switch s.name {
	case "bit_and":
		x.start = ^T(0)
		x.fold = func(s []T, g []uint32, src []T, valid []uint64) {
			for i, x := range g {
				if data.Bitmap(valid).Get(i) {
					s[x] &= src[i]
				}
			}
		}
	case "bit_or":
		x.fold = func(s []T, g []uint32, src []T, valid []uint64) {
			for i, x := range g {
				if data.Bitmap(valid).Get(i) {
					s[x] |= src[i]
				}
			}
		}
	default:
		x.fold = func(s []T, g []uint32, src []T, valid []uint64) {
			for i, x := range g {
				if data.Bitmap(valid).Get(i) {
					s[x] ^= src[i]
				}
			}
		}
	}
	return x
}

// foldWide returns a fold of 128-bit integers; these are rare enough for a call a row.
func foldWide(f func(a, b data.Int128) data.Int128) func(s []data.Int128, g []uint32, src []data.Int128, valid []uint64) {
	return func(s []data.Int128, g []uint32, src []data.Int128, valid []uint64) {
		for i, x := range g {
			if data.Bitmap(valid).Get(i) {
				s[x] = f(s[x], src[i])
			}
		}
	}
}
