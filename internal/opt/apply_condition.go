package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// applyCondition makes the filters of a subquery conditions of the join with it, when nothing else in the subquery reads outer columns: EXISTS (SELECT … WHERE
// k = outer.k) is a semi join on k.
type applyCondition struct{}

// Name implements Rule.
func (applyCondition) Name() string { return "apply_condition" }

// Apply implements Rule.
func (applyCondition) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	a, ok := n.(*plan.Apply)
	if !ok {
		return n, nil
	}
	p := &peel{kind: a.Kind, outer: plan.IDs(a.Left), node: a.Right, conds: condsOf(a)}
	for p.step() {
	}
	left := columnSet{}
	plan.Outer(p.node, p.outer, left)
	if len(left) > 0 {
		return n, nil
	}
	if p.matching() && len(p.conds)+len(p.where) == 0 { // only that there is a row matters
		return independent(c, &plan.Apply{Kind: a.Kind, Left: a.Left, Right: p.node, Mark: a.Mark}), nil
	}
	j := joined(c, &plan.Join{Kind: a.Kind, Left: a.Left, Right: p.node, Mark: a.Mark}, p.conds, p.where)
	if p.outs == nil {
		return j, nil
	}
	return &plan.Project{Input: j, Items: append(plan.PassThrough(a.Left.Cols()), p.outs...)}, nil
}

// peel takes the nodes off the top of a subquery that a join condition can stand for.
type peel struct {
	kind  defs.JoinKind
	outer columnSet
	node  plan.Node
	conds []expr.Expr // of the join
	where []expr.Expr // of the subquery
	outs  []plan.Item // output columns to compute after the join; nil if they are those of node
}

// matching reports joins for which it only matters whether a match exists.
func (p *peel) matching() bool {
	return p.kind == defs.Semi || p.kind == defs.Anti || p.kind == defs.Mark
}

// step takes one node off and reports whether it did.
func (p *peel) step() bool {
	switch n := p.node.(type) {
	case *plan.Filter:
		return p.filter(n)
	case *plan.Project:
		return p.project(n)
	case *plan.Sort:
		if n.Limit >= 0 || !p.matching() && p.kind != defs.Single {
			return false
		}
		p.node = n.Input
		return true
	case *plan.Limit:
		if !p.matching() || n.Offset > 0 || n.Count == 0 || len(p.conds)+len(p.where) > 0 {
			return false
		}
		p.node = n.Input
		return true
	case *plan.Distinct:
		if !p.matching() || n.On != nil {
			return false
		}
		p.node = n.Input
		return true
	case *plan.Aggregate:
		return p.aggregate(n)
	case *plan.Join:
		return p.join(n)
	default:
		return false
	}
}

// filter moves the correlated conditions to the join and leaves the others below it.
func (p *peel) filter(n *plan.Filter) bool {
	var own []expr.Expr
	moved := false
	for _, e := range expr.Conjuncts(n.Cond) {
		if expr.Volatile(e) {
			return false
		}
		if p.correlated(e) {
			p.where, moved = append(p.where, e), true
			continue
		}
		own = append(own, e)
	}
	if moved {
		p.node = above(n.Input, own)
	}
	return moved
}

func (p *peel) correlated(e expr.Expr) bool {
	refs := columnSet{}
	expr.Refs(e, refs)
	for id := range refs {
		if p.outer[id] {
			return true
		}
	}
	return false
}

// project computes within the conditions what the projection computes. Output columns are computed after the join, if they are null there for rows without a
// match.
func (p *peel) project(n *plan.Project) bool {
	m := substitution(n.Items)
	inner := plan.IDs(n.Input)
	for _, it := range n.Items {
		if expr.Volatile(it.Expr) {
			return false
		}
		padded := p.kind == defs.Left || p.kind == defs.Single
		if padded && (!nullWith(it.Expr, inner) || p.correlated(it.Expr) && !plain(it.Expr)) {
			return false
		}
	}
	if !p.matching() {
		if p.outs == nil {
			p.outs = n.Items
		} else {
			outs := make([]plan.Item, len(p.outs))
			for i, it := range p.outs {
				outs[i] = plan.Item{Col: it.Col, Expr: expr.Substitute(it.Expr, m)}
			}
			p.outs = outs
		}
	}
	p.conds, p.where, p.node = substituted(p.conds, m), substituted(p.where, m), n.Input
	return true
}

// aggregate drops a grouping of which only the keys are looked at: each group has a row.
func (p *peel) aggregate(n *plan.Aggregate) bool {
	if !p.matching() || len(n.Keys) == 0 || n.Sets != nil {
		return false
	}
	for _, list := range [][]expr.Expr{p.conds, p.where} {
		for _, e := range list {
			refs := columnSet{}
			expr.Refs(e, refs)
			for _, a := range n.Aggs {
				if refs[a.Col.ID] {
					return false
				}
			}
		}
	}
	m := substitution(n.Keys)
	p.conds, p.where, p.node = substituted(p.conds, m), substituted(p.where, m), n.Input
	return true
}

// join moves the correlated conditions of an inner join.
func (p *peel) join(n *plan.Join) bool {
	if !inner(n) {
		return false
	}
	var own, moved []expr.Expr
	for _, e := range n.Conds() {
		if p.correlated(e) {
			moved = append(moved, e)
		} else {
			own = append(own, e)
		}
	}
	if len(moved) == 0 {
		return false
	}
	p.where = append(p.where, moved...)
	p.node = innerJoin(n.Left, n.Right, own)
	return true
}

// innerJoin joins by conditions, of which equalities become keys.
func innerJoin(l, r plan.Node, conds []expr.Expr) *plan.Join {
	j := &plan.Join{Kind: defs.Inner, Left: l, Right: r}
	on, rest := splitSafe(j, conds)
	j.On = on
	if len(rest) > 0 {
		j.Residual = expr.AndAll(rest)
	}
	if len(conds) == 0 {
		j.Kind = defs.Cross
	}
	return j
}
