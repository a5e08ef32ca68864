package parquet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// judge is a row test that evaluates a predicate value by value. Its columns are those of at, in that order.
type judge struct {
	p  spi.Pred
	at []int
}

func (j judge) Select(_ context.Context, cols []*data.Column, n int) (rows []uint32, all bool, err error) {
	for i := range n {
		if passes(j.p, func(c int) data.Scalar { return cols[slices.Index(j.at, c)].Value(i) }) == 1 {
			rows = append(rows, uint32(i))
		}
	}
	return rows, len(rows) == n && n > 0, nil
}

// TestScansApplyTheTestsOfTheEngine compares the rows that come with those that pass, for tests of one column and of several, that nulls pass and fail,
// on columns that are read and that are not, beside predicates and runtime filters that change while the scan runs.
func TestScansApplyTheTestsOfTheEngine(t *testing.T) {
	seed := seedOf(t)
	kept, dropped := 0, 0
	for round := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, round))
		s := flatSchema(r, 2+r.IntN(3))
		batches := sortedBatches(r, s, 1+r.IntN(30_000/(1+9*r.IntN(2))))
		full := dtype.NewSchema(append(slices.Clone(s.Fields), dtype.Field{Name: "n", Type: dtype.Of(dtype.Int64)})...)
		rows := numberRows(batches)
		fs := newMemFS()
		if err := write(fs, "f", full, batches, randomSinkOptions(r)); err != nil {
			t.Fatal(err)
		}
		tab, err := openPaths(fs, nil, "f")
		if err != nil {
			t.Fatal(err)
		}
		spec := spi.ScanSpec{Cols: []int{s.Len()}, Limit: -1, Dynamic: &spi.Dynamic{}}
		for c := range s.Len() {
			if r.IntN(2) == 0 {
				spec.Cols = append(spec.Cols, c)
			}
		}
		for range r.IntN(2) {
			spec.Where = append(spec.Where, randomPred(r, s, rows, 1))
		}
		all := slices.Clone(spec.Where)
		for range 1 + r.IntN(3) {
			p := randomPred(r, s, rows, 1)
			all = append(all, p)
			at := p.Columns(nil)
			spec.Tests = append(spec.Tests, spi.RowTest{Cols: at, New: func() spi.RowTester { return judge{p, at} }})
		}
		slot, bound := spec.Dynamic.Slot(), int64(len(rows))
		came := map[int64]bool{}
		err = readAll(tab, spec, func(b *data.Batch) {
			for i := range b.Len {
				n := b.Cols[0].Value(i).Int64()
				came[n] = true
				for k, c := range spec.Cols[1:] {
					if got, want := b.Cols[k+1].Value(i), rows[n][c]; canonOne(got) != canonOne(want) {
						t.Fatalf("seed %d round %d: row %d has %s in column %d, want %s", seed, round, n, canonOne(got), c, canonOne(want))
					}
				}
			}
			if r.IntN(3) == 0 {
				bound -= bound / 8
				slot.Tighten([]spi.Pred{{Op: spi.PredLe, Col: s.Len(), Values: []data.Scalar{data.IntScalar(dtype.Of(dtype.Int64), bound)}}})
			}
		})
		if err != nil {
			t.Fatalf("seed %d round %d: %v", seed, round, err)
		}
		for n, row := range rows {
			pass := true
			for _, p := range all {
				pass = pass && passes(p, func(c int) data.Scalar { return row[c] }) == 1
			}
			switch got := came[int64(n)]; {
			case got && !pass:
				t.Fatalf("seed %d round %d: row %d came and fails a test", seed, round, n)
			case !got && pass && int64(n) <= bound:
				t.Fatalf("seed %d round %d: row %d of %d did not come", seed, round, n, len(rows))
			case got:
				kept++
			default:
				dropped++
			}
		}
	}
	if kept < 1000 || dropped < 1000 {
		t.Errorf("the tests kept %d rows and dropped %d", kept, dropped)
	}
}

// TestATestSeesAValueOfADictionaryOnce counts what is asked of a test on a column with few values.
func TestATestSeesAValueOfADictionaryOnce(t *testing.T) {
	fs := newMemFS()
	const total, groups = 40_000, 4
	var batches []*data.Batch
	for lo := 0; lo < total; lo += 2000 {
		b := data.NewBuilder(dtype.Of(dtype.String), 2000)
		for i := range 2000 {
			b.AppendScalar(data.StringScalar(fmt.Sprintf("value %d", (lo+i)%7)))
		}
		batches = append(batches, &data.Batch{Cols: []*data.Column{b.Build()}, Len: 2000})
	}
	schema := dtype.NewSchema(dtype.Field{Name: "s", Type: dtype.Of(dtype.String)})
	if err := write(fs, "f", schema, batches, spi.Options{"row_group_size": int64(total / groups)}); err != nil {
		t.Fatal(err)
	}
	tab, err := openPaths(fs, nil, "f")
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{}
	spec := everything(tab)
	spec.Tests = []spi.RowTest{{Cols: []int{0}, New: func() spi.RowTester { return c }}}
	rows := 0
	if err := readAll(tab, spec, func(b *data.Batch) { rows += b.Len }); err != nil {
		t.Fatal(err)
	}
	if want := (total + 6) / 7; rows != want {
		t.Errorf("%d rows came, want %d", rows, want)
	}
	if most := groups*7 + groups; c.asked > most { // and a null once a reader
		t.Errorf("the test was asked about %d values, which is more than %d", c.asked, most)
	}
}

// counter lets one text through.
type counter struct{ asked int }

func (c *counter) Select(_ context.Context, cols []*data.Column, n int) (rows []uint32, all bool, err error) {
	c.asked += n
	for i := range n {
		if v := cols[0].Value(i); !v.Null && v.S == "value 0" {
			rows = append(rows, uint32(i))
		}
	}
	return rows, false, nil
}
