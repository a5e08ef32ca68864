package sqlite

import (
	"context"
	"errors"
	"fmt"
	iofs "io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
	sqlite3 "modernc.org/sqlite/lib"
)

func field(name string, t dtype.Type) dtype.Field { return dtype.Field{Name: name, Type: t} }

func dauSchema() dtype.Schema {
	return dtype.NewSchema(field("day", dtype.Of(dtype.Date)), field("country", dtype.Of(dtype.String)), field("dau", dtype.Of(dtype.Int64)))
}

// dauRows makes rows of day, country and dau.
func dauRows(rows ...[3]any) []*data.Batch {
	b := &data.Batch{Len: len(rows)}
	for i, f := range dauSchema().Fields {
		col := data.NewBuilder(f.Type, len(rows))
		for _, r := range rows {
			switch v := r[i].(type) {
			case nil:
				col.AppendNull()
			case string:
				col.AppendString(v)
			case int:
				if f.Type.Kind == dtype.Date {
					data.Append(col, int32(v))
				} else {
					data.Append(col, int64(v))
				}
			}
		}
		b.Cols = append(b.Cols, col.Build())
	}
	return []*data.Batch{b}
}

// sql runs statements on the file.
func sql(t *testing.T, path string, statements ...string) {
	t.Helper()
	c, err := open(path, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, s := range statements {
		if err := c.exec(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// ask returns the rows of a query as text.
func ask(t *testing.T, path, query string) string {
	t.Helper()
	c, err := open(path, sqlite3.SQLITE_OPEN_READONLY, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	var out []string
	err = c.rows(context.Background(), query, func(s *stmt) {
		parts := make([]string, s.columns())
		for i := range parts {
			parts[i] = s.str(i)
		}
		out = append(out, strings.Join(parts, "|"))
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

// wantFault checks the code and parts of the message.
func wantFault(t *testing.T, err error, code fault.Code, parts ...string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Fatalf("got %v (code %q), want code %q", err, fault.CodeOf(err), code)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Fatalf("%q does not say %q", err, p)
		}
	}
}

func TestUpsertTwiceGivesTheSameTableAndTheLastRowOfAKeyWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dau.db")
	url := "sqlite://" + path + "?table=daily_active_users"
	spec := spi.LoadSpec{Schema: dauSchema(), Mode: spi.Upsert, Key: []string{"day", "country"}}
	rows := dauRows([3]any{20454, "DE", 1}, [3]any{20454, "FR", 2}, [3]any{20454, "DE", 3})
	for range 2 {
		mustLoad(t, url, spec, rows)
		if got := ask(t, path, "SELECT * FROM daily_active_users"); got != "2026-01-01|DE|3\n2026-01-01|FR|2" {
			t.Fatalf("got\n%s", got)
		}
	}
	if got := ask(t, path, "SELECT sql FROM sqlite_schema WHERE type='table'"); !strings.Contains(got, `"day" DATE, "country" TEXT, "dau" BIGINT`) {
		t.Fatalf("declared as %s", got)
	}
}

func TestUpsertRefusesNullKeysAndWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dau.db")
	err := tryLoad(openSink(t, "sqlite://"+path+"?table=d"), spi.LoadSpec{Schema: dauSchema(), Mode: spi.Upsert, Key: []string{"country"}},
		dauRows([3]any{1, "DE", 1}, [3]any{1, nil, 2}))
	wantFault(t, err, fault.Value, "null in the key column", "country", "row 2")
	if _, err := os.Stat(path); !errors.Is(err, iofs.ErrNotExist) {
		t.Fatalf("the file exists: %v", err)
	}
}

func TestUpsertOverRowsThatRepeatTheKeyIsAnErrorAndKeepsThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dau.db")
	sql(t, path, "CREATE TABLE d (day DATE, country TEXT, dau BIGINT)", "INSERT INTO d VALUES ('2026-01-01','DE',1), ('2026-01-02','DE',2)")
	err := tryLoad(openSink(t, "sqlite://"+path+"?table=d"), spi.LoadSpec{Schema: dauSchema(), Mode: spi.Upsert, Key: []string{"country"}}, dauRows([3]any{1, "DE", 9}))
	wantFault(t, err, fault.Value, "UNIQUE")
	if got := ask(t, path, "SELECT dau FROM d"); got != "1\n2" {
		t.Fatalf("got %s", got)
	}
}

func TestReplaceKeepsIndexesOfATableThatFitsAndRemakesOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dau.db")
	url := "sqlite://" + path + "?table=D"
	sql(t, path, "CREATE TABLE d (day TEXT, country TEXT, dau INTEGER)", "CREATE INDEX mine ON d (dau)", "INSERT INTO d VALUES ('x','y',1)")
	mustLoad(t, url, spi.LoadSpec{Schema: dauSchema()}, dauRows([3]any{0, "DE", 5}))
	if got := ask(t, path, "SELECT *, (SELECT count(*) FROM sqlite_schema WHERE name='mine') FROM d"); got != "1970-01-01|DE|5|1" {
		t.Fatalf("got %s", got)
	}
	sql(t, path, "DROP TABLE d", "CREATE TABLE d (other TEXT)")
	mustLoad(t, url, spi.LoadSpec{Schema: dauSchema()}, dauRows([3]any{0, "DE", 5}))
	if got := ask(t, path, "SELECT * FROM d"); got != "1970-01-01|DE|5" {
		t.Fatalf("got %s", got)
	}
}

func TestAppendNamesTheColumnThatDoesNotFitBeforeAnyRow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dau.db")
	sql(t, path, "CREATE TABLE d (day DATE, country INTEGER, dau BIGINT)", "CREATE TABLE e (day DATE, county TEXT, dau BIGINT)", "CREATE VIEW v AS SELECT * FROM d")
	begin := func(table string, mode spi.Mode) error {
		_, err := openSink(t, "sqlite://"+path+"?table="+table).Begin(t.Context(), spi.LoadSpec{Schema: dauSchema(), Mode: mode, Key: []string{"day"}})
		return err
	}
	wantFault(t, begin("d", spi.Append), fault.Type, `"country"`, "varchar", "INTEGER")
	wantFault(t, begin("e", spi.Append), fault.Name, `"country"`, "county")
	wantFault(t, begin("d", spi.Create), fault.Usage, "exists already")
	wantFault(t, begin("v", spi.Append), fault.Usage, "view")
}

func TestTwoLoadsOfOneFileAndAReaderAtTheSameTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dau.db")
	mustLoad(t, "sqlite://"+path+"?table=a", spi.LoadSpec{Schema: dauSchema()}, dauRows([3]any{0, "DE", 5}))
	ctx := context.Background()
	var loads []spi.Load
	for _, name := range []string{"a", "b"} {
		l, err := openSink(t, "sqlite://"+path+"?table="+name).Begin(ctx, spi.LoadSpec{Schema: dauSchema(), Mode: spi.Append})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := spitest.Write(ctx, l, dauRows([3]any{1, name, 1}), 1); err != nil {
			t.Fatal(err)
		}
		loads = append(loads, l)
	}
	if got := spitest.Texts(readAll(t, openTable(t, "sqlite://"+path+"?table=a"))); len(got) != 1 {
		t.Fatalf("before Commit: %q", got)
	}
	for _, l := range loads {
		if err := l.Commit(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := ask(t, path, "SELECT country FROM a UNION ALL SELECT country FROM b"); got != "DE\na\nb" {
		t.Fatalf("got %s", got)
	}
}

func TestALockedFileIsAClearErrorAfterTheTimeoutAndCancelEndsTheWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dau.db")
	sql(t, path, "CREATE TABLE d (day DATE, country TEXT, dau BIGINT)")
	holder, err := open(path, sqlite3.SQLITE_OPEN_READWRITE, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.close()
	if err := holder.exec(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	_, err = Driver{}.OpenTable(t.Context(), "sqlite://"+path+"?table=d&busy_timeout=50ms", nil)
	wantFault(t, err, fault.IO, "locked", "busy_timeout")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = Driver{}.OpenTable(ctx, "sqlite://"+path+"?table=d&busy_timeout=1h", nil)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
		t.Fatalf("after %s: %v", time.Since(start), err)
	}
}

func TestCancelInterruptsALongQuery(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	sql(t, path, "CREATE TABLE t (n BIGINT)", "INSERT INTO t VALUES (1)")
	query := "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT t.n FROM t WHERE (SELECT count(*) FROM r) > 0"
	table, err := Driver{}.OpenTable(t.Context(), "sqlite://"+path, spi.Options{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err = spitest.Read(ctx, table, spi.ScanSpec{Cols: []int{0}, Limit: -1})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

func TestStrayValuesAreErrorsWithTheirPlaceOrNulls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	sql(t, path, "CREATE TABLE t (id INTEGER, d DATE, x BOOLEAN, n DECIMAL(4,2))", "INSERT INTO t VALUES (1, '2026-01-01', 1, 1.25), (2, '2026-13-01', 2, 1.255), ('three', 7, 'true', 'x')")
	for col, want := range map[string]string{"id": `"three"`, "d": `"2026-13-01"`, "x": `"2"`, "n": `"1.255"`} {
		table := openTable(t, "sqlite://"+path+"?table=t")
		_, _, err := spitest.Read(t.Context(), table, spi.ScanSpec{Cols: []int{table.Schema().Index(col)}, Limit: -1})
		wantFault(t, err, fault.Value, want, fmt.Sprintf("column %q", col), "row ")
	}
	rows := spitest.Texts(readAll(t, openTable(t, "sqlite://"+path+"?table=t&on_error=null")))
	if got := strings.Join(rows, "\n"); got != "1 | 20454 | 1 | 125\n2 | NULL | NULL | NULL\nNULL | NULL | NULL | NULL" {
		t.Fatalf("got\n%s", got)
	}
}

func TestAConditionNeverHidesAStrayValue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	sql(t, path, "CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1), (9), ('three')")
	table := openTable(t, "sqlite://"+path+"?table=t")
	less := spi.Pred{Op: spi.PredLt, Values: []data.Scalar{data.IntScalar(dtype.Of(dtype.Int64), 5)}}
	for _, p := range []spi.Pred{less, {Op: spi.PredNot, Kids: []spi.Pred{{Op: spi.PredNot, Kids: []spi.Pred{less}}}}} {
		_, _, err := spitest.Read(t.Context(), table, spi.ScanSpec{Cols: []int{0}, Where: []spi.Pred{p}, Limit: -1})
		wantFault(t, err, fault.Value, `"three"`)
	}
	sql(t, path, "DELETE FROM t WHERE id = 'three'")
	sc, err := table.Scan(t.Context(), spi.ScanSpec{Cols: []int{0}, Where: []spi.Pred{less}, Limit: 1})
	if err != nil || len(sc.Residual()) != 0 || !strings.HasSuffix(sc.(*scan).sql, "LIMIT 1") {
		t.Fatalf("residual %v, %v", sc.Residual(), err)
	}
}

func TestColumnsWithoutTypesTakeThemFromAllValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	sql(t, path, "CREATE TABLE t (a, b NUMERIC, c, d, e TEXT)", "INSERT INTO t VALUES (1, 1, 'x', x'00', 'e'), (2, 1.5, 7, x'01', 'f')")
	table := openTable(t, "sqlite://"+path+"?query="+"SELECT+a,b,c,d,e,length(e)+AS+f,NULL+AS+g,e+FROM+t%3B")
	if got := table.Schema().String(); got != `a int64, b float64, c varchar, d blob, e varchar, f int64, g varchar, e:1 varchar` {
		t.Fatalf("got %s", got)
	}
	if got := spitest.Texts(readAll(t, table)); got[1] != `2 | 1.5 | "7" | "\x01" | "f" | 1 | NULL | "f"` {
		t.Fatalf("got %s", got[1])
	}
	sql(t, path, "INSERT INTO t VALUES (x'00',1,1,x'00',1)")
	_, err := Driver{}.OpenTable(t.Context(), "sqlite://"+path+"?table=t", nil)
	wantFault(t, err, fault.Type, `"a"`, "blobs")
}

func TestNestedValuesAreJSONDocuments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	s := spitest.Pick(spitest.Types(), func(t dtype.Type) bool { return t.IsNested() || t.Kind == dtype.Enum })
	mustLoad(t, "sqlite://"+path+"?table=t", spi.LoadSpec{Schema: s}, spitest.Random(s, 500, 1))
	for _, f := range s.Fields[1:] {
		if got := ask(t, path, "SELECT count(*) FROM t WHERE NOT json_valid("+quote(f.Name)+")"); got != "0" {
			t.Errorf("%s documents of column %s are not valid", got, f.Name)
		}
	}
	if got := openTable(t, "sqlite://"+path+"?table=t").Schema().Fields[1].Type.Kind; got != dtype.JSON {
		t.Fatalf("reads as %s", got)
	}
}

func TestMissingThingsAreNamedWithTheNearestName(t *testing.T) {
	dir := t.TempDir()
	sql(t, filepath.Join(dir, "shop.db"), "CREATE TABLE users (id BIGINT)")
	read := func(url string) error { _, err := Driver{}.OpenTable(t.Context(), url, nil); return err }
	err := read("sqlite://" + dir + "/shp.db?table=users")
	wantFault(t, err, fault.NotFound, "shop.db")
	if !errors.Is(err, iofs.ErrNotExist) {
		t.Fatal("a missing file must be fs.ErrNotExist")
	}
	wantFault(t, read("sqlite://"+dir+"/shop.db?table=user"), fault.NotFound, `did you mean "users"`)
	wantFault(t, read("sqlite://"+dir+"/shop.db?tabel=users"), fault.Name, `did you mean "table"`)
	wantFault(t, read("sqlite://"+dir+"/shop.db"), fault.Usage, "table or a query")
	wantFault(t, read("sqlite://"+dir+"/shop.db?query=SELEC+1"), fault.Syntax, "syntax error")
	if err := os.WriteFile(filepath.Join(dir, "text.db"), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFault(t, read("sqlite://"+dir+"/text.db?table=t"), fault.Data, "not a SQLite database")
	_, err = openSink(t, "sqlite://"+dir+"/no/such/shop.db?table=t").Begin(t.Context(), spi.LoadSpec{Schema: dauSchema()})
	wantFault(t, err, fault.NotFound, "folder")
}

func TestAFailedCommitLeavesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.db")
	l, err := openSink(t, "sqlite://"+path+"?table=d").Begin(t.Context(), spi.LoadSpec{Schema: dauSchema()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Commit(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if err := l.Abort(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, iofs.ErrNotExist) {
		t.Fatalf("the file exists: %v", err)
	}
}

func benchRows(n int) (dtype.Schema, []*data.Batch) {
	s := dtype.NewSchema(field("id", dtype.Of(dtype.Int64)), field("name", dtype.Of(dtype.String)), field("score", dtype.Of(dtype.Float64)), field("on", dtype.Of(dtype.Date)))
	return s, spitest.Random(s, n, 1)
}

func BenchmarkLoad(b *testing.B) {
	s, rows := benchRows(200_000)
	for _, mode := range []spi.Mode{spi.Replace, spi.Upsert} {
		b.Run(mode.String(), func(b *testing.B) {
			for b.Loop() {
				sink, _ := Driver{}.OpenSink(b.Context(), "sqlite://"+filepath.Join(b.TempDir(), "t.db")+"?table=t", nil)
				if err := tryLoad(sink, spi.LoadSpec{Schema: s, Mode: mode, Key: []string{"id"}}, rows); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(200_000*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkScan(b *testing.B) {
	s, rows := benchRows(200_000)
	url := "sqlite://" + filepath.Join(b.TempDir(), "t.db") + "?table=t"
	sink, _ := Driver{}.OpenSink(b.Context(), url, nil)
	if err := tryLoad(sink, spi.LoadSpec{Schema: s}, rows); err != nil {
		b.Fatal(err)
	}
	table, err := Driver{}.OpenTable(b.Context(), url, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		scan, _ := table.Scan(b.Context(), spi.ScanSpec{Cols: []int{0, 1, 2, 3}, Limit: -1})
		r, _ := scan.Open(b.Context(), spi.Split{})
		for {
			if _, err := r.Read(b.Context()); err != nil {
				break
			}
		}
		r.Close()
	}
	b.ReportMetric(float64(200_000*b.N)/b.Elapsed().Seconds(), "rows/s")
}
