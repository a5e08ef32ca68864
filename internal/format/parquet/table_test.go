package parquet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// ints makes a file with one column of a type.
func ints(t *testing.T, fs *memFS, path, name string, ty dtype.Type, vals ...int64) {
	t.Helper()
	b := data.NewBuilder(ty, len(vals))
	for _, v := range vals {
		s := data.IntScalar(ty, v)
		if ty.IsFloat() {
			s.F = float64(v)
		}
		b.AppendScalar(s)
	}
	s := dtype.NewSchema(dtype.Field{Name: name, Type: ty})
	if err := write(fs, path, s, []*data.Batch{{Cols: []*data.Column{b.Build()}, Len: len(vals)}}, nil); err != nil {
		t.Fatal(err)
	}
}

// text renders all rows of a table, one a line.
func text(t *testing.T, tab spi.Table, spec spi.ScanSpec) string {
	t.Helper()
	var lines []string
	err := readAll(tab, spec, func(b *data.Batch) {
		for i := range b.Len {
			var f []string
			for _, c := range b.Cols {
				s := c.Value(i).String()
				f = append(f, s)
			}
			lines = append(lines, strings.Join(f, " "))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func everything(tab spi.Table) spi.ScanSpec { return spi.ScanSpec{Cols: allCols(tab), Limit: -1} }

func TestTypesWidenOverFilesWithoutLoss(t *testing.T) {
	i32, i64, f64 := dtype.Of(dtype.Int32), dtype.Of(dtype.Int64), dtype.Of(dtype.Float64)
	for _, c := range []struct {
		a, b dtype.Type
		want string
	}{{i32, i64, "int64"}, {i64, i32, "int64"}, {i32, f64, "float64"}, {dtype.Of(dtype.Uint8), dtype.Of(dtype.Int16), "int16"},
		{dtype.Of(dtype.Float32), f64, "float64"}, {dtype.DecimalOf(5, 2), dtype.DecimalOf(30, 2), "decimal(30,2)"},
		{dtype.Of(dtype.Uint64), dtype.Of(dtype.Int128), "int128"}, {i64, f64, ""}, {i64, dtype.Of(dtype.Date), ""}} {
		fs := newMemFS()
		ints(t, fs, "a", "x", c.a, 1, 7)
		ints(t, fs, "b", "x", c.b, 3)
		tab, err := openPaths(fs, nil, "a", "b")
		if c.want == "" {
			if fault.CodeOf(err) != fault.Type || !strings.Contains(err.Error(), `column "x"`) || !strings.Contains(err.Error(), " b") {
				t.Errorf("%s and %s: error %v", c.a, c.b, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := tab.Schema().Fields[0].Type.String(); got != c.want {
			t.Errorf("%s and %s give %s, want %s", c.a, c.b, got, c.want)
		}
		all := text(t, tab, everything(tab))
		if n := len(strings.Split(all, "\n")); n != 3 {
			t.Errorf("%s and %s: rows %q", c.a, c.b, all)
		}
		three := data.IntScalar(tab.Schema().Fields[0].Type, 3)
		three.F = 3
		spec := everything(tab)
		spec.Where = []spi.Pred{{Op: spi.PredGe, Values: []data.Scalar{three}}}
		if got := text(t, tab, spec); len(strings.Split(got, "\n")) != 2 {
			t.Errorf("%s and %s: rows from 3 on are %q", c.a, c.b, got)
		}
	}
}

func TestMissingColumnsNeedUnionByName(t *testing.T) {
	fs := newMemFS()
	ints(t, fs, "a", "x", dtype.Of(dtype.Int32), 1)
	ints(t, fs, "b", "y", dtype.Of(dtype.Int32), 2)
	if _, err := openPaths(fs, nil, "a", "b"); err == nil || !strings.Contains(err.Error(), "union_by_name") {
		t.Errorf("error %v", err)
	}
	tab, err := openPaths(fs, spi.Options{"union_by_name": true, "filename": true, "file_row_number": "n"}, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	if got := tab.Schema().String(); got != "x int32, y int32, filename varchar, n int64" {
		t.Errorf("schema %s", got)
	}
	if got := text(t, tab, everything(tab)); got != "1 NULL 'a' 0\nNULL 2 'b' 0" {
		t.Errorf("rows %q", got)
	}
	spec := everything(tab)
	spec.Where = []spi.Pred{{Op: spi.PredIsNull, Col: 0}}
	if got := text(t, tab, spec); got != "NULL 2 'b' 0" {
		t.Errorf("rows without x %q", got)
	}
}

func TestPartitionColumnsComeFromThePathAndPrune(t *testing.T) {
	fs := newMemFS()
	ints(t, fs, "d/day=2024-02-29/kind=a%20b/1.parquet", "x", dtype.Of(dtype.Int32), 1)
	ints(t, fs, "d/day=2024-03-01/kind=__HIVE_DEFAULT_PARTITION__/1.parquet", "x", dtype.Of(dtype.Int32), 2)
	paths := []string{"d/day=2024-02-29/kind=a%20b/1.parquet", "d/day=2024-03-01/kind=__HIVE_DEFAULT_PARTITION__/1.parquet"}
	tab, err := openPaths(fs, nil, paths...)
	if err != nil {
		t.Fatal(err)
	}
	if got := tab.Schema().String(); got != "x int32, day date, kind varchar" {
		t.Errorf("schema %s", got)
	}
	if got := text(t, tab, everything(tab)); got != "1 '2024-02-29' 'a b'\n2 '2024-03-01' NULL" {
		t.Errorf("rows %q", got)
	}
	spec := everything(tab)
	spec.Where = []spi.Pred{{Op: spi.PredEq, Col: 2, Values: []data.Scalar{data.StringScalar("a b")}}}
	s, err := tab.Scan(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range s.Splits(context.Background()) {
		n++
	}
	if n != 1 || len(s.Residual()) != 0 {
		t.Errorf("%d splits, residual %v", n, s.Residual())
	}
	if tab, err = openPaths(fs, spi.Options{"hive_partitioning": false}, paths...); err != nil || tab.Schema().Len() != 1 {
		t.Errorf("without partitions: %v, %v", tab, err)
	}
}

func TestUnknownOptionsNameTheNearest(t *testing.T) {
	fs := newMemFS()
	ints(t, fs, "a", "x", dtype.Of(dtype.Int32), 1)
	if _, err := openPaths(fs, spi.Options{"file_name": true}, "a"); err == nil || !strings.Contains(err.Error(), "filename") {
		t.Errorf("error %v", err)
	}
	_, err := Format{}.OpenSink(context.Background(), fs, "b", spi.Options{"compresion": "zstd"})
	if err == nil || !strings.Contains(err.Error(), "compression") {
		t.Errorf("error %v", err)
	}
}

// numbered writes rows 0..n-1 with a dictionary column beside them.
func numbered(t *testing.T, fs *memFS, path string, n int, opts spi.Options) {
	t.Helper()
	s := dtype.NewSchema(dtype.Field{Name: "i", Type: dtype.Of(dtype.Int64)}, dtype.Field{Name: "s", Type: dtype.Of(dtype.String)})
	var batches []*data.Batch
	for at := 0; at < n; at += data.BatchRows {
		m := min(data.BatchRows, n-at)
		a, b := data.NewBuilder(s.Fields[0].Type, m), data.NewBuilder(s.Fields[1].Type, m)
		for i := range m {
			data.Append(a, int64(at+i))
			if i%10 == 3 {
				b.AppendNull()
			} else {
				b.AppendString(fmt.Sprintf("a value of text number %d", i%7))
			}
		}
		batches = append(batches, &data.Batch{Cols: []*data.Column{a.Build(), b.Build()}, Len: m})
	}
	if err := write(fs, path, s, batches, opts); err != nil {
		t.Fatal(err)
	}
}

func TestDictionariesOfTextStayForARowGroup(t *testing.T) {
	fs := newMemFS()
	numbered(t, fs, "f", 20_000, spi.Options{"row_group_size": int64(10_000), "page_size": int64(700)})
	tab, err := openPaths(fs, nil, "f")
	if err != nil {
		t.Fatal(err)
	}
	var dicts []*data.Column
	err = readAll(tab, spi.ScanSpec{Cols: []int{1}, Limit: -1}, func(b *data.Batch) {
		c := b.Cols[0]
		if c.Form != data.Dict || c.Values.Len != 7 || c.Values.HasNulls() {
			t.Fatalf("form %d with %v", c.Form, c.Values)
		}
		if len(dicts) == 0 || dicts[len(dicts)-1] != c.Values {
			dicts = append(dicts, c.Values)
		}
	})
	if err != nil || len(dicts) != 2 {
		t.Errorf("%d dictionaries, error %v", len(dicts), err)
	}
}

func TestLimitsAndCountsReadNoMoreThanTheyNeed(t *testing.T) {
	fs := newMemFS()
	numbered(t, fs, "f", 50_000, spi.Options{"row_group_size": int64(10_000)})
	tab, err := openPaths(fs, nil, "f")
	if err != nil {
		t.Fatal(err)
	}
	fs.reads = 0
	if got := text(t, tab, spi.ScanSpec{Cols: []int{0}, Limit: 3}); got != "0\n1\n2" {
		t.Errorf("first rows %q", got)
	}
	if fs.reads > int64(len(fs.files["f"]))/3 {
		t.Errorf("read %d of %d bytes for three rows", fs.reads, len(fs.files["f"]))
	}
	fs.reads = 0
	rows := 0
	if err := readAll(tab, spi.ScanSpec{Limit: -1}, func(b *data.Batch) { rows += b.Len }); err != nil || rows != 50_000 || fs.reads != 0 {
		t.Errorf("%d rows counted with %d bytes read, error %v", rows, fs.reads, err)
	}
	lit := func(v int64) []data.Scalar { return []data.Scalar{data.IntScalar(dtype.Of(dtype.Int64), v)} }
	spec := spi.ScanSpec{Cols: []int{1, 0}, Limit: -1, Where: []spi.Pred{{Op: spi.PredIn, Col: 0, Values: append(lit(40_001), lit(70_000)...)}}}
	fs.reads = 0
	if got := text(t, tab, spec); got != "'a value of text number 4' 40001" {
		t.Errorf("row %q", got)
	}
	if fs.reads > int64(len(fs.files["f"]))/2 {
		t.Errorf("read %d of %d bytes for one row", fs.reads, len(fs.files["f"]))
	}
}

func TestSplitsOfALargeRowGroupCoverItOnce(t *testing.T) {
	fs := newMemFS()
	numbered(t, fs, "f", 30_000, spi.Options{"page_size": int64(20_000)})
	tab, err := openPaths(fs, nil, "f")
	if err != nil {
		t.Fatal(err)
	}
	s, err := tab.Scan(context.Background(), everything(tab))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	next := int64(0)
	for lo := 0; lo < 30_000; lo += 7_001 { // pieces as they are cut from larger groups
		sp := s.(*scan).split(piece{lo: lo, hi: min(lo+7_001, 30_000)})
		err := readSplit(context.Background(), s, sp, func(b *data.Batch) {
			for _, v := range data.Slice[int64](b.Cols[0]) {
				if v != next {
					t.Fatalf("row %d, want %d", v, next)
				}
				next++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if next != 30_000 {
		t.Errorf("%d rows", next)
	}
}

func TestStatsAreExactForRowsNullsAndBounds(t *testing.T) {
	fs := newMemFS()
	numbered(t, fs, "f", 5000, spi.Options{"row_group_size": int64(1000)})
	tab, err := openPaths(fs, nil, "f")
	if err != nil {
		t.Fatal(err)
	}
	st, err := tab.Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	i, s := st.Cols[0], st.Cols[1]
	if st.Rows != 5000 || !st.Exact || !i.HasBounds || i.Min.Int64() != 0 || i.Max.Int64() != 4999 || i.Nulls != 0 {
		t.Errorf("stats of i: %+v", i)
	}
	if !s.HasBounds || s.Min.S != "a value of text number 0" || s.Max.S != "a value of text number 6" || s.Nulls != 501 {
		t.Errorf("stats of s: %+v", s)
	}
}

func TestDictionariesTellAboutHowManyValuesThereAre(t *testing.T) {
	fs := newMemFS()
	for path, codec := range map[string]string{"plain": "uncompressed", "snappy": "snappy"} {
		numbered(t, fs, path, 5000, spi.Options{"row_group_size": int64(1000), "compression": codec})
		tab, err := openPaths(fs, nil, path)
		if err != nil {
			t.Fatal(err)
		}
		st, err := tab.Stats(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n := st.Cols[1].Distinct; n < 2 || n > 20 {
			t.Errorf("%s: about %d values, and there are 7", codec, n)
		}
	}
}

func TestBloomFiltersExcludeRowGroups(t *testing.T) {
	for _, path := range corpus(t, "data/data_index_bloom_*.parquet") {
		tab, err := openPaths(newMemFS(), nil, path)
		if err != nil {
			t.Fatal(err)
		}
		count := func(v string) (rows int) {
			spec := everything(tab)
			spec.Where = []spi.Pred{{Op: spi.PredEq, Values: []data.Scalar{data.StringScalar(v)}}}
			if err := readAll(tab, spec, func(b *data.Batch) { rows += b.Len }); err != nil {
				t.Fatal(err)
			}
			return rows
		}
		if n := count("Hello"); n != 1 {
			t.Errorf("%s: %d rows of Hello", path, n)
		}
		if n := count("Quoth"); n != 0 {
			t.Errorf("%s: %d rows of a missing value", path, n)
		}
		s, err := tab.Scan(context.Background(), everything(tab))
		if err != nil {
			t.Fatal(err)
		}
		g := newGroup(s.(*scan))
		if err := g.start(context.Background(), piece{hi: 1}); err != nil {
			t.Fatal(err)
		}
		b, err := g.bloomFilter(context.Background(), g.flatLeaf(0))
		if err != nil || b == nil {
			t.Fatalf("%s: no filter, error %v", path, err)
		}
		missed := 0
		for i := range 200 {
			if !b.has(xxh64(fmt.Append(nil, "not there ", i))) {
				missed++
			}
		}
		if !b.has(xxh64([]byte("Hello"))) || missed < 150 {
			t.Errorf("%s: the filter has Hello: %v; excludes %d of 200", path, b.has(xxh64([]byte("Hello"))), missed)
		}
		g.free()
	}
}

func TestDynamicPredicatesAreSeenByLaterRowGroups(t *testing.T) {
	fs := newMemFS()
	numbered(t, fs, "f", 10_000, spi.Options{"row_group_size": int64(1000)})
	tab, err := openPaths(fs, nil, "f")
	if err != nil {
		t.Fatal(err)
	}
	spec := everything(tab)
	spec.Dynamic = &spi.Dynamic{}
	slot := spec.Dynamic.Slot()
	rows := 0
	err = readAll(tab, spec, func(b *data.Batch) {
		rows += b.Len
		slot.Tighten([]spi.Pred{{Op: spi.PredLt, Col: 0, Values: []data.Scalar{data.IntScalar(dtype.Of(dtype.Int64), 2500)}}})
	})
	if err != nil || rows != 2500 {
		t.Errorf("%d rows, error %v", rows, err)
	}
}

func TestASinkRefusesWhatAFileCannotDo(t *testing.T) {
	ctx, fs := context.Background(), newMemFS()
	ints(t, fs, "old", "x", dtype.Of(dtype.Int32), 1)
	col := func(name string, ty dtype.Type) dtype.Schema {
		return dtype.NewSchema(dtype.Field{Name: name, Type: ty})
	}
	twice := dtype.NewSchema(dtype.Field{Name: "a", Type: dtype.Of(dtype.Int8)}, dtype.Field{Name: "a", Type: dtype.Of(dtype.Int8)})
	for _, c := range []struct {
		path string
		spec spi.LoadSpec
		want string
	}{{"old", spi.LoadSpec{Schema: col("x", dtype.Of(dtype.Int8)), Mode: spi.Create}, "exists"},
		{"new", spi.LoadSpec{Schema: col("x", dtype.Of(dtype.Int8)), Mode: spi.Append}, "append"},
		{"new", spi.LoadSpec{Schema: col("x", dtype.StructOf())}, "struct without fields"},
		{"new", spi.LoadSpec{Schema: twice}, "two columns"}, {"new", spi.LoadSpec{}, "at least one column"}} {
		sink, err := Format{}.OpenSink(ctx, fs, c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sink.Begin(ctx, c.spec); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.want, err)
		}
	}
	if fs.files["new"] != nil {
		t.Error("a refused load left a file")
	}
}

func TestRequiredColumnsRefuseNulls(t *testing.T) {
	s := dtype.NewSchema(dtype.Field{Name: "x", Type: dtype.Of(dtype.Int32), Required: true})
	b := &data.Batch{Cols: []*data.Column{data.NullColumn(s.Fields[0].Type, 2)}, Len: 2}
	if err := write(newMemFS(), "f", s, []*data.Batch{b}, nil); fault.CodeOf(err) != fault.Value || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("error %v", err)
	}
}

func TestMemoryIsAskedForAndGivenBack(t *testing.T) {
	fs := newMemFS()
	vals := make([]int64, 6_000_000)
	for i := range vals {
		vals[i] = int64(i) * 0x9e3779b97f4a7c1
	}
	s := dtype.NewSchema(dtype.Field{Name: "x", Type: dtype.Of(dtype.Int64)})
	b := &data.Batch{Cols: []*data.Column{data.FlatColumn(s.Fields[0].Type, vals, nil)}, Len: len(vals)}
	if err := write(fs, "f", s, []*data.Batch{b}, spi.Options{"row_group_size": int64(6_000_000), "compression": "none", "dictionary": false}); err != nil {
		t.Fatal(err)
	}
	tab, err := openPaths(fs, nil, "f")
	if err != nil {
		t.Fatal(err)
	}
	held, most := int64(0), int64(0)
	spec := everything(tab)
	spec.Reserve = func(n int64) error {
		held += n
		most = max(most, held)
		return nil
	}
	if err := readAll(tab, spec, nil); err != nil || most < 10<<20 || held != 0 {
		t.Errorf("reserved up to %d, %d at the end, error %v", most, held, err)
	}
	full := errors.New("over budget")
	spec.Reserve = func(n int64) error {
		if n > 0 {
			return full
		}
		return nil
	}
	if err := readAll(tab, spec, nil); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
}

func TestRangesIntersectAndUnite(t *testing.T) {
	a, b := []rowRange{{0, 5}, {8, 12}, {20, 30}}, []rowRange{{3, 9}, {11, 22}, {29, 40}}
	if got := intersect(a, b); !slices.Equal(got, []rowRange{{3, 5}, {8, 9}, {11, 12}, {20, 22}, {29, 30}}) {
		t.Errorf("intersection %v", got)
	}
	if got := union(a, b); !slices.Equal(got, []rowRange{{0, 40}}) {
		t.Errorf("union %v", got)
	}
}

func TestADictionaryThatWasGivenUpTellsNothing(t *testing.T) {
	leaf := &leafInfo{phys: ptInt64}
	whole := chunkMeta{dictAt: 4, dataAt: 4 + 14 + 8*1000, values: 100_000, raw: 14 + 8*1000 + 100_000*10/8}
	if n := dictValues(&whole, leaf, bounds{}); n != 1000 {
		t.Errorf("%d values, and there are 1000", n)
	}
	partly := whole
	partly.raw += 50_000 * 8 // half of the values are behind it
	if n := dictValues(&partly, leaf, bounds{}); n != -1 {
		t.Errorf("%d values of a dictionary that is not the whole", n)
	}
}
