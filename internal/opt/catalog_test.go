package opt_test

import (
	"context"
	"errors"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/spi"
)

// table is a table that only has a schema and statistics.
type table struct {
	schema dtype.Schema
	stats  spi.Stats
}

func (t *table) Schema() dtype.Schema                     { return t.schema }
func (t *table) Stats(context.Context) (spi.Stats, error) { return t.stats, nil }
func (t *table) Scan(context.Context, spi.ScanSpec) (spi.Scan, error) {
	return nil, errors.New("this table has no rows")
}

// numbered is a table that finds rows again by number.
type numbered struct {
	*table
	with *table
}

func (n *numbered) Numbered() spi.Table { return n.with }

// newNumbered is newTable with numbers of the rows.
func newNumbered(rows int64, cols ...column) *numbered {
	return &numbered{newTable(rows, true, cols...), newTable(rows, true, append(cols, column{"row", i64, rows, 0})...)}
}

// column declares a column with its statistics; distinct below 0 is unknown, nulls below 0 too.
type column struct {
	name            string
	typ             dtype.Type
	distinct, nulls int64
}

func newTable(rows int64, exact bool, cols ...column) *table {
	t := &table{stats: spi.Stats{Rows: rows, Exact: exact, Bytes: -1}}
	for _, c := range cols {
		t.schema.Fields = append(t.schema.Fields, dtype.Field{Name: c.name, Type: c.typ})
		t.stats.Cols = append(t.stats.Cols, spi.ColStats{Nulls: c.nulls, Distinct: c.distinct})
	}
	return t
}

// measured is a table of which the bounds of a column are known.
func measured() *table {
	t := newTable(1000, true, column{"w", i32, -1, 0})
	t.stats.Cols[0].HasBounds, t.stats.Cols[0].Min, t.stats.Cols[0].Max = true, data.IntScalar(i32, 0), data.IntScalar(i32, 500_000_000)
	return t
}

// sales is a table with items, prices and discounts within bounds, and a tax of which nothing is known.
func sales() *table {
	t := newTable(5_000_000, true, column{"item", i64, 1000, 0}, column{"price", money, -1, 0}, column{"discount", money, -1, 0}, column{"tax", money, -1, 0})
	for i, most := range []int64{1000, 100_000, 100} {
		s, as := &t.stats.Cols[i], t.schema.Fields[i].Type
		s.HasBounds, s.Min, s.Max = true, data.IntScalar(as, 0), data.IntScalar(as, most)
	}
	return t
}

// stated is a table with a column of exact bounds, one of loose bounds and one without a value.
func stated() *table {
	t := newTable(1000, true, column{"e", i32, -1, 10}, column{"loose", i32, -1, 0}, column{"void", text, -1, 1000})
	for i := range 2 {
		s := &t.stats.Cols[i]
		s.HasBounds, s.Exact, s.Min, s.Max = true, i == 0, data.IntScalar(i32, -7), data.IntScalar(i32, 99)
	}
	return t
}

var (
	i32   = dtype.Of(dtype.Int32)
	i64   = dtype.Of(dtype.Int64)
	text  = dtype.Of(dtype.String)
	date  = dtype.Of(dtype.Date)
	stamp = dtype.TimestampOf(dtype.Micro, "")
	flags = dtype.Of(dtype.Bool)
	float = dtype.Of(dtype.Float64)
	money = dtype.DecimalOf(15, 2)
)

// testCatalog has t and u of unknown size, logs and users as in the main job, and a small retail schema.
func testCatalog() *catalog.Catalog {
	c := catalog.New(&spi.Registry{})
	for name, t := range map[string]*table{
		"t": newTable(-1, false, column{"a", i32, -1, -1}, column{"b", i64, -1, -1}, column{"s", text, -1, -1}, column{"ts", stamp, -1, -1},
			column{"d", date, -1, -1}, column{"ok", flags, -1, -1}, column{"f", float, -1, -1}, column{"l", dtype.ListOf(i32), -1, -1}),
		"u":        newTable(-1, false, column{"a", i32, -1, -1}, column{"c", i64, -1, -1}, column{"n", text, -1, -1}),
		"exact":    newTable(1000, true, column{"id", i64, 1000, 0}, column{"v", i32, 10, 40}),
		"logs":     newTable(3_000_000, false, column{"timestamp", text, -1, -1}, column{"user_id", i64, -1, -1}, column{"path", text, -1, -1}),
		"users":    newTable(200_000, true, column{"user_id", i64, 200_000, 0}, column{"country", text, 40, 0}),
		"lineitem": newTable(6_000_000, true, column{"l_orderkey", i64, 1_500_000, 0}, column{"l_suppkey", i64, 10_000, 0}, column{"l_price", float, -1, 0}),
		"orders":   newTable(1_500_000, true, column{"o_orderkey", i64, 1_500_000, 0}, column{"o_custkey", i64, 100_000, 0}, column{"o_date", date, 2406, 0}),
		"customer": newTable(150_000, true, column{"c_custkey", i64, 150_000, 0}, column{"c_nationkey", i32, 25, 0}, column{"c_segment", text, 5, 0}),
		"supplier": newTable(10_000, true, column{"s_suppkey", i64, 10_000, 0}, column{"s_nationkey", i32, 25, 0}),
		"measured": measured(),
		"stated":   stated(),
		"sales":    sales(),
		"nation":   newTable(25, true, column{"n_nationkey", i32, 25, 0}, column{"n_name", text, 25, 0}),
	} {
		c.Put(&catalog.Entry{Name: name, Table: t})
	}
	c.Put(&catalog.Entry{Name: "hits", Table: newNumbered(10_000_000, column{"time", stamp, -1, 0}, column{"user_id", i64, 200_000, 0}, column{"url", text, -1, 0},
		column{"title", text, -1, 0}, column{"phrase", text, -1, 0})})
	return c
}

// folder evaluates the few constants that the tests need, as the evaluator does: sums, casts between whole numbers and times, and comparisons.
type folder struct{}

func (folder) Fold(e expr.Expr) (expr.Expr, error) {
	var args []data.Scalar
	for _, k := range e.Kids() {
		l, ok := k.(*expr.Lit)
		if !ok || l.Value.Null {
			return e, nil
		}
		args = append(args, l.Value)
	}
	switch e := e.(type) {
	case *expr.Cast:
		return foldCast(e, args[0])
	case *expr.Call:
		if len(args) != 2 || !args[0].Type.Equal(args[1].Type) || args[0].Type.IsText() {
			return e, nil
		}
		a, b := args[0].Int64(), args[1].Int64()
		switch e.Fn.Name {
		case "add":
			return &expr.Lit{Value: data.IntScalar(e.Typ, a+b)}, nil
		case "floordiv":
			if b == 0 {
				return nil, fault.New(fault.Value, "division by zero")
			}
			return &expr.Lit{Value: data.IntScalar(e.Typ, a/b)}, nil
		case "eq":
			return &expr.Lit{Value: data.BoolScalar(a == b)}, nil
		case "lt":
			return &expr.Lit{Value: data.BoolScalar(a < b)}, nil
		case "gt":
			return &expr.Lit{Value: data.BoolScalar(a > b)}, nil
		}
	}
	return e, nil
}

func foldCast(e *expr.Cast, v data.Scalar) (expr.Expr, error) {
	const perDay = 86_400_000_000
	switch from := v.Type; {
	case from.Kind == dtype.String:
		t, err := time.Parse("2006-01-02", v.S)
		if err != nil || e.To.Kind != dtype.Date && !e.To.Equal(stamp) {
			return e, nil //nolint:nilerr // what does not convert stays as it is
		}
		if e.To.Kind == dtype.Date {
			return &expr.Lit{Value: data.IntScalar(e.To, t.Unix()/86_400)}, nil
		}
		return &expr.Lit{Value: data.IntScalar(e.To, t.UnixMicro())}, nil
	case from.IsInteger() && e.To.IsInteger():
		if e.To.Kind == dtype.Int32 && v.Int64() != int64(int32(v.Int64())) {
			return &expr.Lit{Value: data.NullScalar(e.To)}, nil
		}
		return &expr.Lit{Value: data.IntScalar(e.To, v.Int64())}, nil
	case from.Kind == dtype.Date && e.To.Equal(stamp):
		return &expr.Lit{Value: data.IntScalar(e.To, v.Int64()*perDay)}, nil
	case from.Equal(stamp) && e.To.Kind == dtype.Date:
		return &expr.Lit{Value: data.IntScalar(e.To, v.Int64()/perDay)}, nil
	default:
		return e, nil
	}
}
