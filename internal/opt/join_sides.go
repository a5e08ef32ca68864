package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/plan"
)

// joinSides keeps the smaller input of a join in memory, which is the right one. Inner, cross, left and right joins swap their inputs; rows then come in
// the order of the other side, so it only happens where that order does not reach the result: see observed. Semi and anti joins build their left
// input, whose rows come out in their order all the same.
type joinSides struct{}

// Name implements Rule.
func (joinSides) Name() string { return "join_sides" }

// Apply implements Rule. n is the root.
func (joinSides) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	return withOrder(n, true, observed, func(n plan.Node, ordered bool) (plan.Node, error) {
		j, ok := n.(*plan.Join)
		switch {
		case !ok:
			return n, nil
		case j.Kind == defs.Semi || j.Kind == defs.Anti:
			return c.leftBuilt(j), nil
		case ordered:
			return n, nil
		default:
			return c.swapped(j), nil
		}
	})
}

// A side must be smaller by this factor before it is worth the swap; estimates are not exact.
const swapFactor = 1.5

func (c *Ctx) leftBuilt(j *plan.Join) plan.Node {
	if j.BuildLeft || len(j.On) == 0 || c.est.Rows(j.Left)*swapFactor >= c.est.Rows(j.Right) {
		return j
	}
	out := *j
	out.BuildLeft = true
	return &out
}

func (c *Ctx) swapped(j *plan.Join) plan.Node {
	kind := j.Kind
	switch j.Kind {
	case defs.Inner, defs.Cross:
	case defs.Left:
		kind = defs.Right
	case defs.Right:
		kind = defs.Left
	default:
		return j
	}
	factor := swapFactor
	if kind != j.Kind { // unmatched rows of the built side need a second pass
		factor *= 4
	}
	if right := c.est.Rows(j.Right); right < c.ReorderFrom || c.est.Rows(j.Left)*factor >= right {
		return j
	}
	out := &plan.Join{Kind: kind, Left: j.Right, Right: j.Left, On: make([]plan.On, len(j.On)), Residual: j.Residual}
	for i, on := range j.On {
		out.On[i] = plan.On{Left: on.Right, Right: on.Left, NullSafe: on.NullSafe}
	}
	return out
}
