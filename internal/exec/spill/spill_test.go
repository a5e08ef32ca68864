package spill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	siksikexec "github.com/siksik-data/siksik/internal/exec"
)

// seeded returns a random source and reports its seed when the test fails.
func seeded(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 1))
}

var allTypes = []dtype.Type{dtype.Of(dtype.Null), dtype.Of(dtype.Bool), dtype.Of(dtype.Int8), dtype.Of(dtype.Int16), dtype.Of(dtype.Int32),
	dtype.Of(dtype.Int64), dtype.Of(dtype.Int128), dtype.Of(dtype.Uint8), dtype.Of(dtype.Uint16), dtype.Of(dtype.Uint32), dtype.Of(dtype.Uint64),
	dtype.Of(dtype.Float32), dtype.Of(dtype.Float64), dtype.Of(dtype.String), dtype.Of(dtype.Binary), dtype.Of(dtype.Interval),
	dtype.DecimalOf(30, 2), dtype.ListOf(dtype.Of(dtype.Int64)), dtype.ListOf(dtype.ListOf(dtype.Of(dtype.String))),
	dtype.ArrayOf(dtype.Of(dtype.Int32), 3), dtype.StructOf(dtype.Field{Name: "a", Type: dtype.Of(dtype.String)},
		dtype.Field{Name: "b", Type: dtype.ListOf(dtype.Of(dtype.Bool))})}

func randomScalar(r *rand.Rand, t dtype.Type, spread int) data.Scalar {
	if t.Kind == dtype.Null || r.IntN(8) == 0 {
		return data.NullScalar(t)
	}
	s := data.Scalar{Type: t}
	switch t.Phys() {
	case dtype.PhysBits:
		return data.BoolScalar(r.IntN(2) == 0)
	case dtype.PhysF32, dtype.PhysF64:
		s.F = float64(float32(r.NormFloat64()))
	case dtype.PhysView:
		s.S = strings.Repeat("xyz", r.IntN(min(spread, 300)))
	case dtype.PhysInterval:
		s.Iv = data.Interval{Months: r.Int32(), Days: r.Int32(), Micros: r.Int64()}
	case dtype.PhysList:
		for range r.IntN(4) {
			s.Kids = append(s.Kids, randomScalar(r, t.Elem(), spread))
		}
	case dtype.PhysArray:
		for range t.Len {
			s.Kids = append(s.Kids, randomScalar(r, t.Elem(), spread))
		}
	case dtype.PhysStruct:
		for _, f := range t.Fields {
			s.Kids = append(s.Kids, randomScalar(r, f.Type, spread))
		}
	default:
		n := r.Int64()
		if w := t.Phys().Width(); w < 8 {
			n >>= 65 - 8*w
		}
		if r.IntN(3) > 0 {
			n %= int64(spread)
		}
		if !t.IsUnsigned() && r.IntN(2) == 0 {
			n = -n
		}
		return data.IntScalar(t, n)
	}
	return s
}

// randomColumn makes a column in any form, also one that is a slice of another.
func randomColumn(r *rand.Rand, t dtype.Type, n int) *data.Column {
	spread := []int{2, 200, 60_000, 1 << 30}[r.IntN(4)]
	b := data.NewBuilder(t, n)
	switch r.IntN(4) {
	case 0:
		return data.ConstColumn(randomScalar(r, t, spread), n)
	case 1:
		if p := t.Phys(); p == dtype.PhysNull || p == dtype.PhysList {
			break
		}
		values := 1 + r.IntN(2*n)
		for b.Len() < values {
			if s := randomScalar(r, t, spread); !s.Null {
				b.AppendScalar(s)
			}
		}
		codes, valid := make([]uint32, n), data.NewBitmap(n)
		for i := range codes {
			codes[i] = uint32(r.IntN(values))
			valid.SetTo(i, r.IntN(5) > 0)
		}
		return data.DictColumn(b.Build(), codes, valid)
	case 2:
		lo := r.IntN(100)
		for range n + lo + 5 {
			b.AppendScalar(randomScalar(r, t, spread))
		}
		return b.Build().Slice(lo, lo+n)
	}
	for range n {
		b.AppendScalar(randomScalar(r, t, spread))
	}
	return b.Build()
}

func sameColumn(t *testing.T, want, got *data.Column, rows []uint32) {
	t.Helper()
	for i := range got.Len {
		k := i
		if rows != nil {
			k = int(rows[i])
		}
		if w, g := want.Value(k).String(), got.Value(i).String(); w != g {
			t.Fatalf("%s: row %d is %s, want %s", want.Type, i, g, w)
		}
	}
}

func newFiles(t *testing.T, c Config) (*Store, *Files) {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	s := NewStore(c)
	f := s.Query()
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if s.Used() != 0 {
			t.Errorf("%d bytes count as used after the end", s.Used())
		}
		empty(t, c.Dir)
	})
	return s, f
}

func empty(t *testing.T, dir string) {
	t.Helper()
	left, _ := os.ReadDir(dir)
	if len(left) > 0 {
		t.Errorf("%s is left in %s", left[0].Name(), dir)
	}
}

func TestBatchesOfAllTypesAndFormsComeBackAsTheyWere(t *testing.T) {
	r := seeded(t)
	_, f := newFiles(t, Config{})
	stat := &siksikexec.Stat{}
	space := NewSpace(f, "hash join", stat, 1<<30)
	ctx := context.Background()
	w, err := space.Batches(ctx, allTypes)
	if err != nil {
		t.Fatal(err)
	}
	var batches []*data.Batch
	var picks [][]uint32
	for i := range 150 {
		b := &data.Batch{Len: 1 + r.IntN(200), Morsel: uint64(i)}
		for _, typ := range allTypes {
			b.Cols = append(b.Cols, randomColumn(r, typ, b.Len))
		}
		var rows []uint32
		if r.IntN(2) == 0 {
			rows = []uint32{}
			for k := range b.Len {
				if r.IntN(2) == 0 {
					rows = append(rows, uint32(k))
				}
			}
		}
		if err := w.Write(ctx, b, rows); err != nil {
			t.Fatal(err)
		}
		if i%40 == 7 {
			if err := w.Pause(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if rows == nil || len(rows) > 0 {
			batches, picks = append(batches, b), append(picks, rows)
		}
	}
	run, err := w.Finish(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if stat.Spilled.Load() != run.Size() || run.Size() == 0 {
		t.Errorf("%d bytes are counted for %d on disk", stat.Spilled.Load(), run.Size())
	}
	for range 2 {
		rd := run.Reader()
		for i, want := range batches {
			got, err := rd.Read(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(picks[i]); picks[i] == nil && got.Len != want.Len || picks[i] != nil && got.Len != n || got.Morsel != want.Morsel {
				t.Fatalf("batch %d has %d rows", i, got.Len)
			}
			for c := range allTypes {
				sameColumn(t, want.Cols[c], got.Cols[c], picks[i])
			}
		}
		if _, err := rd.Read(ctx); err != io.EOF {
			t.Fatalf("after the end: %v", err)
		}
	}
	if err := errors.Join(run.Remove(), run.Remove()); err != nil {
		t.Error(err)
	}
}

func TestPartitionsKeepRowsAndTheirOrder(t *testing.T) {
	r := seeded(t)
	_, f := newFiles(t, Config{})
	types := []dtype.Type{dtype.Of(dtype.Int64), dtype.Of(dtype.String)}
	const n = 9
	ctx := context.Background()
	p := NewSpace(f, "aggregate", nil, 1<<30).Partitions(types, n)
	want := make([][]int64, n-1)
	next := int64(0)
	for range 60 {
		b := &data.Batch{Len: 1 + r.IntN(data.BatchRows)}
		vals, part := make([]int64, b.Len), make([]uint32, b.Len)
		text := data.NewBuilder(types[1], b.Len)
		for i := range vals {
			vals[i], part[i] = next, uint32(min(r.IntN(n-1), r.IntN(n-1)))
			want[part[i]] = append(want[part[i]], next)
			text.AppendString(fmt.Sprintf("the text of row %d", next))
			next++
		}
		b.Cols = []*data.Column{data.FlatColumn(types[0], vals, nil), text.Build()}
		if err := p.Add(ctx, b, part); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := p.Finish(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if runs[n-1] != nil {
		t.Error("a partition without rows has a run")
	}
	for i, rows := range want {
		if runs[i].Rows() != int64(len(rows)) {
			t.Fatalf("partition %d has %d rows, want %d", i, runs[i].Rows(), len(rows))
		}
		for rd := runs[i].Reader(); len(rows) > 0; {
			b, err := rd.Read(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range data.Slice[int64](b.Cols[0]) {
				if v != rows[k] || string(b.Cols[1].Bytes(k)) != fmt.Sprintf("the text of row %d", v) {
					t.Fatalf("partition %d: row is %d, want %d", i, v, rows[k])
				}
			}
			rows = rows[b.Len:]
		}
	}
}

func TestReadersOfOneRunDoNotDisturbEachOther(t *testing.T) {
	_, f := newFiles(t, Config{})
	ctx := context.Background()
	typ := []dtype.Type{dtype.Of(dtype.Int64)}
	w, err := NewSpace(f, "sort", nil, 1<<30).Batches(ctx, typ)
	if err != nil {
		t.Fatal(err)
	}
	const rows = 400_000
	for lo := 0; lo < rows; lo += data.BatchRows {
		vals := make([]int64, min(data.BatchRows, rows-lo))
		for i := range vals {
			vals[i] = int64(lo+i) * 0x9E3779B97F4A7C1
		}
		if err := w.Write(ctx, &data.Batch{Len: len(vals), Cols: []*data.Column{data.FlatColumn(typ[0], vals, nil)}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	run, err := w.Finish(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for k := range 6 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			at, rd := 0, run.Reader()
			for {
				b, err := rd.Read(ctx)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Error(err)
					return
				}
				for i, v := range data.Slice[int64](b.Cols[0]) {
					if v != int64(at+i)*0x9E3779B97F4A7C1 {
						t.Errorf("reader %d: wrong row %d", k, at+i)
						return
					}
				}
				at += b.Len
			}
			if at != rows {
				t.Errorf("reader %d saw %d rows", k, at)
			}
		}()
	}
	wg.Wait()
}

func TestOverTheLimitSaysWhatToRaise(t *testing.T) {
	dir := t.TempDir()
	_, f := newFiles(t, Config{Dir: dir, Limit: 3_000_000})
	p, err := NewSpace(f, "sort", nil, 1<<30).Pages(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 1_000_000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for err == nil {
		err = p.Append(context.Background(), noise)
	}
	want := "spilling rows of the sort would pass the limit of 3.0 MB for " + dir + ", of which 3.0 MB is in use; " +
		"raise --spill-limit, for example --spill-limit 8MB, or raise --memory so that less spills"
	if fault.CodeOf(err) != fault.IO || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := p.Abort(); err != nil {
		t.Error(err)
	}
	// What was given up makes room for others.
	if q, err := NewSpace(f, "sort", nil, 1<<30).Pages(context.Background()); err != nil || q.Append(context.Background(), noise) != nil {
		t.Error("no room after Abort")
	}
}

func TestDirectoriesThatCannotBeWrittenAreNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := NewStore(Config{Dir: filepath.Join(file, "below")}).Query()
	_, err := f.Create(context.Background(), "sort")
	if fault.CodeOf(err) != fault.IO || !strings.Contains(err.Error(), "cannot make a spill directory in "+file) ||
		!strings.Contains(err.Error(), "--spill-dir") {
		t.Errorf("got %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestChangedBlocksAreFound(t *testing.T) {
	dir := t.TempDir()
	_, f := newFiles(t, Config{Dir: dir})
	ctx := context.Background()
	p, err := NewSpace(f, "sort", nil, 1<<30).Pages(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Append(ctx, make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	run, _ := p.Finish()
	names, _ := filepath.Glob(filepath.Join(dir, "*", "*", "*", "sort-1"))
	if len(names) != 1 {
		t.Fatalf("files %v", names)
	}
	h, err := os.OpenFile(names[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.WriteAt([]byte{77}, 3); err != nil {
		t.Fatal(err)
	}
	h.Close()
	if _, err := run.Block(ctx, 0, nil); fault.CodeOf(err) != fault.IO || !strings.Contains(err.Error(), "block 0 has changed on disk") {
		t.Errorf("got %v", err)
	}
	os.Remove(names[0])
	if _, err := run.Block(ctx, 0, nil); fault.CodeOf(err) != fault.IO {
		t.Errorf("without its file: %v", err)
	}
}

func TestNothingIsWrittenOrReadAfterCancelling(t *testing.T) {
	_, f := newFiles(t, Config{})
	ctx, cancel := context.WithCancel(context.Background())
	p, err := NewSpace(f, "sort", nil, 1<<30).Pages(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Append(ctx, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := p.Append(ctx, make([]byte, 1000)); err != context.Canceled {
		t.Errorf("Append: %v", err)
	}
	run, _ := p.Finish()
	if _, err := run.Block(ctx, 0, nil); err != context.Canceled {
		t.Errorf("Block: %v", err)
	}
	if _, err := f.Create(ctx, "sort"); err != context.Canceled {
		t.Errorf("Create: %v", err)
	}
}

func TestWhatOthersHaveInTheSpillDirectoryStays(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "siksik-spill-of-mine")
	if err := os.Mkdir(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s, other := NewStore(Config{Dir: dir}), NewStore(Config{Dir: dir})
	for range 3 { // each time the last one removes the directory that both share
		f, g := s.Query(), other.Query()
		for _, q := range []*Files{f, g} {
			if _, err := q.Create(ctx, "sort"); err != nil {
				t.Fatal(err)
			}
		}
		for _, q := range []*Files{f, g} {
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
		}
		left, _ := os.ReadDir(dir)
		if len(left) != 1 || left[0].Name() != filepath.Base(kept) {
			t.Fatalf("in the directory there are %v", left)
		}
	}
}

// TestMain lets the test binary play a process that is killed while it spills.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "spill-forever" {
		p, err := NewSpace(NewStore(Config{Dir: os.Args[2]}).Query(), "sort", nil, 1<<30).Pages(context.Background())
		for err == nil {
			err = p.Append(context.Background(), make([]byte, 1000))
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestTheNextStartRemovesWhatAKilledProcessLeftAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	_, f := newFiles(t, Config{Dir: dir})
	p, err := NewSpace(f, "sort", nil, 1<<30).Pages(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Append(context.Background(), make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	run, _ := p.Finish()
	cmd := exec.Command(os.Args[0], "spill-forever", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	runs := func() int {
		names, _ := filepath.Glob(filepath.Join(dir, "*", "*", "*", "sort-1"))
		return len(names)
	}
	for end := time.Now().Add(20 * time.Second); runs() < 2; {
		if time.Now().After(end) {
			t.Fatal("the other process does not spill")
		}
	}
	NewStore(Config{Dir: dir})
	if runs() != 2 {
		t.Error("a start removed the files of a living process")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if runs() != 2 {
		t.Error("the killed process cleaned up after itself")
	}
	NewStore(Config{Dir: dir})
	if runs() != 1 {
		t.Error("the files of the dead process are still there")
	}
	if _, err := run.Block(context.Background(), 0, nil); err != nil {
		t.Errorf("the living run is broken: %v", err)
	}
}

func BenchmarkWriteAndRead(b *testing.B) {
	f := NewStore(Config{Dir: b.TempDir()}).Query()
	defer f.Close()
	ctx := context.Background()
	types := []dtype.Type{dtype.Of(dtype.Int64), dtype.Of(dtype.Int64), dtype.Of(dtype.Float64)}
	batch := &data.Batch{Len: data.BatchRows}
	for _, typ := range types {
		vals := make([]int64, data.BatchRows)
		for i := range vals {
			vals[i] = rand.Int64N(60_000_000)
		}
		batch.Cols = append(batch.Cols, data.FlatColumn(typ, vals, nil))
	}
	b.SetBytes(200 * data.BatchRows * 24)
	for b.Loop() {
		w, err := NewSpace(f, "sort", nil, 1<<30).Batches(ctx, types)
		if err != nil {
			b.Fatal(err)
		}
		for range 200 {
			if err := w.Write(ctx, batch, nil); err != nil {
				b.Fatal(err)
			}
		}
		run, err := w.Finish(ctx)
		if err != nil {
			b.Fatal(err)
		}
		for rd := run.Reader(); err != io.EOF; {
			if _, err = rd.Read(ctx); err != nil && err != io.EOF {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(run.Size())/float64(200*data.BatchRows*24), "stored/raw")
		if err := run.Remove(); err != nil {
			b.Fatal(err)
		}
	}
}

// Rows with long texts take much more memory than their width says, so that a partition writes them before they fill a batch.
func TestPartitionsWriteWideRowsEarly(t *testing.T) {
	_, f := newFiles(t, Config{})
	types := []dtype.Type{dtype.Of(dtype.String)}
	ctx := context.Background()
	p := NewSpace(f, "join", nil, 1<<30).Partitions(types, 1)
	const rows, each = data.BatchRows / 8, 16
	wide := strings.Repeat("wide", 256)
	for range each {
		text := data.NewBuilder(types[0], rows)
		for range rows {
			text.AppendString(wide)
		}
		if err := p.Add(ctx, &data.Batch{Len: rows, Cols: []*data.Column{text.Build()}}, make([]uint32, rows)); err != nil {
			t.Fatal(err)
		}
		if held := p.parts[0].keep.Open(); held > PartitionBytes(types[0].Phys().Width()) {
			t.Fatalf("%d bytes of rows are held", held)
		}
	}
	runs, err := p.Finish(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := runs[0].Rows(); got != rows*each {
		t.Errorf("the partition has %d rows", got)
	}
	if err := runs[0].Remove(); err != nil {
		t.Error(err)
	}
}
