package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// sides says what a join lets through to its inputs.
type sides struct {
	left, right           bool // a condition on one side may move there
	keepsLeft, keepsRight bool // every row of that side comes out, so a condition that may fail may move as well
}

// filterSides is for conditions above the join: not to the side that is padded with nulls.
var filterSides = map[defs.JoinKind]sides{
	defs.Inner: {left: true, right: true}, defs.Cross: {left: true, right: true}, defs.Left: {left: true, keepsLeft: true},
	defs.Right: {right: true, keepsRight: true}, defs.Semi: {left: true}, defs.Anti: {left: true},
	defs.Mark: {left: true, keepsLeft: true}, defs.Single: {left: true, keepsLeft: true},
}

// residualSides is for conditions of the join itself: only to a side whose unmatched rows do not come out. A mark join tells unknown from false, which
// filtered rows cannot.
var residualSides = map[defs.JoinKind]sides{
	defs.Inner: {left: true, right: true}, defs.Left: {right: true}, defs.Right: {left: true}, defs.Semi: {left: true, right: true},
	defs.Anti: {right: true}, defs.Single: {right: true},
}

// pushJoin moves conditions of a filter to the sides of the join below.
func pushJoin(f *plan.Filter, j *plan.Join, conds []expr.Expr) plan.Node {
	l, r, stay := toSides(filterSides[j.Kind], j.Left, j.Right, conds)
	if len(l)+len(r) == 0 {
		return f
	}
	c := *j
	c.Left, c.Right = above(above(j.Left, l), ofPartners(j, r, true)), above(above(j.Right, r), ofPartners(j, l, false))
	return above(&c, stay)
}

// ofPartners returns what conditions on the keys of one input of a join say about the keys of the other one, whose rows find no partner where it is not
// so. With left, the conditions are those of the right input.
func ofPartners(j *plan.Join, conds []expr.Expr, left bool) []expr.Expr {
	if s := residualSides[j.Kind]; left && !s.left || !left && !s.right {
		return nil
	}
	partner := map[expr.ColID]expr.Expr{}
	for _, o := range j.On {
		l, okL := o.Left.(*expr.Ref)
		r, okR := o.Right.(*expr.Ref)
		switch {
		case !okL || !okR || !l.Col.Type.Equal(r.Col.Type) || !oneSpelling(l.Col.Type):
		case left:
			partner[r.Col.ID] = l
		default:
			partner[l.Col.ID] = r
		}
	}
	other := j.Right
	if left {
		other = j.Left
	}
	var out []expr.Expr
	for _, e := range conds {
		if expr.Volatile(e) || expr.Fallible(e) || !readsKeys(e, partner) {
			continue
		}
		if e = expr.Substitute(e, partner); !holds(other, e) {
			out = append(out, e)
		}
	}
	return out
}

// pushApply moves conditions of a filter to the sides of the dependent join below.
func pushApply(f *plan.Filter, a *plan.Apply, conds []expr.Expr) plan.Node {
	l, r, stay := toSides(filterSides[a.Kind], a.Left, a.Right, conds)
	if len(l)+len(r) == 0 {
		return f
	}
	c := *a
	c.Left, c.Right = above(a.Left, l), above(a.Right, r)
	return above(&c, stay)
}

// pushResidual moves conditions of the join itself to its sides.
func pushResidual(j *plan.Join) plan.Node {
	if j.Residual == nil {
		return j
	}
	l, r, stay := toSides(residualSides[j.Kind], j.Left, j.Right, expr.Conjuncts(j.Residual))
	if len(l)+len(r) == 0 {
		return j
	}
	c := *j
	c.Left, c.Right, c.Residual = above(j.Left, l), above(j.Right, r), nil
	if len(stay) > 0 {
		c.Residual = expr.AndAll(stay)
	}
	if c.Kind == defs.Inner && c.Residual == nil && len(c.On) == 0 {
		c.Kind = defs.Cross
	}
	return &c
}

func toSides(s sides, l, r plan.Node, conds []expr.Expr) (left, right, stay []expr.Expr) {
	stay = conds
	if s.left {
		set := plan.IDs(l)
		left, stay = split(stay, s.keepsLeft, func(e expr.Expr) bool { return plan.ReadsOnly(e, set, true) })
	}
	if s.right {
		set := plan.IDs(r)
		right, stay = split(stay, s.keepsRight, func(e expr.Expr) bool { return plan.ReadsOnly(e, set, true) })
	}
	return left, right, stay
}
