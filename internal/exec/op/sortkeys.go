package op

import (
	"math/bits"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/kern"
)

// level is one step of comparing rows: a word that orders like the values, of which the low width bits count, or a comparison of whole values.
type level struct {
	words []uint64
	width int
	cmp   func(a, b uint32) int
}

// piece is a part of a key before it is packed: an unsigned number for every row.
type piece struct {
	words  []uint64
	lo, hi uint64      // over the rows that are not null
	valid  data.Bitmap // nil: no nulls
	first  bool        // null comes first
}

// text prefixes take two words, and what is longer is compared as a whole.
const textPrefix = 16

// sortLevels turns key columns of n rows, Flat, into levels: small ranges share a word. Words lie in scratch, which may be nil.
func sortLevels(s *compute.Scratch, cols []*data.Column, orders []defs.Order, n int) []level {
	return levelsAfter(s, nil, cols, orders, n)
}

// levelsAfter is sortLevels of rows that are ordered by some pieces first.
func levelsAfter(s *compute.Scratch, open []piece, cols []*data.Column, orders []defs.Order, n int) []level {
	var out []level
	for i, c := range cols {
		pieces, cmp := keyPieces(s, c, orders[i], n)
		open = append(open, pieces...)
		if cmp != nil {
			out = append(out, pack(s, open, n)...)
			open = nil
			out = append(out, level{cmp: cmp})
		}
	}
	return append(out, pack(s, open, n)...)
}

// keyPieces returns the pieces of one key, and how to compare what they leave open, or nil.
func keyPieces(s *compute.Scratch, c *data.Column, o defs.Order, n int) (out []piece, cmp func(a, b uint32) int) {
	words := func() []uint64 { return compute.Make[uint64](s, n) }
	add := func(w []uint64) { out = append(out, newPiece(w, c.Valid, o.NullsFirst)) }
	switch p := c.Type.Phys(); p {
	case dtype.PhysNull:
		return nil, nil
	case dtype.PhysBits:
		w := words()
		kern.KeyBool(w, c.Bits, o.Desc)
		add(w)
	case dtype.PhysI128:
		hi, lo := words(), words()
		kern.KeyI128(hi, lo, kwide(data.Slice[data.Int128](c)), o.Desc)
		add(hi)
		add(lo)
	case dtype.PhysView:
		v, heap := kviews(data.Slice[data.View](c)), c.Heap
		longest := 0
		for i := range v {
			longest = max(longest, v[i].Len())
		}
		for at := 0; at < min(longest, textPrefix); at += 8 {
			w := words()
			kern.KeyView(w, v, heap, at, o.Desc)
			add(w)
		}
		w := words()
		for i := range v {
			w[i] = uint64(min(v[i].Len(), textPrefix+1))
			if o.Desc {
				w[i] = textPrefix + 1 - w[i]
			}
		}
		add(w)
		if longest > textPrefix {
			cmp = compareText(v, heap, o.Desc)
		}
	case dtype.PhysInterval, dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
		if c.Valid != nil {
			w := words()
			clear(w)
			add(w)
		}
		cmp = compareRows(c, o.Desc)
	default:
		w := words()
		keyFixed(w, c, 0, n, o.Desc)
		add(w)
	}
	return out, cmp
}

// keyFixed encodes rows [a, b) of a column of up to 64 bits a value.
func keyFixed(dst []uint64, c *data.Column, a, b int, desc bool) {
	switch c.Type.Phys() {
	case dtype.PhysI8:
		kern.KeyInt(dst, data.Slice[int8](c)[a:b], desc)
	case dtype.PhysI16:
		kern.KeyInt(dst, data.Slice[int16](c)[a:b], desc)
	case dtype.PhysI32:
		kern.KeyInt(dst, data.Slice[int32](c)[a:b], desc)
	case dtype.PhysI64:
		kern.KeyInt(dst, data.Slice[int64](c)[a:b], desc)
	case dtype.PhysU8:
		kern.KeyInt(dst, data.Slice[uint8](c)[a:b], desc)
	case dtype.PhysU16:
		kern.KeyInt(dst, data.Slice[uint16](c)[a:b], desc)
	case dtype.PhysU32:
		kern.KeyInt(dst, data.Slice[uint32](c)[a:b], desc)
	case dtype.PhysU64:
		kern.KeyInt(dst, data.Slice[uint64](c)[a:b], desc)
	case dtype.PhysF32:
		kern.KeyFloat(dst, data.Slice[float32](c)[a:b], desc)
	default:
		kern.KeyFloat(dst, data.Slice[float64](c)[a:b], desc)
	}
}

// firstWords writes for each row a word that orders as a Flat column does, as far as it goes: nulls are 0 or all ones.
func firstWords(dst []uint64, c *data.Column, o defs.Order) {
	switch c.Type.Phys() {
	case dtype.PhysNull, dtype.PhysInterval, dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
		clear(dst)
		return
	case dtype.PhysBits:
		kern.KeyBool(dst, c.Bits, o.Desc)
	case dtype.PhysView:
		kern.KeyView(dst, kviews(data.Slice[data.View](c)), c.Heap, 0, o.Desc)
	case dtype.PhysI128:
		low := make([]uint64, len(dst))
		kern.KeyI128(dst, low, kwide(data.Slice[data.Int128](c)), o.Desc)
	default:
		keyFixed(dst, c, 0, c.Len, o.Desc)
	}
	if c.Valid == nil {
		return
	}
	null := ^uint64(0)
	if o.NullsFirst {
		null = 0
	}
	for i := range dst {
		if !c.Valid.Get(i) {
			dst[i] = null
		}
	}
}

// compareText compares strings as a whole; null rows hold equal, empty views.
func compareText(v []kern.View, heap [][]byte, desc bool) func(a, b uint32) int {
	return func(a, b uint32) int {
		r := kern.CompareView(v[a], heap, v[b], heap)
		if desc {
			return -r
		}
		return r
	}
}

func compareRows(c *data.Column, desc bool) func(a, b uint32) int {
	return func(a, b uint32) int {
		if c.IsNull(int(a)) {
			return 0 // both are: the null piece comes before
		}
		r := compute.CompareRow(c, int(a), c, int(b))
		if desc {
			return -r
		}
		return r
	}
}

func newPiece(w []uint64, valid data.Bitmap, first bool) piece {
	p := piece{words: w, valid: valid, first: first, lo: ^uint64(0)}
	if valid == nil {
		for _, x := range w {
			p.lo, p.hi = min(p.lo, x), max(p.hi, x)
		}
		return p
	}
	for i, x := range w {
		if valid.Get(i) {
			p.lo, p.hi = min(p.lo, x), max(p.hi, x)
		}
	}
	if p.lo > p.hi {
		p.lo, p.hi = 0, 0
	}
	return p
}

// width returns how many bits the values and nulls take: 65 are possible.
func (p *piece) width() int {
	span := p.hi - p.lo
	if p.valid != nil {
		if span == ^uint64(0) {
			return 65
		}
		span++
	}
	return bits.Len64(span)
}

// pack puts consecutive pieces into as few words as their ranges need.
func pack(s *compute.Scratch, pieces []piece, n int) []level {
	var out []level
	room := 0 // bits left in the last level
	for _, p := range pieces {
		width := p.width()
		if width > 64 {
			flag := compute.Make[uint64](s, n) // 65 bits: the null goes before
			for i := range flag {
				flag[i] = uint64(b2i(p.valid.Get(i) == p.first))
			}
			out, room = packOne(out, room, piece{words: flag, hi: 1}, 1, n)
			for i := range p.words {
				if !p.valid.Get(i) {
					p.words[i] = 0
				}
			}
			p.valid, width = nil, 64
		}
		if width > 0 {
			out, room = packOne(out, room, p, width, n)
		}
	}
	return out
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// packOne appends a piece of width bits to the last level if there is room, else as a new one.
func packOne(out []level, room int, p piece, width, n int) ([]level, int) {
	code := p.words
	lo := p.lo
	if p.valid != nil && p.first {
		lo-- // values from 1; 0 is null
	}
	null := uint64(0)
	if !p.first {
		null = p.hi - p.lo + 1
	}
	for i, x := range code {
		code[i] = x - lo
	}
	if p.valid != nil {
		for i := range code {
			if !p.valid.Get(i) {
				code[i] = null
			}
		}
	}
	if room < width {
		return append(out, level{words: code, width: width}), 64 - width
	}
	l := &out[len(out)-1]
	for i, x := range code {
		l.words[i] = l.words[i]<<width | x
	}
	l.width += width
	return out, room - width
}
