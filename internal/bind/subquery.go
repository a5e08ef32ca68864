package bind

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// subqueries collects the joins that bring subquery results to the rows of one clause.
type subqueries struct{ joins []plan.Join }

// attach puts the collected joins on top of node, keys and all.
func (s *subqueries) attach(node plan.Node) plan.Node {
	if s == nil {
		return node
	}
	for i := range s.joins {
		j := s.joins[i]
		j.Left = node
		node = &j
	}
	s.joins = nil
	return node
}

// place returns where a subquery of this clause is attached.
func (x *exprs) place(at ast.Span) (*subqueries, error) {
	if x.after != nil {
		return x.after, nil
	}
	if x.before != nil {
		return x.before, nil
	}
	return nil, x.b.failf(at, fault.Unsupported, "a subquery is not supported in %s yet", x.clause)
}

// scalarSubquery joins the only row of the query; no row gives null, several are an error at run time.
func (x *exprs) scalarSubquery(e *ast.Subquery) (expr.Expr, error) {
	to, err := x.place(e.Span)
	if err != nil {
		return nil, err
	}
	sub, err := x.b.query(e.Query, x.scope)
	if err != nil {
		return nil, err
	}
	cols := sub.node.Cols()
	if len(cols) != 1 {
		return nil, x.b.failf(e.Span, fault.Type, "a subquery used as a value must have one column, not %d", len(cols))
	}
	if e.Array {
		return x.arraySubquery(e, to, sub.node)
	}
	to.joins = append(to.joins, plan.Join{Kind: defs.Single, Right: sub.node})
	return &expr.Ref{Col: cols[0]}, nil
}

// arraySubquery collects the rows into a list, which is empty when there are none.
func (x *exprs) arraySubquery(e *ast.Subquery, to *subqueries, sub plan.Node) (expr.Expr, error) {
	in := &expr.Ref{Col: sub.Cols()[0]}
	fn, args, ret, err := resolve("list", []expr.Expr{in}, sig.AggregateKind)
	if err != nil {
		return nil, x.b.place(e.Span, err)
	}
	c := x.b.col("array", ret)
	agg := &plan.Aggregate{Input: sub, Aggs: []plan.AggItem{{Col: c, Agg: expr.Agg{Fn: fn, Args: args, Typ: ret}}}}
	to.joins = append(to.joins, plan.Join{Kind: defs.Single, Right: agg})
	return x.b.call(e.Span, "coalesce", &expr.Ref{Col: c}, &expr.Lit{Value: data.Scalar{Type: ret}})
}

// exists joins the count of at most one row.
func (x *exprs) exists(e *ast.Exists) (expr.Expr, error) {
	to, err := x.place(e.Span)
	if err != nil {
		return nil, err
	}
	sub, err := x.b.query(e.Query, x.scope)
	if err != nil {
		return nil, err
	}
	c := x.b.col("exists", dtype.Of(dtype.Int64))
	agg := &plan.Aggregate{Input: &plan.Limit{Input: sub.node, Count: 1},
		Aggs: []plan.AggItem{{Col: c, Agg: expr.Agg{Fn: sig.Lookup("count_star")[0], Typ: c.Type}}}}
	to.joins = append(to.joins, plan.Join{Kind: defs.Single, Right: agg})
	return x.b.call(e.Span, "gt", &expr.Ref{Col: c}, &expr.Lit{Value: data.IntScalar(c.Type, 0)})
}

// inSubquery makes a mark join: true if a row matches, null if one might.
func (x *exprs) inSubquery(at ast.Span, left ast.Expr, q *ast.Query) (expr.Expr, error) {
	to, err := x.place(at)
	if err != nil {
		return nil, err
	}
	sub, err := x.b.query(q, x.scope)
	if err != nil {
		return nil, err
	}
	items := []ast.Expr{left}
	if r, ok := left.(*ast.Row); ok {
		items = r.Items
	}
	keys, err := x.list(items)
	if err != nil {
		return nil, err
	}
	cols := sub.node.Cols()
	if len(cols) != len(keys) {
		return nil, x.b.failf(at, fault.Type, "IN compares %d values with the %d columns of the subquery", len(keys), len(cols))
	}
	join := plan.Join{Kind: defs.Mark, Right: sub.node, Mark: x.b.col("in", dtype.Of(dtype.Bool))}
	for i, k := range keys {
		pair := []expr.Expr{k, &expr.Ref{Col: cols[i]}}
		if _, err := x.b.meet(at, "IN", pair, true); err != nil {
			return nil, err
		}
		join.On = append(join.On, plan.On{Left: pair[0], Right: pair[1]})
	}
	to.joins = append(to.joins, join)
	return &expr.Ref{Col: join.Mark}, nil
}

// quantified binds = ANY and <> ALL as IN; the other forms are not supported.
func (x *exprs) quantified(e *ast.Quantified) (expr.Expr, error) {
	switch {
	case e.Query != nil && !e.Match && e.Op == ast.OpEq && !e.All:
		return x.inSubquery(e.Span, e.X, e.Query)
	case e.Query != nil && !e.Match && e.Op == ast.OpNe && e.All:
		m, err := x.inSubquery(e.Span, e.X, e.Query)
		return &expr.Not{Arg: m}, err
	case e.Operand != nil && !e.Match && e.Op == ast.OpEq && !e.All:
		args, err := x.list([]ast.Expr{e.Operand, e.X})
		if err != nil {
			return nil, err
		}
		return x.b.call(e.Span, "list_contains", args...)
	}
	return nil, x.unsupported(e.Span, "this form of ANY or ALL")
}
