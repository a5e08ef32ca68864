package ndjson_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/siksik-data/siksik/internal/format/ndjson"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

// appendLogLine appends one line of a web log of about 263 bytes with nested objects and a list.
func appendLogLine(b []byte, r *rand.Rand, at time.Time) []byte {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	b = at.AppendFormat(append(b, `{"timestamp":"`...), "2006-01-02T15:04:05.000Z")
	b = strconv.AppendInt(append(b, `","user_id":`...), int64(r.IntN(200_000)), 10)
	b = append(append(b, `,"level":"`...), pick("info", "debug", "warn", "error")...)
	b = append(append(b, `","event":"`...), pick("page_view", "click", "search", "add_to_cart", "login", "checkout", "logout")...)
	b = append(append(b, `","request":{"method":"`...), pick("GET", "POST", "DELETE")...)
	b = fmt.Appendf(b, `","path":"/%s/%d","status":%d},"latency_ms":%d.%03d`, pick("items", "search", "cart", "orders"), r.IntN(100_000),
		200+r.IntN(4)*100, r.IntN(2000), r.IntN(1000))
	b = fmt.Appendf(b, `,"ip":"10.%d.%d.%d","device":{"os":"%s","tags":[`, r.IntN(256), r.IntN(256), r.IntN(256), pick("android", "ios", "linux"))
	for i := range r.IntN(4) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, pick(`"new"`, `"beta"`, `"mobile"`)...)
	}
	return fmt.Appendf(b, "]},\"session_id\":\"%016x%016x\"}\n", r.Uint64(), r.Uint64())
}

func logFile(tb testing.TB, size int) string {
	path := filepath.Join(tb.TempDir(), "logs.ndjson")
	r := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var b []byte
	for len(b) < size {
		at = at.Add(time.Duration(r.IntN(2000)) * time.Millisecond)
		b = appendLogLine(b, r, at)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// BenchmarkScan reads a log with one worker; ns/row and MB/s of text are what the design's targets are in.
func BenchmarkScan(b *testing.B) {
	path := logFile(b, 100<<20)
	local := fs.NewLocal()
	ctx := context.Background()
	files, err := local.Glob(ctx, path)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		opts spi.Options
		cols []int
	}{
		{"all9", nil, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}},
		{"one/int", nil, []int{1}},
		{"one/last", nil, []int{8}},
		{"none", nil, nil},
		{"dau", spi.Options{"columns": map[string]any{"timestamp": "varchar", "user_id": "bigint"}}, []int{0, 1}},
	} {
		b.Run(c.name, func(b *testing.B) {
			t, err := ndjson.Format{}.OpenTable(ctx, local, files, c.opts)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(files[0].Size)
			b.ReportAllocs()
			for b.Loop() {
				s, err := t.Scan(ctx, spi.ScanSpec{Cols: c.cols, Limit: -1, Threads: 1})
				if err != nil {
					b.Fatal(err)
				}
				for split, err := range s.Splits(ctx) {
					if err != nil {
						b.Fatal(err)
					}
					r, err := s.Open(ctx, split)
					if err != nil {
						b.Fatal(err)
					}
					for {
						if _, err := r.Read(ctx); err == io.EOF {
							break
						} else if err != nil {
							b.Fatal(err)
						}
					}
					r.Close()
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkWrite writes batches of a log to memory.
func BenchmarkWrite(b *testing.B) {
	ctx := context.Background()
	local := fs.NewLocal()
	files, err := local.Glob(ctx, logFile(b, 4<<20))
	if err != nil {
		b.Fatal(err)
	}
	t, err := ndjson.Format{}.OpenTable(ctx, local, files, nil)
	if err != nil {
		b.Fatal(err)
	}
	batches, _, err := spitest.Read(ctx, t, spi.ScanSpec{Cols: []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, Limit: -1, Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	rows := 0
	for _, batch := range batches {
		rows += batch.Len
	}
	b.ReportAllocs()
	for b.Loop() {
		store := fs.NewLocal()
		sink, err := ndjson.Format{}.OpenSink(ctx, store, filepath.Join(b.TempDir(), "out.ndjson"), nil)
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
		for _, batch := range batches {
			if err := w.Write(ctx, batch); err != nil {
				b.Fatal(err)
			}
		}
		receipt, err := w.Close(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Commit(ctx, []spi.Receipt{receipt}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
}
