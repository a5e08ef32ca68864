package engine

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/mem"
)

// Failures are injected by a Spill around that of the query: it counts what operators write and read, and does harm at one of these moments.
type harmful struct {
	mem.Spill
	count atomic.Int64
	at    int64
	harm  func(read bool) error // at operation `at` and all later ones
}

func (h *harmful) tick(read bool) error {
	if h.count.Add(1) > h.at && h.harm != nil {
		return h.harm(read)
	}
	return nil
}

func (h *harmful) Create(ctx context.Context, operator string) (mem.RunWriter, error) {
	w, err := h.Spill.Create(ctx, operator)
	if err != nil {
		return nil, err
	}
	return &harmfulWriter{w, h}, nil
}

type harmfulWriter struct {
	mem.RunWriter
	h *harmful
}

func (w *harmfulWriter) Append(ctx context.Context, block []byte) (int64, error) {
	if err := w.h.tick(false); err != nil {
		return 0, err
	}
	return w.RunWriter.Append(ctx, block)
}

func (w *harmfulWriter) Finish() (mem.Run, error) {
	r, err := w.RunWriter.Finish()
	return &harmfulRun{r, w.h}, err
}

type harmfulRun struct {
	mem.Run
	h *harmful
}

func (r *harmfulRun) Block(ctx context.Context, i int, buf []byte) ([]byte, error) {
	if err := r.h.tick(true); err != nil {
		return nil, err
	}
	return r.Run.Block(ctx, i, buf)
}

// harm is a way to fail.
type harm struct {
	name string
	// set prepares the harm for the share x of a run whose clean course is known, and returns the context and the hooks.
	set func(a *arena, clean outcome, x float64) (ctx context.Context, h *harmful, batch func(int))
	// says are parts of the error, any of which must be in it; nil for a cancellation.
	says []string
}

var errBroken = fault.New(fault.IO, "the disk is on fire")

// atOp does something once, at a share of the operations.
func atOp(clean outcome, x float64, once func()) *harmful {
	h := &harmful{at: int64(x * float64(clean.ops))}
	var done atomic.Bool
	h.harm = func(bool) error {
		if !done.Swap(true) {
			once()
		}
		return nil
	}
	return h
}

var harms = []harm{
	{"a write or read fails", func(a *arena, clean outcome, x float64) (context.Context, *harmful, func(int)) {
		return a.t.Context(), &harmful{at: int64(x * float64(clean.ops)), harm: func(bool) error { return errBroken }}, nil
	}, []string{"the disk is on fire"}},
	{"a read fails", func(a *arena, clean outcome, x float64) (context.Context, *harmful, func(int)) {
		return a.t.Context(), &harmful{at: int64(x * float64(clean.ops)), harm: func(read bool) error {
			if read {
				return errBroken
			}
			return nil
		}}, nil
	}, []string{"the disk is on fire"}},
	{"files are cut", func(a *arena, clean outcome, x float64) (context.Context, *harmful, func(int)) {
		return a.t.Context(), atOp(clean, x, func() {
			for _, f := range a.files() {
				_ = os.Truncate(f, 10)
			}
		}), nil
	}, []string{"cannot read back rows of the "}},
	{"files are overwritten", func(a *arena, clean outcome, x float64) (context.Context, *harmful, func(int)) {
		return a.t.Context(), atOp(clean, x, func() {
			for _, f := range a.files() {
				if info, err := os.Stat(f); err == nil {
					_ = os.WriteFile(f, make([]byte, info.Size()), 0o600)
				}
			}
		}), nil
	}, []string{"cannot read back rows of the "}},
	{"the directory vanishes", func(a *arena, clean outcome, x float64) (context.Context, *harmful, func(int)) {
		return a.t.Context(), atOp(clean, x, func() {
			below, _ := filepath.Glob(filepath.Join(a.dir, "*"))
			for _, d := range below {
				_ = os.RemoveAll(d)
			}
		}), nil
	}, []string{"cannot read back rows of the ", "cannot spill rows of the "}},
	{"the limit is passed", func(a *arena, clean outcome, x float64) (context.Context, *harmful, func(int)) {
		a.limit(max(int64(x*float64(clean.disk)/2), 1))
		return a.t.Context(), &harmful{}, nil
	}, []string{"would pass the limit of "}},
	{"cancelled at the disk", func(a *arena, clean outcome, x float64) (context.Context, *harmful, func(int)) {
		ctx, cancel := context.WithCancel(a.t.Context())
		return ctx, atOp(clean, x, cancel), nil
	}, nil},
	{"cancelled at a table", func(a *arena, clean outcome, x float64) (context.Context, *harmful, func(int)) {
		ctx, cancel := context.WithCancel(a.t.Context())
		a.atRead(int64(x*float64(clean.reads)), cancel)
		return ctx, &harmful{}, nil
	}, nil},
	{"cancelled at the result", func(a *arena, clean outcome, x float64) (context.Context, *harmful, func(int)) {
		ctx, cancel := context.WithCancel(a.t.Context())
		return ctx, &harmful{}, func(n int) {
			if float64(n) > x*5 {
				cancel()
			}
		}
	}, nil},
}

// atRead calls do at the given read of the tables from now on.
func (a *arena) atRead(at int64, do func()) {
	var count atomic.Int64
	f := func(int64) {
		if count.Add(1) > at {
			do()
		}
	}
	for _, w := range a.tables {
		w.onRead.Store(&f)
	}
}
