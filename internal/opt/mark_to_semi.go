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
	if a, ok := f.Input.(*plan.Apply); ok && a.Kind == defs.Mark {
		return markedApply(f, a), nil
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
		return withMark(&semi, j.Mark, kind == defs.Semi, conds, i), nil
	}
	return n, nil
}

// withMark puts the mark, which is known now, and the conditions but the i-th on top of a join that replaced the mark join.
func withMark(join plan.Node, mark expr.Col, value bool, conds []expr.Expr, i int) plan.Node {
	items := append(plan.PassThrough(join.Cols()), plan.Item{Col: mark, Expr: boolLit(value)})
	return above(&plan.Project{Input: join, Items: items}, append(append([]expr.Expr{}, conds[:i]...), conds[i+1:]...))
}

// markedApply does the same before the subquery is a join. A mark without a condition says that there is a row, which is never unknown.
func markedApply(f *plan.Filter, a *plan.Apply) plan.Node {
	conds := expr.Conjuncts(f.Cond)
	for i, cond := range conds {
		kind := defs.Semi
		if not, ok := cond.(*expr.Not); ok && len(condsOf(a)) == 0 {
			cond, kind = not.Arg, defs.Anti
		}
		if r, ok := cond.(*expr.Ref); ok && r.Col.ID == a.Mark.ID {
			semi := *a
			semi.Kind, semi.Mark = kind, expr.Col{}
			return withMark(&semi, a.Mark, kind == defs.Semi, conds, i)
		}
	}
	return f
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
