package parquet

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	_ "time/tzdata" // for machines without time zones

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// flatTypes are all types without parameters of their own kind.
func flatTypes() []dtype.Type {
	out := []dtype.Type{dtype.DecimalOf(5, 2), dtype.DecimalOf(9, 0), dtype.DecimalOf(18, 4), dtype.DecimalOf(38, 10),
		dtype.TimestampOf(dtype.Second, ""), dtype.TimestampOf(dtype.Milli, "UTC"), dtype.TimestampOf(dtype.Micro, ""),
		dtype.TimestampOf(dtype.Nano, "UTC"), dtype.TimestampOf(dtype.Micro, "Europe/Berlin"), dtype.TimestampOf(dtype.Second, "UTC"),
		dtype.DurationOf(dtype.Micro), dtype.DurationOf(dtype.Nano), dtype.EnumOf("red", "green", "blå"), {}}
	for _, k := range []dtype.Kind{dtype.Bool, dtype.Int8, dtype.Int16, dtype.Int32, dtype.Int64, dtype.Int128, dtype.Uint8, dtype.Uint16,
		dtype.Uint32, dtype.Uint64, dtype.Float32, dtype.Float64, dtype.String, dtype.Binary, dtype.Date, dtype.Time, dtype.Interval,
		dtype.UUID, dtype.JSON} {
		out = append(out, dtype.Of(k))
	}
	return out
}

// randomType returns a type that nests at most deep levels.
func randomType(r *rand.Rand, deep int) dtype.Type {
	flat := flatTypes()
	if deep == 0 || r.IntN(3) == 0 {
		return flat[r.IntN(len(flat))]
	}
	switch r.IntN(5) {
	case 0, 1:
		return dtype.ListOf(randomType(r, deep-1))
	case 2:
		return dtype.ArrayOf(randomType(r, deep-1), 1+r.IntN(3))
	case 3:
		key := dtype.Of([]dtype.Kind{dtype.String, dtype.Int32, dtype.Int64}[r.IntN(3)])
		return dtype.MapOf(key, randomType(r, deep-1))
	default:
		var fields []dtype.Field
		for i := range 1 + r.IntN(3) {
			fields = append(fields, dtype.Field{Name: fmt.Sprintf("f%d", i), Type: randomType(r, deep-1)})
		}
		return dtype.StructOf(fields...)
	}
}

// profile says what random values are like: how often null, and from how many distinct ones.
type profile struct {
	nulls    float64
	distinct int
}

// randomScalar returns a value of t that a Parquet file can hold.
func randomScalar(r *rand.Rand, t dtype.Type, p profile) data.Scalar {
	s := data.Scalar{Type: t}
	if t.Kind == dtype.Null || r.Float64() < p.nulls {
		return data.NullScalar(t)
	}
	pick := r.Int64()
	if p.distinct > 0 {
		pick = int64(r.IntN(p.distinct)) * 0x1234567
	} else if r.IntN(4) == 0 {
		pick = -pick
	}
	inner := func(t dtype.Type) data.Scalar { return randomScalar(r, t, p) }
	switch t.Kind {
	case dtype.Bool:
		s.I.Lo = uint64(pick>>3) & 1
	case dtype.Int8, dtype.Int16, dtype.Int32, dtype.Date:
		s.I = data.Int128From(pick << (64 - 8*t.Phys().Width()) >> (64 - 8*t.Phys().Width()))
	case dtype.Uint8, dtype.Uint16, dtype.Uint32, dtype.Uint64:
		s.I.Lo = uint64(pick) << (64 - 8*t.Phys().Width()) >> (64 - 8*t.Phys().Width())
	case dtype.Decimal:
		limit := int64(math.Pow10(min(int(t.Precision), 18)))
		s.I = data.Int128From(pick % limit)
	case dtype.Timestamp:
		s.I = data.Int128From(pick)
		if t.Unit == dtype.Second {
			s.I = data.Int128From(pick / 2000)
		}
	case dtype.Int128:
		s.I = data.Int128{Lo: uint64(pick), Hi: pick >> 8}
	case dtype.Time:
		s.I = data.Int128From(int64(uint64(pick) % 86_400_000_000))
	case dtype.Int64, dtype.Duration:
		s.I = data.Int128From(pick)
	case dtype.UUID:
		s.I = data.Int128{Lo: uint64(pick) * 3, Hi: pick}
	case dtype.Enum:
		s.I.Lo = uint64(pick>>4) % uint64(len(t.Values))
	case dtype.Float32:
		s.F = float64(math.Float32frombits(uint32(pick)))
	case dtype.Float64:
		s.F = math.Float64frombits(uint64(pick))
		if r.IntN(3) == 0 {
			s.F = []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), 1.5}[r.IntN(5)]
		}
	case dtype.Interval:
		s.Iv = data.Interval{Months: int32(pick), Days: int32(pick >> 32), Micros: pick * 3}
	case dtype.String, dtype.JSON, dtype.Binary:
		s.S = randomText(r, pick, p, t.Kind == dtype.Binary)
	case dtype.List, dtype.Map:
		for range r.IntN(4) {
			if t.Kind == dtype.List {
				s.Kids = append(s.Kids, inner(t.Elem()))
				continue
			}
			key := randomScalar(r, t.Fields[0].Type, profile{distinct: p.distinct})
			s.Kids = append(s.Kids, data.Scalar{Type: t.Elem(), Kids: []data.Scalar{key, inner(t.Fields[1].Type)}})
		}
	case dtype.Array:
		for range t.Len {
			s.Kids = append(s.Kids, inner(t.Elem()))
		}
	case dtype.Struct:
		for _, f := range t.Fields {
			s.Kids = append(s.Kids, inner(f.Type))
		}
	}
	return s
}

func randomText(r *rand.Rand, pick int64, p profile, binary bool) string {
	text := fmt.Sprintf("%dé%d", pick, pick>>7)
	n := int(uint64(pick) % 90)
	for len(text) < n {
		text += "žx" + text
	}
	if binary {
		return text + string([]byte{0xff, byte(pick)})
	}
	if n < 5 {
		return "abcdefgh"[:n]
	}
	return text
}

// randomBatches makes rows of the schema, in batches of random lengths and forms.
func randomBatches(r *rand.Rand, s dtype.Schema, rows int) []*data.Batch {
	profiles := make([]profile, s.Len())
	for i, f := range s.Fields {
		profiles[i] = profile{[]float64{0, 0.1, 0.5, 1}[r.IntN(4)], []int{0, 0, 3, 200}[r.IntN(4)]}
		if f.Required {
			profiles[i].nulls = 0
		}
	}
	var out []*data.Batch
	for rows > 0 {
		n := min(rows, 1+r.IntN(data.BatchRows))
		b := &data.Batch{Len: n}
		for i, f := range s.Fields {
			b.Cols = append(b.Cols, randomColumn(r, f.Type, profiles[i], n))
		}
		out = append(out, b)
		rows -= n
	}
	return out
}

func randomColumn(r *rand.Rand, t dtype.Type, p profile, n int) *data.Column {
	build := func(n int, p profile) *data.Column {
		b := data.NewBuilder(t, n)
		for range n {
			b.AppendScalar(randomScalar(r, t, p))
		}
		return b.Build()
	}
	switch r.IntN(6) {
	case 0:
		return data.ConstColumn(randomScalar(r, t, p), n)
	case 1:
		if t.Kind == dtype.Null || p.nulls == 1 {
			break
		}
		values := build(7, profile{distinct: p.distinct})
		if values.HasNulls() {
			break
		}
		codes := make([]uint32, n)
		valid := data.NewBitmap(n)
		for i := range codes {
			codes[i] = uint32(r.IntN(7))
			valid.SetTo(i, r.Float64() >= p.nulls)
		}
		if p.nulls == 0 {
			valid = nil
		}
		return data.DictColumn(values, codes, valid)
	}
	return build(n, p)
}

// write stores the batches as a file of fs.
func write(fs *memFS, path string, s dtype.Schema, batches []*data.Batch, opts spi.Options) error {
	ctx := context.Background()
	sink, err := Format{}.OpenSink(ctx, fs, path, opts)
	if err != nil {
		return err
	}
	l, err := sink.Begin(ctx, spi.LoadSpec{Schema: s})
	if err != nil {
		return err
	}
	w, err := l.Writer(ctx)
	if err != nil {
		return err
	}
	for _, b := range batches {
		if err := w.Write(ctx, b); err != nil {
			return err
		}
	}
	receipt, err := w.Close(ctx)
	if err != nil {
		return err
	}
	return l.Commit(ctx, []spi.Receipt{receipt})
}

func canonBatches(batches []*data.Batch, cols int) [][]string {
	out := make([][]string, cols)
	for _, b := range batches {
		for i, c := range b.Cols {
			out[i] = append(out[i], canonColumn(c)...)
		}
	}
	return out
}

func randomSinkOptions(r *rand.Rand) spi.Options {
	return spi.Options{"compression": []string{"snappy", "zstd", "gzip", "lz4_raw", "none"}[r.IntN(5)], "page_version": int64(1 + r.IntN(2)),
		"row_group_size": int64([]int{100, 1000, 122880}[r.IntN(3)]), "page_size": int64([]int{64, 1000, 1 << 20}[r.IntN(3)]),
		"dictionary": r.IntN(3) > 0}
}

func seedOf(t testing.TB) uint64 {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return seed
}

// checkRows compares a table with what was written.
func checkRows(t *testing.T, tab spi.Table, want [][]string) {
	t.Helper()
	got := make([][]string, len(want))
	err := readAll(tab, spi.ScanSpec{Cols: allCols(tab), Limit: -1}, func(b *data.Batch) {
		for i, c := range b.Cols {
			got[i] = append(got[i], canonColumn(c)...)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if len(got[i]) != len(want[i]) {
			t.Fatalf("column %s: %d rows, want %d", tab.Schema().Fields[i].Name, len(got[i]), len(want[i]))
		}
		for k := range want[i] {
			if got[i][k] != want[i][k] {
				t.Fatalf("column %s %s row %d: got %.200s, want %.200s", tab.Schema().Fields[i].Name, tab.Schema().Fields[i].Type, k, got[i][k], want[i][k])
			}
		}
	}
}

func testRoundTrip(t *testing.T, seed uint64, deep int) {
	r := rand.New(rand.NewPCG(seed, 1))
	var s dtype.Schema
	for i := range 1 + r.IntN(5) {
		s.Fields = append(s.Fields, dtype.Field{Name: fmt.Sprintf("c%d", i), Type: randomType(r, deep)})
	}
	for i := range s.Fields {
		s.Fields[i].Required = r.IntN(4) == 0 && s.Fields[i].Type.Kind != dtype.Null
	}
	batches := randomBatches(r, s, 1+r.IntN(3000))
	opts := randomSinkOptions(r)
	fs := newMemFS()
	if err := write(fs, "f.parquet", s, batches, opts); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	tab, err := openPaths(fs, nil, "f.parquet")
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	if !tab.Schema().Equal(s) {
		t.Fatalf("seed %d: schema\n%s, want\n%s", seed, tab.Schema(), s)
	}
	defer func() {
		if t.Failed() {
			t.Logf("seed %d, options %v, schema %s", seed, opts, s)
		}
	}()
	checkRows(t, tab, canonBatches(batches, s.Len()))
}

func TestEveryFlatTypeSurvivesARoundTrip(t *testing.T) {
	for i := range uint64(25) {
		testRoundTrip(t, seedOf(t)+i, 0)
	}
}

func TestNestedColumnsSurviveARoundTrip(t *testing.T) {
	for i := range uint64(25) {
		testRoundTrip(t, seedOf(t)+i, 3)
	}
}
