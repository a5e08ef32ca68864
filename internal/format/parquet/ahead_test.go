package parquet

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/spi"
)

// gateFS is a store whose reads of data go through a gate.
type gateFS struct {
	*memFS
	gate func(ctx context.Context, off int64, n int) error
}

func (g *gateFS) Open(ctx context.Context, path string) (spi.File, error) {
	f, err := g.memFS.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return &gateFile{f, g}, nil
}

type gateFile struct {
	spi.File
	fs *gateFS
}

func (f *gateFile) ReadRange(ctx context.Context, p []byte, off int64) error {
	if f.fs.gate != nil {
		if err := f.fs.gate(ctx, off, len(p)); err != nil {
			return err
		}
	}
	return f.File.ReadRange(ctx, p, off)
}

// gated makes a table of two row groups in a store.
func gated(t *testing.T) (*gateFS, spi.Table) {
	t.Helper()
	fs := &gateFS{memFS: newMemFS()}
	numbered(t, fs.memFS, "f", 20_000, spi.Options{"row_group_size": int64(10_000)})
	infos, err := fs.Glob(context.Background(), "f")
	if err != nil {
		t.Fatal(err)
	}
	tab, err := Format{}.OpenTable(context.Background(), fs, infos, nil)
	if err != nil {
		t.Fatal(err)
	}
	return fs, tab
}

func TestTheNextRowGroupIsOnItsWayBeforeThisOneIsRead(t *testing.T) {
	fs, tab := gated(t)
	second := tab.(*table).files[0].meta.groups[1].chunks[0].start()
	var once sync.Once
	asked := make(chan struct{})
	fs.gate = func(ctx context.Context, off int64, n int) error {
		if off >= second {
			once.Do(func() { close(asked) })
			return nil
		}
		select { // the first row group comes only when the second one has been asked for
		case <-asked:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Minute):
			return errors.New("the second row group was not asked for")
		}
	}
	rows := 0
	if err := readAll(tab, everything(tab), func(b *data.Batch) { rows += b.Len }); err != nil || rows != 20_000 {
		t.Errorf("%d rows, error %v", rows, err)
	}
}

func TestWhatIsReadAheadEndsWithTheScan(t *testing.T) {
	fs, tab := gated(t)
	before := runtime.NumGoroutine()
	var inside sync.WaitGroup
	inside.Add(2)
	fs.gate = func(ctx context.Context, _ int64, _ int) error {
		inside.Done()
		<-ctx.Done()
		return context.Cause(ctx)
	}
	s, err := tab.Scan(context.Background(), everything(tab))
	if err != nil {
		t.Fatal(err)
	}
	for split, err := range s.Splits(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(context.Background(), split)
		if err != nil {
			t.Fatal(err)
		}
		inside.Wait() // both row groups are being read
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		break
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for i := 0; runtime.NumGoroutine() > before && i < 1e6; i++ {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
}

func TestWhatCouldNotBeReadAheadIsReadAgainOrFailsWithTheFile(t *testing.T) {
	fs, tab := gated(t)
	var mu sync.Mutex
	failed := map[int64]bool{}
	fs.gate = func(_ context.Context, off int64, _ int) error {
		mu.Lock()
		defer mu.Unlock()
		if !failed[off] {
			failed[off] = true
			return errors.New("a bad day")
		}
		return nil
	}
	rows := 0
	if err := readAll(tab, everything(tab), func(b *data.Batch) { rows += b.Len }); err != nil || rows != 20_000 || len(failed) == 0 {
		t.Errorf("%d rows after %d failures, error %v", rows, len(failed), err)
	}
	fs.gate = func(context.Context, int64, int) error { return errors.New("a bad year") }
	if err := readAll(tab, everything(tab), func(*data.Batch) {}); err == nil || !strings.Contains(err.Error(), "a bad year") || !strings.Contains(err.Error(), "reading f") {
		t.Errorf("error %v", err)
	}
}
