package opt

import (
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// mergeFilters makes one filter of two, the conditions of the lower one first, and drops one that is always true.
type mergeFilters struct{}

// Name implements Rule.
func (mergeFilters) Name() string { return "merge_filters" }

// Apply implements Rule.
func (mergeFilters) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	f, ok := n.(*plan.Filter)
	if !ok {
		return n, nil
	}
	if isLit(f.Cond, true) {
		return f.Input, nil
	}
	below, ok := f.Input.(*plan.Filter)
	if !ok {
		return n, nil
	}
	conds := append(expr.Conjuncts(below.Cond), expr.Conjuncts(f.Cond)...)
	return &plan.Filter{Input: below.Input, Cond: expr.AndAll(conds)}, nil
}
