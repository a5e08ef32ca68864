package op

import (
	"context"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/spi"
)

func (b *builder) topN(n *phys.TopN) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	k, err := newSortKeys(n.Keys, n.Out, n.Input.Info().Out)
	if err != nil {
		return nil, err
	}
	s := &topSink{k: k, n: int(min(n.N, 1<<31-1)), bounds: n.Bounds}
	s.mem, s.space = b.spillable(n.ID, "top-n")
	s.bound.Store(^uint64(0))
	s.all = &sortSink{k: k.placed(), slabs: b.slabs, mem: s.mem, space: s.space, alone: true}
	s.all.lay = newSortLayout(s.all.k.types)
	b.plan.Closers = append(b.plan.Closers, s.all.release)
	out := b.breaker(n, "top-n", legs, s)
	if s.space != nil {
		first := &sequence{mem: b.account(n.ID, "top-n"), most: int64(s.n), place: func() placer {
			return func(start int64, b *data.Batch, emit exec.Emit) error { return cut(0, int64(s.n), start, b, emit) }
		}}
		out[0] = out[0].With(exec.Stage{Node: exec.NoNode, Transform: first})
	}
	return out, nil
}

// placed returns the keys for rows with their places as a last column, by which equal rows are ordered.
func (k *sortKeys) placed() *sortKeys {
	place := len(k.types)
	p := &sortKeys{exprs: &exprs{}, types: append(slices.Clip(k.types), placeType), out: k.out}
	p.at, p.orders = append(slices.Clip(k.at), place), append(slices.Clip(k.orders), defs.Order{})
	for i := range p.types {
		p.exprs.refs = append(p.exprs.refs, i)
	}
	return p
}

// topSink keeps the first n rows of an order. Each worker buffers rows and now and then cuts its buffer down to its best n; the worst of those is
// a bound that all workers share: a row whose first key is above it is dropped at once. When a worker is refused memory, what is below the bound is
// sorted on disk, and the first n rows are taken of that.
type topSink struct {
	k      *sortKeys
	mem    *exec.Account
	space  *spill.Space // nil: nothing may spill
	all    *sortSink    // of all rows, once there is no memory
	falls  atomic.Bool  // there are rows in all
	n      int
	bound  atomic.Uint64 // word of the first key, see firstWords
	bounds []phys.TopBound
	mu     sync.Mutex
	done   []*topWriter
}

// Worker implements exec.Sink.
func (s *topSink) Worker(int) exec.Writer {
	return &topWriter{s: s, exprs: s.k.exprs.worker(), keep: exec.NewKeeper(s.k.types, nil), full: max(s.n, topFirst)}
}

// The first cut comes early, since all that a scan reads before it hears of a bound may be in vain. Later ones come when the buffer has grown by as
// much again, but not for a few rows.
const (
	topFirst = 16
	topMore  = 256
)

// topWriter is one worker's buffer; its rows are in input order.
type topWriter struct {
	exec.PlainWriter
	s      *topSink
	exprs  *exprWorker
	keep   *exec.Keeper
	copied int // rows in keep
	bs     []*data.Batch
	held   int64
	sort   exec.Writer // takes all rows instead, once memory was refused
	rows   int
	full   int // rows at which to cut
	places []uint64
	morsel uint64
	row    int64
	out    data.Batch
	words  []uint64
	sel    []uint32
}

// Write implements exec.Writer.
func (w *topWriter) Write(ctx context.Context, b *data.Batch) error {
	if b.Morsel != w.morsel {
		w.morsel, w.row = b.Morsel, 0
	}
	first := place(w.morsel, w.row)
	w.row += int64(b.Len)
	if w.s.n == 0 {
		return exec.Stop
	}
	cols, err := w.exprs.eval(ctx, b)
	if err != nil {
		return err
	}
	w.sel = sized(w.sel, b.Len)
	rows := w.within(cols, b.Len)
	if len(rows) == 0 {
		return nil
	}
	w.out = data.Batch{Cols: cols, Len: b.Len}
	if err := w.keep.Add(&w.out, rows); err != nil {
		return err
	}
	for _, r := range rows {
		w.places = append(w.places, first+uint64(r))
	}
	w.rows += len(rows)
	w.copied += len(rows)
	if w.copied >= data.BatchRows || w.sort == nil && w.rows >= w.full {
		if err := w.take(ctx); err != nil {
			return err
		}
	}
	if w.sort == nil && w.rows >= w.full {
		return w.cut(ctx)
	}
	return nil
}

// take reserves the copied rows, or hands all rows to the sort.
func (w *topWriter) take(ctx context.Context) error {
	bs, err := w.keep.Take()
	if err != nil {
		return err
	}
	w.copied = 0
	w.bs = append(w.bs, bs...)
	if w.sort != nil {
		return w.hand(ctx)
	}
	size := int64(0)
	for _, b := range bs {
		size += 2 * int64(b.Size()) // they are put together
	}
	err = w.s.mem.Grow(size)
	if err == nil {
		w.held += size
		return nil
	}
	if !w.s.space.Refused(err) {
		return err
	}
	return w.fall(ctx)
}

// fall hands all rows to the sort, now and from now on.
func (w *topWriter) fall(ctx context.Context) error {
	w.s.falls.Store(true)
	w.sort = w.s.all.Worker(0)
	return w.hand(ctx)
}

// hand moves the buffered rows to the sort.
func (w *topWriter) hand(ctx context.Context) error {
	places := w.places
	for i, b := range w.bs {
		back := min(w.held, 2*int64(b.Size()))
		w.held -= back
		w.s.mem.Shrink(back)
		out := data.Batch{Len: b.Len, Cols: append(slices.Clip(b.Cols), data.FlatColumn(placeType, slices.Clone(places[:b.Len]), nil))}
		places, w.bs[i] = places[b.Len:], nil
		if err := w.sort.Write(ctx, &out); err != nil {
			return err
		}
	}
	w.bs, w.places, w.rows = nil, w.places[:0], 0
	w.s.mem.Shrink(w.held)
	w.held = 0
	return nil
}

// within returns the rows whose first key is not above the bound.
func (w *topWriter) within(cols []*data.Column, n int) []uint32 {
	bound := w.s.bound.Load()
	if bound == ^uint64(0) || len(w.s.k.at) == 0 {
		kern.SelIota(w.sel[:n], 0)
		return w.sel[:n]
	}
	c := cols[w.s.k.at[0]]
	w.words = sized(w.words, n)
	firstWords(w.words, compute.Flatten(nil, c), w.s.k.orders[0])
	m := 0
	for i, x := range w.words {
		w.sel[m] = uint32(i)
		if x <= bound {
			m++
		}
	}
	return w.sel[:m]
}

// cut keeps the best n rows of the buffer and lowers the bound.
func (w *topWriter) cut(ctx context.Context) error {
	crew := &exec.Crew{Threads: 1}
	cols, n, err := joinBatches(ctx, crew, w.bs)
	if err != nil {
		return err
	}
	rows, err := w.s.k.sorted(ctx, crew, cols, n)
	if err != nil {
		return err
	}
	if len(rows) >= w.s.n {
		rows = rows[:w.s.n]
		w.lower(cols, rows[w.s.n-1])
	}
	w.full = 2*len(rows) + topMore
	sort.Slice(rows, func(a, b int) bool { return rows[a] < rows[b] })
	w.places = arranged(w.places, rows)
	w.rows = len(rows)
	for lo := 0; lo < len(rows); lo += data.BatchRows {
		part := rows[lo:min(lo+data.BatchRows, len(rows))]
		if err := w.keep.Add(&data.Batch{Cols: cols, Len: n}, part); err != nil {
			return err
		}
	}
	w.bs = nil
	w.s.mem.Shrink(w.held)
	w.held = 0
	return w.take(ctx)
}

// lower makes the first key of row the bound, if it is lower.
func (w *topWriter) lower(cols []*data.Column, row uint32) {
	if len(w.s.k.at) == 0 {
		return
	}
	var word [1]uint64
	key := cols[w.s.k.at[0]]
	firstWords(word[:], key.Slice(int(row), int(row)+1), w.s.k.orders[0])
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if word[0] >= w.s.bound.Load() {
		return
	}
	w.s.bound.Store(word[0])
	if key.IsNull(int(row)) {
		return // of nulls first there are enough; what a scan makes of it would save little
	}
	for _, b := range w.s.bounds {
		b.Slot.Tighten([]spi.Pred{w.s.within(b.Col, key.Value(int(row)))})
	}
}

// within is the predicate of rows whose first key is not past v.
func (s *topSink) within(col int, v data.Scalar) spi.Pred {
	o := s.k.orders[0]
	p := spi.Pred{Op: spi.PredLe, Col: col, Values: []data.Scalar{v}}
	if o.Desc {
		p.Op = spi.PredGe
	}
	if o.NullsFirst {
		p = spi.Pred{Op: spi.PredOr, Kids: []spi.Pred{p, {Op: spi.PredIsNull, Col: col}}}
	}
	return p
}

// Combine implements exec.Writer.
func (w *topWriter) Combine(context.Context) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.done = append(w.s.done, w)
	return nil
}

// Finish implements exec.Sink.
func (s *topSink) Finish(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	for _, w := range s.done {
		if err := w.take(ctx); err != nil {
			return nil, err
		}
	}
	if s.falls.Load() {
		for _, w := range s.done {
			if w.sort != nil {
				continue
			}
			if err := w.fall(ctx); err != nil {
				return nil, err
			}
		}
		s.done = nil
		return s.all.Finish(ctx, crew)
	}
	var list []chunk
	for _, w := range s.done {
		cols, n, err := joinBatches(ctx, crew, w.bs)
		if err != nil {
			return nil, err
		}
		list = append(list, chunk{cols: cols, n: n, first: w.places})
	}
	s.done = nil
	out := &chunks{done: s.mem.Close}
	all := inOrder(list)
	if all.n == 0 {
		return out, nil
	}
	if all.rows != nil {
		for i, c := range all.cols {
			all.cols[i] = compute.Flatten(nil, compute.Gather(nil, c, all.rows))
		}
	}
	rows, err := s.k.sorted(ctx, crew, all.cols, all.n)
	if err != nil {
		return nil, err
	}
	rows = rows[:min(len(rows), s.n)]
	out.add(chunk{cols: all.cols[:s.k.out], n: len(rows), rows: rows})
	return out, nil
}
