package eval

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/fn"
)

// Worker evaluates a Program for one goroutine. Its results are borrowed: they are valid until the next call.
type Worker struct {
	p       *Program
	scratch compute.Scratch
	call    fn.Ctx
	ctx     context.Context
	out     []*data.Column
	frames  []*frame // free ones
	root    *frame
}

// Worker returns a new worker.
func (p *Program) Worker() *Worker {
	w := &Worker{p: p, out: make([]*data.Column, len(p.roots))}
	w.call.Scratch = &w.scratch
	return w
}

// Eval returns one column of b.Len rows for each expression, in any form. An error about a value is a *fault.Error with the row of the batch,
// counted from 1.
func (w *Worker) Eval(ctx context.Context, b *data.Batch) ([]*data.Column, error) {
	w.begin(ctx, b)
	for i, id := range w.p.roots {
		c, err := w.root.eval(id)
		if err != nil {
			return nil, outward(err)
		}
		w.out[i] = c
	}
	return w.out, nil
}

// begin forgets the last batch.
func (w *Worker) begin(ctx context.Context, b *data.Batch) {
	w.scratch.Reset()
	w.ctx = ctx
	w.call.Settings = settingsOf(ctx, w.p.settings)
	if w.root != nil {
		w.root.release()
	}
	w.root = w.frame(nil, nil, b.Len)
	w.root.cols = b.Cols
}

// outward turns a row's error into the fault that callers see.
func outward(err error) error {
	re := rowError(err)
	if re == nil {
		return err
	}
	f := *re.Err
	if f.Pos == (fault.Pos{Column: f.Pos.Column}) {
		f.Pos.Row = int64(re.Row) + 1
	}
	return &f
}

// blame names the column that a value comes from, if there is only one that it can come from.
func (n *node) blame(err error) error {
	re := rowError(err)
	if re == nil || n.columns != 1 || re.Err.Pos != (fault.Pos{}) {
		return err
	}
	f := *re.Err
	f.Pos.Column = n.column
	return &compute.RowError{Row: re.Row, Err: &f}
}

// frame is some rows of the batch, or all of them, in which nodes are evaluated at most once.
type frame struct {
	w      *Worker
	parent *frame         // nil: the whole batch
	rows   []uint32       // which rows of the parent
	cols   []*data.Column // the batch's columns, in the root only
	n      int
	vals   []*data.Column // by node; nil: not evaluated
	kids   []*frame       // frames to release with this one
}

// frame returns an empty frame of n rows.
func (w *Worker) frame(parent *frame, rows []uint32, n int) *frame {
	var f *frame
	if k := len(w.frames); k > 0 {
		f = w.frames[k-1]
		w.frames = w.frames[:k-1]
	} else {
		f = &frame{w: w, vals: make([]*data.Column, len(w.p.nodes))}
	}
	f.parent, f.rows, f.n, f.cols = parent, rows, n, nil
	if parent != nil {
		parent.kids = append(parent.kids, f)
	}
	return f
}

// release gives the frame and those below it back.
func (f *frame) release() {
	for _, k := range f.kids {
		k.release()
	}
	f.kids = f.kids[:0]
	clear(f.vals)
	f.w.frames = append(f.w.frames, f)
}

// pick returns the frame of some rows of f, or f itself for all of them.
func (f *frame) pick(rows []uint32) *frame {
	if len(rows) == f.n {
		return f
	}
	return f.w.frame(f, rows, len(rows))
}

// eval returns the value of a node for the rows of the frame. The Row of an error counts in the frame.
func (f *frame) eval(id int) (*data.Column, error) {
	if c := f.vals[id]; c != nil {
		return c, nil
	}
	n := &f.w.p.nodes[id]
	c := f.inherited(id, n)
	if c == nil {
		var err error
		if c, err = f.compute(n); err != nil {
			return nil, n.blame(err)
		}
		if c.Len != f.n {
			return nil, bug.Errorf("an expression of type %s gave %d rows for %d", n.typ, c.Len, f.n)
		}
	}
	f.vals[id] = c
	return c, nil
}

// inherited takes the rows from an outer frame that has the node's value already; columns of the batch are always there.
func (f *frame) inherited(id int, n *node) *data.Column {
	s := &f.w.scratch
	if n.kind == litNode {
		return s.Const(n.value, f.n)
	}
	if f.parent == nil {
		if n.kind == refNode {
			return f.cols[n.ref]
		}
		return nil
	}
	outer := f.parent.vals[id]
	if outer == nil {
		if outer = f.parent.inherited(id, n); outer == nil {
			return nil
		}
		f.parent.vals[id] = outer
	}
	return compute.Gather(s, outer, f.rows)
}

// compute evaluates a node from its kids.
func (f *frame) compute(n *node) (*data.Column, error) {
	s := &f.w.scratch
	switch n.kind {
	case callNode, udfNode:
		return f.invoke(n)
	case caseNode:
		return f.choose(n)
	case coalesceNode:
		return f.coalesce(n)
	case andNode, orNode:
		return f.connect(n)
	case tryNode:
		return f.attempt(n)
	}
	a, err := f.eval(n.kids[0])
	if err != nil {
		return nil, err
	}
	switch n.kind {
	case castNode:
		return f.cast(n, a)
	case notNode:
		return compute.Not(s, a), nil
	case nullNode:
		return compute.IsNull(s, a, n.negate), nil
	case inNode:
		return compute.In(s, a, n.set, n.hasNull), nil
	default:
		return nil, bug.Errorf("unknown node %d", n.kind)
	}
}

// cast converts in the session's zone: SQL's timestamp with time zone is read and written as that zone's clocks show it.
func (f *frame) cast(n *node, a *data.Column) (*data.Column, error) {
	s := &f.w.scratch
	zone := f.w.call.Settings.Zone
	from, to := inZone(a.Type, zone), inZone(n.typ, zone)
	if from.Zone == a.Type.Zone && to.Zone == n.typ.Zone {
		return compute.Cast(s, a, n.typ, n.try)
	}
	if from.Zone != a.Type.Zone {
		a = s.As(a, from)
	}
	out, err := compute.Cast(s, a, to, n.try)
	if err != nil || to.Zone == n.typ.Zone {
		return out, err
	}
	return s.As(out, n.typ), nil
}

// inZone is a timestamp with time zone in the session's zone, and any other type as it is.
func inZone(t dtype.Type, zone string) dtype.Type {
	if t.Kind == dtype.Timestamp && t.Zone == "UTC" && zone != "" {
		t.Zone = zone
	}
	return t
}

// invoke calls a function with all arguments.
func (f *frame) invoke(n *node) (*data.Column, error) {
	args := f.w.scratch.Columns(len(n.kids))
	for i, k := range n.kids {
		a, err := f.eval(k)
		if err != nil {
			return nil, err
		}
		args[i] = a
	}
	if n.kind == udfNode {
		return f.callUDF(n, args)
	}
	f.w.call.Ret = n.typ
	return n.impl(&f.w.call, args, f.n)
}

// callUDF calls the program's function and checks what comes back.
func (f *frame) callUDF(n *node, args []*data.Column) (*data.Column, error) {
	c, err := n.udf.Fn(f.w.ctx, args, f.n)
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.Value, err, "calling %s", n.udf.Name)
	case c == nil || c.Len != f.n || !c.Type.Equal(n.typ):
		return nil, fault.New(fault.Usage, "%s must return %d rows of %s", n.udf.Name, f.n, n.typ)
	default:
		return c, nil
	}
}
