package op

import (
	"context"
	"io"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/spi"
)

// morselRows is about how many rows a morsel of rows in memory has: enough to make claiming free, few enough to share out.
const morselRows = 16 * data.BatchRows

// sharedRows is about how many rows a morsel has where so many workers share n rows: each gets some morsels, so that none ends long after the others.
func sharedRows(n, threads int) int { return min(morselRows, n/(4*max(threads, 1))+1) }

// orderedRows is about how many of n rows are put in order at a time: what a cache holds, or less where other workers would have nothing to do.
func orderedRows(n, threads int) int {
	if threads <= 1 {
		return morselRows
	}
	return wholeBatches(sharedRows(n, threads))
}

func (b *builder) memory(n *phys.Memory) ([]exec.Leg, error) {
	return b.source(n, newBatches(n.Batches, b.threads, b.prof.Meter(n.ID), nil)), nil
}

// batches is a Source over batches in memory that do not change. Its tasks are runs of consecutive batches.
type batches struct {
	all   []*data.Batch
	rows  int // wanted rows a task
	at    int
	meter *spi.Meter // or nil
	done  func()     // called by Close, or nil
}

func newBatches(all []*data.Batch, threads int, meter *spi.Meter, done func()) *batches {
	total := 0
	for _, b := range all {
		total += b.Len
	}
	return &batches{all: all, rows: sharedRows(total, threads), meter: meter, done: done}
}

// Open implements exec.Source.
func (s *batches) Open(context.Context) error { return nil }

// Next implements exec.Source.
func (s *batches) Next(context.Context) (exec.Task, error) {
	if s.at == len(s.all) {
		return nil, io.EOF
	}
	from, rows := s.at, 0
	for s.at < len(s.all) && rows < s.rows {
		rows += s.all[s.at].Len
		s.at++
	}
	return s.all[from:s.at], nil
}

// Worker implements exec.Source.
func (s *batches) Worker(int) exec.Reader { return &batchesReader{s: s} }

// Close implements exec.Source.
func (s *batches) Close() error {
	if s.done != nil {
		s.done()
		s.done = nil
	}
	return nil
}

type batchesReader struct {
	s    *batches
	todo []*data.Batch
	row  int // first row of todo[0] that is left
	out  data.Batch
}

// Start implements exec.Reader.
func (r *batchesReader) Start(_ context.Context, t exec.Task) error {
	r.todo, r.row = t.([]*data.Batch), 0
	return nil
}

// Read implements exec.Reader. It hands out a shallow copy, since the driver writes the morsel into it and other queries may read the same rows.
func (r *batchesReader) Read(context.Context) (*data.Batch, error) {
	for len(r.todo) > 0 && r.row >= r.todo[0].Len {
		r.todo, r.row = r.todo[1:], 0
	}
	if len(r.todo) == 0 {
		return nil, io.EOF
	}
	b := r.todo[0]
	if b.Len <= data.BatchRows {
		r.out = *b
	} else {
		r.out = *b.Slice(r.row, min(r.row+data.BatchRows, b.Len))
	}
	r.row += r.out.Len
	if r.s.meter != nil {
		r.s.meter.Rows.Add(int64(r.out.Len))
	}
	return &r.out, nil
}

// Close implements exec.Reader.
func (r *batchesReader) Close() error { return nil }
