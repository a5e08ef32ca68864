package bind

import (
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// subqueries collects the dependent joins that bring subquery results to the rows of one clause. Whether they depend on anything is for the optimiser to see.
type subqueries struct{ joins []plan.Apply }

// attach puts the collected joins on top of node, conditions and all.
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

// split takes out the joins that read columns of the set, which are there only later.
func (s *subqueries) split(set map[expr.ColID]bool) subqueries {
	var now, later subqueries
	for _, j := range s.joins {
		reads := map[expr.ColID]bool{}
		plan.Outer(&plan.Filter{Input: j.Right, Cond: orTrue(j.Cond)}, set, reads)
		if len(reads) > 0 {
			later.joins = append(later.joins, j)
			continue
		}
		now.joins = append(now.joins, j)
	}
	*s = now
	return later
}

func orTrue(e expr.Expr) expr.Expr {
	if e == nil {
		return expr.True
	}
	return e
}

// around returns the scope that a subquery of this clause sees around it.
func (x *exprs) around() *scope {
	s := *x.scope
	s.exprs = x
	return &s
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
	sub, err := x.b.query(e.Query, x.around())
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
	to.joins = append(to.joins, plan.Apply{Kind: defs.Single, Right: sub.node})
	return &expr.Ref{Col: cols[0]}, nil
}

// arraySubquery collects the rows into a list, which is empty when there are none.
func (x *exprs) arraySubquery(e *ast.Subquery, to *subqueries, sub plan.Node) (expr.Expr, error) {
	in := &expr.Ref{Col: sub.Cols()[0]}
	fn, args, ret, err := x.b.resolve("list", []expr.Expr{in}, sig.AggregateKind)
	if err != nil {
		return nil, x.b.place(e.Span, err)
	}
	c := x.b.col("array", ret)
	agg := &plan.Aggregate{Input: sub, Aggs: []plan.AggItem{{Col: c, Agg: expr.Agg{Fn: fn, Args: args, Typ: ret}}}}
	to.joins = append(to.joins, plan.Apply{Kind: defs.Single, Right: agg})
	return x.b.call(e.Span, "coalesce", &expr.Ref{Col: c}, &expr.Lit{Value: data.Scalar{Type: ret}})
}

// exists marks rows for which the query has a row.
func (x *exprs) exists(e *ast.Exists) (expr.Expr, error) {
	to, err := x.place(e.Span)
	if err != nil {
		return nil, err
	}
	sub, err := x.b.query(e.Query, x.around())
	if err != nil {
		return nil, err
	}
	join := plan.Apply{Kind: defs.Mark, Right: sub.node, Mark: x.b.col("exists", dtype.Of(dtype.Bool))}
	to.joins = append(to.joins, join)
	return &expr.Ref{Col: join.Mark}, nil
}

// inSubquery marks rows that equal a row of the query: true if one matches, null if one might.
func (x *exprs) inSubquery(at ast.Span, left ast.Expr, q *ast.Query) (expr.Expr, error) {
	return x.compared(at, "in", left, q, func(pairs [][]expr.Expr) (expr.Expr, error) {
		var conds []expr.Expr
		for _, pair := range pairs {
			if _, err := x.b.common(at, "IN", pair); err != nil {
				return nil, err
			}
			conds = append(conds, plan.Compare("eq", pair[0], pair[1]))
		}
		return expr.AndAll(conds), nil
	})
}

// compared marks rows for which cond holds with a row of the query; it is given the values of left, each with the column to compare it with.
func (x *exprs) compared(at ast.Span, name string, left ast.Expr, q *ast.Query, cond func(pairs [][]expr.Expr) (expr.Expr, error)) (expr.Expr, error) {
	to, err := x.place(at)
	if err != nil {
		return nil, err
	}
	sub, err := x.b.query(q, x.around())
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
		return nil, x.b.failf(at, fault.Type, "%s compares %d values with the %d columns of the subquery", strings.ToUpper(name), len(keys), len(cols))
	}
	pairs := make([][]expr.Expr, len(keys))
	for i, k := range keys {
		pairs[i] = []expr.Expr{k, &expr.Ref{Col: cols[i]}}
	}
	join := plan.Apply{Kind: defs.Mark, Right: sub.node, Mark: x.b.col(name, dtype.Of(dtype.Bool))}
	if join.Cond, err = cond(pairs); err != nil {
		return nil, err
	}
	to.joins = append(to.joins, join)
	return &expr.Ref{Col: join.Mark}, nil
}

// quantified binds comparisons with ANY and ALL rows of a query or elements of a list. x op ALL (…) is that x op y is not true for no row.
func (x *exprs) quantified(e *ast.Quantified) (expr.Expr, error) {
	switch {
	case e.Query != nil && !e.Match && e.Op == ast.OpEq && !e.All:
		return x.inSubquery(e.Span, e.X, e.Query)
	case e.Query != nil && !e.Match && e.Op == ast.OpNe && e.All:
		m, err := x.inSubquery(e.Span, e.X, e.Query)
		return &expr.Not{Arg: m}, err
	case e.Query != nil && !e.Match:
		return x.quantifiedQuery(e)
	case e.Operand != nil && !e.Match && e.Op == ast.OpEq && !e.All:
		args, err := x.list([]ast.Expr{e.Operand, e.X})
		if err != nil {
			return nil, err
		}
		return x.anyOf(e.Span, args[0], args[1])
	case e.Operand != nil && !e.Match: // over the rows of the list
		item := ast.SelectItem{X: &ast.Func{Span: e.Span, Name: ast.Name{{Span: e.Span, Name: "unnest"}}, Args: []ast.Arg{{Value: e.Operand}}}}
		rows := *e
		rows.Operand, rows.Query = nil, &ast.Query{Span: e.Span, Body: &ast.Select{Span: e.Span, Items: []ast.SelectItem{item}}}
		return x.quantified(&rows)
	}
	return nil, x.unsupported(e.Span, "this form of ANY or ALL")
}

// anyOf is whether an element of a list equals a value: false for no list and for an empty one, else null if there is no match but a null.
func (x *exprs) anyOf(at ast.Span, list, value expr.Expr) (expr.Expr, error) {
	found, err := x.b.call(at, "list_contains", list, value)
	if err != nil {
		return nil, err
	}
	all, err := x.b.call(at, "length", list)
	if err != nil {
		return nil, err
	}
	present, err := x.b.call(at, "list_count", list)
	if err != nil {
		return nil, err
	}
	empty, err := x.b.call(at, "eq", all, &expr.Lit{Value: data.IntScalar(dtype.Of(dtype.Int64), 0)})
	if err != nil {
		return nil, err
	}
	nulls, err := x.b.call(at, "gt", all, present)
	if err != nil {
		return nil, err
	}
	none := &expr.Lit{Value: data.NullScalar(dtype.Of(dtype.Bool))}
	return &expr.Case{Whens: []expr.When{
		{Cond: found, Then: &expr.Lit{Value: data.BoolScalar(true)}},
		{Cond: &expr.Or{Args: []expr.Expr{&expr.IsNull{Arg: all}, empty}}, Then: &expr.Lit{Value: data.BoolScalar(false)}},
		{Cond: &expr.Or{Args: []expr.Expr{&expr.IsNull{Arg: value}, nulls}}, Then: none},
	}, Else: &expr.Lit{Value: data.BoolScalar(false)}}, nil
}

func (x *exprs) quantifiedQuery(e *ast.Quantified) (expr.Expr, error) {
	name, ok := opFunctions[e.Op]
	if !ok {
		return nil, x.unsupported(e.Span, "the operator "+e.Op.String()+" with ANY or ALL")
	}
	word := "any"
	if e.All {
		word = "all"
	}
	mark, err := x.compared(e.Span, word, e.X, e.Query, func(pairs [][]expr.Expr) (expr.Expr, error) {
		if len(pairs) != 1 {
			return nil, x.unsupported(e.Span, "a tuple with "+e.Op.String()+" and ANY or ALL")
		}
		if _, err := x.b.common(e.Span, strings.ToUpper(word), pairs[0]); err != nil {
			return nil, err
		}
		cond, err := x.b.call(e.Span, name, pairs[0]...)
		if err != nil {
			return nil, err
		}
		if cond, err = x.b.boolean(e.Span, "the comparison", cond); err != nil {
			return nil, err
		}
		return negateIf(e.All, cond), nil
	})
	if err != nil {
		return nil, err
	}
	return negateIf(e.All, mark), nil
}
