package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// declared resolves the columns and constraints of CREATE TABLE.
func (x *statement) declared(s *ast.CreateTable) (*catalog.Rows, error) {
	t := &catalog.Rows{}
	for _, c := range s.Columns {
		if c.Type == nil {
			return nil, x.fail(c.Span, fault.Unsupported, "generated columns are not supported")
		}
		typ, err := bind.ParseType(x.text[c.Type.Start:c.Type.End])
		if err != nil {
			return nil, x.at(c.Type.Span, err)
		}
		if t.Schema.IndexFold(c.Name.Name) >= 0 {
			return nil, x.fail(c.Name.Span, fault.Name, "the table has two columns %q", c.Name.Name)
		}
		t.Schema.Fields = append(t.Schema.Fields, dtype.Field{Name: c.Name.Name, Type: typ})
	}
	for _, keys := range []bool{true, false} { // foreign keys last, since they may refer to keys of this table
		if err := x.constraints(s, t, keys); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// constraints adds the constraints of CREATE TABLE: the foreign keys, or all others.
func (x *statement) constraints(s *ast.CreateTable, t *catalog.Rows, others bool) error {
	for i, c := range s.Columns {
		for _, k := range c.Constraints {
			if (k.Kind != ast.References) != others {
				continue
			}
			if err := x.constrain(s.Name.Last().Name, t, k, []int{i}); err != nil {
				return err
			}
		}
	}
	for _, k := range s.Constraints {
		if (k.Kind != ast.References) != others {
			continue
		}
		var at []int
		for _, id := range k.Columns {
			i := t.Schema.IndexFold(id.Name)
			if i < 0 {
				_, err := t.Schema.Lookup(id.Name)
				return x.at(id.Span, err)
			}
			at = append(at, i)
		}
		if err := x.constrain(s.Name.Last().Name, t, k, at); err != nil {
			return err
		}
	}
	return nil
}

// constrain adds a constraint over columns to a table.
func (x *statement) constrain(name string, t *catalog.Rows, k ast.Constraint, columns []int) error {
	switch k.Kind {
	case ast.NotNull:
		t.Rules = append(t.Rules, catalog.Rule{Kind: catalog.NotNull, Columns: columns})
	case ast.PrimaryKey:
		if slices.ContainsFunc(t.Rules, func(r catalog.Rule) bool { return r.Primary }) {
			return x.fail(k.Span, fault.Usage, "the table has a primary key already")
		}
		t.Rules = append(t.Rules, catalog.Rule{Kind: catalog.NotNull, Columns: columns}, catalog.Rule{Kind: catalog.Unique, Primary: true, Columns: columns})
	case ast.Unique:
		t.Rules = append(t.Rules, catalog.Rule{Kind: catalog.Unique, Columns: columns})
	case ast.CheckExpr:
		rule := catalog.Rule{Kind: catalog.Check, Check: ast.Format(k.X)}
		if _, err := x.broken(name, t, rule, nil); err != nil {
			return x.at(k.Span, err)
		}
		t.Rules = append(t.Rules, rule)
	case ast.DefaultExpr:
		params := false
		ast.Walk(k.X, func(e ast.Expr) bool {
			_, is := e.(*ast.Param)
			params = params || is
			return !params
		})
		if params {
			return x.fail(k.Span, fault.Usage, "a default value takes no parameters")
		}
		if t.Defaults == nil {
			t.Defaults = make([]string, t.Schema.Len())
		}
		t.Defaults[columns[0]] = ast.Format(k.X)
	case ast.References:
		return x.foreign(name, t, k, columns)
	case ast.Collation:
		if c := k.Target.Last().Name; !strings.EqualFold(c, "binary") && !strings.EqualFold(c, "c") && !strings.EqualFold(c, "posix") {
			return x.fail(k.Span, fault.Unsupported, "the collation %q is not supported: texts are compared by their bytes", c)
		}
	case ast.Generated:
		return x.fail(k.Span, fault.Unsupported, "generated columns are not supported")
	}
	return nil
}

// store replaces the rows of a table after checking its rules. changed are the rows among them that are new or have new values.
func (x *statement) store(t *catalog.Entry, all, changed []*data.Batch) error {
	for _, r := range t.Rows.Rules {
		if r.Kind == catalog.Foreign {
			continue
		}
		rows := changed
		if r.Kind == catalog.Unique {
			rows = all
		}
		bad, err := x.broken(t.Name, t.Rows, r, rows)
		if err != nil {
			return err
		}
		if bad {
			return fault.New(fault.Check, "%s of table %q does not hold for the new rows", ruleText(t.Rows.Schema, r), t.Name)
		}
	}
	if err := x.refers(t, all, changed); err != nil {
		return err
	}
	if err := x.referred(t, all); err != nil {
		return err
	}
	return x.e.keep(t.Name, t.Rows.With(all))
}

func ruleText(s dtype.Schema, r catalog.Rule) string {
	var names []string
	for _, c := range r.Columns {
		names = append(names, s.Fields[c].Name)
	}
	list := "(" + strings.Join(names, ", ") + ")"
	switch {
	case r.Kind == catalog.NotNull:
		return "NOT NULL " + list
	case r.Primary:
		return "PRIMARY KEY " + list
	case r.Kind == catalog.Unique:
		return "UNIQUE " + list
	default:
		return "CHECK " + r.Check
	}
}

// broken reports whether rows do not keep a rule.
func (x *statement) broken(table string, t *catalog.Rows, r catalog.Rule, rows []*data.Batch) (bool, error) {
	var names, nulls, values []string
	for _, c := range r.Columns {
		n := quoteName(t.Schema.Fields[c].Name)
		names, nulls, values = append(names, n), append(nulls, n+" IS NULL"), append(values, n+" IS NOT NULL")
	}
	text := fmt.Sprintf(`SELECT 1 FROM "%s" AS %s WHERE `, targetName, quoteName(table))
	switch r.Kind {
	case catalog.NotNull:
		if !hasNulls(rows, r.Columns) {
			return false, nil
		}
		text += strings.Join(nulls, " OR ")
	case catalog.Unique:
		text += strings.Join(values, " AND ") + " GROUP BY " + strings.Join(names, ", ") + " HAVING count(*) > 1"
	default:
		text += "NOT (" + r.Check + ")"
	}
	return x.anyRow(text, map[string]frame.Node{targetName: &frame.Memory{Schema: t.Schema, Batches: rows}})
}

// anyRow reports whether a query over the given relations has any row.
func (x *statement) anyRow(text string, with map[string]frame.Node) (bool, error) {
	n, err := SQL(text+" LIMIT 1", with, nil)
	if err != nil {
		return false, err
	}
	q, err := x.e.Query(x.ctx, n)
	if err != nil {
		return false, err
	}
	out, err := q.Collect(x.ctx)
	return rowsOf(out) > 0, err
}

func hasNulls(rows []*data.Batch, columns []int) bool {
	for _, b := range rows {
		for _, c := range columns {
			if b.Cols[c].HasNulls() {
				return true
			}
		}
	}
	return false
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
