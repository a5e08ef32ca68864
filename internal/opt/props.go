package opt

import (
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
)

// plain reports an expression that costs nothing: a column or a constant.
func plain(e expr.Expr) bool {
	switch e.(type) {
	case *expr.Ref, *expr.Lit:
		return true
	default:
		return false
	}
}

// isLit reports the bool literal v.
func isLit(e expr.Expr, v bool) bool {
	l, ok := e.(*expr.Lit)
	return ok && l.Value.Type.Kind == dtype.Bool && !l.Value.Null && l.Value.Bool() == v
}

// isNull reports a null literal.
func isNull(e expr.Expr) bool {
	l, ok := e.(*expr.Lit)
	return ok && l.Value.Null
}
