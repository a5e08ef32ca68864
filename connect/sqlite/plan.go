package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// existing is a column of a table that is there already.
type existing struct {
	name, decl string
	key        int64 // its place in the primary key, or 0
}

// makePlan returns the statements that bring the staged rows into the table of the database called schema, or says why that cannot be.
func makePlan(ctx context.Context, c *conn, schema string, t target, spec spi.LoadSpec) ([]string, error) {
	names, err := c.objects(ctx, schema)
	if err != nil {
		return nil, err
	}
	name, exists := find(names, t.table)
	if !exists {
		return planNew(schema, t.table, spec), nil
	}
	if spec.Mode == spi.Create {
		return nil, fault.New(fault.Usage, "the table %q exists already in %s", name, t.path).WithHint("choose mode replace, append or upsert")
	}
	cols, err := c.tableColumns(ctx, schema, name)
	if err != nil {
		return nil, err
	}
	into := quote(schema) + "." + quote(name)
	mismatch := compatible(t, name, cols, spec.Schema)
	switch spec.Mode {
	case spi.Replace:
		if mismatch == nil && len(cols) == spec.Schema.Len() {
			return []string{"DELETE FROM " + into, insert(into, cols, spec.Schema)}, nil
		}
		return append([]string{"DROP TABLE " + into}, planNew(schema, name, spec)...), nil
	case spi.Upsert:
		if mismatch != nil {
			return nil, mismatch
		}
		var steps []string
		unique, err := c.hasUnique(ctx, schema, name, cols, spec.Key)
		if err != nil {
			return nil, err
		}
		if !unique {
			steps = append(steps, uniqueIndex(schema, name, spec.Key))
		}
		return append(steps, upsert(into, spec)), nil
	default:
		return []string{insert(into, cols, spec.Schema)}, mismatch
	}
}

// planNew creates the table and fills it.
func planNew(schema, name string, spec spi.LoadSpec) []string {
	into := quote(schema) + "." + quote(name)
	steps := []string{createTable(schema, name, spec.Schema)}
	if spec.Mode == spi.Upsert {
		return append(steps, uniqueIndex(schema, name, spec.Key), upsert(into, spec))
	}
	return append(steps, "INSERT INTO "+into+" SELECT * FROM main.stage")
}

func uniqueIndex(schema, table string, key []string) string {
	return "CREATE UNIQUE INDEX " + quote(schema) + "." + quote(table+"_"+strings.Join(key, "_")+"_key") + " ON " + quote(table) + " (" + quoteAll(key) + ")"
}

// insert moves all rows. Without a list of columns SQLite can copy records as they are.
func insert(into string, cols []existing, s dtype.Schema) string {
	same := slices.EqualFunc(cols, s.Fields, func(c existing, f dtype.Field) bool { return strings.EqualFold(c.name, f.Name) })
	if same {
		return "INSERT INTO " + into + " SELECT * FROM main.stage"
	}
	return "INSERT INTO " + into + " (" + quoteAll(s.Names()) + ") SELECT * FROM main.stage"
}

// upsert moves rows in their order, so that the last of a key wins.
func upsert(into string, spec spi.LoadSpec) string {
	names := spec.Schema.Names()
	var sets []string
	for _, n := range names {
		if !slices.Contains(spec.Key, n) {
			sets = append(sets, quote(n)+" = excluded."+quote(n))
		}
	}
	action := "DO NOTHING"
	if len(sets) > 0 {
		action = "DO UPDATE SET " + strings.Join(sets, ", ")
	}
	return "INSERT INTO " + into + " (" + quoteAll(names) + ") SELECT * FROM main.stage WHERE true ORDER BY rowid ON CONFLICT (" + quoteAll(spec.Key) + ") " + action
}

// tableColumns lists the columns that can be written.
func (c *conn) tableColumns(ctx context.Context, schema, table string) ([]existing, error) {
	var cols []existing
	isView := false
	err := c.rows(ctx, "SELECT type = 'view' FROM "+quote(schema)+".sqlite_schema WHERE name = "+literal(table), func(s *stmt) { isView = s.int64(0) == 1 })
	if err == nil && isView {
		return nil, fault.New(fault.Usage, "%q in %s is a view, which takes no rows", table, c.path).WithHint("choose another table name")
	}
	if err != nil {
		return nil, err
	}
	err = c.rows(ctx, "PRAGMA "+quote(schema)+".table_xinfo("+quote(table)+")", func(s *stmt) {
		if s.int64(6) == 0 { // neither hidden nor generated
			cols = append(cols, existing{name: s.str(1), decl: s.str(2), key: s.int64(5)})
		}
	})
	return cols, err
}

// hasUnique reports whether the primary key or a unique index is on exactly the key.
func (c *conn) hasUnique(ctx context.Context, schema, table string, cols []existing, key []string) (bool, error) {
	var primary []string
	for _, col := range cols {
		if col.key > 0 {
			primary = append(primary, col.name)
		}
	}
	if sameNames(primary, key) {
		return true, nil
	}
	var indexes []string
	err := c.rows(ctx, "PRAGMA "+quote(schema)+".index_list("+quote(table)+")", func(s *stmt) {
		if s.int64(2) == 1 && s.int64(4) == 0 { // unique and not partial
			indexes = append(indexes, s.str(1))
		}
	})
	if err != nil {
		return false, err
	}
	for _, index := range indexes {
		var on []string
		err := c.rows(ctx, "PRAGMA "+quote(schema)+".index_info("+quote(index)+")", func(s *stmt) { on = append(on, s.str(2)) })
		if err != nil {
			return false, err
		}
		if sameNames(on, key) {
			return true, nil
		}
	}
	return false, nil
}

func sameNames(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.ContainsFunc(b, func(y string) bool { return strings.EqualFold(x, y) }) {
			return false
		}
	}
	return true
}

// compatible checks that the table has every column of the load, with a type that stores the values unchanged.
func compatible(t target, table string, cols []existing, s dtype.Schema) error {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.name
	}
	for _, f := range s.Fields {
		i := slices.IndexFunc(cols, func(c existing) bool { return strings.EqualFold(c.name, f.Name) })
		if i < 0 {
			e := fault.New(fault.Name, "the table %q in %s has no column %q", table, t.path, f.Name)
			if e.Hint = fault.DidYouMean(f.Name, names); e.Hint == "" {
				e.Hint = "its columns: " + strings.Join(names, ", ")
			}
			return e
		}
		if !keeps(f.Type, cols[i].decl) {
			return fault.New(fault.Type, "column %q has type %s, but is declared %s in table %q of %s", f.Name, f.Type, cols[i].decl, table, t.path).
				WithHint("%s", fmt.Sprintf("cast it to a fitting type, or load with mode replace, which declares it %s", declaration(f.Type)))
		}
	}
	return nil
}

// keeps reports whether a column declared decl stores values of t so that they come back unchanged.
func keeps(t dtype.Type, decl string) bool {
	has, known := typeOf(decl)
	if strings.EqualFold(decl, declaration(t)) || strings.TrimSpace(decl) == "" || t.Kind == dtype.Null {
		return true
	}
	if !known {
		return t.IsInteger() && t.Kind != dtype.Int128 && t.Kind != dtype.Uint64 || t.IsFloat() || t.Kind == dtype.Bool || t.Kind == dtype.Decimal && t.Precision <= exactDigits
	}
	switch has.Kind {
	case dtype.String:
		return !t.IsInteger() && !t.IsFloat() && t.Kind != dtype.Bool && t.Kind != dtype.Binary && t.Kind != dtype.Duration
	case dtype.Int64:
		return t.Kind >= dtype.Int8 && t.Kind <= dtype.Int64 || t.Kind >= dtype.Uint8 && t.Kind <= dtype.Uint32 || t.Kind == dtype.Bool || t.Kind == dtype.Duration
	case dtype.Int16, dtype.Int32:
		return t.Kind >= dtype.Int8 && t.Kind <= has.Kind || t.Kind >= dtype.Uint8 && t.Kind-dtype.Uint8 < has.Kind-dtype.Int8
	case dtype.Int128, dtype.Uint64:
		return t.Kind >= dtype.Uint8 && t.Kind <= dtype.Uint32 || has.Kind == dtype.Int128 && t.IsInteger()
	case dtype.Uint16, dtype.Uint32:
		return t.Kind >= dtype.Uint8 && t.Kind <= has.Kind
	case dtype.Float64:
		return t.IsFloat() || t.Kind >= dtype.Int8 && t.Kind <= dtype.Int32 || t.Kind == dtype.Decimal && t.Precision <= exactDigits
	case dtype.Decimal:
		return t.Kind == dtype.Decimal && t.Scale <= has.Scale && t.Precision-t.Scale <= has.Precision-has.Scale && (t.Precision <= exactDigits) == (has.Precision <= exactDigits)
	case dtype.Timestamp:
		return t.Kind == dtype.Timestamp && (t.Zone == "") == (has.Zone == "") && t.Unit.PerSecond() <= has.Unit.PerSecond()
	case dtype.JSON:
		return t.IsNested() || t.Kind == dtype.JSON
	default:
		return t.Kind == has.Kind && t.Kind != dtype.Duration
	}
}
