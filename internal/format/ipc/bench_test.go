package ipc_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/format/ipc"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

const benchRows = 1 << 20

func benchSchema() dtype.Schema {
	return dtype.NewSchema(dtype.Field{Name: "i", Type: dtype.Of(dtype.Int64)}, dtype.Field{Name: "f", Type: dtype.Of(dtype.Float64)},
		dtype.Field{Name: "d", Type: dtype.Of(dtype.Date)}, dtype.Field{Name: "dec", Type: dtype.DecimalOf(15, 2)}, dtype.Field{Name: "s", Type: dtype.Of(dtype.String)},
		dtype.Field{Name: "c", Type: dtype.Of(dtype.String)})
}

func benchBatch() *data.Batch {
	b := &data.Batch{Len: data.BatchRows}
	var cols []*data.Builder
	for _, f := range benchSchema().Fields {
		cols = append(cols, data.NewBuilder(f.Type, b.Len))
	}
	for i := range b.Len {
		data.Append(cols[0], int64(i))
		data.Append(cols[1], float64(i)/3)
		data.Append(cols[2], int32(i))
		data.Append(cols[3], int64(i*100))
		cols[4].AppendString([]string{"AIR", "TRUCK", "RAIL", "REG AIR"}[i%4])
		cols[5].AppendString(fmt.Sprintf("carefully final deposits %d sleep", i))
	}
	for _, c := range cols {
		b.Cols = append(b.Cols, c.Build())
	}
	return b
}

func benchFile(b *testing.B, name string, opts spi.Options) (path string) {
	b.Helper()
	path = b.TempDir() + "/" + name
	if err := benchWrite(path, opts); err != nil {
		b.Fatal(err)
	}
	return path
}

func benchWrite(path string, opts spi.Options) error {
	ctx := context.Background()
	sink, err := ipc.Format{}.OpenSink(ctx, fs.NewLocal(), path, opts)
	if err != nil {
		return err
	}
	load, err := sink.Begin(ctx, spi.LoadSpec{Schema: benchSchema(), Threads: 1})
	if err != nil {
		return err
	}
	w, err := load.Writer(ctx)
	if err != nil {
		return err
	}
	batch := benchBatch()
	for range benchRows / data.BatchRows {
		if err := w.Write(ctx, batch); err != nil {
			return err
		}
	}
	if _, err := w.Close(ctx); err != nil {
		return err
	}
	return load.Commit(ctx, nil)
}

func BenchmarkWrite(b *testing.B) {
	for _, z := range []string{"none", "lz4", "zstd"} {
		b.Run(z, func(b *testing.B) {
			path := b.TempDir() + "/f.arrow"
			for b.Loop() {
				if err := benchWrite(path, spi.Options{"compression": z}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name, file, zip string
		cols            []int
	}{{"all", "f.arrow", "none", []int{0, 1, 2, 3, 4, 5}}, {"numbers", "f.arrow", "none", []int{0, 1}}, {"texts", "f.arrow", "none", []int{4, 5}},
		{"stream", "f.arrows", "none", []int{0, 1, 2, 3, 4, 5}}, {"lz4", "f.arrow", "lz4", []int{0, 1, 2, 3, 4, 5}}, {"zstd", "f.arrow", "zstd", []int{0, 1, 2, 3, 4, 5}}} {
		b.Run(c.name, func(b *testing.B) {
			path := benchFile(b, c.file, spi.Options{"compression": c.zip})
			b.ReportAllocs()
			for b.Loop() {
				table, err := openPath(path)
				if err != nil {
					b.Fatal(err)
				}
				if n := benchRead(b, table, c.cols); n != benchRows {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

func benchRead(b *testing.B, table spi.Table, cols []int) (rows int) {
	ctx := context.Background()
	scan, err := table.Scan(ctx, spi.ScanSpec{Cols: cols, Limit: -1, Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer scan.Close()
	for split, err := range scan.Splits(ctx) {
		if err != nil {
			b.Fatal(err)
		}
		r, err := scan.Open(ctx, split)
		if err != nil {
			b.Fatal(err)
		}
		for {
			batch, err := r.Read(ctx)
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			rows += batch.Len
		}
		r.Close()
	}
	return rows
}
