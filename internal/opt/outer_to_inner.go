package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// outerToInner drops the outer part of a join whose padded rows a filter or inner join above rejects anyway.
type outerToInner struct{}

// Name implements Rule.
func (outerToInner) Name() string { return "outer_to_inner" }

// Apply implements Rule.
func (outerToInner) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	switch n := n.(type) {
	case *plan.Filter:
		if j := narrowed(n.Input, expr.Conjuncts(n.Cond)); j != nil {
			return &plan.Filter{Input: j, Cond: n.Cond}, nil
		}
	case *plan.Join:
		return outerBelow(n), nil
	}
	return n, nil
}

// outerBelow uses the keys of an inner or semi join, which are not null in any pair.
func outerBelow(n *plan.Join) plan.Node {
	if n.Kind != defs.Inner && n.Kind != defs.Semi {
		return n
	}
	var left, right []expr.Expr
	for _, on := range n.On {
		if !on.NullSafe {
			left = append(left, &expr.IsNull{Arg: on.Left, Negate: true})
			right = append(right, &expr.IsNull{Arg: on.Right, Negate: true})
		}
	}
	l, r := narrowed(n.Left, left), narrowed(n.Right, right)
	if l == nil && r == nil {
		return n
	}
	c := *n
	if l != nil {
		c.Left = l
	}
	if r != nil {
		c.Right = r
	}
	return &c
}

// narrowed returns the outer join n as one that keeps fewer unmatched rows, given that all conds must be true of its rows; nil if it stays.
func narrowed(n plan.Node, conds []expr.Expr) plan.Node {
	j, ok := n.(*plan.Join)
	if !ok {
		return nil
	}
	noLeft, noRight := anyRejects(conds, plan.IDs(j.Left)), anyRejects(conds, plan.IDs(j.Right))
	kind := j.Kind
	switch {
	case kind == defs.Left && noRight, kind == defs.Right && noLeft, kind == defs.Full && noLeft && noRight:
		kind = defs.Inner
	case kind == defs.Full && noRight: // unmatched left rows are rejected
		kind = defs.Right
	case kind == defs.Full && noLeft:
		kind = defs.Left
	default:
		return nil
	}
	c := *j
	c.Kind = kind
	return &c
}

func anyRejects(conds []expr.Expr, set columnSet) bool {
	for _, c := range conds {
		if rejectsNull(c, set) {
			return true
		}
	}
	return false
}
