package eval

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/kern"
)

// FilterProgram is compiled conditions that must all be true. It is immutable and safe for concurrent use through Workers.
type FilterProgram struct{ p *Program }

// CompileFilter prepares conditions for batches with the columns in. Conjunctions are taken apart. See Compile for the error.
func CompileFilter(conds []expr.Expr, in []expr.Col) (*FilterProgram, error) {
	var list []expr.Expr
	for _, c := range conds {
		list = append(list, expr.Conjuncts(c)...)
	}
	p, err := Compile(list, in)
	if err != nil {
		return nil, err
	}
	return &FilterProgram{p}, nil
}

// measureEvery is how many batches lie between measurements of the conditions.
const measureEvery = 64

// FilterWorker evaluates the conditions for one goroutine, each for the rows that are left. It measures what they cost and keep, and tries the
// one first that removes most rows for its cost. One that may fail never moves before one that stood before it.
type FilterWorker struct {
	w       *Worker
	order   []int // positions of conditions
	stats   []condStats
	batches int
}

// condStats are decaying averages.
type condStats struct {
	nanos float64 // a row
	keeps float64 // share of the rows
	seen  bool
}

// Worker returns a new worker.
func (f *FilterProgram) Worker() *FilterWorker {
	w := &FilterWorker{w: f.p.Worker(), stats: make([]condStats, len(f.p.roots))}
	for i := range f.p.roots {
		w.order = append(w.order, i)
		w.stats[i] = condStats{nanos: float64(w.node(i).cost), keeps: 0.5}
	}
	return w
}

func (w *FilterWorker) node(cond int) *node { return &w.w.p.nodes[w.w.p.roots[cond]] }

// Select returns the rows of b for which all conditions are true, ascending, or all as true if every row is; rows is then nil. The rows are
// borrowed until the next call. For the error, see Worker.Eval.
func (w *FilterWorker) Select(ctx context.Context, b *data.Batch) (rows []uint32, all bool, err error) {
	w.w.begin(ctx, b)
	if len(w.order) > 1 && b.Len > 0 && w.batches%measureEvery == 0 {
		if err := w.measure(); err != nil {
			return nil, false, outward(err)
		}
		w.reorder()
	}
	w.batches++
	root := w.w.root
	all = true
	for _, c := range w.order {
		n := b.Len
		if !all {
			n = len(rows)
		}
		if n == 0 {
			break
		}
		if rows, all, err = root.narrow(w.w.p.roots[c], rows, all); err != nil {
			return nil, false, outward(err)
		}
	}
	if b.Len == 0 {
		return nil, true, nil
	}
	return rows, all, nil
}

// narrow evaluates a condition for the rows, or for all, and returns those where it is true.
func (f *frame) narrow(id int, rows []uint32, all bool) ([]uint32, bool, error) {
	s := &f.w.scratch
	if all {
		c, err := f.eval(id)
		if err != nil {
			return nil, false, err
		}
		truth := compute.Truth(s, c)
		if kern.AllBits(truth, f.n) {
			return nil, true, nil
		}
		return f.rowsOf(truth), false, nil
	}
	n := &f.w.p.nodes[id]
	// A cheap condition runs faster over all rows than over picked ones, unless these are few.
	if !n.fallible && !n.private && (f.vals[id] != nil || n.cost <= costly && len(rows)*4 > f.n) {
		c, err := f.eval(id)
		if err != nil {
			return nil, false, err
		}
		dst := compute.Make[uint32](s, len(rows))
		return dst[:kern.SelFilter(dst, rows, compute.Truth(s, c))], false, nil
	}
	c, err := f.on(id, rows)
	if err != nil {
		return nil, false, err
	}
	yes, _ := f.split(c, rows)
	return yes, false, nil
}

// measure evaluates every condition that cannot fail for all rows of the batch, so that its share does not depend on those before it. The
// values are kept for the selection itself. Conditions that may fail keep their guess.
func (w *FilterWorker) measure() error {
	f := w.w.root
	for c, id := range w.w.p.roots {
		if n := w.node(c); n.fallible || n.private {
			continue
		}
		start := time.Now()
		v, err := f.eval(id)
		if err != nil {
			return err
		}
		kept := kern.CountBits(compute.Truth(&w.w.scratch, v), f.n)
		w.stats[c].note(float64(time.Since(start).Nanoseconds())/float64(f.n), float64(kept)/float64(f.n))
	}
	return nil
}

// note averages a new measurement in; the first one replaces the guess.
func (s *condStats) note(nanos, keeps float64) {
	if !s.seen {
		*s = condStats{nanos, keeps, true}
		return
	}
	s.nanos += (nanos - s.nanos) / 4
	s.keeps += (keeps - s.keeps) / 4
}

// rank is the cost of removing a row.
func (s *condStats) rank() float64 { return s.nanos / max(1-s.keeps, 1e-6) }

// reorder takes the condition of the lowest rank again and again. One that may fail is taken only when all that stood before it are done.
func (w *FilterWorker) reorder() {
	left := make([]int, len(w.order))
	for i := range left {
		left[i] = i
	}
	w.order = w.order[:0]
	for len(left) > 0 {
		best := -1
		for i, c := range left {
			n := w.node(c)
			if (n.fallible || n.private) && i > 0 {
				continue
			}
			if best < 0 || cmp.Less(w.stats[c].rank(), w.stats[left[best]].rank()) {
				best = i
			}
		}
		w.order = append(w.order, left[best])
		left = slices.Delete(left, best, best+1)
	}
}
