package op

import (
	"context"
	"io"
	"sort"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
)

// sortedRuns is a Source over the runs of a sort. Its tasks are ranges of the order, which several workers merge at the same time.
type sortedRuns struct {
	s      *sortSink
	bounds []mark // between the tasks
	at     int
	slots  slots
}

// slots are what there is memory for: so many tasks are read at a time. They are granted in the order of the tasks, so that no task that has one waits
// for a task that has none.
type slots struct {
	mu    sync.Mutex
	free  int
	next  int           // task that gets the next one
	moved chan struct{} // closed and replaced when free or next change
}

// take waits for the slot of a task.
func (s *slots) take(ctx context.Context, task int) error {
	for {
		s.mu.Lock()
		if s.free > 0 && s.next == task {
			s.free--
			s.next++
			s.move()
			s.mu.Unlock()
			return nil
		}
		moved := s.moved
		s.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// leave gives a slot back.
func (s *slots) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free++
	s.move()
}

// move wakes those who wait; the caller holds mu.
func (s *slots) move() {
	close(s.moved)
	s.moved = make(chan struct{})
}

// Tasks have about taskBlocks blocks, or more if there are many runs, since each task reads a block of each run that is not all its own.
const (
	taskBlocks    = 32
	taskRunBlocks = 4
)

// newSortedRuns returns the source of the runs for so many readers at a time.
func newSortedRuns(s *sortSink, readers int) *sortedRuns {
	var all []mark
	for _, r := range s.runs {
		for i, m := range r.morsel {
			all = append(all, mark{r.keys, i, m, r.order})
		}
	}
	sort.Slice(all, func(a, b int) bool { return s.k.compare(&all[a], &all[b]) < 0 })
	p := &sortedRuns{s: s, slots: slots{free: readers, moved: make(chan struct{})}}
	step := max(taskBlocks, taskRunBlocks*len(s.runs))
	for i := step; i < len(all); i += step {
		p.bounds = append(p.bounds, all[i])
	}
	return p
}

// Open implements exec.Source.
func (p *sortedRuns) Open(context.Context) error { return nil }

// Next implements exec.Source.
func (p *sortedRuns) Next(context.Context) (exec.Task, error) {
	if p.at > len(p.bounds) {
		return nil, io.EOF
	}
	p.at++
	return p.at - 1, nil
}

// Worker implements exec.Source.
func (p *sortedRuns) Worker(int) exec.Reader { return &mergeReader{p: p, m: runMerger{s: p.s}} }

// Close implements exec.Source.
func (p *sortedRuns) Close() error {
	var err error
	for _, r := range p.s.runs {
		if e := r.run.Remove(); err == nil {
			err = e
		}
	}
	p.s.runs = nil
	p.s.close()
	return err
}

// mergeReader reads one range of the order.
type mergeReader struct {
	p    *sortedRuns
	m    runMerger
	at   int
	slot bool // held
}

// leave gives the slot back.
func (r *mergeReader) leave() {
	if r.slot {
		r.slot = false
		r.p.slots.leave()
	}
}

// Start implements exec.Reader.
func (r *mergeReader) Start(ctx context.Context, t exec.Task) error {
	r.leave()
	if err := r.p.slots.take(ctx, t.(int)); err != nil {
		return err
	}
	r.at, r.slot = 0, true
	var lower, upper *mark
	if i := t.(int); i > 0 {
		lower = &r.p.bounds[i-1]
	}
	if i := t.(int); i < len(r.p.bounds) {
		upper = &r.p.bounds[i]
	}
	r.m.start(r.p.s.runs, lower, upper)
	return nil
}

// Read implements exec.Reader.
func (r *mergeReader) Read(ctx context.Context) (*data.Batch, error) {
	for r.at == len(r.m.sort.rows) {
		ok, err := r.m.round(ctx)
		if err != nil {
			return nil, err
		}
		if !ok {
			r.leave()
			return nil, io.EOF
		}
		r.at = 0
	}
	lo := r.at
	r.at = min(lo+data.BatchRows, len(r.m.sort.rows))
	return r.m.sort.batch(lo, r.at, r.p.s.k.out), nil
}

// Close implements exec.Reader.
func (r *mergeReader) Close() error {
	r.leave()
	return nil
}

// runMerger merges runs in rounds: of the batches at hand, all rows up to the first of their last rows are next in the order; they are put together
// and sorted in cache.
type runMerger struct {
	s            *sortSink
	sort         partSorter
	cursors      []*runCursor // in the order of the runs
	lower, upper *mark
}

// start begins to merge the rows of runs from lower on to below upper; nil is no bound.
func (m *runMerger) start(runs []*sortRun, lower, upper *mark) {
	m.sort.k, m.sort.rows = m.s.k, m.sort.rows[:0]
	m.cursors, m.lower, m.upper = m.cursors[:0], lower, upper
	for _, r := range runs {
		first := 0
		if lower != nil {
			// Rows that equal the bound may stand at the end of the block before.
			lo, hi := 0, len(r.morsel)
			for lo < hi {
				mid := (lo + hi) / 2
				if x := (mark{r.keys, mid, r.morsel[mid], r.order}); m.s.k.compare(&x, lower) < 0 {
					lo = mid + 1
				} else {
					hi = mid
				}
			}
			first = max(lo-1, 0)
		}
		m.cursors = append(m.cursors, &runCursor{run: r, rd: r.run.Part(first, r.run.Blocks())})
	}
}

// fill reads batches for the cursors that have no row at hand, and drops those that have come to their end.
func (m *runMerger) fill(ctx context.Context) error {
	left := m.cursors[:0]
	for _, c := range m.cursors {
		for c.at == c.end && !c.last {
			b, err := c.rd.Read(ctx)
			if err == io.EOF {
				c.last = true
				break
			}
			if err != nil {
				return err
			}
			c.batch, c.keys, c.morsel = b, m.s.k.keys(b.Cols), morsels(b)
			c.at, c.end = 0, b.Len
			if m.lower != nil {
				c.at = c.search(m.s.k, 0, m.lower, false)
			}
			if m.upper != nil {
				c.end = c.search(m.s.k, c.at, m.upper, false)
				c.last = c.end < b.Len
			}
		}
		if c.at < c.end {
			left = append(left, c)
		}
	}
	m.cursors = left
	return nil
}

// round sorts the next rows into m.sort and reports whether there were any.
func (m *runMerger) round(ctx context.Context) (bool, error) {
	if err := m.fill(ctx); err != nil || len(m.cursors) == 0 {
		return false, err
	}
	var cut *mark
	for _, c := range m.cursors {
		if c.last {
			continue
		}
		if x := c.mark(c.end - 1); cut == nil || m.s.k.compare(&x, cut) < 0 {
			cut = &x
		}
	}
	s := &m.sort.scratch
	s.Reset()
	var took []*data.Batch
	n := 0
	for _, c := range m.cursors {
		hi := c.end
		if cut != nil {
			hi = c.search(m.s.k, c.at, cut, true)
		}
		if hi > c.at {
			took = append(took, c.batch.Slice(c.at, hi))
			n += hi - c.at
			c.at = hi
		}
	}
	cols := s.Columns(len(took[0].Cols))
	parts := s.Columns(len(took))
	for i := range cols {
		for k, b := range took {
			parts[k] = b.Cols[i]
		}
		cols[i] = compute.Concat(s, parts[0].Type, parts)
	}
	if len(took) == 1 {
		m.sort.keep(cols, n)
	} else {
		m.sort.sort(cols, n, data.Slice[uint64](cols[len(cols)-1]))
	}
	return true, nil
}
