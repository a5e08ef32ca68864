package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
)

// sequence is a Transform whose result depends on how many rows come before: each batch is passed to place with the number of its first row.
// The lowest open morsel streams; later ones are copied until the morsels before them are done.
type sequence struct {
	turns exec.Turns
	mem   *exec.Account
	most  int64 // rows of one morsel that can matter, or -1
	place func() placer
}

// placer handles a batch whose first row has number start.
type placer func(start int64, b *data.Batch, emit exec.Emit) error

// Start implements exec.Starter.
func (s *sequence) Start(first uint64) { s.turns.Start(first) }

// Worker implements exec.Transform.
func (s *sequence) Worker(int) exec.Step { return &sequenceStep{s: s, place: s.place()} }

type sequenceStep struct {
	s     *sequence
	place placer
	start int64 // number of the next row, if known
	known bool
	rows  int64 // rows of the morsel so far
	held  []*data.Batch
	size  int64
}

// Push implements exec.Step.
func (w *sequenceStep) Push(_ context.Context, b *data.Batch, emit exec.Emit) error {
	if !w.known {
		if w.start, w.known = w.s.turns.Before(b.Morsel); w.known {
			if err := w.release(emit); err != nil {
				return err
			}
		}
	}
	rows := int64(b.Len)
	if w.known {
		w.rows += rows
		w.start += rows
		return w.place(w.start-rows, b, emit)
	}
	if w.s.most < 0 || w.rows < w.s.most {
		own := b.Clone()
		w.held = append(w.held, own)
		n := int64(own.Size())
		w.size += n
		if err := w.s.mem.Grow(n); err != nil {
			return err
		}
	}
	w.rows += rows
	return nil
}

// release places the batches that were held back.
func (w *sequenceStep) release(emit exec.Emit) error {
	held := w.held
	w.held = w.held[:0]
	w.s.mem.Shrink(w.size)
	w.size = 0
	for i, b := range held {
		held[i] = nil
		start := w.start
		w.start += int64(b.Len)
		if err := w.place(start, b, emit); err != nil {
			return exec.Untraced(err)
		}
	}
	return nil
}

// Flush implements exec.Step.
func (w *sequenceStep) Flush(ctx context.Context, morsel uint64, emit exec.Emit) error {
	rows := w.rows
	w.rows = 0
	if w.known || len(w.held) == 0 {
		w.known = false
		w.s.turns.End(morsel, rows)
		return nil
	}
	var err error
	if w.start, err = w.s.turns.Wait(ctx, morsel); err != nil {
		return err
	}
	w.s.turns.End(morsel, rows)
	return w.release(emit)
}
