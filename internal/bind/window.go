package bind

import (
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// window binds a call with OVER and returns a reference to its result.
func (x *exprs) window(e *ast.Func, name string, args []ast.Arg) (expr.Expr, error) {
	if x.wins == nil {
		where := "in " + x.clause
		if x.inside != "" {
			where = "inside " + x.inside
		}
		return nil, x.b.failf(e.Span, fault.Usage, "the window function %s is not allowed %s", name, where)
	}
	if err := x.windowCall(e, name); err != nil {
		return nil, err
	}
	in := x.within("a window function", x.aggs)
	call, err := in.aggCall(e, name, args)
	if err != nil {
		return nil, err
	}
	win := expr.Win{Fn: call.Fn, Args: call.Args, Distinct: call.Distinct, Filter: call.Filter, Typ: call.Typ, IgnoreNulls: e.Nulls == ast.NullsIgnore}
	def, err := x.windowDef(e.Over, x.windows)
	if err != nil {
		return nil, err
	}
	if win.Partition, err = in.list(def.Partition); err != nil {
		return nil, err
	}
	if win.Order, err = in.sortKeys(def.OrderBy, nil); err != nil {
		return nil, err
	}
	if win.Frame, err = in.frame(def, len(win.Order) > 0); err != nil {
		return nil, err
	}
	if err := in.argumentOrder(e, &win); err != nil {
		return nil, err
	}
	c := x.b.col(ast.ColumnName(e), win.Typ)
	for _, w := range *x.wins { // a lateral alias may stand for one
		used := false
		plan.Exprs(&plan.Window{Items: []plan.WinItem{{Col: c, Win: win}}}, func(e expr.Expr) { used = used || reads(e, w.Col.ID) })
		if used {
			err := fault.New(fault.Unsupported, "%s uses the window function %s, and they cannot be nested", c.Name, w.Col.Name)
			return nil, x.b.fail(e.Span, err.WithHint("compute the inner one in a subquery"))
		}
	}
	*x.wins = append(*x.wins, plan.WinItem{Col: c, Win: win})
	return &expr.Ref{Col: c}, nil
}

// argumentOrder applies ORDER BY among the arguments, as in first_value(a ORDER BY b) OVER (…): where the frame is the whole partition, it is the order of the
// window. What does not care for order ignores it.
func (x *exprs) argumentOrder(e *ast.Func, win *expr.Win) error {
	if len(e.OrderBy) == 0 || win.Fn.Kind == sig.Aggregate && !win.Fn.Has(sig.OrderAware) {
		return nil
	}
	f := win.Frame
	whole := f.Start.Kind == defs.UnboundedPreceding && f.End.Kind == defs.UnboundedFollowing && f.Exclude == defs.ExcludeNone
	if !whole {
		return x.unsupported(e.OrderBy[0].At(), "ORDER BY among the arguments of a window function with a frame that is not the whole partition")
	}
	order, err := x.sortKeys(e.OrderBy, win.Args)
	if err != nil {
		return err
	}
	win.Order, win.Frame = order, expr.Frame{Unit: defs.FrameRows, Start: f.Start, End: f.End}
	return nil
}

// windowCall refuses what only aggregates have in the call of a window function, and what would be ignored.
func (x *exprs) windowCall(e *ast.Func, name string) error {
	switch {
	case !sig.Is(name, sig.Window):
		return nil
	case e.Filter != nil:
		return x.b.failf(e.Filter.At(), fault.Usage, "FILTER is for aggregates, and %s is none", name)
	case e.Distinct:
		return x.b.failf(e.Span, fault.Usage, "DISTINCT is for aggregates, and %s is none", name)
	}
	return nil
}

// reads reports whether e reads a column.
func reads(e expr.Expr, id expr.ColID) bool {
	refs := map[expr.ColID]bool{}
	expr.Refs(e, refs)
	return refs[id]
}

// windowDef resolves a named or extended window against the windows it may start from: those of the WINDOW clause that are written before it, so that
// none starts from itself. An extension adds what the named window leaves open and changes nothing of it.
func (x *exprs) windowDef(w *ast.Window, known []ast.NamedWindow) (*ast.Window, error) {
	if w.Base.Empty() {
		return w, nil
	}
	for i, n := range known {
		if !same(n.Name.Name, w.Base.Name) {
			continue
		}
		base, err := x.windowDef(n.Window, known[:i])
		if err != nil || w.Bare {
			return base, err
		}
		return x.extendWindow(w, base)
	}
	return nil, x.b.failf(w.Base.Span, fault.Name, "no window %q", w.Base.Name)
}

// extendWindow adds to base what w says.
func (x *exprs) extendWindow(w, base *ast.Window) (*ast.Window, error) {
	out := *base
	switch {
	case len(w.Partition) > 0 && len(base.Partition) > 0:
		return nil, x.b.failf(w.Base.Span, fault.Usage, "window %q has a PARTITION BY, which cannot be replaced", w.Base.Name)
	case len(w.OrderBy) > 0 && len(base.OrderBy) > 0:
		return nil, x.b.failf(w.Base.Span, fault.Usage, "window %q has an ORDER BY, which cannot be replaced", w.Base.Name)
	case base.Frame != nil:
		return nil, x.b.failf(w.Base.Span, fault.Usage, "window %q has a frame and cannot be extended; to use it as it is, write OVER %s without parentheses", w.Base.Name, w.Base.Name)
	}
	if len(w.Partition) > 0 {
		out.Partition = w.Partition
	}
	if len(w.OrderBy) > 0 {
		out.OrderBy = w.OrderBy
	}
	out.Frame = w.Frame
	return &out, nil
}

func (x *exprs) frame(w *ast.Window, ordered bool) (expr.Frame, error) {
	f := expr.Frame{Unit: defs.FrameRange, Start: expr.Bound{Kind: defs.UnboundedPreceding}, End: expr.Bound{Kind: defs.CurrentRow}}
	if w.Frame == nil {
		if !ordered {
			f.Unit, f.End.Kind = defs.FrameRows, defs.UnboundedFollowing
		}
		return f, nil
	}
	f.Unit = [...]defs.FrameUnit{defs.FrameRows, defs.FrameRange, defs.FrameGroups}[w.Frame.Mode]
	f.Exclude = defs.Exclude(w.Frame.Exclude)
	var err error
	if f.Start, err = x.bound(w.Frame.Start); err != nil {
		return f, err
	}
	f.End, err = x.bound(w.Frame.End)
	if err == nil && (f.Start.Kind == defs.UnboundedFollowing || f.End.Kind == defs.UnboundedPreceding) {
		err = x.b.failf(w.Span, fault.Usage, "a frame cannot start with UNBOUNDED FOLLOWING or end with UNBOUNDED PRECEDING")
	}
	return f, err
}

func (x *exprs) bound(bd ast.Bound) (expr.Bound, error) {
	out := expr.Bound{Kind: defs.BoundKind(bd.Kind)}
	if bd.Offset == nil {
		return out, nil
	}
	off, err := x.bind(bd.Offset)
	if err != nil {
		return out, err
	}
	out.Offset, err = x.b.fold(bd.Offset.At(), off)
	return out, err
}

// windowNames refuses a WINDOW clause that defines a name twice.
func (x *exprs) windowNames(list []ast.NamedWindow) error {
	for i, w := range list {
		for _, before := range list[:i] {
			if same(before.Name.Name, w.Name.Name) {
				return x.b.failf(w.Name.Span, fault.Name, "window %q is defined twice", w.Name.Name)
			}
		}
	}
	x.windows = list
	return nil
}
