package ipc_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/format/ipc"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

// rowsOf reads a file of testdata, which other programs wrote.
func rowsOf(t *testing.T, name string) (dtype.Schema, []string) {
	t.Helper()
	table, err := openPath(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	got, err := readCols(table, all(table)...)
	if err != nil {
		t.Fatal(err)
	}
	return table.Schema(), spitest.Texts(got)
}

func all(table spi.Table) []int {
	cols := make([]int, table.Schema().Len())
	for i := range cols {
		cols[i] = i
	}
	return cols
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("row %d is\n  %s\nwant\n  %s", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
}

func TestTypesThatAreConverted(t *testing.T) {
	want := []string{
		`1.5 | 125 | 12 | 125 | 125 | 18263 | 0 | 0 | 0 | "a" | "a" | "a" | "a" | "abc" | "aaaaaaaaaaaaaaaaaaaa" | [1] | ["t", "u"] | NULL | "{}"`,
		`-0 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL`,
		`65504 | -999999999 | -99 | -9999999999999999 | -9999999999999999999999999999 | -1 | 86399000000 | 86399999000 | 86399999999 | "a text that is long" | "\xff\x00 bytes that are long" | "a text that is long" | "\xff\x00 bytes that are long" | "\x00\x01\x02" | "bbbbbbbbbbbbbbbbbbbb" | [] | ["p", "q", NULL] | NULL | "[1]"`,
		`5.960464477539063e-08 | 0 | 0 | 0 | 0 | -719162 | 1000000 | 1000 | 1 | "" | "" | "" | "" | "xyz" | "cccccccccccccccccccc" | [2, NULL] | [NULL] | NULL | "1"`,
		`+Inf | 200 | 20 | 200 | 200 | 11016 | 2000000 | 2000 | 2 | "größer" | "y" | "größer" | "y" | "   " | "dddddddddddddddddddd" | [3, 4, 5] | [] | NULL | "\"x\""`,
		`NULL | 300 | 30 | 300 | 300 | 0 | 3000000 | 3000 | 3 | "x" | "x" | "twelve bytes" | "x" | "\xff\xff\xff" | "eeeeeeeeeeeeeeeeeeee" | [6] | ["q", NULL, "s", "t", "u"] | NULL | "null"`,
	}
	types := `half float32, d32 decimal(9,2), d64in32 decimal(5,1), d64 decimal(16,2), d256 decimal(38,2), date64 date, t32s time, t32ms time, ` +
		`t64ns time, ls varchar, lb blob, sv varchar, bv blob, fsb blob, fsb20 blob, ll int16[], lv varchar[], nul null, ext json`
	for _, name := range []string{"types.arrow", "types_zstd.arrow", "types_lz4.arrows"} {
		s, rows := rowsOf(t, name)
		if s.String() != types {
			t.Errorf("%s: %s\nwant %s", name, s, types)
		}
		same(t, rows, want)
	}
}

func TestDictionaries(t *testing.T) {
	s, rows := rowsOf(t, "dictionaries.arrow")
	if want := "i8 varchar, u64 int64, allnull varchar, inlist varchar[], structs struct(a int32)"; s.String() != want {
		t.Errorf("%s\nwant %s", s, want)
	}
	same(t, rows, []string{
		`"x" | 40 | NULL | ["x", NULL] | [1]`,
		`NULL | NULL | NULL | [] | [NULL]`,
		`"a value that is long" | 20 | NULL | NULL | NULL`,
		`NULL | 10 | NULL | ["a value that is long"] | [NULL]`,
		`"y" | NULL | NULL | [NULL] | [1]`,
		`"x" | 10 | NULL | ["y", "x"] | [1]`,
	})
	deltas := []string{`"a" | 1`, `"b" | 2`, `NULL | 3`, `"c" | 4`, `"a" | 5`, `"z" | 6`, `"z" | 7`}
	_, rows = rowsOf(t, "delta.arrows") // the last two batches replace the dictionary
	same(t, rows, deltas)
	_, rows = rowsOf(t, "delta.arrow")
	same(t, rows, deltas[:5])
}

func TestDictionaryColumnsStayCoded(t *testing.T) {
	table, err := openPath(filepath.Join("testdata", "dictionaries.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := readCols(table, 0)
	if err != nil {
		t.Fatal(err)
	}
	if c := got[0].Cols[0]; c.Form != data.Dict || c.Values.HasNulls() || c.Values.Len != 3 {
		t.Errorf("the column has form %d and %d values", c.Form, c.Values.Len)
	}
}

func TestEnumsAndWideIntegersOfPolars(t *testing.T) {
	for _, name := range []string{"polars.arrow", "polars_old.arrow"} {
		s, rows := rowsOf(t, name)
		if want := "e enum('bb;', 'a'), c varchar, s varchar, t time, i int128, l int64[], a tinyint[2]"; s.String() != want {
			t.Errorf("%s\nwant %s", s, want)
		}
		same(t, rows, []string{
			`1 | "x" | "a" | 0 | 1 | [1, 2] | [1, 2]`,
			`0 | "y" | "long long long long string" | 1 | 2 | NULL | NULL`,
			`NULL | "x" | NULL | NULL | NULL | [] | [3, 4]`,
			`1 | NULL | "" | 86399999999 | -4 | [3] | [5, NULL]`,
		})
	}
}

func TestSlicedArrays(t *testing.T) {
	_, rows := rowsOf(t, "slices.arrow")
	null := func(ok bool, format string, args ...any) string {
		if !ok {
			return "NULL"
		}
		return fmt.Sprintf(format, args...)
	}
	var want []string
	for i := 13; i < 83; i++ {
		var list, pairs, texts []string
		list = append(list, []string{fmt.Sprint(i), "NULL", fmt.Sprint(-i)}[:i%4]...)
		for k := range i % 3 {
			pairs = append(pairs, fmt.Sprintf(`["k%d", %d]`, k, k))
			texts = append(texts, fmt.Sprintf("%q", fmt.Sprint(i)))
		}
		b := 0
		if i%3 == 0 {
			b = 1
		}
		want = append(want, strings.Join([]string{
			null(i%5 != 0, "%d", b), null(i%7 != 0, "%d", i), null(i%11 != 0, `"row %d of a table"`, i),
			null(i%6 != 0, "[%s]", strings.Join(list, ", ")), null(i%9 != 0, "[%d, %d]", i, i+1),
			null(i%8 != 0, "[%d, [%s]]", i, strings.Join(texts, ", ")), null(i%10 != 0, "[%s]", strings.Join(pairs, ", ")),
		}, " | "))
	}
	same(t, rows, want)
}

func TestUnsupportedTypesNameTheirColumn(t *testing.T) {
	_, err := openPath(filepath.Join("testdata", "ree.arrow"))
	if fault.CodeOf(err) != fault.Unsupported || !strings.Contains(err.Error(), `column "r"`) || !strings.Contains(err.Error(), "ree.arrow") {
		t.Errorf("%v, want an error that names the file and column r", err)
	}
}

func TestFilesThatAreNotArrow(t *testing.T) {
	for content, says := range map[string]string{
		"":                                 "too few",
		"a,b\n1,2\nand so on and on\n":     "not Arrow IPC",
		"FEA1 and more":                    "first version of the Feather format",
		"ARROW1\x00\x00 and no footer":     "end of the file is missing",
		"PAR1 is another format, PAR1":     "not Arrow IPC",
		"\xFF\xFF\xFF\xFF\x00\x00\x00\x00": "no schema",
	} {
		m := &spitest.MemFS{}
		m.Put("mem://x", []byte(content))
		_, err := ipc.Format{}.OpenTable(context.Background(), m, []spi.FileInfo{{Path: "mem://x", Size: int64(len(content))}}, nil)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "mem://x") {
			t.Errorf("%q: %v, want one that says %s", content, err, says)
		}
	}
}

// large is a schema whose record batches soon have many bytes.
func large() dtype.Schema {
	return dtype.NewSchema(dtype.Field{Name: "id", Type: dtype.Of(dtype.Int64)}, dtype.Field{Name: "x", Type: dtype.ArrayOf(dtype.Of(dtype.Int64), 32)},
		dtype.Field{Name: "s", Type: dtype.Of(dtype.String)})
}

// writeLarge writes n rows as one record batch.
func writeLarge(t testing.TB, n int, opts spi.Options) *spitest.MemFS {
	t.Helper()
	m := &spitest.MemFS{}
	ctx := context.Background()
	sink, err := ipc.Format{}.OpenSink(ctx, m, "mem://f.arrow", opts)
	if err != nil {
		t.Fatal(err)
	}
	load, err := sink.Begin(ctx, spi.LoadSpec{Schema: large(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	var rows []*data.Batch
	for at := 0; at < n; at += data.BatchRows {
		k := min(data.BatchRows, n-at)
		ids, xs := make([]int64, k), make([]int64, 32*k)
		s := data.NewBuilder(dtype.Of(dtype.String), k)
		for i := range k {
			ids[i] = int64(at + i)
			xs[32*i] = int64(at + i)
			s.AppendString(fmt.Sprintf("text of row %d", at+i))
		}
		rows = append(rows, &data.Batch{Len: k, Cols: []*data.Column{data.FlatColumn(dtype.Of(dtype.Int64), ids, nil),
			{Type: large().Fields[1].Type, Len: k, Kids: []*data.Column{data.FlatColumn(dtype.Of(dtype.Int64), xs, nil)}}, s.Build()}})
	}
	receipts, err := spitest.Write(ctx, load, rows, 1)
	if err == nil {
		err = load.Commit(ctx, receipts)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLargeRecordBatchesAreShared(t *testing.T) {
	const n = 150_001
	for _, opts := range []spi.Options{{"batch_rows": int64(1 << 20)}, {"batch_rows": int64(1 << 20), "compression": "lz4"}} {
		m := writeLarge(t, n, opts)
		b, _ := m.Get("mem://f.arrow")
		table, err := ipc.Format{}.OpenTable(context.Background(), m, []spi.FileInfo{{Path: "mem://f.arrow", Size: int64(len(b))}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, threads := range []int{1, 3} {
			var meter spi.Meter
			asked := int64(0)
			got, _, err := spitest.Read(context.Background(), table, spi.ScanSpec{Cols: []int{2, 0}, Limit: -1, Threads: threads, Meter: &meter,
				Reserve: func(n int64) error { asked += n; return nil }})
			if err != nil {
				t.Fatal(err)
			}
			rows := spitest.Texts(got)
			if len(rows) != n || meter.Rows.Load() != n {
				t.Fatalf("%d rows, meter %d", len(rows), meter.Rows.Load())
			}
			for i, r := range rows {
				if want := fmt.Sprintf(`"text of row %d" | %d`, i, i); r != want {
					t.Fatalf("row %d is %s", i, r)
				}
			}
			if opts["compression"] == nil && meter.Bytes.Load() > int64(len(b))/5 {
				t.Errorf("%d of %d bytes were read for two small columns", meter.Bytes.Load(), len(b))
			}
			if asked != 0 && threads == 1 {
				t.Errorf("%d bytes of memory were not given back", asked)
			}
		}
		scan, err := table.Scan(context.Background(), spi.ScanSpec{Cols: []int{0}, Limit: -1, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		splits := 0
		for range scan.Splits(context.Background()) {
			splits++
		}
		scan.Close()
		if opts["compression"] == nil && splits < 2 {
			t.Errorf("one record batch of %d bytes is %d splits", len(b), splits)
		}
		if n := m.Leaks(); n != 0 {
			t.Errorf("%d files left open", n)
		}
	}
}

func TestStandardInput(t *testing.T) {
	s := spitest.PlainSchema()
	for _, name := range []string{"mem://a.arrow", "mem://a.arrows"} {
		content := written(t, s, 3000, 3, name, nil)
		local := fs.NewLocalWith(bytes.NewReader(content), io.Discard)
		table, err := ipc.Format{}.OpenTable(context.Background(), local, []spi.FileInfo{{Path: "-", Size: -1}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readCols(table, all(table)...)
		if err != nil {
			t.Fatal(err)
		}
		spitest.EqualRows(t, got, spitest.Random(s, 3000, 3), true)
	}
}

func TestFilesOfOneTable(t *testing.T) {
	m := &spitest.MemFS{}
	a := dtype.NewSchema(dtype.Field{Name: "id", Type: dtype.Of(dtype.Int64)}, dtype.Field{Name: "s", Type: dtype.Of(dtype.String)})
	swapped := dtype.NewSchema(a.Fields[1], a.Fields[0])
	other := dtype.NewSchema(a.Fields[0], dtype.Field{Name: "s", Type: dtype.Of(dtype.Int32)})
	fewer := dtype.NewSchema(a.Fields[0])
	open := func(names ...string) (spi.Table, error) {
		var list []spi.FileInfo
		for _, n := range names {
			b, _ := m.Get("mem://" + n)
			list = append(list, spi.FileInfo{Path: "mem://" + n, Size: int64(len(b))})
		}
		return ipc.Format{}.OpenTable(context.Background(), m, list, nil)
	}
	for name, s := range map[string]dtype.Schema{"a.arrow": a, "swapped.arrows": swapped, "other.arrow": other, "fewer.arrow": fewer} {
		writeTo(t, m, "mem://"+name, s, 3, 1, nil)
	}
	table, err := open("a.arrow", "swapped.arrows")
	if err != nil {
		t.Fatal(err)
	}
	got, err := readCols(table, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, spitest.Texts(got), []string{"0", "1", "2", "0", "1", "2"})
	for name, says := range map[string]string{"other.arrow": `column "s" is of type int32`, "fewer.arrow": `no column "s"`} {
		if _, err := open("a.arrow", name); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want one that says %s", name, err, says)
		}
	}
	if _, err := open("fewer.arrow", "a.arrow"); err == nil || !strings.Contains(err.Error(), `column "s" is not in`) {
		t.Errorf("a column more: %v", err)
	}
}

// roundTrip writes one batch and reads it back.
func roundTrip(t *testing.T, s dtype.Schema, b *data.Batch) ([]*data.Batch, error) {
	t.Helper()
	m := &spitest.MemFS{}
	ctx := context.Background()
	sink, err := ipc.Format{}.OpenSink(ctx, m, "mem://f.arrow", nil)
	if err != nil {
		t.Fatal(err)
	}
	load, err := sink.Begin(ctx, spi.LoadSpec{Schema: s, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	w, err := load.Writer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(ctx, b); err != nil {
		load.Abort(ctx)
		return nil, err
	}
	if _, err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := load.Commit(ctx, nil); err != nil {
		t.Fatal(err)
	}
	content, _ := m.Get("mem://f.arrow")
	table, err := ipc.Format{}.OpenTable(ctx, m, []spi.FileInfo{{Path: "mem://f.arrow", Size: int64(len(content))}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return readCols(table, all(table)...)
}

func TestColumnsOfAllFormsAreWritten(t *testing.T) {
	text, num := dtype.Of(dtype.String), dtype.Of(dtype.Int32)
	words := data.NewBuilder(text, 2)
	words.AppendString("short")
	words.AppendString("a text that is long enough")
	valid := data.NewBitmap(3)
	valid.Set(0)
	valid.Set(2)
	list := data.NewBuilder(dtype.ListOf(num), 5)
	for i := range 5 {
		for k := range i {
			data.Append(list.Kid(0), int32(10*i+k))
		}
		list.CloseList()
	}
	dict := data.DictColumn(words.Build(), []uint32{1, 0, 0}, valid)
	cols := []*data.Column{dict, data.ConstColumn(data.StringScalar("the same in all rows"), 3), data.NullColumn(text, 3), data.NullColumn(num, 3),
		data.ConstColumn(data.IntScalar(num, 7), 3), list.Build().Slice(2, 5), data.NullColumn(dtype.Type{}, 3)}
	var s dtype.Schema
	for i, c := range cols {
		s.Fields = append(s.Fields, dtype.Field{Name: fmt.Sprint("c", i), Type: c.Type})
	}
	b := &data.Batch{Cols: cols, Len: 3}
	got, err := roundTrip(t, s, b)
	if err != nil {
		t.Fatal(err)
	}
	spitest.EqualRows(t, got, []*data.Batch{b}, true)
}

func TestIntervalsThatNanosecondsCannotCount(t *testing.T) {
	typ := dtype.Of(dtype.Interval)
	b := data.NewBuilder(typ, 1)
	data.Append(b, data.Interval{Micros: math.MaxInt64 / 10})
	_, err := roundTrip(t, dtype.NewSchema(dtype.Field{Name: "iv", Type: typ}), &data.Batch{Cols: []*data.Column{b.Build()}, Len: 1})
	if fault.CodeOf(err) != fault.Value || !strings.Contains(err.Error(), `column "iv"`) {
		t.Errorf("%v, want a value error that names the column", err)
	}
}

func TestWrongOptionsOfTheSink(t *testing.T) {
	for _, o := range []spi.Options{{"compression": "brotli"}, {"batch_rows": int64(0)}, {"format": "tape"}, {"batch_rows": "many"}} {
		if _, err := (ipc.Format{}).OpenSink(context.Background(), &spitest.MemFS{}, "mem://f.arrow", o); fault.CodeOf(err) == "" {
			t.Errorf("%v: %v, want an error for a person", o, err)
		}
	}
}

func TestSameRowsGiveTheSameBytes(t *testing.T) {
	s := spitest.Types()
	a, b := written(t, s, 500, 9, "mem://a.arrow", nil), written(t, s, 500, 9, "mem://a.arrow", nil)
	if !slices.Equal(a, b) {
		t.Error("two files of the same rows differ")
	}
}

func TestRowsAreKnownWithoutReading(t *testing.T) {
	st, err := func() (spi.Stats, error) {
		table, err := openPath(filepath.Join("testdata", "slices.arrow"))
		if err != nil {
			return spi.Stats{}, err
		}
		return table.Stats(context.Background())
	}()
	info, _ := os.Stat(filepath.Join("testdata", "slices.arrow"))
	if err != nil || st.Rows != 70 || !st.Exact || st.Bytes != info.Size() {
		t.Errorf("%+v, %v", st, err)
	}
}
