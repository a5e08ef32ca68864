package bind

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// frameExprs binds the expressions of one frame operation. Aggregates go to aggs if it is set, else they become windows over the
// whole frame, collected in wins; with neither they are an error.
type frameExprs struct {
	b      *Binder
	cols   []expr.Col
	aggs   *[]plan.AggItem
	wins   *[]plan.WinItem
	over   *frame.Over // the window that is being bound
	order  []frame.SortKey
	filter frame.Expr
	inside bool // within the arguments of an aggregate
}

// input puts the collected windows on top of the operation's input.
func (x *frameExprs) input(in plan.Node) plan.Node {
	if x.wins == nil || len(*x.wins) == 0 {
		return in
	}
	return &plan.Window{Input: in, Items: *x.wins}
}

// items binds output columns with their names.
func (x *frameExprs) items(list []frame.Expr) ([]plan.Item, error) {
	var out []plan.Item
	for _, f := range list {
		e, err := x.bind(f)
		if err != nil {
			return nil, err
		}
		name := outputName(f)
		if r, ok := e.(*expr.Ref); ok && r.Col.Name == name {
			out = append(out, plan.Item{Col: r.Col, Expr: e})
			continue
		}
		out = append(out, plan.Item{Col: x.b.col(name, e.Type()), Expr: e})
	}
	return out, nil
}

// outputName is the alias, or the name of the leftmost column, or "literal" or the function's name without one.
func outputName(e frame.Expr) string {
	switch e := e.(type) {
	case *frame.Col:
		return e.Name
	case *frame.Alias:
		return e.Name
	case *frame.Lit:
		return "literal"
	case *frame.Fn:
		for _, a := range e.Args {
			if n := outputName(a); n != "literal" {
				return n
			}
		}
		if e.Name == "count_star" {
			return "len"
		}
		if len(e.Args) == 0 {
			return e.Name
		}
	case *frame.Cast:
		return outputName(e.Arg)
	case *frame.When:
		return outputName(e.Thens[0])
	case *frame.Over:
		return outputName(e.Arg)
	case *frame.SortBy:
		return outputName(e.Arg)
	case *frame.FilterBy:
		return outputName(e.Arg)
	case *frame.IsIn:
		return outputName(e.Arg)
	case *frame.UDF:
		if len(e.Args) > 0 {
			return outputName(e.Args[0])
		}
		return e.Name
	case ownExpr:
		return e.outputName()
	}
	return "literal"
}

// shape says how many rows an expression yields for a group.
type shape uint8

const (
	constant shape = iota // as many as needed
	reduced               // one
	rowwise               // one per row
)

// reducing finds the shape of an expression.
func reducing(e frame.Expr) shape {
	switch e := e.(type) {
	case *frame.Col, *frame.Cols, *frame.Over, ownExpr:
		return rowwise
	case *frame.Lit:
		return constant
	case *frame.Fn:
		if sig.Is(e.Name, sig.Aggregate) {
			return reduced
		}
	}
	out := constant
	for _, k := range frameKids(e) {
		out = max(out, reducing(*k))
	}
	return out
}

// frameKids returns the places of the direct inputs of an expression.
func frameKids(e frame.Expr) []*frame.Expr {
	var out []*frame.Expr
	list := func(l []frame.Expr) {
		for i := range l {
			out = append(out, &l[i])
		}
	}
	switch e := e.(type) {
	case *frame.Fn:
		list(e.Args)
	case *frame.Cast:
		out = append(out, &e.Arg)
	case *frame.When:
		list(e.Conds)
		list(e.Thens)
		if e.Else != nil {
			out = append(out, &e.Else)
		}
	case *frame.Alias:
		out = append(out, &e.Arg)
	case *frame.Over:
		out = append(out, &e.Arg)
	case *frame.SortBy:
		out = append(out, &e.Arg)
	case *frame.FilterBy:
		out = append(out, &e.Arg)
	case *frame.IsIn:
		out = append(out, &e.Arg)
	case *frame.UDF:
		list(e.Args)
	}
	return out
}

// expandAll replaces expressions over several columns by one expression for each column.
func (b *Binder) expandAll(list []frame.Expr, cols []expr.Col) ([]frame.Expr, error) {
	var out []frame.Expr
	for _, e := range list {
		names, err := selected(e, cols)
		if err != nil {
			return nil, err
		}
		if names == nil {
			out = append(out, e)
			continue
		}
		for _, n := range *names {
			out = append(out, withColumn(e, n))
		}
	}
	return out, nil
}

// selected returns the columns that the first Cols in e stands for, or nil if there is none.
func selected(e frame.Expr, cols []expr.Col) (*[]string, error) {
	c, ok := e.(*frame.Cols)
	if !ok {
		for _, k := range frameKids(e) {
			if names, err := selected(*k, cols); names != nil || err != nil {
				return names, err
			}
		}
		return nil, nil
	}
	names := slices.Clone(c.Names)
	if names == nil {
		names = []string{}
		for _, col := range cols {
			names = append(names, col.Name)
		}
	}
	for _, x := range c.Except {
		if _, err := colNamed(cols, x); err != nil {
			return nil, err
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(c.Except, n) })
	return &names, nil
}

// withColumn copies e with every Cols replaced by the column.
func withColumn(e frame.Expr, name string) frame.Expr {
	if _, ok := e.(*frame.Cols); ok {
		return &frame.Col{Name: name}
	}
	c := copyNode(e)
	for _, k := range frameKids(c) {
		*k = withColumn(*k, name)
	}
	return c
}

func copyNode(e frame.Expr) frame.Expr {
	switch e := e.(type) {
	case *frame.Fn:
		c := *e
		c.Args = slices.Clone(e.Args)
		return &c
	case *frame.Cast:
		c := *e
		return &c
	case *frame.When:
		c := *e
		c.Conds, c.Thens = slices.Clone(e.Conds), slices.Clone(e.Thens)
		return &c
	case *frame.Alias:
		c := *e
		return &c
	case *frame.Over:
		c := *e
		return &c
	case *frame.SortBy:
		c := *e
		return &c
	case *frame.FilterBy:
		c := *e
		return &c
	case *frame.IsIn:
		c := *e
		return &c
	case *frame.UDF:
		c := *e
		c.Args = slices.Clone(e.Args)
		return &c
	default:
		return e
	}
}

// bind resolves names and types in e.
func (x *frameExprs) bind(e frame.Expr) (expr.Expr, error) {
	switch e := e.(type) {
	case *frame.Col:
		c, err := colNamed(x.cols, e.Name)
		return &expr.Ref{Col: c}, err
	case *frame.Cols:
		return nil, fault.New(fault.Usage, "several columns cannot be used here; name one")
	case *frame.Lit:
		return &expr.Lit{Value: e.Value}, nil
	case *frame.Fn:
		return x.function(e)
	case *frame.Cast:
		arg, err := x.bind(e.Arg)
		if err != nil {
			return nil, err
		}
		return x.b.castExplicit(ast.Span{}, arg, e.To, e.Try)
	case *frame.When:
		return x.when(e)
	case *frame.Alias:
		return x.bind(e.Arg)
	case *frame.Over:
		return x.bindOver(e)
	case *frame.SortBy:
		in := *x
		in.order = e.Keys
		return in.bind(e.Arg)
	case *frame.FilterBy:
		in := *x
		in.filter = e.Cond
		return in.bind(e.Arg)
	case *frame.IsIn:
		return x.isIn(e)
	case *frame.UDF:
		return x.udf(e)
	case ownExpr:
		return e.bindExpr(x)
	default:
		return nil, bug.Errorf("unknown frame expression %T", e)
	}
}

func (x *frameExprs) list(list []frame.Expr) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(list))
	for i, a := range list {
		var err error
		if out[i], err = x.bind(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// function binds a scalar call, an aggregate, or a window function.
func (x *frameExprs) function(e *frame.Fn) (expr.Expr, error) {
	switch e.Name {
	case "and", "or":
		return x.logic(e)
	case "not":
		arg, err := x.bind(e.Args[0])
		if err != nil {
			return nil, err
		}
		arg, err = x.b.boolean(ast.Span{}, "the operand of Not", arg)
		return &expr.Not{Arg: arg}, err
	case "is_null", "is_not_null":
		arg, err := x.bind(e.Args[0])
		return &expr.IsNull{Arg: arg, Negate: e.Name == "is_not_null"}, err
	}
	list := sig.Lookup(e.Name)
	if len(list) == 0 {
		return nil, bug.Errorf("the frame function %q is not declared", e.Name)
	}
	if list[0].Kind == sig.Scalar {
		args, err := x.list(e.Args)
		if err != nil {
			return nil, err
		}
		return x.b.call(ast.Span{}, e.Name, args...)
	}
	return x.aggregate(e)
}

func (x *frameExprs) logic(e *frame.Fn) (expr.Expr, error) {
	args, err := x.list(e.Args)
	if err != nil {
		return nil, err
	}
	for i := range args {
		if args[i], err = x.b.boolean(ast.Span{}, "an operand of "+e.Name, args[i]); err != nil {
			return nil, err
		}
	}
	if e.Name == "or" {
		return &expr.Or{Args: args}, nil
	}
	return &expr.And{Args: args}, nil
}

// aggregate binds a call over the group, the partition of Over, or the whole frame.
func (x *frameExprs) aggregate(e *frame.Fn) (expr.Expr, error) {
	if x.inside || x.aggs == nil && x.wins == nil {
		return nil, fault.New(fault.Usage, "the aggregate %s cannot be used inside another aggregate or in a group key", e.Name)
	}
	in := *x
	in.inside, in.order, in.filter = true, nil, nil
	order, filter := x.order, x.filter
	argExprs := slices.Clone(e.Args)
	for i, a := range argExprs { // Col("x").SortBy(…).Tail(5): the order belongs to the aggregate
		switch m := a.(type) {
		case *frame.SortBy:
			order, argExprs[i] = m.Keys, m.Arg
		case *frame.FilterBy:
			filter, argExprs[i] = m.Cond, m.Arg
		}
	}
	args, err := in.list(argExprs)
	if err != nil {
		return nil, err
	}
	name := e.Name
	if (name == "min" || name == "max") && args[0].Type().IsFloat() { // frames skip NaN
		name += "_skipnan"
	}
	fn, out, ret, err := x.b.resolve(name, args, sig.AggregateKind|sig.WindowKind)
	if err != nil {
		return nil, err
	}
	if err := x.b.foldTail(ast.Span{}, out); err != nil {
		return nil, err
	}
	agg := expr.Agg{Fn: fn, Args: out, Distinct: e.Distinct, Typ: ret}
	if agg.Order, err = in.sortKeys(order); err != nil {
		return nil, err
	}
	if filter != nil {
		if agg.Filter, err = in.bind(filter); err != nil {
			return nil, err
		}
	}
	if x.over != nil || x.aggs == nil {
		return x.window(agg)
	}
	for _, a := range *x.aggs {
		if a.Agg.Format() == agg.Format() {
			return &expr.Ref{Col: a.Col}, nil
		}
	}
	c := x.b.col(e.Name, ret)
	*x.aggs = append(*x.aggs, plan.AggItem{Col: c, Agg: agg})
	return &expr.Ref{Col: c}, nil
}

// window makes an aggregate a window over the partition of Over, or over everything.
func (x *frameExprs) window(agg expr.Agg) (expr.Expr, error) {
	if x.wins == nil {
		return nil, fault.New(fault.Unsupported, "Over cannot be used inside GroupBy().Agg()")
	}
	w := expr.Win{Fn: agg.Fn, Args: agg.Args, Distinct: agg.Distinct, Filter: agg.Filter, Typ: agg.Typ, Frame: wholePartition, Order: agg.Order}
	if x.over != nil {
		plain := &frameExprs{b: x.b, cols: x.cols}
		var err error
		if w.Partition, err = plain.list(x.over.Partition); err != nil {
			return nil, err
		}
		keys, err := plain.sortKeys(x.over.Order)
		if err != nil {
			return nil, err
		}
		w.Order = append(w.Order, keys...)
		if w.Fn.Kind == sig.Window && len(keys) > 0 {
			w.Frame = expr.Frame{Unit: defs.FrameRange, Start: expr.Bound{Kind: defs.UnboundedPreceding}, End: expr.Bound{Kind: defs.CurrentRow}}
		}
	}
	c := x.b.col(w.Fn.Name, w.Typ)
	*x.wins = append(*x.wins, plan.WinItem{Col: c, Win: w})
	return &expr.Ref{Col: c}, nil
}

func (x *frameExprs) bindOver(e *frame.Over) (expr.Expr, error) {
	if x.over != nil || x.inside {
		return nil, fault.New(fault.Usage, "Over cannot be nested")
	}
	in := *x
	in.over = e
	return in.bind(e.Arg)
}

func (x *frameExprs) sortKeys(keys []frame.SortKey) ([]expr.SortKey, error) {
	var out []expr.SortKey
	for _, k := range keys {
		e, err := x.bind(k.Expr)
		if err != nil {
			return nil, err
		}
		out = append(out, expr.SortKey{Expr: e, Order: k.Order})
	}
	return out, nil
}

func (x *frameExprs) when(e *frame.When) (expr.Expr, error) {
	c := &expr.Case{}
	var results []expr.Expr
	for i := range e.Conds {
		cond, err := x.bind(e.Conds[i])
		if err != nil {
			return nil, err
		}
		if cond, err = x.b.boolean(ast.Span{}, "a condition of When", cond); err != nil {
			return nil, err
		}
		then, err := x.bind(e.Thens[i])
		if err != nil {
			return nil, err
		}
		c.Whens, results = append(c.Whens, expr.When{Cond: cond}), append(results, then)
	}
	var last expr.Expr = &expr.Lit{Value: data.NullScalar(dtype.Type{})}
	if e.Else != nil {
		var err error
		if last, err = x.bind(e.Else); err != nil {
			return nil, err
		}
	}
	return x.b.finishCase(ast.Span{}, c, append(results, last))
}

func (x *frameExprs) isIn(e *frame.IsIn) (expr.Expr, error) {
	arg, err := x.bind(e.Arg)
	if err != nil {
		return nil, err
	}
	items := make([]expr.Expr, len(e.Values))
	for i, v := range e.Values {
		items[i] = &expr.Lit{Value: v}
	}
	return x.b.inList(ast.Span{}, arg, items)
}

func (x *frameExprs) udf(e *frame.UDF) (expr.Expr, error) {
	args, err := x.list(e.Args)
	if err != nil {
		return nil, err
	}
	for i := range args {
		implicit, ok := sig.CanCast(args[i].Type(), e.In[i])
		if !ok || !implicit && !(args[i].Type().IsNumeric() && e.In[i].IsNumeric()) {
			return nil, fault.New(fault.Type, "argument %d of the Go function is %s, and the column is %s", i+1, e.In[i], args[i].Type()).WithHint("cast the column first")
		}
		args[i] = castTo(args[i], e.In[i])
	}
	return &expr.UDF{Name: e.Name, Fn: e.Fn, Args: args, Typ: e.Out}, nil
}
