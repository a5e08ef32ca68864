package exec

import (
	"context"
	"sort"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// Collect is a Sink that keeps all rows in memory, in the order of the source. Small batches of one morsel are put together, and columns become
// Flat.
type Collect struct {
	types []dtype.Type
	mem   *Account
	mu    sync.Mutex
	runs  []run
}

// run is the batches of one morsel.
type run struct {
	morsel  uint64
	batches []*data.Batch
}

// NewCollect returns a Collect for columns of the types, which reserves its rows from mem.
func NewCollect(types []dtype.Type, mem *Account) *Collect { return &Collect{types: types, mem: mem} }

// Batches returns the rows after the pipeline has ended. They stay valid, and stay reserved until the account is closed.
func (c *Collect) Batches() []*data.Batch {
	var out []*data.Batch
	for _, r := range c.runs {
		out = append(out, r.batches...)
	}
	return out
}

// Worker implements Sink.
func (c *Collect) Worker(int) Writer { return &collectWriter{c: c, keep: NewKeeper(c.types, c.mem)} }

// Finish implements Sink.
func (c *Collect) Finish(context.Context, *Crew) (Source, error) {
	sort.Slice(c.runs, func(i, j int) bool { return c.runs[i].morsel < c.runs[j].morsel })
	return nil, nil
}

type collectWriter struct {
	c    *Collect
	keep *Keeper
	runs []run
}

// Write implements Writer.
func (w *collectWriter) Write(_ context.Context, b *data.Batch) error { return w.keep.Add(b, nil) }

// Flush implements Writer.
func (w *collectWriter) Flush(_ context.Context, morsel uint64) error {
	bs, err := w.keep.Take()
	if len(bs) > 0 {
		w.runs = append(w.runs, run{morsel, bs})
	}
	return err
}

// Combine implements Writer.
func (w *collectWriter) Combine(context.Context) error {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	w.c.runs = append(w.c.runs, w.runs...)
	return nil
}

// Keeper copies rows into batches of its own, full ones as far as there are rows, and reserves their memory.
type Keeper struct {
	types []dtype.Type
	mem   *Account
	cols  []*data.Builder
	full  []*data.Batch
	rows  int
}

// NewKeeper returns a Keeper for columns of the types.
func NewKeeper(types []dtype.Type, mem *Account) *Keeper { return &Keeper{types: types, mem: mem} }

// Add copies the given rows of b, or all if rows is nil.
func (k *Keeper) Add(b *data.Batch, rows []uint32) error {
	n := b.Len
	if rows != nil {
		n = len(rows)
	}
	if n == 0 {
		return nil
	}
	if k.rows > 0 && k.rows+n > data.BatchRows {
		if err := k.cut(); err != nil {
			return err
		}
	}
	if k.cols == nil {
		k.cols = make([]*data.Builder, len(k.types))
		for i, t := range k.types {
			k.cols[i] = data.NewBuilder(t, n)
		}
	}
	for i, c := range k.cols {
		c.AppendColumn(b.Cols[i], rows)
	}
	k.rows += n
	return nil
}

// cut turns the rows in the builders into a batch.
func (k *Keeper) cut() error {
	if k.rows == 0 {
		return nil
	}
	b := &data.Batch{Len: k.rows, Cols: make([]*data.Column, len(k.cols))}
	for i, c := range k.cols {
		b.Cols[i] = c.Build()
	}
	k.rows, k.cols = 0, nil
	k.full = append(k.full, b)
	return k.mem.Grow(int64(b.Size()))
}

// TakeFull returns the batches that get no more rows, and keeps the others.
func (k *Keeper) TakeFull() []*data.Batch {
	full := k.full
	k.full = nil
	return full
}

// Open is about how many bytes the rows take that are in no full batch yet.
func (k *Keeper) Open() int {
	n := 0
	for _, c := range k.cols {
		n += c.Size()
	}
	return n
}

// Take returns the batches so far and leaves the keeper empty.
func (k *Keeper) Take() ([]*data.Batch, error) {
	err := k.cut()
	full := k.full
	k.full = nil
	return full, err
}
