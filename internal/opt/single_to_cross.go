package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/plan"
)

// singleToCross joins a scalar subquery that has exactly one row, as an aggregate without groups has, as a cross join.
type singleToCross struct{}

// Name implements Rule.
func (singleToCross) Name() string { return "single_to_cross" }

// Apply implements Rule.
func (singleToCross) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	j, ok := n.(*plan.Join)
	if !ok || j.Kind != defs.Single || len(j.On) > 0 || j.Residual != nil || !oneRow(j.Right) {
		return n, nil
	}
	return &plan.Join{Kind: defs.Cross, Left: j.Left, Right: j.Right}, nil
}

// oneRow reports whether n always has exactly one row.
func oneRow(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Aggregate:
		return len(n.Keys) == 0 && n.Sets == nil
	case *plan.Values:
		return len(n.Rows) == 1
	case *plan.Project, *plan.Window, *plan.RowIndex, *plan.Shared:
		return oneRow(n.Inputs()[0])
	case *plan.Sort:
		return n.Limit != 0 && oneRow(n.Input)
	case *plan.Limit:
		return n.Offset == 0 && n.Count != 0 && oneRow(n.Input)
	case *plan.Join:
		return n.Kind == defs.Cross && oneRow(n.Left) && oneRow(n.Right)
	default:
		return false
	}
}
