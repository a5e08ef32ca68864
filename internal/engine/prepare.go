package engine

import (
	"slices"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// prepared is the statement of PREPARE with the text that its spans refer to and the names of its parameters.
type prepared struct {
	text   string
	stmt   ast.Statement
	params []string
}

// prepare keeps a statement under a name. A query is bound once, with nulls for its parameters, so that unknown names are found now; what depends on
// the types of the parameters is found by EXECUTE.
func (x *statement) prepare(s *ast.Prepare) error {
	switch s.Statement.(type) {
	case *ast.Prepare, *ast.Execute, *ast.Deallocate:
		return x.fail(s.Statement.At(), fault.Usage, "a prepared statement cannot be prepared itself")
	}
	isNumber := func(n string) bool { _, err := strconv.Atoi(n); return err == nil }
	isName := func(n string) bool { return !isNumber(n) }
	if slices.ContainsFunc(s.Params, isNumber) && slices.ContainsFunc(s.Params, isName) {
		return x.fail(s.Span, fault.Unsupported, "parameters with names and with numbers cannot be mixed")
	}
	if q, ok := bind.AsQuery(s.Statement); ok {
		nulls := map[string]data.Scalar{}
		for _, n := range s.Params {
			nulls[n] = data.NullScalar(dtype.Type{})
		}
		if _, err := x.e.Query(x.ctx, bind.SQL(x.text, q, nil, nulls)); fault.CodeOf(err) == fault.Name {
			return err
		}
	}
	x.e.mu.Lock()
	defer x.e.mu.Unlock()
	x.e.prepared[strings.ToLower(s.Name.Name)] = &prepared{text: x.text, stmt: s.Statement, params: s.Params}
	return nil
}

// execute runs a prepared statement with the values of its arguments.
func (x *statement) execute(s *ast.Execute) (*Result, error) {
	p, err := x.preparedAs(s.Name)
	if err != nil {
		return nil, err
	}
	values := map[string]data.Scalar{}
	for i, a := range s.Args {
		name := a.Name.Name
		if name == "" {
			name = strconv.Itoa(i + 1)
		}
		at := slices.IndexFunc(p.params, func(n string) bool { return strings.EqualFold(n, name) })
		if at < 0 {
			return nil, x.fail(a.Value.At(), fault.Usage, "%s has no parameter $%s", s.Name.Name, name)
		}
		if values[p.params[at]], err = x.constant(a.Value); err != nil {
			return nil, err
		}
	}
	for _, n := range p.params {
		if _, ok := values[n]; !ok {
			return nil, x.fail(s.Span, fault.Usage, "no value is given for parameter $%s of %s", n, s.Name.Name)
		}
	}
	return x.e.Execute(x.ctx, p.text, p.stmt, values)
}

func (x *statement) deallocate(s *ast.Deallocate) error {
	if _, err := x.preparedAs(s.Name); err != nil {
		return err
	}
	x.e.mu.Lock()
	defer x.e.mu.Unlock()
	delete(x.e.prepared, strings.ToLower(s.Name.Name))
	return nil
}

func (x *statement) preparedAs(name ast.Ident) (*prepared, error) {
	x.e.mu.RLock()
	defer x.e.mu.RUnlock()
	if p := x.e.prepared[strings.ToLower(name.Name)]; p != nil {
		return p, nil
	}
	var names []string
	for n := range x.e.prepared {
		names = append(names, n)
	}
	err := fault.New(fault.Name, "no prepared statement %q", name.Name)
	return nil, x.at(name.Span, err.WithHint("%s", fault.DidYouMean(name.Name, names)))
}
