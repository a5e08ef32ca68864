package bind

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

// Frames meet SQL in this file only. A piece of SQL in a frame tree is a node that binds itself: the binder of frames calls it through ownNode
// and ownExpr and names no type of it. So the linker sees the parser and the SQL half of the binder only in programs that make such nodes, with
// SQL, View or SQLExpr.

// ownNode is a relation that binds itself.
type ownNode interface {
	frame.Node
	bindNode(b *Binder) (plan.Node, error)
}

// ownExpr is an expression that binds itself.
type ownExpr interface {
	frame.Expr
	bindExpr(x *frameExprs) (expr.Expr, error)
	outputName() string
}

// sqlQuery is a SQL query as a relation.
type sqlQuery struct {
	frame.Foreign
	text    string // what the spans of query refer to
	query   *ast.Query
	with    map[string]frame.Node  // relations that the text may name beside those of the catalog
	params  map[string]data.Scalar // values of $name; those of the query around it if nil
	columns []string               // names for the first columns
	view    bool                   // made by CREATE VIEW
}

// SQL makes a relation of a SQL query whose spans refer to text. with are the relations that the text may name beside those of the catalog, and
// params the values of $name; nil means those of the query that uses the relation.
func SQL(text string, q *ast.Query, with map[string]frame.Node, params map[string]data.Scalar) frame.Node {
	return &sqlQuery{text: text, query: q, with: with, params: params}
}

// View is SQL with names for the first columns.
func View(text string, q *ast.Query, columns []string) frame.Node {
	return &sqlQuery{text: text, query: q, columns: columns, view: true}
}

// IsView reports whether a frame was made by View.
func IsView(f frame.Node) bool {
	q, ok := f.(*sqlQuery)
	return ok && q.view
}

// SQLExpr makes an expression of one that is written in SQL over the columns of a frame. params are as for SQL.
func SQLExpr(text string, params map[string]data.Scalar) (frame.Expr, error) {
	e, err := parse.Expr(text)
	if err != nil {
		return nil, err
	}
	return &sqlExpr{text: text, expr: e, params: params}, nil
}

// ParseQuery reads a text that is one query.
func ParseQuery(text string) (*ast.Query, error) {
	stmts, err := parse.Statements(text)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 {
		return nil, fault.New(fault.Usage, "expected one query, not %d statements", len(stmts)).At("query", text, 0, len(text))
	}
	q, ok := AsQuery(stmts[0])
	if !ok {
		at := stmts[0].At()
		return nil, fault.New(fault.Usage, "expected a query that returns rows").At("query", text, at.Start, at.End)
	}
	return q, nil
}

// AsQuery returns the query of a statement that returns rows, wrapping DESCRIBE, SUMMARIZE and SHOW.
func AsQuery(s ast.Statement) (*ast.Query, bool) {
	switch s := s.(type) {
	case *ast.Query:
		return s, true
	case *ast.Describe:
		return &ast.Query{Span: s.Span, Body: s}, true
	case *ast.Summarize:
		return &ast.Query{Span: s.Span, Body: s}, true
	case *ast.Show:
		return &ast.Query{Span: s.Span, Body: s}, true
	}
	return nil, false
}

// bindNode implements ownNode.
func (n *sqlQuery) bindNode(b *Binder) (plan.Node, error) {
	text, params, given := b.text, b.opts.Params, b.given
	b.text, b.given, b.apart = n.text, n.with, true
	if n.params != nil {
		b.opts.Params = n.params
	}
	defer func() { b.text, b.opts.Params, b.given = text, params, given }()
	rel, err := b.query(n.query, nil)
	if err != nil || len(n.columns) == 0 {
		return rel.node, err
	}
	p := &plan.Project{Input: rel.node}
	for i, c := range rel.node.Cols() {
		name := c.Name
		if i < len(n.columns) {
			name = n.columns[i]
		}
		p.Items = append(p.Items, plan.Item{Col: b.col(name, c.Type), Expr: &expr.Ref{Col: c}})
	}
	return p, nil
}

// sqlExpr is an expression written in SQL over the columns of a frame.
type sqlExpr struct {
	frame.Foreign
	text   string
	expr   ast.Expr
	params map[string]data.Scalar
}

// outputName implements ownExpr.
func (e *sqlExpr) outputName() string { return ast.ColumnName(e.expr) }

// bindExpr implements ownExpr.
func (e *sqlExpr) bindExpr(x *frameExprs) (expr.Expr, error) {
	text, params, apart := x.b.text, x.b.opts.Params, x.b.apart
	x.b.text, x.b.apart = e.text, true
	if e.params != nil {
		x.b.opts.Params = e.params
	}
	defer func() { x.b.text, x.b.opts.Params, x.b.apart = text, params, apart }()
	in := x.b.newExprs(&scope{rels: []*relation{relationOf("", x.cols)}}, "the expression")
	in.aggs, in.wins = x.aggs, x.wins
	return in.bind(e.expr)
}
