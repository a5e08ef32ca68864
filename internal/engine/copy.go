package engine

import (
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bind"
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
	q, err := e.prepare(x.ctx, conf, node)
	if err != nil {
		return 0, err
	}
	return q.Written(x.ctx)
}

// copyOptions reads (FORMAT csv, HEADER, DELIMITER ';', …). MODE and KEY are for databases; what is left goes to the format.
func (x *statement) copyOptions(s *ast.Copy, w *frame.Write) error {
	for _, o := range s.Options {
		name := strings.ToLower(o.Name.Name)
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

// copyFrom appends a file to a table in memory.
func (x *statement) copyFrom(s *ast.Copy, w *frame.Write) (int64, error) {
	name := s.Table.Last().Name
	old := x.e.cat.Get(name)
	if old == nil || old.Rows == nil {
		at := s.Table.At()
		return 0, x.e.cat.Unknown(name).At("query", x.text, at.Start, at.End)
	}
	opts := w.Options
	var casts frame.Node = &frame.File{Path: w.Path, Format: w.Format, Options: opts}
	q, err := x.e.Query(x.ctx, casts)
	if err != nil {
		return 0, x.at(s.File.At(), err)
	}
	got := q.Schema()
	if got.Len() != old.Rows.Schema.Len() {
		return 0, x.fail(s.Span, fault.Type, "%q has %d columns, and the file has %d", name, old.Rows.Schema.Len(), got.Len())
	}
	sel := &frame.Select{Input: casts}
	for i, f := range old.Rows.Schema.Fields {
		sel.Exprs = append(sel.Exprs, &frame.Alias{Name: f.Name, Arg: &frame.Cast{Arg: &frame.Col{Name: got.Fields[i].Name}, To: f.Type}})
	}
	if q, err = x.e.Query(x.ctx, sel); err != nil {
		return 0, err
	}
	batches, err := q.Collect(x.ctx)
	if err != nil {
		return 0, err
	}
	all := append(append([]*data.Batch(nil), old.Rows.Batches...), batches...)
	return rowsOf(batches), x.store(old, all, batches)
}
