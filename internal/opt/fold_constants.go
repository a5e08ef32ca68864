package opt

import (
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// foldConstants evaluates what does not depend on rows and simplifies logic; see simplify.go for the identities and unwrap_cast.go for comparisons of
// converted columns. What fails to evaluate stays as it is: it must fail only if a row gets to it.
type foldConstants struct{}

// Name implements Rule.
func (foldConstants) Name() string { return "fold_constants" }

// Apply implements Rule.
func (foldConstants) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	s := &simplifier{folder: c.Folder}
	n = plan.MapExprs(n, s.simplify)
	switch n := n.(type) {
	case *plan.Filter:
		if cond := s.condition(n.Cond); cond != n.Cond {
			return &plan.Filter{Input: n.Input, Cond: cond}, nil
		}
	case *plan.Join:
		if n.Residual == nil {
			return n, nil
		}
		if isLit(n.Residual, true) {
			c := *n
			c.Residual = nil
			return &c, nil
		}
	}
	return n, nil
}

// condition simplifies a condition of which only the true rows matter: null may become false.
func (s *simplifier) condition(e expr.Expr) expr.Expr {
	parts := expr.Conjuncts(e)
	out := make([]expr.Expr, len(parts))
	changed := false
	for i, p := range parts {
		out[i] = onlyTrue(p)
		changed = changed || out[i] != p
	}
	if !changed {
		return e
	}
	return s.node(expr.AndAll(out))
}

// onlyTrue rewrites a conjunct whose null is as good as false.
func onlyTrue(e expr.Expr) expr.Expr {
	switch e := e.(type) {
	case *expr.Lit:
		if e.Value.Null {
			return expr.False
		}
	case *expr.In:
		if e.HasNull {
			return &expr.In{Arg: e.Arg, Values: e.Values}
		}
	case *expr.Not:
		if in, ok := e.Arg.(*expr.In); ok && in.HasNull && !expr.Fallible(in.Arg) && !expr.Volatile(in.Arg) {
			return expr.False
		}
	case *expr.Call:
		if len(e.Args) != 2 || expr.Volatile(e) || expr.Fallible(e) {
			return e
		}
		if e.Fn.Name == "eq" && expr.Equal(e.Args[0], e.Args[1]) {
			return &expr.IsNull{Arg: e.Args[0], Negate: true}
		}
		if _, lit := e.Args[1].(*expr.Lit); lit && e.Fn.Name == "is_not_distinct" && !isNull(e.Args[1]) {
			return plan.Compare("eq", e.Args[0], e.Args[1])
		}
	}
	return e
}
