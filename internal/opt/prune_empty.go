package opt

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// pruneEmpty replaces what cannot have rows by an empty list of values.
type pruneEmpty struct{}

// Name implements Rule.
func (pruneEmpty) Name() string { return "prune_empty" }

// Apply implements Rule.
func (pruneEmpty) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	switch n := n.(type) {
	case *plan.Filter:
		for _, c := range expr.Conjuncts(n.Cond) {
			if isLit(c, false) || isNull(c) {
				return empty(n), nil
			}
		}
		return emptyIf(n, isEmpty(n.Input)), nil
	case *plan.Limit:
		return emptyIf(n, n.Count == 0 || isEmpty(n.Input)), nil
	case *plan.Sort:
		return emptyIf(n, n.Limit == 0 || isEmpty(n.Input)), nil
	case *plan.Aggregate:
		return emptyIf(n, len(n.Keys) > 0 && n.Sets == nil && isEmpty(n.Input)), nil
	case *plan.Project, *plan.Distinct, *plan.Window, *plan.Unnest, *plan.RowIndex, *plan.Shared:
		return emptyIf(n, isEmpty(n.Inputs()[0])), nil
	case *plan.Join:
		return emptyJoin(n), nil
	case *plan.Union:
		return emptyUnion(n), nil
	default:
		return n, nil
	}
}

func isEmpty(n plan.Node) bool {
	v, ok := n.(*plan.Values)
	return ok && len(v.Rows) == 0
}

func empty(n plan.Node) plan.Node { return &plan.Values{Out: n.Cols()} }

func emptyIf(n plan.Node, yes bool) plan.Node {
	if yes {
		return empty(n)
	}
	return n
}

// emptyJoin handles joins with an empty side.
func emptyJoin(n *plan.Join) plan.Node {
	l, r := isEmpty(n.Left), isEmpty(n.Right)
	if !l && !r {
		return n
	}
	switch n.Kind {
	case defs.Inner, defs.Cross, defs.Semi:
		return empty(n)
	case defs.Anti:
		if l {
			return empty(n)
		}
		return n.Left
	case defs.Mark:
		if l {
			return empty(n)
		}
		return &plan.Project{Input: n.Left, Items: append(plan.PassThrough(n.Left.Cols()), plan.Item{Col: n.Mark, Expr: expr.False})}
	case defs.Left, defs.Single:
		if l {
			return empty(n)
		}
		return &plan.Project{Input: n.Left, Items: append(plan.PassThrough(n.Left.Cols()), nulls(n.Right)...)}
	case defs.Right:
		if r {
			return empty(n)
		}
		return &plan.Project{Input: n.Right, Items: append(nulls(n.Left), plan.PassThrough(n.Right.Cols())...)}
	default:
		if l {
			return &plan.Project{Input: n.Right, Items: append(nulls(n.Left), plan.PassThrough(n.Right.Cols())...)}
		}
		return &plan.Project{Input: n.Left, Items: append(plan.PassThrough(n.Left.Cols()), nulls(n.Right)...)}
	}
}

// nulls are the columns of n without values.
func nulls(n plan.Node) []plan.Item {
	var out []plan.Item
	for _, c := range n.Cols() {
		out = append(out, plan.Item{Col: c, Expr: &expr.Lit{Value: data.NullScalar(c.Type)}})
	}
	return out
}

// emptyUnion drops empty inputs.
func emptyUnion(n *plan.Union) plan.Node {
	var ins []plan.Node
	for _, in := range n.Ins {
		if !isEmpty(in) {
			ins = append(ins, in)
		}
	}
	switch {
	case len(ins) == len(n.Ins) && len(ins) > 1:
		return n
	case len(ins) == 0:
		return empty(n)
	case len(ins) == 1:
		return renamed(ins[0], n.Out)
	default:
		return &plan.Union{Ins: ins, Out: n.Out}
	}
}

// renamed gives the columns of n, by position, the identity of out.
func renamed(n plan.Node, out []expr.Col) plan.Node {
	p := &plan.Project{Input: n}
	for i, c := range n.Cols() {
		p.Items = append(p.Items, plan.Item{Col: out[i], Expr: &expr.Ref{Col: c}})
	}
	return p
}
