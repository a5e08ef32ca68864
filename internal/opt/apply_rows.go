package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// applyRows computes a lateral table directly over the left rows, when it only filters, projects, unnests or joins further tables: then every left row
// can go through it by itself, and nothing needs to be joined back.
type applyRows struct{}

// Name implements Rule.
func (applyRows) Name() string { return "apply_rows" }

// Apply implements Rule.
func (applyRows) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	a, ok := n.(*plan.Apply)
	if !ok {
		return n, nil
	}
	r := &rowwise{left: a.Left, outer: plan.IDs(a.Left)}
	switch {
	case a.Kind == defs.Inner && r.can(a.Right):
		return above(r.over(a.Right), condsOf(a)), nil
	case a.Kind == defs.Left && len(condsOf(a)) == 0:
		return r.unnestOuter(a), nil
	default:
		return n, nil
	}
}

// rowwise puts the left side at the place in the right side below which nothing is correlated.
type rowwise struct {
	left  plan.Node
	outer columnSet
}

func (r *rowwise) correlated(n plan.Node) bool {
	set := columnSet{}
	plan.Outer(n, r.outer, set)
	return len(set) > 0
}

// can reports whether every node from n down to that place treats rows one by one. The left rows must come first there, so that the order stays.
func (r *rowwise) can(n plan.Node) bool {
	if !r.correlated(n) {
		return true
	}
	switch n := n.(type) {
	case *plan.Filter, *plan.Project:
		return r.can(n.Inputs()[0])
	case *plan.Unnest:
		return r.can(n.Input)
	case *plan.Join:
		return inner(n) && !r.correlated(n.Right) && r.can(n.Left)
	default:
		return false
	}
}

// over rebuilds n over the left rows, whose columns come out as well.
func (r *rowwise) over(n plan.Node) plan.Node {
	if !r.correlated(n) {
		return overUnit(r.left, n)
	}
	switch n := n.(type) {
	case *plan.Project:
		return &plan.Project{Input: r.over(n.Input), Items: append(plan.PassThrough(r.left.Cols()), n.Items...)}
	case *plan.Join:
		return innerJoin(r.over(n.Left), n.Right, n.Conds())
	default:
		return n.WithInputs([]plan.Node{r.over(n.Inputs()[0])})
	}
}

// unnestOuter turns a left join with the elements of a list into an unnest that keeps rows without elements.
func (r *rowwise) unnestOuter(a *plan.Apply) plan.Node {
	outs, base := topProjects(a.Right)
	u, ok := base.(*plan.Unnest)
	if !ok || !isUnit(u.Input) || u.Outer {
		return a
	}
	for _, it := range outs {
		if ref, ok := it.Expr.(*expr.Ref); !ok || r.outer[ref.Col.ID] {
			return a
		}
	}
	c := *u
	c.Input, c.Outer = a.Left, true
	if outs == nil {
		return &c
	}
	return &plan.Project{Input: &c, Items: append(plan.PassThrough(a.Left.Cols()), outs...)}
}
