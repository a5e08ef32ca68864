package op

import (
	"context"
	"io"
	"sort"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/phys"
)

// share builds the pipeline of a shared input at its first use; every use reads the rows that it keeps.
func (b *builder) share(n *phys.Shared) ([]exec.Leg, error) {
	s := b.shared[n.Key]
	if s == nil {
		legs, err := b.legs(n.Input)
		if err != nil {
			return nil, err
		}
		s = &sharedStore{types: types(n.Input.Info().Out)}
		s.mem, s.space = b.spillable(n.ID, "shared rows")
		b.shared[n.Key] = s
		b.sink(n, "shared", legs, s)
	}
	return b.source(n, &sharedSource{store: s, threads: b.threads}), nil
}

// sharedStore is the rows of a plan that runs once and is read many times: a Sink that keeps them by morsel, in memory as long as its reservations are
// granted. A worker that is refused writes what it has and what comes to disk.
type sharedStore struct {
	types []dtype.Type
	mem   *exec.Account
	space *spill.Space

	mu     sync.Mutex
	pieces []sharedPiece
	disk   bool // some are on disk
}

// sharedPiece is the rows of a morsel.
type sharedPiece struct {
	morsel  uint64
	batches []*data.Batch
	file    *sharedFile // or on disk, in blocks [lo, hi)
	lo, hi  int
}

// sharedFile is the run of a worker, which is finished after the last morsel.
type sharedFile struct {
	w   *spill.Writer
	run *spill.Run
}

// Worker implements exec.Sink.
func (s *sharedStore) Worker(int) exec.Writer {
	return &sharedWriter{s: s, keep: exec.NewKeeper(s.types, nil)}
}

// Finish implements exec.Sink.
func (s *sharedStore) Finish(context.Context, *exec.Crew) (exec.Source, error) {
	sort.Slice(s.pieces, func(a, b int) bool { return s.pieces[a].morsel < s.pieces[b].morsel })
	return nil, nil
}

// sharedTake is after how many rows a worker reserves what it has copied.
const sharedTake = data.BatchRows

type sharedWriter struct {
	s      *sharedStore
	keep   *exec.Keeper
	rows   int // in keep
	held   int64
	pieces []sharedPiece
	now    sharedPiece
	file   *sharedFile // once something is on disk
}

// Write implements exec.Writer.
func (w *sharedWriter) Write(ctx context.Context, b *data.Batch) error {
	if err := w.keep.Add(b, nil); err != nil {
		return err
	}
	if w.rows += b.Len; w.rows < sharedTake {
		return nil
	}
	return w.take(ctx)
}

// take moves the copied rows to the current piece.
func (w *sharedWriter) take(ctx context.Context) error {
	bs, err := w.keep.Take()
	w.rows = 0
	if err != nil || len(bs) == 0 {
		return err
	}
	if w.file == nil {
		size := int64(0)
		for _, b := range bs {
			size += int64(b.Size())
		}
		err := w.s.mem.Grow(size)
		if err == nil {
			w.held += size
			w.now.batches = append(w.now.batches, bs...)
			return nil
		}
		if !w.s.space.Refused(err) {
			return err
		}
		if err := w.spill(ctx); err != nil {
			return err
		}
	}
	return w.write(ctx, &w.now, bs)
}

// spill moves all pieces to disk.
func (w *sharedWriter) spill(ctx context.Context) error {
	out, err := w.s.space.Batches(ctx, w.s.types)
	if err != nil {
		return err
	}
	w.file = &sharedFile{w: out}
	for i := range w.pieces {
		p := &w.pieces[i]
		bs := p.batches
		p.batches = nil
		if err := w.write(ctx, p, bs); err != nil {
			return err
		}
		if err := w.end(ctx, p); err != nil {
			return err
		}
	}
	bs := w.now.batches
	w.now.batches = nil
	if err := w.write(ctx, &w.now, bs); err != nil {
		return err
	}
	w.s.mem.Shrink(w.held)
	w.held = 0
	return nil
}

// write appends batches to a piece on disk.
func (w *sharedWriter) write(ctx context.Context, p *sharedPiece, bs []*data.Batch) error {
	if len(bs) > 0 && p.file == nil {
		lo, err := w.file.w.Cut(ctx)
		if err != nil {
			return err
		}
		p.file, p.lo = w.file, lo
	}
	for _, b := range bs {
		if err := w.file.w.Write(ctx, b, nil); err != nil {
			return err
		}
	}
	return nil
}

// end closes a piece on disk.
func (w *sharedWriter) end(ctx context.Context, p *sharedPiece) (err error) {
	p.hi, err = w.file.w.Cut(ctx)
	return err
}

// Flush implements exec.Writer.
func (w *sharedWriter) Flush(ctx context.Context, morsel uint64) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	w.now.morsel = morsel
	if w.now.file != nil {
		if err := w.end(ctx, &w.now); err != nil {
			return err
		}
	}
	if w.now.file != nil || w.now.batches != nil {
		w.pieces = append(w.pieces, w.now)
	}
	w.now = sharedPiece{}
	return nil
}

// Combine implements exec.Writer.
func (w *sharedWriter) Combine(ctx context.Context) error {
	if w.file != nil {
		var err error
		if w.file.run, err = w.file.w.Finish(ctx); err != nil {
			return err
		}
	}
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.pieces = append(w.s.pieces, w.pieces...)
	w.s.disk = w.s.disk || w.file != nil
	return nil
}

// sharedSource reads a store, which is full when the source is opened. Its tasks are those of batches in memory, or pieces.
type sharedSource struct {
	store   *sharedStore
	threads int
	memory  *batches // while nothing is on disk
	at      int
}

// Open implements exec.Source.
func (s *sharedSource) Open(ctx context.Context) error {
	if s.store.disk {
		return nil
	}
	var all []*data.Batch
	for _, p := range s.store.pieces {
		all = append(all, p.batches...)
	}
	s.memory = newBatches(all, s.threads, nil, nil)
	return s.memory.Open(ctx)
}

// Next implements exec.Source.
func (s *sharedSource) Next(ctx context.Context) (exec.Task, error) {
	if s.memory != nil {
		return s.memory.Next(ctx)
	}
	if s.at == len(s.store.pieces) {
		return nil, io.EOF
	}
	s.at++
	return &s.store.pieces[s.at-1], nil
}

// Worker implements exec.Source.
func (s *sharedSource) Worker(i int) exec.Reader {
	if s.memory != nil {
		return s.memory.Worker(i)
	}
	return &sharedReader{memory: batchesReader{s: newBatches(nil, 1, nil, nil)}}
}

// Close implements exec.Source.
func (s *sharedSource) Close() error { return nil }

// sharedReader reads pieces.
type sharedReader struct {
	memory batchesReader
	disk   *spill.Reader // nil: the piece is in memory
}

// Start implements exec.Reader.
func (r *sharedReader) Start(ctx context.Context, t exec.Task) error {
	p := t.(*sharedPiece)
	if r.disk = nil; p.file != nil {
		r.disk = p.file.run.Part(p.lo, p.hi)
		return nil
	}
	return r.memory.Start(ctx, p.batches)
}

// Read implements exec.Reader.
func (r *sharedReader) Read(ctx context.Context) (*data.Batch, error) {
	if r.disk != nil {
		return r.disk.Read(ctx)
	}
	return r.memory.Read(ctx)
}

// Close implements exec.Reader.
func (r *sharedReader) Close() error { return nil }
