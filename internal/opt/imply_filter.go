package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// implyFilter filters the inputs of a join by what a condition over both implies for one: (a.x = 1 and b.y = 2) or (a.x = 3 and b.y = 4) implies a.x in (1, 3).
// The condition itself stays. A condition that the input is known to fulfil is not added again.
type implyFilter struct{}

// Name implements Rule.
func (implyFilter) Name() string { return "imply_filter" }

// Apply implements Rule.
func (implyFilter) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	switch n := n.(type) {
	case *plan.Filter:
		j, ok := n.Input.(*plan.Join)
		if !ok {
			return n, nil
		}
		if next := c.implied(j, filterSides[j.Kind], expr.Conjuncts(n.Cond)); next != j {
			return &plan.Filter{Input: next, Cond: n.Cond}, nil
		}
	case *plan.Join:
		if n.Residual != nil {
			return c.implied(n, residualSides[n.Kind], expr.Conjuncts(n.Residual)), nil
		}
	}
	return n, nil
}

// implied returns j with the filters that conds imply for the sides that may be filtered, or j itself.
func (c *Ctx) implied(j *plan.Join, s sides, conds []expr.Expr) *plan.Join {
	out := *j
	for _, cond := range conds {
		or, ok := cond.(*expr.Or)
		if !ok {
			continue
		}
		if s.left {
			out.Left = c.narrowedBy(out.Left, or)
		}
		if s.right {
			out.Right = c.narrowedBy(out.Right, or)
		}
	}
	if out.Left == j.Left && out.Right == j.Right {
		return j
	}
	return &out
}

// narrowedBy filters n by what or says about its columns alone.
func (c *Ctx) narrowedBy(n plan.Node, or *expr.Or) plan.Node {
	own := plan.IDs(n)
	var parts []expr.Expr
	for _, alternative := range or.Args {
		var mine []expr.Expr
		for _, e := range expr.Conjuncts(alternative) {
			if plan.ReadsOnly(e, own, true) && !expr.Volatile(e) && !expr.Fallible(e) {
				mine = append(mine, e)
			}
		}
		if len(mine) == 0 {
			return n
		}
		parts = append(parts, expr.AndAll(mine))
	}
	s := &simplifier{folder: c.Folder}
	e := s.condition(s.simplify(&expr.Or{Args: parts}))
	var missing []expr.Expr
	for _, k := range expr.Conjuncts(e) {
		if !holds(n, k) {
			missing = append(missing, k)
		}
	}
	return above(n, missing)
}

// holds reports whether e is known to be true for all rows of n, because n filters by it.
func holds(n plan.Node, e expr.Expr) bool {
	switch n := n.(type) {
	case *plan.Filter:
		for _, c := range expr.Conjuncts(n.Cond) {
			if expr.Equal(c, e) {
				return true
			}
		}
		return holds(n.Input, e)
	case *plan.Scan:
		return scanHolds(n, e)
	case *plan.Project:
		return holds(n.Input, expr.Substitute(e, substitution(n.Items)))
	case *plan.Aggregate:
		m := substitution(n.Keys)
		return n.Sets == nil && readsKeys(e, m) && holds(n.Input, expr.Substitute(e, m))
	case *plan.Sort, *plan.Limit, *plan.Window, *plan.Distinct:
		return holds(n.Inputs()[0], e)
	case *plan.Join:
		l, r := true, true // sides whose rows come out as they are or not at all
		switch n.Kind {
		case defs.Left, defs.Mark, defs.Single:
			r = false
		case defs.Right:
			l = false
		case defs.Full:
			l, r = false, false
		}
		return l && plan.ReadsOnly(e, plan.IDs(n.Left), true) && holds(n.Left, e) ||
			r && plan.ReadsOnly(e, plan.IDs(n.Right), true) && holds(n.Right, e)
	default:
		return false
	}
}

// scanHolds reports whether a scan was given e as a predicate.
func scanHolds(n *plan.Scan, e expr.Expr) bool {
	p := &predicates{source: map[expr.ColID]int{}}
	for i, c := range n.Out {
		p.source[c.ID] = n.Source[i]
	}
	pred, exact, ok := p.of(e, false)
	if !ok || !exact {
		return false
	}
	names := n.Table.Schema().Names()
	return hasPred(n.Where, pred.Format(names), names)
}

func hasPred(list []spi.Pred, text string, names []string) bool {
	for _, p := range list {
		if p.Format(names) == text {
			return true
		}
	}
	return false
}
