package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) unnest(n *phys.Unnest) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	in := n.Input.Info().Out
	u := &unnest{outer: n.Outer}
	if u.exprs, err = compile(itemExprs(n.Items), in); err != nil {
		return nil, err
	}
	for _, c := range n.Out {
		at := -1
		for i, it := range n.Items {
			if it.Col.ID == c.ID {
				at = -2 - i
			}
		}
		if at == -1 {
			if at = position(in, c.ID); at < 0 {
				return nil, bug.Errorf("unnest column %s#%d is not in the input", c.Name, c.ID)
			}
		}
		u.cols = append(u.cols, at)
	}
	return b.stage(n, legs, u), nil
}

// unnest makes a row for each element of lists that run side by side.
type unnest struct {
	exprs *exprs
	cols  []int // by output column: the input column, or -2 - item
	outer bool
}

// Worker implements exec.Transform.
func (u *unnest) Worker(int) exec.Step { return &unnestStep{u: u, exprs: u.exprs.worker()} }

type unnestStep struct {
	exec.PassStep
	u       *unnest
	exprs   *exprWorker
	lists   compute.Scratch
	scratch compute.Scratch
	items   []listItem
	rows    []uint32
	out     data.Batch
}

// listItem is one list column of a batch.
type listItem struct {
	col   *data.Column // Flat
	elems []int32      // the elements of the block, -1 for none
}

// span returns the elements of row i as rows of the child.
func (l *listItem) span(i int) (lo, hi int) {
	if l.col.Type.Kind == dtype.Null || l.col.IsNull(i) {
		return 0, 0
	}
	if l.col.Type.Kind == dtype.Array {
		return i * l.col.Type.Len, (i + 1) * l.col.Type.Len
	}
	return int(l.col.Offsets[i]), int(l.col.Offsets[i+1])
}

// Push implements exec.Step.
func (s *unnestStep) Push(ctx context.Context, b *data.Batch, emit exec.Emit) error {
	cols, err := s.exprs.eval(ctx, b)
	if err != nil {
		return err
	}
	s.lists.Reset()
	s.items = sized(s.items, len(cols))
	for i, c := range cols {
		s.items[i].col = compute.Flatten(&s.lists, c)
		s.items[i].elems = s.items[i].elems[:0]
	}
	s.rows = s.rows[:0]
	for row := range b.Len {
		n := 0
		for i := range s.items {
			lo, hi := s.items[i].span(row)
			n = max(n, hi-lo)
		}
		if n == 0 && s.u.outer {
			n = 1
		}
		for k := range n {
			if len(s.rows) == data.BatchRows {
				if err := s.flush(b, emit); err != nil {
					return err
				}
			}
			s.rows = append(s.rows, uint32(row))
			for i := range s.items {
				it := &s.items[i]
				at := int32(-1)
				if lo, hi := it.span(row); lo+k < hi {
					at = int32(lo + k)
				}
				it.elems = append(it.elems, at)
			}
		}
	}
	return s.flush(b, emit)
}

// flush puts out the rows that have been collected.
func (s *unnestStep) flush(b *data.Batch, emit exec.Emit) error {
	if len(s.rows) == 0 {
		return nil
	}
	s.scratch.Reset()
	s.out.Cols, s.out.Len, s.out.Morsel = s.out.Cols[:0], len(s.rows), b.Morsel
	for _, at := range s.u.cols {
		if at >= 0 {
			s.out.Cols = append(s.out.Cols, compute.Gather(&s.scratch, b.Cols[at], s.rows))
			continue
		}
		it := &s.items[-2-at]
		if len(it.col.Kids) == 0 {
			s.out.Cols = append(s.out.Cols, s.scratch.Null(it.col.Type, len(s.rows)))
			continue
		}
		s.out.Cols = append(s.out.Cols, compute.GatherNullable(&s.scratch, it.col.Kids[0], it.elems))
	}
	if err := emit(&s.out); err != nil {
		return exec.Trace(err, func(row int) int { return int(s.rows[row]) })
	}
	s.rows = s.rows[:0]
	for i := range s.items {
		s.items[i].elems = s.items[i].elems[:0]
	}
	return nil
}
