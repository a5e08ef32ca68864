package op

import (
	"context"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

func limitOf(in phys.Node, offset, count int64) *phys.Limit {
	n := &phys.Limit{Input: in, Offset: offset, Count: count}
	n.Out = in.Info().Out
	return n
}

func filterNotNull(in phys.Node, c expr.Col) *phys.Filter {
	n := &phys.Filter{Input: in, Conds: []expr.Expr{&expr.IsNull{Arg: ref(c), Negate: true}}}
	n.Out = in.Info().Out
	return n
}

func TestScanYieldsTheRowsInOrder(t *testing.T) {
	out := cols(0, tInt, tString, tFloat)
	rows := randomRows(seeded(t), 700, 50, 0.1, tInt, tString, tFloat)
	matrix(t, rows, func(v variant) phys.Node { return source(v, rows, out) })
}

func TestFilterKeepsRowsAndDropsColumnsThatNobodyWants(t *testing.T) {
	out := cols(0, tInt, tString)
	rows := randomRows(seeded(t), 700, 50, 0.3, tInt, tString)
	var want rowsOf
	for _, r := range rows {
		if !r[0].Null {
			want = append(want, r[1:])
		}
	}
	matrix(t, want, func(v variant) phys.Node {
		f := filterNotNull(source(v, rows, out), out[0])
		f.Out = out[1:]
		return f
	})
}

func TestProjectComputesAndReorders(t *testing.T) {
	in := cols(0, tInt, tString)
	out := cols(10, tString, tBool, tString)
	rows := randomRows(seeded(t), 500, 50, 0.3, tInt, tString)
	var want rowsOf
	for _, r := range rows {
		want = append(want, []data.Scalar{r[1], data.BoolScalar(r[0].Null), r[1]})
	}
	matrix(t, want, func(v variant) phys.Node {
		p := &phys.Project{Input: source(v, rows, in), Items: []plan.Item{{Col: out[0], Expr: ref(in[1])},
			{Col: out[1], Expr: &expr.IsNull{Arg: ref(in[0])}}, {Col: out[2], Expr: ref(in[1])}}}
		p.Out = out
		return p
	})
}

func TestLimitTakesTheFirstRowsOfTheSource(t *testing.T) {
	out := cols(0, tInt, tString)
	rows := randomRows(seeded(t), 900, 50, 0.2, tInt, tString)
	var kept rowsOf
	for _, r := range rows {
		if !r[0].Null {
			kept = append(kept, r)
		}
	}
	for _, c := range [][2]int64{{0, 10}, {0, 0}, {5, 20}, {300, 200}, {100, -1}, {2000, 5}, {0, 5000}} {
		lo := min(c[0], int64(len(kept)))
		hi := int64(len(kept))
		if c[1] >= 0 {
			hi = min(hi, lo+c[1])
		}
		matrix(t, kept[lo:hi], func(v variant) phys.Node {
			return limitOf(filterNotNull(source(v, rows, out), out[0]), c[0], c[1])
		})
	}
}

func TestLimitStopsTheSourceEarly(t *testing.T) {
	out := cols(0, tInt)
	rows := randomRows(seeded(t), 100_000, 50, 0, tInt)
	s := source(variant{100, 1, false}, rows, out)
	reads := 0
	s.Table.(*testTable).cancel = func(int) { reads++ }
	collect(t, limitOf(s, 0, 250), 1)
	if reads > 10 {
		t.Errorf("%d batches were read for 250 rows", reads)
	}
}

func TestUnionKeepsTheOrderOfItsInputsAndLimitsApplyToTheirOwnInput(t *testing.T) {
	out := cols(0, tInt, tString)
	r := seeded(t)
	a, b, c := randomRows(r, 300, 50, 0.2, tInt, tString), randomRows(r, 333, 50, 0.2, tInt, tString), randomRows(r, 100, 50, 0, tInt, tString)
	want := append(append(append(rowsOf{}, a...), b[:40]...), c...)
	union := func(ins ...phys.Node) *phys.Union {
		u := &phys.Union{Ins: ins}
		u.Out = out
		return u
	}
	build := func(v variant) phys.Node {
		return union(union(source(v, a, out), limitOf(source(v, b, out), 0, 40)), source(v, c, out))
	}
	matrix(t, want, build)
	matrix(t, want[250:400], func(v variant) phys.Node { return limitOf(build(v), 250, 150) })
}

func TestRowIndexNumbersRowsInOrder(t *testing.T) {
	in := cols(0, tInt, tString)
	out := append(cols(9, tInt), in...)
	rows := randomRows(seeded(t), 800, 50, 0.3, tInt, tString)
	var want rowsOf
	for _, r := range rows {
		if !r[0].Null {
			want = append(want, append([]data.Scalar{data.IntScalar(tInt, int64(len(want))+7)}, r...))
		}
	}
	matrix(t, want, func(v variant) phys.Node {
		n := &phys.RowIndex{Input: filterNotNull(source(v, rows, in), in[0]), Col: out[0], Offset: 7}
		n.Out = out
		return n
	})
}

func TestValuesYieldsConstantRows(t *testing.T) {
	out := cols(0, tInt, tString)
	rows := randomRows(seeded(t), 20, 10, 0.2, tInt, tString)
	matrix(t, rows, func(variant) phys.Node {
		n := &phys.Values{}
		n.Out = out
		for _, r := range rows {
			n.Rows = append(n.Rows, []expr.Expr{&expr.Lit{Value: r[0]}, &expr.Lit{Value: r[1]}})
		}
		return n
	})
}

func TestMemoryYieldsItsBatchesCutToSize(t *testing.T) {
	out := cols(0, tInt)
	rows := randomRows(seeded(t), 9000, 50, 0.1, tInt)
	var bs []*data.Batch
	for _, part := range []rowsOf{rows[:5000], rows[5000:5001], rows[5001:]} {
		vals := make([]data.Scalar, len(part))
		for i, r := range part {
			vals[i] = r[0]
		}
		bs = append(bs, &data.Batch{Len: len(part), Cols: []*data.Column{toColumn(nil, tInt, vals)}})
	}
	n := &phys.Memory{Batches: bs}
	n.Out = out
	matrix(t, rows, func(variant) phys.Node { return n })
}

func TestRunDeliversInOrderOnTheCallingGoroutineAndStopsWhenAsked(t *testing.T) {
	out := cols(0, tInt, tString)
	rows := randomRows(seeded(t), 3000, 50, 0.1, tInt, tString)
	for _, v := range variants {
		var got rowsOf
		err := Run(context.Background(), number(source(v, rows, out)), Options{Threads: v.threads}, func(b *data.Batch) error {
			got = append(got, toRows([]*data.Batch{b}, out)...)
			if len(got) > 1000 {
				return exec.Stop
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, v.String(), got, rows[:len(got)])
		if len(got) <= 1000 {
			t.Errorf("%s: only %d rows", v, len(got))
		}
	}
}

// residualTable applies no predicate and says so.
type residualTable struct {
	*testTable
	specs *[][]int
}

type residualScan struct {
	spi.Scan
	where []spi.Pred
	cols  []int
}

func (t residualTable) Scan(ctx context.Context, s spi.ScanSpec) (spi.Scan, error) {
	*t.specs = append(*t.specs, s.Cols)
	scan, err := t.testTable.Scan(ctx, s)
	return &residualScan{scan, s.Where, s.Cols}, err
}
func (s *residualScan) Residual() []spi.Pred { return s.where }
func (s *residualScan) Open(ctx context.Context, x spi.Split) (spi.Reader, error) {
	r, err := s.Scan.Open(ctx, x)
	return &residualReader{r, s.cols}, err
}

type residualReader struct {
	spi.Reader
	cols []int
}

func (r *residualReader) Read(ctx context.Context) (*data.Batch, error) {
	b, err := r.Reader.Read(ctx)
	if err != nil {
		return nil, err
	}
	out := &data.Batch{Len: b.Len}
	for _, c := range r.cols {
		out.Cols = append(out.Cols, b.Cols[c])
	}
	return out, nil
}

func TestScanFiltersWhatTheTableDoesNotAlsoByColumnsThatNobodyWants(t *testing.T) {
	all := cols(0, tInt, tString)
	rows := randomRows(seeded(t), 600, 30, 0.2, tInt, tString)
	var want rowsOf
	for _, r := range rows {
		if !r[0].Null && r[0].Int64() >= 5 {
			want = append(want, r[1:])
		}
	}
	for _, v := range variants {
		s := source(v, rows, all)
		var specs [][]int
		s.Table = residualTable{s.Table.(*testTable), &specs}
		s.Out, s.Source = all[1:], []int{1}
		s.Where = []spi.Pred{{Op: spi.PredGe, Col: 0, Values: []data.Scalar{data.IntScalar(tInt, 5)}}}
		sameRows(t, v.String(), collect(t, s, v.threads), want)
		if len(specs) != 2 || len(specs[1]) != 2 {
			t.Errorf("scans were of columns %v", specs)
		}
	}
}
