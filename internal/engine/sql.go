package engine

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/opt"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

// These functions and Execute are the front door of SQL: everything that makes frames of SQL or runs statements comes through here. A program that
// calls none of them links neither the parser nor the SQL half of the binder, and of functions and formats only those that its frames name.

// linkAll links what a text can name: every function and every format, and subqueries.
func linkAll() {
	opt.LinkSubqueries()
	fn.All()
	LinkReaders()
	LinkWriters()
}

// Parse splits a text into statements.
func Parse(text string) ([]ast.Statement, error) {
	linkAll()
	return parse.Statements(text)
}

// SQL makes a frame of a text that is one query. with are the relations that the text may name beside those of the catalog, params the values of
// $name.
func SQL(text string, with map[string]frame.Node, params map[string]data.Scalar) (frame.Node, error) {
	linkAll()
	q, err := bind.ParseQuery(text)
	if err != nil {
		return nil, err
	}
	return bind.SQL(text, q, with, params), nil
}

// ReturnsRows reports whether SQLStatement makes a frame of s.
func ReturnsRows(s ast.Statement) bool {
	_, ok := bind.AsQuery(s)
	return ok
}

// SQLStatement makes a frame of a statement of text if it returns rows.
func SQLStatement(text string, s ast.Statement, params map[string]data.Scalar) (frame.Node, bool) {
	q, ok := bind.AsQuery(s)
	if !ok {
		return nil, false
	}
	return bind.SQL(text, q, nil, params), true
}

// SQLExpr makes an expression of one that is written in SQL over the columns of a frame.
func SQLExpr(text string, params map[string]data.Scalar) (frame.Expr, error) {
	linkAll()
	return bind.SQLExpr(text, params)
}
