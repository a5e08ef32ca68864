package opt

import (
	"slices"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// sameCols returns n with exactly the columns cols in their order, projecting if it has them otherwise.
func sameCols(n plan.Node, cols []expr.Col) plan.Node {
	if equalCols(n.Cols(), cols) {
		return n
	}
	return &plan.Project{Input: n, Items: plan.PassThrough(cols)}
}

func equalCols(a, b []expr.Col) bool {
	return slices.EqualFunc(a, b, func(a, b expr.Col) bool { return a.ID == b.ID && a.Name == b.Name })
}
