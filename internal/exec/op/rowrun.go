package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/mem"
)

// rowRun is the rows of a store on disk. Each partition has some blocks of the run: first those of its heap, a buffer each, and then those of its
// rows, column by column.
type rowRun struct {
	run   mem.Run
	parts [aggPartitions]runPart
}

// runPart is where a partition lies in a run.
type runPart struct {
	at    int   // first block
	heaps int   // blocks of the heap
	sizes []int // rows of the blocks after them
	rows  int
}

// spill writes all rows to disk and gives their memory back.
func (s *rowStore) spill(ctx context.Context, space *spill.Space) error {
	w, err := space.Pages(ctx)
	if err != nil {
		return err
	}
	r := &rowRun{}
	blocks := 0
	var buf []uint64
	for p := range s.parts {
		at := blocks
		if buf, err = s.spillPart(ctx, w, p, &r.parts[p], buf); err != nil {
			_ = w.Abort() // the first error says more
			return err
		}
		r.parts[p].at = at
		blocks += r.parts[p].heaps + len(r.parts[p].sizes)
	}
	if r.run, err = w.Finish(); err != nil {
		return err
	}
	s.runs = append(s.runs, r)
	s.clear()
	return nil
}

// spillPart writes partition p, what is staged of it included. It uses and returns buf.
func (s *rowStore) spillPart(ctx context.Context, w *spill.PageWriter, p int, out *runPart, buf []uint64) ([]uint64, error) {
	part := &s.parts[p]
	for _, h := range part.heap.bufs {
		if err := w.Append(ctx, h); err != nil {
			return buf, err
		}
		out.heaps++
	}
	list := part.blocks
	if n := int(s.fill[p]); n > 0 {
		staged := rowBlock{cap: s.size * aggPartitions, n: n, words: s.stage[p*s.size:]}
		list = append(list[:len(list):len(list)], staged)
	}
	most := max(spill.BlockBytes/(8*max(s.w, 1)), blockRows)
	for len(list) > 0 {
		k, n := 0, 0
		for k < len(list) && (k == 0 || n+list[k].n <= most) {
			n += list[k].n
			k++
		}
		if n > 0 {
			buf = buf[:0]
			for c := range s.w {
				for i := range list[:k] {
					b := &list[i]
					buf = append(buf, b.words[c*b.cap:c*b.cap+b.n]...)
				}
			}
			if err := w.Append(ctx, asBytes(buf)); err != nil {
				return buf, err
			}
			out.sizes = append(out.sizes, n)
			out.rows += n
		}
		list = list[k:]
	}
	s.fill[p] = 0
	return buf, nil
}

// rowVisit receives blocks of a partition, whose strings lie in heap. Both are borrowed.
type rowVisit func(b *rowBlock, heap [][]byte) error

// each calls fn for the blocks of partition p: those in memory, then those on disk.
func (s *rowStore) each(ctx context.Context, p int, fn rowVisit) error {
	part := &s.parts[p]
	for i := range part.blocks {
		if err := fn(&part.blocks[i], part.heap.bufs); err != nil {
			return err
		}
	}
	var buf []byte
	for _, r := range s.runs {
		x := &r.parts[p]
		heap := make([][]byte, x.heaps)
		for i := range heap {
			var err error
			if heap[i], err = r.run.Block(ctx, x.at+i, nil); err != nil {
				return err
			}
		}
		for i, n := range x.sizes {
			block, err := r.run.Block(ctx, x.at+x.heaps+i, buf)
			if err != nil {
				return err
			}
			buf = block
			all := rowBlock{words: data.FixedSlice[uint64](block), cap: n, n: n}
			for lo := 0; lo < n; lo += blockRows {
				b := rowBlock{words: all.words[lo:], cap: n, n: min(blockRows, n-lo)}
				if err := fn(&b, heap); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// drop removes the runs, which nobody reads any more.
func (s *rowStore) drop() error {
	for _, r := range s.runs {
		if err := r.run.Remove(); err != nil {
			return err
		}
	}
	s.runs = nil
	return nil
}
