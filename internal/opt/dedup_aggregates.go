package opt

import (
	"slices"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// dedupAggregates computes equal aggregates once and groups by equal or constant keys no further, nor by what follows from other keys.
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
	return independentKeys(out, again)
}

// independentKeys drops keys that are computed from columns that are keys themselves: they are computed for each group.
func independentKeys(keys []plan.Item, again map[expr.ColID]expr.Expr) []plan.Item {
	of := map[expr.ColID]expr.Expr{} // the key that a column is
	for _, k := range keys {
		if r, ok := k.Expr.(*expr.Ref); ok && oneSpelling(r.Col.Type) {
			of[r.Col.ID] = &expr.Ref{Col: k.Col}
		}
	}
	var out []plan.Item
	for _, k := range keys {
		_, column := k.Expr.(*expr.Ref)
		from := map[expr.ColID]bool{}
		expr.Refs(k.Expr, from)
		follows := !column && len(from) > 0 && !expr.Volatile(k.Expr)
		for id := range from {
			follows = follows && of[id] != nil
		}
		if follows {
			again[k.Col.ID] = expr.Substitute(k.Expr, of)
		} else {
			out = append(out, k)
		}
	}
	return out
}

// oneSpelling reports whether values of a type that are equal are the same, so that all that is computed from them is equal too. Zeros have signs, and a
// month may have 30 days.
func oneSpelling(t dtype.Type) bool {
	switch t.Kind {
	case dtype.Float32, dtype.Float64, dtype.Interval, dtype.JSON:
		return false
	default:
		return !t.IsNested()
	}
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
