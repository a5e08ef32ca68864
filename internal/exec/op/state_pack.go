package op

import (
	"encoding/binary"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// wordKind tells what a word of a stored row is.
type wordKind uint8

const (
	wordPlain wordKind = iota
	wordWide           // the low half of 128 bits, the high half follows
	wordSeen           // 1 for groups that have had a row
	wordNulls          // how many rows are null
	wordView           // the second word of a view: a place in the heap if the string is long
	wordRef            // the place of a long key string, or 0
	wordBig            // the place of a BigSum, or 0
)

// packer is a state whose groups can be stored as words, in memory or on disk. States that keep all values are none; for them the rows are stored.
type packer interface {
	state
	// kinds appends what pack will write for a group. It depends on the groups that there are.
	kinds(dst []wordKind) []wordKind
	// pack appends the words of groups [lo, hi), which are borrowed from the state and s.
	pack(s *compute.Scratch, dst []wordCol, lo, hi int) []wordCol
	// absorb adds packed groups to groups g.
	absorb(p *packedRows, g []uint32) error
}

// packedRows is groups of one state in a block.
type packedRows struct {
	b     *rowBlock
	at    int // first word
	kinds []wordKind
	heap  [][]byte
	s     *compute.Scratch
}

// next returns the next word of all groups.
func (p *packedRows) next() []uint64 {
	w := p.b.col(p.at)
	p.at++
	p.kinds = p.kinds[1:]
	return w
}

// is reports whether the next word is of the kind.
func (p *packedRows) is(k wordKind) bool { return len(p.kinds) > 0 && p.kinds[0] == k }

// fixed returns the values of width bytes at the next word or two.
func (p *packedRows) fixed(width int) []byte {
	out := fixedValues(p.s, p.b, p.at, width)
	n := max(width/8, 1)
	p.at += n
	p.kinds = p.kinds[n:]
	return out
}

// plainCol is a column of signed integers as words.
func plainCol(v []int64) wordCol {
	return wordCol{v: data.FixedSlice[uint64](data.FixedBytes(v)), stride: 1}
}

// fixedKinds appends the kinds of a value of width bytes.
func fixedKinds(dst []wordKind, width int) []wordKind {
	if width == 16 {
		return append(dst, wordWide, wordPlain)
	}
	return append(dst, wordPlain)
}

// partial reports whether there are groups without a row.
func (s *seenSet) partial() bool { return s.some || s.first != s.n }

func (s *seenSet) kinds(dst []wordKind) []wordKind {
	if s.partial() {
		dst = append(dst, wordSeen)
	}
	return dst
}

func (s *seenSet) pack(x *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	if !s.partial() {
		return dst
	}
	w := compute.Make[uint64](x, hi-lo)
	for i := range w {
		w[i] = 0
		if s.has(lo + i) {
			w[i] = 1
		}
	}
	return append(dst, wordCol{v: w, stride: 1})
}

// absorb notes the packed groups that have had a row: all of them if there is no word for it.
func (s *seenSet) absorb(p *packedRows, g []uint32) {
	if !p.is(wordSeen) {
		s.update(g, nil, false)
		return
	}
	w := p.next()
	s.begin()
	for i, x := range g {
		s.bits[x>>6] |= w[i] & 1 << (x & 63)
	}
	s.first = s.n
}

func (s *countState) kinds(dst []wordKind) []wordKind { return append(dst, wordPlain) }

func (s *countState) pack(_ *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	return append(dst, plainCol(s.n[lo:hi]))
}

func (s *countState) absorb(p *packedRows, g []uint32) error {
	kern.SumGrouped(s.n, g, data.FixedSlice[int64](p.fixed(8)), nil)
	return nil
}

func (s *lastPlaceState) kinds(dst []wordKind) []wordKind { return append(dst, wordPlain) }

func (s *lastPlaceState) pack(_ *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	return append(dst, wordCol{v: s.at[lo:hi], stride: 1})
}

func (s *lastPlaceState) absorb(p *packedRows, g []uint32) error {
	kern.MaxGrouped(s.at, g, p.next(), nil)
	return nil
}

func (s *sumState) kinds(dst []wordKind) []wordKind {
	if s.wide != nil {
		dst = append(dst, wordWide)
	}
	return s.rows.kinds(append(dst, wordPlain))
}

func (s *sumState) pack(x *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	if s.wide != nil {
		w := data.FixedSlice[uint64](data.FixedBytes(dwide(s.wide[lo:hi])))
		dst = append(dst, wordCol{v: w, stride: 2}, wordCol{v: w[1:], stride: 2})
	} else {
		dst = append(dst, plainCol(s.narrow[lo:hi]))
	}
	return s.rows.pack(x, dst, lo, hi)
}

func (s *sumState) absorb(p *packedRows, g []uint32) error {
	if p.is(wordWide) {
		s.widen()
		if kern.AddI128Grouped(s.wide, g, kwide(data.FixedSlice[data.Int128](p.fixed(16))), nil) >= 0 {
			return s.overflow()
		}
	} else {
		sumInts(s, g, data.FixedSlice[int64](p.fixed(8)), nil)
	}
	s.rows.absorb(p, g)
	return nil
}

func (a *floatAcc) kinds(dst []wordKind) []wordKind {
	dst = append(dst, wordWide, wordPlain)
	if len(a.big) > 0 {
		dst = append(dst, wordBig)
	}
	return dst
}

func (a *floatAcc) pack(dst []wordCol, lo, hi int) []wordCol {
	w := data.FixedSlice[uint64](data.FixedBytes(sumPairs(a.s[lo:hi])))
	dst = append(dst, wordCol{v: w, stride: 2}, wordCol{v: w[1:], stride: 2})
	if len(a.big) > 0 {
		dst = append(dst, wordCol{bytes: func(i int) []byte {
			b := a.big[uint32(lo+i)]
			if b == nil {
				return nil
			}
			return appendBig(nil, b)
		}})
	}
	return dst
}

func (a *floatAcc) absorb(p *packedRows, g []uint32) {
	s := fsums(data.FixedSlice[data.Int128](p.fixed(16)))
	a.out = sized(a.out, len(g))
	for _, i := range a.out[:kern.MergeFloatSums(a.s, g, s, a.out)] {
		a.bigOf(g[i]).AddWindow(s[i], a.base.Load())
	}
	if !p.is(wordBig) {
		return
	}
	for i, at := range p.next() {
		if at != 0 {
			b := readBig(p.heap[uint32(at)][at>>32:])
			a.bigOf(g[i]).Merge(&b)
		}
	}
}

// bigBytes is the size of a stored BigSum.
const bigBytes = 8 * (len(kern.BigSum{}.W) + 1)

func appendBig(dst []byte, b *kern.BigSum) []byte {
	for _, w := range b.W {
		dst = binary.LittleEndian.AppendUint64(dst, w)
	}
	return binary.LittleEndian.AppendUint64(dst, b.Special)
}

func readBig(src []byte) (b kern.BigSum) {
	for i := range b.W {
		b.W[i] = binary.LittleEndian.Uint64(src[8*i:])
	}
	b.Special = binary.LittleEndian.Uint64(src[8*len(b.W):])
	return b
}

func (s *floatState) kinds(dst []wordKind) []wordKind {
	return s.rows.kinds(s.acc.kinds(dst))
}

func (s *floatState) pack(x *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	return s.rows.pack(x, s.acc.pack(dst, lo, hi), lo, hi)
}

func (s *floatState) absorb(p *packedRows, g []uint32) error {
	s.acc.absorb(p, g)
	s.rows.absorb(p, g)
	return nil
}

func (s *varState) kinds(dst []wordKind) []wordKind {
	return s.lo.kinds(s.hi.kinds(s.sum.kinds(append(dst, wordPlain))))
}

func (s *varState) pack(_ *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	dst = append(dst, plainCol(s.n[lo:hi]))
	return s.lo.pack(s.hi.pack(s.sum.pack(dst, lo, hi), lo, hi), lo, hi)
}

func (s *varState) absorb(p *packedRows, g []uint32) error {
	kern.SumGrouped(s.n, g, data.FixedSlice[int64](p.fixed(8)), nil)
	s.sum.absorb(p, g)
	s.hi.absorb(p, g)
	s.lo.absorb(p, g)
	return nil
}
