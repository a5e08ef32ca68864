package opt

import (
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// mergeProjects computes two projections in one, unless that would evaluate something costly more than once or something volatile differently.
type mergeProjects struct{}

// Name implements Rule.
func (mergeProjects) Name() string { return "merge_projects" }

// Apply implements Rule.
func (mergeProjects) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	upper, ok := n.(*plan.Project)
	if !ok {
		return n, nil
	}
	lower, ok := upper.Input.(*plan.Project)
	if !ok {
		return n, nil
	}
	uses := map[expr.ColID]int{}
	for _, it := range upper.Items {
		countRefs(it.Expr, uses)
	}
	for _, it := range lower.Items {
		if uses[it.Col.ID] > 1 && !plain(it.Expr) || volatile(it.Expr) {
			return n, nil
		}
	}
	m := substitution(lower.Items)
	out := &plan.Project{Input: lower.Input, Items: make([]plan.Item, len(upper.Items))}
	for i, it := range upper.Items {
		out.Items[i] = plan.Item{Col: it.Col, Expr: expr.Substitute(it.Expr, m)}
	}
	return out, nil
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
