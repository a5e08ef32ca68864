package plan

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/sig"
)

// ObservesOrder reports whether n, whose own row order somebody observes or not, depends on the order of its input i. It is the one answer for the
// optimiser, which may remove a sort that nobody observes, and for the planner, which may let groups come in any order.
func ObservesOrder(n Node, i int, ordered bool) bool {
	switch n := n.(type) {
	case *Filter, *Project, *Unnest, *Union:
		return ordered
	case *Aggregate:
		for _, a := range n.Aggs {
			if a.Agg.Fn.Has(sig.OrderAware) { // even with an order of its own, whose ties keep input order
				return true
			}
		}
		return ordered && len(n.Keys) > 0
	case *Distinct:
		return ordered || n.On != nil
	case *Join:
		return joinObserves(n.Kind, i, ordered)
	case *Apply:
		return joinObserves(n.Kind, i, ordered)
	case *Sort:
		return !breaksTies(n)
	default:
		return true
	}
}

// joinObserves: a semi or anti join only asks whether there is a match on the right, and a mark join only which.
func joinObserves(kind defs.JoinKind, i int, ordered bool) bool {
	if i == 1 && (kind == defs.Semi || kind == defs.Anti || kind == defs.Mark) {
		return false
	}
	return ordered
}

// breaksTies reports whether the keys of a sort tell all rows of its input apart, because they contain all keys of a grouping.
func breaksTies(n *Sort) bool {
	sorted := map[expr.ColID]bool{}
	for _, k := range n.Keys {
		if r, ok := k.Expr.(*expr.Ref); ok {
			sorted[r.Col.ID] = true
		}
	}
	in := n.Input
	for {
		switch x := in.(type) {
		case *Filter:
			in = x.Input
			continue
		case *Project:
			inner := map[expr.ColID]bool{}
			for _, it := range x.Items {
				if r, ok := it.Expr.(*expr.Ref); ok && sorted[it.Col.ID] {
					inner[r.Col.ID] = true
				}
			}
			sorted, in = inner, x.Input
			continue
		case *Aggregate:
			return x.Sets == nil && hasAll(sorted, x.Keys)
		case *Distinct:
			return distinctBy(x, sorted)
		default:
			return false
		}
	}
}

func hasAll(set map[expr.ColID]bool, keys []Item) bool {
	for _, k := range keys {
		if !set[k.Col.ID] {
			return false
		}
	}
	return true
}

// distinctBy reports whether no two rows of d agree in all columns of the set.
func distinctBy(d *Distinct, set map[expr.ColID]bool) bool {
	if d.On == nil {
		for _, c := range d.Cols() {
			if !set[c.ID] {
				return false
			}
		}
		return true
	}
	for _, id := range d.On {
		if !set[id] {
			return false
		}
	}
	return true
}
