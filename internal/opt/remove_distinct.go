package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// removeDistinct drops a distinct over rows that are distinct already, and DISTINCT in aggregates that do not care.
type removeDistinct struct{}

// Name implements Rule.
func (removeDistinct) Name() string { return "remove_distinct" }

// Apply implements Rule.
func (removeDistinct) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	switch n := n.(type) {
	case *plan.Distinct:
		set := plan.IDs(n)
		if n.On != nil {
			set = columnSet{}
			for _, id := range n.On {
				set[id] = true
			}
		}
		if uniqueBy(n.Input, set) {
			return n.Input, nil
		}
	case *plan.Aggregate:
		return plainAggregates(n), nil
	}
	return n, nil
}

// uniqueBy reports whether no two rows of n agree in all columns of the set, nulls being equal.
func uniqueBy(n plan.Node, set columnSet) bool {
	switch n := n.(type) {
	case *plan.Aggregate:
		if n.Sets != nil {
			return false
		}
		for _, k := range n.Keys {
			if !set[k.Col.ID] {
				return false
			}
		}
		return true
	case *plan.Distinct:
		if n.On != nil {
			for _, id := range n.On {
				if !set[id] {
					return false
				}
			}
			return true
		}
		for _, c := range n.Cols() {
			if !set[c.ID] {
				return uniqueBy(n.Input, set)
			}
		}
		return true
	case *plan.Project:
		inner := columnSet{}
		for _, it := range n.Items {
			if r, ok := it.Expr.(*expr.Ref); ok && set[it.Col.ID] {
				inner[r.Col.ID] = true
			}
		}
		return uniqueBy(n.Input, inner)
	case *plan.RowIndex:
		return set[n.Col.ID] || uniqueBy(n.Input, set)
	case *plan.Filter, *plan.Sort, *plan.Limit, *plan.Window:
		return uniqueBy(n.Inputs()[0], set)
	case *plan.Join:
		return (n.Kind == defs.Semi || n.Kind == defs.Anti || n.Kind == defs.Mark || n.Kind == defs.Single) && uniqueBy(n.Left, set)
	case *plan.Values:
		return len(n.Rows) <= 1
	default:
		return false
	}
}

// plainAggregates makes min(DISTINCT x) min(x).
func plainAggregates(n *plan.Aggregate) plan.Node {
	c := *n
	c.Aggs = nil
	changed := false
	for _, a := range n.Aggs {
		if a.Agg.Distinct && ignoresDup(a.Agg) {
			a.Agg.Distinct = false
			changed = true
		}
		c.Aggs = append(c.Aggs, a)
	}
	if !changed {
		return n
	}
	return &c
}

func ignoresDup(a expr.Agg) bool { return a.Fn.Has(sig.IgnoresDup) }
