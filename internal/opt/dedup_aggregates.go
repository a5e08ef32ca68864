package opt

import (
	"slices"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// dedupAggregates computes equal aggregates once and groups by equal or constant keys no further.
type dedupAggregates struct{}

// Name implements Rule.
func (dedupAggregates) Name() string { return "dedup_aggregates" }

// Apply implements Rule.
func (dedupAggregates) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	agg, ok := n.(*plan.Aggregate)
	if !ok {
		return n, nil
	}
	out := *agg
	again := map[expr.ColID]expr.Expr{}
	if agg.Sets == nil {
		out.Keys = uniqueKeys(agg.Keys, again)
	}
	out.Aggs = uniqueAggs(agg.Aggs, again)
	if len(again) == 0 {
		return n, nil
	}
	p := &plan.Project{Input: &out}
	for _, c := range agg.Cols() {
		it := plan.Item{Col: c, Expr: &expr.Ref{Col: c}}
		if e, ok := again[c.ID]; ok {
			it.Expr = e
		}
		p.Items = append(p.Items, it)
	}
	return p, nil
}

// uniqueKeys drops keys that another has the value of, and constants as long as a key is left: without keys there would be a group for no rows.
func uniqueKeys(keys []plan.Item, again map[expr.ColID]expr.Expr) []plan.Item {
	var out []plan.Item
	constant := func(k plan.Item) bool { _, ok := k.Expr.(*expr.Lit); return ok }
	varies := slices.ContainsFunc(keys, func(k plan.Item) bool { return !constant(k) })
	for i, k := range keys {
		first := slices.IndexFunc(out, func(o plan.Item) bool { return expr.Equal(o.Expr, k.Expr) })
		switch {
		case constant(k) && (varies || i > 0):
			again[k.Col.ID] = k.Expr
		case first >= 0 && !expr.Volatile(k.Expr):
			again[k.Col.ID] = &expr.Ref{Col: out[first].Col}
		default:
			out = append(out, k)
		}
	}
	return out
}

func uniqueAggs(aggs []plan.AggItem, again map[expr.ColID]expr.Expr) []plan.AggItem {
	var out []plan.AggItem
	for _, a := range aggs {
		first := slices.IndexFunc(out, func(o plan.AggItem) bool { return sameAgg(o.Agg, a.Agg) })
		if first < 0 {
			out = append(out, a)
			continue
		}
		again[a.Col.ID] = &expr.Ref{Col: out[first].Col}
	}
	return out
}

func sameAgg(a, b expr.Agg) bool {
	if a.Fn != b.Fn || !a.Typ.Equal(b.Typ) || a.Format() != b.Format() {
		return false
	}
	steady := a.Filter == nil || !expr.Volatile(a.Filter)
	for i, x := range a.Args {
		steady = steady && !expr.Volatile(x) && x.Type().Equal(b.Args[i].Type())
	}
	return steady
}
