package op

import (
	"cmp"
	"context"
	"slices"
	"sort"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
)

// sortRun is sorted rows on disk, each with the number of its morsel as the last column. Rows with equal keys go by their morsels; all rows of a
// morsel are in runs of one worker, in the order of the runs.
type sortRun struct {
	run    *spill.Run
	order  int            // among the runs
	keys   []*data.Column // of the first row of each block
	morsel []uint64       // of it
}

// runTypes are the columns of runs.
func (k *sortKeys) runTypes() []dtype.Type {
	return append(slices.Clip(k.types), dtype.Of(dtype.Uint64))
}

// runWriter writes a sortRun.
type runWriter struct {
	k      *sortKeys
	w      *spill.Writer
	keys   []*data.Builder
	morsel []uint64
}

func newRunWriter(ctx context.Context, s *spill.Space, k *sortKeys) (*runWriter, error) {
	w, err := s.Batches(ctx, k.runTypes())
	if err != nil {
		return nil, err
	}
	r := &runWriter{k: k, w: w}
	for _, at := range k.at {
		r.keys = append(r.keys, data.NewBuilder(k.types[at], 0))
	}
	return r, nil
}

// write appends a batch of sorted rows.
func (r *runWriter) write(ctx context.Context, b *data.Batch) error {
	if r.w.AtBlock() && b.Len > 0 {
		for i, c := range r.k.keys(b.Cols) {
			r.keys[i].AppendColumn(c, []uint32{0})
		}
		r.morsel = append(r.morsel, morsels(b)[0])
	}
	return r.w.Write(ctx, b, nil)
}

// morsels returns the last column of a run's batch.
func morsels(b *data.Batch) []uint64 { return data.Slice[uint64](b.Cols[len(b.Cols)-1].Flatten()) }

// finish returns the run.
func (r *runWriter) finish(ctx context.Context, order int) (*sortRun, error) {
	run, err := r.w.Finish(ctx)
	if err != nil {
		return nil, err
	}
	out := &sortRun{run: run, order: order, morsel: r.morsel}
	for _, b := range r.keys {
		out.keys = append(out.keys, b.Build())
	}
	return out, nil
}

// runBatches is how many batches make a block of a run. A block ends with the batch that fills it, and passes its size by less than that.
const runBatches = 4

// runRows returns how many rows a batch of a run has, from the fixed part of a row and the texts and lists that rows have had so far.
func (s *sortSink) runRows() int {
	s.mu.Lock()
	width := max(s.lay.width, 1) + int(s.heap)
	s.mu.Unlock()
	return min(max(s.space.Block()/(runBatches*width), 16), data.BatchRows)
}

// weigh notes how many bytes a row of a store has outside of its fixed part, if they are more than in the stores before.
func (s *sortSink) weigh(w *sortStore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heap = max(s.heap, (w.texts.size+w.loose)/int64(max(w.rows, 1)))
}

// spill sorts the rows of the store, writes them as a run, and leaves the store empty.
func (w *sortWriter) spill(ctx context.Context) error {
	s := w.s
	s.weigh(w.store)
	parts, err := divide(ctx, &exec.Crew{Threads: 1}, []*sortStore{w.store}, s.k, true)
	if err != nil {
		return err
	}
	defer parts.free()
	r, err := newRunWriter(ctx, s.space, s.k)
	if err != nil {
		return err
	}
	sort := partSorter{k: s.k}
	step := s.runRows()
	for i := range len(parts.start) - 1 {
		sort.part(parts, i)
		for lo := 0; lo < len(sort.rows); lo += step {
			if err := r.write(ctx, sort.batch(lo, min(lo+step, len(sort.rows)), len(sort.cols))); err != nil {
				return err
			}
		}
	}
	run, err := r.finish(ctx, w.worker<<32|w.runs)
	if err != nil {
		return err
	}
	w.runs++
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append(s.runs, run)
	return nil
}

// merge writes what is still in memory and returns the source that merges all runs.
func (s *sortSink) merge(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	if err := crew.Each(ctx, len(s.writers), func(ctx context.Context, _, i int) error {
		if s.writers[i].store.rows == 0 {
			return nil
		}
		return s.writers[i].spill(ctx)
	}); err != nil {
		return nil, err
	}
	s.release()
	sort.Slice(s.runs, func(a, b int) bool { return s.runs[a].order < s.runs[b].order })
	most, readers, err := s.fanIn(crew)
	for err == nil && len(s.runs) > most {
		err = s.reduce(ctx, &exec.Crew{Threads: readers}, most)
	}
	if err != nil {
		return nil, err
	}
	for i, r := range s.runs {
		r.order = i
	}
	return newSortedRuns(s, readers), nil
}

// fanIn returns how many runs a worker can read at a time, and how many workers may do so, and reserves the memory for it. With little memory it is
// better that few workers read than that rows are merged more often.
func (s *sortSink) fanIn(crew *exec.Crew) (most, readers int, err error) {
	each := int64(0)
	for _, r := range s.runs {
		each = max(each, r.run.ReaderBytes())
	}
	room, runs := s.mem.Room(), int64(len(s.runs))
	n := min(max(room/(each*min(runs, fanInGood)), 1), int64(max(crew.Threads, 1)))
	if s.alone {
		n = 1
	}
	k := min(max(room/(each*n), fanInMin), fanInMax)
	need := each * n * min(k, runs)
	if err := s.mem.Insist(need); err != nil {
		return 0, 0, err
	}
	s.merging = need
	return int(k), int(n), nil
}

// Bounds of the fan-in: with fewer runs at a time rows are rewritten too often, with more, pieces become too small.
const (
	fanInMin  = 2
	fanInGood = 16
	fanInMax  = 128
)

// reduce merges neighbouring runs, at most most at a time, until no more than most are left or each was merged once.
func (s *sortSink) reduce(ctx context.Context, crew *exec.Crew, most int) error {
	groups := (len(s.runs) + most - 1) / most
	out := make([]*sortRun, groups)
	if err := crew.Each(ctx, groups, func(ctx context.Context, _, g int) error {
		list := s.runs[g*len(s.runs)/groups : (g+1)*len(s.runs)/groups]
		for i, r := range list {
			r.order = i
		}
		m := runMerger{s: s}
		m.start(list, nil, nil)
		w, err := newRunWriter(ctx, s.space, s.k)
		if err != nil {
			return err
		}
		for {
			ok, err := m.round(ctx)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			n, step := len(m.sort.rows), s.runRows()
			for lo := 0; lo < n; lo += step {
				if err := w.write(ctx, m.sort.batch(lo, min(lo+step, n), len(m.sort.cols))); err != nil {
					return err
				}
			}
		}
		for _, r := range list {
			if err := r.run.Remove(); err != nil {
				return err
			}
		}
		out[g], err = w.finish(ctx, g)
		return err
	}); err != nil {
		return err
	}
	s.runs = out
	return nil
}

// mark is a row of a run, or a bound between rows.
type mark struct {
	keys   []*data.Column
	row    int
	morsel uint64
	order  int // of the run
}

// compare orders marks by keys, morsels and runs; only rows of one run can be equal.
func (k *sortKeys) compare(a, b *mark) int {
	for i, o := range k.orders {
		x, y := a.keys[i], b.keys[i]
		if xn, yn := x.IsNull(a.row), y.IsNull(b.row); xn || yn {
			if xn == yn {
				continue
			}
			if xn == o.NullsFirst {
				return -1
			}
			return 1
		}
		if c := compute.CompareRow(x, a.row, y, b.row); c != 0 {
			if o.Desc {
				return -c
			}
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.morsel, b.morsel), cmp.Compare(a.order, b.order))
}

// runCursor reads one run for a merge.
type runCursor struct {
	run    *sortRun
	rd     *spill.Reader
	batch  *data.Batch
	keys   []*data.Column
	morsel []uint64
	at     int // next row of batch
	end    int // rows of batch that are wanted
	last   bool
}

// mark returns the mark of a row of the batch.
func (c *runCursor) mark(row int) mark { return mark{c.keys, row, c.morsel[row], c.run.order} }

// search returns the first row from lo on that is not below m, or, with past, above it.
func (c *runCursor) search(k *sortKeys, lo int, m *mark, past bool) int {
	hi := c.end
	for lo < hi {
		mid := (lo + hi) / 2
		x := c.mark(mid)
		if o := k.compare(&x, m); o < 0 || past && o == 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
