package plan

import (
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/sig"
)

// Compare applies a comparison (eq, lt, is_not_distinct, …) to two values of one type.
func Compare(name string, a, b expr.Expr) expr.Expr {
	return &expr.Call{Fn: sig.ByID(name + ".any"), Args: []expr.Expr{a, b}, Typ: dtype.Of(dtype.Bool)}
}

// Cond returns the equality as a condition.
func (o On) Cond() expr.Expr {
	if o.NullSafe {
		return Compare("is_not_distinct", o.Left, o.Right)
	}
	return Compare("eq", o.Left, o.Right)
}

// Conds returns all that must hold for a pair of the join to match.
func (n *Join) Conds() []expr.Expr {
	var out []expr.Expr
	for _, on := range n.On {
		out = append(out, on.Cond())
	}
	if n.Residual != nil {
		out = append(out, expr.Conjuncts(n.Residual)...)
	}
	return out
}

// SplitOn sorts the conjuncts of a condition over two inputs: equalities with one side of either input, turned so that Left reads left columns, and
// the rest in order.
func SplitOn(left, right Node, conds []expr.Expr) (on []On, rest []expr.Expr) {
	l, r := IDs(left), IDs(right)
	for _, c := range conds {
		call, ok := c.(*expr.Call)
		if !ok || call.Fn.Name != "eq" && call.Fn.Name != "is_not_distinct" {
			rest = append(rest, c)
			continue
		}
		o := On{Left: call.Args[0], Right: call.Args[1], NullSafe: call.Fn.Name == "is_not_distinct"}
		switch {
		case ReadsOnly(o.Left, l, true) && ReadsOnly(o.Right, r, true):
			on = append(on, o)
		case ReadsOnly(o.Left, r, true) && ReadsOnly(o.Right, l, true):
			o.Left, o.Right = o.Right, o.Left
			on = append(on, o)
		default:
			rest = append(rest, c)
		}
	}
	return on, rest
}

// ReadsOnly reports whether e reads no column outside the set and, with some, at least one in it.
func ReadsOnly(e expr.Expr, set map[expr.ColID]bool, some bool) bool {
	within, any := true, false
	expr.Walk(e, func(x expr.Expr) bool {
		if r, ok := x.(*expr.Ref); ok {
			within, any = within && set[r.Col.ID], true
		}
		return within
	})
	return within && (any || !some)
}
