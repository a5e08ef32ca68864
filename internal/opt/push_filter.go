package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// pushFilter moves conditions towards the tables, so that rows are dropped early: through nodes that keep the columns they read, to the sides of joins,
// and into scans as predicates. What cannot move stays.
//
// A condition that may fail must not meet rows that it would not have met: it only moves through nodes that keep all rows, together with all
// conditions written before it. A volatile one never moves.
type pushFilter struct{}

// Name implements Rule.
func (pushFilter) Name() string { return "push_filter" }

// Apply implements Rule.
func (pushFilter) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	switch n := n.(type) {
	case *plan.Filter:
		return pushDown(n), nil
	case *plan.Join:
		return pushResidual(n), nil
	default:
		return n, nil
	}
}

// pushDown moves what it can of f below its input.
func pushDown(f *plan.Filter) plan.Node {
	conds := expr.Conjuncts(f.Cond)
	switch in := f.Input.(type) {
	case *plan.Scan:
		return pushScan(f, in, conds)
	case *plan.Project:
		return pushProject(f, in, conds)
	case *plan.Aggregate:
		if in.Sets != nil {
			return f
		}
		m := substitution(in.Keys)
		return below(f, in, conds, true, m, func(e expr.Expr) bool { return readsKeys(e, m) })
	case *plan.Window:
		set := partitionColumns(in)
		return below(f, in, conds, true, nil, func(e expr.Expr) bool { return plan.ReadsOnly(e, set, true) })
	case *plan.Sort:
		if in.Limit >= 0 {
			return f
		}
		return below(f, in, conds, true, nil, always)
	case *plan.Distinct:
		set := plan.IDs(in)
		if in.On != nil {
			set = columnSet{}
			for _, id := range in.On {
				set[id] = true
			}
		}
		return below(f, in, conds, in.Keep != defs.KeepNone, nil, func(e expr.Expr) bool { return plan.ReadsOnly(e, set, true) })
	case *plan.Unnest:
		set := plan.IDs(in.Input)
		return below(f, in, conds, in.Outer, nil, func(e expr.Expr) bool { return plan.ReadsOnly(e, set, true) })
	case *plan.Union:
		return pushUnion(f, in, conds)
	case *plan.Join:
		return pushJoin(f, in, conds)
	case *plan.Apply:
		return pushApply(f, in, conds)
	default:
		return f
	}
}

func always(expr.Expr) bool { return true }

// split says which conditions may move to a place of which can tells whether it has their columns. keepsRows says that every row that reaches the
// filter now, and no other value, would be tested there.
func split(conds []expr.Expr, keepsRows bool, can func(expr.Expr) bool) (move, stay []expr.Expr) {
	for _, c := range conds {
		if expr.Volatile(c) || !can(c) || expr.Fallible(c) && (!keepsRows || len(stay) > 0) {
			stay = append(stay, c)
			continue
		}
		move = append(move, c)
	}
	return move, stay
}

// above puts a filter on top of n if there are conditions.
func above(n plan.Node, conds []expr.Expr) plan.Node {
	if len(conds) == 0 {
		return n
	}
	return &plan.Filter{Input: n, Cond: expr.AndAll(conds)}
}

// below moves conditions below in, the only input of f, with columns replaced by m.
func below(f *plan.Filter, in plan.Node, conds []expr.Expr, keepsRows bool, m map[expr.ColID]expr.Expr, can func(expr.Expr) bool) plan.Node {
	move, stay := split(conds, keepsRows, can)
	if len(move) == 0 {
		return f
	}
	return above(in.WithInputs([]plan.Node{above(in.Inputs()[0], substituted(move, m))}), stay)
}

func substituted(list []expr.Expr, m map[expr.ColID]expr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(list))
	for i, e := range list {
		out[i] = expr.Substitute(e, m)
	}
	return out
}

// readsKeys reports a condition over group keys that are not volatile.
func readsKeys(e expr.Expr, keys map[expr.ColID]expr.Expr) bool {
	refs := columnSet{}
	expr.Refs(e, refs)
	for id := range refs {
		if k, ok := keys[id]; !ok || expr.Volatile(k) {
			return false
		}
	}
	return len(refs) > 0
}

// pushProject moves conditions below a projection, unless they would then compute something costly a second time for no gain: right above a source,
// only a plain predicate gains.
func pushProject(f *plan.Filter, in *plan.Project, conds []expr.Expr) plan.Node {
	m := substitution(in.Items)
	leaf := len(in.Input.Inputs()) == 0
	return below(f, in, conds, true, m, func(e expr.Expr) bool {
		refs := columnSet{}
		expr.Refs(e, refs)
		for id := range refs {
			if x := m[id]; x != nil && (expr.Volatile(x) || leaf && costly(x)) { // nil: a column of an outer query
				return false
			}
		}
		return true
	})
}

// costly reports an expression that is dear to compute twice: a user's function, text processing or parsing.
func costly(e expr.Expr) bool {
	return expr.Contains(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.UDF:
			return true
		case *expr.Cast:
			return x.Arg.Type().IsText() != x.To.IsText()
		case *expr.Call:
			return x.Typ.IsNested() || len(x.Args) > 0 && x.Args[0].Type().IsText() && mirrored[x.Fn.Name] == ""
		default:
			return false
		}
	})
}

// partitionColumns are the columns by which all window calls of n partition.
func partitionColumns(n *plan.Window) columnSet {
	var set columnSet
	for _, it := range n.Items {
		own := columnSet{}
		for _, p := range it.Win.Partition {
			if r, ok := p.(*expr.Ref); ok && (set == nil || set[r.Col.ID]) {
				own[r.Col.ID] = true
			}
		}
		set = own
	}
	return set
}

// pushUnion moves conditions into every input.
func pushUnion(f *plan.Filter, in *plan.Union, conds []expr.Expr) plan.Node {
	move, stay := split(conds, true, always)
	if len(move) == 0 {
		return f
	}
	ins := make([]plan.Node, len(in.Ins))
	for k, input := range in.Ins {
		m := map[expr.ColID]expr.Expr{}
		for i, c := range input.Cols() {
			m[in.Out[i].ID] = &expr.Ref{Col: c}
		}
		ins[k] = above(input, substituted(move, m))
	}
	return above(in.WithInputs(ins), stay)
}
