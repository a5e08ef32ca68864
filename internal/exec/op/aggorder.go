package op

import (
	"context"
	"io"
	"slices"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/kern"
)

// placed is a Source of groups in the order of their places. Merged partitions are sorted on their own; a task then takes what lies in a range of
// places out of all of them. Since partitions are random samples of the groups, the first one tells where the ranges should end.
type placed struct {
	a     *hashAgg
	types []dtype.Type

	threads int

	mu    sync.Mutex
	ends  []uint64 // of the ranges but the last
	cut   bool     // ends are known
	parts []placedPart
	next  int
}

// placedPart is merged groups in order: in memory, or in a run.
type placedPart struct {
	c    chunk
	run  *spill.Run
	ends []int // of a run: by range, the block after it
}

// sorted merges all partitions of src and returns their groups in order.
func (a *hashAgg) sorted(ctx context.Context, crew *exec.Crew, src *partitions) (exec.Source, error) {
	out := &placed{a: a, threads: crew.Threads}
	src.m.relieve = out.relieve
	err := crew.Each(ctx, max(crew.Threads, 1), func(ctx context.Context, _, i int) error {
		r := src.Worker(i).(*partitionReader)
		for {
			out.mu.Lock()
			t, err := src.Next(ctx)
			out.mu.Unlock()
			if err == io.EOF {
				return r.Close()
			}
			if err == nil {
				err = r.Start(ctx, t)
			}
			for more := true; err == nil && more; {
				if more, err = r.piece(ctx); err == nil && more {
					err = out.add(ctx, r.chunk, src.m.parts)
				}
			}
			if err != nil {
				return err
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out, src.Close()
}

// add takes merged groups, which are one of about parts pieces.
func (s *placed) add(ctx context.Context, c chunk, parts int) error {
	if c.n == 0 {
		return nil
	}
	own := sortedChunk(c)
	s.mu.Lock()
	if !s.cut {
		s.cut, s.types = true, nil
		for _, x := range own.cols {
			s.types = append(s.types, x.Type)
		}
		s.types = append(s.types, placeType)
		n := max(own.n*parts/orderedRows(own.n*parts, s.threads), 1)
		for i := 1; i < n; i++ {
			s.ends = append(s.ends, own.first[i*own.n/n])
		}
		s.ends = slices.Compact(s.ends)
	}
	s.mu.Unlock()
	p := placedPart{c: own}
	if err := s.a.mem.Grow(own.size()); err != nil {
		if !s.a.space.Refused(err) {
			return err
		}
		if p, err = s.spill(ctx, own); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, p)
	return nil
}

// relieve writes the merged groups that are in memory to disk.
func (s *placed) relieve(ctx context.Context) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	some := false
	for i := range s.parts {
		p := &s.parts[i]
		if p.run != nil {
			continue
		}
		own, err := s.spill(ctx, p.c)
		if err != nil {
			return false, err
		}
		s.a.mem.Shrink(p.c.size())
		*p, some = own, true
	}
	return some, nil
}

// size is the memory of the rows of c and their places.
func (c *chunk) size() int64 {
	n := int64(8 * c.n)
	for _, x := range c.cols {
		n += int64(x.Size())
	}
	return n
}

// sortedChunk returns the rows of c ordered by place, in memory of their own.
func sortedChunk(c chunk) chunk {
	keys, spare := make([]kern.KeyRow, c.n), make([]kern.KeyRow, c.n)
	kern.KeyRows(keys, c.first, 0)
	rows, first := make([]uint32, c.n), make([]uint64, c.n)
	for i, k := range kern.SortLSD(keys, spare) {
		rows[i], first[i] = k.Row, k.Key
	}
	out := chunk{n: c.n, first: first}
	for _, x := range c.cols {
		out.cols = append(out.cols, compute.Flatten(nil, compute.Gather(nil, x, rows)))
	}
	return out
}

// spill writes sorted groups to disk, so that ranges begin with blocks.
func (s *placed) spill(ctx context.Context, c chunk) (placedPart, error) {
	s.a.spilled.Store(true)
	w, err := s.a.space.Batches(ctx, s.types)
	if err != nil {
		return placedPart{}, err
	}
	var p placedPart
	lo := 0
	for r := range len(s.ends) + 1 {
		hi := s.end(r, c.first)
		for ; lo < hi && err == nil; lo += data.BatchRows {
			err = w.Write(ctx, c.batch(lo, min(lo+data.BatchRows, hi)), nil)
		}
		lo = hi
		var blocks int
		if err == nil {
			blocks, err = w.Cut(ctx)
		}
		if err != nil {
			_ = w.Abort() // the first error says more
			return p, err
		}
		p.ends = append(p.ends, blocks)
	}
	p.run, err = w.Finish(ctx)
	return p, err
}

// batch returns rows [lo, hi) with their places as a last column.
func (c *chunk) batch(lo, hi int) *data.Batch {
	b := &data.Batch{Len: hi - lo}
	for _, x := range c.cols {
		b.Cols = append(b.Cols, x.Slice(lo, hi))
	}
	b.Cols = append(b.Cols, data.FlatColumn(placeType, c.first[lo:hi], nil))
	return b
}

// end returns where range r ends in ascending places.
func (s *placed) end(r int, first []uint64) int {
	if r >= len(s.ends) {
		return len(first)
	}
	at, _ := slices.BinarySearch(first, s.ends[r])
	return at
}

// Open implements exec.Source.
func (s *placed) Open(context.Context) error { return nil }

// Next implements exec.Source.
func (s *placed) Next(context.Context) (exec.Task, error) {
	if len(s.parts) == 0 || s.next > len(s.ends) {
		return nil, io.EOF
	}
	s.next++
	return s.next - 1, nil
}

// Worker implements exec.Source.
func (s *placed) Worker(int) exec.Reader { return &placedReader{s: s} }

// Close implements exec.Source.
func (s *placed) Close() error {
	for _, p := range s.parts {
		if p.run != nil {
			if err := p.run.Remove(); err != nil {
				return err
			}
		}
	}
	s.parts = nil
	return nil
}

// placedReader puts the groups of a range in order.
type placedReader struct {
	s       *placed
	rows    chunkReader
	chunk   chunk
	scratch compute.Scratch
	keys    []kern.KeyRow
	spare   []kern.KeyRow
	order   []uint32
}

// Start implements exec.Reader.
func (r *placedReader) Start(ctx context.Context, t exec.Task) error {
	at := t.(int)
	var list []chunk
	for i := range r.s.parts {
		p := &r.s.parts[i]
		if p.run == nil {
			list = append(list, r.s.inMemory(p, at)...)
			continue
		}
		from := 0
		if at > 0 {
			from = p.ends[at-1]
		}
		if from == p.ends[at] {
			continue
		}
		c, err := readChunk(ctx, p.run.Part(from, p.ends[at]))
		if err != nil {
			return err
		}
		list = append(list, c...)
	}
	r.chunk = r.join(list)
	return r.rows.Start(ctx, chunkTask{c: &r.chunk, hi: r.chunk.n})
}

// inMemory returns the rows of p in range r.
func (s *placed) inMemory(p *placedPart, r int) []chunk {
	lo, hi := 0, s.end(r, p.c.first)
	if r > 0 {
		lo = s.end(r-1, p.c.first)
	}
	if lo == hi {
		return nil
	}
	b := p.c.batch(lo, hi)
	return []chunk{{n: hi - lo, cols: b.Cols[:len(b.Cols)-1], first: p.c.first[lo:hi]}}
}

// readChunk reads all rows of r.
func readChunk(ctx context.Context, r *spill.Reader) ([]chunk, error) {
	var out []chunk
	for {
		b, err := r.Read(ctx)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		b = b.Clone()
		last := len(b.Cols) - 1
		out = append(out, chunk{n: b.Len, cols: b.Cols[:last], first: data.Slice[uint64](b.Cols[last])})
	}
}

// join puts the rows of a range together, in order.
func (r *placedReader) join(list []chunk) chunk {
	if len(list) == 0 {
		return chunk{}
	}
	r.scratch.Reset()
	out := chunk{}
	parts := make([]*data.Column, len(list))
	for j, x := range list[0].cols {
		for i := range list {
			parts[i] = list[i].cols[j]
		}
		out.cols = append(out.cols, compute.Concat(&r.scratch, x.Type, parts))
	}
	for _, c := range list {
		out.n += c.n
	}
	r.keys, r.spare, r.order = sized(r.keys, out.n), sized(r.spare, out.n), sized(r.order, out.n)
	at := 0
	for _, c := range list {
		kern.KeyRows(r.keys[at:at+c.n], c.first, uint32(at))
		at += c.n
	}
	for i, k := range kern.SortLSD(r.keys, r.spare) {
		r.order[i] = k.Row
	}
	out.rows = r.order
	return out
}

// Read implements exec.Reader.
func (r *placedReader) Read(ctx context.Context) (*data.Batch, error) { return r.rows.Read(ctx) }

// Close implements exec.Reader.
func (r *placedReader) Close() error { return nil }
