package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// joinProbe is one worker's lookups.
type joinProbe struct {
	t       *joinTable
	k       *keyBatch
	found   []uint64
	heads   []uint32
	scratch compute.Scratch

	rows, hits int       // of the sample
	bloom      *keyBloom // asked first, if few rows match
	some       []uint32
}

const (
	rareSample = 4 * data.BatchRows
	rareShare  = 5       // a fifth
	rareRows   = 1 << 15 // build rows whose slots are not in the nearest caches
)

func newJoinProbe(t *joinTable) *joinProbe { return &joinProbe{t: t, k: newKeyBatch(t.lay)} }

// find returns for each of n rows the first build row with its key, plus one, or 0. The result is valid until the next call.
func (p *joinProbe) find(keys []*data.Column, n int) []uint32 {
	t := p.t
	p.heads = sized(p.heads, n)
	switch {
	case t.n == 0:
		clear(p.heads)
		return p.heads
	case t.head != nil:
		p.scratch.Reset()
		t.findDense(p.heads, compute.Flatten(&p.scratch, keys[0]))
	default:
		p.k.set(keys, n)
		if p.bloom != nil {
			p.findRare(n)
		} else {
			p.findSlots(n)
			p.sample()
		}
		if t.lay.words == 1 {
			p.verifyWord(p.k.words[0][:n])
		} else {
			p.verify()
		}
	}
	p.dropNulls(keys, n)
	return p.heads
}

// findSlots finds the first rows that have half of the hash in common: it loads all slots first, so that the loads overlap.
func (p *joinProbe) findSlots(n int) {
	t := p.t
	p.found = sized(p.found, n)
	slots, mask, regions, bits := t.slots, uint64(1)<<t.regionBits-1, t.regions-1, t.regionBits
	h, heads, found := p.k.hash[:n], p.heads[:n], p.found[:n]
	for i, x := range h {
		found[i] = slots[(x>>kern.HashPartShift&regions)<<bits|x&mask]
	}
	for i, s := range found {
		x := h[i]
		if (s^x)&saltMask != 0 && s != 0 {
			base := (x >> kern.HashPartShift & regions) << bits
			for q := x & mask; (s^x)&saltMask != 0 && s != 0; {
				q = (q + 1) & mask
				s = slots[base|q]
			}
		}
		heads[i] = uint32(s)
	}
}

// sample counts matches for a while, and then turns to the Bloom filter if there are few.
func (p *joinProbe) sample() {
	if p.rows >= rareSample || p.t.n < rareRows {
		return
	}
	p.rows += len(p.heads)
	for _, r := range p.heads {
		if r != 0 {
			p.hits++
		}
	}
	if p.rows >= rareSample && p.hits*rareShare < p.rows {
		p.bloom = p.t.rarely()
	}
}

// findRare is findSlots for rows that seldom match.
func (p *joinProbe) findRare(n int) {
	t := p.t
	p.some = sized(p.some, n)
	h, some, bits, most := p.k.hash[:n], p.some[:n], p.bloom.bits, p.bloom.mask
	k := 0
	for i, x := range h {
		m := bloomWord(x)
		some[k] = uint32(i)
		if bits[x>>16&most]&m == m {
			k++
		}
	}
	clear(p.heads)
	slots, mask, regions, shift := t.slots, uint64(1)<<t.regionBits-1, t.regions-1, t.regionBits
	for _, i := range some[:k] {
		x := h[i]
		base := (x >> kern.HashPartShift & regions) << shift
		q := x & mask
		s := slots[base|q]
		for s != 0 && (s^x)&saltMask != 0 {
			q = (q + 1) & mask
			s = slots[base|q]
		}
		p.heads[i] = uint32(s)
	}
}

// verifyWord compares the keys of one word themselves.
func (p *joinProbe) verifyWord(words []uint64) {
	keys, heads := p.t.words, p.heads[:len(words)]
	for i, w := range words {
		if r := heads[i]; r != 0 && keys[r-1] != w {
			heads[i] = p.further(i)
		}
	}
}

// verify compares the keys themselves.
func (p *joinProbe) verify() {
	for i, r := range p.heads {
		if r != 0 && !p.equal(i, int(r-1)) {
			p.heads[i] = p.further(i)
		}
	}
}

// further finds the row of a key that shares half of its hash with another one.
func (p *joinProbe) further(i int) uint32 {
	t := p.t
	x, mask := p.k.hash[i], uint64(1)<<t.regionBits-1
	base := (x >> kern.HashPartShift & (t.regions - 1)) << t.regionBits
	q := x & mask
	s := t.slots[base|q]
	for s != 0 && ((s^x)&saltMask != 0 || !p.equal(i, int(uint32(s)-1))) {
		q = (q + 1) & mask
		s = t.slots[base|q]
	}
	return uint32(s)
}

// equal compares probe row i with build row r.
func (p *joinProbe) equal(i, r int) bool {
	t := p.t
	k := t.lay.words
	for j, x := range t.words[r*k : (r+1)*k] {
		if x != p.k.words[j][i] {
			return false
		}
	}
	if t.lay.texts == 0 {
		return true
	}
	for c := range t.lay.cols {
		col := &t.lay.cols[c]
		if col.kind != keyText && col.kind != keyNested {
			continue
		}
		x := &p.k.texts[col.text]
		if a := p.k.words[col.word][i]; !x.long || a == nullText || uint32(a) <= data.InlineMax {
			continue
		}
		y := &t.longs[col.text]
		if !kern.EqualLong(x.views[i].Bytes(x.heap), y.views[r].Bytes(y.heap)) {
			return false
		}
	}
	return true
}

// dropNulls takes back matches of rows that have a null where null matches nothing.
func (p *joinProbe) dropNulls(keys []*data.Column, n int) {
	for j, c := range keys {
		if p.t.safe[j] || !c.HasNulls() {
			continue
		}
		for i := range n {
			if c.IsNull(i) {
				p.heads[i] = 0
			}
		}
	}
}
