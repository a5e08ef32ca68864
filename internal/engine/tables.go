package engine

import (
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// taken applies what CREATE says about an existing name; it reports whether there is nothing to do.
func (x *statement) taken(name ast.Name, on ast.OnExisting) (bool, error) {
	if x.e.cat.Get(name.Last().Name) == nil || on == ast.ExistingReplaced {
		return false, nil
	}
	if on == ast.ExistingKept {
		return true, nil
	}
	at := name.At()
	err := fault.New(fault.Name, "%q exists already", name.Last().Name).WithHint("use CREATE OR REPLACE, or DROP it first")
	return false, err.At("query", x.text, at.Start, at.End)
}

// createView checks the query by binding it once and keeps its syntax tree.
func (x *statement) createView(s *ast.CreateView) error {
	if done, err := x.taken(s.Name, s.Existing); done || err != nil {
		return err
	}
	if _, err := x.query(s.Query); err != nil {
		return err
	}
	var columns []string
	for _, c := range s.Columns {
		columns = append(columns, c.Name)
	}
	x.e.cat.Put(&catalog.Entry{Name: s.Name.Last().Name, Frame: bind.View(x.text, s.Query, columns)})
	return nil
}

// createTable makes a table in memory, empty or from a query.
func (x *statement) createTable(s *ast.CreateTable) (int64, error) {
	if done, err := x.taken(s.Name, s.Existing); done || err != nil {
		return 0, err
	}
	name := s.Name.Last().Name
	if s.As == nil {
		schema, err := x.declared(s)
		if err != nil {
			return 0, err
		}
		return 0, x.e.keep(name, schema, nil)
	}
	q, err := x.query(s.As)
	if err != nil {
		return 0, err
	}
	schema := named(q.Schema(), s.Names)
	if s.NoData {
		return 0, x.e.keep(name, schema, nil)
	}
	batches, err := q.Collect(x.ctx)
	if err != nil {
		return 0, err
	}
	return rowsOf(batches), x.e.keep(name, schema, batches)
}

// declared resolves the column list of CREATE TABLE.
func (x *statement) declared(s *ast.CreateTable) (dtype.Schema, error) {
	var schema dtype.Schema
	for _, c := range s.Columns {
		if c.Type == nil {
			return schema, x.fail(c.Span, fault.Unsupported, "generated columns are not supported")
		}
		t, err := bind.ParseType(x.text[c.Type.Start:c.Type.End])
		if err != nil {
			return schema, x.at(c.Type.Span, err)
		}
		schema.Fields = append(schema.Fields, dtype.Field{Name: c.Name.Name, Type: t})
	}
	return schema, nil
}

// keep puts a table into the catalog and its memory into the budget, giving back that of an older table of the name.
func (e *Engine) keep(name string, schema dtype.Schema, batches []*data.Batch) error {
	size := 0
	for _, b := range batches {
		size += b.Size()
	}
	r := e.budget.Reservation("table " + name)
	if err := r.Grow(int64(size)); err != nil {
		r.Free()
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	key := strings.ToLower(name)
	if old := e.tables[key]; old != nil {
		old.Free()
	}
	e.tables[key] = r
	e.cat.Put(&catalog.Entry{Name: name, Rows: &catalog.Rows{Schema: schema, Batches: batches}})
	return nil
}

// insert appends rows to a table in memory: the table is replaced by one with all rows.
func (x *statement) insert(s *ast.Insert) (int64, error) {
	name := s.Table.Last().Name
	old := x.e.cat.Get(name)
	switch {
	case old == nil:
		at := s.Table.At()
		return 0, x.e.cat.Unknown(name).At("query", x.text, at.Start, at.End)
	case old.Rows == nil:
		return 0, x.fail(s.Table.At(), fault.Unsupported, "%q is a view or file; only tables in memory take INSERT", name)
	case s.Query == nil || s.Conflict != nil || s.Returning != nil || s.Replace || s.Ignore || s.ByName:
		return 0, x.fail(s.Span, fault.Unsupported, "this form of INSERT is not supported yet")
	}
	q, err := x.insertQuery(s, old.Rows.Schema)
	if err != nil {
		return 0, err
	}
	batches, err := q.Collect(x.ctx)
	if err != nil {
		return 0, err
	}
	all := append(append([]*data.Batch(nil), old.Rows.Batches...), batches...)
	return rowsOf(batches), x.e.keep(old.Name, old.Rows.Schema, all)
}

// insertQuery casts the query's columns to those of the table, null for columns that are not listed.
func (x *statement) insertQuery(s *ast.Insert, schema dtype.Schema) (*Query, error) {
	q, err := x.query(s.Query)
	if err != nil {
		return nil, err
	}
	got := q.Schema()
	targets := s.Columns
	if len(targets) == 0 {
		for _, f := range schema.Fields {
			targets = append(targets, ast.Ident{Span: s.Table.At(), Name: f.Name})
		}
	}
	if len(targets) != got.Len() {
		return nil, x.fail(s.Query.Span, fault.Type, "%q takes %d columns, and the query gives %d", s.Table.Last().Name, len(targets), got.Len())
	}
	source := make([]frame.Expr, schema.Len())
	for i, f := range schema.Fields {
		source[i] = &frame.Alias{Name: f.Name, Arg: &frame.Lit{Value: data.NullScalar(f.Type)}}
	}
	temp := dtype.Schema{} // positions, since output names may repeat
	for i, f := range got.Fields {
		temp.Fields = append(temp.Fields, dtype.Field{Name: "#" + string(rune('0'+i%10)) + strings.Repeat("'", i/10), Type: f.Type})
	}
	for i, id := range targets {
		at := schema.IndexFold(id.Name)
		if at < 0 {
			_, err := schema.Lookup(id.Name)
			return nil, x.at(id.Span, err)
		}
		f := schema.Fields[at]
		source[at] = &frame.Alias{Name: f.Name, Arg: &frame.Cast{Arg: &frame.Col{Name: temp.Fields[i].Name}, To: f.Type}}
	}
	batches, err := q.Collect(x.ctx)
	if err != nil {
		return nil, err
	}
	return x.e.Query(x.ctx, &frame.Select{Input: &frame.Memory{Schema: temp, Batches: batches}, Exprs: source})
}

// drop removes tables and views.
func (x *statement) drop(s *ast.Drop) error {
	if s.Kind != ast.ObjectTable && s.Kind != ast.ObjectView {
		return x.fail(s.Span, fault.Unsupported, "DROP %s is not supported yet", s.Kind)
	}
	for _, n := range s.Names {
		name := n.Last().Name
		if !x.e.cat.Drop(name) {
			if s.IfExists {
				continue
			}
			at := n.At()
			return x.e.cat.Unknown(name).At("query", x.text, at.Start, at.End)
		}
		x.e.mu.Lock()
		if r := x.e.tables[strings.ToLower(name)]; r != nil {
			r.Free()
			delete(x.e.tables, strings.ToLower(name))
		}
		x.e.mu.Unlock()
	}
	return nil
}
