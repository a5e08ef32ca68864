package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
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

func newBits[T word](s *aggSpec) state { return &bitState[T]{typ: s.typ, op: s.name} }

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

// bitState folds integers bit by bit.
type bitState[T word] struct {
	typ  dtype.Type
	op   string
	seen seenSet
	v    []T
}

func (s *bitState[T]) grow(n int) {
	s.seen.grow(n)
	old := len(s.v)
	s.v = widened(s.v, n)
	if s.op == "bit_and" {
		kern.Fill(s.v[old:], ^T(0))
	}
}

func (s *bitState[T]) fold(g []uint32, v []T, valid data.Bitmap) {
	switch s.op {
	case "bit_and":
		for i, x := range g {
			if valid.Get(i) {
				s.v[x] &= v[i]
			}
		}
	case "bit_or":
		for i, x := range g {
			if valid.Get(i) {
				s.v[x] |= v[i]
			}
		}
	default:
		for i, x := range g {
			if valid.Get(i) {
				s.v[x] ^= v[i]
			}
		}
	}
}

func (s *bitState[T]) update(r *aggRows, g []uint32) error {
	c := r.args[0]
	s.seen.update(g, c.Valid, r.filtered)
	s.fold(g, data.Slice[T](c), c.Valid)
	return nil
}

func (s *bitState[T]) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*bitState[T])
	s.seen.merge(&o.seen, lo, hi, g)
	s.fold(g, o.v[lo:hi], nil)
	return nil
}

func (s *bitState[T]) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	return &bitState[T]{typ: s.typ, op: s.op, seen: s.seen.arrange(rows), v: arranged(s.v, rows)}
}

func (s *bitState[T]) result() (*data.Column, error) {
	c := &data.Column{Type: s.typ, Len: len(s.v), Valid: s.seen.valid()}
	c.Buf = data.FixedBytes(append([]T(nil), s.v...))
	return c, nil
}

func (s *bitState[T]) bytes() int64 {
	return s.seen.bytes() + int64(cap(s.v)*s.typ.Phys().Width())
}
