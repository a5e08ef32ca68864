package plan

import "github.com/siksik-data/siksik/internal/expr"

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
	refs := map[expr.ColID]bool{}
	expr.Refs(e, refs)
	for id := range refs {
		if !set[id] {
			return false
		}
	}
	return len(refs) > 0 || !some
}
