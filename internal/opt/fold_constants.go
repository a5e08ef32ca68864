package opt

import (
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// foldConstants evaluates what does not depend on rows and simplifies logic; see simplify.go for the identities.
type foldConstants struct{}

// Name implements Rule.
func (foldConstants) Name() string { return "fold_constants" }

// Apply implements Rule.
func (foldConstants) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	s := &simplifier{folder: c.Folder}
	n = plan.MapExprs(n, s.simplify)
	return n, nil
}

// simplifier simplifies expressions bottom-up.
type simplifier struct{ folder Folder }

func (s *simplifier) simplify(e expr.Expr) expr.Expr { return expr.Map(e, s.node) }

// node simplifies an expression whose inputs are simple already.
func (s *simplifier) node(e expr.Expr) expr.Expr {
	return s.fold(e)
}

// fold evaluates an expression of constants. One that fails stays: it must fail only if a row gets to it.
func (s *simplifier) fold(e expr.Expr) expr.Expr {
	if s.folder == nil || plain(e) || volatile(e) {
		return e
	}
	for _, k := range e.Kids() {
		if _, ok := k.(*expr.Lit); !ok {
			return e
		}
	}
	out, err := s.folder.Fold(e)
	if err != nil || !out.Type().Equal(e.Type()) {
		return e
	}
	return out
}
