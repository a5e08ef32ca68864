package op

import (
	"context"
	"io"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

// chunk is rows in columns of any length: all n rows in order, or those in rows.
type chunk struct {
	cols  []*data.Column
	n     int
	rows  []uint32
	first []uint64 // places that inOrder sorts by, or nil
}

// inOrder puts chunks together in one, ordered by the places of the rows.
func inOrder(list []chunk) chunk {
	list = slices.DeleteFunc(list, func(c chunk) bool { return c.n == 0 })
	if len(list) == 0 {
		return chunk{}
	}
	out := chunk{n: list[0].n, cols: list[0].cols, first: list[0].first}
	if len(list) > 1 {
		out = concatChunks(list)
	}
	if slices.IsSorted(out.first) {
		return out
	}
	keys, spare := make([]kern.KeyRow, out.n), make([]kern.KeyRow, out.n)
	kern.KeyRows(keys, out.first, 0)
	out.rows = make([]uint32, out.n)
	for i, k := range kern.SortLSD(keys, spare) {
		out.rows[i] = k.Row
	}
	return out
}

func concatChunks(list []chunk) chunk {
	out := chunk{cols: make([]*data.Column, len(list[0].cols))}
	parts := make([]*data.Column, len(list))
	for j, c := range list[0].cols {
		for i := range list {
			parts[i] = list[i].cols[j]
		}
		out.cols[j] = compute.Concat(nil, c.Type, parts)
	}
	for _, c := range list {
		out.n += c.n
		out.first = append(out.first, c.first...)
	}
	return out
}

// wholeBatches is rows rounded down to whole batches, at least one.
func wholeBatches(rows int) int { return max(rows/data.BatchRows, 1) * data.BatchRows }

// chunks is a Source over chunks, in order; its tasks are ranges of rows.
type chunks struct {
	list []chunk
	rows int // of a task; 0: morselRows
	at   int
	row  int
	done func() // called by Close, or nil
}

// chunkTask is rows [lo, hi) of a chunk.
type chunkTask struct {
	c      *chunk
	lo, hi int
}

func (s *chunks) add(c ...chunk) { s.list = append(s.list, c...) }

// Open implements exec.Source.
func (s *chunks) Open(context.Context) error { return nil }

// Next implements exec.Source.
func (s *chunks) Next(context.Context) (exec.Task, error) {
	for s.at < len(s.list) && s.row >= s.list[s.at].n {
		s.at, s.row = s.at+1, 0
	}
	if s.at == len(s.list) {
		return nil, io.EOF
	}
	c := &s.list[s.at]
	rows := s.rows
	if rows == 0 {
		rows = morselRows
	}
	t := chunkTask{c: c, lo: s.row, hi: min(s.row+rows, c.n)}
	s.row = t.hi
	return t, nil
}

// Worker implements exec.Source.
func (s *chunks) Worker(int) exec.Reader { return &chunkReader{} }

// Close implements exec.Source.
func (s *chunks) Close() error {
	s.list = nil
	if s.done != nil {
		s.done()
		s.done = nil
	}
	return nil
}

type chunkReader struct {
	t       chunkTask
	out     data.Batch
	scratch compute.Scratch
}

// Start implements exec.Reader.
func (r *chunkReader) Start(_ context.Context, t exec.Task) error {
	r.t = t.(chunkTask)
	return nil
}

// Read implements exec.Reader.
func (r *chunkReader) Read(context.Context) (*data.Batch, error) {
	t := &r.t
	if t.lo >= t.hi {
		return nil, io.EOF
	}
	lo, hi := t.lo, min(t.lo+data.BatchRows, t.hi)
	t.lo = hi
	r.scratch.Reset()
	r.out.Len, r.out.Cols = hi-lo, r.out.Cols[:0]
	for _, c := range t.c.cols {
		if t.c.rows != nil {
			c = compute.Gather(&r.scratch, c, t.c.rows[lo:hi])
		} else if lo > 0 || hi < c.Len {
			c = c.Slice(lo, hi)
		}
		r.out.Cols = append(r.out.Cols, c)
	}
	return &r.out, nil
}

// Close implements exec.Reader.
func (r *chunkReader) Close() error { return nil }

// gather keeps some of the rows of a chunk whose rows are not picked yet.
func (c *chunk) gather(rows []uint32) {
	for i, col := range c.cols {
		c.cols[i] = compute.Flatten(nil, compute.Gather(nil, col, rows))
	}
	if c.first != nil {
		c.first = arranged(c.first, rows)
	}
	c.n = len(rows)
}
