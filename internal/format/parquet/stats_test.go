package parquet

import (
	"math"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// TestBoundsAreExactWhereTheWriterLeavesNoDoubt reads the statistics of columns whose bounds are values, and of those whose bounds may be wider.
func TestBoundsAreExactWhereTheWriterLeavesNoDoubt(t *testing.T) {
	long := strings.Repeat("long ", 100)
	for name, c := range map[string]struct {
		typ   dtype.Type
		vals  []data.Scalar
		exact bool
	}{
		"whole numbers": {dtype.Of(dtype.Int64), []data.Scalar{data.IntScalar(dtype.Of(dtype.Int64), 3), data.IntScalar(dtype.Of(dtype.Int64), -5)}, true},
		"short text":    {dtype.Of(dtype.String), []data.Scalar{data.StringScalar("b"), data.StringScalar("a")}, true},
		"long text":     {dtype.Of(dtype.String), []data.Scalar{data.StringScalar("a"), data.StringScalar(long)}, false},
		"floats":        {dtype.Of(dtype.Float64), []data.Scalar{data.FloatScalar(1), data.FloatScalar(2)}, false},
		"zeros":         {dtype.Of(dtype.Float64), []data.Scalar{data.FloatScalar(0), data.FloatScalar(math.NaN())}, false},
		"nulls":         {dtype.Of(dtype.Int64), []data.Scalar{data.NullScalar(dtype.Of(dtype.Int64))}, false},
	} {
		b := data.NewBuilder(c.typ, len(c.vals))
		for _, v := range c.vals {
			b.AppendScalar(v)
		}
		batch := &data.Batch{Cols: []*data.Column{b.Build()}, Len: len(c.vals)}
		fs := newMemFS()
		schema := dtype.NewSchema(dtype.Field{Name: "c", Type: c.typ})
		for _, file := range []string{"f", "g"} {
			if err := write(fs, file, schema, []*data.Batch{batch}, spi.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		tab, err := openPaths(fs, nil, "f", "g")
		if err != nil {
			t.Fatal(err)
		}
		s, err := tab.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Cols[0].Exact != c.exact {
			t.Errorf("%s: exact %v, want %v: %+v", name, s.Cols[0].Exact, c.exact, s.Cols[0])
		}
		// A file of another writer, which says nothing about its bounds or that they are cut off.
		for said, want := range map[exactness]bool{exactUnsaid: c.exact && c.typ.Kind != dtype.String, exactNo: false} {
			st := &tab.(*table).files[1].meta.groups[0].chunks[0].stats
			st.minIs, st.maxIs = exactYes, said
			if s, err = tab.Stats(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.Cols[0].Exact != want {
				t.Errorf("%s, the writer said %d: exact %v, want %v", name, said, s.Cols[0].Exact, want)
			}
		}
	}
}
