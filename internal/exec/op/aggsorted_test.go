package op

import (
	"fmt"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

// quantileCalls are quantiles of every kind, and what may stand beside them.
func quantileCalls(t *testing.T, in []expr.Col) []expr.Agg {
	several := data.Scalar{Type: dtype.ListOf(tFloat), Kids: []data.Scalar{data.FloatScalar(0.9), data.FloatScalar(0), data.FloatScalar(0.25)}}
	i, f := ref(in[2]), ref(in[3])
	filtered := call(t, "median", f)
	filtered.Filter = ref(in[5])
	return []expr.Agg{call(t, "median", f), call(t, "quantile_disc", ref(in[4]), lit(data.FloatScalar(0.3))), call(t, "quantile_cont", f, lit(several)),
		call(t, "quantile_disc", i, lit(data.FloatScalar(1))), filtered, call(t, "sum", i), call(t, "count_star")}
}

func TestQuantilesOfAllRowsNeedNotFitInMemory(t *testing.T) {
	in := spillCols()
	for _, rows := range []int{60_001, 3} {
		src := spillRows(uint64(rows), rows, rows, in)
		build := func(src phys.Node) *phys.HashAgg { return aggOf(src, nil, quantileCalls(t, in)...) }
		want, err := (&limited{t: t, dir: t.TempDir(), threads: 1}).run(t.Context(), build(src))
		if err != nil {
			t.Fatal(err)
		}
		for _, threads := range []int{1, 2, 7} {
			l := &limited{t: t, dir: t.TempDir(), threads: threads, limit: int64(1+threads/2) << 20}
			got, err := l.run(t.Context(), build(src))
			if err != nil {
				t.Fatalf("%d rows, %d workers: %v", rows, threads, err)
			}
			sameRows(t, fmt.Sprintf("%d workers, %d bytes spilled", threads, l.spilled), got, want)
			if (l.spilled > 0) != (rows > 3) {
				t.Errorf("%d rows, %d workers: %d bytes spilled", rows, threads, l.spilled)
			}
		}
		if rows > 3 {
			failSpilling(t, 1<<20, func() phys.Node { return build(src) })
		}
	}
}

func TestAGroupThatKeepsAllValuesSaysWhatToRaise(t *testing.T) {
	in := spillCols()
	l := &limited{t: t, dir: t.TempDir(), threads: 2, limit: 1 << 20}
	_, err := l.run(t.Context(), aggOf(spillRows(1, 60_000, 100, in), nil, call(t, "list", ref(in[4]))))
	if fault.CodeOf(err) != fault.Memory {
		t.Errorf("the error is %v", err)
	}
}
