package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/mem"
)

// table gives equal keys one dense number, in order of insertion. It is an open-addressing table of 8-byte slots, salt in the high 16 bits and
// number+1 in the low 48, over rows of key words; nothing in it is a pointer. Row 0 of the words is a dummy that empty slots refer to, so that
// the comparing loop needs no branch.
type table struct {
	lay   *keyLayout
	k     int
	slots []uint64
	mask  uint64
	words []uint64   // (n+1)*k
	longs [][]uint64 // by text column: n+1 places in heap; nil until there is a long string
	heap  byteHeap
	n     int
	null  int      // number of the null of a lonely key, or -1
	fresh []uint32 // rows of the last find that made a new group, ascending

	sv    []uint64
	out   []uint32
	miss  []uint32
	some  *keyBatch // the valid rows of a lonely key with nulls
	sel   []uint32
	found []uint32
}

const (
	refMask  = 1<<48 - 1
	occupied = 1 << 48
)

func newTable(l *keyLayout) *table {
	t := &table{lay: l, k: l.words, words: make([]uint64, l.words, 16*l.words+1), longs: make([][]uint64, l.texts), null: -1}
	t.slots = make([]uint64, 64)
	t.mask = 63
	return t
}

// reset empties the table and keeps its memory, except for the heap, which may be in use by rows that were taken out.
func (t *table) reset() {
	clear(t.slots)
	t.words = t.words[:t.k]
	for j := range t.longs {
		t.longs[j] = nil
	}
	t.heap = byteHeap{}
	t.n, t.null = 0, -1
}

// bytes is the memory in use.
func (t *table) bytes() int64 {
	n := 8*int64(cap(t.slots)+cap(t.words)) + t.heap.size
	for _, l := range t.longs {
		n += 8 * int64(cap(l))
	}
	return n
}

// rows returns the keys by number; they share memory with t.
func (t *table) rows() *keyRows {
	k := &keyRows{lay: t.lay, n: t.n, words: t.words[t.k:], longs: make([][]uint64, len(t.longs)), heap: t.heap.bufs, null: t.null}
	for j, l := range t.longs {
		if l != nil {
			k.longs[j] = l[1:]
		}
	}
	return k
}

// reserve makes room for extra more groups at a load of at most one half. The words double, since what they grow out of is left behind: growing by a
// quarter, as append does, would leave four times as much.
func (t *table) reserve(extra int) {
	if n := len(t.words) + extra*t.k; n > cap(t.words) {
		t.words = widened(t.words, n)[:len(t.words)]
	}
	need := uint64(t.n+extra) * 2
	if need <= t.mask+1 {
		return
	}
	size := (t.mask + 1) * 4
	for size < need {
		size *= 2
	}
	t.slots = make([]uint64, size)
	mem.Touch(t.slots)
	t.mask = size - 1
	slots, mask, k := t.slots, t.mask, t.k
	for g := range t.n {
		if g == t.null {
			continue
		}
		h := hashRow(t.words[(g+1)*k : (g+2)*k])
		p := h & mask
		for slots[p] != 0 {
			p = (p + 1) & mask
		}
		slots[p] = (h|occupied)&^refMask | uint64(g+1)
	}
}

// hashRow is hashWords for one row.
func hashRow(w []uint64) uint64 {
	if len(w) == 0 {
		return 0
	}
	h := kern.HashWord(w[0])
	for _, x := range w[1:] {
		h = kern.HashMix(h, x)
	}
	return h
}

// find returns the number of each row's key, inserting new ones; the result is valid until the next call.
func (t *table) find(b *keyBatch) []uint32 {
	t.fresh = t.fresh[:0]
	t.reserve(b.n)
	if b.valid != nil {
		return t.findSome(b)
	}
	t.compare(b)
	for _, i := range t.missed(b.n) {
		t.out[i] = uint32(t.probe(b, int(i)))
	}
	return t.out
}

// findSome is find where a lonely key has nulls.
func (t *table) findSome(b *keyBatch) []uint32 {
	t.sel = sized(t.sel, b.n)
	rows := t.sel[:kern.SelFromBits(t.sel, b.valid, b.n)]
	if t.some == nil {
		t.some = newKeyBatch(t.lay)
	}
	s := t.some
	s.n = len(rows)
	s.own[0], s.hash = sized(s.own[0], s.n), sized(s.hash, s.n)
	s.words[0] = s.own[0]
	kern.Take(s.words[0], b.words[0], rows)
	kern.Take(s.hash, b.hash, rows)
	found := t.find(s)
	t.found = sized(t.found, len(found))
	copy(t.found, found)
	found = t.found
	for i, r := range t.fresh {
		t.fresh[i] = rows[r]
	}
	t.out = sized(t.out, b.n)
	kern.Scatter(t.out, found, rows)
	first := -1
	for i := range b.n {
		if b.valid.Get(i) {
			continue
		}
		if t.null < 0 {
			t.null = t.n
			first = i
			t.n++
			t.words = append(t.words, 0)
		}
		t.out[i] = uint32(t.null)
	}
	if first >= 0 {
		t.fresh = append(t.fresh, uint32(first))
	}
	return t.out
}

// compare looks up all rows at once. Three loops, so that the loads of a batch overlap: slots, key words, then the long strings. sv[i] becomes 0
// where out[i] is right.
func (t *table) compare(b *keyBatch) {
	n := b.n
	t.sv, t.out = sized(t.sv, n), sized(t.out, n)
	slots, mask, rows := t.slots, t.mask, t.words
	out, sv, h := t.out, t.sv[:n], b.hash[:n]
	for i, hh := range h {
		sv[i] = slots[hh&mask]
	}
	switch t.k {
	case 1:
		w := b.words[0][:n]
		for i, s := range sv {
			out[i] = uint32(s) - 1
			sv[i] = rows[s&refMask] ^ w[i] | (s^h[i])>>49 | (s>>48&1 ^ 1)
		}
	case 2:
		w, x := b.words[0][:n], b.words[1][:n]
		for i, s := range sv {
			out[i] = uint32(s) - 1
			r := rows[2*(s&refMask):]
			sv[i] = r[0] ^ w[i] | r[1] ^ x[i] | (s^h[i])>>49 | (s>>48&1 ^ 1)
		}
	default:
		for i, s := range sv {
			out[i] = uint32(s) - 1
			sv[i] = (s^h[i])>>49 | (s>>48&1 ^ 1)
		}
		for j, w := range b.words {
			w = w[:n]
			for i, g := range out {
				sv[i] |= rows[int(g+1)*t.k+j] ^ w[i]
			}
		}
	}
	t.verify(b)
}

// verify compares the bytes of long strings of the rows that seem to be found.
func (t *table) verify(b *keyBatch) {
	for c := range t.lay.cols {
		col := &t.lay.cols[c]
		if col.kind != keyText && col.kind != keyNested || !b.texts[col.text].long {
			continue
		}
		a := b.words[col.word]
		for i, d := range t.sv[:b.n] {
			if d == 0 && a[i] != nullText && uint32(a[i]) > data.InlineMax && !t.sameText(b, col, i, int(t.out[i])) {
				t.sv[i] = 1
			}
		}
	}
}

// sameText compares the long string of row i with that of group g.
func (t *table) sameText(b *keyBatch, c *keyCol, i, g int) bool {
	x := &b.texts[c.text]
	p := t.longs[c.text][g+1]
	off := p >> 32
	return kern.EqualLong(t.heap.bufs[uint32(p)][off:off+uint64(x.views[i].Len())], x.views[i].Bytes(x.heap))
}

// missed compacts the rows with a non-zero sv, branch-free.
func (t *table) missed(n int) []uint32 {
	t.miss = sized(t.miss, n+1)
	miss, m := t.miss, 0
	for i, d := range t.sv[:n] {
		miss[m] = uint32(i)
		if d != 0 {
			m++
		}
	}
	return miss[:m]
}

// probe finds or inserts one row.
func (t *table) probe(b *keyBatch, i int) int {
	h := b.hash[i]
	tag := (h | occupied) &^ refMask
	for p := h & t.mask; ; p = (p + 1) & t.mask {
		s := t.slots[p]
		if s == 0 {
			t.slots[p] = tag | uint64(t.n+1)
			t.insert(b, i)
			return t.n - 1
		}
		if (s^tag)>>48 == 0 && t.equal(b, i, int(s&refMask)-1) {
			return int(s&refMask) - 1
		}
	}
}

// equal compares row i with group g.
func (t *table) equal(b *keyBatch, i, g int) bool {
	for j, w := range b.words {
		if t.words[(g+1)*t.k+j] != w[i] {
			return false
		}
	}
	for c := range t.lay.cols {
		col := &t.lay.cols[c]
		if col.kind != keyText && col.kind != keyNested || !b.texts[col.text].long {
			continue
		}
		if a := b.words[col.word][i]; a != nullText && uint32(a) > data.InlineMax && !t.sameText(b, col, i, g) {
			return false
		}
	}
	return true
}

// insert appends row i as group t.n.
func (t *table) insert(b *keyBatch, i int) {
	for _, w := range b.words {
		t.words = append(t.words, w[i])
	}
	t.n++
	t.fresh = append(t.fresh, uint32(i))
	for c := range t.lay.cols {
		col := &t.lay.cols[c]
		if col.kind != keyText && col.kind != keyNested {
			continue
		}
		long := false
		if x := &b.texts[col.text]; x.long {
			a := b.words[col.word][i]
			if long = a != nullText && uint32(a) > data.InlineMax; long {
				t.long(col.text, t.heap.add(x.views[i].Bytes(x.heap)))
			}
		}
		if !long && t.longs[col.text] != nil {
			t.longs[col.text] = append(t.longs[col.text], 0)
		}
	}
}

// long notes the place of the last group's string.
func (t *table) long(text int, at uint64) {
	l := t.longs[text]
	for len(l) < t.n {
		l = append(l, 0)
	}
	t.longs[text] = append(l, at)
}
