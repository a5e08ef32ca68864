package bind

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// scopeCol is a column that a name can reach.
type scopeCol struct {
	name   string
	col    expr.Col
	plain  expr.Col // what the unqualified name and * mean; differs from col for the keys of USING in outer joins
	hidden bool     // only reachable qualified: the right-hand key of USING
}

// relation is one named table of a FROM clause.
type relation struct {
	name  string
	shown string // in messages, if that is not its name
	cols  []scopeCol
}

// called is what messages call the relation.
func (r *relation) called() string { return cmp.Or(r.shown, r.name) }

// scope is what names mean within one SELECT.
type scope struct {
	rels   []*relation
	parent *scope
	ctes   []*cte
	exprs  *exprs // of the clause that a subquery stands in, for aggregates over columns of this scope; nil for lateral tables
}

// cte is a common table expression that is visible in a query.
type cte struct {
	name   string
	shared *sharedPlan // nil while WITH RECURSIVE binds the expression itself
	names  []string
}

// bound is a plan with the relations that make it up.
type bound struct {
	node plan.Node
	rels []*relation
}

// relationOf names all columns of a plan.
func relationOf(name string, cols []expr.Col) *relation {
	r := &relation{name: name, cols: make([]scopeCol, len(cols))}
	for i, c := range cols {
		r.cols[i] = scopeCol{name: c.Name, col: c, plain: c}
	}
	return r
}

// findCTE returns the common table expression of a name, of this query or the nearest around it, or nil.
func (s *scope) findCTE(name string) *cte {
	for ; s != nil; s = s.parent {
		for i := len(s.ctes) - 1; i >= 0; i-- {
			if same(s.ctes[i].name, name) {
				return s.ctes[i]
			}
		}
	}
	return nil
}

// columns returns all columns that * means, in order.
func (s *scope) columns() []scopeCol {
	var out []scopeCol
	for _, r := range s.rels {
		for _, c := range r.cols {
			if !c.hidden {
				out = append(out, c)
			}
		}
	}
	return out
}

// match is the result of looking up a name: the column and how many parts of the name it used.
type match struct {
	col  expr.Col
	used int
}

// find looks a name up in this scope only. It returns no match without error if the name is unknown here.
func (s *scope) find(b *Binder, at ast.Span, parts ast.Name) (match, bool, error) {
	if m, ok, err := s.findPlain(b, at, parts[0]); ok || err != nil {
		if err == nil || len(parts) == 1 {
			return m, ok, err
		}
	}
	if len(parts) == 1 {
		return match{}, false, nil
	}
	for skip := range min(len(parts)-1, 3) { // catalog and schema in front of the table
		if m, ok, err := s.findQualified(b, at, parts[skip], parts[skip+1]); ok || err != nil {
			m.used = skip + 2
			return m, ok, err
		}
	}
	return match{}, false, nil
}

// has reports whether a column belongs to this scope itself.
func (s *scope) has(id expr.ColID) bool {
	for _, r := range s.rels {
		for _, c := range r.cols {
			if c.col.ID == id || c.plain.ID == id {
				return true
			}
		}
	}
	return false
}

// outer reports whether a column is one of a query around this one: of its tables, or an aggregate of it.
func (s *scope) outer(id expr.ColID) bool {
	for p := s.parent; p != nil; p = p.parent {
		if p.has(id) {
			return true
		}
		if p.exprs == nil || p.exprs.aggs == nil {
			continue
		}
		for _, a := range *p.exprs.aggs {
			if a.Col.ID == id {
				return true
			}
		}
	}
	return false
}

func (s *scope) findPlain(b *Binder, at ast.Span, id ast.Ident) (match, bool, error) {
	var hit *scopeCol
	var owner string
	for _, r := range s.rels {
		for i := range r.cols {
			c := &r.cols[i]
			if c.hidden || !same(c.name, id.Name) {
				continue
			}
			if hit != nil && owner != r.name {
				e := fault.New(fault.Name, "column %q is ambiguous", id.Name).WithHint("write %s.%s or %s.%s", owner, id.Name, r.name, id.Name)
				return match{}, false, b.fail(at, e)
			}
			if hit == nil {
				hit, owner = c, r.name
			}
		}
	}
	if hit == nil {
		return match{}, false, nil
	}
	return match{hit.plain, 1}, true, nil
}

func (s *scope) findQualified(b *Binder, at ast.Span, table, id ast.Ident) (match, bool, error) {
	for _, r := range s.rels {
		if !same(r.name, table.Name) {
			continue
		}
		for _, c := range r.cols {
			if same(c.name, id.Name) {
				return match{col: c.col}, true, nil
			}
		}
		names := make([]string, len(r.cols))
		for i, c := range r.cols {
			names[i] = c.name
		}
		return match{}, false, b.fail(id.Span, unknownColumn(id.Name, "in "+r.called(), names))
	}
	return match{}, false, nil
}

// unknownColumn makes the error with the nearest name or the list of names.
func unknownColumn(name, where string, names []string) *fault.Error {
	msg := "no column " + strconv.Quote(name)
	if where != "" {
		msg += " " + where
	}
	e := &fault.Error{Code: fault.Name, Msg: msg}
	list := "columns: " + strings.Join(names, ", ")
	switch near := fault.DidYouMean(name, names); {
	case near != "":
		e.Hint = near
	case len(names) == 0:
	case len(list) > 300:
		e.Hint = fmt.Sprintf("%s… (%d columns)", list[:300], len(names))
	default:
		e.Hint = list
	}
	return e
}

// columnError is the error for a name that no scope knows.
func (s *scope) columnError(b *Binder, at ast.Span, parts ast.Name) error {
	var names []string
	for _, c := range s.columns() {
		names = append(names, c.name)
	}
	name, where := parts.Last().Name, ""
	if len(parts) > 1 {
		var tables []string
		for _, r := range s.rels {
			tables = append(tables, r.name)
		}
		e := &fault.Error{Code: fault.Name, Msg: fmt.Sprintf("no table or column %q here", parts[0].Name)}
		if e.Hint = fault.DidYouMean(parts[0].Name, append(tables, names...)); e.Hint == "" {
			e.Hint = "tables: " + strings.Join(tables, ", ")
		}
		return b.fail(parts[0].Span, e)
	}
	if len(s.rels) == 1 && s.rels[0].name != "" {
		where = "in " + s.rels[0].called()
	}
	return b.fail(at, unknownColumn(name, where, names))
}

// field follows the remaining parts of a name into a struct.
func (b *Binder) fields(at ast.Span, e expr.Expr, parts ast.Name) (expr.Expr, error) {
	for _, p := range parts {
		if e.Type().Kind != dtype.Struct {
			return nil, b.failf(p.Span, fault.Type, "%q is not a struct (it is %s), so it has no field %q", ast.Format(&ast.ColumnRef{Parts: parts}),
				e.Type(), p.Name)
		}
		var err error
		if e, err = b.structField(p.Span, e, p.Name); err != nil {
			return nil, err
		}
	}
	return e, nil
}
