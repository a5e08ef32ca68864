package siksik_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

var ctx = context.Background()

// Sale is a row of the tests.
type Sale struct {
	ID     int64
	Shop   string
	Amount *float64
	Tags   []string
	At     time.Time
}

func amount(v float64) *float64 { return &v }

func day(d int) time.Time { return time.Date(2026, 1, d, 10, 30, 0, 0, time.UTC) }

func sales(t *testing.T) sk.LazyFrame {
	t.Helper()
	df, err := sk.FromRows([]Sale{
		{1, "north", amount(10), []string{"a", "b"}, day(1)},
		{2, "south", amount(5.5), nil, day(1)},
		{3, "north", nil, []string{"c"}, day(2)},
		{4, "east", amount(-2), []string{}, day(3)},
		{5, "south", amount(20), []string{"a"}, day(3)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return df.Lazy()
}

// text runs the frame and writes a line a row, columns by |.
func text(t *testing.T, f sk.LazyFrame) string {
	t.Helper()
	df, err := f.Collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, batch := range df.Batches() {
		for i := range batch.Len {
			for k, c := range batch.Cols {
				if k > 0 {
					b.WriteByte('|')
				}
				if c.IsNull(i) {
					b.WriteString("NULL")
				} else {
					b.Write(data.AppendText(nil, c, i))
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestFrameMethods(t *testing.T) {
	s := sales(t)
	shops, err := sk.FromColumns([]string{"shop", "city"}, textColumn("north", "west"), textColumn("Oslo", "Cork"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		f    sk.LazyFrame
		want string
	}{
		{"select and arithmetic", s.Select("id", sk.Col("amount").Mul(2).Add(1).Alias("x")).Head(3), "1|21.0\n2|12.0\n3|NULL\n"},
		{"integer wrap and null on zero", s.Select(sk.Col("id").Mod(0).Alias("m"), sk.Col("id").FloorDiv(2).Alias("d")).Limit(2), "NULL|0\nNULL|1\n"},
		{"filter with Kleene logic", s.Filter(sk.Col("amount").Gt(0).Or(sk.Col("shop").Eq("east"))).Select("id"), "1\n2\n4\n5\n"},
		{"group by in order of appearance", s.GroupBy("shop").Agg(sk.Len(), sk.Col("amount").Sum(), sk.Col("id").Max().Alias("last")), "north|2|10.0|3\nsouth|2|25.5|5\neast|1|-2.0|4\n"},
		{"bare column becomes a list", s.GroupBy("shop").Agg(sk.Col("id")), "north|[1, 3]\nsouth|[2, 5]\neast|[4]\n"},
		{"aggregate select has one row", s.Select(sk.Col("amount").Mean(), sk.Col("shop").NUnique().Alias("n")), "8.375|3\n"},
		{"broadcast aggregate", s.Select("id", sk.Col("id").Sub(sk.Col("id").Max()).Alias("d")).Head(2), "1|-4\n2|-3\n"},
		{"over", s.Select("id", sk.Col("amount").Sum().Over("shop").Alias("s")), "1|10.0\n2|25.5\n3|10.0\n4|-2.0\n5|25.5\n"},
		{"rank over order", s.Select("id", sk.RowNumber().OverOrdered([]sk.Operand{"shop"}, sk.Desc("id")).Alias("r")), "1|2\n2|2\n3|1\n4|1\n5|1\n"},
		{"sort puts nulls first", s.Sort(sk.Asc("amount")).Select("id"), "3\n4\n2\n1\n5\n"},
		{"sort with nulls last", s.Sort(sk.Desc("amount").NullsLast()).Select("id"), "5\n1\n2\n4\n3\n"},
		{"tail and slice", s.Tail(2).Select("id"), "4\n5\n"},
		{"negative slice", s.Slice(-3, 2).Select("id"), "3\n4\n"},
		{"unique keeps the first", s.Unique("shop").Select("id"), "1\n2\n4\n"},
		{"unique keeps the last", s.UniqueLast("shop").Select("id"), "3\n4\n5\n"},
		{"drop and rename", s.Drop("tags", "at", "amount").Rename(map[string]string{"id": "key"}).Limit(1), "1|north\n"},
		{"drop nulls", s.DropNulls("amount").Select("id"), "1\n2\n4\n5\n"},
		{"fill null", s.FillNull(0.0).Select("amount"), "10.0\n5.5\n0.0\n-2.0\n20.0\n"},
		{"row index", s.WithRowIndex("n").Select("n", "id").Tail(1), "4|5\n"},
		{"explode keeps empty lists as null", s.Select("id", "tags").Explode("tags"), "1|a\n1|b\n2|NULL\n3|c\n4|NULL\n5|a\n"},
		{"with columns replaces in place", s.WithColumns(sk.Col("id").Mul(10).Alias("id")).Select("id", "shop").Limit(1), "10|north\n"},
		{"when then otherwise", s.Select(sk.When(sk.Col("amount").Gt(8)).Then("big").When(sk.Col("amount").IsNull()).Then("none").Otherwise("small")), "big\nsmall\nnone\nsmall\nbig\n"},
		{"is in, is between", s.Filter(sk.Col("shop").IsIn("north", "east"), sk.Col("id").IsBetween(1, 3)).Select("id"), "1\n3\n"},
		{"inner join coalesces keys", s.Join(shops.Lazy(), sk.Inner, sk.On("shop")).Select("id", "shop", "city"), "1|north|Oslo\n3|north|Oslo\n"},
		{"left join", s.Join(shops.Lazy(), sk.Left, sk.On("shop")).Select("id", "city").Limit(2), "1|Oslo\n2|NULL\n"},
		{"full join", s.Select("shop").Unique().Join(shops.Lazy(), sk.Full, sk.On("shop")), "north|Oslo\nsouth|NULL\neast|NULL\nwest|Cork\n"},
		{"anti join", s.Join(shops.Lazy(), sk.Anti, sk.On("shop")).Select("id"), "2\n4\n5\n"},
		{"self join gets a suffix", s.Join(s, sk.Inner, sk.On("id")).Select("shop", "shop_right").Limit(1), "north|north\n"},
		{"concat", sk.Concat(s.Select("id").Head(1), s.Select("id").Tail(1)), "1\n5\n"},
		{"concat diagonal", sk.ConcatDiagonal(s.Select("id").Head(1), shops.Lazy().Select("city").Head(1)), "1|NULL\nNULL|Oslo\n"},
		{"strings", s.Select(sk.Col("shop").Str().ToUppercase().Alias("u"), sk.Col("shop").Str().Slice(1, 2).Alias("s"), sk.Col("shop").Str().LenChars().Alias("l"),
			sk.Col("shop").Str().Contains("^n").Alias("c"), sk.Col("shop").Str().Extract("(o.)", 1).Alias("e")).Limit(1), "NORTH|or|5|true|or\n"},
		{"dates", s.Select(sk.Col("at").Dt().Year().Alias("y"), sk.Col("at").Dt().Truncate("1d").Alias("d"), sk.Col("at").Dt().Date().Alias("x"),
			sk.Col("at").Dt().Strftime("%H:%M").Alias("f")).Limit(1), "2026|2026-01-01 00:00:00|2026-01-01|10:30\n"},
		{"lists", s.Select(sk.Col("tags").List().Len().Alias("n"), sk.Col("tags").List().Get(0).Alias("f"), sk.Col("tags").List().Contains("b").Alias("c")).Limit(1), "2|a|true\n"},
		{"head and tail lists", s.GroupBy("shop").Agg(sk.Col("id").Tail(1).Alias("t"), sk.Col("id").SortBy(sk.Desc("id")).Head(2).Alias("h")).Limit(1), "north|[3]|[3, 1]\n"},
		{"go function", s.Select(sk.Map(sk.Col("id"), func(v int64) string { return strings.Repeat("x", int(v)) }).Alias("m")).Limit(3), "x\nxx\nxxx\n"},
		{"go function of two", s.Select(sk.Map2(sk.Col("id"), sk.Col("amount"), func(a int64, b float64) float64 { return float64(a) * b }).Alias("m")).Limit(3), "10.0\n11.0\nNULL\n"},
		{"typed columns", s.Filter(sk.ColOf[string]("shop").Eq("south")).Select("id"), "2\n5\n"},
		{"sql expression", s.Select(sk.SQLExpr("id * 2 + length(shop)").Alias("x")).Limit(1), "7\n"},
		{"sql over frames", sk.SQLContext("SELECT shop, count(*) AS n FROM s WHERE id > $min GROUP BY ALL ORDER BY ALL", map[string]sk.LazyFrame{"s": s}, sk.P("min", 1)), "east|1\nnorth|1\nsouth|2\n"},
		{"cast", s.Cast(map[string]dtype.Type{"id": dtype.Of(dtype.String)}).Select(sk.Col("id").Str().Replace("1", "one")).Limit(1), "one\n"},
		{"filtered aggregate", s.GroupBy("shop").Agg(sk.Col("id").Filter(sk.Col("amount").Gt(6)).Count().Alias("n")), "north|1\nsouth|1\neast|0\n"},
		{"pipe", s.Pipe(func(f sk.LazyFrame) sk.LazyFrame { return f.Limit(1) }).Select("id"), "1\n"},
		{"shared frame", sk.Concat(s.Cache().Select("id").Limit(1), s.Cache().Select("id").Tail(1)), "1\n5\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := text(t, c.f); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func textColumn(vals ...string) *data.Column {
	b := data.NewBuilder(dtype.Of(dtype.String), len(vals))
	for _, v := range vals {
		b.AppendString(v)
	}
	return b.Build()
}

func TestMistakesNameWhatToChange(t *testing.T) {
	s := sales(t)
	for want, f := range map[string]sk.LazyFrame{
		`did you mean "amount"?`:         s.Select("amuont"),
		`did you mean "shop"?`:           s.Filter(sk.Col("shp").Eq("x")),
		"cannot be a literal":            s.Filter(sk.Col("id").Eq(make(chan int))),
		"the inner join needs keys":      s.Join(s, sk.Inner),
		"two columns are called":         s.Select("id", sk.Col("shop").Alias("id")),
		"only lists can be exploded":     s.Explode("id"),
		"cannot be used inside another":  s.GroupBy("shop").Agg(sk.Col("id").Sum().Max()),
		"the join compares":              s.Join(s, sk.Inner, sk.OnPair("id", "shop")),
		"Over cannot be used inside":     s.GroupBy("shop").Agg(sk.Col("id").Sum().Over("shop")),
		"is int64, which a Go":           s.Select(sk.Col("id")),
		"must be a boolean":              s.Filter(sk.Col("shop")),
		"no file nothing.csv":            sk.ScanCSV("nothing.csv"),
		"cannot tell the format":         sk.Scan("file.unknown"),
		"overflow in addition of int64":  s.Select(sk.Col("id").Checked().Add(int64(9223372036854775807))),
		`no table "nowhere"`:             mustOpen(t).Table("nowhere"),
		"no value was given for":         mustOpen(t).SQL("SELECT $x"),
		"cannot convert 'north' to date": s.Select(sk.Col("shop").Cast(dtype.Of(dtype.Date))),
	} {
		df, err := f.Collect(ctx)
		if err == nil && strings.Contains(want, "which a Go") {
			_, _, err = sk.Values[string](df, "id")
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func mustOpen(t *testing.T) *sk.Engine {
	t.Helper()
	e, err := sk.Open(sk.Threads(2), sk.Memory("256MB"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestRowsGoOutAndComeBackAsStructs(t *testing.T) {
	df, err := sales(t).Collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sk.ToStructs[Sale](df)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 || rows[2].Amount != nil || *rows[4].Amount != 20 || fmt.Sprint(rows[0].Tags) != "[a b]" || !rows[3].At.Equal(day(3)) {
		t.Errorf("got %+v", rows)
	}
	type narrow struct{ Amount float64 }
	for _, err := range sk.Rows[narrow](ctx, df.Lazy()) {
		if err != nil {
			if !strings.Contains(err.Error(), "null") || !strings.Contains(err.Error(), "row 3") {
				t.Errorf("got %v", err)
			}
			return
		}
	}
	t.Error("a null in a field that is no pointer was accepted")
}

func TestBatchesStopWhenTheLoopDoes(t *testing.T) {
	eng := mustOpen(t)
	n := 0
	for b, err := range eng.SQL("SELECT * FROM range(1000000)").Batches(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if n += b.Len; n > 5000 {
			break
		}
	}
	if n < 5000 || n > 20000 {
		t.Errorf("the loop saw %d rows", n)
	}
}

func TestACancelledQueryReturnsTheReason(t *testing.T) {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, err := mustOpen(t).SQL("SELECT sum(i) FROM range(1000000) r(i)").Collect(cancelled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestTheBudgetIsNamedWhenItIsTooSmall(t *testing.T) {
	e, err := sk.Open(sk.Memory("1MB"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, err = e.SQL("SELECT i, count(*) FROM range(1000000) r(i) GROUP BY i").Collect(ctx)
	if fault.CodeOf(err) != fault.Memory || !strings.Contains(err.Error(), "--memory") {
		t.Errorf("got %v", err)
	}
}

func TestFilesRoundTripThroughEveryFormat(t *testing.T) {
	dir := t.TempDir()
	f := sales(t).Drop("tags")
	want := text(t, f)
	for _, name := range []string{"s.csv", "s.csv.gz", "s.ndjson", "s.ndjson.zst", "s.parquet", "s.arrow"} {
		path := filepath.Join(dir, name)
		r, err := f.Sink(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(t, sk.Scan(path)); r.Rows != 5 || got != want {
			t.Errorf("%s: %d rows\n%swant\n%s", name, r.Rows, got, want)
		}
	}
}

func TestRegisteredFunctionsAndTables(t *testing.T) {
	e := mustOpen(t)
	e.Register("sales", sales(t))
	if err := e.RegisterFunc("twice", func(v float64) float64 { return 2 * v }, sk.Pure()); err != nil {
		t.Fatal(err)
	}
	if err := e.RegisterFunc("initial", func(s string, n int64) (string, error) {
		if n > 5 {
			return "", errors.New("too long")
		}
		return s[:n], nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := text(t, e.SQL("SELECT twice(amount), initial(shop, 2) FROM sales WHERE id IN (1, 3) ORDER BY id")); got != "20.0|no\nNULL|no\n" {
		t.Errorf("got %s", got)
	}
	if _, err := e.SQL("SELECT initial(shop, 9) FROM sales").Collect(ctx); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v", err)
	}
	if _, err := e.SQL("SELECT twice('x') FROM sales").Collect(ctx); err == nil {
		t.Error("text was accepted as a number")
	}
	if got := fmt.Sprint(e.Tables()); got != "[sales]" {
		t.Errorf("tables %s", got)
	}
}

func TestFramesPrintAsTables(t *testing.T) {
	df, err := sales(t).Select("shop", sk.Col("id").Mul(1000).Alias("n")).Collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := df.Table(sk.TableStyle{MaxRows: 3})
	want := `┌─────────┬───────┐
│ shop    │     n │
│ varchar │ int64 │
├─────────┼───────┤
│ north   │ 1,000 │
│ south   │ 2,000 │
│ …       │     … │
│ south   │ 5,000 │
└─────────┴───────┘
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestPlansAreShown(t *testing.T) {
	f := sales(t).Filter(sk.Col("id").Gt(1)).GroupBy("shop").Agg(sk.Len())
	plan, err := f.Explain(ctx)
	if err != nil {
		t.Fatal(err)
	}
	chart, err := f.Mermaid(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ran, err := f.ExplainAnalyze(ctx, "text")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"as written", "as it runs", "Filter"} {
		if !strings.Contains(plan, s) {
			t.Errorf("no %q in\n%s", s, plan)
		}
	}
	if !strings.HasPrefix(chart, "flowchart") && !strings.HasPrefix(chart, "graph") {
		t.Errorf("not a chart:\n%s", chart)
	}
	if !strings.Contains(ran, "rows 3") {
		t.Errorf("no measured rows in\n%s", ran)
	}
}
