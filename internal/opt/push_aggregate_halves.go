package opt

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// halves divides an aggregate over columns of in into one over the rows of in and one over its results, which together are the same to the last bit. With
// padded, the second also sees rows without a result of the first, which stand for a row of nulls.
func (c *Ctx) halves(a expr.Agg, in plan.Node, padded bool) (first plan.AggItem, final expr.Agg, ok bool) {
	read := columnSet{}
	readsOf(a, read)
	ids := plan.IDs(in)
	for id := range read {
		if !ids[id] {
			return first, final, false
		}
	}
	above, ok := aboveHalf(a)
	if !ok || padded && !ofPadding(a) || !c.neverFails(in, a) {
		return first, final, false
	}
	first = plan.AggItem{Col: c.newCol(a.Fn.Name, a.Typ), Agg: a}
	r, err := sig.Resolve(above, []dtype.Type{a.Typ}, sig.AggregateKind)
	if err != nil || !r.Ret.Equal(a.Typ) || !r.Args[0].Equal(a.Typ) {
		return first, final, false
	}
	var arg expr.Expr = &expr.Ref{Col: first.Col}
	if padded && a.Fn.Name == "count_star" {
		arg = firstNotNull(arg, &expr.Lit{Value: data.IntScalar(a.Typ, 1)})
	}
	return first, expr.Agg{Fn: r.Fn, Args: []expr.Expr{arg}, Typ: r.Ret}, true
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
