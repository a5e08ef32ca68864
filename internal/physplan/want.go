package physplan

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// inputWant returns what n needs of its input i when w is needed of n. Nodes that see columns by position, or all of them, need all.
func inputWant(n plan.Node, i int, w want) want {
	in := n.Inputs()[i]
	all := plan.IDs(in)
	out := want{ordered: plan.ObservesOrder(n, i, w.ordered), cols: map[expr.ColID]bool{}}
	handOn := false
	switch n := n.(type) {
	case *plan.Union, *plan.Shared, *plan.Write:
		out.cols = all
		return out
	case *plan.Distinct:
		if n.On == nil {
			out.cols = all
			return out
		}
		for _, id := range n.On {
			out.cols[id] = true
		}
		handOn = true
	case *plan.Join:
		handOn = i == 0 || n.Kind != defs.Semi && n.Kind != defs.Anti && n.Kind != defs.Mark
	case *plan.Project, *plan.Aggregate:
	default:
		handOn = true
	}
	if handOn {
		for id := range w.cols {
			if all[id] {
				out.cols[id] = true
			}
		}
	}
	plan.Exprs(n, func(e expr.Expr) {
		expr.Walk(e, func(x expr.Expr) bool {
			if r, ok := x.(*expr.Ref); ok && all[r.Col.ID] {
				out.cols[r.Col.ID] = true
			}
			return true
		})
	})
	return out
}
