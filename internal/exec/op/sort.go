package op

import (
	"context"
	"io"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) sort(n *phys.Sort) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	k, err := newSortKeys(n.Keys, n.Out, n.Input.Info().Out)
	if err != nil {
		return nil, err
	}
	s := &sortSink{k: k, lay: newSortLayout(k.types), slabs: b.slabs}
	s.mem, s.space = b.spillable(n.ID, "sort")
	b.plan.Closers = append(b.plan.Closers, s.release)
	return b.breaker(n, "sort", legs, s), nil
}

// sortKeys says where the output columns and keys of a sort are in the rows that it keeps: the output columns, then the keys that are not
// among them.
type sortKeys struct {
	exprs  *exprs
	types  []dtype.Type
	out    int   // output columns
	at     []int // by key: its column
	orders []defs.Order
}

func newSortKeys(keys []expr.SortKey, out, in []expr.Col) (*sortKeys, error) {
	k := &sortKeys{out: len(out)}
	var list []expr.Expr
	for _, c := range out {
		list = append(list, &expr.Ref{Col: c})
	}
	for _, key := range keys {
		at := -1
		if r, ok := key.Expr.(*expr.Ref); ok {
			at = position(out, r.Col.ID)
		}
		if at < 0 {
			at = len(list)
			list = append(list, key.Expr)
		}
		k.at, k.orders = append(k.at, at), append(k.orders, key.Order)
	}
	k.types = exprTypes(list)
	var err error
	k.exprs, err = compile(list, in)
	return k, err
}

// keys returns the key columns.
func (k *sortKeys) keys(cols []*data.Column) []*data.Column {
	out := make([]*data.Column, len(k.at))
	for i, at := range k.at {
		out[i] = cols[at]
	}
	return out
}

// sorted returns the rows in order.
func (k *sortKeys) sorted(ctx context.Context, crew *exec.Crew, cols []*data.Column, n int) ([]uint32, error) {
	rows, _, err := sortRows(ctx, crew, sortLevels(nil, k.keys(cols), k.orders, n), n)
	return rows, err
}

// joinBatches returns the columns of all batches as one Flat column each, and the number of rows.
func joinBatches(ctx context.Context, crew *exec.Crew, bs []*data.Batch) ([]*data.Column, int, error) {
	if len(bs) == 0 {
		return nil, 0, nil
	}
	n := 0
	for _, b := range bs {
		n += b.Len
	}
	cols := make([]*data.Column, len(bs[0].Cols))
	err := crew.Each(ctx, len(cols), func(_ context.Context, _, i int) error {
		parts := make([]*data.Column, len(bs))
		for k, b := range bs {
			parts[k] = b.Cols[i]
		}
		cols[i] = compute.Concat(nil, parts[0].Type, parts)
		return nil
	})
	return cols, n, err
}

// sortSink keeps all rows in worker-local stores and divides them by rank into parts that fit a cache. The parts are sorted by those who read them.
// A worker whose reservation is refused sorts what it has and writes it to disk as a run; then all rows end in runs, which are merged.
type sortSink struct {
	k     *sortKeys
	lay   *sortLayout
	slabs *mem.Slabs
	mem   *exec.Account
	space *spill.Space // nil: nothing may spill
	lent  bool         // mem belongs to another, who goes on to use it
	alone bool         // one worker reads the rows

	tight   sync.Mutex // held by the worker that has the last memory, see pass
	mu      sync.Mutex
	writers []*sortWriter
	runs    []*sortRun
	merging int64 // reserved for reading runs
	heap    int64 // bytes of a row besides its fixed part, as far as seen
	parts   *parts
}

// release frees what is left after an error.
func (s *sortSink) release() {
	for _, w := range s.writers {
		w.store.free()
	}
	if s.parts != nil {
		s.parts.free()
	}
	s.writers, s.parts = nil, nil
	s.mem.Shrink(s.merging)
	s.merging = 0
}

// Worker implements exec.Sink.
func (s *sortSink) Worker(i int) exec.Writer {
	w := &sortWriter{s: s, worker: i, exprs: s.k.exprs.worker(), store: &sortStore{lay: s.lay, slabs: s.slabs, mem: s.mem, extra: divideBytes(s.lay, s.space != nil)}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writers = append(s.writers, w)
	return w
}

// sortWriter is one worker's half of a sortSink.
type sortWriter struct {
	exec.PlainWriter
	s      *sortSink
	worker int
	exprs  *exprWorker
	in     data.Batch
	store  *sortStore
	runs   int // written so far
}

// Write implements exec.Writer.
func (w *sortWriter) Write(ctx context.Context, b *data.Batch) error {
	cols, err := w.exprs.eval(ctx, b)
	if err != nil {
		return err
	}
	w.in = data.Batch{Cols: cols, Len: b.Len, Morsel: b.Morsel}
	return w.add(ctx, &w.in)
}

// add stores rows, and writes to disk what the worker has when there is no memory for them. Those that do not even fit then, because other workers
// hold the memory, go to disk at once.
func (w *sortWriter) add(ctx context.Context, b *data.Batch) error {
	err := w.store.add(b, false)
	if !w.s.space.Refused(err) {
		return err
	}
	if w.store.rows > 0 {
		if err := w.spill(ctx); err != nil {
			return err
		}
		if err := w.store.add(b, false); !w.s.space.Refused(err) {
			return err
		}
	}
	w.s.tight.Lock()
	defer w.s.tight.Unlock()
	return w.pass(ctx, b)
}

// pass writes rows to disk with the memory that no one else may have, in as small pieces as it takes. Only one worker of a sort does so at a time and
// it keeps nothing, so that what there is serves any number of them.
func (w *sortWriter) pass(ctx context.Context, b *data.Batch) error {
	err := w.store.add(b, true)
	switch {
	case err == nil:
		return w.spill(ctx)
	case !w.s.space.Refused(err) || b.Len <= sortPieceMin:
		return err
	}
	half := b.Len / 2
	if err := w.pass(ctx, b.Slice(0, half)); err != nil {
		return err
	}
	return w.pass(ctx, b.Slice(half, b.Len))
}

// sortPieceMin is how many rows there must be memory for.
const sortPieceMin = 16

// Combine implements exec.Writer.
func (w *sortWriter) Combine(context.Context) error { return nil }

// Finish implements exec.Sink.
func (s *sortSink) Finish(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	if len(s.runs) > 0 {
		return s.merge(ctx, crew)
	}
	var stores []*sortStore
	for _, w := range s.writers {
		if w.store.rows > 0 {
			stores = append(stores, w.store)
		}
	}
	if len(stores) == 0 {
		return &chunks{done: s.close}, nil
	}
	var err error
	if s.parts, err = divide(ctx, crew, stores, s.k, false); err != nil {
		return nil, err
	}
	return &sortedParts{s: s}, nil
}

// close releases everything when the rows have been read.
func (s *sortSink) close() {
	s.release()
	if !s.lent {
		s.mem.Close()
	}
}

// sortedParts is a Source over the parts of a sort; its tasks are their numbers.
type sortedParts struct {
	s  *sortSink
	at int
}

// Open implements exec.Source.
func (p *sortedParts) Open(context.Context) error { return nil }

// Next implements exec.Source.
func (p *sortedParts) Next(context.Context) (exec.Task, error) {
	if p.s.parts == nil || p.at == len(p.s.parts.start)-1 {
		return nil, io.EOF
	}
	p.at++
	return p.at - 1, nil
}

// Worker implements exec.Source.
func (p *sortedParts) Worker(int) exec.Reader {
	return &partReader{parts: p.s.parts, sort: partSorter{k: p.s.k}}
}

// Close implements exec.Source.
func (p *sortedParts) Close() error {
	p.s.close()
	return nil
}

type partReader struct {
	parts *parts
	sort  partSorter
	at    int
}

// Start implements exec.Reader.
func (r *partReader) Start(_ context.Context, t exec.Task) error {
	r.at = 0
	r.sort.part(r.parts, t.(int))
	return nil
}

// Read implements exec.Reader.
func (r *partReader) Read(context.Context) (*data.Batch, error) {
	if r.at == len(r.sort.rows) {
		return nil, io.EOF
	}
	lo := r.at
	r.at = min(lo+data.BatchRows, len(r.sort.rows))
	return r.sort.batch(lo, r.at, r.sort.k.out), nil
}

// Close implements exec.Reader.
func (r *partReader) Close() error { return nil }

// partSorter sorts columns that fit a cache. Its memory is used again by the next sort.
type partSorter struct {
	k       *sortKeys
	cols    []*data.Column
	rows    []uint32 // in order
	sorter  sorter
	scratch compute.Scratch // of the columns and the sort
	picked  compute.Scratch // of the last batch
}

// part sorts part i.
func (p *partSorter) part(x *parts, i int) {
	p.scratch.Reset()
	cols := x.columns(&p.scratch, i)
	if x.morsel != nil {
		c := compute.Flat(&p.scratch, dtype.Of(dtype.Uint64), x.morsel[x.start[i]:x.start[i+1]], nil)
		cols = append(cols, c)
	}
	p.sort(cols, x.rows(i), nil)
}

// sort orders n rows of cols by the keys and, if not nil, by the words of last; equal rows keep their order. Memory of cols may be in scratch.
func (p *partSorter) sort(cols []*data.Column, n int, last []uint64) {
	p.cols = cols
	p.rows = sized(p.rows, n)
	kern.SelIota(p.rows, 0)
	p.sorter.levels = sortLevels(&p.scratch, p.k.keys(cols), p.k.orders, n)
	if last != nil {
		p.sorter.levels = append(p.sorter.levels, level{words: last, width: 64})
	}
	p.sorter.sort(p.rows, 0)
}

// keep takes n rows of cols that are in order.
func (p *partSorter) keep(cols []*data.Column, n int) {
	p.cols, p.rows = cols, sized(p.rows, n)
	kern.SelIota(p.rows, 0)
}

// batch returns rows [lo, hi) of the order, of the first columns. It is valid until the next call.
func (p *partSorter) batch(lo, hi, columns int) *data.Batch {
	p.picked.Reset()
	b := p.picked.Batch(columns, hi-lo, 0)
	for i, c := range p.cols[:columns] {
		b.Cols[i] = compute.Gather(&p.picked, c, p.rows[lo:hi])
	}
	return b
}
