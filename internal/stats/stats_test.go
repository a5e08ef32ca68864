package stats_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/stats"
	"github.com/siksik-data/siksik/spi"
)

var i64 = dtype.Of(dtype.Int64)

type table struct {
	stats spi.Stats
	err   error
	asked int
}

func (t *table) Schema() dtype.Schema {
	return dtype.NewSchema(dtype.Field{Name: "id", Type: i64}, dtype.Field{Name: "v", Type: i64})
}
func (t *table) Stats(context.Context) (spi.Stats, error) { t.asked++; return t.stats, t.err }
func (t *table) Scan(context.Context, spi.ScanSpec) (spi.Scan, error) {
	return nil, errors.New("no rows")
}

// source makes a scan of a table of n rows with the key id = 1…n and v of so many distinct values between 0 and 99, a tenth of them null.
func source(n int64, distinct int64, first expr.ColID) *plan.Scan {
	t := &table{stats: spi.Stats{Rows: n, Bytes: -1, Cols: []spi.ColStats{
		{Min: data.IntScalar(i64, 1), Max: data.IntScalar(i64, n), HasBounds: true, Nulls: 0, Distinct: n},
		{Min: data.IntScalar(i64, 0), Max: data.IntScalar(i64, 99), HasBounds: true, Nulls: n / 10, Distinct: distinct}}}}
	return &plan.Scan{Table: t, Out: []expr.Col{{ID: first, Name: "id", Type: i64}, {ID: first + 1, Name: "v", Type: i64}}, Source: []int{0, 1}, Limit: -1}
}

func compare(op string, c expr.Col, v int64) expr.Expr {
	return &expr.Call{Fn: sig.Lookup(op)[0], Args: []expr.Expr{&expr.Ref{Col: c}, &expr.Lit{Value: data.IntScalar(i64, v)}}, Typ: dtype.Of(dtype.Bool)}
}

func TestEstimatesFollowTheStatistics(t *testing.T) {
	big, small := source(1_000_000, 100, 1), source(100, 10, 11)
	id, v := big.Out[0], big.Out[1]
	on := []plan.On{{Left: &expr.Ref{Col: v}, Right: &expr.Ref{Col: small.Out[0]}}}
	few := &plan.Filter{Input: small, Cond: compare("le", small.Out[0], 10)}
	key := func(c expr.Col) []plan.Item {
		return []plan.Item{{Col: expr.Col{ID: 99, Type: i64}, Expr: &expr.Ref{Col: c}}}
	}
	days := source(1_000_000, 100, 21)
	day := dtype.Of(dtype.Date)
	days.Out = []expr.Col{{ID: 21, Name: "day", Type: day}, days.Out[1]}
	days.Table = &table{stats: spi.Stats{Rows: 1_000_000, Bytes: -1, Cols: []spi.ColStats{
		{Min: data.IntScalar(day, 0), Max: data.IntScalar(day, 3652), HasBounds: true, Nulls: 0, Distinct: -1}}}}
	computed := func(fn, part string, c expr.Col) []plan.Item {
		e := &expr.Call{Fn: sig.Lookup(fn)[0], Args: []expr.Expr{&expr.Lit{Value: data.StringScalar(part)}, &expr.Ref{Col: c}}, Typ: i64}
		return []plan.Item{{Col: expr.Col{ID: 99, Type: i64}, Expr: e}}
	}
	for _, c := range []struct {
		name string
		node plan.Node
		want float64
	}{
		{"a scan", big, 1_000_000},
		{"a value of the key", &plan.Filter{Input: big, Cond: compare("eq", id, 7)}, 1},
		{"a value outside the bounds", &plan.Filter{Input: big, Cond: compare("eq", id, -7)}, 1},
		{"one value in a hundred, without nulls", &plan.Filter{Input: big, Cond: compare("eq", v, 7)}, 9_000},
		{"a quarter of the range", &plan.Filter{Input: big, Cond: compare("gt", id, 750_000)}, 250_000},
		{"a tenth between two bounds", &plan.Filter{Input: big, Cond: &expr.And{Args: []expr.Expr{compare("ge", id, 400_000), compare("lt", id, 500_000)}}}, 100_000},
		{"bounds that exclude each other", &plan.Filter{Input: big, Cond: &expr.And{Args: []expr.Expr{compare("lt", id, 100_000), compare("ge", id, 500_000)}}}, 5_000},
		{"nulls", &plan.Filter{Input: big, Cond: &expr.IsNull{Arg: &expr.Ref{Col: v}}}, 100_000},
		{"a limit", &plan.Limit{Input: big, Offset: 10, Count: 5}, 5},
		{"an offset beyond the end", &plan.Limit{Input: small, Offset: 1000, Count: -1}, 0},
		{"groups", &plan.Aggregate{Input: big, Keys: key(v)}, 100},
		{"a group for every row", &plan.Aggregate{Input: big, Keys: key(id)}, 1_000_000},
		{"one group", &plan.Aggregate{Input: big}, 1},
		{"years of ten years of days", &plan.Aggregate{Input: days, Keys: computed("date_part", "year", days.Out[0])}, 12},
		{"months of the year", &plan.Aggregate{Input: days, Keys: computed("date_part", "month", days.Out[0])}, 12},
		{"months of ten years", &plan.Aggregate{Input: days, Keys: computed("date_trunc", "month", days.Out[0])}, 122},
		{"minutes of days, which are not more than days", &plan.Aggregate{Input: days, Keys: computed("date_trunc", "minute", days.Out[0])}, 3653},
		{"a join with a key", &plan.Join{Left: big, Right: small, On: on}, 1_000_000},
		{"a join with a tenth of the keys", &plan.Join{Left: big, Right: few, On: on}, 100_000},
		{"a join by two keys, which are one key of the smaller side", &plan.Join{Left: big, Right: small, On: append(on[:1:1], plan.On{Left: on[0].Left, Right: on[0].Right})}, 1_000_000},
		{"its left join", &plan.Join{Kind: defs.Left, Left: big, Right: few, On: on}, 1_000_000},
		{"its semi join", &plan.Join{Kind: defs.Semi, Left: big, Right: few, On: on}, 100_000},
		{"a semi join with a partner that is not the same", &plan.Join{Kind: defs.Semi, Left: big, Right: few, On: on, Residual: compare("ne", id, 1)}, 90_000},
		{"its anti join", &plan.Join{Kind: defs.Anti, Left: big, Right: few, On: on}, 900_000},
		{"every pair", &plan.Join{Kind: defs.Cross, Left: big, Right: small}, 100_000_000},
		{"a union", &plan.Union{Ins: []plan.Node{big, small}, Out: []expr.Col{{ID: 50, Type: i64}, {ID: 51, Type: i64}}}, 1_000_100},
		{"distinct rows of a column", &plan.Distinct{Input: big, On: []expr.ColID{v.ID}}, 100},
	} {
		if got := stats.New(context.Background()).Rows(c.node); math.Abs(got-c.want) > c.want/1000+0.5 {
			t.Errorf("%s: %v rows, want %v", c.name, got, c.want)
		}
	}
}

func TestPredicatesOfAScanCountLikeAFilter(t *testing.T) {
	big := source(1_000_000, 100, 1)
	filtered := *big
	filtered.Where = []spi.Pred{{Op: spi.PredGt, Col: 0, Values: []data.Scalar{data.IntScalar(i64, 750_000)}}}
	e := stats.New(context.Background())
	if a, b := e.Rows(&filtered), e.Rows(&plan.Filter{Input: big, Cond: compare("gt", big.Out[0], 750_000)}); a != b {
		t.Errorf("%v rows as a predicate, %v as a filter", a, b)
	}
}

func TestTableIsAskedOnceAndMayNotKnow(t *testing.T) {
	unknown := source(0, 0, 1)
	unknown.Table = &table{err: errors.New("down")}
	e := stats.New(context.Background())
	if rows := e.Rows(unknown); rows < 1000 {
		t.Errorf("an unknown table counts as %v rows", rows)
	}
	e.Rows(&plan.Filter{Input: unknown, Cond: expr.True})
	other := *unknown
	e.Rows(&other)
	if n := unknown.Table.(*table).asked; n != 1 {
		t.Errorf("the table was asked %d times", n)
	}
	bytes := source(0, 0, 1)
	bytes.Table = &table{stats: spi.Stats{Rows: -1, Bytes: 1_000_000}}
	if rows := e.Rows(bytes); rows != 10_000 {
		t.Errorf("a megabyte counts as %v rows", rows)
	}
}
