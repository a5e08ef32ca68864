package op

import (
	"context"
	"errors"
	"math"
	"slices"
	"sort"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
)

// A quantile of all rows need not have them in memory: values that do not fit are sorted on disk, and those at the ranks that matter are picked on the
// way through the sorted values.

// valueSort is the values of one call without keys that were sent to disk.
type valueSort struct {
	sort *sortSink
	rows int64
}

// shed sends the values of quantiles without keys to a sort and to disk, and reports whether there were any.
func (c *aggCore) shed(ctx context.Context) (bool, error) {
	if len(c.set.keys) > 0 || c.a.space == nil {
		return false, nil
	}
	some := false
	for i, s := range c.states {
		l, ok := s.(*logState)
		if !ok || l.placed || l.vals.n == 0 {
			continue
		}
		some = true
		if c.sorts == nil {
			c.sorts = make([]*sortWriter, len(c.states))
		}
		if c.sorts[i] == nil {
			sort := c.set.sortOf(c.a, i, l.vals.typ)
			c.set.mu.Lock()
			c.sorts[i] = sort.Worker(c.set.sorters).(*sortWriter)
			c.set.sorters++
			c.set.mu.Unlock()
		}
		if err := c.shedValues(ctx, i, l); err != nil {
			return false, err
		}
	}
	return some, nil
}

// shedValues sends the values of a state to its sort. Their memory is given back bit by bit, since the sort needs some.
func (c *aggCore) shedValues(ctx context.Context, i int, l *logState) error {
	c.states[i] = c.a.newState(i)
	c.states[i].grow(c.t.n)
	for k, col := range l.vals.cols {
		l.vals.cols[k] = nil
		back := min(int64(col.Size()), c.held)
		c.held -= back
		c.a.mem.Shrink(back)
		for lo := 0; lo < col.Len; lo += data.BatchRows {
			hi := min(lo+data.BatchRows, col.Len)
			if err := c.sorts[i].Write(ctx, &data.Batch{Cols: []*data.Column{col.Slice(lo, hi)}, Len: hi - lo}); err != nil {
				return err
			}
		}
	}
	c.set.mu.Lock()
	c.set.sorts[i].rows += int64(l.vals.n)
	c.set.mu.Unlock()
	if c.sorts[i].store.rows == 0 {
		return nil
	}
	return c.sorts[i].spill(ctx)
}

// shedMin is the least that a worker sheds because another one lacks memory.
const shedMin = 64 << 10

// sortOf returns the sort for the values of call i.
func (s *aggSet) sortOf(a *hashAgg, i int, t dtype.Type) *sortSink {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sorts == nil {
		s.sorts = make([]*valueSort, len(a.calls))
	}
	if s.sorts[i] == nil {
		k := &sortKeys{exprs: &exprs{refs: []int{0}}, types: []dtype.Type{t}, out: 1, at: []int{0}, orders: make([]defs.Order, 1)}
		s.sorts[i] = &valueSort{sort: &sortSink{k: k, lay: newSortLayout(k.types), slabs: a.slabs, mem: a.mem, space: a.space, lent: true, alone: true}}
	}
	return s.sorts[i].sort
}

// finishSorts computes the quantiles whose values are sorted, after sending there what is left. If nothing was sent so far, it does so only if there is
// no room to put the values of the workers together.
func (s *aggSet) finishSorts(ctx context.Context, a *hashAgg, crew *exec.Crew, live []*aggCore) error {
	bytes := int64(0)
	for _, c := range live {
		bytes += c.tableBytes()
	}
	if s.sorts == nil && a.mem.Room() > 3*bytes {
		return nil
	}
	for _, c := range live {
		if _, err := c.shed(ctx); err != nil {
			return err
		}
	}
	for i, v := range s.sorts {
		if v == nil {
			continue
		}
		col, err := v.quantiles(ctx, crew, a.calls[i].spec)
		if err != nil {
			return err
		}
		if s.sorted == nil {
			s.sorted = map[int]*sortedState{}
		}
		s.sorted[i] = &sortedState{live[0].states[i], col}
	}
	return nil
}

// sortedState is the state of a call whose result is known.
type sortedState struct {
	state
	col *data.Column
}

func (s *sortedState) result() (*data.Column, error) { return s.col, nil }

// release frees what the sorts have after an error.
func (s *aggSet) release() {
	for _, v := range s.sorts {
		if v != nil {
			v.sort.release()
		}
	}
}

// quantiles reads the values in order and returns the result of the call.
func (v *valueSort) quantiles(ctx context.Context, crew *exec.Crew, spec *aggSpec) (*data.Column, error) {
	qs, list, disc := []float64{0.5}, false, spec.name == "quantile_disc"
	if spec.name != "median" {
		var err error
		if qs, list, err = constantQuantiles(spec); err != nil {
			return nil, err
		}
	}
	g := &pickedRanks{n: int(v.rows)}
	var discrete []uint32
	for _, q := range qs {
		at := int(math.Floor(q * float64(g.n-1)))
		if disc {
			at = discreteRank(q, g.n)
			discrete = append(discrete, uint32(at))
		}
		g.ranks = append(g.ranks, at, min(at+1, g.n-1))
	}
	sort.Ints(g.ranks)
	g.ranks = slices.Compact(g.ranks)
	vals, err := v.pick(ctx, crew, g.ranks)
	if err != nil {
		return nil, err
	}
	var out *data.Column
	if disc {
		for i, at := range discrete {
			discrete[i] = uint32(g.index(int(at)))
		}
		out = compute.Flatten(nil, compute.Gather(nil, vals, discrete))
	} else {
		out, err = interpolated(spec, qs, vals, func(keys []int64) ranked {
			g.vals = keys
			return g
		})
	}
	if err != nil || !list {
		return out, err
	}
	return quantileLists(spec, out, len(qs), g)
}

// pick returns the values at ranks, which ascend.
func (v *valueSort) pick(ctx context.Context, crew *exec.Crew, ranks []int) (*data.Column, error) {
	src, err := v.sort.Finish(ctx, crew)
	if err != nil {
		return nil, err
	}
	out, row := data.NewBuilder(v.sort.k.types[0], len(ranks)), 0
	err = drain(ctx, src, func(b *data.Batch) error {
		for ; len(ranks) > 0 && ranks[0] < row+b.Len; ranks = ranks[1:] {
			out.AppendColumn(b.Cols[0], []uint32{uint32(ranks[0] - row)})
		}
		if row += b.Len; len(ranks) == 0 {
			return exec.Stop
		}
		return nil
	})
	if err != nil && !errors.Is(err, exec.Stop) {
		return nil, err
	}
	return out.Build(), nil
}

// pickedRanks is one group of n values of which those at some ranks are known.
type pickedRanks struct {
	n     int
	ranks []int
	vals  []int64 // by rank known
}

func (g *pickedRanks) count() int         { return 1 }
func (g *pickedRanks) size(int) int       { return g.n }
func (g *pickedRanks) index(rank int) int { i, _ := slices.BinarySearch(g.ranks, rank); return i }

func (g *pickedRanks) pair(_, k int) (a, b int64) {
	return g.vals[g.index(k)], g.vals[g.index(min(k+1, g.n-1))]
}
