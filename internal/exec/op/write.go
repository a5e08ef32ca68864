package op

import (
	"context"
	"errors"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/spi"
)

func (b *builder) write(n *phys.Write) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	w := &writeSink{sink: n.Sink, spec: n.Spec, mem: b.account(n.ID, "write")}
	w.spec.Threads = b.threads
	p := b.sink(n, "write", legs, w)
	p.Done = append(p.Done, w.abort)
	return []exec.Leg{{Node: n.ID, From: p}}, nil
}

// writeSink loads rows into a spi.Sink. Parallel loads have a writer for each worker; others have one writer that gets the rows in order, as in
// exec.Deliver. What was begun is committed when all rows are written, and aborted in every other case.
type writeSink struct {
	sink spi.Sink
	spec spi.LoadSpec
	mem  *exec.Account

	mu       sync.Mutex
	ctx      context.Context // outlives cancellation; set by begin
	life     context.Context // of the load: ends by cancellation, but not with the workers; set by begin
	load     spi.Load
	failed   error // of Begin
	parallel bool
	only     spi.Writer // of a load that is not parallel
	open     []spi.Writer
	receipts []spi.Receipt
	rows     int64
	turns    exec.Turns

	committed bool // set by Finish
}

// begin starts the load once.
func (s *writeSink) begin(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load != nil || s.failed != nil {
		return s.failed
	}
	s.ctx = context.WithoutCancel(ctx)
	s.life = outliving(ctx)
	if s.load, s.failed = s.sink.Begin(s.life, s.spec); s.failed != nil {
		s.load = nil
		return s.failed
	}
	s.parallel = s.load.Parallel()
	return nil
}

// outliving returns a context that is cancelled with ctx, unless ctx only ends because the workers have: connections that a load opens while they
// run serve its commit too.
func outliving(ctx context.Context) context.Context {
	life, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		if cause := context.Cause(ctx); !errors.Is(cause, exec.Ended) {
			cancel(cause)
		}
	})
	return life
}

// writer opens a writer.
func (s *writeSink) writer() (spi.Writer, error) {
	w, err := s.load.Writer(s.life)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, w)
	return w, nil
}

// close closes a writer and keeps its receipt.
func (s *writeSink) close(ctx context.Context, w spi.Writer) error {
	r, err := w.Close(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range s.open {
		if o == w {
			s.open = append(s.open[:i], s.open[i+1:]...)
			break
		}
	}
	s.receipts = append(s.receipts, r)
	return err
}

// Worker implements exec.Sink.
func (s *writeSink) Worker(int) exec.Writer { return &sinkWriter{s: s} }

// Finish implements exec.Sink: it commits and yields the number of rows.
func (s *writeSink) Finish(ctx context.Context, _ *exec.Crew) (exec.Source, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	if s.only != nil {
		if err := s.close(ctx, s.only); err != nil {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := s.load.Commit(ctx, s.receipts); err != nil {
		return nil, err
	}
	s.load, s.committed = nil, true
	count := data.FlatColumn(dtype.Of(dtype.Int64), []int64{s.rows}, nil)
	return &chunks{list: []chunk{{cols: []*data.Column{count}, n: 1}}}, nil
}

// Committed implements exec.Committer.
func (s *writeSink) Committed() bool { return s.committed }

// abort ends a load that was not committed. The pipeline calls it at the end, whatever happened.
func (s *writeSink) abort() {
	if s.load == nil {
		return
	}
	for _, w := range s.open {
		_, _ = w.Close(s.ctx) // the load is thrown away; what went wrong is reported already
	}
	_ = s.load.Abort(s.ctx)
	s.load = nil
}

// sinkWriter is one worker's part.
type sinkWriter struct {
	s    *writeSink
	w    spi.Writer // of a parallel load
	held []*data.Batch
	size int64
	rows int64
}

// Write implements exec.Writer.
func (w *sinkWriter) Write(ctx context.Context, b *data.Batch) error {
	s := w.s
	if err := s.begin(ctx); err != nil {
		return err
	}
	w.rows += int64(b.Len)
	if s.parallel {
		if w.w == nil {
			var err error
			if w.w, err = s.writer(); err != nil {
				return err
			}
		}
		return w.w.Write(ctx, b)
	}
	if _, mine := s.turns.Before(b.Morsel); mine {
		if err := w.release(ctx); err != nil {
			return err
		}
		return w.ordered(ctx, b)
	}
	own := b.Clone()
	n := int64(own.Size())
	if err := s.mem.Grow(n); err != nil {
		return err
	}
	w.held, w.size = append(w.held, own), w.size+n
	return nil
}

// ordered writes a batch whose turn it is.
func (w *sinkWriter) ordered(ctx context.Context, b *data.Batch) error {
	s := w.s
	if s.only == nil {
		only, err := s.writer()
		if err != nil {
			return err
		}
		s.only = only
	}
	return s.only.Write(ctx, b)
}

// release writes what was held back.
func (w *sinkWriter) release(ctx context.Context) error {
	for i, b := range w.held {
		w.held[i] = nil
		if err := w.ordered(ctx, b); err != nil {
			return err
		}
	}
	w.held = w.held[:0]
	w.s.mem.Shrink(w.size)
	w.size = 0
	return nil
}

// Flush implements exec.Writer.
func (w *sinkWriter) Flush(ctx context.Context, morsel uint64) error {
	if len(w.held) > 0 {
		if _, err := w.s.turns.Wait(ctx, morsel); err != nil {
			return err
		}
		if err := w.release(ctx); err != nil {
			return err
		}
	}
	w.s.turns.End(morsel, 0)
	return nil
}

// Combine implements exec.Writer.
func (w *sinkWriter) Combine(ctx context.Context) error {
	var err error
	if w.w != nil {
		err = w.s.close(ctx, w.w)
	}
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.rows += w.rows
	return err
}
