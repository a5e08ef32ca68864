package op

import (
	"context"
	"io"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
)

// partitions is a Source over stored rows whose order nobody observes: a task is a piece of an aggMerger, which the worker that takes it merges and
// puts out at once, so that merged groups never exist all together.
type partitions struct {
	m    *aggMerger
	todo []int
}

func newPartitions(m *aggMerger) *partitions {
	return &partitions{m: m, todo: m.filled()}
}

// Open implements exec.Source.
func (s *partitions) Open(context.Context) error { return nil }

// Next implements exec.Source.
func (s *partitions) Next(context.Context) (exec.Task, error) {
	if len(s.todo) == 0 {
		return nil, io.EOF
	}
	p := s.todo[0]
	s.todo = s.todo[1:]
	return p, nil
}

// filled returns the pieces that have rows.
func (m *aggMerger) filled() []int {
	var out []int
	for p := range m.parts {
		if m.rows(p) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// Worker implements exec.Source.
func (s *partitions) Worker(int) exec.Reader {
	a := s.m.a
	return &partitionReader{m: s.m, core: newAggCore(a, s.m.set, 0), in: newAggInput(a)}
}

// Close implements exec.Source.
func (s *partitions) Close() error { return s.m.close() }

// partitionReader merges one piece after the other in a core that it reuses.
type partitionReader struct {
	m     *aggMerger
	core  *aggCore
	in    *aggInput
	todo  []partWork
	rows  chunkReader
	chunk chunk
}

// partWork is a piece that is still to be merged, or the end of a merger of one piece.
type partWork struct {
	m *aggMerger
	p int // or -1: m has done its work
}

// Start implements exec.Reader.
func (r *partitionReader) Start(_ context.Context, t exec.Task) error {
	r.todo = append(r.todo[:0], partWork{r.m, t.(int)})
	r.rows.t = chunkTask{}
	return nil
}

// piece merges until there are groups, and returns false when there are no more. The chunk is borrowed until the next call.
func (r *partitionReader) piece(ctx context.Context) (bool, error) {
	for len(r.todo) > 0 {
		last := len(r.todo) - 1
		w := r.todo[last]
		r.todo = r.todo[:last]
		if w.p < 0 {
			if err := w.m.close(); err != nil {
				return false, err
			}
			continue
		}
		r.core.reset()
		sub, err := w.m.load(ctx, r.core, r.in, w.p)
		if err != nil {
			return false, err
		}
		if sub != nil {
			r.todo = append(r.todo, partWork{sub, -1})
			for _, p := range sub.filled() {
				r.todo = append(r.todo, partWork{sub, p})
			}
			continue
		}
		if r.chunk, err = w.m.a.chunk(w.m.set, r.core); err != nil {
			return false, err
		}
		return true, nil
	}
	return false, nil
}

// Read implements exec.Reader.
func (r *partitionReader) Read(ctx context.Context) (*data.Batch, error) {
	for {
		b, err := r.rows.Read(ctx)
		if err != io.EOF {
			return b, err
		}
		more, err := r.piece(ctx)
		if err != nil {
			return nil, err
		}
		if !more {
			return nil, io.EOF
		}
		r.rows.t = chunkTask{c: &r.chunk, hi: r.chunk.n}
	}
}

// Close implements exec.Reader.
func (r *partitionReader) Close() error {
	r.core.renew()
	return r.m.a.mem.Set(&r.core.held, 0)
}
