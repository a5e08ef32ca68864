package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/spi"
)

// keptFile is what a file has in it before it is written anew.
const keptFile = "as it was"

// A file that a failing query writes to is the old one, and that of one that succeeds is whole; nothing lies beside it.
func TestFilesAreAsTheyWereWhenTheirQueryFailsWhileItSpills(t *testing.T) {
	r := seeded(t)
	tables := [2]*watched{newWatched(1, 8_000), newWatched(2, 5_000)}
	for i, s := range spillers {
		if s.name == "lists" || testing.Short() && i%4 != 0 {
			continue // lists are no values of CSV
		}
		dir := t.TempDir()
		name := filepath.Join(dir, []string{"out.csv", "out.parquet", "out.ndjson"}[i%3])
		want := ""
		a := newArena(t, tables, t.TempDir(), workers[i%3], 2*s.memory+(256<<10))
		write := func(h harm, clean outcome, x float64) {
			if err := os.WriteFile(name, []byte(keptFile), 0o600); err != nil {
				t.Fatal(err)
			}
			a.sink = &frame.Write{Path: name}
			failed := a.check(s, h, clean, x)
			a.sink = nil
			got, err := os.ReadFile(name)
			if err != nil || failed && string(got) != keptFile || !failed && string(got) != want {
				t.Fatalf("%s, %s: failed %v, the file is %.60q, %v", s.name, h.name, failed, got, err)
			}
			if left, _ := os.ReadDir(dir); len(left) != 1 {
				t.Fatalf("%s, %s: %d files, %v", s.name, h.name, len(left), left)
			}
		}
		a.sink = &frame.Write{Path: name}
		clean := a.run(t.Context(), s.query, &harmful{}, nil)
		whole, err := os.ReadFile(name)
		if clean.err != nil || err != nil {
			t.Fatalf("%s: %v, %v", s.name, clean.err, err)
		}
		want = string(whole)
		for j, h := range harms {
			if (i+j)%3 == 0 {
				write(h, clean, r.Float64())
			}
		}
		a.close()
	}
}

// flaky is a sink that fails at one of its steps.
type flaky struct {
	fail               string // "begin", "writer", "write", "close" or "commit"
	mu                 sync.Mutex
	open               int
	commits, aborts    int
	abortedWithWriters bool
	committed          func() // called by a commit that succeeds; may be nil
}

var errSink = errors.New("the sink has failed")

func (s *flaky) step(name string) error {
	if s.fail == name {
		return errSink
	}
	return nil
}

func (s *flaky) Begin(context.Context, spi.LoadSpec) (spi.Load, error) { return s, s.step("begin") }

func (s *flaky) Parallel() bool { return s.fail == "close" }

func (s *flaky) Writer(context.Context) (spi.Writer, error) {
	if err := s.step("writer"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
	return &flakyWriter{s}, nil
}

func (s *flaky) Commit(context.Context, []spi.Receipt) error {
	if err := s.step("commit"); err != nil {
		return err
	}
	s.commits++
	if s.committed != nil {
		s.committed()
	}
	return nil
}

func (s *flaky) Abort(ctx context.Context) error {
	s.aborts++
	s.abortedWithWriters = s.open > 0 || ctx.Err() != nil
	return nil
}

type flakyWriter struct{ s *flaky }

func (w *flakyWriter) Write(context.Context, *data.Batch) error {
	return w.s.step("write")
}

func (w *flakyWriter) Close(context.Context) (spi.Receipt, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.open--
	return spi.Receipt{}, w.s.step("close")
}

// When a sink fails above operators that have spilled, its error is the query's, its load is thrown away, and nothing stays on disk.
func TestSinksThatFailAboveOperatorsThatSpillLeaveNothing(t *testing.T) {
	tables := [2]*watched{newWatched(1, 8_000), newWatched(2, 5_000)}
	steps := []string{"begin", "writer", "write", "close", "commit"}
	for i, s := range spillers {
		if testing.Short() && i%4 != 1 {
			continue
		}
		a := newArena(t, tables, t.TempDir(), workers[i%3], 2*s.memory+(256<<10))
		for j, step := range steps {
			if (i+j)%2 == 0 {
				continue
			}
			sink := &flaky{fail: step}
			a.sink = &frame.Write{Sink: sink}
			o := a.run(t.Context(), s.query, &harmful{}, nil)
			aborts := 1
			if step == "begin" {
				aborts = 0
			}
			if !errors.Is(o.err, errSink) || sink.commits != 0 || sink.open != 0 || sink.aborts != aborts || sink.abortedWithWriters {
				t.Fatalf("%s, %s: %v, %d commits, %d writers open, %d aborts, with writers %v", s.name, step, o.err, sink.commits, sink.open, sink.aborts, sink.abortedWithWriters)
			}
		}
		a.close()
	}
}

// A load that is committed is done: a cancellation that comes then would be believed to have left the target as it was.
func TestACancellationAfterTheCommitIsTooLate(t *testing.T) {
	a := newArena(t, [2]*watched{newWatched(1, 80), newWatched(2, 50)}, t.TempDir(), 2, 64<<20)
	ctx, cancel := context.WithCancel(t.Context())
	sink := &flaky{committed: cancel}
	a.sink = &frame.Write{Sink: sink}
	o := a.run(ctx, spillers[0].query, &harmful{}, nil)
	if o.err != nil || sink.commits != 1 || sink.aborts != 0 || ctx.Err() == nil {
		t.Errorf("%v after %d commits and %d aborts", o.err, sink.commits, sink.aborts)
	}
	a.close()
}
