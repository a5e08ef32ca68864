package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
)

// Finish implements exec.Sink: it merges each grouping set and returns the groups of all, one set after the other.
func (a *hashAgg) Finish(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	out := &chunks{done: a.mem.Close}
	for _, s := range a.sets {
		parts, runs, err := s.merge(ctx, a, crew)
		if err != nil {
			return nil, err
		}
		if runs != nil && !a.ordered && a.after == nil && len(a.sets) == 1 {
			s.done = nil
			return &partitions{a: a, set: s, cores: runs, done: a.mem.Close}, nil
		}
		if runs != nil {
			if parts, err = s.mergePartitions(ctx, a, crew, runs); err != nil {
				return nil, err
			}
		}
		c, err := a.output(ctx, crew, s, parts)
		if err != nil {
			return nil, err
		}
		out.add(c...)
		s.done = nil
	}
	return out, nil
}

// aggHeavy is the size of states from which even few groups are merged in parallel.
const aggHeavy = 4 << 20

// merge returns cores that together hold all groups, each group in one of them, or else cores whose runs are still to be merged.
func (s *aggSet) merge(ctx context.Context, a *hashAgg, crew *exec.Crew) (whole, inRuns []*aggCore, err error) {
	var live []*aggCore
	groups, runs, size := 0, 0, int64(0)
	for _, c := range s.done {
		if c.t.n > 0 || len(c.runs) > 0 {
			live = append(live, c)
			groups += c.t.n
			runs += len(c.runs)
			size += c.bytes()
		}
	}
	switch {
	case len(live) == 0 && len(s.keys) > 0:
		return nil, nil, nil
	case len(live) == 0:
		c := newAggCore(a, s) // the aggregate of no rows
		c.t.n, c.first = 1, []uint64{0}
		for _, st := range c.states {
			st.grow(1)
		}
		return []*aggCore{c}, nil, nil
	case len(live) == 1 && runs == 0:
		return live, nil, nil
	case runs == 0 && groups <= 2*aggPartitions && size < aggHeavy:
		for _, c := range live[1:] {
			if err := live[0].absorb(c.whole(), 0); err != nil {
				return nil, nil, err
			}
		}
		return live[:1], nil, nil
	}
	err = crew.Each(ctx, len(live), func(_ context.Context, _, i int) error {
		if live[i].t.n > 0 {
			live[i].freeze()
		}
		return nil
	})
	return nil, live, err
}

// mergePartitions merges the runs of all cores partition by partition.
func (s *aggSet) mergePartitions(ctx context.Context, a *hashAgg, crew *exec.Crew, cores []*aggCore) ([]*aggCore, error) {
	out := make([]*aggCore, aggPartitions)
	err := crew.Each(ctx, aggPartitions, func(ctx context.Context, _, p int) error {
		held := int64(0)
		c, err := s.mergePartition(a, cores, p, nil, &held)
		if err == nil {
			c.k = nil
			out[p] = c
		}
		return err
	})
	return out, err
}

// mergePartition merges partition p of the runs of all cores. The memory of old, if it is not nil, is used again. held is what is reserved for the core.
func (s *aggSet) mergePartition(a *hashAgg, cores []*aggCore, p int, old *aggCore, held *int64) (*aggCore, error) {
	c := newAggCore(a, s)
	if old != nil {
		old.t.reset()
		c.t, c.k = old.t, old.k
	}
	for _, from := range cores {
		for _, r := range from.runs {
			if err := c.absorb(r, p); err != nil {
				return nil, err
			}
		}
		if err := a.mem.Set(held, c.bytes()); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// output computes the columns of merged cores.
func (a *hashAgg) output(ctx context.Context, crew *exec.Crew, s *aggSet, parts []*aggCore) ([]chunk, error) {
	out := make([]chunk, len(parts))
	err := crew.Each(ctx, len(parts), func(_ context.Context, _, p int) error {
		ch, err := a.chunk(s, parts[p])
		if err != nil {
			return err
		}
		out[p] = ch
		return nil
	})
	if err != nil || !a.ordered {
		return out, err
	}
	return []chunk{inOrder(out)}, nil
}

// chunk computes the columns of a merged core, which is spent afterwards.
func (a *hashAgg) chunk(s *aggSet, c *aggCore) (chunk, error) {
	ch := chunk{n: c.t.n, cols: make([]*data.Column, 0, a.keys+len(a.calls)), first: c.first}
	for k := range a.keys {
		ch.cols = append(ch.cols, data.NullColumn(a.keyTypes[k], c.t.n))
	}
	keys := c.t.rows()
	for j, k := range s.keys {
		ch.cols[k] = keys.column(j)
	}
	for _, st := range c.states {
		col, err := st.result()
		if err != nil {
			return ch, err
		}
		ch.cols = append(ch.cols, col)
	}
	c.states = nil
	if a.places {
		ch.cols = append(ch.cols, data.FlatColumn(placeType, c.first, nil))
	}
	if a.after != nil {
		a.after(&ch)
	}
	return ch, nil
}
