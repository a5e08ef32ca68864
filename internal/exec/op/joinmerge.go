package op

import (
	"cmp"
	"context"
	"io"
	"sort"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
)

// placeMerge reads runs that are each in the order of their last column, the places, as one that is too. Rows of one place come in the order of
// the runs.
type placeMerge struct {
	ins     []placeIn
	heap    []int // of ins with rows left, the next one first
	out     data.Batch
	pick    []uint32 // by row of the batch: the input, and then the row in all of the inputs' rows together
	row     []uint32
	scratch compute.Scratch
}

// placeIn is one run.
type placeIn struct {
	r      *spill.Reader
	b      *data.Batch
	places []uint64
	at     int // the next row
	from   int // the first row that the current result takes
	base   uint32
}

func newPlaceMerge(runs []*spill.Run) *placeMerge {
	m := &placeMerge{ins: make([]placeIn, len(runs))}
	for i, r := range runs {
		m.ins[i].r = r.Reader()
	}
	return m
}

// Read implements batchReader.
func (m *placeMerge) Read(ctx context.Context) (*data.Batch, error) {
	first := m.heap == nil
	if first {
		m.heap = make([]int, 0, len(m.ins))
	}
	for i := range m.ins {
		x := &m.ins[i]
		if x.r != nil && (x.b == nil || x.at == x.b.Len) {
			if err := x.fill(ctx); err != nil {
				return nil, err
			}
			if x.r != nil {
				m.push(i)
			}
		}
		x.from = x.at
	}
	if len(m.heap) == 0 {
		return nil, io.EOF
	}
	m.choose()
	return m.gather(), nil
}

// fill reads the next batch.
func (x *placeIn) fill(ctx context.Context) error {
	b, err := x.r.Read(ctx)
	x.at = 0
	if err == io.EOF {
		x.r, x.b = nil, nil
		return nil
	}
	if err != nil {
		return err
	}
	x.b, x.places = b, data.Slice[uint64](b.Cols[len(b.Cols)-1].Flatten())
	return nil
}

// choose picks rows for a batch, until it is full or an input must be read.
func (m *placeMerge) choose() {
	m.pick, m.row = m.pick[:0], m.row[:0]
	for len(m.pick) < data.BatchRows {
		i := m.heap[0]
		x := &m.ins[i]
		m.pick, m.row = append(m.pick, uint32(i)), append(m.row, uint32(x.at))
		if x.at++; x.at == x.b.Len {
			m.pop()
			return
		}
		m.down(0)
	}
}

// gather puts the picked rows together.
func (m *placeMerge) gather() *data.Batch {
	m.scratch.Reset()
	base := uint32(0)
	var used []*placeIn
	for i := range m.ins {
		x := &m.ins[i]
		x.base = base - uint32(x.from)
		if x.b != nil && x.at > x.from {
			used = append(used, x)
			base += uint32(x.at - x.from)
		}
	}
	for k, i := range m.pick {
		m.row[k] += m.ins[i].base
	}
	m.out.Cols, m.out.Len = m.out.Cols[:0], len(m.pick)
	parts := make([]*data.Column, len(used))
	for c := range used[0].b.Cols {
		for k, x := range used {
			parts[k] = x.b.Cols[c].Slice(x.from, x.at)
		}
		if len(parts) == 1 {
			m.out.Cols = append(m.out.Cols, parts[0])
			continue
		}
		all := compute.Concat(&m.scratch, parts[0].Type, parts)
		m.out.Cols = append(m.out.Cols, compute.Gather(&m.scratch, all, m.row))
	}
	return &m.out
}

// before orders inputs by their next rows.
func (m *placeMerge) before(a, b int) bool {
	x, y := &m.ins[a], &m.ins[b]
	p, q := x.places[x.at], y.places[y.at]
	return p < q || p == q && a < b
}

func (m *placeMerge) push(i int) {
	m.heap = append(m.heap, i)
	for k := len(m.heap) - 1; k > 0; {
		up := (k - 1) / 2
		if !m.before(m.heap[k], m.heap[up]) {
			return
		}
		m.heap[k], m.heap[up] = m.heap[up], m.heap[k]
		k = up
	}
}

func (m *placeMerge) pop() {
	last := len(m.heap) - 1
	m.heap[0] = m.heap[last]
	m.heap = m.heap[:last]
	m.down(0)
}

func (m *placeMerge) down(k int) {
	for {
		kid := 2*k + 1
		if kid >= len(m.heap) {
			return
		}
		if kid+1 < len(m.heap) && m.before(m.heap[kid+1], m.heap[kid]) {
			kid++
		}
		if !m.before(m.heap[kid], m.heap[k]) {
			return
		}
		m.heap[k], m.heap[kid] = m.heap[kid], m.heap[k]
		k = kid
	}
}

// joinMerge is the source of the results of a join on disk, in order.
type joinMerge struct {
	rest *joinRest
	in   batchReader
	runs []*spill.Run
}

const (
	mergeFan     = 64 // runs that are merged at a time
	mergeBatches = 8  // of a task at most
	mergeShare   = 64 // of the budget, after which a task ends
)

// Open implements exec.Source.
func (m *joinMerge) Open(ctx context.Context) error {
	list := m.rest.sorted
	sort.SliceStable(list, func(a, b int) bool { return list[a].seq < list[b].seq })
	for _, p := range list {
		m.runs = append(m.runs, p.run)
	}
	m.rest.sorted = nil
	for len(m.runs) > mergeFan {
		run, err := m.together(ctx, m.runs[:mergeFan])
		if err != nil {
			return err
		}
		// The merged run takes the place of the ones before it, so that ties keep their order.
		m.runs = append([]*spill.Run{run}, m.runs[mergeFan:]...)
	}
	if len(m.runs) > 0 {
		m.in = newPlaceMerge(m.runs)
	}
	return nil
}

// together merges runs into one.
func (m *joinMerge) together(ctx context.Context, runs []*spill.Run) (*spill.Run, error) {
	in := newPlaceMerge(runs)
	var out *spill.Writer
	for {
		b, err := in.Read(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if out == nil {
			if out, err = m.rest.j.spill.space.Batches(ctx, typesOf(b.Cols)); err != nil {
				return nil, err
			}
		}
		if err := out.Write(ctx, b, nil); err != nil {
			return nil, err
		}
	}
	for _, r := range runs {
		if err := r.Remove(); err != nil {
			return nil, err
		}
	}
	return out.Finish(ctx)
}

// Next implements exec.Source. It merges: the tasks are some batches each.
func (m *joinMerge) Next(ctx context.Context) (exec.Task, error) {
	if m.in == nil {
		return nil, io.EOF
	}
	var keep *exec.Keeper
	// Several tasks wait for their workers at a time: those of wide rows are short.
	most, size := m.rest.j.mem.Limit()/mergeShare, int64(0)
	for range mergeBatches {
		if size > most {
			break
		}
		b, err := m.in.Read(ctx)
		if err == io.EOF {
			m.in = nil
			break
		}
		if err != nil {
			return nil, err
		}
		rows := *b
		rows.Cols = b.Cols[:len(b.Cols)-1]
		size += storedBytes(&rows)
		if keep == nil {
			keep = exec.NewKeeper(typesOf(rows.Cols), nil)
		}
		if err := keep.Add(&rows, nil); err != nil {
			return nil, err
		}
	}
	if keep == nil {
		return nil, io.EOF
	}
	return keep.Take()
}

// Worker implements exec.Source.
func (m *joinMerge) Worker(int) exec.Reader { return &batchesReader{s: &batches{}} }

// Close implements exec.Source.
func (m *joinMerge) Close() error {
	runs := m.runs
	m.runs, m.in = nil, nil
	var err error
	for _, r := range runs {
		err = cmp.Or(err, r.Remove())
	}
	return err
}
