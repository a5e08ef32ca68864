package op

import (
	"math/bits"
	"sort"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/kern"
)

// ranker turns the first keys of a sort into one word, the rank: of two rows, the one that comes first has the smaller rank or the same. It is as
// many leading bits of the keys, each squeezed to the range that it has in the rows at hand, as a word takes.
type ranker struct {
	pieces []rankPiece
	width  int // bits in use
}

// rankPiece is a word of a key column.
type rankPiece struct {
	col    int
	typ    dtype.Type
	order  defs.Order
	word   int // of a text or a 128-bit number
	lo, hi uint64
	nulls  bool
	width  int // bits
}

// newRanker returns the ranker for key columns at positions of the stored ones; its ranges are not known yet.
func newRanker(types []dtype.Type, at []int, orders []defs.Order) *ranker {
	r := &ranker{}
	for i, c := range at {
		p := rankPiece{col: c, typ: types[c], order: orders[i], lo: ^uint64(0)}
		switch p.typ.Phys() {
		case dtype.PhysNull:
		case dtype.PhysI128:
			r.pieces = append(r.pieces, p)
			p.word = 1
			r.pieces = append(r.pieces, p)
		case dtype.PhysView:
			r.pieces = append(r.pieces, p)
			p.word = 1
			r.pieces = append(r.pieces, p)
			return r // what follows counts only where the strings are equal to their ends
		case dtype.PhysInterval, dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
			return r
		default:
			r.pieces = append(r.pieces, p)
		}
	}
	return r
}

// words writes the words of rows [lo, hi) of a block; those of null rows are unspecified.
func (p *rankPiece) words(dst []uint64, s *stretch, lo, hi int) {
	buf := s.block.cols[p.col].buf
	switch p.typ.Phys() {
	case dtype.PhysBits:
		kern.KeyInt(dst, buf[lo:hi], p.order.Desc)
	case dtype.PhysView:
		kern.KeyView(dst, kviews(data.FixedSlice[data.View](buf)[lo:hi]), s.store.texts.bufs, 8*p.word, p.order.Desc)
	case dtype.PhysI128:
		var other [data.BatchRows]uint64
		v := kwide(data.FixedSlice[data.Int128](buf)[lo:hi])
		if p.word == 0 {
			kern.KeyI128(dst, other[:hi-lo], v, p.order.Desc)
		} else {
			kern.KeyI128(other[:hi-lo], dst, v, p.order.Desc)
		}
	default:
		w := p.typ.Phys().Width()
		c := data.Column{Type: p.typ, Len: hi - lo, Buf: buf[lo*w : hi*w]}
		keyFixed(dst, &c, 0, hi-lo, p.order.Desc)
	}
}

// valid returns the validity bytes of rows [lo, hi), or nil.
func (p *rankPiece) valid(s *stretch, lo, hi int) []byte {
	if v := s.block.cols[p.col].valid; v != nil {
		return v[lo:hi]
	}
	return nil
}

// widen takes rows [lo, hi) into the ranges of ps.
func widenRanges(ps []rankPiece, s *stretch, lo, hi int, words []uint64) {
	for i := range ps {
		p := &ps[i]
		w := words[:hi-lo]
		p.words(w, s, lo, hi)
		valid := p.valid(s, lo, hi)
		if valid == nil {
			for _, x := range w {
				p.lo, p.hi = min(p.lo, x), max(p.hi, x)
			}
			continue
		}
		for k, x := range w {
			if valid[k] == 0 {
				p.nulls = true
			} else {
				p.lo, p.hi = min(p.lo, x), max(p.hi, x)
			}
		}
	}
}

// settle takes the ranges found by several workers and lays the pieces out.
func (r *ranker) settle(found [][]rankPiece) {
	r.width = 0
	for i := range r.pieces {
		p := &r.pieces[i]
		for _, f := range found {
			if f != nil {
				p.lo, p.hi, p.nulls = min(p.lo, f[i].lo), max(p.hi, f[i].hi), p.nulls || f[i].nulls
			}
		}
		if p.lo > p.hi {
			p.lo, p.hi = 0, 0
		}
		span := p.hi - p.lo
		if p.nulls && span != ^uint64(0) {
			span++
		}
		p.width = bits.Len64(span)
		if r.width += p.width; r.width >= 64 {
			r.width = 64
			r.pieces = r.pieces[:i+1]
			return
		}
	}
}

// ranks writes the ranks of rows [lo, hi) of a block.
func (r *ranker) ranks(dst, words []uint64, s *stretch, lo, hi int) {
	clear(dst)
	used := 0
	for i := range r.pieces {
		p := &r.pieces[i]
		if p.width == 0 {
			continue
		}
		w := words[:hi-lo]
		p.words(w, s, lo, hi)
		p.squeeze(w, p.valid(s, lo, hi))
		take := min(p.width, 64-used)
		drop := uint(p.width - take)
		for k, x := range w {
			dst[k] = dst[k]<<uint(take) | x>>drop
		}
		used += take
	}
}

// squeeze moves words to the range from 0 on, and nulls to the end where they belong. With nulls in the widest of ranges, values at the edge are no
// longer told apart, as ranks may.
func (p *rankPiece) squeeze(w []uint64, valid []byte) {
	null, most := p.hi-p.lo, ^uint64(0)>>uint(64-p.width)
	shift := uint64(0)
	switch {
	case !p.nulls:
	case p.order.NullsFirst:
		null, shift = 0, 1
	case null < most:
		null++
	}
	for k, x := range w {
		x -= p.lo
		if x < most {
			x += shift
		}
		w[k] = x
	}
	if valid == nil {
		return
	}
	for k, v := range valid {
		if v == 0 {
			w[k] = null
		}
	}
}

// splitters divides ranks into parts by sampled bounds: part i has the ranks from bounds[i-1] up to, but not including, bounds[i].
type splitters struct {
	bounds []uint64
	shift  uint
	table  []uint16 // by the leading bits of a rank: how many bounds have smaller leading bits
}

// splitBits is the number of leading bits that a table looks up.
const splitBits = 14

// newSplitters returns bounds for about the given number of parts of equal size. It sorts the sample.
func newSplitters(sample []uint64, width, parts int) *splitters {
	sort.Slice(sample, func(a, b int) bool { return sample[a] < sample[b] })
	s := &splitters{shift: uint(max(0, width-splitBits))}
	for i := 1; i < parts; i++ {
		b := sample[i*len(sample)/parts]
		if n := len(s.bounds); b > sample[0] && (n == 0 || s.bounds[n-1] < b) {
			s.bounds = append(s.bounds, b)
		}
	}
	s.table = make([]uint16, 1<<min(width, splitBits)+1)
	k := 0
	for t := range s.table {
		for k < len(s.bounds) && s.bounds[k]>>s.shift < uint64(t) {
			k++
		}
		s.table[t] = uint16(k)
	}
	return s
}

// parts returns the number of parts.
func (s *splitters) parts() int { return len(s.bounds) + 1 }

// find writes the part of each rank.
func (s *splitters) find(dst []uint16, ranks []uint64) {
	dst = dst[:len(ranks)]
	for i, r := range ranks {
		t := r >> s.shift
		lo, hi := s.table[t], s.table[t+1]
		for lo < hi {
			mid := (lo + hi) / 2
			if s.bounds[mid] <= r {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		dst[i] = lo
	}
}
