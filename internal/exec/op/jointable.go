package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

// joinTable finds the build rows of a key. Rows have their number in build order; rows of one key are a chain in that order. It is either
//
//	dense    a place for every integer between the least and greatest key, where the range is not much larger than the number of rows
//	hashed   slots of salt and row+1, as in table, divided into regions by the partition bits of the hash, so that each region is built by
//	         one worker on its own and could be spilled on its own
type joinTable struct {
	lay    *keyLayout
	n      int
	words  []uint64 // row r at words[(r+1)*k]; row 0 is a dummy
	longs  []keyTexts
	next   []uint32 // by row: the next row of the key, plus one; 0 ends
	unique bool     // no chain has a second row
	safe   []bool   // by key column: null equals null
	nulls  []uint32 // rows that have a null in a key where null matches nothing

	head  []uint32 // dense: row+1 by key - least
	least int64

	slots      []uint64
	regionBits uint
	regions    uint64
}

const (
	joinRegions   = 64
	joinSmall     = 1 << 13 // rows up to which one region is enough
	denseFactor   = 8
	denseAlways   = 1 << 16
	denseRangeMax = 1 << 30
)

// build makes the table of n rows with the key columns.
func (t *joinTable) build(ctx context.Context, crew *exec.Crew, keys []*data.Column, n int) error {
	k := t.lay.words
	t.n, t.unique = n, true
	t.words = make([]uint64, (n+1)*k)
	t.next = make([]uint32, n)
	t.longs = make([]keyTexts, t.lay.texts)
	parts := (n + morselRows - 1) / morselRows
	skip := make([][]uint32, parts)
	if err := crew.Each(ctx, parts, func(_ context.Context, _, p int) error {
		skip[p] = t.load(keys, p*morselRows, min(n, (p+1)*morselRows))
		return nil
	}); err != nil {
		return err
	}
	for i := range t.lay.cols {
		if c := &t.lay.cols[i]; c.kind == keyText {
			t.longs[c.text] = keyTexts{views: data.Slice[data.View](keys[i]), heap: keys[i].Heap}
		} else if c.kind == keyNested {
			flat := encodeNested(nil, keys[i])
			t.longs[c.text] = keyTexts{views: data.Slice[data.View](flat), heap: flat.Heap}
		}
	}
	for _, s := range skip {
		t.nulls = append(t.nulls, s...)
	}
	if t.dense(keys) {
		return nil
	}
	return t.hashed(ctx, crew)
}

// load writes the words of rows [lo, hi) and returns those that cannot match because of a null.
func (t *joinTable) load(keys []*data.Column, lo, hi int) []uint32 {
	b := newKeyBatch(t.lay)
	k := t.lay.words
	var skip []uint32
	part := make([]*data.Column, len(keys))
	for ; lo < hi; lo += data.BatchRows {
		end := min(lo+data.BatchRows, hi)
		for j, c := range keys {
			part[j] = c.Slice(lo, end)
		}
		b.set(part, end-lo)
		for j, w := range b.words {
			dst := t.words[(lo+1)*k+j:]
			for i, x := range w {
				dst[i*k] = x
			}
		}
		for i := range end - lo {
			for j, c := range part {
				if !t.safe[j] && c.IsNull(i) {
					skip = append(skip, uint32(lo+i))
					break
				}
			}
		}
	}
	return skip
}

// intKey reports whether the key is a single integer whose word is its value.
func (t *joinTable) intKey() bool {
	if len(t.lay.cols) != 1 || t.safe[0] || t.lay.words != 1 {
		return false
	}
	return intWord(t.lay.cols[0].typ)
}

// intWord reports integers whose word in a key is their value.
func intWord(t dtype.Type) bool {
	switch t.Phys() {
	case dtype.PhysI8, dtype.PhysI16, dtype.PhysI32, dtype.PhysI64, dtype.PhysU8, dtype.PhysU16, dtype.PhysU32:
		return true
	default:
		return false
	}
}

// dense builds the direct array if the keys are integers that lie close enough.
func (t *joinTable) dense(keys []*data.Column) bool {
	if !t.intKey() || t.n == 0 {
		return false
	}
	v := t.ints(make([]int64, t.n), t.words[1:])
	valid := keys[0].Valid
	lo, any := kern.Min(v, valid)
	hi, _ := kern.Max(v, valid)
	span := uint64(hi) - uint64(lo)
	if !any || span >= denseRangeMax || span > max(denseFactor*uint64(t.n), denseAlways) {
		return false
	}
	t.least, t.head = lo, make([]uint32, span+1)
	for r := t.n - 1; r >= 0; r-- {
		if !valid.Get(r) {
			continue
		}
		p := &t.head[v[r]-lo]
		if *p != 0 {
			t.unique = false
		}
		t.next[r], *p = *p, uint32(r+1)
	}
	t.words = nil
	return true
}

// ints writes the keys in words as integers.
func (t *joinTable) ints(dst []int64, words []uint64) []int64 {
	words = words[:len(dst)]
	switch t.lay.cols[0].typ.Phys() {
	case dtype.PhysI8:
		for i, w := range words {
			dst[i] = int64(int8(w))
		}
	case dtype.PhysI16:
		for i, w := range words {
			dst[i] = int64(int16(w))
		}
	case dtype.PhysI32:
		for i, w := range words {
			dst[i] = int64(int32(w))
		}
	default:
		for i, w := range words {
			dst[i] = int64(w)
		}
	}
	return dst
}

// hashed builds the slots, region by region.
func (t *joinTable) hashed(ctx context.Context, crew *exec.Crew) error {
	t.regions = 1
	if t.n > joinSmall {
		t.regions = joinRegions
	}
	rows, start, err := t.byRegion(ctx, crew)
	if err != nil {
		return err
	}
	most := uint32(1)
	for p := range int(t.regions) {
		most = max(most, start[p+1]-start[p])
	}
	for 1<<t.regionBits < 2*most {
		t.regionBits++
	}
	t.slots = make([]uint64, t.regions<<t.regionBits)
	twice := make([]bool, t.regions)
	err = crew.Each(ctx, int(t.regions), func(_ context.Context, _, p int) error {
		part := rows[start[p]:start[p+1]]
		for i := len(part) - 1; i >= 0; i-- {
			if t.insert(part[i]) {
				twice[p] = true
			}
		}
		return nil
	})
	for _, x := range twice {
		t.unique = t.unique && !x
	}
	return err
}

// byRegion returns the rows that can match, ordered by region and then by number, and where each region starts.
func (t *joinTable) byRegion(ctx context.Context, crew *exec.Crew) (rows, start []uint32, err error) {
	k := t.lay.words
	skip := data.NewBitmap(t.n)
	for _, r := range t.nulls {
		skip.Set(int(r))
	}
	region := make([]uint8, t.n)
	parts := (t.n + morselRows - 1) / morselRows
	if err := crew.Each(ctx, parts, func(_ context.Context, _, p int) error {
		for r := p * morselRows; r < min(t.n, (p+1)*morselRows); r++ {
			region[r] = uint8(hashRow(t.words[(r+1)*k:(r+2)*k]) >> kern.HashPartShift & (t.regions - 1))
		}
		return nil
	}); err != nil {
		return nil, nil, err
	}
	start = make([]uint32, t.regions+1)
	for r, p := range region {
		if !skip.Get(r) {
			start[p+1]++
		}
	}
	for p := range t.regions {
		start[p+1] += start[p]
	}
	next := append([]uint32(nil), start...)
	rows = make([]uint32, start[t.regions])
	for r, p := range region {
		if !skip.Get(r) {
			rows[next[p]] = uint32(r)
			next[p]++
		}
	}
	return rows, start, nil
}

// insert puts a row, whose successors in build order are in already, at the head of its chain. It reports whether the chain was not empty.
func (t *joinTable) insert(row uint32) bool {
	k := t.lay.words
	w := t.words[int(row+1)*k : int(row+2)*k]
	h := hashRow(w)
	tag := (h|occupied)&^refMask | uint64(row+1)
	mask := uint64(1)<<t.regionBits - 1
	base := (h >> kern.HashPartShift & (t.regions - 1)) << t.regionBits
	for p := h & mask; ; p = (p + 1) & mask {
		s := &t.slots[base|p]
		if *s == 0 {
			*s = tag
			return false
		}
		if (*s^tag)>>48 == 0 && t.sameRow(w, int(row), int(*s&refMask)-1) {
			t.next[row] = uint32(*s & refMask)
			*s = tag
			return true
		}
	}
}

// sameRow compares the words and long strings of two build rows.
func (t *joinTable) sameRow(w []uint64, a, b int) bool {
	k := t.lay.words
	for j, x := range t.words[(b+1)*k : (b+2)*k] {
		if x != w[j] {
			return false
		}
	}
	for i := range t.lay.cols {
		c := &t.lay.cols[i]
		if c.kind != keyText && c.kind != keyNested || w[c.word] == nullText || uint32(w[c.word]) <= data.InlineMax {
			continue
		}
		if x := &t.longs[c.text]; !kern.EqualLong(x.views[a].Bytes(x.heap), x.views[b].Bytes(x.heap)) {
			return false
		}
	}
	return true
}

// bytes is the memory in use.
func (t *joinTable) bytes() int64 {
	return 8*int64(cap(t.words)+cap(t.slots)) + 4*int64(cap(t.next)+cap(t.head)+cap(t.nulls))
}

// joinProbe is one worker's lookups.
type joinProbe struct {
	t     *joinTable
	k     *keyBatch
	sv    []uint64
	ints  []int64
	heads []uint32
}

func newJoinProbe(t *joinTable) *joinProbe { return &joinProbe{t: t, k: newKeyBatch(t.lay)} }

// find returns for each of n rows the first build row with its key, plus one, or 0. The result is valid until the next call.
func (p *joinProbe) find(keys []*data.Column, n int) []uint32 {
	t := p.t
	p.heads = sized(p.heads, n)
	if t.n == 0 {
		clear(p.heads)
		return p.heads
	}
	p.k.set(keys, n)
	switch {
	case t.head != nil:
		p.ints = t.ints(sized(p.ints, n), p.k.words[0])
		head, least := t.head, t.least
		for i, v := range p.ints {
			x := uint64(v) - uint64(least)
			r := uint32(0)
			if x < uint64(len(head)) {
				r = head[x]
			}
			p.heads[i] = r
		}
	case t.lay.words == 1:
		p.findWord(n)
	default:
		p.findWords(n)
	}
	p.dropNulls(keys, n)
	return p.heads
}

// findWord looks up keys of one word: all slots first, so that their loads overlap.
func (p *joinProbe) findWord(n int) {
	t := p.t
	p.sv = sized(p.sv, n)
	slots, mask, regions, bits := t.slots, uint64(1)<<t.regionBits-1, t.regions-1, t.regionBits
	rows, w, h, heads, sv := t.words, p.k.words[0][:n], p.k.hash[:n], p.heads[:n], p.sv[:n]
	for i, x := range h {
		sv[i] = slots[(x>>kern.HashPartShift&regions)<<bits|x&mask]
	}
	for i, s := range sv {
		x, key := h[i], w[i]
		r := s & refMask
		if s != 0 && ((s^x)>>49 != 0 || rows[r] != key) {
			base := (x >> kern.HashPartShift & regions) << bits
			for q := x & mask; s != 0 && ((s^x)>>49 != 0 || rows[r] != key); r = s & refMask {
				q = (q + 1) & mask
				s = slots[base|q]
			}
		}
		heads[i] = uint32(r)
	}
}

// findWords looks up keys of any number of words.
func (p *joinProbe) findWords(n int) {
	t := p.t
	slots, mask := t.slots, uint64(1)<<t.regionBits-1
	for i, x := range p.k.hash[:n] {
		base := (x >> kern.HashPartShift & (t.regions - 1)) << t.regionBits
		q := x & mask
		s := slots[base|q]
		for s != 0 && ((s^x)>>49 != 0 || !p.equal(i, int(s&refMask)-1)) {
			q = (q + 1) & mask
			s = slots[base|q]
		}
		p.heads[i] = uint32(s & refMask)
	}
}

// equal compares probe row i with build row r.
func (p *joinProbe) equal(i, r int) bool {
	t := p.t
	k := t.lay.words
	for j, x := range t.words[(r+1)*k : (r+2)*k] {
		if x != p.k.words[j][i] {
			return false
		}
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
