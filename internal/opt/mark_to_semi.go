package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// markToSemi turns WHERE x IN (subquery) into a semi join, and WHERE x NOT IN (subquery) into an anti join if neither side can be null: with nulls the
// test may be unknown, which only the mark join tells from false.
type markToSemi struct{}

// Name implements Rule.
func (markToSemi) Name() string { return "mark_to_semi" }

// Apply implements Rule.
func (markToSemi) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	f, ok := n.(*plan.Filter)
	if !ok {
		return n, nil
	}
	j, ok := f.Input.(*plan.Join)
	if !ok || j.Kind != defs.Mark {
		return n, nil
	}
	conds := expr.Conjuncts(f.Cond)
	for i, cond := range conds {
		kind, ok := c.markTest(j, cond)
		if !ok {
			continue
		}
		semi := *j
		semi.Kind, semi.Mark = kind, expr.Col{}
		items := append(plan.PassThrough(j.Left.Cols()), plan.Item{Col: j.Mark, Expr: boolLit(kind == defs.Semi)})
		out := plan.Node(&plan.Project{Input: &semi, Items: items})
		if len(conds) > 1 {
			rest := append(append([]expr.Expr{}, conds[:i]...), conds[i+1:]...)
			out = &plan.Filter{Input: out, Cond: expr.AndAll(rest)}
		}
		return out, nil
	}
	return n, nil
}

// markTest recognises the test of the mark and the join that has the same effect.
func (c *Ctx) markTest(j *plan.Join, cond expr.Expr) (defs.JoinKind, bool) {
	if r, ok := cond.(*expr.Ref); ok {
		return defs.Semi, r.Col.ID == j.Mark.ID
	}
	not, ok := cond.(*expr.Not)
	if !ok || j.Residual != nil {
		return 0, false
	}
	if r, ok := not.Arg.(*expr.Ref); !ok || r.Col.ID != j.Mark.ID {
		return 0, false
	}
	for _, on := range j.On {
		if !on.NullSafe && (!c.neverNull(j.Left, on.Left) || !c.neverNull(j.Right, on.Right)) {
			return 0, false
		}
	}
	return defs.Anti, true
}
