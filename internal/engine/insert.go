package engine

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// insert appends rows to a table in memory: the table is replaced by one with all rows.
func (x *statement) insert(s *ast.Insert) (*Result, error) {
	t, err := x.target(s.Table)
	if err != nil {
		return nil, err
	}
	rows, err := x.newRows(s, t)
	if err != nil {
		return nil, err
	}
	rel := s.Alias
	if rel.Empty() {
		rel = s.Table.Last()
	}
	if s.Conflict != nil || s.Replace || s.Ignore {
		return x.upsert(s, t, rel, rows)
	}
	return x.apply(change{t: t, rel: rel, all: append(slices.Clone(t.Rows.Batches), rows...), fresh: rows, touched: rows}, s.Returning)
}

// newRows computes the rows to insert in the columns and types of the table. Columns that are not listed have their defaults.
func (x *statement) newRows(s *ast.Insert, t *catalog.Entry) ([]*data.Batch, error) {
	schema := t.Rows.Schema
	if s.Query == nil {
		if len(s.Columns) > 0 || s.ByName {
			return nil, x.fail(s.Span, fault.Usage, "DEFAULT VALUES is for all columns, so none can be listed")
		}
		return x.completed(t, &frame.Memory{}, nil)
	}
	targets := s.Columns
	if len(targets) == 0 {
		for _, f := range schema.Fields {
			targets = append(targets, ast.Ident{Span: s.Table.At(), Name: f.Name})
		}
	}
	if err := x.defaultsIn(s.Query, t, targets); err != nil {
		return nil, err
	}
	if err := x.textsIn(s.Query, t, targets); err != nil {
		return nil, err
	}
	source := *s.Query
	if s.With != nil && source.With == nil {
		source.With = s.With
	}
	q, err := x.query(&source)
	if err != nil {
		return nil, err
	}
	got := q.Schema()
	if s.ByName {
		targets = nil
		for _, f := range got.Fields {
			targets = append(targets, ast.Ident{Span: s.Query.Span, Name: f.Name})
		}
	}
	if len(targets) != got.Len() {
		return nil, x.fail(s.Query.Span, fault.Type, "%q takes %d columns, and the query gives %d", t.Name, len(targets), got.Len())
	}
	batches, err := q.Collect(x.ctx)
	if err != nil {
		return nil, err
	}
	in := &frame.Memory{Batches: batches}
	var columns []int
	for i, id := range targets {
		at, err := x.column(t, id)
		if err != nil {
			return nil, err
		}
		if slices.Contains(columns, at) {
			return nil, x.fail(id.Span, fault.Usage, "the column %q is listed twice", id.Name)
		}
		if from, to := got.Fields[i].Type, schema.Fields[at].Type; sig.IsCount(from, to) && hasValues(batches, i) {
			return nil, x.fail(id.Span, fault.Type, "the column %q is %s, and the query gives %s", id.Name, to, from)
		}
		columns = append(columns, at)
		in.Schema.Fields = append(in.Schema.Fields, dtype.Field{Name: schema.Fields[at].Name, Type: got.Fields[i].Type})
	}
	return x.completed(t, in, columns)
}

// completed casts the columns of in, which are called as those of the table, and adds the others.
func (x *statement) completed(t *catalog.Entry, in *frame.Memory, columns []int) ([]*data.Batch, error) {
	sel := &frame.Select{Input: in}
	for i, f := range t.Rows.Schema.Fields {
		var value frame.Expr = &frame.Lit{Value: data.NullScalar(f.Type)}
		switch {
		case slices.Contains(columns, i):
			value = &frame.Cast{Arg: &frame.Col{Name: f.Name}, To: f.Type}
		case t.Rows.Defaults != nil && t.Rows.Defaults[i] != "":
			e, err := bind.SQLExpr(t.Rows.Defaults[i], nil)
			if err != nil {
				return nil, err
			}
			value = &frame.Cast{Arg: e, To: f.Type}
		}
		sel.Exprs = append(sel.Exprs, &frame.Alias{Name: f.Name, Arg: value})
	}
	var node frame.Node = sel
	if len(columns) == 0 { // a select of constants has one row anyway
		node = &frame.Select{Input: &frame.Memory{Schema: dtype.NewSchema(dtype.Field{Name: "#", Type: dtype.Of(dtype.Bool)}),
			Batches: []*data.Batch{{Len: 1, Cols: []*data.Column{data.ConstColumn(data.BoolScalar(true), 1)}}}}, Exprs: sel.Exprs}
	}
	q, err := x.e.Query(x.ctx, node)
	if err != nil {
		return nil, err
	}
	return q.Collect(x.ctx)
}

// defaultsIn replaces the word DEFAULT in VALUES.
func (x *statement) defaultsIn(q *ast.Query, t *catalog.Entry, targets []ast.Ident) error {
	v, ok := q.Body.(*ast.Values)
	if !ok {
		return nil
	}
	for _, row := range v.Rows {
		for i := range min(len(row), len(targets)) {
			if _, ok := row[i].(*ast.Default); !ok {
				continue
			}
			at, err := x.column(t, targets[i])
			if err != nil {
				return err
			}
			if row[i], err = x.orDefault(t.Rows, at, row[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// textsIn casts what VALUES has for a column to its type where texts stand beside others, which would otherwise decide what the texts are, and where
// numbers become texts, each of which is that of its own number.
func (x *statement) textsIn(q *ast.Query, t *catalog.Entry, targets []ast.Ident) error {
	v, ok := q.Body.(*ast.Values)
	if !ok || len(v.Rows) < 2 {
		return nil
	}
	for i, id := range targets {
		texts, others := false, false
		for _, row := range v.Rows {
			if i < len(row) {
				_, text := row[i].(*ast.String)
				texts, others = texts || text, others || !text
			}
		}
		if !others {
			continue
		}
		at, err := x.column(t, id)
		if err != nil {
			return err
		}
		if !texts && t.Rows.Schema.Fields[at].Type.Kind != dtype.String {
			continue
		}
		list, err := Parse("SELECT NULL::" + t.Rows.Schema.Fields[at].Type.SQL())
		if err != nil {
			return err
		}
		cast := list[0].(*ast.Query).Body.(*ast.Select).Items[0].X.(*ast.Cast)
		for _, row := range v.Rows {
			if i < len(row) {
				row[i] = &ast.Cast{Span: row[i].At(), X: row[i], Type: cast.Type}
			}
		}
	}
	return nil
}

// hasValues reports whether a column is not null everywhere, in which case its type says nothing.
func hasValues(batches []*data.Batch, column int) bool {
	for _, b := range batches {
		for i := range b.Len {
			if !b.Cols[column].IsNull(i) {
				return true
			}
		}
	}
	return false
}
