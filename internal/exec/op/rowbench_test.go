package op

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
)

// benchRows is how many rows the operators of this file get.
const benchRows = 500_000

// events is rows of a user, a time, an amount and a page, as logs have them.
func events() (*phys.Memory, []expr.Col) {
	r := rand.New(rand.NewPCG(1, 2))
	in := cols(0, tInt, tInt, tFloat, tString)
	return memoryOf(benchRows, in, func(lo, n int) []*data.Column {
		return []*data.Column{int64s(n, func(int) int64 { return int64(r.IntN(20_000)) }), int64s(n, func(i int) int64 { return int64(lo+i) * 7919 % benchRows }),
			float64s(n, func(int) float64 { return r.Float64() * 100 }), strings_(n, func(int) string { return fmt.Sprintf("/articles/page-%d", r.IntN(5000)) })}
	}), in
}

func benchWorkers(b *testing.B, name string, build func() phys.Node) {
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("%s/workers=%d", name, threads), func(b *testing.B) { runBench(b, benchRows, threads, build()) })
	}
}

// BenchmarkStates is aggregates whose states hold rows or values of each group.
func BenchmarkStates(b *testing.B) {
	src, in := events()
	user, amount, page := ref(in[0]), ref(in[2]), ref(in[3])
	for _, c := range []struct {
		name string
		call expr.Agg
	}{{"avg", call(b, "avg", amount)}, {"var_samp", call(b, "var_samp", amount)}, {"max of text", call(b, "max", page)},
		{"count distinct texts", distinctCall(call(b, "count", page))}, {"median", call(b, "median", amount)}, {"list", call(b, "list", amount)}} {
		benchWorkers(b, c.name, func() phys.Node { return aggOf(src, []expr.Expr{user}, c.call) })
	}
}

// BenchmarkDistinct keeps one row of each key.
func BenchmarkDistinct(b *testing.B) {
	src, in := events()
	for _, on := range [][]expr.ColID{{in[0].ID}, {in[0].ID, in[3].ID}} {
		benchWorkers(b, []string{"int64", "int64+text"}[len(on)-1], func() phys.Node {
			n := &phys.Distinct{Input: src, On: on, Ordered: true}
			n.Out = in
			return n
		})
	}
}

// BenchmarkWindow numbers the rows of each user by time, and sums up amounts along all rows.
func BenchmarkWindow(b *testing.B) {
	src, in := events()
	byTime := []expr.SortKey{{Expr: ref(in[1])}}
	running := expr.Frame{Unit: defs.FrameRows, Start: expr.Bound{Kind: defs.UnboundedPreceding}, End: expr.Bound{Kind: defs.CurrentRow}}
	for _, c := range []struct {
		name, function string
		args           []expr.Expr
		partition      []expr.Expr
	}{
		{"row_number of partitions", "row_number", nil, []expr.Expr{ref(in[0])}},
		{"sum of partitions", "sum", []expr.Expr{ref(in[2])}, []expr.Expr{ref(in[0])}},
		{"running sum of all rows", "sum", []expr.Expr{ref(in[2])}, nil},
	} {
		f := call(b, c.function, c.args...)
		benchWorkers(b, c.name, func() phys.Node {
			n := &phys.Window{Input: src, Items: []plan.WinItem{{Col: cols(100, f.Typ)[0],
				Win: expr.Win{Fn: f.Fn, Args: f.Args, Typ: f.Typ, Partition: c.partition, Order: byTime, Frame: running}}}}
			n.Out = append(append([]expr.Col{}, in...), n.Items[0].Col)
			return n
		})
	}
}

// BenchmarkFilter drops half of the rows, and computes nothing else.
func BenchmarkFilter(b *testing.B) {
	src, in := events()
	benchWorkers(b, "half", func() phys.Node { return upTo(b, src, in[1], benchRows/2) })
}
