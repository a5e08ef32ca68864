package opt

import (
	"slices"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// inputNeeds returns what n reads of input i when need is read of n.
func inputNeeds(n plan.Node, i int, need columnSet) columnSet {
	out := columnSet{}
	in := n.Inputs()[i]
	ids := plan.IDs(in)
	read := func(e expr.Expr) {
		refs := columnSet{}
		expr.Refs(e, refs)
		for id := range refs {
			if ids[id] {
				out[id] = true
			}
		}
	}
	keep := func() {
		for id := range need {
			if ids[id] {
				out[id] = true
			}
		}
	}
	switch n := n.(type) {
	case *plan.Project:
		for _, it := range n.Items {
			if need[it.Col.ID] {
				read(it.Expr)
			}
		}
	case *plan.Aggregate:
		plan.Exprs(keptAggregate(n, need), read)
	case *plan.Window:
		keep()
		if w := keptWindow(n, need); len(w.Items) > 0 {
			plan.Exprs(w, read)
		}
	case *plan.Union:
		for k, c := range in.Cols() {
			if need[n.Out[k].ID] {
				out[c.ID] = true
			}
		}
	case *plan.Distinct:
		if n.On == nil {
			return ids
		}
		keep()
		for _, id := range n.On {
			out[id] = true
		}
	case *plan.Write:
		return ids
	case *plan.Join:
		if i == 0 || n.Kind != defs.Semi && n.Kind != defs.Anti && n.Kind != defs.Mark {
			keep()
		}
		plan.Exprs(n, read)
	default: // Filter, Sort, Limit, Unnest, RowIndex hand columns on
		keep()
		plan.Exprs(n, read)
	}
	return out
}

func keptAggregate(n *plan.Aggregate, need columnSet) *plan.Aggregate {
	c := *n
	c.Aggs = slices.DeleteFunc(slices.Clone(n.Aggs), func(a plan.AggItem) bool { return !need[a.Col.ID] })
	return &c
}

func keptWindow(n *plan.Window, need columnSet) *plan.Window {
	return &plan.Window{Input: n.Input, Items: slices.DeleteFunc(slices.Clone(n.Items), func(w plan.WinItem) bool { return !need[w.Col.ID] })}
}
