package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// removeDistinct drops a distinct over rows that are distinct already.
type removeDistinct struct{}

// Name implements Rule.
func (removeDistinct) Name() string { return "remove_distinct" }

// Apply implements Rule.
func (removeDistinct) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	d, ok := n.(*plan.Distinct)
	if !ok {
		return n, nil
	}
	set := plan.IDs(d)
	if d.On != nil {
		set = columnSet{}
		for _, id := range d.On {
			set[id] = true
		}
	}
	if uniqueBy(d.Input, set) {
		return d.Input, nil
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
