package op

import (
	"context"
	"io"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
)

// windowParts is how many divisions on disk there are; each must fit in memory.
const windowParts = 64

// common finds the columns that all functions partition by. Without any, all rows belong together and nothing can spill.
func (w *window) common() {
	for _, at := range w.calls[0].partition {
		if !slices.ContainsFunc(w.calls, func(c *winCall) bool { return !slices.Contains(c.partition, at) }) {
			w.keys = append(w.keys, at)
		}
	}
	if len(w.keys) == 0 {
		w.space = nil
	}
}

// release frees what is left after an error.
func (w *window) release() {
	if w.back != nil {
		w.back.release()
	}
}

// windowRun is the rows of a morsel, or of a part of it.
type windowRun struct {
	morsel  uint64
	first   int64 // number of the first row in the morsel
	batches []*data.Batch
}

// windowWriter keeps the rows of one worker, in memory or, once its reservation was refused, in parts on disk with the places of the rows.
type windowWriter struct {
	w      *window
	keep   *exec.Keeper
	rows   int // in keep
	held   int64
	morsel uint64
	row    int64 // rows of the morsel that are not in keep
	runs   []windowRun
	parts  *spill.Partitions
	disk   []*spill.Run
	keys   *keyBatch
	part   []uint32
	top    *topRows
}

// Worker implements exec.Sink.
func (w *window) Worker(int) exec.Writer {
	x := &windowWriter{w: w, keep: exec.NewKeeper(w.types, nil), top: w.top.worker(w.types, w.mem)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writers = append(w.writers, x)
	return x
}

// Write implements exec.Writer.
func (x *windowWriter) Write(ctx context.Context, b *data.Batch) error {
	n, rows := b.Len, x.top.keep(b)
	if rows != nil {
		n = len(rows)
	}
	if n == 0 {
		return nil
	}
	if err := x.keep.Add(b, rows); err != nil {
		return err
	}
	x.morsel = b.Morsel
	if x.rows += n; x.rows < sharedTake {
		return nil
	}
	return x.take(ctx)
}

// take reserves the copied rows, or divides everything.
func (x *windowWriter) take(ctx context.Context) error {
	bs, err := x.keep.Take()
	if err != nil || len(bs) == 0 {
		return err
	}
	r := windowRun{morsel: x.morsel, first: x.row, batches: bs}
	x.row += int64(x.rows)
	x.rows = 0
	if x.parts != nil {
		return x.divide(ctx, r)
	}
	size := int64(0)
	for _, b := range bs {
		size += int64(b.Size())
	}
	x.runs = append(x.runs, r)
	err = x.w.mem.Grow(2 * size) // the rows are put together once more
	if err == nil {
		x.held += 2 * size
		return nil
	}
	if !x.w.space.Refused(err) {
		return err
	}
	return x.spill(ctx)
}

// spill divides the rows in memory.
func (x *windowWriter) spill(ctx context.Context) error {
	if x.parts == nil {
		x.parts = x.w.space.Partitions(append(slices.Clip(x.w.types), placeType), windowParts)
		types := make([]dtype.Type, len(x.w.keys))
		for i, at := range x.w.keys {
			types[i] = x.w.types[at]
		}
		x.keys = newKeyBatch(newKeyLayout(types))
	}
	for _, r := range x.runs {
		if err := x.divide(ctx, r); err != nil {
			return err
		}
	}
	x.w.mem.Shrink(x.held)
	x.runs, x.held = nil, 0
	return nil
}

// divide writes the rows of r to the parts of their keys.
func (x *windowWriter) divide(ctx context.Context, r windowRun) error {
	row := r.first
	keys := make([]*data.Column, len(x.w.keys))
	for _, b := range r.batches {
		places := make([]uint64, b.Len)
		for i := range places {
			places[i] = place(r.morsel, row+int64(i))
		}
		row += int64(b.Len)
		for i, at := range x.w.keys {
			keys[i] = b.Cols[at]
		}
		x.keys.set(keys, b.Len)
		x.part = sized(x.part, b.Len)
		for i, h := range x.keys.hash {
			x.part[i] = uint32(h >> 40 % windowParts)
		}
		out := data.Batch{Len: b.Len, Cols: append(slices.Clip(b.Cols), data.FlatColumn(placeType, places, nil))}
		if err := x.parts.Add(ctx, &out, x.part); err != nil {
			return err
		}
	}
	return nil
}

// Flush implements exec.Writer.
func (x *windowWriter) Flush(ctx context.Context, _ uint64) error {
	err := x.take(ctx)
	x.row = 0
	return err
}

// Combine implements exec.Writer.
func (x *windowWriter) Combine(context.Context) error {
	x.top.stop()
	return nil
}

// fromDisk moves what is left in memory to disk, computes part after part and sorts the results by the places of the rows.
func (w *window) fromDisk(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	if err := crew.Each(ctx, len(w.writers), func(ctx context.Context, _, i int) (err error) {
		x := w.writers[i]
		if err := x.spill(ctx); err != nil {
			return err
		}
		x.disk, err = x.parts.Finish(ctx)
		return err
	}); err != nil {
		return nil, err
	}
	var types []dtype.Type
	for _, at := range w.out {
		if at >= 0 {
			types = append(types, w.types[at])
		} else {
			types = append(types, w.calls[-2-at].win.Typ)
		}
	}
	k := &sortKeys{exprs: &exprs{}, types: append(types, placeType), out: len(types), at: []int{len(types)}, orders: make([]defs.Order, 1)}
	for i := range k.types {
		k.exprs.refs = append(k.exprs.refs, i)
	}
	w.back = &sortSink{k: k, lay: newSortLayout(k.types), slabs: w.slabs, mem: w.mem, space: w.space}
	out := w.back.Worker(0)
	for p := range windowParts {
		if err := w.part(ctx, crew, p, out); err != nil {
			return nil, err
		}
	}
	w.writers = nil
	return w.back.Finish(ctx, crew)
}

// part computes the functions for one part and hands the rows to out.
func (w *window) part(ctx context.Context, crew *exec.Crew, p int, out exec.Writer) error {
	var bs []*data.Batch
	held := int64(0)
	defer func() { w.mem.Shrink(held) }()
	for _, x := range w.writers {
		if x.disk[p] == nil {
			continue
		}
		for rd := x.disk[p].Reader(); ; {
			b, err := rd.Read(ctx)
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			b = b.Clone()
			size := 2*int64(b.Size()) + int64(b.Len)*winBytes*int64(len(w.calls))
			if err := w.mem.Insist(size); err != nil {
				return err
			}
			held += size
			bs = append(bs, b)
		}
		if err := x.disk[p].Remove(); err != nil {
			return err
		}
	}
	cols, n, err := joinBatches(ctx, crew, bs)
	if err != nil || n == 0 {
		return err
	}
	last := len(cols) - 1
	sorted := inOrder([]chunk{{n: n, cols: cols, first: slices.Clone(data.Slice[uint64](cols[last]))}})
	if sorted.rows != nil {
		for i, c := range cols {
			cols[i] = compute.Flatten(nil, compute.Gather(nil, c, sorted.rows))
		}
	}
	results, err := w.compute(ctx, crew, cols[:last], n)
	if err != nil {
		return err
	}
	results = append(results, cols[last])
	for lo := 0; lo < n; lo += data.BatchRows {
		b := (&data.Batch{Len: n, Cols: results}).Slice(lo, min(lo+data.BatchRows, n))
		if err := out.Write(ctx, b); err != nil {
			return err
		}
	}
	return nil
}
