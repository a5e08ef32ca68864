package op

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

func TestDistinctKeepsTheAskedRowOfEachGroup(t *testing.T) {
	in := cols(0, tInt, tString, tFloat)
	rows := randomRows(seeded(t), 900, 12, 0.2, types(in)...)
	for _, on := range [][]int{nil, {0}, {1}, {1, 0}} {
		for _, keep := range []defs.Keep{defs.KeepFirst, defs.KeepLast, defs.KeepNone} {
			at := on
			if on == nil {
				at = []int{0, 1, 2}
			}
			kept := map[int]bool{}
			for _, g := range groupNaively(rows, at) {
				switch {
				case keep == defs.KeepFirst:
					kept[g[0]] = true
				case keep == defs.KeepLast:
					kept[g[len(g)-1]] = true
				case len(g) == 1:
					kept[g[0]] = true
				}
			}
			var want rowsOf
			for i, r := range rows {
				if kept[i] {
					want = append(want, r)
				}
			}
			t.Run(fmt.Sprint(on, keep), func(t *testing.T) {
				matrix(t, want, func(v variant) phys.Node {
					n := &phys.Distinct{Input: source(v, rows, in), Keep: keep, Ordered: true}
					for _, c := range on {
						n.On = append(n.On, in[c].ID)
					}
					n.Out = in
					return n
				})
			})
		}
	}
}

func TestUnnestPadsShorterListsAndKeepsEmptyRowsWhenOuter(t *testing.T) {
	list := dtype.ListOf(tInt)
	in := cols(0, tString, list, dtype.ListOf(tString))
	a, b := cols(10, tInt)[0], cols(11, tString)[0]
	rows := randomRows(seeded(t), 400, 20, 0.2, types(in)...)
	for _, outer := range []bool{false, true} {
		var want rowsOf
		for _, r := range rows {
			n := max(len(r[1].Kids), len(r[2].Kids))
			if n == 0 && outer {
				n = 1
			}
			for k := range n {
				row := []data.Scalar{r[0], {Null: true}, {Null: true}}
				for j := 1; j <= 2; j++ {
					if k < len(r[j].Kids) {
						row[j] = r[j].Kids[k]
					}
				}
				want = append(want, row)
			}
		}
		matrix(t, want, func(v variant) phys.Node {
			n := &phys.Unnest{Input: source(v, rows, in), Outer: outer, Drop: []expr.ColID{in[1].ID, in[2].ID},
				Items: []plan.Item{{Col: a, Expr: ref(in[1])}, {Col: b, Expr: ref(in[2])}}}
			n.Out = []expr.Col{in[0], a, b}
			return n
		})
	}
}

func TestSharedRunsItsInputOnce(t *testing.T) {
	in := cols(0, tInt, tString)
	rows := randomRows(seeded(t), 300, 20, 0.2, types(in)...)
	want := append(append(rowsOf{}, rows...), rows...)
	opened := 0
	build := func(v variant) phys.Node {
		s := source(v, rows, in)
		opened = 0
		s.Table.(*testTable).opened = &opened
		u := &phys.Union{}
		for range 2 {
			x := &phys.Shared{Key: 3, Input: s}
			x.Out = in
			u.Ins = append(u.Ins, x)
		}
		u.Out = in
		return u
	}
	matrix(t, want, build)
	collect(t, build(variants[0]), 1)
	if opened != 1 {
		t.Errorf("the input was scanned %d times", opened)
	}
}

// testSink records what is loaded.
type testSink struct {
	mu        sync.Mutex
	parallel  bool
	failAt    int
	written   int
	loaded    rowsOf
	committed bool
	aborted   bool
	writers   int
	begun     int
}

func (s *testSink) Begin(context.Context, spi.LoadSpec) (spi.Load, error) { s.begun++; return s, nil }
func (s *testSink) Parallel() bool                                        { return s.parallel }
func (s *testSink) Writer(context.Context) (spi.Writer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writers++
	return &testSinkWriter{s}, nil
}
func (s *testSink) Commit(_ context.Context, r []spi.Receipt) error {
	n := int64(0)
	for _, x := range r {
		n += x.Rows
	}
	if s.writers != 0 || int(n) != len(s.loaded) {
		return fmt.Errorf("%d writers are open, receipts of %d rows for %d", s.writers, n, len(s.loaded))
	}
	s.committed = true
	return nil
}
func (s *testSink) Abort(ctx context.Context) error {
	if ctx.Err() != nil || s.writers != 0 {
		return errors.New("abort with a cancelled context or open writers")
	}
	s.aborted = true
	return nil
}

type testSinkWriter struct{ s *testSink }

func (w *testSinkWriter) Write(_ context.Context, b *data.Batch) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.failAt > 0 && len(w.s.loaded) >= w.s.failAt {
		return errors.New("disk full")
	}
	w.s.loaded = append(w.s.loaded, toRows([]*data.Batch{b}, nil)...)
	return nil
}
func (w *testSinkWriter) Close(context.Context) (spi.Receipt, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.writers--
	r := spi.Receipt{Rows: int64(len(w.s.loaded) - w.s.written)}
	w.s.written = len(w.s.loaded)
	return r, nil
}

func writeOf(in phys.Node, s spi.Sink) phys.Node {
	n := &phys.Write{Input: in, Sink: s}
	n.Out = cols(90, tInt)
	return n
}

func TestWriteCommitsOnceWithAllRowsAndInOrderUnlessParallel(t *testing.T) {
	in := cols(0, tInt, tString)
	rows := randomRows(seeded(t), 700, 20, 0.2, types(in)...)
	for _, v := range variants {
		for _, parallel := range []bool{false, true} {
			for _, r := range []rowsOf{rows, nil} {
				s := &testSink{parallel: parallel}
				got := collect(t, writeOf(source(v, r, in), s), v.threads)
				sameRows(t, v.String(), got, rowsOf{{data.IntScalar(tInt, int64(len(r)))}})
				if !s.committed || s.aborted || s.begun != 1 {
					t.Fatalf("committed %v, aborted %v, begun %d times", s.committed, s.aborted, s.begun)
				}
				if parallel {
					sameSet(t, v.String(), s.loaded, r)
				} else {
					sameRows(t, v.String(), s.loaded, r)
				}
			}
		}
	}
}

func TestWriteAbortsOnAnErrorOfTheSinkAndOnCancel(t *testing.T) {
	in := cols(0, tInt, tString)
	rows := randomRows(seeded(t), 5000, 20, 0.2, types(in)...)
	for _, v := range variants {
		for _, parallel := range []bool{false, true} {
			s := &testSink{parallel: parallel, failAt: 300}
			_, err := Collect(t.Context(), number(writeOf(source(v, rows, in), s)), Options{Threads: v.threads})
			if err == nil || err.Error() != "disk full" || s.committed || !s.aborted {
				t.Fatalf("%s: error %v, committed %v, aborted %v", v, err, s.committed, s.aborted)
			}
			s = &testSink{parallel: parallel}
			ctx, cancel := context.WithCancel(t.Context())
			x := source(v, rows, in)
			x.Table.(*testTable).cancel = func(row int) {
				if row > 2500 {
					cancel()
				}
			}
			_, err = Collect(ctx, number(writeOf(x, s)), Options{Threads: v.threads})
			if !errors.Is(err, context.Canceled) || s.committed || s.begun > 0 && !s.aborted {
				t.Fatalf("%s: error %v, committed %v, aborted %v", v, err, s.committed, s.aborted)
			}
			cancel()
		}
	}
}

func TestADistinctThatCannotSpillFailsAndLeavesNothing(t *testing.T) {
	in := cols(0, tInt, tString, tInt)
	rows := numbered(seeded(t), 30_000, tInt, tString)
	for _, on := range [][]int{nil, {1}} {
		failSpilling(t, 4<<20, func() phys.Node {
			d := &phys.Distinct{Input: tableOf(rows, in), Keep: defs.KeepLast}
			for _, k := range on {
				d.On = append(d.On, in[k].ID)
			}
			d.Out = in
			return d
		})
	}
}
