package plan

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
)

// Apply is a dependent join: for each left row, Right is computed with the columns of Left that it reads and joined by Kind (Inner, Left, Semi, Anti,
// Mark, Single). A pair matches if Cond (over the columns of both, nil for always) is true. Output and order of rows are those of Join. It is how subqueries and
// lateral tables are bound; the optimiser replaces every Apply by joins (opt.Decorrelate), so that nothing after it knows the node. References of Right to
// columns of nodes further out are allowed as well, if the Apply itself stands to the right of an Apply that has them.
type Apply struct {
	Kind        defs.JoinKind
	Left, Right Node
	Cond        expr.Expr
	Mark        expr.Col // for Mark
}

// Inputs implements Node.
func (n *Apply) Inputs() []Node { return []Node{n.Left, n.Right} }

// WithInputs implements Node.
func (n *Apply) WithInputs(in []Node) Node { c := *n; c.Left, c.Right = in[0], in[1]; return &c }

// Cols implements Node.
func (n *Apply) Cols() []expr.Col { return listCols(n) }

func (*Apply) sealed() {}

// Outer adds to set the columns among cols that the expressions of n and of all nodes below read. If they are not columns of n's own sources, n is
// correlated with the node that has them.
func Outer(n Node, cols, set map[expr.ColID]bool) {
	Walk(n, func(x Node) bool {
		Exprs(x, func(e expr.Expr) {
			expr.Walk(e, func(x expr.Expr) bool {
				if r, ok := x.(*expr.Ref); ok && cols[r.Col.ID] {
					set[r.Col.ID] = true
				}
				return true
			})
		})
		return true
	})
}
