package ipc_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/format/ipc"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

// written returns the bytes of a file with random rows of the schema.
func written(t testing.TB, s dtype.Schema, rows int, seed uint64, name string, opts spi.Options) []byte {
	t.Helper()
	m := &spitest.MemFS{}
	writeTo(t, m, name, s, rows, seed, opts)
	b, _ := m.Get(name)
	return b
}

func writeTo(t testing.TB, m spi.FS, name string, s dtype.Schema, rows int, seed uint64, opts spi.Options) {
	t.Helper()
	ctx := context.Background()
	sink, err := ipc.Format{}.OpenSink(ctx, m, name, opts)
	if err != nil {
		t.Fatal(err)
	}
	load, err := sink.Begin(ctx, spi.LoadSpec{Schema: s, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	receipts, err := spitest.Write(ctx, load, spitest.Random(s, rows, seed), 1)
	if err == nil {
		err = load.Commit(ctx, receipts)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// survive reads a file and every value in it; it fails if that ended in a panic, which the reader turns into an error that wraps it.
func survive(t *testing.T, content []byte) (ok bool) {
	t.Helper()
	m := &spitest.MemFS{}
	m.Put("mem://f", content)
	ctx := context.Background()
	table, err := ipc.Format{}.OpenTable(ctx, m, []spi.FileInfo{{Path: "mem://f", Size: int64(len(content))}}, nil)
	if err == nil {
		err = drain(ctx, table)
	}
	var crash runtime.Error
	var defect *bug.Error
	if errors.As(err, &crash) || errors.As(err, &defect) {
		t.Fatalf("the reader panicked: %v", err)
	}
	if n := m.Leaks(); n > 0 {
		t.Fatalf("%d files were left open after %v", n, err)
	}
	return err == nil
}

// drain reads at most some batches of a table: a malformed file may promise more rows of nothing than anyone can wait for.
func drain(ctx context.Context, table spi.Table) error {
	cols := make([]int, table.Schema().Len())
	for i := range cols {
		cols[i] = i
	}
	limit := int64(1 << 60)
	asked := int64(0)
	reserve := func(n int64) error {
		if asked += n; asked > 1<<30 {
			return errors.New("too much memory")
		}
		return nil
	}
	scan, err := table.Scan(ctx, spi.ScanSpec{Cols: cols, Limit: limit, Threads: 1, Reserve: reserve})
	if err != nil {
		return err
	}
	defer scan.Close()
	batches := 0
	for split, err := range scan.Splits(ctx) {
		if err != nil {
			return err
		}
		r, err := scan.Open(ctx, split)
		if err != nil {
			return err
		}
		for err == nil && batches < 50 {
			b, e := r.Read(ctx)
			if err = e; err != nil {
				break
			}
			batches++
			for i := range b.Len {
				_ = spitest.Text(b, i)
			}
		}
		r.Close()
		if err != nil && err != io.EOF {
			return err
		}
	}
	return nil
}

func smallTypes() dtype.Schema {
	s := spitest.Types()
	s.Fields = append(s.Fields, dtype.Field{Name: "n", Type: dtype.Type{}}, dtype.Field{Name: "j", Type: dtype.Of(dtype.JSON)})
	return s
}

func TestDamagedFilesNeverPanic(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 1))
	var files [][]byte
	for _, c := range []struct {
		name string
		opts spi.Options
	}{{"mem://a.arrow", nil}, {"mem://a.arrows", nil}, {"mem://a.arrow", spi.Options{"compression": "lz4"}}, {"mem://b.arrows", spi.Options{"compression": "zstd"}}} {
		files = append(files, written(t, smallTypes(), 20, seed, c.name, c.opts))
	}
	damage(t, r, files, 500)
}

func TestDamagedGoldFilesNeverPanic(t *testing.T) {
	dir := corpus(t)
	const seed = 8
	r := rand.New(rand.NewPCG(seed, 1))
	for _, pattern := range []string{"cpp-21.0.0/*.arrow_file", "cpp-21.0.0/*.stream", "2.0.0*/*.stream", "4.0.0*/*_file", "0.14.1/*_file"} {
		paths, _ := filepath.Glob(filepath.Join(dir, pattern))
		var files [][]byte
		for _, p := range paths {
			b, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, b)
		}
		damage(t, r, files, 25)
	}
}

// damage changes a few bytes of each file, in many ways. Positions near metadata are as likely as all others together.
func damage(t *testing.T, r *rand.Rand, files [][]byte, rounds int) {
	t.Helper()
	refused := 0
	for k, whole := range files {
		survive(t, whole)
		for range rounds {
			b := bytes.Clone(whole)
			for range 1 + r.IntN(3) {
				at := r.IntN(len(b))
				if r.IntN(2) == 0 { // the schema at the front, or the footer at the end
					at = min(r.IntN(2000), len(b)-1)
					if r.IntN(2) == 0 {
						at = len(b) - 1 - at
					}
				}
				b[at] = [...]byte{b[at] ^ 1<<r.IntN(8), 0, 0xFF, 0x7F, 0x80, byte(r.Uint32())}[r.IntN(6)]
			}
			if r.IntN(10) == 0 {
				b = b[:r.IntN(len(b))]
			}
			if !survive(t, b) {
				refused++
			}
			if t.Failed() {
				t.Fatalf("file %d", k)
			}
		}
	}
	if refused == 0 {
		t.Error("no damage at all was noticed")
	}
}

func FuzzRead(f *testing.F) {
	for i, c := range []struct {
		name string
		opts spi.Options
	}{{"mem://a.arrow", nil}, {"mem://a.arrows", nil}, {"mem://a.arrows", spi.Options{"compression": "lz4"}}} {
		f.Add(written(f, smallTypes(), 5, uint64(i), c.name, c.opts))
	}
	f.Fuzz(func(t *testing.T, b []byte) { survive(t, b) })
}
