package op

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

// memoryOf makes a Memory node of n rows; gen fills one batch.
func memoryOf(n int, out []expr.Col, gen func(lo, n int) []*data.Column) *phys.Memory {
	m := &phys.Memory{}
	m.Out = out
	for lo := 0; lo < n; lo += data.BatchRows {
		k := min(data.BatchRows, n-lo)
		m.Batches = append(m.Batches, &data.Batch{Cols: gen(lo, k), Len: k})
	}
	return m
}

func int64s(n int, f func(i int) int64) *data.Column {
	v := make([]int64, n)
	for i := range v {
		v[i] = f(i)
	}
	return data.FlatColumn(tInt, v, nil)
}

func float64s(n int, f func(i int) float64) *data.Column {
	v := make([]float64, n)
	for i := range v {
		v[i] = f(i)
	}
	return data.FlatColumn(tFloat, v, nil)
}

func strings_(n int, f func(i int) string) *data.Column {
	b := data.NewBuilder(tString, n)
	for i := range n {
		b.AppendString(f(i))
	}
	return b.Build()
}

// runBench runs the plan and reports nanoseconds a row.
func runBench(b *testing.B, rows int, threads int, root phys.Node) {
	b.Helper()
	number(root)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := Run(context.Background(), root, Options{Threads: threads}, func(*data.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

func BenchmarkHashAgg(b *testing.B) {
	const rows = 2_000_000
	r := rand.New(rand.NewPCG(1, 2))
	for _, groups := range []int{4, 1000, 200_000} {
		in := cols(0, tInt, tInt, tFloat)
		src := memoryOf(rows, in, func(lo, n int) []*data.Column {
			return []*data.Column{int64s(n, func(int) int64 { return int64(r.IntN(groups)) }), int64s(n, func(i int) int64 { return int64(lo + i) }),
				float64s(n, func(int) float64 { return r.Float64() * 100 })}
		})
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("int64/groups=%d/workers=%d", groups, threads), func(b *testing.B) {
				runBench(b, rows, threads, aggOf(src, []expr.Expr{ref(in[0])}, call(b, "count_star"), call(b, "sum", ref(in[1])), call(b, "sum", ref(in[2]))))
			})
		}
	}
	in := cols(0, tString)
	for _, size := range []int{12, 30} {
		src := memoryOf(rows, in, func(_, n int) []*data.Column {
			return []*data.Column{strings_(n, func(int) string { return fmt.Sprintf("%0*d", size, r.IntN(1000)) })}
		})
		b.Run(fmt.Sprintf("string%d/groups=1000/workers=1", size), func(b *testing.B) {
			runBench(b, rows, 1, aggOf(src, []expr.Expr{ref(in[0])}, call(b, "count_star")))
		})
	}
}

func BenchmarkSort(b *testing.B) {
	const rows = 2_000_000
	r := rand.New(rand.NewPCG(1, 2))
	in := cols(0, tInt, tInt, tString)
	src := memoryOf(rows, in, func(lo, n int) []*data.Column {
		return []*data.Column{int64s(n, func(int) int64 { return int64(r.Uint64()) }), int64s(n, func(i int) int64 { return int64((lo + i) % 1000) }),
			strings_(n, func(int) string { return fmt.Sprintf("t%d", r.IntN(1e6)) })}
	})
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("int64+payload/workers=%d", threads), func(b *testing.B) {
			s := sortOf(src, []expr.SortKey{{Expr: ref(in[0])}})
			s.Info().Out = in[:2]
			runBench(b, rows, threads, s)
		})
		b.Run(fmt.Sprintf("int-desc,string/workers=%d", threads), func(b *testing.B) {
			runBench(b, rows, threads, sortOf(src, []expr.SortKey{{Expr: ref(in[1]), Order: defs.Order{Desc: true}}, {Expr: ref(in[2])}}))
		})
		b.Run(fmt.Sprintf("top100/workers=%d", threads), func(b *testing.B) {
			runBench(b, rows, threads, topOf(src, []expr.SortKey{{Expr: ref(in[0])}}, 100))
		})
	}
}
