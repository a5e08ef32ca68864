package engine

import (
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// taken applies what CREATE says about an existing name; it reports whether there is nothing to do.
func (x *statement) taken(kind ast.ObjectKind, name ast.Name, on ast.OnExisting) (bool, error) {
	switch old := x.e.cat.Get(name.Last().Name); {
	case old == nil:
		return false, nil
	case on == ast.ExistingReplaced:
		return false, x.isA(kind, name, old)
	case on == ast.ExistingKept:
		return true, nil
	}
	at := name.At()
	err := fault.New(fault.Name, "%q exists already", name.Last().Name).WithHint("use CREATE OR REPLACE, or DROP it first")
	return false, err.At("query", x.text, at.Start, at.End)
}

// isA refuses to take a view for a table and a table for a view, so that no data goes with a statement that is about a query. What the program registered
// may be taken for either.
func (x *statement) isA(kind ast.ObjectKind, name ast.Name, old *catalog.Entry) error {
	is := kind
	switch {
	case old.Rows != nil:
		is = ast.ObjectTable
	case old.Frame != nil && bind.IsView(old.Frame):
		is = ast.ObjectView
	}
	if is == kind {
		return nil
	}
	return x.fail(name.At(), fault.Usage, "%q is a %s, not a %s", name.Last().Name, strings.ToLower(is.String()), strings.ToLower(kind.String()))
}

// createView checks the query by binding it once and keeps its syntax tree.
func (x *statement) createView(s *ast.CreateView) error {
	if done, err := x.taken(ast.ObjectView, s.Name, s.Existing); done || err != nil {
		return err
	}
	conf, err := x.e.config()
	if err != nil {
		return err
	}
	// Optimising it would be for nothing: that happens within the queries that use it.
	if _, err := x.e.binder(x.ctx, conf, nil).Frame(bind.SQL(x.text, s.Query, nil, x.params)); err != nil {
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
	if done, err := x.taken(ast.ObjectTable, s.Name, s.Existing); done || err != nil {
		return 0, err
	}
	name := s.Name.Last().Name
	if s.As == nil {
		rows, err := x.declared(s)
		if err != nil {
			return 0, err
		}
		return 0, x.e.keep(name, rows)
	}
	q, err := x.query(s.As)
	if err != nil {
		return 0, err
	}
	schema := named(q.Schema(), s.Names)
	if s.NoData {
		return 0, x.e.keep(name, &catalog.Rows{Schema: schema})
	}
	batches, err := q.Collect(x.ctx)
	if err != nil {
		return 0, err
	}
	return rowsOf(batches), x.e.keep(name, &catalog.Rows{Schema: schema, Batches: batches})
}

// keep puts a table into the catalog and its memory into the budget, giving back that of an older table of the name.
func (e *Engine) keep(name string, rows *catalog.Rows) error {
	size := 0
	for _, b := range rows.Batches {
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
	e.cat.Put(&catalog.Entry{Name: name, Rows: rows})
	return nil
}

// drop removes tables and views.
func (x *statement) drop(s *ast.Drop) error {
	if s.Kind != ast.ObjectTable && s.Kind != ast.ObjectView {
		return x.fail(s.Span, fault.Unsupported, "DROP %s is not supported yet", s.Kind)
	}
	for _, n := range s.Names {
		name := n.Last().Name
		if old := x.e.cat.Get(name); old != nil {
			if err := x.isA(s.Kind, n, old); err != nil {
				return err
			}
		}
		if err := x.unreferred(name); err != nil {
			return x.at(n.At(), err)
		}
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
