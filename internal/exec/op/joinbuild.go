package op

import (
	"context"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

// joinBuild is the sink of the build side. It keeps the rows in memory and makes the table of them; when memory is refused, it divides all rows over
// partitions on disk instead.
type joinBuild struct {
	j *join

	spilled  atomic.Bool
	mu       sync.Mutex
	runs     []buildRun
	dividers []*divider
}

// buildRun is the rows of one morsel in memory.
type buildRun struct {
	morsel  uint64
	batches []*data.Batch
	bytes   int64
}

// Worker implements exec.Sink.
func (s *joinBuild) Worker(int) exec.Writer {
	return &buildWriter{s: s, keep: exec.NewKeeper(s.j.buildTypes, nil)}
}

// buildWriter collects for one worker.
type buildWriter struct {
	s    *joinBuild
	keep *exec.Keeper // at most one batch, which is not reserved yet
	run  buildRun     // of the current morsel
	row  int64        // rows of the current morsel that are on disk
	runs []buildRun
	div  *divider // once rows are spilled
}

// Write implements exec.Writer.
func (w *buildWriter) Write(ctx context.Context, b *data.Batch) error {
	w.run.morsel = b.Morsel
	if w.s.spilled.Load() {
		if err := w.leave(ctx); err != nil {
			return err
		}
		err := w.div.addBuild(ctx, b, w.s.j.buildKeys, place(b.Morsel, w.row))
		w.row += int64(b.Len)
		return err
	}
	if err := w.keep.Add(b, nil); err != nil {
		return err
	}
	return w.take(ctx, w.keep.TakeFull())
}

// take moves rows that come from keep to the run and reserves their memory, or begins to spill.
func (w *buildWriter) take(ctx context.Context, bs []*data.Batch) error {
	size := int64(0)
	for _, b := range bs {
		size += int64(b.Size())
	}
	w.run.batches = append(w.run.batches, bs...)
	err := w.s.j.mem.Grow(size)
	if err == nil {
		w.run.bytes += size
		return nil
	}
	if !w.s.j.spill.refused(err) {
		return err
	}
	w.s.spilled.Store(true)
	return w.leave(ctx)
}

// leave writes out all rows that the worker has in memory.
func (w *buildWriter) leave(ctx context.Context) error {
	s := w.s
	if w.div == nil {
		w.div = s.divider()
	}
	for _, r := range w.runs {
		if err := s.write(ctx, w.div, r); err != nil {
			return err
		}
	}
	w.runs = nil
	bs, err := w.keep.Take()
	if err != nil {
		return err
	}
	if w.run.batches = append(w.run.batches, bs...); len(w.run.batches) > 0 {
		for _, b := range w.run.batches {
			w.row += int64(b.Len)
		}
		if err := s.write(ctx, w.div, w.run); err != nil {
			return err
		}
		w.run.batches, w.run.bytes = nil, 0
	}
	return nil
}

// Flush implements exec.Writer.
func (w *buildWriter) Flush(ctx context.Context, _ uint64) error {
	w.row = 0
	if w.s.spilled.Load() {
		err := w.leave(ctx)
		w.row = 0
		return err
	}
	bs, err := w.keep.Take()
	if err != nil {
		return err
	}
	if err := w.take(ctx, bs); err != nil {
		return err
	}
	if len(w.run.batches) > 0 {
		w.runs = append(w.runs, w.run)
	}
	w.run, w.row = buildRun{}, 0
	return nil
}

// Combine implements exec.Writer.
func (w *buildWriter) Combine(ctx context.Context) error {
	if w.s.spilled.Load() {
		if err := w.leave(ctx); err != nil {
			return err
		}
	}
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.runs = append(w.s.runs, w.runs...)
	if w.div != nil {
		w.s.dividers = append(w.s.dividers, w.div)
	}
	return nil
}

// divider returns a new divider for build rows.
func (s *joinBuild) divider() *divider { return s.j.spill.divider(s.j, s.j.buildTypes, 0, true) }

// write divides the rows of a run and gives their memory back.
func (s *joinBuild) write(ctx context.Context, d *divider, r buildRun) error {
	row := int64(0)
	for _, b := range r.batches {
		if err := d.addBuild(ctx, b, s.j.buildKeys, place(r.morsel, row)); err != nil {
			return err
		}
		row += int64(b.Len)
	}
	s.j.mem.Shrink(r.bytes)
	return nil
}

// Finish implements exec.Sink.
func (s *joinBuild) Finish(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	sort.Slice(s.runs, func(a, b int) bool { return s.runs[a].morsel < s.runs[b].morsel })
	if !s.spilled.Load() {
		err := s.inMemory(ctx, crew)
		if err == nil || !s.j.spill.refused(err) {
			return nil, err
		}
	}
	return nil, s.toDisk(ctx)
}

// toDisk divides what is still in memory, and hands the partitions to the join.
func (s *joinBuild) toDisk(ctx context.Context) error {
	j := s.j
	if len(s.runs) > 0 || j.cols != nil || len(s.dividers) == 0 {
		d := s.divider()
		s.dividers = append(s.dividers, d)
		for _, r := range s.runs {
			if err := s.write(ctx, d, r); err != nil {
				return err
			}
		}
		all := append(slices.Clone(j.keys), j.cols...)
		j.keys, j.cols, s.runs = nil, nil, nil
		for lo := 0; lo < j.n; lo += data.BatchRows {
			b := (&data.Batch{Cols: all, Len: j.n}).Slice(lo, min(lo+data.BatchRows, j.n))
			if err := d.addBuild(ctx, b, s.j.buildKeys, uint64(lo)); err != nil {
				return err
			}
		}
		j.mem.Shrink(j.held)
	}
	var err error
	if j.n, err = j.spill.built(ctx, s.dividers); err != nil {
		return err
	}
	return j.tellScansFromDisk(ctx)
}

// inMemory puts the rows together in one column each and makes the table. If memory is refused, either the runs or the columns have all rows.
func (s *joinBuild) inMemory(ctx context.Context, crew *exec.Crew) error {
	j := s.j
	var bs []*data.Batch
	n, bytes := 0, int64(0)
	for _, r := range s.runs {
		bs, bytes = append(bs, r.batches...), bytes+r.bytes
		for _, b := range r.batches {
			n += b.Len
		}
	}
	if len(bs) == 0 {
		return nil
	}
	// While a column is put together, it is there twice.
	twice := bytes * int64(min(crew.Threads, len(j.buildTypes))) / int64(max(len(j.buildTypes), 1))
	if err := j.mem.Grow(twice); err != nil {
		return err
	}
	all := make([]*data.Column, len(j.buildTypes))
	err := crew.Each(ctx, len(all), func(_ context.Context, _, i int) error {
		parts := make([]*data.Column, len(bs))
		for k, b := range bs {
			parts[k], b.Cols[i] = b.Cols[i], nil
		}
		all[i] = compute.Concat(nil, j.buildTypes[i], parts)
		return nil
	})
	j.mem.Shrink(twice)
	if err != nil {
		return err
	}
	s.runs = nil
	j.n, j.held = n, bytes
	j.keys, j.cols = all[:s.j.buildKeys], all[s.j.buildKeys:]
	if j.table == nil {
		return nil
	}
	grown := int64(0)
	if err := j.table.build(ctx, crew, j.keys, j.n, func(n int64) error {
		err := j.mem.Grow(n)
		if err == nil {
			grown += n
		}
		return err
	}); err != nil {
		j.mem.Shrink(grown)
		return err
	}
	for i, c := range j.cols {
		j.cols[i] = asDictionary(c)
	}
	return j.tellScans(ctx, crew)
}

// asDictionary returns the texts of a small build side as a dictionary, so that the rows of the result have codes instead, which later operators
// look up once.
func asDictionary(c *data.Column) *data.Column {
	if c.Type.Phys() != dtype.PhysView || c.Form != data.Flat || c.Len == 0 || c.Len > data.BatchRows || c.HasNulls() {
		return c
	}
	codes := make([]uint32, c.Len)
	kern.SelIota(codes, 0)
	return data.DictColumn(c, codes, nil)
}
