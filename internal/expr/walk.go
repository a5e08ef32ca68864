package expr

import "slices"

// Walk calls visit for e and everything below it, parents first, until visit returns false for a subtree.
func Walk(e Expr, visit func(Expr) bool) {
	if !visit(e) {
		return
	}
	for _, k := range e.Kids() {
		Walk(k, visit)
	}
}

// Map rebuilds e bottom-up with f applied to each node; nodes whose inputs did not change are reused.
func Map(e Expr, f func(Expr) Expr) Expr {
	kids := e.Kids()
	var next []Expr
	for i, k := range kids {
		n := Map(k, f)
		if n != k && next == nil {
			next = slices.Clone(kids)
		}
		if next != nil {
			next[i] = n
		}
	}
	if next != nil {
		e = e.WithKids(next)
	}
	return f(e)
}

// Refs adds the columns that e reads to set.
func Refs(e Expr, set map[ColID]bool) {
	Walk(e, func(x Expr) bool {
		if r, ok := x.(*Ref); ok {
			set[r.Col.ID] = true
		}
		return true
	})
}

// Substitute replaces references by the expressions in m.
func Substitute(e Expr, m map[ColID]Expr) Expr {
	return Map(e, func(x Expr) Expr {
		if r, ok := x.(*Ref); ok {
			if s, ok := m[r.Col.ID]; ok {
				return s
			}
		}
		return x
	})
}

// Conjuncts splits nested ANDs into their parts.
func Conjuncts(e Expr) []Expr {
	a, ok := e.(*And)
	if !ok {
		return []Expr{e}
	}
	var out []Expr
	for _, k := range a.Args {
		out = append(out, Conjuncts(k)...)
	}
	return out
}

// AndAll joins conditions: none gives True, one gives itself.
func AndAll(list []Expr) Expr {
	switch len(list) {
	case 0:
		return True
	case 1:
		return list[0]
	default:
		return &And{list}
	}
}
