package engine

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/eval"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/op"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/opt"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/physplan"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/stats"
	"github.com/siksik-data/siksik/spi"
)

// Query is a bound query, ready to run once. It holds no resources until it runs.
type Query struct {
	e     *Engine
	conf  settings
	Bound plan.Node // as bound
	Final plan.Node // as optimised
	Root  phys.Node
	prof  exec.Profile
	place func(error) error // finds the place of a run's error in the query's text
	peak  int64             // bytes, after the run
}

// Query binds, optimises and plans a frame; SQL makes one of a query.
func (e *Engine) Query(ctx context.Context, src frame.Node) (*Query, error) {
	conf, err := e.config()
	if err != nil {
		return nil, err
	}
	b := e.binder(ctx, conf, nil)
	bound, err := b.Frame(src)
	if err != nil {
		return nil, err
	}
	return e.prepare(ctx, conf, b, bound)
}

func (e *Engine) binder(ctx context.Context, conf settings, params map[string]data.Scalar) *bind.Binder {
	return bind.New(ctx, e.cat, bind.Options{Params: params, Fold: eval.NewFolder(&conf.fn).Fold, Settings: conf.values})
}

// prepare optimises and plans a query that b bound.
func (e *Engine) prepare(ctx context.Context, conf settings, b *bind.Binder, bound plan.Node) (*Query, error) {
	if err := plan.Verify(bound); err != nil {
		return nil, err
	}
	est := stats.New(ctx)
	q := &Query{e: e, conf: conf, Bound: bound, Final: bound, place: b.Place}
	rewrite := opt.Decorrelate
	if conf.optimise {
		rewrite = opt.Run
	}
	var err error
	c := &opt.Ctx{Context: ctx, Folder: eval.NewFolder(&conf.fn), Disabled: conf.disabled, Stats: est}
	if q.Final, err = rewrite(c, bound); err != nil {
		return nil, err
	}
	if err := plan.Verify(q.Final); err != nil {
		return nil, err
	}
	q.Root, err = physplan.PlanWith(est, q.Final)
	return q, err
}

// Schema returns the output columns.
func (q *Query) Schema() dtype.Schema {
	var s dtype.Schema
	for _, c := range q.Bound.Cols() {
		s.Fields = append(s.Fields, dtype.Field{Name: c.Name, Type: c.Type})
	}
	return s
}

// Profile returns the metrics and progress of the run.
func (q *Query) Profile() *exec.Profile { return &q.prof }

// Run calls fn for each batch in order, on the calling goroutine. Batches are borrowed until fn returns. fn may return exec.Stop.
func (q *Query) Run(ctx context.Context, fn func(*data.Batch) error) error {
	opts, end := q.options()
	err := op.Run(eval.WithSettings(ctx, &q.conf.fn), q.Root, opts, fn)
	return cancelled(ctx, end(err))
}

// options returns what the operators of one run get, and the function that ends the run with its error.
func (q *Query) options() (opts op.Options, end func(error) error) {
	budget, files := q.e.budget.Child("query"), q.e.spill.Query()
	opts = op.Options{Threads: q.conf.threads, Budget: budget, Spill: files, Slabs: q.e.slabs, Profile: &q.prof}
	q.e.goLimit.Enter()
	return opts, func(err error) error {
		q.e.goLimit.Leave()
		q.peak = budget.Peak()
		budget.Close()
		if closed := files.Close(); err == nil {
			err = closed
		}
		return q.place(err)
	}
}

// Collect runs the query and returns its rows in batches that the caller owns.
func (q *Query) Collect(ctx context.Context) ([]*data.Batch, error) {
	opts, end := q.options()
	out, err := op.Collect(eval.WithSettings(ctx, &q.conf.fn), q.Root, opts)
	return out, cancelled(ctx, end(err))
}

// PeakMemory returns the most bytes that the query had reserved at once, after it has run.
func (q *Query) PeakMemory() int64 { return q.peak }

// cancelled prefers the reason for which ctx ended over whatever failed because of it.
func cancelled(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Written runs a query whose root is a write and returns the number of rows written.
func (q *Query) Written(ctx context.Context) (int64, error) {
	rows := int64(0)
	err := q.Run(ctx, func(b *data.Batch) error {
		for i := range b.Len {
			rows += b.Cols[0].Value(i).Int64()
		}
		return nil
	})
	return rows, err
}

// ScanProgress is one scan of a query with its counters.
type ScanProgress struct {
	Name  string
	Meter *spi.Meter
}

// Scans returns the scans of the plan in order, with their progress.
func (q *Query) Scans() []ScanProgress {
	var out []ScanProgress
	seen := map[int]bool{} // plans that are shared appear once for each use
	var walk func(phys.Node)
	walk = func(n phys.Node) {
		if s, ok := n.(*phys.Scan); ok && !seen[s.ID] {
			seen[s.ID] = true
			out = append(out, ScanProgress{Name: s.Name, Meter: q.prof.Meter(s.ID)})
		}
		for _, in := range n.Inputs() {
			walk(in)
		}
	}
	walk(q.Root)
	return out
}
