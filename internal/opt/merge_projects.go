package opt

import (
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// mergeProjects computes a projection within the projection or aggregate above it, unless that would evaluate something costly more than once or something
// volatile differently.
type mergeProjects struct{}

// Name implements Rule.
func (mergeProjects) Name() string { return "merge_projects" }

// Apply implements Rule.
func (mergeProjects) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	switch n.(type) {
	case *plan.Project, *plan.Aggregate:
	default:
		return n, nil
	}
	lower, ok := n.Inputs()[0].(*plan.Project)
	if !ok {
		return n, nil
	}
	uses := map[expr.ColID]int{}
	plan.Exprs(n, func(e expr.Expr) { countRefs(e, uses) })
	for _, it := range lower.Items {
		if uses[it.Col.ID] > 1 && !plain(it.Expr) || expr.Volatile(it.Expr) {
			return n, nil
		}
	}
	m := substitution(lower.Items)
	merged := plan.MapExprs(n, func(e expr.Expr) expr.Expr { return expr.Substitute(e, m) })
	return merged.WithInputs([]plan.Node{lower.Input}), nil
}

func countRefs(e expr.Expr, uses map[expr.ColID]int) {
	expr.Walk(e, func(x expr.Expr) bool {
		if r, ok := x.(*expr.Ref); ok {
			uses[r.Col.ID]++
		}
		return true
	})
}

// substitution maps output columns to the expressions behind them.
func substitution(items []plan.Item) map[expr.ColID]expr.Expr {
	m := make(map[expr.ColID]expr.Expr, len(items))
	for _, it := range items {
		m[it.Col.ID] = it.Expr
	}
	return m
}
