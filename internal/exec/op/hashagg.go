package op

import (
	"context"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) hashAgg(n *phys.HashAgg) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	if distinctOnly(n) {
		return b.distinctAgg(n, legs)
	}
	a := &hashAgg{mem: b.account(n.ID, "aggregate"), ordered: n.Ordered, keys: len(n.Keys), placeCol: -1}
	list := itemExprs(n.Keys)
	add := func(x expr.Expr) int { list = append(list, x); return len(list) - 1 }
	for i := range n.Aggs {
		g := &n.Aggs[i].Agg
		spec, err := newSpec(g)
		if err != nil {
			return nil, err
		}
		c := aggCall{spec: spec, filter: -1}
		for _, x := range spec.exprs {
			c.args = append(c.args, add(x))
		}
		for _, k := range g.Order {
			c.order = append(c.order, add(k.Expr))
		}
		if g.Filter != nil {
			c.filter = add(g.Filter)
		}
		a.calls = append(a.calls, c)
	}
	if a.exprs, err = compile(list, n.Input.Info().Out); err != nil {
		return nil, err
	}
	a.setup(n)
	return b.breaker(n, "aggregate", legs, a), nil
}

// setup lays out the grouping sets; without Sets there is one of all keys.
func (a *hashAgg) setup(n *phys.HashAgg) {
	for _, k := range n.Keys {
		a.keyTypes = append(a.keyTypes, k.Expr.Type())
	}
	sets := n.Sets
	if sets == nil {
		all := make([]int, len(n.Keys))
		for i := range all {
			all[i] = i
		}
		sets = [][]int{all}
	}
	for _, s := range sets {
		var t []dtype.Type
		for _, k := range s {
			t = append(t, a.keyTypes[k])
		}
		a.sets = append(a.sets, &aggSet{keys: s, lay: newKeyLayout(t)})
	}
}

// hashAgg is the sink of an aggregate. Each worker has a table of bounded size for each grouping set, with one state per aggregate. A table that is
// full becomes a run: its groups ordered by hash partition. At the end each partition of all runs is merged on its own, by any worker.
type hashAgg struct {
	mem      *exec.Account
	exprs    *exprs // keys, then what the calls refer to
	keys     int
	keyTypes []dtype.Type
	calls    []aggCall
	sets     []*aggSet
	ordered  bool
	placeCol int          // position in exprs of the places of the rows, or -1: they are counted
	places   bool         // the places of the groups are put out as a last column
	after    func(*chunk) // changes the merged groups before they are ordered, or nil
}

// aggCall is one aggregate; the numbers are positions in hashAgg.exprs.
type aggCall struct {
	spec   *aggSpec
	args   []int
	order  []int
	filter int // or -1
}

// aggSet is the shared part of one grouping set.
type aggSet struct {
	keys []int // positions of keys
	lay  *keyLayout
	mu   sync.Mutex
	done []*aggCore // of the workers that have combined
}

// newStates returns empty states for all calls.
func (a *hashAgg) newStates() []state {
	out := make([]state, len(a.calls))
	for i := range a.calls {
		out[i] = a.newState(i)
	}
	return out
}

// newState returns an empty state for call i.
func (a *hashAgg) newState(i int) state {
	s, err := a.calls[i].spec.newState()
	if err != nil {
		bug.Panicf("a state that was made before cannot be made: %v", err)
	}
	return s
}

// Worker implements exec.Sink.
func (a *hashAgg) Worker(int) exec.Writer {
	w := &aggWriter{a: a, exprs: a.exprs.worker(), rows: make([]aggRows, len(a.calls)), keep: make([][]uint32, len(a.calls))}
	for _, s := range a.sets {
		w.cores = append(w.cores, newAggCore(a, s))
	}
	return w
}

// aggWriter is one worker's part.
type aggWriter struct {
	exec.PlainWriter
	a       *hashAgg
	exprs   *exprWorker
	cores   []*aggCore
	morsel  uint64
	row     int64
	scratch compute.Scratch
	rows    []aggRows
	keep    [][]uint32 // by call: the rows that pass its filter, or nil
	keys    []*data.Column
	places  []uint64 // of the batch's rows, if they come with them
	held    int64
}

// Write implements exec.Writer.
func (w *aggWriter) Write(ctx context.Context, b *data.Batch) error {
	if b.Morsel != w.morsel {
		w.morsel, w.row = b.Morsel, 0
	}
	first := place(w.morsel, w.row)
	w.row += int64(b.Len)
	cols, err := w.exprs.eval(ctx, b)
	if err != nil {
		return err
	}
	w.scratch.Reset()
	w.places = nil
	if w.a.placeCol >= 0 {
		w.places = data.Slice[uint64](cols[w.a.placeCol])
	}
	for i := range w.a.calls {
		w.prepare(i, cols, b.Len, first)
	}
	size := int64(0)
	for i, c := range w.cores {
		w.keys = w.keys[:0]
		for _, k := range w.a.sets[i].keys {
			w.keys = append(w.keys, cols[k])
		}
		if err := c.add(w, w.keys, b.Len, first); err != nil {
			return err
		}
		size += c.bytes()
	}
	return w.a.mem.Set(&w.held, size)
}

// prepare readies the rows of one call: Flat arguments of the rows that pass its filter.
func (w *aggWriter) prepare(i int, cols []*data.Column, n int, first uint64) {
	c, r := &w.a.calls[i], &w.rows[i]
	*r = aggRows{args: r.args[:0], order: r.order[:0], n: n, first: first, places: w.places, scratch: &w.scratch}
	w.keep[i] = nil
	if c.filter >= 0 {
		rows := compute.Make[uint32](&w.scratch, n)
		rows = rows[:kern.SelFromBits(rows, compute.Truth(&w.scratch, cols[c.filter]), n)]
		r.n, r.rows, r.filtered, w.keep[i] = len(rows), rows, true, rows
	}
	flat := func(at int) *data.Column {
		x := compute.Flatten(&w.scratch, cols[at])
		if r.filtered {
			x = compute.Gather(&w.scratch, x, r.rows)
		}
		return x
	}
	for _, at := range c.args {
		r.args = append(r.args, flat(at))
	}
	for _, at := range c.order {
		r.order = append(r.order, flat(at))
	}
}

// Combine implements exec.Writer.
func (w *aggWriter) Combine(context.Context) error {
	for i, c := range w.cores {
		s := w.a.sets[i]
		s.mu.Lock()
		s.done = append(s.done, c)
		s.mu.Unlock()
	}
	return nil
}
