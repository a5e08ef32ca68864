package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// foreign adds a foreign key over columns of the table name that is being declared as t; the other table may be the same one.
func (x *statement) foreign(name string, t *catalog.Rows, k ast.Constraint, columns []int) error {
	other := t
	if to := k.Target.Last().Name; !strings.EqualFold(to, name) {
		e := x.e.cat.Get(to)
		if e == nil {
			return x.at(k.Target.At(), x.e.cat.Unknown(to))
		}
		if e.Rows == nil {
			return x.fail(k.Target.At(), fault.Usage, "a foreign key refers to a table, and %q is a view or file", to)
		}
		other = e.Rows
	}
	rule := catalog.Rule{Kind: catalog.Foreign, Columns: columns, Target: k.Target.Last().Name}
	for _, id := range k.TargetColumns {
		at := other.Schema.IndexFold(id.Name)
		if at < 0 {
			_, err := other.Schema.Lookup(id.Name)
			return x.at(id.Span, err)
		}
		rule.TargetColumns = append(rule.TargetColumns, at)
	}
	if err := x.foreignTarget(k, other, &rule); err != nil {
		return err
	}
	for i, c := range columns {
		if from, to := t.Schema.Fields[c], other.Schema.Fields[rule.TargetColumns[i]]; !from.Type.Equal(to.Type) {
			return x.fail(k.Span, fault.Type, "the column %q is %s, and %q, to which it refers, is %s", from.Name, from.Type, to.Name, to.Type)
		}
	}
	t.Rules = append(t.Rules, rule)
	return nil
}

// foreignTarget checks that a foreign key refers to a key of the other table, the primary one if it names no columns.
func (x *statement) foreignTarget(k ast.Constraint, other *catalog.Rows, rule *catalog.Rule) error {
	key := false
	for _, r := range other.Rules {
		switch {
		case r.Kind != catalog.Unique:
		case len(rule.TargetColumns) == 0 && r.Primary:
			rule.TargetColumns, key = r.Columns, true
		default:
			key = key || slices.Equal(slices.Sorted(slices.Values(r.Columns)), slices.Sorted(slices.Values(rule.TargetColumns)))
		}
	}
	switch {
	case len(rule.TargetColumns) == 0:
		return x.fail(k.Target.At(), fault.Usage, "%q has no primary key; name the columns that the foreign key refers to", rule.Target)
	case len(rule.TargetColumns) != len(rule.Columns):
		return x.fail(k.Span, fault.Usage, "the foreign key has %d columns and refers to %d", len(rule.Columns), len(rule.TargetColumns))
	case !key:
		return x.fail(k.Target.At(), fault.Usage, "a foreign key refers to columns that are a primary key or unique")
	}
	return nil
}

// refers checks the foreign keys of new rows of a table, which then has all the rows.
func (x *statement) refers(t *catalog.Entry, all, changed []*data.Batch) error {
	for _, r := range t.Rows.Rules {
		if r.Kind != catalog.Foreign {
			continue
		}
		target := t.Rows.With(all)
		if !strings.EqualFold(r.Target, t.Name) {
			e := x.e.cat.Get(r.Target)
			if e == nil || e.Rows == nil {
				return x.e.cat.Unknown(r.Target)
			}
			target = e.Rows
		}
		lost, err := x.dangling(t.Rows.With(changed), r, target)
		if err != nil {
			return err
		}
		if lost {
			return fault.New(fault.Check, "a new row of %q has a foreign key that is not in %q", t.Name, r.Target)
		}
	}
	return nil
}

// referred checks the foreign keys of every table that refers to a table, which then has all the rows.
func (x *statement) referred(t *catalog.Entry, all []*data.Batch) error {
	return x.referring(t.Name, func(from *catalog.Entry, r catalog.Rule) error {
		rows := from.Rows
		if strings.EqualFold(from.Name, t.Name) {
			rows = t.Rows.With(all)
		}
		lost, err := x.dangling(rows, r, t.Rows.With(all))
		if err == nil && lost {
			err = fault.New(fault.Check, "rows of %q still refer to what %q loses", from.Name, t.Name)
		}
		return err
	})
}

// referring calls f for every foreign key that refers to a table.
func (x *statement) referring(name string, f func(from *catalog.Entry, r catalog.Rule) error) error {
	for _, n := range x.e.cat.Names() {
		e := x.e.cat.Get(n)
		if e == nil || e.Rows == nil {
			continue
		}
		for _, r := range e.Rows.Rules {
			if r.Kind == catalog.Foreign && strings.EqualFold(r.Target, name) {
				if err := f(e, r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// unreferred refuses to remove a table that another one refers to.
func (x *statement) unreferred(name string) error {
	return x.referring(name, func(from *catalog.Entry, _ catalog.Rule) error {
		if strings.EqualFold(from.Name, name) {
			return nil
		}
		return fault.New(fault.Usage, "%q cannot be dropped: %q refers to it", name, from.Name).WithHint("drop %q first", from.Name)
	})
}

// dangling reports whether a row has a foreign key without nulls that no row of the target has.
func (x *statement) dangling(rows *catalog.Rows, r catalog.Rule, target *catalog.Rows) (bool, error) {
	var present, equal []string
	for i, c := range r.Columns {
		from := `"#a".` + quoteName(rows.Schema.Fields[c].Name)
		present = append(present, from+" IS NOT NULL")
		equal = append(equal, from+` = "#b".`+quoteName(target.Schema.Fields[r.TargetColumns[i]].Name))
	}
	text := fmt.Sprintf(`SELECT 1 FROM "%s" AS "#a" WHERE %s AND NOT EXISTS (SELECT 1 FROM "%s" AS "#b" WHERE %s)`,
		targetName, strings.Join(present, " AND "), otherName, strings.Join(equal, " AND "))
	return x.anyRow(text, map[string]frame.Node{targetName: &frame.Memory{Schema: rows.Schema, Batches: rows.Batches},
		otherName: &frame.Memory{Schema: target.Schema, Batches: target.Batches}})
}
