package op

import (
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

func (s *extremeState[T]) kinds(dst []wordKind) []wordKind {
	return s.seen.kinds(fixedKinds(dst, int(unsafe.Sizeof(s.start))))
}

func (s *extremeState[T]) pack(x *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	dst = append(dst, fixedCols(x, data.FixedBytes(s.v[lo:hi]), int(unsafe.Sizeof(s.start)), hi-lo)...)
	return s.seen.pack(x, dst, lo, hi)
}

func (s *extremeState[T]) absorb(p *packedRows, g []uint32) error {
	s.fold(s.v, g, data.FixedSlice[T](p.fixed(int(unsafe.Sizeof(s.start)))), nil)
	s.seen.absorb(p, g)
	return nil
}

func (s *boolState) kinds(dst []wordKind) []wordKind { return s.seen.kinds(append(dst, wordPlain)) }

func (s *boolState) pack(x *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	w := compute.Make[uint64](x, hi-lo)
	for i := range w {
		w[i] = s.bits[(lo+i)>>6] >> (uint(lo+i) & 63) & 1
	}
	return s.seen.pack(x, append(dst, wordCol{v: w, stride: 1}), lo, hi)
}

func (s *boolState) absorb(p *packedRows, g []uint32) error {
	for i, w := range p.next() {
		switch x := int(g[i]); {
		case s.and && w == 0:
			s.bits.Clear(x)
		case !s.and && w != 0:
			s.bits.Set(x)
		}
	}
	s.seen.absorb(p, g)
	return nil
}

func (s *textState) kinds(dst []wordKind) []wordKind {
	return append(dst, wordPlain, wordView, wordPlain)
}

func (s *textState) pack(x *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	dst = viewCols(dst, s.v[lo:hi], s.heap.bufs)
	w := compute.Make[uint64](x, hi-lo)
	for i := range w {
		w[i] = s.seen[(lo+i)>>6] >> (uint(lo+i) & 63) & 1
	}
	return append(dst, wordCol{v: w, stride: 1})
}

func (s *textState) absorb(p *packedRows, g []uint32) error {
	v := data.FixedSlice[data.View](p.fixed(16))
	s.fold(v, p.heap, bitsOf(p.s, p.next(), 0), g)
	return nil
}

// The first word of a packed pickState.
const (
	pickRow     = 1 << iota // the group has a row
	pickValid               // whose value is not null
	pickByValid             // and neither is the value that decides
)

// valueKinds appends the kinds of values as valueCols writes them.
func (p *pieces) valueKinds(dst []wordKind) []wordKind {
	switch n := valueWords(p.typ); {
	case inHeap(p.typ):
		return append(dst, wordPlain, wordView)
	case n == 2:
		return append(dst, wordWide, wordPlain)
	case n == 1:
		return append(dst, wordPlain)
	default:
		return dst
	}
}

func (s *pickState) kinds(dst []wordKind) []wordKind {
	dst = s.vals.valueKinds(append(dst, wordPlain, wordPlain))
	if s.by {
		dst = s.bys.valueKinds(dst)
	}
	return dst
}

func (s *pickState) pack(x *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	flags := compute.Make[uint64](x, hi-lo)
	for i, r := range s.ref[lo:hi] {
		flags[i] = 0
		if r != kern.NoRow {
			flags[i] = pickRow
		}
	}
	dst = append(dst, wordCol{v: flags, stride: 1}, wordCol{v: s.at[lo:hi], stride: 1})
	one := func(p *pieces, bit uint64) {
		c := compute.Flatten(x, compute.GatherNullable(x, p.all(), signed(s.ref[lo:hi])))
		for i := range flags {
			if !c.IsNull(i) {
				flags[i] |= bit
			}
		}
		dst = valueCols(x, dst, c)
	}
	one(&s.vals, pickValid)
	if s.by {
		one(&s.bys, pickByValid)
	}
	return dst
}

func (s *pickState) absorb(p *packedRows, g []uint32) error {
	flags, at := p.next(), p.next()
	c := candidates{place: func(i int) uint64 { return at[i] }, row: func(i int) uint32 {
		if flags[i]&pickRow == 0 {
			return kern.NoRow
		}
		return uint32(i)
	}}
	one := func(x *pieces, shift uint) *data.Column {
		col := blockColumn(p.s, x.typ, p.b, p.at, p.heap, bitsOf(p.s, flags, shift))
		n := valueWords(x.typ)
		p.at += n
		p.kinds = p.kinds[n:]
		return col
	}
	c.val = one(&s.vals, 1)
	if s.by {
		c.by = one(&s.bys, 2)
	}
	s.compete(c, len(g), g)
	return nil
}
