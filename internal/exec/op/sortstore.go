package op

import (
	"sort"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/mem"
)

// sortLayout says how a sortStore keeps columns: values of fixed width, views and bools as bytes lie in slabs outside the Go heap; nested values
// in builders.
type sortLayout struct {
	types  []dtype.Type
	widths []int // bytes a row in the slab; 0 for nested and null columns
	width  int   // sum
	nested bool  // some are
}

func newSortLayout(types []dtype.Type) *sortLayout {
	l := &sortLayout{types: types}
	for _, t := range types {
		w := t.Phys().Width()
		switch t.Phys() {
		case dtype.PhysBits:
			w = 1
		case dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
			l.nested = true
		}
		l.widths = append(l.widths, w)
		l.width += w
	}
	return l
}

// Blocks grow from a few kilobytes, for the many queries that sort a few rows, to whole huge pages, or a small part of a small budget.
const (
	blockBytesMin = 8 << 10
	blockBytesMax = 4 << 20
	blockShare    = 128 // of the budget
)

// sortStore keeps the rows of one worker, copied, in the order of arrival, with the morsels they came from.
type sortStore struct {
	lay     *sortLayout
	slabs   *mem.Slabs
	mem     *exec.Account
	extra   int // bytes a row that are reserved besides the slabs, for what is to be done with the rows
	blocks  []*storeBlock
	texts   byteHeap
	rows    int
	held    int64 // reserved for what is not in slabs
	loose   int64 // bytes in use that are not in slabs, texts aside
	items   int64 // bytes of nested columns
	scratch compute.Scratch
}

// storeBlock is up to size rows.
type storeBlock struct {
	slab []byte
	cols []storeCol
	n    int
	size int
	segs []segment
}

// segment is rows [from, to) of a block, which come from one morsel.
type segment struct {
	morsel   uint64
	from, to int
}

// storeCol is a column of a block.
type storeCol struct {
	buf   []byte // of the slab
	valid []byte // 1 for each row that is present; nil while all are
	items *data.Builder
}

// insistent is an Account that leaves no room to others.
type insistent struct{ *exec.Account }

// Grow implements mem.Holder.
func (a insistent) Grow(bytes int64) error { return a.Insist(bytes) }

// prepaid is an insistent account with bytes that were reserved in advance. They are never free for others in between, who would take them.
type prepaid struct {
	insistent
	left int64
}

// Grow implements mem.Holder.
func (p *prepaid) Grow(bytes int64) error {
	ready := min(bytes, p.left)
	if err := p.Insist(bytes - ready); err != nil {
		return err
	}
	p.left -= ready
	return nil
}

// rest gives back what was not needed.
func (p *prepaid) rest() {
	p.Shrink(p.left)
	p.left = 0
}

// add copies the rows of b. When a reservation is refused it adds nothing; with insist only the budget itself refuses.
func (s *sortStore) add(b *data.Batch, insist bool) error {
	var holder mem.Holder = s.mem
	if insist {
		holder = insistent{s.mem}
	}
	now := s.loose + s.texts.size
	if err := holder.Grow(now - s.held); err != nil {
		return err
	}
	s.held = now
	for s.room() < b.Len {
		if err := s.open(holder, b.Len-s.room()); err != nil {
			return err
		}
	}
	s.scratch.Reset()
	cols := s.scratch.Columns(len(b.Cols))
	for i, c := range b.Cols {
		cols[i] = compute.Flatten(&s.scratch, c)
	}
	for lo := 0; lo < b.Len; {
		x := s.blocks[len(s.blocks)-1]
		if k := len(s.blocks) - 2; k >= 0 && s.blocks[k].n < s.blocks[k].size {
			x = s.blocks[k]
		}
		n := min(b.Len-lo, x.size-x.n)
		for i, c := range cols {
			if n < b.Len {
				c = c.Slice(lo, lo+n)
			}
			s.copy(x, i, c)
		}
		x.came(b.Morsel, n)
		lo += n
	}
	s.rows += b.Len
	return nil
}

// came notes that the next n rows came from a morsel.
func (x *storeBlock) came(morsel uint64, n int) {
	if k := len(x.segs) - 1; k >= 0 && x.segs[k].morsel == morsel {
		x.segs[k].to += n
	} else {
		x.segs = append(x.segs, segment{morsel, x.n, x.n + n})
	}
	x.n += n
}

// room returns how many rows fit in the last two blocks; earlier ones are full.
func (s *sortStore) room() int {
	free := 0
	for _, x := range s.blocks[max(0, len(s.blocks)-2):] {
		free += x.size - x.n
	}
	return free
}

// open appends a block for at least rows rows.
func (s *sortStore) open(holder mem.Holder, rows int) error {
	width := max(s.lay.width, 1)
	bytes := blockBytesMin
	if k := len(s.blocks); k > 0 {
		bytes = max(min(2*s.blocks[k-1].size*width, blockBytesMax, int(s.mem.Limit()/blockShare)), blockBytesMin)
	}
	x := &storeBlock{size: max(bytes/width, rows), cols: make([]storeCol, len(s.lay.types))}
	x.size = (x.size + 7) &^ 7
	extra := int64(x.size * s.extra)
	if err := holder.Grow(extra); err != nil {
		return err
	}
	var err error
	if x.slab, err = mem.DirtySlab[byte](s.slabs, holder, x.size*s.lay.width); err != nil {
		holder.Shrink(extra)
		return err
	}
	at := 0
	for i, w := range s.lay.widths {
		x.cols[i].buf = x.slab[at*x.size : (at+w)*x.size]
		at += w
		if p := s.lay.types[i].Phys(); p == dtype.PhysList || p == dtype.PhysArray || p == dtype.PhysStruct {
			x.cols[i].items = data.NewBuilder(s.lay.types[i], 0)
		}
	}
	s.blocks = append(s.blocks, x)
	return nil
}

// copy appends c, which is Flat, to column i of x.
func (s *sortStore) copy(x *storeBlock, i int, c *data.Column) {
	d, w := &x.cols[i], s.lay.widths[i]
	if d.items != nil {
		before := d.items.Size()
		d.items.AppendColumn(c, nil)
		grown := int64(d.items.Size() - before)
		s.items += grown
		s.loose += 2 * grown // divide makes one column of them
		return
	}
	if c.Valid != nil && d.valid == nil {
		d.valid = make([]byte, x.size)
		for r := range d.valid[:x.n] {
			d.valid[r] = 1
		}
		s.loose += int64(x.size)
	}
	if d.valid != nil {
		bitsToBytes(d.valid[x.n:x.n+c.Len], c.Valid)
	}
	dst := d.buf[x.n*w : (x.n+c.Len)*w]
	switch c.Type.Phys() {
	case dtype.PhysNull:
	case dtype.PhysBits:
		bitsToBytes(dst, c.Bits)
	case dtype.PhysView:
		views := data.FixedSlice[data.View](dst)
		for r, v := range data.Slice[data.View](c) {
			views[r] = s.texts.view(v, c.Heap)
		}
	default:
		copy(dst, c.Buf)
	}
}

// bitsToBytes writes a byte a bit; nil is all ones.
func bitsToBytes(dst []byte, bits data.Bitmap) {
	if bits == nil {
		for i := range dst {
			dst[i] = 1
		}
		return
	}
	for i := range dst {
		dst[i] = byte(bits[i>>6] >> (uint(i) & 63) & 1)
	}
}

// bytesToBits is the inverse.
func bytesToBits(dst data.Bitmap, bytes []byte) {
	for i := range dst {
		part := bytes[i<<6 : min(len(bytes), (i+1)<<6)]
		w := uint64(0)
		for k, b := range part {
			w |= uint64(b) << uint(k)
		}
		dst[i] = w
	}
}

// free gives all memory back.
func (s *sortStore) free() {
	for _, x := range s.blocks {
		mem.FreeSlab(s.slabs, s.mem, x.slab)
		s.mem.Shrink(int64(x.size * s.extra))
	}
	s.mem.Shrink(s.held)
	*s = sortStore{lay: s.lay, slabs: s.slabs, mem: s.mem, extra: s.extra}
}

// stretch is a segment of a block of one of several stores.
type stretch struct {
	store *sortStore
	block *storeBlock
	segment
	nested int    // row of the first row in the concatenated nested columns
	heap   uint64 // number of the store's first text buffer
}

// stretches lists the rows of the stores in the order of their morsels, with the text buffers of all.
func stretches(stores []*sortStore) (list []stretch, heap [][]byte) {
	nested := 0
	for _, s := range stores {
		for _, x := range s.blocks {
			for _, g := range x.segs {
				list = append(list, stretch{s, x, g, nested + g.from, uint64(len(heap))})
			}
			nested += x.n
		}
		heap = append(heap, s.texts.bufs...)
	}
	sort.SliceStable(list, func(a, b int) bool { return list[a].morsel < list[b].morsel })
	return list, heap
}

// nestedColumn returns a nested column over the rows of all stores, block after block.
func nestedColumn(stores []*sortStore, i int) *data.Column {
	var parts []*data.Column
	for _, s := range stores {
		for _, x := range s.blocks {
			parts = append(parts, x.cols[i].items.Build())
		}
	}
	return compute.Concat(nil, stores[0].lay.types[i], parts)
}

// shiftViews copies views whose text buffers have numbers from base on in a common heap.
func shiftViews(dst, src []data.View, base uint64) {
	kern.ShiftViews(kviews(dst), kviews(src), int(base))
}
