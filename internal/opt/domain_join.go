package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// innerJoin pushes to the correlated sides only. Two correlated sides are joined by the outer columns that both carry.
func (d *domain) innerJoin(n *plan.Join, conds []expr.Expr, need columnSet) (pushed, error) {
	var own, correlated []expr.Expr
	for _, e := range conds {
		if len(d.freeIn(e)) > 0 {
			correlated = append(correlated, e)
		} else {
			own = append(own, e)
		}
	}
	if len(correlated) > 0 {
		return d.filter(innerJoin(n.Left, n.Right, own), correlated, need)
	}
	fl, fr := d.free(n.Left), d.free(n.Right)
	l, r := pushed{node: n.Left}, pushed{node: n.Right}
	var err error
	if len(fl) > 0 {
		if l, err = d.push(n.Left, merged(fl, without(need, fr))); err != nil {
			return l, err
		}
		need = without(need, fl)
	}
	if len(fr) > 0 {
		if len(fl) > 0 {
			need = fr
		}
		if r, err = d.push(n.Right, merged(fr, need)); err != nil {
			return r, err
		}
	}
	j := innerJoin(l.node, r.node, own)
	j.On = append(j.On, d.both(l, r)...)
	if len(j.On) > 0 {
		j.Kind = defs.Inner
	}
	out := pushed{node: j, dom: map[expr.ColID]expr.Col{}, sure: columnSet{}}
	for _, p := range []pushed{r, l} { // the left side's columns win
		for id, c := range p.dom {
			out.dom[id] = c
			out.sure[id] = out.sure[id] || p.sure[id]
		}
	}
	return d.exactly(out, n.Cols(), keysOf(out.dom)), nil
}

// keysOf returns the set of outer columns that are carried.
func keysOf(dom map[expr.ColID]expr.Col) columnSet {
	set := columnSet{}
	for id := range dom {
		set[id] = true
	}
	return set
}

// both joins two sides by the outer columns that both carry.
func (d *domain) both(l, r pushed) []plan.On {
	var on []plan.On
	for _, o := range d.left.Cols() {
		a, ok1 := l.dom[o.ID]
		b, ok2 := r.dom[o.ID]
		if ok1 && ok2 {
			on = append(on, plan.On{Left: &expr.Ref{Col: a}, Right: &expr.Ref{Col: b}, NullSafe: !l.sure[o.ID] && !r.sure[o.ID]})
		}
	}
	return on
}

// oneSidedJoin is for the kinds in which the rows of one side, the right one for a right join, decide what comes out. That side carries all outer
// columns, the other one those that it reads.
func (d *domain) oneSidedJoin(n *plan.Join, conds []expr.Expr, need columnSet) (pushed, error) {
	decides, other := n.Left, n.Right
	if n.Kind == defs.Right {
		decides, other = other, decides
	}
	free := d.free(other)
	out, err := d.push(decides, merged(merged(need, free), d.freeIn(conds...)))
	if err != nil {
		return out, err
	}
	o := pushed{node: other}
	if len(free) > 0 {
		if o, err = d.push(other, free); err != nil {
			return o, err
		}
	}
	l, r := out, o
	if n.Kind == defs.Right {
		l, r = r, l
	}
	j := d.rejoined(n, l, r)
	for i, e := range conds {
		conds[i] = out.values(e)
	}
	out.node = joined(d.c, j, conds, nil)
	return d.exactly(out, n.Cols(), keysOf(out.dom)), nil
}

// rejoined is n over rebuilt sides, joined by the outer columns that both carry, and without its own conditions yet.
func (d *domain) rejoined(n *plan.Join, l, r pushed) *plan.Join {
	j := &plan.Join{Kind: n.Kind, Left: l.node, Right: r.node, On: d.both(l, r), Mark: n.Mark}
	d.exactMark(j)
	return j
}

// fullJoin needs all outer columns on both sides; that of a row comes from whichever side it has.
func (d *domain) fullJoin(n *plan.Join, conds []expr.Expr, need columnSet) (pushed, error) {
	all := merged(merged(need, d.freeIn(conds...)), merged(d.free(n.Left), d.free(n.Right)))
	l, err := d.push(n.Left, all)
	if err != nil {
		return l, err
	}
	r, err := d.push(n.Right, all)
	if err != nil {
		return r, err
	}
	out := pushed{dom: map[expr.ColID]expr.Col{}, sure: columnSet{}}
	for id := range all {
		out.sure[id] = l.sure[id] && r.sure[id]
	}
	l, r = l.lessSure(out.sure), r.lessSure(out.sure)
	j := d.rejoined(n, l, r)
	for i, e := range conds {
		conds[i] = l.values(e)
	}
	p := &plan.Project{Input: joined(d.c, j, conds, nil), Items: plan.PassThrough(n.Cols())}
	out.node = p
	for _, o := range d.list(all) {
		c := d.c.newCol(o.Name, o.Type)
		a, b := &expr.Ref{Col: l.dom[o.ID]}, &expr.Ref{Col: r.dom[o.ID]}
		p.Items = append(p.Items, plan.Item{Col: c, Expr: firstNotNull(a, b)})
		out.dom[o.ID] = c
	}
	return out, nil
}

// firstNotNull is coalesce(a, b).
func firstNotNull(a, b expr.Expr) expr.Expr {
	return &expr.Case{Whens: []expr.When{{Cond: &expr.IsNull{Arg: a, Negate: true}, Then: a}}, Else: b}
}
