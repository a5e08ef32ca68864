package engine

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// update gives columns new values in the rows for which the condition holds.
func (x *statement) update(s *ast.Update) (*Result, error) {
	t, err := x.target(s.Table)
	if err != nil {
		return nil, err
	}
	u := x.touching(t, s.Table, s.Alias)
	u.with, u.more, u.where = s.With, s.From, s.Where
	all, changed, err := x.assigned(u, s.Set)
	if err != nil {
		return nil, err
	}
	return x.apply(change{t: t, rel: u.rel, all: all, fresh: changed, touched: changed}, s.Returning)
}

// assigned returns the rows of a table after assignments to those that u touches, and the rows touched among them.
func (x *statement) assigned(u *touching, set []ast.Assignment) (all, changed []*data.Batch, err error) {
	var columns []int
	for _, a := range set {
		values := []ast.Expr{a.Value}
		if row, ok := a.Value.(*ast.Row); ok && len(a.Columns) > 1 {
			values = row.Items
		}
		if len(values) != len(a.Columns) {
			return nil, nil, x.fail(a.Value.At(), fault.Unsupported, "%d columns are set to %d values", len(a.Columns), len(values))
		}
		for i, name := range a.Columns {
			if len(name) > 1 {
				return nil, nil, x.fail(name.At(), fault.Usage, "SET takes the name of a column alone: %s", name.Last().Name)
			}
			at, err := x.column(u.t, name.Last())
			if err != nil {
				return nil, nil, err
			}
			if slices.Contains(columns, at) {
				return nil, nil, x.fail(name.At(), fault.Usage, "%q is set twice", name.Last().Name)
			}
			value, err := x.orDefault(u.t.Rows, at, values[i])
			if err != nil {
				return nil, nil, err
			}
			columns = append(columns, at)
			u.items = append(u.items, ast.SelectItem{X: value})
		}
	}
	q, err := u.query(x)
	if err != nil {
		return nil, nil, err
	}
	fields := []dtype.Field{{Name: rowColumn, Type: dtype.Of(dtype.Int64)}}
	for _, c := range columns {
		fields = append(fields, u.t.Rows.Schema.Fields[c])
	}
	values, err := x.recast(q, fields)
	if err != nil {
		return nil, nil, err
	}
	all, changed = replaced(u.t.Rows, columns, values)
	return all, changed, nil
}

// column finds a column of a table.
func (x *statement) column(t *catalog.Entry, id ast.Ident) (int, error) {
	at := t.Rows.Schema.IndexFold(id.Name)
	if at < 0 {
		_, err := t.Rows.Schema.Lookup(id.Name)
		return 0, x.at(id.Span, err)
	}
	return at, nil
}

// orDefault replaces the word DEFAULT by a parameter with the value of the column's default.
func (x *statement) orDefault(t *catalog.Rows, column int, e ast.Expr) (ast.Expr, error) {
	d, ok := e.(*ast.Default)
	if !ok {
		return e, nil
	}
	value := data.NullScalar(t.Schema.Fields[column].Type)
	if t.Defaults != nil && t.Defaults[column] != "" {
		n, err := SQL("SELECT "+t.Defaults[column], nil, nil)
		if err != nil {
			return nil, err
		}
		q, err := x.e.Query(x.ctx, n)
		if err != nil {
			return nil, err
		}
		out, err := x.recast(q, t.Schema.Fields[column:column+1])
		if err != nil {
			return nil, err
		}
		value = out[0].Cols[0].Value(0)
	}
	name := "default of " + t.Schema.Fields[column].Name
	params := map[string]data.Scalar{name: value}
	for k, v := range x.params {
		params[k] = v
	}
	x.params = params
	return &ast.Param{Span: d.Span, Name: name}, nil
}

// replaced puts values into columns. The first column of values is the number of the row; of several values for a row the first one counts.
func replaced(t *catalog.Rows, columns []int, values []*data.Batch) (all, changed []*data.Batch) {
	type place struct {
		b *data.Batch
		i int
	}
	news := map[int64]place{}
	eachRow(values, func(b *data.Batch, i int) {
		row := b.Cols[0].Value(i).Int64()
		if _, ok := news[row]; !ok {
			news[row] = place{b, i}
		}
	})
	start := int64(0)
	for _, b := range t.Batches {
		var touched []uint32
		for i := range b.Len {
			if _, ok := news[start+int64(i)]; ok {
				touched = append(touched, uint32(i))
			}
		}
		next := &data.Batch{Len: b.Len, Cols: slices.Clone(b.Cols)}
		for k, c := range columns {
			if len(touched) == 0 {
				break
			}
			build := data.NewBuilder(t.Schema.Fields[c].Type, b.Len)
			for i := range b.Len {
				if p, ok := news[start+int64(i)]; ok {
					build.AppendColumn(p.b.Cols[k+1], []uint32{uint32(p.i)})
				} else {
					build.AppendColumn(b.Cols[c], []uint32{uint32(i)})
				}
			}
			next.Cols[c] = build.Build()
		}
		all = append(all, next)
		changed = appendRows(changed, t.Schema, next, touched)
		start += int64(b.Len)
	}
	return all, changed
}

// excluded is the relation of the new rows that INSERT … ON CONFLICT may not insert: the number of the row that each meets, and the new row as a struct
// called excluded, so that names without a table are those of the table.
func excluded(t *catalog.Rows, rows []*data.Batch, meets []int64) *frame.Memory {
	typ := dtype.StructOf(t.Schema.Fields...)
	m := &frame.Memory{Schema: dtype.NewSchema(dtype.Field{Name: "#meets", Type: dtype.Of(dtype.Int64)}, dtype.Field{Name: "excluded", Type: typ})}
	for _, b := range rows {
		row := &data.Column{Type: typ, Len: b.Len}
		for _, c := range b.Cols {
			row.Kids = append(row.Kids, c.Flatten())
		}
		m.Batches = append(m.Batches, &data.Batch{Len: b.Len, Cols: []*data.Column{data.FlatColumn(dtype.Of(dtype.Int64), meets[:b.Len], nil), row}})
		meets = meets[b.Len:]
	}
	return m
}
