package op

import (
	"context"
	"io"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
)

// partitions is a Source over the runs of a grouping set whose order nobody observes: a task is a hash partition, which the worker that takes it
// merges and puts out at once, so that merged groups never exist all together.
type partitions struct {
	a     *hashAgg
	set   *aggSet
	cores []*aggCore
	next  int
	done  func() // called by Close, or nil
}

// Open implements exec.Source.
func (s *partitions) Open(context.Context) error { return nil }

// Next implements exec.Source.
func (s *partitions) Next(context.Context) (exec.Task, error) {
	if s.next == aggPartitions {
		return nil, io.EOF
	}
	s.next++
	return s.next - 1, nil
}

// Worker implements exec.Source.
func (s *partitions) Worker(int) exec.Reader { return &partitionReader{s: s} }

// Close implements exec.Source.
func (s *partitions) Close() error {
	s.cores = nil
	if s.done != nil {
		s.done()
		s.done = nil
	}
	return nil
}

// partitionReader merges one partition after the other in a core that it reuses.
type partitionReader struct {
	s     *partitions
	core  *aggCore
	rows  chunkReader
	chunk chunk
	held  int64
}

// Start implements exec.Reader.
func (r *partitionReader) Start(ctx context.Context, t exec.Task) error {
	c, err := r.s.set.mergePartition(r.s.a, r.s.cores, t.(int), r.core, &r.held)
	if err != nil {
		return err
	}
	r.core = c
	if r.chunk, err = r.s.a.chunk(r.s.set, c); err != nil {
		return err
	}
	return r.rows.Start(ctx, chunkTask{c: &r.chunk, hi: r.chunk.n})
}

// Read implements exec.Reader.
func (r *partitionReader) Read(ctx context.Context) (*data.Batch, error) { return r.rows.Read(ctx) }

// Close implements exec.Reader.
func (r *partitionReader) Close() error { return nil }
