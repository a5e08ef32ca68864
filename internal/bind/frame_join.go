package bind

import (
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// frameJoin joins as frames do: key columns appear once, and equal names of the right side get the suffix.
func (b *Binder) frameJoin(n *frame.Join) (plan.Node, error) {
	l, err := b.frameNode(n.Left)
	if err != nil {
		return nil, err
	}
	r, err := b.frameNode(n.Right)
	if err != nil {
		return nil, err
	}
	if l == r || overlaps(l, r) { // one frame joined with itself
		r = b.fresh(r)
	}
	j := &plan.Join{Kind: n.Kind, Left: l, Right: r}
	lk, err := b.joinKeys(n.LeftOn, l)
	if err != nil {
		return nil, err
	}
	rk, err := b.joinKeys(n.RightOn, r)
	if err != nil {
		return nil, err
	}
	if len(lk) != len(rk) {
		return nil, fault.New(fault.Usage, "the join has %d left and %d right keys", len(lk), len(rk))
	}
	for i := range lk {
		pair := []expr.Expr{lk[i], rk[i]}
		if _, ok := sig.CommonType(lk[i].Type(), rk[i].Type()); !ok || lk[i].Type().IsNumeric() != rk[i].Type().IsNumeric() {
			return nil, fault.New(fault.Type, "the join compares %s, which is %s, with %s, which is %s", nameOf(lk[i]), lk[i].Type(), nameOf(rk[i]), rk[i].Type()).
				WithHint("cast one of them")
		}
		if _, err := b.common(ast.Span{}, "a join key", pair); err != nil {
			return nil, err
		}
		j.On = append(j.On, plan.On{Left: pair[0], Right: pair[1], NullSafe: n.NullsEqual})
	}
	if n.Kind == defs.Semi || n.Kind == defs.Anti {
		return j, nil
	}
	return b.joinOutput(n, j, lk, rk)
}

func nameOf(e expr.Expr) string {
	if r, ok := e.(*expr.Ref); ok {
		return "column \"" + r.Col.Name + "\""
	}
	return expr.Format(e)
}

func overlaps(l, r plan.Node) bool {
	left := plan.IDs(l)
	for _, c := range r.Cols() {
		if left[c.ID] {
			return true
		}
	}
	return false
}

// fresh gives all columns of a node new identities.
func (b *Binder) fresh(n plan.Node) plan.Node {
	p := &plan.Project{Input: n}
	for _, c := range n.Cols() {
		p.Items = append(p.Items, plan.Item{Col: b.col(c.Name, c.Type), Expr: &expr.Ref{Col: c}})
	}
	return p
}

func (b *Binder) joinKeys(list []frame.Expr, in plan.Node) ([]expr.Expr, error) {
	x := &frameExprs{b: b, cols: in.Cols()}
	var out []expr.Expr
	for _, k := range list {
		e, err := x.bind(k)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// joinOutput drops the right keys, coalesces keys where the left may be missing, and renames clashes.
func (b *Binder) joinOutput(n *frame.Join, j *plan.Join, lk, rk []expr.Expr) (plan.Node, error) {
	p := &plan.Project{Input: j}
	dropped := map[expr.ColID]bool{}
	merged := map[expr.ColID]expr.Expr{}
	for i := range lk {
		rr, ok := rk[i].(*expr.Ref)
		lr, plain := lk[i].(*expr.Ref)
		if !ok || !plain {
			continue
		}
		dropped[rr.Col.ID] = true
		if n.Kind == defs.Right || n.Kind == defs.Full {
			e, err := b.call(ast.Span{}, "coalesce", j.On[i].Left, j.On[i].Right)
			if err != nil {
				return nil, err
			}
			merged[lr.Col.ID] = e
		}
	}
	names := map[string]bool{}
	for _, c := range j.Left.Cols() {
		it := plan.Item{Col: c, Expr: &expr.Ref{Col: c}}
		if e := merged[c.ID]; e != nil {
			it = plan.Item{Col: b.col(c.Name, e.Type()), Expr: e}
		}
		names[c.Name] = true
		p.Items = append(p.Items, it)
	}
	suffix := orWord(n.Suffix, "_right")
	for _, c := range j.Right.Cols() {
		if dropped[c.ID] {
			continue
		}
		it := plan.Item{Col: c, Expr: &expr.Ref{Col: c}}
		if names[c.Name] {
			it.Col = b.col(c.Name+suffix, c.Type)
		}
		p.Items = append(p.Items, it)
	}
	return p, uniqueItems(p.Items)
}
