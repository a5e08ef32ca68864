package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/mem"
)

const (
	partsMax   = 4 << 10
	sampleRows = 24 // a part
)

// parts is rows divided by rank: all rows of a part come before those of the next. Within a part they have the order of their morsels. Columns lie
// in slabs as in a sortStore, part after part.
type parts struct {
	lay    *sortLayout
	slabs  *mem.Slabs
	mem    *exec.Account
	cols   []partCol
	start  []int // by part, and the number of rows
	heap   [][]byte
	morsel []uint64 // by row, if asked for
	loose  int64
}

// partCol is a column of parts.
type partCol struct {
	buf   []byte
	valid []byte // as in storeCol
	items *data.Column
	rows  []uint32 // rows of items
}

// sortDivider is one division of the rows of stores into parts.
type sortDivider struct {
	list    []stretch
	ranges  []sortRange
	ranker  *ranker
	split   *splitters
	part    []uint16 // by row
	counts  [][]uint32
	out     *parts
	rows    int
	wanted  int // rows of a part
	workers []sortDivWorker
}

// sortRange is consecutive stretches that one task works on.
type sortRange struct{ from, to, row int }

type sortDivWorker struct {
	ranks, words [data.BatchRows]uint64
	pos          [data.BatchRows]uint32
	views        [data.BatchRows]data.View
	index        [data.BatchRows]uint32
}

// divide moves the rows of stores, all with the same layout, into parts that the workers sort in cache, and frees the stores. morsels says whether the
// numbers of the morsels are needed. The bytes a row that divideBytes tells must be reserved by mem, which gets them back with the stores.
func divide(ctx context.Context, crew *exec.Crew, stores []*sortStore, k *sortKeys, morsels bool) (*parts, error) {
	s := stores[0]
	d := &sortDivider{ranker: newRanker(s.lay.types, k.at, k.orders), workers: make([]sortDivWorker, max(crew.Threads, 1))}
	d.out = &parts{lay: s.lay, slabs: s.slabs, mem: s.mem, cols: make([]partCol, len(s.lay.types))}
	d.list, d.out.heap = stretches(stores)
	total := 0
	for i := range d.list {
		total += d.list[i].to - d.list[i].from
	}
	d.wanted = orderedRows(total, crew.Threads)
	for i := 0; i < len(d.list); {
		r := sortRange{i, i, d.rows}
		for i < len(d.list) && d.rows-r.row < 2*d.wanted {
			d.rows += d.list[i].to - d.list[i].from
			i++
		}
		r.to = i
		d.ranges = append(d.ranges, r)
	}
	if err := d.plan(ctx, crew); err != nil {
		return nil, err
	}
	if err := d.alloc(stores, morsels); err != nil {
		d.out.free()
		return nil, err
	}
	err := crew.Each(ctx, len(d.ranges), func(_ context.Context, w, i int) error {
		d.move(&d.workers[w], i)
		return nil
	})
	if err != nil {
		d.out.free()
		return nil, err
	}
	for _, s := range stores {
		texts := s.texts.size
		s.mem.Shrink(s.held - texts)
		d.out.loose, s.held = d.out.loose+texts, 0
		s.free()
	}
	return d.out, nil
}

// divideBytes is how many bytes a row divide needs besides the stores.
func divideBytes(lay *sortLayout, morsels bool) int {
	n := lay.width + len(lay.types) + 2 + lay.width/8
	if lay.nested {
		n += 4 * len(lay.types)
	}
	if morsels {
		n += 8
	}
	return n
}

// each calls fn for the rows of a range, at most data.BatchRows at a time; row counts over all ranges.
func (d *sortDivider) each(i int, fn func(s *stretch, lo, hi, row int)) {
	r := d.ranges[i]
	row := r.row
	for k := r.from; k < r.to; k++ {
		s := &d.list[k]
		for lo := s.from; lo < s.to; lo += data.BatchRows {
			hi := min(s.to, lo+data.BatchRows)
			fn(s, lo, hi, row)
			row += hi - lo
		}
	}
}

// plan finds the part of each row.
func (d *sortDivider) plan(ctx context.Context, crew *exec.Crew) error {
	if d.rows < 2*d.wanted {
		d.split = newSplitters(nil, 0, 1)
		d.counts = [][]uint32{}
		for i := range d.ranges {
			next := d.rows
			if i+1 < len(d.ranges) {
				next = d.ranges[i+1].row
			}
			d.counts = append(d.counts, []uint32{uint32(next - d.ranges[i].row)})
		}
		return nil
	}
	found := make([][]rankPiece, len(d.workers))
	if err := crew.Each(ctx, len(d.ranges), func(_ context.Context, w, i int) error {
		if found[w] == nil {
			found[w] = append([]rankPiece{}, d.ranker.pieces...)
		}
		d.each(i, func(s *stretch, lo, hi, _ int) { widenRanges(found[w], s, lo, hi, d.workers[w].words[:]) })
		return nil
	}); err != nil {
		return err
	}
	d.ranker.settle(found)
	d.sample()
	d.part = make([]uint16, d.rows)
	d.counts = make([][]uint32, len(d.ranges))
	return crew.Each(ctx, len(d.ranges), func(_ context.Context, w, i int) error {
		x := &d.workers[w]
		c := make([]uint32, d.split.parts())
		d.each(i, func(s *stretch, lo, hi, row int) {
			ranks := x.ranks[:hi-lo]
			d.ranker.ranks(ranks, x.words[:], s, lo, hi)
			part := d.part[row : row+hi-lo]
			d.split.find(part, ranks)
			for _, p := range part {
				c[p]++
			}
		})
		d.counts[i] = c
		return nil
	})
}

// sample ranks some rows, evenly spread with a jitter that depends on nothing but their number, and chooses the splitters.
func (d *sortDivider) sample() {
	count := min(partsMax, d.rows/d.wanted+1)
	n := count * sampleRows
	sample := make([]uint64, 0, n)
	x, at, base := &d.workers[0], 0, 0
	jitter := uint64(88172645463325252)
	for i := range n {
		jitter ^= jitter << 13
		jitter ^= jitter >> 7
		jitter ^= jitter << 17
		step := d.rows / n
		row := i*step + int(jitter%uint64(step))
		for row >= base+d.list[at].to-d.list[at].from {
			base += d.list[at].to - d.list[at].from
			at++
		}
		s := &d.list[at]
		k := s.from + row - base
		d.ranker.ranks(x.ranks[:1], x.words[:], s, k, k+1)
		sample = append(sample, x.ranks[0])
	}
	d.split = newSplitters(sample, d.ranker.width, count)
}

// alloc turns counts into positions and makes room for the columns.
func (d *sortDivider) alloc(stores []*sortStore, morsels bool) error {
	o, n := d.out, d.rows
	sum := 0
	for p := range d.split.parts() {
		o.start = append(o.start, sum)
		for i := range d.counts {
			c := &d.counts[i][p]
			at := sum
			sum += int(*c)
			*c = uint32(at)
		}
	}
	o.start = append(o.start, sum)
	bug.Assert(sum == n, "a division of rows lost some")
	extra := 0
	for _, s := range stores {
		for _, x := range s.blocks {
			extra += x.size * s.extra
			x.size = 0 // its extra bytes are given back here
		}
	}
	for _, s := range stores {
		ready := min(s.items, s.held)
		s.held -= ready
		extra += int(ready)
	}
	holder := &prepaid{insistent{o.mem}, int64(extra)}
	defer holder.rest()
	for i, w := range o.lay.widths {
		c := &o.cols[i]
		var err error
		if c.buf, err = mem.DirtySlab[byte](o.slabs, holder, n*w); err != nil {
			return err
		}
		switch p := o.lay.types[i].Phys(); {
		case p == dtype.PhysList || p == dtype.PhysArray || p == dtype.PhysStruct:
			c.items, c.rows = nestedColumn(stores, i), make([]uint32, n)
			o.loose += int64(c.items.Size()) + int64(4*n)
		case d.hasNulls(i):
			c.valid = make([]byte, n)
			o.loose += int64(n)
		}
	}
	if morsels {
		o.morsel = make([]uint64, n)
		o.loose += int64(8 * n)
	}
	loose := o.loose
	o.loose = 0
	if err := holder.Grow(loose); err != nil {
		return err
	}
	o.loose = loose
	return nil
}

// hasNulls reports whether column i has nulls anywhere.
func (d *sortDivider) hasNulls(i int) bool {
	for k := range d.list {
		if d.list[k].block.cols[i].valid != nil {
			return true
		}
	}
	return false
}

// move copies the rows of a range to their parts.
func (d *sortDivider) move(x *sortDivWorker, i int) {
	next := d.counts[i]
	d.each(i, func(s *stretch, lo, hi, row int) {
		n := hi - lo
		pos := x.pos[:n]
		if d.part == nil {
			kern.SelIota(pos, next[0])
			next[0] += uint32(n)
		} else {
			for k, p := range d.part[row : row+n] {
				pos[k] = next[p]
				next[p]++
			}
		}
		for c := range d.out.cols {
			d.moveColumn(x, c, s, lo, hi, pos)
		}
		if m := d.out.morsel; m != nil {
			for _, p := range pos {
				m[p] = s.morsel
			}
		}
	})
}

// moveColumn scatters rows [lo, hi) of a block's column to the positions.
func (d *sortDivider) moveColumn(x *sortDivWorker, i int, s *stretch, lo, hi int, pos []uint32) {
	from, to := &s.block.cols[i], &d.out.cols[i]
	if to.valid != nil {
		if from.valid != nil {
			kern.Scatter(to.valid, from.valid[lo:hi], pos)
		} else {
			kern.ScatterConst(to.valid, 1, pos)
		}
	}
	if to.rows != nil {
		index := x.index[:hi-lo]
		kern.SelIota(index, uint32(s.nested-s.from+lo))
		kern.Scatter(to.rows, index, pos)
		return
	}
	if d.out.lay.types[i].Phys() == dtype.PhysView {
		views := x.views[:hi-lo]
		shiftViews(views, data.FixedSlice[data.View](from.buf)[lo:hi], s.heap)
		kern.Scatter(data.FixedSlice[data.View](to.buf), views, pos)
		return
	}
	switch w := d.out.lay.widths[i]; w {
	case 0:
	case 1:
		kern.Scatter(to.buf, from.buf[lo:hi], pos)
	case 2:
		scatterAs[uint16](to.buf, from.buf, lo, hi, pos)
	case 4:
		scatterAs[uint32](to.buf, from.buf, lo, hi, pos)
	case 8:
		scatterAs[uint64](to.buf, from.buf, lo, hi, pos)
	default:
		scatterAs[data.Int128](to.buf, from.buf, lo, hi, pos)
	}
}

func scatterAs[T data.Fixed](dst, src []byte, lo, hi int, pos []uint32) {
	kern.Scatter(data.FixedSlice[T](dst), data.FixedSlice[T](src)[lo:hi], pos)
}

// rows returns the number of rows of part i.
func (p *parts) rows(i int) int { return p.start[i+1] - p.start[i] }

// columns returns the columns of part i, over memory of the parts and scratch.
func (p *parts) columns(s *compute.Scratch, i int) []*data.Column {
	lo, hi := p.start[i], p.start[i+1]
	out := s.Columns(len(p.cols))
	for k := range p.cols {
		x, t := &p.cols[k], p.lay.types[k]
		if x.rows != nil {
			out[k] = compute.Flatten(s, compute.Gather(s, x.items, x.rows[lo:hi]))
			continue
		}
		c := s.Column()
		c.Type, c.Len = t, hi-lo
		if x.valid != nil {
			c.Valid = s.Bits(hi - lo)
			bytesToBits(c.Valid, x.valid[lo:hi])
		}
		w := p.lay.widths[k]
		switch t.Phys() {
		case dtype.PhysNull:
		case dtype.PhysBits:
			c.Bits = s.Bits(hi - lo)
			bytesToBits(c.Bits, x.buf[lo:hi])
		case dtype.PhysView:
			c.Buf, c.Heap = x.buf[lo*w:hi*w], p.heap
		default:
			c.Buf = x.buf[lo*w : hi*w]
		}
		out[k] = c
	}
	return out
}

// free gives all memory back.
func (p *parts) free() {
	for i := range p.cols {
		mem.FreeSlab(p.slabs, p.mem, p.cols[i].buf)
	}
	p.mem.Shrink(p.loose)
	p.cols, p.loose, p.heap, p.morsel = nil, 0, nil, nil
}
