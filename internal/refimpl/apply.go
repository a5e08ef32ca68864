package refimpl

import (
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// apply computes the right side once for each left row, with the columns of that row as constants.
func (x *interp) apply(n *plan.Apply) ([]row, error) {
	left, err := x.run(n.Left)
	if err != nil {
		return nil, err
	}
	j := &plan.Join{Kind: n.Kind, Left: n.Left, Right: n.Right, Residual: n.Cond, Mark: n.Mark}
	var out []row
	for _, l := range left {
		side, err := given(n.Right, l)
		if err != nil {
			return nil, err
		}
		right, err := x.run(side)
		if err != nil {
			return nil, err
		}
		rows, err := joinRow(j, l, right, make([]bool, len(right)))
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// given replaces references to the columns of an outer row by their values.
func given(n plan.Node, outer row) (plan.Node, error) {
	m := map[expr.ColID]expr.Expr{}
	for id, v := range outer {
		m[id] = &expr.Lit{Value: v}
	}
	return plan.BottomUp(n, func(x plan.Node) (plan.Node, error) {
		return plan.MapExprs(x, func(e expr.Expr) expr.Expr { return expr.Substitute(e, m) }), nil
	})
}
