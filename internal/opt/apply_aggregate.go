package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// applyAggregate joins a scalar subquery that is an aggregate by left join with its groups: (SELECT avg(x) … WHERE k = outer.k) is avg(x) grouped by k. What is
// computed from the aggregate is computed after the join, and only for left rows. A subquery that has one row whatever the left row is becomes a cross join.
type applyAggregate struct{}

// Name implements Rule.
func (applyAggregate) Name() string { return "apply_aggregate" }

// Apply implements Rule.
func (applyAggregate) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	a, ok := n.(*plan.Apply)
	if !ok || len(condsOf(a)) > 0 || a.Kind != defs.Single && a.Kind != defs.Inner && a.Kind != defs.Left {
		return n, nil
	}
	outs, base := topProjects(a.Right)
	free := columnSet{}
	plan.Outer(base, plan.IDs(a.Left), free)
	agg, _ := base.(*plan.Aggregate)
	var in plan.Node
	switch {
	case len(free) == 0 && oneRow(base):
		in = overUnit(a.Left, base)
	case len(free) > 0 && agg != nil && len(agg.Keys) == 0 && agg.Sets == nil:
		d := c.newDomain(a.Left, base)
		g, err := d.groups(agg, free)
		if err != nil {
			return nil, err
		}
		in = d.withGroups(d.outerSide(), g, agg, nil)
	default:
		return n, nil
	}
	if outs == nil {
		return in, nil
	}
	return &plan.Project{Input: in, Items: append(plan.PassThrough(a.Left.Cols()), outs...)}, nil
}

// topProjects takes projections off the top of n and returns what they compute together; nil if there is none.
func topProjects(n plan.Node) ([]plan.Item, plan.Node) {
	var outs []plan.Item
	for {
		p, ok := n.(*plan.Project)
		if !ok {
			return outs, n
		}
		m := substitution(p.Items)
		for _, it := range p.Items {
			if expr.Volatile(it.Expr) {
				return outs, n
			}
		}
		if outs == nil {
			outs = p.Items
		} else {
			next := make([]plan.Item, len(outs))
			for i, it := range outs {
				next[i] = plan.Item{Col: it.Col, Expr: expr.Substitute(it.Expr, m)}
			}
			outs = next
		}
		n = p.Input
	}
}

// overUnit pairs left rows with the rows of n; a row without columns adds nothing.
func overUnit(left, n plan.Node) plan.Node {
	if isUnit(n) {
		return left
	}
	return &plan.Join{Kind: defs.Cross, Left: left, Right: n}
}

// isUnit reports the one row without columns that a SELECT without FROM reads.
func isUnit(n plan.Node) bool {
	v, ok := n.(*plan.Values)
	return ok && len(v.Rows) == 1 && len(v.Out) == 0
}
