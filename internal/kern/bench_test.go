package kern

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// benchRows is the batch size of the engine; figures are per row unless named so.
const benchRows = 2048

func perRow(b *testing.B, name string, fn func()) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fn()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchRows), "ns/row")
	})
}

func benchInts[T Integer](limit int) []T {
	r := rand.New(rand.NewPCG(1, 1))
	s := make([]T, benchRows)
	for i := range s {
		s[i] = T(r.IntN(limit))
	}
	return s
}

func benchViews(format string) ([]View, [][]byte) {
	var heap []byte
	s := make([]View, benchRows)
	for i := range s {
		x := fmt.Appendf(nil, format, i*7919%benchRows)
		s[i] = MakeView(x, 0, len(heap))
		heap = append(heap, x...)
	}
	return s, [][]byte{heap}
}

func BenchmarkArithmetic(b *testing.B) {
	x, y, d := benchInts[int64](1<<30), benchInts[int64](1<<30), make([]int64, benchRows)
	w, wd := make([]I128, benchRows), make([]I128, benchRows)
	WidenI128(w, x)
	ok := make([]uint64, Words(benchRows))
	perRow(b, "add", func() { Add(d, x, y) })
	perRow(b, "add const", func() { AddConst(d, x, 7) })
	perRow(b, "add checked", func() { AddChecked(d, x, y, nil) })
	perRow(b, "mul checked", func() { MulChecked(d, x, y, nil) })
	perRow(b, "div", func() { DivTrunc(d, x, y, ok, nil) })
	perRow(b, "div const", func() { DivTruncConst(d, x, 1000, nil) })
	perRow(b, "add i128", func() { AddI128(wd, w, w, nil) })
	perRow(b, "mul i128", func() { MulI128(wd, w, w, nil) })
}

func BenchmarkCompare(b *testing.B) {
	x, y := benchInts[int64](100), benchInts[int64](97)
	f, g := make([]float64, benchRows), make([]float64, benchRows)
	Convert(f, x)
	Convert(g, y)
	d := make([]uint64, Words(benchRows))
	perRow(b, "int64", func() { Lt(d, x, y) })
	perRow(b, "int64 const", func() { LtConst(d, x, 50) })
	perRow(b, "float total", func() { TotalLt(d, f, g) })
	perRow(b, "float total const", func() { TotalLtConst(d, f, 50) })
	for _, format := range []string{"id%d", "customer-name-%016d"} {
		v, bufs := benchViews(format)
		u, ubufs := benchViews(format)
		perRow(b, "eq view "+format, func() { EqView(d, v, bufs, u, ubufs) })
		perRow(b, "eq view const "+format, func() { EqViewConst(d, v, bufs, u[5], ubufs) })
		perRow(b, "lt view "+format, func() { LtView(d, v, bufs, u, ubufs) })
	}
}

func BenchmarkBitmap(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	d, e := make([]uint64, Words(benchRows)), make([]uint64, Words(benchRows))
	sel := make([]uint32, benchRows)
	src, dst := benchInts[int64](100), make([]int64, benchRows)
	for _, percent := range []int{2, 20, 50, 98} {
		a := make([]uint64, Words(benchRows))
		for i := range benchRows {
			if r.IntN(100) < percent {
				SetBit(a, i)
			}
		}
		perRow(b, fmt.Sprintf("to selection %d%%", percent), func() { SelFromBits(sel, a, benchRows) })
		perRow(b, fmt.Sprintf("compress %d%%", percent), func() { Compress(dst, src, a) })
		perRow(b, fmt.Sprintf("blend %d%%", percent), func() { Blend(dst, a, src, src) })
		perRow(b, fmt.Sprintf("compress bits %d%%", percent), func() { CompressBits(d, a, a, benchRows) })
		perRow(b, fmt.Sprintf("kleene %d%%", percent), func() { KleeneAnd(d, e, a, a, a, a, benchRows) })
	}
}

func BenchmarkTake(b *testing.B) {
	src, dst, sel := benchInts[int64](100), make([]int64, benchRows), benchInts[uint32](benchRows)
	views, _ := benchViews("id%d")
	out, bits := make([]View, benchRows), make([]uint64, Words(benchRows))
	perRow(b, "int64", func() { Take(dst, src, sel) })
	perRow(b, "int64 opt", func() { TakeOpt(dst, src, sel) })
	perRow(b, "view", func() { Take(out, views, sel) })
	perRow(b, "bits", func() { TakeBits(bits, bits, sel) })
	perRow(b, "scatter", func() { Scatter(dst, src, sel) })
}

func BenchmarkCast(b *testing.B) {
	x, d32, f := benchInts[int64](1<<30), make([]int32, benchRows), make([]float64, benchRows)
	d := make([]int64, benchRows)
	Convert(f, x)
	perRow(b, "int64 to int32", func() { CastInt(d32, x, nil) })
	perRow(b, "int64 to float64", func() { Convert(f, x) })
	perRow(b, "float64 to int64", func() { FloatToInt(d, f, nil) })
	perRow(b, "µs to days", func() { ScaleDown(d32, x, 86400e6, nil) })
	perRow(b, "rescale up", func() { RescaleUp(d, x, 100, 1e18, nil) })
	perRow(b, "rescale down", func() { RescaleDown(d, x, 100, 1e18, nil) })
}

func BenchmarkHash(b *testing.B) {
	x, h, f := benchInts[int64](1<<30), make([]uint64, benchRows), make([]float64, benchRows)
	Convert(f, x)
	valid := make([]uint64, Words(benchRows))
	FillBits(valid, benchRows, true)
	w := make([]I128, benchRows)
	perRow(b, "int64", func() { HashInt(h, x, nil) })
	perRow(b, "int64 with nulls", func() { HashInt(h, x, valid) })
	perRow(b, "combine int64", func() { CombineInt(h, x, nil) })
	perRow(b, "float64", func() { HashFloat(h, f, nil) })
	perRow(b, "i128", func() { HashI128(h, w, nil) })
	perRow(b, "bool", func() { HashBool(h, valid, nil, benchRows) })
	for _, format := range []string{"id%d", "customer-name-%016d", "%060d"} {
		v, bufs := benchViews(format)
		perRow(b, "view "+format, func() { HashView(h, v, bufs, nil) })
	}
}

func BenchmarkAggregate(b *testing.B) {
	x, f := benchInts[int64](1<<30), make([]float64, benchRows)
	Convert(f, x)
	valid := make([]uint64, Words(benchRows))
	for i := range valid {
		valid[i] = 0xFFFFFFFEFFFFFFFF
	}
	perRow(b, "sum", func() { SumInt(x, nil) })
	perRow(b, "sum with nulls", func() { SumInt(x, valid) })
	perRow(b, "min", func() { Min(x, nil) })
	perRow(b, "min float", func() { MinFloat(f, nil) })
	var s FloatSum
	var big BigSum
	base := ChooseBase(f, nil)
	perRow(b, "exact float sum", func() { SumFloat(&s, &big, base, f, nil) })
	perRow(b, "exact float sum in words", func() {
		for _, v := range f {
			big.Add(v)
		}
	})
	for _, groups := range []int{4, 1000} {
		g, st, wide := benchInts[uint32](groups), make([]int64, groups), make([]I128, groups)
		sums, spill := make([]FloatSum, groups), make([]uint32, benchRows)
		perRow(b, fmt.Sprintf("count of %d groups", groups), func() { CountGrouped(st, g, nil) })
		perRow(b, fmt.Sprintf("sum of %d groups", groups), func() { clear(st); SumInt64Grouped(st, g, x, nil) })
		perRow(b, fmt.Sprintf("i128 sum of %d groups", groups), func() { SumI128Grouped(wide, g, x, nil, 0) })
		perRow(b, fmt.Sprintf("max of %d groups", groups), func() { MaxGrouped(st, g, x, nil) })
		perRow(b, fmt.Sprintf("exact float sum of %d groups", groups), func() { SumFloatGrouped(sums, g, base, f, nil, spill) })
	}
}

func BenchmarkSort(b *testing.B) {
	x, k := benchInts[int64](1<<40), make([]uint64, benchRows)
	in, s, t := make([]KeyRow, benchRows), make([]KeyRow, benchRows), make([]KeyRow, benchRows)
	v, bufs := benchViews("customer-name-%016d")
	perRow(b, "key of int64", func() { KeyInt(k, x, false) })
	perRow(b, "key of view", func() { KeyView(k, v, bufs, 0, false) })
	KeyInt(k, x, false)
	KeyRows(in, k, 0)
	perRow(b, "msd", func() { copy(s, in); SortMSD(s, t, 64) })
	perRow(b, "lsd", func() { copy(s, in); SortLSD(s, t) })
}
