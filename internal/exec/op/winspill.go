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

// windowParts is how many divisions on disk there are.
const windowParts = 64

// common finds the columns that all functions partition by. Without any, all rows belong together.
func (w *window) common() {
	for _, at := range w.calls[0].partition {
		if !slices.ContainsFunc(w.calls, func(c *winCall) bool { return !slices.Contains(c.partition, at) }) {
			w.keys = append(w.keys, at)
		}
	}
}

// release frees what is left after an error.
func (w *window) release() {
	for _, s := range w.sorts {
		s.release()
	}
}

// windowRun is the rows of a morsel, or of a part of it.
type windowRun struct {
	morsel  uint64
	first   int64 // number of the first row in the morsel
	rows    int64
	batches []*data.Batch
}

// windowWriter keeps the rows of one worker, in memory or, once its reservation was refused, with their places on disk.
type windowWriter struct {
	w      *window
	keep   *exec.Keeper
	rows   int // in keep
	held   int64
	morsel uint64
	row    int64 // rows of the morsel that are not in keep
	runs   []windowRun
	disk   bool // all further rows go there, to parts or sort
	parts  *spill.Partitions
	done   []*spill.Run // of parts
	sort   exec.Writer
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
	if x.rows += n; x.rows < data.BatchRows {
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
	r := windowRun{morsel: x.morsel, first: x.row, rows: int64(x.rows), batches: bs}
	x.row += int64(x.rows)
	x.rows = 0
	if x.disk {
		return x.move(ctx, r)
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

// spill moves the rows in memory to disk.
func (x *windowWriter) spill(ctx context.Context) error {
	w := x.w
	switch {
	case x.disk:
	case len(w.keys) > 0:
		x.parts = w.space.Partitions(append(slices.Clip(w.types), placeType), windowParts)
		types := make([]dtype.Type, len(w.keys))
		for i, at := range w.keys {
			types[i] = w.types[at]
		}
		x.keys = newKeyBatch(newKeyLayout(types))
	default:
		x.sort = w.undivided().Worker(0)
	}
	x.disk = true
	for i, r := range x.runs {
		if err := x.move(ctx, r); err != nil {
			return err
		}
		x.runs[i] = windowRun{}
	}
	w.mem.Shrink(x.held)
	x.runs, x.held = nil, 0
	return nil
}

// undivided returns the sort of all rows for the first order.
func (w *window) undivided() *sortSink {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rows == nil {
		w.rows = w.newSort(w.calls[0], nil)
	}
	return w.rows
}

// move writes the rows of r to the parts of their keys, or to the sort.
func (x *windowWriter) move(ctx context.Context, r windowRun) error {
	row := r.first
	for i, b := range r.batches {
		places := make([]uint64, b.Len)
		for i := range places {
			places[i] = place(r.morsel, row+int64(i))
		}
		row += int64(b.Len)
		out := data.Batch{Len: b.Len, Morsel: r.morsel, Cols: append(slices.Clip(b.Cols), data.FlatColumn(placeType, places, nil))}
		r.batches[i] = nil
		back := min(x.held, 2*int64(b.Size()))
		x.held -= back
		x.w.mem.Shrink(back) // for the sort, which needs memory of its own
		var err error
		if x.sort != nil {
			err = x.sort.Write(ctx, &out)
		} else {
			err = x.divide(ctx, &out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// divide writes rows to the parts of their keys.
func (x *windowWriter) divide(ctx context.Context, b *data.Batch) error {
	keys := make([]*data.Column, len(x.w.keys))
	for i, at := range x.w.keys {
		keys[i] = b.Cols[at]
	}
	x.keys.set(keys, b.Len)
	x.part = sized(x.part, b.Len)
	for i, h := range x.keys.hash {
		x.part[i] = uint32(h >> 40 % windowParts)
	}
	return x.parts.Add(ctx, b, x.part)
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

// fromDisk moves what is left in memory to disk, computes the functions and sorts the results by the places of the rows.
func (w *window) fromDisk(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	if err := crew.Each(ctx, len(w.writers), func(ctx context.Context, _, i int) (err error) {
		x := w.writers[i]
		if err := x.spill(ctx); err != nil || x.parts == nil {
			return err
		}
		x.done, err = x.parts.Finish(ctx)
		return err
	}); err != nil {
		return nil, err
	}
	k := &sortKeys{exprs: &exprs{}, orders: make([]defs.Order, 1)}
	for _, at := range w.out {
		if at >= 0 {
			k.types = append(k.types, w.types[at])
		} else {
			k.types = append(k.types, w.calls[-2-at].win.Typ)
		}
	}
	k.out, k.at = len(k.types), []int{len(k.types)}
	k.types = append(k.types, placeType)
	back := w.keepSort(k)
	out := back.Worker(0)
	if w.rows != nil {
		if err := w.external(ctx, crew, w.rows, out); err != nil {
			return nil, err
		}
	} else {
		for p := range windowParts {
			if err := w.part(ctx, crew, p, out); err != nil {
				return nil, err
			}
		}
	}
	w.writers = nil
	back.lent = false
	return back.Finish(ctx, crew)
}

// part computes the functions for one part and hands the rows to out.
func (w *window) part(ctx context.Context, crew *exec.Crew, p int, out exec.Writer) error {
	bs, held, err := w.loadPart(ctx, p)
	if w.space.Refused(err) {
		w.mem.Shrink(held)
		rows := w.newSort(w.calls[0], nil)
		to := rows.Worker(0)
		if err := w.readPart(ctx, p, func(b *data.Batch) error { return to.Write(ctx, b) }); err != nil {
			return err
		}
		if err := w.removePart(p); err != nil {
			return err
		}
		return w.external(ctx, crew, rows, out)
	}
	defer func() { w.mem.Shrink(held) }()
	if err != nil {
		return err
	}
	if err := w.removePart(p); err != nil {
		return err
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

// loadPart reads a part and returns what it has reserved for it, also if there is not enough memory.
func (w *window) loadPart(ctx context.Context, p int) (bs []*data.Batch, held int64, err error) {
	err = w.readPart(ctx, p, func(b *data.Batch) error {
		b = b.Clone()
		size := 2*int64(b.Size()) + int64(b.Len)*winBytes*int64(len(w.calls))
		if err := w.mem.Grow(size); err != nil {
			return err
		}
		held += size
		bs = append(bs, b)
		return nil
	})
	return bs, held, err
}

// readPart hands the rows of a part, with their places, to fn.
func (w *window) readPart(ctx context.Context, p int, fn func(*data.Batch) error) error {
	for _, x := range w.writers {
		if x.done[p] == nil {
			continue
		}
		for rd := x.done[p].Reader(); ; {
			b, err := rd.Read(ctx)
			if err == io.EOF {
				break
			}
			if err == nil {
				err = fn(b)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// removePart frees the storage of a part.
func (w *window) removePart(p int) error {
	for _, x := range w.writers {
		if x.done[p] == nil {
			continue
		}
		if err := x.done[p].Remove(); err != nil {
			return err
		}
	}
	return nil
}
