package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// pushSemi moves a semi or anti join below an inner join, to the side that has its keys, if that side has no more rows than the join: the rows that it drops
// then need not be joined first, and a runtime filter of the semi join comes closer to the tables. The order of the rows stays.
type pushSemi struct{}

// Name implements Rule.
func (pushSemi) Name() string { return "push_semi" }

// Apply implements Rule.
func (pushSemi) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	s, ok := n.(*plan.Join)
	if !ok || s.Kind != defs.Semi && s.Kind != defs.Anti || len(s.On) == 0 {
		return n, nil
	}
	for _, e := range s.Conds() {
		if expr.Fallible(e) || expr.Volatile(e) {
			return n, nil
		}
	}
	switch in := s.Left.(type) {
	case *plan.Project:
		return c.semiBelowProject(s, in), nil
	case *plan.Filter:
		if j, ok := in.Input.(*plan.Join); ok {
			if next := c.semiBelowJoin(s, j); next != nil {
				return &plan.Filter{Input: next, Cond: in.Cond}, nil
			}
		}
	case *plan.Join:
		if next := c.semiBelowJoin(s, in); next != nil {
			return next, nil
		}
	}
	return n, nil
}

// semiBelowProject moves s below a projection that only renames, if it can go further there.
func (c *Ctx) semiBelowProject(s *plan.Join, p *plan.Project) plan.Node {
	j, ok := p.Input.(*plan.Join)
	if !ok || !onlyRefs(p.Items) {
		return s
	}
	m := substitution(p.Items)
	below := plan.MapExprs(s, func(e expr.Expr) expr.Expr { return expr.Substitute(e, m) }).(*plan.Join)
	next := c.semiBelowJoin(below, j)
	if next == nil {
		return s
	}
	return &plan.Project{Input: next, Items: p.Items}
}

// semiBelowJoin returns j with s on the side whose columns it reads, or nil. Keys of an inner join are the same on both sides, so that s may go to either.
func (c *Ctx) semiBelowJoin(s, j *plan.Join) plan.Node {
	if !inner(j) {
		return nil
	}
	l, r := map[expr.ColID]expr.Expr{}, map[expr.ColID]expr.Expr{}
	for _, on := range j.On {
		a, ok1 := on.Left.(*expr.Ref)
		b, ok2 := on.Right.(*expr.Ref)
		if ok1 && ok2 && !on.NullSafe {
			l[b.Col.ID], r[a.Col.ID] = a, b
		}
	}
	most := c.est.Rows(j)
	out := *j
	left, right := c.semiOver(s, j.Left, l, most), c.semiOver(s, j.Right, r, most)
	switch {
	case left != nil && (right == nil || c.est.Rows(j.Left) <= c.est.Rows(j.Right)):
		out.Left = left
	case right != nil:
		out.Right = right
	default:
		return nil
	}
	return &out
}

// semiOver returns s over side, with the columns of the other side replaced by equal ones, if it reads nothing else and side is small enough.
func (c *Ctx) semiOver(s *plan.Join, side plan.Node, equal map[expr.ColID]expr.Expr, most float64) plan.Node {
	if c.est.Rows(side) > most {
		return nil
	}
	out := plan.MapExprs(s, func(e expr.Expr) expr.Expr { return expr.Substitute(e, equal) }).WithInputs([]plan.Node{side, s.Right}).(*plan.Join)
	have := plan.IDs(side)
	for id := range plan.IDs(s.Right) {
		have[id] = true
	}
	for _, e := range out.Conds() {
		if !plan.ReadsOnly(e, have, false) {
			return nil
		}
	}
	return out
}
