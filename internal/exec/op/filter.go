package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/eval"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) filter(n *phys.Filter) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	in := n.Input.Info().Out
	prog, err := eval.CompileFilter(n.Conds, in)
	if err != nil {
		return nil, err
	}
	picks, err := picks(n.Out, in)
	if err != nil {
		return nil, err
	}
	return b.stage(n, legs, &filter{prog, picks}), nil
}

// filter keeps the rows for which all conditions are true, and of the columns those in picks, or all if picks is nil.
type filter struct {
	prog  *eval.FilterProgram
	picks []int
}

// Worker implements exec.Transform.
func (f *filter) Worker(int) exec.Step { return &filterStep{sel: f.selector(), picks: f.picks} }

func (f *filter) selector() selector { return selector{conds: f.prog.Worker()} }

type filterStep struct {
	exec.PassStep
	sel    selector
	picks  []int
	picked data.Batch
}

// Push implements exec.Step.
func (s *filterStep) Push(ctx context.Context, b *data.Batch, emit exec.Emit) error {
	rows, all, err := s.sel.conds.Select(ctx, b)
	if err != nil {
		return exec.AtRow(err)
	}
	if !all && len(rows) == 0 {
		return nil
	}
	b = pick(&s.picked, b, s.picks)
	if all {
		if err := emit(b); err != nil {
			return exec.Trace(err, sameRow)
		}
		return nil
	}
	if err := emit(s.sel.take(b, rows)); err != nil {
		return exec.Trace(err, func(row int) int { return int(rows[row]) })
	}
	return nil
}

// sameRow is for steps that keep rows in place.
func sameRow(row int) int { return row }

// pick returns b with only the columns in picks, in out, or b itself if picks is nil.
func pick(out, b *data.Batch, picks []int) *data.Batch {
	if picks == nil {
		return b
	}
	out.Cols = out.Cols[:0]
	for _, p := range picks {
		out.Cols = append(out.Cols, b.Cols[p])
	}
	out.Len, out.Morsel = b.Len, b.Morsel
	return out
}

// selector is a worker's filter and the memory of its results.
type selector struct {
	conds   *eval.FilterWorker
	scratch compute.Scratch
}

// take returns the rows of b; the result is borrowed until the next call.
func (s *selector) take(b *data.Batch, rows []uint32) *data.Batch {
	s.scratch.Reset()
	return compute.FilterBatch(&s.scratch, b, rows)
}
