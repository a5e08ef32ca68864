package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/connect/servicetest"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

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

func TestUpsertTwiceGivesTheSameTableAndTheLastRowOfAKeyWins(t *testing.T) {
	dsn := servicetest.Postgres(t)
	spec := spi.LoadSpec{Schema: dauSchema(), Mode: spi.Upsert, Key: []string{"day", "country"}}
	rows := dauRows([3]any{20454, "DE", 1}, [3]any{20454, "FR", 2}, [3]any{20454, "DE", 3})
	for range 2 {
		mustLoad(t, with(dsn, "table=daily_active_users"), spec, rows)
		if got := sql(t, dsn, "SELECT * FROM daily_active_users ORDER BY 2"); got != "2026-01-01|DE|3\n2026-01-01|FR|2" {
			t.Fatalf("got\n%s", got)
		}
	}
	if got := sql(t, dsn, "SELECT count(*) FROM pg_indexes WHERE tablename = 'daily_active_users'"); got != "1" {
		t.Fatalf("%s indexes", got)
	}
}

func TestUpsertRefusesNullKeysAndWritesNothing(t *testing.T) {
	dsn := servicetest.Postgres(t)
	err := tryLoad(openSink(t, with(dsn, "table=d")), spi.LoadSpec{Schema: dauSchema(), Mode: spi.Upsert, Key: []string{"country"}},
		dauRows([3]any{1, "DE", 1}, [3]any{1, nil, 2}))
	wantFault(t, err, fault.Value, "null in the key column", "country", "row 2")
	if got := sql(t, dsn, "SELECT to_regclass('d') IS NULL"); got != "t" {
		t.Fatal("the table exists")
	}
}

func TestReplaceKeepsIndexesAndGrantsOfATableThatFitsAndRemakesOthers(t *testing.T) {
	dsn := servicetest.Postgres(t)
	sql(t, dsn, "CREATE TABLE d (dau int, day date, country varchar)", "CREATE INDEX mine ON d (dau)", "GRANT SELECT ON d TO PUBLIC", "INSERT INTO d VALUES (1)")
	narrow := dtype.NewSchema(field("day", dtype.Of(dtype.Date)), field("country", dtype.Of(dtype.String)), field("dau", dtype.Of(dtype.Int16)))
	rows := dauRows([3]any{0, "DE", 5})
	rows[0].Cols[2] = data.FlatColumn(dtype.Of(dtype.Int16), []int16{5}, nil)
	mustLoad(t, with(dsn, "table=D"), spi.LoadSpec{Schema: narrow}, rows)
	if got := sql(t, dsn, "SELECT d.*, (SELECT count(*) FROM pg_indexes WHERE indexname='mine'), has_table_privilege('public', 'd', 'SELECT') FROM d"); got != "5|1970-01-01|DE|1|t" {
		t.Fatalf("got %s", got)
	}
	mustLoad(t, with(dsn, "table=d"), spi.LoadSpec{Schema: dauSchema()}, dauRows([3]any{0, "DE", 1 << 40}))
	if got := sql(t, dsn, "SELECT * FROM d"); got != "1970-01-01|DE|1099511627776" {
		t.Fatalf("got %s", got)
	}
}

func TestMisfitsAreNamedBeforeAnyRow(t *testing.T) {
	dsn := servicetest.Postgres(t)
	sql(t, dsn, "CREATE SCHEMA shop; CREATE TABLE shop.d (day date, country int, dau bigint); CREATE TABLE e (day date, county text, dau bigint); CREATE VIEW v AS SELECT * FROM e; CREATE TABLE n (day date, country text, dau int)")
	begin := func(table string, mode spi.Mode) error {
		_, err := openSink(t, with(dsn, "table="+table)).Begin(t.Context(), spi.LoadSpec{Schema: dauSchema(), Mode: mode, Key: []string{"day"}})
		return err
	}
	wantFault(t, begin("shop.d", spi.Append), fault.Type, `"country"`, "varchar", "integer")
	wantFault(t, begin("n", spi.Append), fault.Type, `"dau"`, "int64", "integer")
	wantFault(t, begin("e", spi.Upsert), fault.Name, `"country"`, "county")
	wantFault(t, begin("e", spi.Create), fault.Usage, "exists already")
	wantFault(t, begin("v", spi.Append), fault.Usage, "not a table")
	wantFault(t, begin("shp.d", spi.Append), fault.NotFound, "no schema", `did you mean "shop"`)
}

func TestTextThatIsTooLongIsAnErrorAndNotCut(t *testing.T) {
	dsn := servicetest.Postgres(t)
	sql(t, dsn, "CREATE TABLE d (day date, country varchar(2), dau bigint)")
	for _, mode := range []spi.Mode{spi.Append, spi.Replace, spi.Upsert} {
		err := tryLoad(openSink(t, with(dsn, "table=d")), spi.LoadSpec{Schema: dauSchema(), Mode: mode, Key: []string{"dau"}}, dauRows([3]any{1, "DEU", 1}))
		wantFault(t, err, fault.Value, "too long")
	}
	if got := sql(t, dsn, "SELECT count(*) FROM d"); got != "0" {
		t.Fatalf("%s rows", got)
	}
}

func TestTypesThatPostgresLacksTakeTheNextWider(t *testing.T) {
	dsn := servicetest.Postgres(t)
	s := spitest.Types()
	rows := spitest.Random(s, 700, 5)
	nano := s.Index("ts_ns")
	for _, b := range rows {
		for i, v := range data.Slice[int64](b.Cols[nano]) {
			data.Slice[int64](b.Cols[nano])[i] = v / 1000 * 1000
		}
	}
	mustLoad(t, with(dsn, "table=t"), spi.LoadSpec{Schema: s}, rows)
	want := map[string]string{"i8": "int16", "u8": "int16", "u16": "int32", "u32": "int64", "u64": "decimal(20,0)", "dur": "interval", "e": "varchar",
		"li": "int64[]", "arr": "int32[]", "st": "json", "m": "json", "deep": "json", "ts_ns": "timestamp", "i128": "varchar"}
	table := openTable(t, with(dsn, "table=t&numeric=varchar"))
	for _, f := range table.Schema().Fields {
		if w, ok := want[f.Name]; ok && f.Type.String() != w {
			t.Errorf("%s reads as %s, want %s", f.Name, f.Type, w)
		}
	}
	got := readAll(t, table)
	row := 0
	for _, b := range got {
		for i := range b.Len {
			src := rows[row/data.BatchRows]
			for _, name := range []string{"i8", "u8", "u16", "u32", "u64", "i128", "e", "arr"} {
				k := s.Index(name)
				if g, w := string(data.AppendText(nil, b.Cols[k], i)), string(data.AppendText(nil, src.Cols[k], row%data.BatchRows)); g != w {
					t.Fatalf("row %d column %s: %s, want %s", row, name, g, w)
				}
			}
			row++
		}
	}
	if row != 700 {
		t.Fatalf("%d rows", row)
	}
}

func TestNanosecondsThatPostgresLacksAreAnError(t *testing.T) {
	dsn := servicetest.Postgres(t)
	s := dtype.NewSchema(field("at", dtype.TimestampOf(dtype.Nano, "")))
	rows := []*data.Batch{{Len: 2, Cols: []*data.Column{data.FlatColumn(s.Fields[0].Type, []int64{1000, 1001}, nil)}}}
	err := tryLoad(openSink(t, with(dsn, "table=t")), spi.LoadSpec{Schema: s}, rows)
	wantFault(t, err, fault.Value, `column "at"`, "row 2", "date_trunc")
	if got := sql(t, dsn, "SELECT to_regclass('t') IS NULL"); got != "t" {
		t.Fatal("the table exists")
	}
}

func TestInfinitiesAndExtremesAreKept(t *testing.T) {
	dsn := servicetest.Postgres(t)
	sql(t, dsn, `CREATE TYPE mood AS ENUM ('ok', 'bad'); CREATE TABLE x (d date, ts timestamp, tz timestamptz, n numeric, f float8, m mood, i inet, c char(3), j jsonb, a numeric(6,2)[])`,
		`INSERT INTO x VALUES ('infinity','-infinity','infinity', 3.14, 'NaN', 'bad', '10.0.0.1', 'a', '{"b":1, "a":[2]}', '{1.5,NULL,-20.25}'),
		('-infinity','infinity','292000-12-31 23:59:59.999999Z', -12345678901234567890.0001, '-infinity', 'ok', '::1', 'abc', 'null', '{}'),
		('4713-01-01 BC','4713-01-01 BC','2026-01-01 00:00:00+02', 0, '-0', NULL, NULL, NULL, NULL, NULL)`)
	table := openTable(t, with(dsn, "table=x"))
	if got := table.Schema().String(); got != "d date, ts timestamp, tz timestamp with time zone, n decimal(38,16), f float64, m varchar, i varchar, c varchar, j json, a decimal(6,2)[]" {
		t.Fatalf("schema %s", got)
	}
	var lines []string
	for _, b := range readAll(t, table) {
		for i := range b.Len {
			var parts []string
			for _, c := range b.Cols {
				parts = append(parts, string(data.AppendText(nil, c, i)))
			}
			lines = append(lines, strings.Join(parts, "|"))
		}
	}
	want := `infinity|-infinity|infinity|3.1400000000000000|nan|bad|10.0.0.1/32|a  |{"a": [2], "b": 1}|[1.50, NULL, -20.25]
-infinity|infinity|292000-12-31 23:59:59.999999+00|-12345678901234567890.0001000000000000|-inf|ok|::1/128|abc|null|[]
4713-01-01 (BC)|4713-01-01 (BC) 00:00:00|2025-12-31 22:00:00+00|0.0000000000000000|-0.0||||||`
	got := strings.Join(lines, "\n")
	if got != want && got != strings.TrimSuffix(want, "|") {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

func TestValuesThatDoNotFitAreErrorsWithTheirPlace(t *testing.T) {
	dsn := servicetest.Postgres(t)
	for query, want := range map[string]string{
		"SELECT 1.5 AS n UNION ALL SELECT 'NaN'::numeric": "NaN",
		"SELECT 'infinity'::numeric AS n":                 "infinity",
		"SELECT 0.12345678901234567 AS n":                 "more digits after the point",
		"SELECT 1e30 AS n":                                "more digits",
		"SELECT ARRAY[[1,2],[3,4]] AS n":                  "several dimensions",
	} {
		table, err := Driver{}.OpenTable(t.Context(), dsn, spi.Options{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = spitest.Read(t.Context(), table, spi.ScanSpec{Cols: []int{0}, Limit: -1})
		wantFault(t, err, fault.Value, want, `column "n"`, "row ")
	}
}

func TestASplitTableIsReadUnderOneSnapshot(t *testing.T) {
	dsn := servicetest.Postgres(t)
	sql(t, dsn, "CREATE TABLE big AS SELECT i AS id, repeat('x', 900) AS pad FROM generate_series(1, 120000) i")
	table := openTable(t, with(dsn, "table=big"))
	scan, err := table.Scan(t.Context(), spi.ScanSpec{Cols: []int{0}, Limit: -1, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	rows, splits := 0, 0
	for split, err := range scan.Splits(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if splits == 0 {
			sql(t, dsn, "DELETE FROM big WHERE id > 60000", "INSERT INTO big SELECT i, 'new' FROM generate_series(1,100) i")
		}
		splits++
		r, err := scan.Open(t.Context(), split)
		if err != nil {
			t.Fatal(err)
		}
		for {
			b, err := r.Read(t.Context())
			if err != nil {
				break
			}
			rows += b.Len
		}
		r.Close()
	}
	if rows != 120000 || splits < 2 {
		t.Fatalf("%d rows in %d splits", rows, splits)
	}
}

func TestRefusedAndWrongPasswordAreClearAndHideThePassword(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	for url, code := range map[string]fault.Code{
		"postgres://me:hush-hush@" + addr + "/db?table=t":                            fault.IO,
		"postgres://me:hush-hush@" + addr + "/db?tabel=t&table=x":                    fault.IO,
		"postgres://me:hush-hush@[bad/db?table=t":                                    fault.Usage,
		strings.Replace(servicetest.Postgres(t), "@", "-hush-hush@", 1) + "&table=t": fault.Permission,
	} {
		_, err := Driver{}.OpenTable(t.Context(), url, nil)
		if fault.CodeOf(err) != code || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", code, err)
		}
		s, err := Driver{}.OpenSink(t.Context(), url, nil)
		if err == nil {
			_, err = s.Begin(t.Context(), spi.LoadSpec{Schema: dauSchema()})
		}
		if fault.CodeOf(err) != code || strings.Contains(err.Error(), "hush") {
			t.Errorf("sink, %s: %v", code, err)
		}
	}
	dsn := servicetest.Postgres(t)
	sql(t, dsn, "CREATE TABLE users (id int)")
	_, err = Driver{}.OpenTable(t.Context(), with(dsn, "table=user"), nil)
	wantFault(t, err, fault.NotFound, `did you mean "users"`)
	_, err = Driver{}.OpenTable(t.Context(), dsn, spi.Options{"query": "SELECT idd FROM users"})
	wantFault(t, err, fault.Name, "idd")
}

// manyRows feeds a writer until it fails.
func feed(ctx context.Context, w spi.Writer, between func(batch int)) error {
	s := dtype.NewSchema(field("id", dtype.Of(dtype.Int64)), field("name", dtype.Of(dtype.String)))
	b := spitest.Random(s, data.BatchRows, 1)[0]
	for i := range 100_000 {
		if err := w.Write(ctx, b); err != nil {
			return err
		}
		between(i)
	}
	return nil
}

func TestAServerKilledInTheMiddleOfCopyIsAnErrorAndNothingIsWritten(t *testing.T) {
	server := servicetest.PostgresServer(t)
	sql(t, server.DSN(), "CREATE TABLE t (id bigint, name text)")
	s := dtype.NewSchema(field("id", dtype.Of(dtype.Int64)), field("name", dtype.Of(dtype.String)))
	l, err := openSink(t, with(server.DSN(), "table=t")).Begin(t.Context(), spi.LoadSpec{Schema: s, Mode: spi.Append})
	if err != nil {
		t.Fatal(err)
	}
	w, err := l.Writer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = feed(t.Context(), w, func(i int) {
		if i == 100 {
			server.Kill()
		}
	})
	wantFault(t, err, fault.IO, "writing to PostgreSQL", "written nothing")
	start := time.Now()
	if err := l.Abort(context.Background()); err != nil || time.Since(start) > 3*time.Second {
		t.Fatalf("Abort after %s: %v", time.Since(start), err)
	}
	server.Restart()
	if got := sql(t, server.DSN(), "SELECT count(*) FROM t"); got != "0" {
		t.Fatalf("%s rows", got)
	}
}

func TestCancelEndsACopyAndAQuerySoon(t *testing.T) {
	dsn := servicetest.Postgres(t)
	s := dtype.NewSchema(field("id", dtype.Of(dtype.Int64)), field("name", dtype.Of(dtype.String)))
	ctx, cancel := context.WithCancel(t.Context())
	l, err := openSink(t, with(dsn, "table=t")).Begin(ctx, spi.LoadSpec{Schema: s, Mode: spi.Append})
	if err != nil {
		t.Fatal(err)
	}
	w, err := l.Writer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var at time.Time
	err = feed(ctx, w, func(i int) {
		if i == 50 {
			at = time.Now()
			cancel()
		}
	})
	_ = l.Abort(context.Background())
	if took := time.Since(at); !errors.Is(err, context.Canceled) || took > 2*time.Second {
		t.Fatalf("after %s: %v", took, err)
	}
	if got := sql(t, dsn, "SELECT to_regclass('t') IS NULL"); got != "t" {
		t.Fatal("the table exists")
	}
	table, err := Driver{}.OpenTable(t.Context(), dsn, spi.Options{"query": "SELECT pg_sleep(600)::text AS s"})
	if err != nil {
		t.Fatal(err)
	}
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	start := time.Now()
	_, _, err = spitest.Read(short, table, spi.ScanSpec{Cols: []int{0}, Limit: -1})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 3*time.Second {
		t.Fatalf("after %s: %v", time.Since(start), err)
	}
}

func TestFiltersAreDecidedByTheServer(t *testing.T) {
	dsn := servicetest.Postgres(t)
	sql(t, dsn, "CREATE TABLE t (id int, s text, c char(3))")
	table := openTable(t, with(dsn, "table=t")).(*table)
	str := func(s string) []data.Scalar { return []data.Scalar{data.StringScalar(s)} }
	for want, p := range map[string]spi.Pred{
		`("s" COLLATE "C" >= 'it''s')`:   {Op: spi.PredGe, Col: 1, Values: str("it's")},
		`("s" COLLATE "C" LIKE '50\%%')`: {Op: spi.PredPrefix, Col: 1, Values: str("50%")},
		`(NOT ("id" IN ((1), (-2))))`:    {Op: spi.PredNot, Kids: []spi.Pred{{Op: spi.PredIn, Values: []data.Scalar{data.IntScalar(dtype.Of(dtype.Int32), 1), data.IntScalar(dtype.Of(dtype.Int32), -2)}}}},
		``:                               {Op: spi.PredEq, Col: 2, Values: str("a")},
	} {
		if got, ok := table.condition(p); got != want || ok != (want != "") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func benchSchema() dtype.Schema {
	return dtype.NewSchema(field("id", dtype.Of(dtype.Int64)), field("name", dtype.Of(dtype.String)), field("score", dtype.Of(dtype.Float64)),
		field("on", dtype.Of(dtype.Date)), field("at", dtype.TimestampOf(dtype.Micro, "")), field("amount", dtype.DecimalOf(15, 2)))
}

func BenchmarkLoadAndScan(b *testing.B) {
	dsn := servicetest.Postgres(b)
	const n = 500_000
	rows := spitest.Random(benchSchema(), n, 1)
	for _, mode := range []spi.Mode{spi.Replace, spi.Upsert} {
		b.Run("load/"+mode.String(), func(b *testing.B) {
			for b.Loop() {
				sql(b, dsn, "DROP TABLE IF EXISTS t")
				mustLoad(b, with(dsn, "table=t"), spi.LoadSpec{Schema: benchSchema(), Mode: mode, Key: []string{"id"}}, rows)
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("scan/%d", threads), func(b *testing.B) {
			table := openTable(b, with(dsn, "table=t"))
			for b.Loop() {
				if _, _, err := spitest.Read(b.Context(), table, spi.ScanSpec{Cols: []int{0, 1, 2, 3, 4, 5}, Limit: -1, Threads: threads}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
