//go:build unix

package parquet

import (
	"context"
	"flag"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// lineitemPath is TPC-H lineitem at scale 1 as tpchgen-cli writes it; the benchmarks are skipped where it is not.
var lineitemPath = flag.String("lineitem", "../../../bench/data/lineitem.parquet", "lineitem of scale 1 for the benchmarks")

func lineitem(b *testing.B) spi.Table {
	path := *lineitemPath
	if _, err := os.Stat(path); err != nil {
		b.Skip("no file for -lineitem")
	}
	t, err := openPaths(newMemFS(), nil, path)
	if err != nil {
		b.Fatal(err)
	}
	return t
}

func positions(b *testing.B, t spi.Table, names ...string) (cols []int) {
	for _, n := range names {
		i, err := t.Schema().Lookup(n)
		if err != nil {
			b.Fatal(err)
		}
		cols = append(cols, i)
	}
	return cols
}

var sinkInt int64

func sumBatch(bt *data.Batch) (s int64) {
	for _, c := range bt.Cols {
		switch {
		case c.Form == data.Dict:
			s += int64(c.Codes[0])
		case c.Type.Phys() == dtype.PhysI64:
			for _, x := range data.Slice[int64](c) {
				s += x
			}
		case c.Type.Phys() == dtype.PhysI32:
			for _, x := range data.Slice[int32](c) {
				s += int64(x)
			}
		default:
			for _, v := range data.Slice[data.View](c) {
				s += int64(v.Len())
			}
		}
	}
	return s
}

func benchScan(b *testing.B, spec func(spi.Table) spi.ScanSpec) {
	t := lineitem(b)
	b.ReportAllocs()
	best := int64(1 << 62)
	for b.Loop() {
		start := cpuTime()
		if err := readAll(t, spec(t), func(bt *data.Batch) { sinkInt += sumBatch(bt) }); err != nil {
			b.Fatal(err)
		}
		best = min(best, cpuTime()-start)
	}
	b.ReportMetric(float64(best)/1e6, "best-cpu-ms")
}

// cpuTime returns the nanoseconds of CPU that the process has used: on a busy machine the only number that means something.
func cpuTime() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkScanFourNumericColumns(b *testing.B) {
	benchScan(b, func(t spi.Table) spi.ScanSpec {
		return spi.ScanSpec{Cols: positions(b, t, "l_quantity", "l_extendedprice", "l_discount", "l_tax"), Limit: -1}
	})
}

func BenchmarkScanAllColumns(b *testing.B) {
	benchScan(b, func(t spi.Table) spi.ScanSpec { return spi.ScanSpec{Cols: allCols(t), Limit: -1} })
}

func BenchmarkScanColumn(b *testing.B) {
	t := lineitem(b)
	for i, f := range t.Schema().Fields {
		b.Run(f.Name, func(b *testing.B) {
			benchScan(b, func(spi.Table) spi.ScanSpec { return spi.ScanSpec{Cols: []int{i}, Limit: -1} })
		})
	}
}

// BenchmarkScanQ6 reads what TPC-H Q6 sums, with its filter applied by the scan.
func BenchmarkScanQ6(b *testing.B) {
	benchScan(b, func(t spi.Table) spi.ScanSpec {
		c := positions(b, t, "l_extendedprice", "l_discount", "l_shipdate", "l_quantity")
		lit := func(col int, v int64) []data.Scalar {
			return []data.Scalar{data.IntScalar(t.Schema().Fields[col].Type, v)}
		}
		return spi.ScanSpec{Cols: c[:2], Limit: -1, Where: []spi.Pred{
			{Op: spi.PredGe, Col: c[2], Values: lit(c[2], 8766)}, {Op: spi.PredLt, Col: c[2], Values: lit(c[2], 9131)},
			{Op: spi.PredGe, Col: c[1], Values: lit(c[1], 5)}, {Op: spi.PredLe, Col: c[1], Values: lit(c[1], 7)},
			{Op: spi.PredLt, Col: c[3], Values: lit(c[3], 2400)}}}
	})
}

func BenchmarkOpen(b *testing.B) {
	lineitem(b)
	for b.Loop() {
		lineitem(b)
	}
}

// BenchmarkWrite writes lineitem again from the batches of its scan; the time includes reading.
func BenchmarkWrite(b *testing.B) {
	t := lineitem(b)
	ctx := context.Background()
	best := int64(1 << 62)
	for b.Loop() {
		start := cpuTime()
		fs := newMemFS()
		sink, err := Format{}.OpenSink(ctx, fs, "out", nil)
		if err != nil {
			b.Fatal(err)
		}
		l, err := sink.Begin(ctx, spi.LoadSpec{Schema: t.Schema()})
		if err != nil {
			b.Fatal(err)
		}
		w, err := l.Writer(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if err := readAll(t, spi.ScanSpec{Cols: allCols(t), Limit: -1}, func(bt *data.Batch) {
			if err := w.Write(ctx, bt); err != nil {
				b.Fatal(err)
			}
		}); err != nil {
			b.Fatal(err)
		}
		r, err := w.Close(ctx)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.Bytes)/1e6, "MB")
		best = min(best, cpuTime()-start)
	}
	b.ReportMetric(float64(best)/1e6, "best-cpu-ms")
}

// BenchmarkUnpack unpacks dictionary codes of one page.
func BenchmarkUnpack(b *testing.B) {
	src := make([]byte, 4*20_000+pad)
	dst := make([]uint32, 2048)
	for _, w := range []int{1, 4, 9, 14, 20} {
		b.Run(fmt.Sprintf("%d bits", w), func(b *testing.B) {
			for b.Loop() {
				unpack(dst, src, 64, w)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(dst)), "ns/row")
		})
	}
}
