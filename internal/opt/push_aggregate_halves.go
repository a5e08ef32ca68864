package opt

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// halved divides an aggregate over the input into one over its rows and one over the results, col, which together are the same to the last bit, and reports
// whether that is possible.
func (e *early) halved(col expr.Col, a expr.Agg) bool {
	read, ids := columnSet{}, plan.IDs(e.last())
	readsOf(a, read)
	for id := range read {
		if !ids[id] {
			return false
		}
	}
	above, ok := aboveHalf(a)
	if !ok || e.padded && !ofPadding(a) || !e.c.neverFails(e.last(), a) {
		return false
	}
	final, ok := aggregate(above, &expr.Ref{Col: expr.Col{Type: a.Typ}})
	if !ok || !final.Typ.Equal(a.Typ) {
		return false
	}
	first := e.firstOf(a)
	var arg expr.Expr = &expr.Ref{Col: first}
	if e.padded && a.Fn.Name == "count_star" { // a row of nulls is a row
		arg = firstNotNull(arg, &expr.Lit{Value: data.IntScalar(a.Typ, 1)})
	}
	final.Args = []expr.Expr{arg}
	e.final.Aggs = append(e.final.Aggs, plan.AggItem{Col: col, Agg: final})
	return true
}

// firstOf is the column of an early aggregate.
func (e *early) firstOf(a expr.Agg) expr.Col {
	for _, x := range e.first.Aggs {
		if sameAgg(x.Agg, a) {
			return x.Col
		}
	}
	col := e.c.newCol(a.Fn.Name, a.Typ)
	e.first.Aggs = append(e.first.Aggs, plan.AggItem{Col: col, Agg: a})
	return col
}

// mean makes a mean of a sum and a count, where both can be divided.
func (e *early) mean(col expr.Col, a expr.Agg) bool {
	if a.Distinct || len(a.Args) != 1 || a.Typ.Kind != dtype.Float64 {
		return false
	}
	sum, ok1 := aggregate("sum", a.Args[0])
	count, ok2 := aggregate("count", a.Args[0])
	if !ok1 || !ok2 || sum.Typ.Kind == dtype.Float64 {
		return false
	}
	sum.Filter, count.Filter = a.Filter, a.Filter
	s, n := e.c.newCol("sum", sum.Typ), e.c.newCol("count", count.Typ)
	before := len(e.final.Aggs)
	if !e.halved(s, sum) || !e.halved(n, count) {
		e.final.Aggs = e.final.Aggs[:before]
		return false
	}
	r, err := sig.Resolve("mean_of", []dtype.Type{s.Type, n.Type}, sig.ScalarKind)
	if err != nil || !r.Args[0].Equal(s.Type) {
		return false
	}
	e.after[col.ID] = &expr.Call{Fn: r.Fn, Args: []expr.Expr{&expr.Ref{Col: s}, &expr.Ref{Col: n}}, Typ: a.Typ}
	return true
}

// aggregate resolves an aggregate of one argument as it is.
func aggregate(name string, arg expr.Expr) (expr.Agg, bool) {
	r, err := sig.Resolve(name, []dtype.Type{arg.Type()}, sig.AggregateKind)
	if err != nil || r.Args[0].Kind != arg.Type().Kind {
		return expr.Agg{}, false
	}
	return expr.Agg{Fn: r.Fn, Args: []expr.Expr{arg}, Typ: r.Ret}, true
}

// mostDigits is the precision of decimals of which ten billion rows add up to less than any decimal can hold.
const mostDigits = 28

// aboveHalf names the aggregate that makes the whole of the results of a over parts of the rows. Sums of floats are rounded, so that sums of sums are not
// the same.
func aboveHalf(a expr.Agg) (name string, ok bool) {
	if a.Distinct && !a.Fn.Has(sig.IgnoresDup) || len(a.Order) > 0 {
		return "", false
	}
	switch name := a.Fn.Name; name {
	case "count_star", "count":
		return "sum_wrap", true // in 64 bits, and 0 for no rows
	case "sum", "sum_wrap":
		t := a.Args[0].Type()
		return name, t.IsInteger() && t.Kind != dtype.Int128 || t.Kind == dtype.Bool || t.Kind == dtype.Decimal && t.Precision <= mostDigits
	case "min", "max":
		return name, oneSpelling(a.Typ)
	case "bool_and", "bool_or":
		return name, true
	default:
		return "", false
	}
}

// ofPadding reports aggregates for which a row of nulls is as no row, or one that can be counted afterwards.
func ofPadding(a expr.Agg) bool {
	if a.Filter != nil {
		return false
	}
	for _, x := range a.Args {
		if _, ok := x.(*expr.Ref); !ok {
			return false
		}
	}
	return true
}

// neverFails reports an aggregate whose arguments can be computed for rows of in that a join would have dropped.
func (c *Ctx) neverFails(in plan.Node, a expr.Agg) bool {
	ok := true
	plan.Exprs(&plan.Aggregate{Aggs: []plan.AggItem{{Agg: a}}}, func(x expr.Expr) { ok = ok && c.cannotFail(in, x) })
	return ok
}
