package engine

import (
	"slices"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/spi"
)

// copy writes a query or table to a file, or appends a file to a table in memory.
func (x *statement) copy(s *ast.Copy) (int64, error) {
	path, err := x.constant(s.File)
	if err != nil {
		return 0, err
	}
	w := &frame.Write{Path: path.S, Options: spi.Options{}, Mode: spi.Replace}
	if err := x.copyOptions(s, w); err != nil {
		return 0, err
	}
	if w.Format == "" {
		if _, err := spi.Default.Format("", w.Path); err != nil && spi.Scheme(w.Path) == "" {
			w.Format = "csv" // as it is for COPY in other databases
		}
	}
	if s.From {
		return x.copyFrom(s, w)
	}
	src := s.Query
	if src == nil {
		src = selectFrom(s)
	}
	return x.e.load(x, src, w)
}

// selectFrom makes SELECT columns FROM table.
func selectFrom(s *ast.Copy) *ast.Query {
	sel := &ast.Select{Span: s.Span, From: []ast.TableRef{&ast.Table{Span: s.Table.At(), Name: s.Table}}}
	for _, c := range s.Columns {
		sel.Items = append(sel.Items, ast.SelectItem{X: &ast.ColumnRef{Span: c.Span, Parts: ast.Name{c}}})
	}
	return &ast.Query{Span: s.Span, Body: sel}
}

// load binds the query under a write and runs it.
func (e *Engine) load(x *statement, src *ast.Query, w *frame.Write) (int64, error) {
	conf, err := e.config()
	if err != nil {
		return 0, err
	}
	b := e.binder(x.ctx, conf, x.params)
	in, err := b.Query(x.text, src)
	if err != nil {
		return 0, err
	}
	node, err := b.Write(in, w)
	if err != nil {
		return 0, err
	}
	q, err := e.prepare(x.ctx, conf, b, node)
	if err != nil {
		return 0, err
	}
	return q.Written(x.ctx)
}

// copyOptions reads (FORMAT csv, HEADER, DELIMITER ';', …). MODE and KEY are for databases; what is left goes to the format.
func (x *statement) copyOptions(s *ast.Copy, w *frame.Write) error {
	seen := map[string]bool{}
	for _, o := range s.Options {
		name := strings.ToLower(o.Name.Name)
		if seen[name] {
			return x.fail(o.Span, fault.Usage, "the option %s is given twice", strings.ToUpper(name))
		}
		seen[name] = true
		var vals []any
		for _, v := range o.Values {
			val, err := x.optionValue(v)
			if err != nil {
				return err
			}
			vals = append(vals, val)
		}
		switch {
		case name == "format" && len(vals) == 1:
			w.Format = strings.ToLower(wordOf(o.Values[0]))
		case name == "mode" && len(vals) == 1:
			mode, err := ParseMode(wordOf(o.Values[0]))
			if err != nil {
				return x.at(o.Span, err)
			}
			w.Mode = mode
		case name == "key":
			for _, v := range o.Values {
				w.Key = append(w.Key, wordOf(v))
			}
		case len(vals) == 0:
			w.Options[name] = true
		case len(vals) == 1 && !o.List:
			w.Options[name] = vals[0]
		default:
			w.Options[name] = vals
		}
	}
	return nil
}

func (x *statement) optionValue(e ast.Expr) (any, error) {
	if c, ok := e.(*ast.ColumnRef); ok {
		return c.Parts.Last().Name, nil
	}
	v, err := x.constant(e)
	if err != nil {
		return nil, err
	}
	return bind.PlainValue(v), nil
}

// ParseMode reads the name of a load mode.
func ParseMode(s string) (spi.Mode, error) {
	var names []string
	for m := spi.Replace; m <= spi.Create; m++ {
		if strings.EqualFold(s, m.String()) {
			return m, nil
		}
		names = append(names, m.String())
	}
	e := fault.New(fault.Name, "no mode %q", s)
	if e.Hint = fault.DidYouMean(s, names); e.Hint == "" {
		e.Hint = "modes: " + strings.Join(names, ", ")
	}
	return 0, e
}

// copyFrom appends a file to a table in memory. Columns that are not listed have their defaults.
func (x *statement) copyFrom(s *ast.Copy, w *frame.Write) (int64, error) {
	name := s.Table.Last().Name
	t := x.e.cat.Get(name)
	if t == nil || t.Rows == nil {
		at := s.Table.At()
		return 0, x.e.cat.Unknown(name).At("query", x.text, at.Start, at.End)
	}
	columns, err := x.copiedColumns(s, t)
	if err != nil {
		return 0, err
	}
	in := &frame.Memory{}
	for _, at := range columns {
		in.Schema.Fields = append(in.Schema.Fields, t.Rows.Schema.Fields[at])
	}
	declareTypes(w, in.Schema)
	q, err := x.e.Query(x.ctx, &frame.File{Path: w.Path, Format: w.Format, Options: w.Options})
	if err != nil {
		return 0, x.at(s.File.At(), err)
	}
	got := q.Schema()
	if got.Len() != len(columns) {
		return 0, x.fail(s.Span, fault.Type, "%q has %d columns, and the file has %d", name, len(columns), got.Len())
	}
	for i, f := range got.Fields {
		in.Schema.Fields[i].Type = f.Type
	}
	if in.Batches, err = q.Collect(x.ctx); err != nil {
		return 0, err
	}
	rows, err := x.completed(t, in, columns)
	if err != nil {
		return 0, err
	}
	return rowsOf(rows), x.store(t, append(slices.Clone(t.Rows.Batches), rows...), rows)
}

// copiedColumns are the columns that the file has, by their place in the table.
func (x *statement) copiedColumns(s *ast.Copy, t *catalog.Entry) (columns []int, err error) {
	if len(s.Columns) == 0 {
		for i := range t.Rows.Schema.Fields {
			columns = append(columns, i)
		}
		return columns, nil
	}
	for _, id := range s.Columns {
		at, err := x.column(t, id)
		if err != nil {
			return nil, err
		}
		if slices.Contains(columns, at) {
			return nil, x.fail(id.Span, fault.Usage, "the column %q is listed twice", id.Name)
		}
		columns = append(columns, at)
	}
	return columns, nil
}

// declareTypes tells the readers of text formats the types of the columns, so that they need not infer them, unless the options say something
// else: CSV by place, JSON by name.
func declareTypes(w *frame.Write, columns dtype.Schema) {
	f, err := spi.Default.Format(w.Format, w.Path)
	if err != nil {
		return
	}
	for _, name := range []string{"types", "dtypes", "column_types", "columns", "all_varchar"} {
		if w.Options[name] != nil {
			return
		}
	}
	switch f.Name() {
	case "csv", "tsv":
		var types []dtype.Type
		for _, f := range columns.Fields {
			if f.Type.IsNested() {
				return
			}
			types = append(types, f.Type)
		}
		w.Options["types"] = types
	case "json", "ndjson":
		w.Options["columns"] = dtype.NewSchema(columns.Fields...)
	}
}
