package opt

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/expr"
)

// logic simplifies the AND of args, or the OR with or: nested ones are flattened, neutral and repeated operands dropped, and the absorbing constant
// wins. It returns e, if not nil, when nothing changes.
func (s *simplifier) logic(e expr.Expr, args []expr.Expr, or bool) expr.Expr {
	var out []expr.Expr
	seen := map[string]bool{} // texts of operands: comparing each with all others would take minutes for thousands of them
	for _, a := range flatten(args, or) {
		switch {
		case isLit(a, or):
			return boolLit(or)
		case isLit(a, !or):
			continue
		case !expr.Volatile(a):
			text := expr.Format(a)
			if seen[text] {
				continue
			}
			seen[text] = true
		}
		out = append(out, a)
	}
	if or {
		out = mergeEqualities(out)
		if f := factor(out); f != nil {
			return s.logic(nil, f, false)
		}
	}
	switch {
	case len(out) == 0:
		return boolLit(!or)
	case len(out) == 1:
		return out[0]
	case e != nil && slices.Equal(out, args):
		return e
	case or:
		return &expr.Or{Args: out}
	default:
		return &expr.And{Args: out}
	}
}

func boolLit(v bool) expr.Expr {
	if v {
		return expr.True
	}
	return expr.False
}

// flatten opens nested ANDs, or ORs with or.
func flatten(args []expr.Expr, or bool) []expr.Expr {
	var out []expr.Expr
	for _, a := range args {
		if kids := operands(a, or); len(kids) > 1 {
			out = append(out, flatten(kids, or)...)
			continue
		}
		out = append(out, a)
	}
	return out
}

// operands returns the arguments of an AND, or of an OR with or; anything else is its own operand.
func operands(e expr.Expr, or bool) []expr.Expr {
	switch e := e.(type) {
	case *expr.And:
		if !or {
			return e.Args
		}
	case *expr.Or:
		if or {
			return e.Args
		}
	}
	return []expr.Expr{e}
}

// factor takes conditions that all alternatives share out of an OR: (a and b) or (a and c) is a and (b or c). It returns nil if there are none.
func factor(alternatives []expr.Expr) []expr.Expr {
	if len(alternatives) < 2 {
		return nil
	}
	var common []expr.Expr
	for _, c := range operands(alternatives[0], false) {
		shared := !expr.Volatile(c)
		for _, a := range alternatives[1:] {
			shared = shared && slices.ContainsFunc(operands(a, false), func(o expr.Expr) bool { return expr.Equal(o, c) })
		}
		if shared {
			common = append(common, c)
		}
	}
	if len(common) == 0 {
		return nil
	}
	var rest []expr.Expr
	for _, a := range alternatives {
		var own []expr.Expr
		for _, o := range operands(a, false) {
			if !slices.ContainsFunc(common, func(c expr.Expr) bool { return expr.Equal(o, c) }) {
				own = append(own, o)
			}
		}
		if len(own) == 0 { // this alternative asks for nothing else
			return common
		}
		rest = append(rest, expr.AndAll(own))
	}
	return append(common, &expr.Or{Args: rest})
}

// mergeEqualities makes one IN of the equalities of one column with constants in an OR.
func mergeEqualities(args []expr.Expr) []expr.Expr {
	var out []expr.Expr
	at := map[string]int{} // position in out by column
	merged := false
	for _, a := range args {
		ref, values, null := constants(a)
		if ref == nil {
			out = append(out, a)
			continue
		}
		key := expr.Format(ref)
		i, seen := at[key]
		if !seen {
			at[key] = len(out)
			out = append(out, a)
			continue
		}
		_, old, oldNull := constants(out[i])
		out[i] = &expr.In{Arg: ref, Values: append(slices.Clone(old), values...), HasNull: null || oldNull}
		merged = true
	}
	if !merged {
		return args
	}
	return out
}

// constants returns the column of an equality or IN and the values it is tested against.
func constants(e expr.Expr) (ref *expr.Ref, values []data.Scalar, null bool) {
	switch e := e.(type) {
	case *expr.In:
		if r, ok := e.Arg.(*expr.Ref); ok {
			return r, e.Values, e.HasNull
		}
	case *expr.Call:
		if e.Fn.Name != "eq" {
			return nil, nil, false
		}
		r, ok := e.Args[0].(*expr.Ref)
		l, lit := e.Args[1].(*expr.Lit)
		if ok && lit && !l.Value.Null {
			return r, []data.Scalar{l.Value}, false
		}
	}
	return nil, nil, false
}
