package bind

import (
	"slices"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// expand replaces * and COLUMNS by columns. FROM without SELECT selects everything.
func (s *selecting) expand() ([]output, error) {
	if len(s.sel.Items) == 0 {
		return s.star(&ast.Star{Span: s.sel.Span})
	}
	var out []output
	for _, it := range s.sel.Items {
		switch e := it.X.(type) {
		case *ast.Star:
			cols, err := s.star(e)
			if err != nil {
				return nil, err
			}
			out = append(out, cols...)
			continue
		case *ast.Columns:
			cols, err := s.columns(e)
			if err != nil {
				return nil, err
			}
			out = append(out, cols...)
			continue
		}
		name := it.Alias.Name
		if it.Alias.Empty() {
			name = ast.ColumnName(it.X)
		}
		out = append(out, output{name: name, syn: it.X})
	}
	return out, nil
}

// star expands [t.]* EXCLUDE … REPLACE … RENAME ….
func (s *selecting) star(e *ast.Star) ([]output, error) {
	var cols []scopeCol
	if len(e.Qualifier) == 0 {
		cols = s.x.scope.columns()
		if len(s.x.scope.rels) == 0 {
			return nil, s.b.failf(e.Span, fault.Syntax, "SELECT * needs a FROM clause")
		}
	} else {
		rel := s.relation(e.Qualifier.Last().Name)
		if rel == nil {
			return s.structStar(e)
		}
		cols = rel.cols
	}
	if err := s.b.starNames(e); err != nil {
		return nil, err
	}
	qualified, err := s.excluded(e)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	var out []output
	for _, c := range cols {
		if qualified[c.col.ID] || nameIn(e.Exclude, c.name) {
			used[strings.ToLower(c.name)] = true
			continue
		}
		col := c.plain
		if len(e.Qualifier) > 0 {
			col = c.col
		}
		out = append(out, changed(e, c.name, &expr.Ref{Col: col}, used))
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.name
	}
	if err := s.checkStar(e, names, used); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, s.b.failf(e.Span, fault.Usage, "EXCLUDE leaves no column of *")
	}
	return out, nil
}

// changed is the output for a column or field of a star, with what REPLACE and RENAME make of it; names that they match are put into used.
func changed(e *ast.Star, name string, x expr.Expr, used map[string]bool) output {
	o := output{name: name, expr: x}
	for _, r := range e.Replace {
		if same(r.Alias.Name, name) {
			o.syn, o.expr = r.X, nil
			used[strings.ToLower(name)] = true
		}
	}
	for _, r := range e.Rename {
		if same(r.From.Last().Name, name) {
			o.name = r.To.Name
			used[strings.ToLower(name)] = true
		}
	}
	return o
}

// starNames refuses names that stand twice in EXCLUDE, REPLACE and RENAME.
func (b *Binder) starNames(e *ast.Star) error {
	seen := map[string]bool{}
	names := slices.Clone(e.Exclude)
	for _, r := range e.Replace {
		names = append(names, ast.Name{r.Alias})
	}
	for _, n := range names {
		key := strings.ToLower(n.Last().Name)
		var full string
		for _, id := range n {
			full += "." + strings.ToLower(id.Name)
		}
		if seen["."+key] || seen[full] || len(n) == 1 && seen[key] {
			return b.failf(n.At(), fault.Usage, "%q stands twice in EXCLUDE and REPLACE", n.Last().Name)
		}
		seen[key], seen[full] = true, true
	}
	return nil
}

// excluded finds the columns that EXCLUDE names together with their tables.
func (s *selecting) excluded(e *ast.Star) (map[expr.ColID]bool, error) {
	out := map[expr.ColID]bool{}
	for _, n := range e.Exclude {
		if len(n) == 1 {
			continue
		}
		m, ok, err := s.x.scope.find(s.b, n.At(), n)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, s.x.scope.columnError(s.b, n.At(), n)
		}
		out[m.col.ID] = true
	}
	return out, nil
}

func (s *selecting) relation(name string) *relation {
	for _, r := range s.x.scope.rels {
		if same(r.name, name) {
			return r
		}
	}
	return nil
}

// structStar expands the fields of a struct column.
func (s *selecting) structStar(e *ast.Star) ([]output, error) {
	v, err := s.x.column(&ast.ColumnRef{Span: e.Span, Parts: e.Qualifier})
	if err != nil {
		return nil, err
	}
	if v.Type().Kind != dtype.Struct {
		return nil, s.b.failf(e.Span, fault.Type, "%s is neither a table nor a struct", ast.Format(&ast.ColumnRef{Parts: e.Qualifier}))
	}
	if err := s.b.starNames(e); err != nil {
		return nil, err
	}
	used := map[string]bool{}
	fields := v.Type().Fields
	var out []output
	for _, f := range fields {
		if nameIn(e.Exclude, f.Name) {
			used[strings.ToLower(f.Name)] = true
			continue
		}
		fe, err := s.b.structField(e.Span, v, f.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, changed(e, f.Name, fe, used))
	}
	return out, s.checkStar(e, dtype.NewSchema(fields...).Names(), used)
}

// nameIn reports whether a name is in a list, of which names with a table do not count.
func nameIn(list []ast.Name, name string) bool {
	for _, n := range list {
		if len(n) == 1 && same(n.Last().Name, name) {
			return true
		}
	}
	return false
}

// checkStar reports names in EXCLUDE, REPLACE and RENAME that matched nothing.
func (s *selecting) checkStar(e *ast.Star, names []string, used map[string]bool) error {
	var asked []ast.Ident
	for _, n := range e.Exclude {
		asked = append(asked, n.Last())
	}
	for _, r := range e.Replace {
		asked = append(asked, r.Alias)
	}
	for _, r := range e.Rename {
		asked = append(asked, r.From.Last())
	}
	for _, id := range asked {
		if used[strings.ToLower(id.Name)] {
			continue
		}
		return s.b.fail(id.Span, unknownColumn(id.Name, "in *", names))
	}
	return nil
}

// columns expands COLUMNS(*), COLUMNS('regex') and COLUMNS([names]) that stand alone.
func (s *selecting) columns(e *ast.Columns) ([]output, error) {
	if star, ok := e.X.(*ast.Star); ok {
		return s.star(star)
	}
	v, err := s.b.constant(e.X, "the argument of COLUMNS")
	if err != nil {
		return nil, err
	}
	keep, err := s.b.columnPattern(e.Span, v)
	if err != nil {
		return nil, err
	}
	var out []output
	for _, c := range s.x.scope.columns() {
		if keep(c.name) {
			out = append(out, output{name: c.name, expr: &expr.Ref{Col: c.plain}})
		}
	}
	if len(out) == 0 {
		return nil, s.b.failf(e.Span, fault.Name, "COLUMNS matches no column")
	}
	return out, nil
}
