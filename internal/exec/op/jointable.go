package op

import (
	"context"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/mem"
)

// joinTable finds the build rows of a key. Rows have their number in build order; rows of one key are a chain in that order. It is either
//
//	dense    a place for every integer between the least and greatest key, where the range is not much larger than the number of rows
//	hashed   slots with half of the hash and the first row of a key, divided into regions by the partition bits of the hash, so that each region is
//	         built by one worker within its cache
type joinTable struct {
	lay    *keyLayout
	safe   []bool // by key column: null equals null
	n      int
	unique bool     // no chain has a second row
	next   []uint32 // by row: the next row of the key, plus one; 0 ends; nil if unique
	chain  sync.Once
	nulls  []uint32    // rows that have a null in a key where null matches nothing
	out    data.Bitmap // the same as bits, nil if there are none

	head  []uint32 // dense: row+1 by key - least
	least int64

	words      []uint64 // row r at words[r*k]; those of a 64-bit key may be the column's
	longs      []keyTexts
	slots      []uint64 // upper half of the hash, and row+1 or 0
	regionBits uint
	regions    uint64

	grow   func(int64) error
	sieve  sync.Once
	hashes *keyBloom // of all keys, made when a worker finds that few rows match; nil if there is no memory for it
}

// saltMask is the part of a slot that is of the hash. Slots of one region differ in fewer bits, but in enough to tell nearly all keys apart.
const saltMask = uint64(1<<32-1) << 32

const (
	slotBytes = 8
	linkBytes = 4
)

const (
	joinRegionRows = 1 << 15 // rows of a region whose slots stay in cache
	joinRegionsMax = 1 << 8
	denseFactor    = 8
	denseAlways    = 1 << 16
	denseRangeMax  = 1 << 30
)

// build makes the table of n rows with the key columns. grow reserves memory before it is taken.
func (t *joinTable) build(ctx context.Context, crew *exec.Crew, keys []*data.Column, n int, grow func(int64) error) error {
	t.n, t.unique, t.grow = n, true, grow
	if err := grow(linkBytes * int64(n)); err != nil {
		return err
	}
	t.skipNulls(keys)
	done, err := t.dense(ctx, crew, keys, grow)
	if !done && err == nil {
		err = t.hashed(ctx, crew, keys, grow)
	}
	if t.next == nil && err == nil {
		err = grow(-linkBytes * int64(n))
	}
	return err
}

// skipNulls notes the rows that cannot match because of a null.
func (t *joinTable) skipNulls(keys []*data.Column) {
	for j, c := range keys {
		if t.safe[j] || !c.HasNulls() {
			continue
		}
		if t.out == nil {
			t.out = data.NewBitmap(t.n)
		}
		for i := range t.n {
			if c.IsNull(i) {
				t.out.Set(i)
			}
		}
	}
	if t.out != nil {
		t.nulls = make([]uint32, t.n)
		t.nulls = t.nulls[:kern.SelFromBits(t.nulls, t.out, t.n)]
	}
}

// linked returns next, which exists from the first second row of a key on.
func (t *joinTable) linked() []uint32 {
	t.chain.Do(func() { t.unique, t.next = false, make([]uint32, t.n) })
	return t.next
}

// rarely returns a Bloom filter of the keys, or nil.
func (t *joinTable) rarely() *keyBloom {
	t.sieve.Do(func() {
		if t.grow(bloomBytes(t.n)) != nil {
			return
		}
		f, k := newKeyBloom(t.lay, t.n), t.lay.words
		for r := range t.n {
			f.add(hashRow(t.words[r*k : (r+1)*k]))
		}
		t.hashes = f
	})
	return t.hashes
}

// hashed builds the slots, region by region.
func (t *joinTable) hashed(ctx context.Context, crew *exec.Crew, keys []*data.Column, grow func(int64) error) error {
	t.regions = 1
	for t.regions < joinRegionsMax && t.regions*joinRegionRows < uint64(t.n) {
		t.regions *= 2
	}
	e := &joinEntries{t: t, keys: keys}
	if err := grow(e.bytes()); err != nil {
		return err
	}
	defer grow(-entryBytes * int64(t.n)) //nolint:errcheck // giving back cannot fail
	if err := e.load(ctx, crew); err != nil {
		return err
	}
	most := e.arrange()
	for 2<<t.regionBits < 3*most {
		t.regionBits++
	}
	if err := grow(slotBytes * int64(t.regions) << t.regionBits); err != nil {
		return err
	}
	if err := e.scatter(ctx, crew); err != nil {
		return err
	}
	t.slots = make([]uint64, t.regions<<t.regionBits)
	return crew.Each(ctx, int(t.regions), func(_ context.Context, _, p int) error {
		e.insert(p)
		return nil
	})
}

// joinEntries are the rows on their way into the slots.
type joinEntries struct {
	t      *joinTable
	keys   []*data.Column
	hash   []uint64   // by row
	starts [][]uint32 // by part and region: rows, and then where they go
	region []uint32   // where each region starts
	sorted []uint64   // hashes by region and row
	row    []uint32
}

// entryBytes is what a row takes on its way.
const entryBytes = 8 + 8 + 4

// bytes is how much memory the entries and the words take, at most.
func (e *joinEntries) bytes() int64 {
	return int64(entryBytes+8*e.t.lay.words) * int64(e.t.n)
}

// parts is the number of tasks of load and scatter.
func (e *joinEntries) parts() int { return (e.t.n + morselRows - 1) / morselRows }

// load computes the words or hashes of all rows, and counts the rows of the regions by part.
func (e *joinEntries) load(ctx context.Context, crew *exec.Crew) error {
	t := e.t
	k := t.lay.words
	e.hash = make([]uint64, t.n)
	t.longs = make([]keyTexts, t.lay.texts)
	borrowed := t.lay.lonely && t.lay.cols[0].typ.Phys() != dtype.PhysF64
	if borrowed {
		t.words = data.Slice[uint64](e.keys[0])
	} else {
		t.words = make([]uint64, t.n*k)
	}
	e.starts = make([][]uint32, e.parts())
	err := crew.Each(ctx, len(e.starts), func(_ context.Context, _, p int) error {
		e.starts[p] = make([]uint32, t.regions)
		b := newKeyBatch(t.lay)
		b.each(e.keys, p*morselRows, min(t.n, (p+1)*morselRows), func(lo int) { e.keep(b, lo, e.starts[p], !borrowed) })
		return nil
	})
	for i := range t.lay.cols {
		if c := &t.lay.cols[i]; c.kind == keyText {
			t.longs[c.text] = keyTexts{views: data.Slice[data.View](e.keys[i]), heap: e.keys[i].Heap}
		} else if c.kind == keyNested {
			flat := encodeNested(nil, e.keys[i], false)
			t.longs[c.text] = keyTexts{views: data.Slice[data.View](flat), heap: flat.Heap}
		}
	}
	return err
}

// keep stores the hashes and, if wanted, the words of the rows from lo on, and counts by region those that can match.
func (e *joinEntries) keep(b *keyBatch, lo int, count []uint32, words bool) {
	t := e.t
	copy(e.hash[lo:lo+b.n], b.hash)
	if k := t.lay.words; words && k == 1 {
		copy(t.words[lo:], b.words[0])
	} else if words {
		for j, w := range b.words {
			dst := t.words[lo*k+j:]
			for i, x := range w {
				dst[i*k] = x
			}
		}
	}
	mask := t.regions - 1
	for i, h := range b.hash {
		if t.out == nil || !t.out.Get(lo+i) {
			count[h>>kern.HashPartShift&mask]++
		}
	}
}

// arrange turns the counts into places, by region and then by part, and returns the rows of the largest region.
func (e *joinEntries) arrange() int {
	e.region = make([]uint32, e.t.regions+1)
	at, most := uint32(0), 1
	for r := range e.t.regions {
		e.region[r] = at
		for _, s := range e.starts {
			n := s[r]
			s[r] = at
			at += n
		}
		most = max(most, int(at-e.region[r]))
	}
	e.region[e.t.regions] = at
	return most
}

// scatter moves the rows that can match to their regions, in build order.
func (e *joinEntries) scatter(ctx context.Context, crew *exec.Crew) error {
	t := e.t
	e.sorted, e.row = make([]uint64, e.region[t.regions]), make([]uint32, e.region[t.regions])
	mask := t.regions - 1
	return crew.Each(ctx, e.parts(), func(_ context.Context, _, p int) error {
		at := e.starts[p]
		for r := p * morselRows; r < min(t.n, (p+1)*morselRows); r++ {
			if t.out != nil && t.out.Get(r) {
				continue
			}
			h := e.hash[r]
			x := &at[h>>kern.HashPartShift&mask]
			e.sorted[*x], e.row[*x] = h, uint32(r)
			*x++
		}
		return nil
	})
}

// insert fills the slots of a region. The last row goes first, so that each row is put before its successors in the chain.
func (e *joinEntries) insert(p int) {
	t := e.t
	mask := uint64(1)<<t.regionBits - 1
	slots := t.slots[uint64(p)<<t.regionBits:][:mask+1]
	mem.Touch(slots)
	hash, row := e.sorted[e.region[p]:e.region[p+1]], e.row[e.region[p]:e.region[p+1]]
	var next []uint32
	for i := len(hash) - 1; i >= 0; i-- {
		h, r := hash[i], row[i]
		tag := h&saltMask | uint64(r+1)
		for q := h & mask; ; q = (q + 1) & mask {
			s := &slots[q]
			if *s == 0 {
				*s = tag
				break
			}
			if (*s^tag)&saltMask == 0 && t.sameRow(int(r), int(uint32(*s)-1)) {
				if next == nil {
					next = t.linked()
				}
				next[r], *s = uint32(*s), tag
				break
			}
		}
	}
}

// sameRow compares the words and long strings of two build rows.
func (t *joinTable) sameRow(a, b int) bool {
	k := t.lay.words
	if k == 1 {
		return t.words[a] == t.words[b]
	}
	w := t.words[a*k : (a+1)*k]
	for j, x := range t.words[b*k : (b+1)*k] {
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
