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

// A table in memory is changed by a query over it, in which the table has one more column that numbers its rows: DELETE asks for the numbers of the
// rows to leave out, UPDATE for numbers and new values. Then the table is replaced by one that shares the batches that stay.
const (
	targetName = "#target"
	otherName  = "#other"
	rowColumn  = "#row"
)

// target finds the table that a statement changes.
func (x *statement) target(name ast.Name) (*catalog.Entry, error) {
	at := name.At()
	t := x.e.cat.Get(name.Last().Name)
	switch {
	case t == nil:
		return nil, x.e.cat.Unknown(name.Last().Name).At("query", x.text, at.Start, at.End)
	case t.Rows == nil:
		return nil, x.fail(at, fault.Unsupported, "%q is a view or file; only tables in memory can be changed", name.Last().Name)
	}
	return t, nil
}

// numbered is the table with its row numbers as last column.
func numbered(t *catalog.Rows) *frame.Memory {
	m := &frame.Memory{Schema: dtype.Schema{Fields: append(t.Schema.Fields[:len(t.Schema.Fields):len(t.Schema.Fields)],
		dtype.Field{Name: rowColumn, Type: dtype.Of(dtype.Int64)})}}
	row := int64(0)
	for _, b := range t.Batches {
		ids := make([]int64, b.Len)
		for i := range ids {
			ids[i] = row
			row++
		}
		m.Batches = append(m.Batches, &data.Batch{Len: b.Len, Cols: append(b.Cols[:len(b.Cols):len(b.Cols)], data.FlatColumn(dtype.Of(dtype.Int64), ids, nil))})
	}
	return m
}

// touching is a statement's query for the rows that it touches.
type touching struct {
	t     *catalog.Entry
	at    ast.Span
	rel   ast.Ident // what the statement calls the table
	with  *ast.With
	more  []ast.TableRef // of USING or FROM
	extra map[string]frame.Node
	where ast.Expr
	items []ast.SelectItem // values to compute beside the row number
}

func (x *statement) touching(t *catalog.Entry, table ast.Name, alias ast.Ident) *touching {
	rel := alias
	if rel.Empty() {
		rel = table.Last()
	}
	return &touching{t: t, at: table.At(), rel: rel, extra: map[string]frame.Node{}}
}

// query gives the row numbers and the items.
func (u *touching) query(x *statement) (*Query, error) {
	sel := &ast.Select{Span: u.at, Where: u.where, From: slices.Clone(u.more)}
	sel.From = append(sel.From, &ast.Table{Span: u.at, Name: ast.Name{{Span: u.at, Name: targetName}}, Alias: ast.Alias{Name: u.rel}}) // last: the others do not see it
	sel.Items = append([]ast.SelectItem{{X: &ast.ColumnRef{Span: u.at, Parts: ast.Name{{Span: u.at, Name: rowColumn}}}}}, u.items...)
	u.extra[targetName] = numbered(u.t.Rows)
	return x.e.Query(x.ctx, bind.SQL(x.text, &ast.Query{Span: u.at, With: u.with, Body: sel}, u.extra, x.params))
}

// delete removes the rows for which the condition holds.
func (x *statement) delete(s *ast.Delete) (*Result, error) {
	t, err := x.target(s.Table)
	if err != nil {
		return nil, err
	}
	u := x.touching(t, s.Table, s.Alias)
	u.with, u.more, u.where = s.With, s.Using, s.Where
	q, err := u.query(x)
	if err != nil {
		return nil, err
	}
	found, err := q.Collect(x.ctx)
	if err != nil {
		return nil, err
	}
	dead := map[int64]bool{}
	eachRow(found, func(b *data.Batch, i int) { dead[b.Cols[0].Value(i).Int64()] = true })
	kept, gone := divide(t.Rows, func(row int64) bool { return !dead[row] })
	return x.apply(change{t: t, rel: u.rel, all: kept, touched: gone}, s.Returning)
}

// change is what a statement does to the rows of a table.
type change struct {
	t       *catalog.Entry
	rel     ast.Ident     // what the statement calls the table
	all     []*data.Batch // the rows it has from now on
	fresh   []*data.Batch // those among them that are new or have new values
	touched []*data.Batch // what the statement counts, or gives to RETURNING
}

// apply stores a change and returns the result of the statement. RETURNING is computed before anything is stored, so that a statement whose RETURNING fails
// changes nothing.
func (x *statement) apply(c change, returning []ast.SelectItem) (*Result, error) {
	out, err := x.returning(c.t, c.rel, c.touched, returning)
	if err != nil {
		return nil, err
	}
	if err := x.store(c.t, c.all, c.fresh); err != nil {
		return nil, err
	}
	return out, nil
}

// returning makes the result of a statement that touches rows: their number, or RETURNING over them.
func (x *statement) returning(t *catalog.Entry, rel ast.Ident, rows []*data.Batch, items []ast.SelectItem) (*Result, error) {
	if items == nil {
		return &Result{Rows: rowsOf(rows)}, nil
	}
	for _, it := range items {
		if err := x.rowByRow(it.X); err != nil {
			return nil, err
		}
	}
	sel := &ast.Select{Span: rel.Span, Items: items, From: []ast.TableRef{&ast.Table{Span: rel.Span, Name: ast.Name{{Span: rel.Span, Name: targetName}},
		Alias: ast.Alias{Name: rel}}}}
	with := map[string]frame.Node{targetName: &frame.Memory{Schema: t.Rows.Schema, Batches: rows}}
	q, err := x.e.Query(x.ctx, bind.SQL(x.text, &ast.Query{Span: rel.Span, Body: sel}, with, x.params))
	if err != nil {
		return nil, err
	}
	out, err := q.Collect(x.ctx)
	if err != nil {
		return nil, err
	}
	q, err = x.e.Query(x.ctx, &frame.Memory{Schema: q.Schema(), Batches: out})
	return &Result{Query: q, Rows: -1}, err
}

// rowByRow refuses aggregates and window functions in RETURNING, which gives one row for each that is touched.
func (x *statement) rowByRow(e ast.Expr) (err error) {
	ast.Walk(e, func(e ast.Expr) bool {
		f, ok := e.(*ast.Func)
		if !ok || err != nil {
			return err == nil
		}
		if f.Over != nil || sig.Is(f.Name.Last().Name, sig.Aggregate) {
			err = x.fail(f.Span, fault.Usage, "RETURNING gives one row for each that is touched, without aggregates and window functions")
		}
		return err == nil
	})
	return err
}

func eachRow(batches []*data.Batch, f func(b *data.Batch, i int)) {
	for _, b := range batches {
		for i := range b.Len {
			f(b, i)
		}
	}
}

// divide splits the rows of a table by their numbers. Batches that stay whole are shared.
func divide(t *catalog.Rows, first func(row int64) bool) (yes, no []*data.Batch) {
	row := int64(0)
	for _, b := range t.Batches {
		var a, z []uint32
		for i := range b.Len {
			if first(row) {
				a = append(a, uint32(i))
			} else {
				z = append(z, uint32(i))
			}
			row++
		}
		yes, no = appendRows(yes, t.Schema, b, a), appendRows(no, t.Schema, b, z)
	}
	return yes, no
}

// appendRows appends a batch of some rows of b.
func appendRows(out []*data.Batch, s dtype.Schema, b *data.Batch, rows []uint32) []*data.Batch {
	switch len(rows) {
	case 0:
		return out
	case b.Len:
		return append(out, b)
	}
	next := &data.Batch{Len: len(rows)}
	for i, f := range s.Fields {
		build := data.NewBuilder(f.Type, len(rows))
		build.AppendColumn(b.Cols[i], rows)
		next.Cols = append(next.Cols, build.Build())
	}
	return append(out, next)
}

// recast runs a query and casts its columns to the types of fields, by whose names errors call them.
func (x *statement) recast(q *Query, fields []dtype.Field) ([]*data.Batch, error) {
	batches, err := q.Collect(x.ctx)
	if err != nil {
		return nil, err
	}
	temp := &frame.Memory{Batches: batches}
	sel := &frame.Select{Input: temp}
	for i, f := range q.Schema().Fields {
		name := fields[i].Name
		temp.Schema.Fields = append(temp.Schema.Fields, dtype.Field{Name: name, Type: f.Type})
		sel.Exprs = append(sel.Exprs, &frame.Alias{Name: name, Arg: &frame.Cast{Arg: &frame.Col{Name: name}, To: fields[i].Type}})
	}
	cast, err := x.e.Query(x.ctx, sel)
	if err != nil {
		return nil, err
	}
	return cast.Collect(x.ctx)
}
