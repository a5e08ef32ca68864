package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// crossToInner makes join keys of the equalities in a filter over a cross or inner join. A key that may fail becomes one too: the alternative is to
// try every pair.
type crossToInner struct{}

// Name implements Rule.
func (crossToInner) Name() string { return "cross_to_inner" }

// Apply implements Rule.
func (crossToInner) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	f, ok := n.(*plan.Filter)
	if !ok {
		return residualKeys(n), nil
	}
	j, ok := f.Input.(*plan.Join)
	if !ok || j.Kind != defs.Cross && j.Kind != defs.Inner {
		return n, nil
	}
	keys, rest := joinKeys(j, expr.Conjuncts(f.Cond))
	if len(keys) == 0 {
		return n, nil
	}
	c := *j
	c.Kind, c.On = defs.Inner, append(j.On[:len(j.On):len(j.On)], keys...)
	if len(rest) == 0 {
		return &c, nil
	}
	return &plan.Filter{Input: &c, Cond: expr.AndAll(rest)}, nil
}

// joinKeys splits conditions into equalities of the two sides and the rest.
func joinKeys(j *plan.Join, conds []expr.Expr) (keys []plan.On, rest []expr.Expr) {
	for _, c := range conds {
		on, other := plan.SplitOn(j.Left, j.Right, []expr.Expr{c})
		if expr.Volatile(c) || expr.Fallible(c) && j.Kind != defs.Cross {
			on, other = nil, []expr.Expr{c}
		}
		keys, rest = append(keys, on...), append(rest, other...)
	}
	return keys, rest
}

// residualKeys finds keys that appeared within the condition of a join, such as those that all alternatives of an OR share.
func residualKeys(n plan.Node) plan.Node {
	j, ok := n.(*plan.Join)
	if !ok || j.Residual == nil || j.Kind == defs.Mark {
		return n
	}
	keys, rest := joinKeys(j, expr.Conjuncts(j.Residual))
	if len(keys) == 0 {
		return n
	}
	c := *j
	c.On, c.Residual = append(j.On[:len(j.On):len(j.On)], keys...), nil
	if len(rest) > 0 {
		c.Residual = expr.AndAll(rest)
	}
	return &c
}
