package spill

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
)

// Partitions divides rows over runs, one a partition, and collects full batches for each before it writes. It belongs to one worker; the runs of
// several workers for the same partition are read one after the other.
type Partitions struct {
	space *Space
	types []dtype.Type
	most  int // bytes of rows that a partition holds
	parts []partition
	rows  [][]uint32
}

// PartitionBytes is about how much memory each partition takes while it is open, for rows of width bytes, long texts and nested values aside.
func PartitionBytes(width int) int { return data.BatchRows*width + 2*partitionBlock }

// partitionBlock is the size of the blocks of partitions, of which many are open at a time.
const partitionBlock = 64 << 10

// partition is one of them: the rows not written yet, and the writer after the first were.
type partition struct {
	keep *exec.Keeper
	held int
	w    *Writer
}

// Partitions returns n empty partitions of rows with columns of the types.
func (s *Space) Partitions(types []dtype.Type, n int) *Partitions {
	p := &Partitions{space: s, types: types, most: partitionBlock, parts: make([]partition, n), rows: make([][]uint32, n)}
	for _, t := range types {
		p.most += data.BatchRows * max(t.Phys().Width(), 1)
	}
	for i := range p.parts {
		p.parts[i].keep = exec.NewKeeper(types, nil)
	}
	return p
}

// Add adds row i of b to partition part[i], for all rows. Rows keep their order within a partition; their Morsel is lost.
func (p *Partitions) Add(ctx context.Context, b *data.Batch, part []uint32) error {
	for i := range p.rows {
		p.rows[i] = p.rows[i][:0]
	}
	for i, x := range part[:b.Len] {
		p.rows[x] = append(p.rows[x], uint32(i))
	}
	for i, rows := range p.rows {
		if err := p.AddRows(ctx, i, b, rows); err != nil {
			return err
		}
	}
	return nil
}

// AddRows adds the given rows of b to partition i.
func (p *Partitions) AddRows(ctx context.Context, i int, b *data.Batch, rows []uint32) error {
	if len(rows) == 0 {
		return nil
	}
	x := &p.parts[i]
	if err := x.keep.Add(b, rows); err != nil {
		return err
	}
	// Wide rows are written before they are many: nobody has reserved the memory of long texts and nested values.
	if x.held += len(rows); x.held < data.BatchRows && x.keep.Open() < p.most {
		return nil
	}
	return p.write(ctx, x)
}

// write moves the held rows of a partition to its writer.
func (p *Partitions) write(ctx context.Context, x *partition) error {
	if x.w == nil {
		w, err := p.space.Batches(ctx, p.types)
		if err != nil {
			return err
		}
		w.limit = min(w.limit, partitionBlock)
		x.w = w
	}
	bs, err := x.keep.Take()
	if err != nil {
		return err
	}
	x.held = 0
	for _, b := range bs {
		if err := x.w.Write(ctx, b, nil); err != nil {
			return err
		}
	}
	return nil
}

// Finish returns the runs by partition; those without rows are nil.
func (p *Partitions) Finish(ctx context.Context) ([]*Run, error) {
	out := make([]*Run, len(p.parts))
	for i := range p.parts {
		x := &p.parts[i]
		if x.held > 0 {
			if err := p.write(ctx, x); err != nil {
				return nil, err
			}
		}
		if x.w == nil {
			continue
		}
		r, err := x.w.Finish(ctx)
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	p.parts = nil
	return out, nil
}
