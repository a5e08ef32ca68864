package parquet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// chosen is a set of row numbers that can be visited in order.
type chosen struct{ list []int64 }

func (c *chosen) Tester() spi.Tester { return c }
func (c *chosen) Reset()             {}
func (c *chosen) Select(dst, rows []uint32, cols []*data.Column) []uint32 {
	for _, r := range rows {
		if _, ok := slices.BinarySearch(c.list, cols[0].Value(int(r)).Int64()); ok {
			dst = append(dst, r)
		}
	}
	return dst
}

func (c *chosen) From(v int64) (int64, bool) {
	i, _ := slices.BinarySearch(c.list, v)
	if i == len(c.list) {
		return 0, false
	}
	return c.list[i], true
}

// Rows have the numbers of their order over all files, whatever else a scan leaves out, and a scan that hears of numbers delivers exactly those rows.
func TestRowsAreFoundAgainByTheirNumbers(t *testing.T) {
	seed := seedOf(t)
	for round := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, round))
		fs, schema := newMemFS(), dtype.NewSchema(dtype.Field{Name: "n", Type: dtype.Of(dtype.Int64)}, dtype.Field{Name: "s", Type: dtype.Of(dtype.String)})
		var paths []string
		total := int64(0)
		for range 1 + r.IntN(3) {
			n, s := data.NewBuilder(schema.Fields[0].Type, 0), data.NewBuilder(schema.Fields[1].Type, 0)
			for range r.IntN(1500) {
				n.AppendScalar(data.IntScalar(schema.Fields[0].Type, total))
				s.AppendScalar(data.StringScalar(fmt.Sprint("text ", total)))
				total++
			}
			path := fmt.Sprint("f", len(paths))
			var batches []*data.Batch
			if rows := n.Len(); rows > 0 {
				batches = append(batches, &data.Batch{Cols: []*data.Column{n.Build(), s.Build()}, Len: rows})
			}
			if err := write(fs, path, schema, batches, randomSinkOptions(r)); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		tab, err := openPaths(fs, nil, paths...)
		if err != nil {
			t.Fatal(err)
		}
		with := tab.(spi.RowTable).Numbered()
		if with != tab.(spi.RowTable).Numbered() {
			t.Fatal("the table with numbers is another one each time")
		}
		want := &chosen{}
		for n := range total {
			if r.IntN(100) < []int{1, 30, 100}[round%3] {
				want.list = append(want.list, n)
			}
		}
		spec := spi.ScanSpec{Cols: []int{2, 1, 0}, Limit: -1, Dynamic: &spi.Dynamic{}}
		spec.Dynamic.Slot().Tighten(nil, spi.KeySet{Cols: []int{2}, Members: want, Share: 0.5})
		least := int64(0)
		if round%2 == 0 {
			least = total / 3
			spec.Where = []spi.Pred{{Op: spi.PredGe, Col: 0, Values: []data.Scalar{data.IntScalar(schema.Fields[0].Type, least)}}}
		}
		var got []int64
		err = readAll(with, spec, func(b *data.Batch) {
			for i := range b.Len {
				id, n := b.Cols[0].Value(i).Int64(), b.Cols[2].Value(i).Int64()
				if id != n || b.Cols[1].Value(i).S != fmt.Sprint("text ", n) {
					t.Fatalf("seed %d round %d: row %d has the number %d and %s", seed, round, n, id, b.Cols[1].Value(i).S)
				}
				got = append(got, id)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		from, _ := slices.BinarySearch(want.list, least)
		if !slices.Equal(got, want.list[from:]) {
			t.Fatalf("seed %d round %d: %d rows of %d came", seed, round, len(got), len(want.list)-from)
		}
		s, err := with.Stats(t.Context())
		if c := s.Cols[2]; err != nil || total > 0 && (!c.HasBounds || c.Min.Int64() != 0 || c.Max.Int64() != total-1) {
			t.Fatalf("seed %d round %d: the numbers have bounds %v, %v, for %d rows", seed, round, c.Min, c.Max, total)
		}
	}
}
