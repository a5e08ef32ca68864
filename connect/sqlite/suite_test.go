package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

// faithful are the types that come back as they were written.
func faithful() dtype.Schema {
	return spitest.Pick(spitest.Types(), func(t dtype.Type) bool { return !t.IsNested() && t.Kind != dtype.Enum })
}

func openTable(t *testing.T, url string) spi.Table {
	t.Helper()
	table, err := Driver{}.OpenTable(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func openSink(t *testing.T, url string) spi.Sink {
	t.Helper()
	s, err := Driver{}.OpenSink(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func readAll(t *testing.T, table spi.Table) []*data.Batch {
	t.Helper()
	cols := make([]int, table.Schema().Len())
	for i := range cols {
		cols[i] = i
	}
	out, _, err := spitest.Read(t.Context(), table, spi.ScanSpec{Cols: cols, Limit: -1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// tryLoad runs one whole load and aborts it after an error.
func tryLoad(s spi.Sink, spec spi.LoadSpec, rows []*data.Batch) error {
	ctx := context.Background()
	l, err := s.Begin(ctx, spec)
	if err != nil {
		return err
	}
	receipts, err := spitest.Write(ctx, l, rows, 1)
	if err == nil {
		err = l.Commit(ctx, receipts)
	}
	if err != nil {
		_ = l.Abort(ctx)
	}
	return err
}

func mustLoad(t *testing.T, url string, spec spi.LoadSpec, rows []*data.Batch) {
	t.Helper()
	if err := tryLoad(openSink(t, url), spec, rows); err != nil {
		t.Fatal(err)
	}
}

// sameZeros writes a row with one zero: SQLite has no negative one.
func sameZeros(b *data.Batch, row int) string {
	return strings.ReplaceAll(spitest.Text(b, row), " -0 |", " 0 |")
}

// oneZero changes negative zeros of the batches.
func oneZero(rows []*data.Batch) []*data.Batch {
	for _, b := range rows {
		for _, c := range b.Cols {
			switch c.Type.Kind {
			case dtype.Float64:
				for i, v := range data.Slice[float64](c) {
					data.Slice[float64](c)[i] = v + 0
				}
			case dtype.Float32:
				for i, v := range data.Slice[float32](c) {
					data.Slice[float32](c)[i] = v + 0
				}
			}
		}
	}
	return rows
}

func TestSinkSuite(t *testing.T) {
	path := ""
	spitest.RunSink(t, spitest.SinkCase{
		Schema: faithful(), Text: sameZeros, Modes: []spi.Mode{spi.Replace, spi.Append, spi.Upsert, spi.Create},
		Open: func(t *testing.T) spi.Sink {
			path = filepath.Join(t.TempDir(), "t.db")
			return openSink(t, "sqlite://"+path+"?table=things")
		},
		Read: func(t *testing.T) ([]*data.Batch, bool) {
			if _, err := os.Stat(path); err != nil {
				return nil, false
			}
			return readAll(t, openTable(t, "sqlite://"+path+"?table=things")), true
		},
	})
}

func TestTableSuite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	rows := oneZero(spitest.Random(faithful(), 5000, 3))
	mustLoad(t, "sqlite://"+path+"?table=things", spi.LoadSpec{Schema: faithful()}, rows)
	for _, from := range []string{"table=things", "query=SELECT+*+FROM+things"} {
		t.Run(from, func(t *testing.T) {
			spitest.RunTable(t, spitest.TableCase{
				Schema: faithful(), Rows: rows, Ordered: true,
				Open: func(t *testing.T) spi.Table { return openTable(t, "sqlite://"+path+"?"+from) },
			})
		})
	}
}
