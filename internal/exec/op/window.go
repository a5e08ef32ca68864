package op

import (
	"context"
	"sort"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/sig"
)

func (b *builder) window(n *phys.Window) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	in := n.Input.Info().Out
	w := &window{slabs: b.slabs}
	w.mem, w.space = b.spillable(n.ID, "window")
	list := &exprList{}
	for _, c := range n.Out {
		at := -1
		for i, it := range n.Items {
			if it.Col.ID == c.ID {
				at = -2 - i
			}
		}
		if at == -1 {
			at = list.add(&expr.Ref{Col: c})
		}
		w.out = append(w.out, at)
	}
	for _, it := range n.Items {
		c, err := newWinCall(&it.Win, list)
		if err != nil {
			return nil, err
		}
		w.calls = append(w.calls, c)
	}
	e, err := compile(list.exprs, in)
	if err != nil {
		return nil, err
	}
	legs = b.stage(n, legs, &project{e})
	w.types = exprTypes(list.exprs)
	w.common()
	w.top = w.newWinTop(n.Top, w.mem.Limit()/int64(16*b.threads))
	b.plan.Closers = append(b.plan.Closers, w.release)
	return b.breaker(n, "window", legs, w), nil
}

// exprList is expressions without repetition.
type exprList struct {
	exprs []expr.Expr
	at    map[string]int
}

// add returns the position of e, which is added unless it is there.
func (l *exprList) add(e expr.Expr) int {
	if l.at == nil {
		l.at = map[string]int{}
	}
	text := expr.Format(e)
	if i, ok := l.at[text]; ok {
		return i
	}
	l.at[text] = len(l.exprs)
	l.exprs = append(l.exprs, e)
	return len(l.exprs) - 1
}

func (l *exprList) addAll(list []expr.Expr) (out []int) {
	for _, e := range list {
		out = append(out, l.add(e))
	}
	return out
}

// winCall is one window function; the numbers are columns of the collected rows.
type winCall struct {
	win       *expr.Win
	spec      *aggSpec // for aggregates
	args      []int
	partition []int
	order     []int
	filter    int // or -1
	start     int // frame offsets, or -1
	end       int
}

func newWinCall(w *expr.Win, list *exprList) (*winCall, error) {
	c := &winCall{win: w, filter: -1, start: -1, end: -1}
	if w.Fn.Kind == sig.Aggregate {
		spec, err := newSpec(&expr.Agg{Fn: w.Fn, Args: w.Args, Distinct: w.Distinct, Typ: w.Typ})
		if err != nil {
			return nil, err
		}
		c.spec, c.args = spec, list.addAll(spec.exprs)
	} else {
		c.args = list.addAll(w.Args)
	}
	c.partition = list.addAll(w.Partition)
	for _, k := range w.Order {
		c.order = append(c.order, list.add(k.Expr))
	}
	if w.Filter != nil {
		c.filter = list.add(w.Filter)
	}
	if w.Frame.Start.Offset != nil {
		c.start = list.add(w.Frame.Start.Offset)
	}
	if w.Frame.End.Offset != nil {
		c.end = list.add(w.Frame.End.Offset)
	}
	return c, nil
}

// frame returns the frame, with SQL's default for one that was not set.
func (c *winCall) frame() expr.Frame {
	f := c.win.Frame
	if f.Start.Kind == defs.UnboundedPreceding && f.End.Kind == defs.UnboundedPreceding && f.End.Offset == nil {
		f.Unit, f.End.Kind = defs.FrameRange, defs.CurrentRow
		if len(c.order) == 0 {
			f.End.Kind = defs.UnboundedFollowing
		}
	}
	return f
}

// window collects all rows, orders them once for each different PARTITION BY and ORDER BY, and computes the functions along that order. The rows
// leave in input order.
//
// A worker whose reservation is refused divides its rows by the hash of the columns that all functions partition by; then all rows go to disk, one
// division after the other is computed, and a sort puts the results back in input order. Rows that cannot be divided, or not finely enough, are
// sorted on disk instead (winsorts.go).
type window struct {
	types []dtype.Type
	mem   *exec.Account
	space *spill.Space // nil: nothing may spill
	slabs *mem.Slabs
	calls []*winCall
	out   []int // by output column: a collected column, or -2 - call
	keys  []int // collected columns that all functions partition by
	top   *winTop

	mu      sync.Mutex
	writers []*windowWriter
	rows    *sortSink   // for the first order, if rows that cannot be divided are on disk
	sorts   []*sortSink // all there were
}

// winBytes is the memory of a window function for a row: orders, frames, results.
const winBytes = 64

// Finish implements exec.Sink.
func (w *window) Finish(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	kept := int64(0)
	for _, x := range w.writers {
		if x.disk {
			return w.fromDisk(ctx, crew)
		}
		for _, r := range x.runs {
			kept += r.rows
		}
	}
	if err := w.mem.Insist(kept * winBytes * int64(len(w.calls))); w.space.Refused(err) {
		return w.fromDisk(ctx, crew)
	} else if err != nil {
		return nil, err
	}
	var runs []windowRun
	for _, x := range w.writers {
		runs = append(runs, x.runs...)
	}
	sort.Slice(runs, func(i, j int) bool {
		a, b := &runs[i], &runs[j]
		return a.morsel < b.morsel || a.morsel == b.morsel && a.first < b.first
	})
	var bs []*data.Batch
	for _, r := range runs {
		bs = append(bs, r.batches...)
	}
	w.writers = nil
	cols, n, err := joinBatches(ctx, crew, bs)
	if err != nil {
		return nil, err
	}
	src := &chunks{done: w.mem.Close}
	if n == 0 {
		return src, nil
	}
	out := chunk{n: n}
	if out.cols, err = w.compute(ctx, crew, cols, n); err != nil {
		return nil, err
	}
	src.add(out)
	return src, nil
}

// compute returns the output columns for n rows in input order.
func (w *window) compute(ctx context.Context, crew *exec.Crew, cols []*data.Column, n int) ([]*data.Column, error) {
	orders := make([]*winOrder, len(w.calls))
	for i, c := range w.calls {
		for j := range i {
			if sameOrder(c, w.calls[j]) {
				orders[i] = orders[j]
			}
		}
		if orders[i] == nil {
			var err error
			if orders[i], err = newWinOrder(ctx, crew, c, cols, n); err != nil {
				return nil, err
			}
		}
	}
	results := make([]*data.Column, len(w.calls))
	if err := crew.Each(ctx, len(w.calls), func(ctx context.Context, _, i int) (err error) {
		r := winRun{call: w.calls[i], winRows: &winRows{o: orders[i], cols: cols, n: n}}
		results[i], err = r.compute(ctx)
		return err
	}); err != nil {
		return nil, err
	}
	var out []*data.Column
	for _, at := range w.out {
		if at >= 0 {
			out = append(out, cols[at])
		} else {
			out = append(out, results[-2-at])
		}
	}
	return out, nil
}

func sameOrder(a, b *winCall) bool {
	if len(a.partition) != len(b.partition) || len(a.order) != len(b.order) {
		return false
	}
	for i := range a.partition {
		if a.partition[i] != b.partition[i] {
			return false
		}
	}
	for i := range a.order {
		if a.order[i] != b.order[i] || a.win.Order[i].Order != b.win.Order[i].Order {
			return false
		}
	}
	return true
}

// typesOf returns the types of columns.
func typesOf(cols []*data.Column) []dtype.Type {
	out := make([]dtype.Type, len(cols))
	for i, c := range cols {
		out[i] = c.Type
	}
	return out
}
