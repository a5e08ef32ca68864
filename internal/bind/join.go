package bind

import (
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

var joinKinds = [...]defs.JoinKind{ast.InnerJoin: defs.Inner, ast.LeftJoin: defs.Left, ast.RightJoin: defs.Right, ast.FullJoin: defs.Full,
	ast.SemiJoin: defs.Semi, ast.AntiJoin: defs.Anti, ast.CrossJoin: defs.Cross, ast.PositionalJoin: defs.Cross}

// join binds an explicit join.
func (b *Binder) join(j *ast.Join, outer *scope) (bound, error) {
	if j.Asof || j.Kind == ast.PositionalJoin {
		return bound{}, b.failf(j.Span, fault.Unsupported, "ASOF and POSITIONAL joins are not supported yet")
	}
	l, err := b.tableRef(j.L, outer)
	if err != nil {
		return l, err
	}
	if j.Kind == ast.CrossJoin || j.Kind == ast.InnerJoin && j.On == nil {
		if next, err := b.lateral(j.R, l, outer); next.node != nil || err != nil {
			return next, err
		}
	}
	r, err := b.tableRef(j.R, beside(l, outer))
	if err != nil {
		return r, err
	}
	node := &plan.Join{Kind: joinKinds[j.Kind], Left: l.node, Right: r.node}
	out := bound{node: node, rels: append(l.rels[:len(l.rels):len(l.rels)], r.rels...)}
	switch {
	case j.Natural:
		out, err = b.using(j, node, l, r, commonNames(l, r))
	case len(j.Using) > 0:
		out, err = b.using(j, node, l, r, j.Using)
	case j.On != nil:
		out.node, err = b.on(j, node, out.rels, outer)
	}
	if err == nil {
		out.node, err = b.settled(j, node, out.node)
	}
	if err != nil {
		return bound{}, err
	}
	if node.Kind == defs.Semi || node.Kind == defs.Anti {
		out.rels = l.rels
	}
	if !j.Alias.Name.Empty() {
		return b.alias(j.Span, j.Alias, "", out.node)
	}
	return out, nil
}

func commonNames(l, r bound) []ast.Ident {
	right := (&scope{rels: r.rels}).columns()
	var out []ast.Ident
	for _, c := range (&scope{rels: l.rels}).columns() {
		for _, d := range right {
			if same(c.name, d.name) {
				out = append(out, ast.Ident{Name: c.name})
				break
			}
		}
	}
	return out
}

// settled makes a dependent join of node, which is out itself unless something was put on top, if its right side reads the left one.
func (b *Binder) settled(j *ast.Join, node *plan.Join, out plan.Node) (plan.Node, error) {
	if out != plan.Node(node) {
		return out, nil
	}
	dependent := b.dependent(node)
	if a, ok := dependent.(*plan.Apply); ok && (a.Kind == defs.Right || a.Kind == defs.Full) {
		return nil, b.failf(j.R.At(), fault.Usage, "the right side of a %s join cannot read columns of the left side", a.Kind)
	}
	return dependent, nil
}

// on binds the condition and splits it into equalities of the two sides and the rest.
func (b *Binder) on(j *ast.Join, node *plan.Join, rels []*relation, outer *scope) (plan.Node, error) {
	x := b.newExprs(&scope{rels: rels, parent: outer}, "ON")
	x.before = &subqueries{}
	e, err := x.bind(j.On)
	if err != nil {
		return nil, err
	}
	if e, err = b.boolean(j.On.At(), "ON", e); err != nil {
		return nil, err
	}
	if node.Kind == defs.Cross {
		node.Kind = defs.Inner
	}
	if len(x.before.joins) > 0 && node.Kind == defs.Inner {
		node.Kind = defs.Cross
		return &plan.Filter{Input: x.before.attach(b.dependent(node)), Cond: e}, nil
	}
	if err := b.toSides(j, node, x.before); err != nil {
		return nil, err
	}
	on, rest := plan.SplitOn(node.Left, node.Right, expr.Conjuncts(e))
	node.On = on
	if len(rest) > 0 {
		node.Residual = expr.AndAll(rest)
	}
	return node, nil
}

// toSides brings the subqueries in the condition of an outer join to the side whose columns they read.
func (b *Binder) toSides(j *ast.Join, node *plan.Join, subs *subqueries) error {
	right := subs.split(plan.IDs(node.Right))
	if both := right.split(plan.IDs(node.Left)); len(both.joins) > 0 {
		return b.failf(j.On.At(), fault.Unsupported, "a subquery in the condition of a %s join that reads both sides is not supported yet", node.Kind)
	}
	node.Left, node.Right = subs.attach(node.Left), right.attach(node.Right)
	return nil
}

// using joins on columns with equal names, which then appear once: the left one, or whichever side has a value in outer joins.
func (b *Binder) using(j *ast.Join, node *plan.Join, l, r bound, names []ast.Ident) (bound, error) {
	if len(names) == 0 {
		return bound{}, b.failf(j.Span, fault.Name, "NATURAL JOIN finds no common column")
	}
	ls, rs := &scope{rels: l.rels}, &scope{rels: r.rels}
	rels := append(copyRels(l.rels), copyRels(r.rels)...)
	out := bound{node: node, rels: rels}
	for _, id := range names {
		lm, ok, err := ls.findPlain(b, id.Span, id)
		if err != nil || !ok {
			return out, orElse(err, ls.columnError(b, id.Span, ast.Name{id}))
		}
		rm, ok, err := rs.findPlain(b, id.Span, id)
		if err != nil || !ok {
			return out, orElse(err, rs.columnError(b, id.Span, ast.Name{id}))
		}
		pair := []expr.Expr{&expr.Ref{Col: lm.col}, &expr.Ref{Col: rm.col}}
		if _, err := b.meet(id.Span, "USING", pair, sig.InOther); err != nil {
			return out, err
		}
		node.On = append(node.On, plan.On{Left: pair[0], Right: pair[1]})
		plain := lm.col
		switch node.Kind {
		case defs.Right:
			plain = rm.col
		case defs.Full:
			if plain, out.node, err = b.coalesced(id.Span, out.node, lm.col, pair); err != nil {
				return out, err
			}
		}
		mergeKey(rels, len(l.rels), lm.col.ID, rm.col.ID, plain)
	}
	return out, nil
}

// coalesced adds a column with the left value, or the right one where the left is null.
func (b *Binder) coalesced(at ast.Span, node plan.Node, c expr.Col, pair []expr.Expr) (expr.Col, plan.Node, error) {
	e, err := b.call(at, "coalesce", pair...)
	if err != nil {
		return c, node, err
	}
	col := b.col(c.Name, e.Type())
	p := &plan.Project{Input: node}
	for _, c := range node.Cols() {
		p.Items = append(p.Items, plan.Item{Col: c, Expr: &expr.Ref{Col: c}})
	}
	p.Items = append(p.Items, plan.Item{Col: col, Expr: e})
	return col, p, nil
}

func copyRels(rels []*relation) []*relation {
	out := make([]*relation, len(rels))
	for i, r := range rels {
		out[i] = &relation{name: r.name, cols: append([]scopeCol(nil), r.cols...)}
	}
	return out
}

// mergeKey lets the unqualified name of the left key mean plain, and hides the right key.
func mergeKey(rels []*relation, nLeft int, left, right expr.ColID, plain expr.Col) {
	for i, r := range rels {
		for k := range r.cols {
			c := &r.cols[k]
			switch {
			case i < nLeft && c.plain.ID == left:
				c.plain = plain
			case i >= nLeft && c.plain.ID == right:
				c.hidden = true
			}
		}
	}
}
