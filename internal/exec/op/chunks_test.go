package op

import (
	"context"
	"io"
	"sync"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

func TestFewRowsAreSharedOutInWholeBatches(t *testing.T) {
	for _, c := range []struct{ n, threads, want int }{{0, 2, data.BatchRows}, {3 * data.BatchRows, 2, data.BatchRows},
		{17 * data.BatchRows, 2, 2 * data.BatchRows}, {1 << 22, 2, morselRows}, {20 * data.BatchRows, 1, 5 * data.BatchRows}} {
		if got := wholeBatches(sharedRows(c.n, c.threads)); got != c.want {
			t.Errorf("%d rows for %d workers: morsels of %d rows, not %d", c.n, c.threads, got, c.want)
		}
	}
	const n = 5*data.BatchRows + 1
	src, at := &chunks{list: []chunk{{n: n}}, rows: wholeBatches(sharedRows(n, 7))}, 0
	for tasks := 0; ; tasks++ {
		got, err := src.Next(t.Context())
		if err == io.EOF {
			if at != n || tasks != 6 {
				t.Errorf("%d of %d rows in %d morsels", at, n, tasks)
			}
			return
		}
		if x := got.(chunkTask); x.lo != at || x.hi <= x.lo {
			t.Fatalf("rows %d to %d follow row %d", x.lo, x.hi, at)
		} else {
			at = x.hi
		}
	}
}

// morselSink notes which morsels bring rows, and how many rows there are.
type morselSink struct {
	mu      sync.Mutex
	morsels map[uint64]bool
	rows    int
}

func (s *morselSink) Worker(int) exec.Writer { return morselWriter{s: s} }

func (s *morselSink) Finish(context.Context, *exec.Crew) (exec.Source, error) {
	return &chunks{}, nil
}

type morselWriter struct {
	exec.PlainWriter
	s *morselSink
}

func (w morselWriter) Write(_ context.Context, b *data.Batch) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.morsels[b.Morsel] = true
	w.s.rows += b.Len
	return nil
}

func (w morselWriter) Combine(context.Context) error { return nil }

// What comes after a sort or an aggregate of fewer rows than a cache holds would be the work of one worker if all of them were one morsel.
func TestRowsInOrderAreSharedOutHoweverFew(t *testing.T) {
	in := cols(0, tInt, tInt)
	rows := make(rowsOf, 20_000)
	for i := range rows {
		rows[i] = []data.Scalar{data.IntScalar(tInt, int64(i*7919%len(rows))), data.IntScalar(tInt, int64(i))}
	}
	for name, over := range map[string]func(phys.Node) phys.Node{
		"sort":      func(n phys.Node) phys.Node { return sortOf(n, []expr.SortKey{{Expr: ref(in[0])}}) },
		"aggregate": func(n phys.Node) phys.Node { return aggOf(n, []expr.Expr{ref(in[0])}, call(t, "sum", ref(in[1]))) },
	} {
		for threads, least := range map[int]int{1: 1, 2: 4, 7: 7} {
			root := number(over(source(variant{2000, threads, false}, rows, in)))
			b := newBuilder(root, Options{Threads: threads})
			legs, err := b.legs(root)
			if err != nil {
				t.Fatal(err)
			}
			s := &morselSink{morsels: map[uint64]bool{}}
			b.plan.Add(&exec.Pipeline{Name: "morsels", Node: exec.NoNode, Legs: legs, Sink: s})
			if err := exec.Run(t.Context(), &b.plan, threads, b.prof); err != nil {
				t.Fatal(err)
			}
			if s.rows != len(rows) || len(s.morsels) < least {
				t.Errorf("%s: %d workers share %d rows in %d morsels", name, threads, s.rows, len(s.morsels))
			}
		}
	}
}

func TestStoredRowsAreMergedInOnePieceOnlyWhereOtherWorkersWouldGainNothing(t *testing.T) {
	for _, c := range []struct{ rows, threads, want int }{{aggTogether, 1, 1}, {aggTogether + 1, 1, aggPartitions}, {aggTogether + 1, 7, aggPartitions},
		{2*aggTaskRows - 1, 2, 1}, {2 * aggTaskRows, 2, 2}, {9 * aggTaskRows, 2, 8}, {aggTogether, 2, 8}, {aggTogether, 7, 32}, {aggTogether, 1000, 32}} {
		if got := mergeTasks(c.rows, c.threads); got != c.want {
			t.Errorf("%d rows for %d workers: %d pieces, not %d", c.rows, c.threads, got, c.want)
		}
	}
}
