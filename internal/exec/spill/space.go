package spill

import (
	"context"
	"io"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/mem"
)

// BlockBytes is about how large blocks are if there is memory for some of them: enough that opening a file, the call to the system and the
// compressor's start cost little.
const BlockBytes = 128 << 10

// Space is where one operator spills. A nil Space cannot be spilled to. It is safe for concurrent use; what it makes is not.
type Space struct {
	spill    mem.Spill
	operator string
	stat     *exec.Stat
	block    int
}

// NewSpace returns the Space of an operator, which messages call by name, or nil if s is nil. The bytes spilled are added to stat, which may be nil.
// Blocks are such that a hundred of them fit in room, the memory of a worker.
func NewSpace(s mem.Spill, operator string, stat *exec.Stat, room int64) *Space {
	if s == nil {
		return nil
	}
	return &Space{spill: s, operator: operator, stat: stat, block: int(min(max(room/100, blockBytesMin), BlockBytes))}
}

// blockBytesMin is the size of blocks where there is no memory to speak of.
const blockBytesMin = 4 << 10

// Block is about how many bytes a block has.
func (s *Space) Block() int { return s.block }

// Refused reports whether err says that a reservation was refused and spilling may help: the caller then spills and tries again. Without a Space
// the answer is always no.
func (s *Space) Refused(err error) bool { return s != nil && fault.CodeOf(err) == fault.Memory }

// Pages starts a run of the caller's own blocks, which should have about Block bytes each.
func (s *Space) Pages(ctx context.Context) (*PageWriter, error) {
	w, err := s.spill.Create(ctx, s.operator)
	if err != nil {
		return nil, err
	}
	return &PageWriter{w: w, stat: s.stat}, nil
}

// PageWriter writes a run of blocks and counts them. Exactly one of Finish and Abort ends it.
type PageWriter struct {
	w    mem.RunWriter
	stat *exec.Stat
}

// Append writes a block; see mem.RunWriter.
func (w *PageWriter) Append(ctx context.Context, block []byte) error {
	n, err := w.w.Append(ctx, block)
	if w.stat != nil {
		w.stat.Spilled.Add(n)
	}
	return err
}

// Finish returns the run.
func (w *PageWriter) Finish() (mem.Run, error) { return w.w.Finish() }

// Abort removes what was written.
func (w *PageWriter) Abort() error { return w.w.Abort() }

// Batches starts a run of batches with columns of the types.
func (s *Space) Batches(ctx context.Context, types []dtype.Type) (*Writer, error) {
	p, err := s.Pages(ctx)
	if err != nil {
		return nil, err
	}
	return &Writer{pages: p, types: types, limit: s.block}, nil
}

// Writer writes a run of batches. It gathers them in a buffer of about Block bytes. Exactly one of Finish and Abort ends it.
type Writer struct {
	pages   *PageWriter
	types   []dtype.Type
	buf     []byte
	limit   int // bytes of a block
	largest int // block so far
	rows    int64
	blocks  int
	scratch compute.Scratch
}

// Write adds the given rows of b, or all if rows is nil, and keeps nothing of it. Columns may have any form; the batch is read back as it is here,
// the Morsel included, but for dictionaries, which may become Flat.
func (w *Writer) Write(ctx context.Context, b *data.Batch, rows []uint32) error {
	if rows != nil {
		w.scratch.Reset()
		picked := w.scratch.Batch(len(b.Cols), len(rows), b.Morsel)
		for i, c := range b.Cols {
			picked.Cols[i] = compute.Gather(&w.scratch, c, rows)
		}
		b = picked
	}
	if b.Len == 0 {
		return nil
	}
	w.rows += int64(b.Len)
	w.buf = appendBatch(w.buf, b)
	if len(w.buf) < w.limit {
		return nil
	}
	return w.flush(ctx)
}

// AtBlock reports whether the next batch begins a block.
func (w *Writer) AtBlock() bool { return len(w.buf) == 0 }

// Rows returns how many rows were written.
func (w *Writer) Rows() int64 { return w.rows }

// flush writes the buffered batches as a block.
func (w *Writer) flush(ctx context.Context) error {
	if len(w.buf) == 0 {
		return nil
	}
	err := w.pages.Append(ctx, w.buf)
	w.largest = max(w.largest, len(w.buf))
	w.buf = w.buf[:0]
	w.blocks++
	return err
}

// Cut ends the current block and returns how many there are: what is written next begins a block of its own.
func (w *Writer) Cut(ctx context.Context) (int, error) {
	err := w.flush(ctx)
	return w.blocks, err
}

// Pause writes what is buffered and gives the buffer back to the collector: for those who keep many writers and go on much later.
func (w *Writer) Pause(ctx context.Context) error {
	err := w.flush(ctx)
	w.buf, w.scratch = nil, compute.Scratch{}
	return err
}

// Finish returns the run.
func (w *Writer) Finish(ctx context.Context) (*Run, error) {
	if err := w.Pause(ctx); err != nil {
		return nil, err
	}
	r, err := w.pages.Finish()
	if err != nil {
		return nil, err
	}
	return &Run{run: r, types: w.types, rows: w.rows, largest: w.largest}, nil
}

// Abort removes what was written.
func (w *Writer) Abort() error {
	w.buf = nil
	return w.pages.Abort()
}

// Run is a finished run of batches. It is safe for concurrent use.
type Run struct {
	run     mem.Run
	types   []dtype.Type
	rows    int64
	largest int // block
}

// Rows returns the number of rows.
func (r *Run) Rows() int64 { return r.rows }

// Size returns the bytes on disk.
func (r *Run) Size() int64 { return r.run.Size() }

// Blocks returns the number of blocks, which can be read in any order; see Reader.
func (r *Run) Blocks() int { return r.run.Blocks() }

// Remove frees the storage. It is idempotent.
func (r *Run) Remove() error { return r.run.Remove() }

// ReaderBytes is about the memory of a Reader: a block, what is widened from it, and for a moment its packed form.
func (r *Run) ReaderBytes() int64 { return int64(4*r.largest) + 4<<10 }

// Reader returns a reader of all batches, in the order of writing. It holds nothing but memory, about ReaderBytes, and needs no closing.
func (r *Run) Reader() *Reader { return r.Part(0, r.Blocks()) }

// Part returns a reader of the blocks [lo, hi).
func (r *Run) Part(lo, hi int) *Reader {
	return &Reader{run: r.run, at: lo, end: hi, dec: decoder{types: r.types}}
}

// Reader reads batches.
type Reader struct {
	run     mem.Run
	at, end int
	block   []byte
	dec     decoder
}

// Read returns the next batch, or io.EOF. It is borrowed until the next call.
func (r *Reader) Read(ctx context.Context) (*data.Batch, error) {
	r.dec.scratch.Reset()
	for !r.dec.more() {
		if r.at == r.end {
			return nil, io.EOF
		}
		block, err := r.run.Block(ctx, r.at, r.block)
		if err != nil {
			return nil, err
		}
		r.at++
		r.block, r.dec.left = block, block
	}
	return r.dec.next(), nil
}
