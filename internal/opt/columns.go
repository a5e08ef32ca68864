package opt

import (
	"slices"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// sameCols returns n with exactly the columns cols in their order, projecting if it has them otherwise.
func sameCols(n plan.Node, cols []expr.Col) plan.Node {
	if slices.EqualFunc(n.Cols(), cols, func(a, b expr.Col) bool { return a.ID == b.ID && a.Name == b.Name }) {
		return n
	}
	return &plan.Project{Input: n, Items: plan.PassThrough(cols)}
}
