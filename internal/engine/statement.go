package engine

import (
	"context"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// Result is what a statement gave: a Query to run, or, for statements that are done already, how many rows they touched.
type Result struct {
	Query *Query
	Text  string // the rows are one text to show as it is (EXPLAIN)
	Rows  int64  // rows written by CREATE TABLE AS, INSERT and COPY; -1 for others
}

// Execute runs one statement of text. A query comes back unrun, so that the caller can stream its rows.
func (e *Engine) Execute(ctx context.Context, text string, s ast.Statement, params map[string]data.Scalar) (*Result, error) {
	if n, ok := SQLStatement(text, s, params); ok {
		out, err := e.Query(ctx, n)
		return &Result{Query: out, Rows: -1}, err
	}
	x := &statement{e: e, ctx: ctx, text: text, params: params}
	switch s := s.(type) {
	case *ast.Execute:
		return x.execute(s)
	case *ast.Insert:
		return x.insert(s)
	case *ast.Delete:
		return x.delete(s)
	case *ast.Update:
		return x.update(s)
	}
	rows, out, err := x.run(s)
	if err != nil {
		return nil, err
	}
	return &Result{Text: out, Rows: rows}, nil
}

// statement is one statement that is not a query.
type statement struct {
	e      *Engine
	ctx    context.Context
	text   string
	params map[string]data.Scalar
}

func (x *statement) fail(at ast.Span, code fault.Code, format string, args ...any) error {
	return fault.New(code, format, args...).At("query", x.text, at.Start, at.End)
}

// run dispatches on the kind of statement.
func (x *statement) run(s ast.Statement) (rows int64, text string, err error) {
	rows = -1
	switch s := s.(type) {
	case *ast.Explain:
		text, err = x.explain(s)
	case *ast.CreateView:
		err = x.createView(s)
	case *ast.CreateTable:
		rows, err = x.createTable(s)
	case *ast.Drop:
		err = x.drop(s)
	case *ast.Copy:
		rows, err = x.copy(s)
	case *ast.Set:
		err = x.set(s)
	case *ast.Reset:
		err = x.reset(s)
	case *ast.Pragma:
		err = x.pragma(s)
	case *ast.Prepare:
		err = x.prepare(s)
	case *ast.Deallocate:
		err = x.deallocate(s)
	case *ast.Query, *ast.Describe, *ast.Summarize, *ast.Show:
		err = bug.Errorf("%T is a query", s)
	default:
		err = x.fail(s.At(), fault.Unsupported, "this statement is not supported yet")
	}
	return rows, text, err
}

// explain binds the statement's query and describes or analyses it. Options: FORMAT text|mermaid|json.
func (x *statement) explain(s *ast.Explain) (string, error) {
	format, analyze := ExplainText, s.Analyze
	for _, o := range s.Options {
		switch name := strings.ToLower(o.Name.Name); name {
		case "analyze":
			analyze = true
		case "format":
			if len(o.Values) > 0 {
				format = strings.ToLower(wordOf(o.Values[0]))
			}
		default:
			return "", x.fail(o.Span, fault.Name, "EXPLAIN has no option %q", name)
		}
	}
	inner, ok := bind.AsQuery(s.Statement)
	if !ok {
		return "", x.fail(s.Statement.At(), fault.Unsupported, "EXPLAIN takes a query")
	}
	q, err := x.e.Query(x.ctx, bind.SQL(x.text, inner, nil, x.params))
	if err != nil {
		return "", err
	}
	if analyze {
		return q.Analyze(x.ctx, format)
	}
	return q.Explain(format)
}

// wordOf returns the text of an option value that is a name, a string or a number.
func wordOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.String:
		return e.Value
	case *ast.ColumnRef:
		return e.Parts.Last().Name
	default:
		return ast.Format(e)
	}
}

func (x *statement) set(s *ast.Set) error {
	if s.Scope == ast.ScopeVariable {
		return x.fail(s.Span, fault.Unsupported, "SET VARIABLE is not supported yet")
	}
	var words []string
	for _, v := range s.Value {
		if _, ok := v.(*ast.Func); !ok {
			words = append(words, wordOf(v))
			continue
		}
		val, err := x.constant(v)
		if err != nil {
			return err
		}
		words = append(words, val.S)
	}
	return x.at(s.Span, x.e.Set(s.Name.Last().Name, strings.Join(words, ",")))
}

func (x *statement) reset(s *ast.Reset) error {
	name := s.Name.Last().Name
	x.e.mu.RLock()
	initial := defaultSettings(x.e.threads, x.e.budget.Limit()).values[strings.ToLower(name)]
	x.e.mu.RUnlock()
	return x.at(s.Span, x.e.Set(name, initial))
}

func (x *statement) pragma(s *ast.Pragma) error {
	if s.Value == nil {
		return x.fail(s.Span, fault.Unsupported, "PRAGMA %s is not supported", s.Name.Last().Name)
	}
	return x.at(s.Span, x.e.Set(s.Name.Last().Name, wordOf(s.Value)))
}

// at positions a fault that has no place yet.
func (x *statement) at(span ast.Span, err error) error {
	if f, ok := err.(*fault.Error); ok && f.Pos == (fault.Pos{}) {
		return f.At("query", x.text, span.Start, span.End)
	}
	return err
}

// constant evaluates an expression without columns.
func (x *statement) constant(e ast.Expr) (data.Scalar, error) {
	conf, err := x.e.config()
	if err != nil {
		return data.Scalar{}, err
	}
	return x.e.binder(x.ctx, conf, x.params).Constant(x.text, e)
}

// query binds and plans a query of the statement.
func (x *statement) query(q *ast.Query) (*Query, error) {
	return x.e.Query(x.ctx, bind.SQL(x.text, q, nil, x.params))
}

// rowsOf counts the rows of batches.
func rowsOf(batches []*data.Batch) int64 {
	n := int64(0)
	for _, b := range batches {
		n += int64(b.Len)
	}
	return n
}

// named returns the schema with other names for its first columns.
func named(s dtype.Schema, names []ast.Ident) dtype.Schema {
	out := dtype.Schema{Fields: append([]dtype.Field(nil), s.Fields...)}
	for i, n := range names {
		if i < len(out.Fields) {
			out.Fields[i].Name = n.Name
		}
	}
	return out
}
