package op

import (
	"context"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
)

// Finish implements exec.Sink: it merges each grouping set and returns the groups of all, one set after the other.
func (a *hashAgg) Finish(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	out := &sources{done: a.mem.Close}
	for _, s := range a.sets {
		if err := a.finishFeeds(ctx, crew, s); err != nil {
			return nil, err
		}
		src, err := s.finish(ctx, a, crew)
		if err != nil {
			return nil, err
		}
		s.done = nil
		if src != nil {
			out.list = append(out.list, src)
		}
	}
	return out, nil
}

// finish returns the groups of a set, or nil if there is none.
func (s *aggSet) finish(ctx context.Context, a *hashAgg, crew *exec.Crew) (exec.Source, error) {
	var live []*aggCore
	groups, stored := 0, false
	for _, c := range s.done {
		if c.t.n > 0 || len(c.stores) > 0 {
			live = append(live, c)
			groups += c.t.n
			stored = stored || len(c.stores) > 0
		}
	}
	if len(s.keys) == 0 {
		if err := s.finishSorts(ctx, a, crew, live); err != nil {
			return nil, err
		}
	}
	switch {
	case len(live) == 0 && len(s.keys) > 0:
		return nil, nil
	case len(live) == 0:
		c := newAggCore(a, s, 0) // the aggregate of no rows
		c.t.n, c.first = 1, []uint64{0}
		for _, st := range c.states {
			st.grow(1)
		}
		live = append(live, c)
	case !stored && (len(live) == 1 || len(s.keys) == 0 || groups <= 4*aggGroupsMax):
		for _, c := range live[1:] {
			if err := live[0].absorb(c); err != nil {
				return nil, err
			}
			c.renew()
			if err := a.mem.Set(&c.held, c.extra()); err != nil {
				return nil, err
			}
			if err := a.mem.Set(&live[0].held, live[0].extra()); err != nil {
				return nil, err
			}
		}
	default:
		return s.finishStores(ctx, a, crew, live)
	}
	for i, st := range s.sorted {
		live[0].states[i] = st
	}
	ch, err := a.chunk(s, live[0])
	if err != nil {
		return nil, err
	}
	if a.ordered {
		ch = inOrder([]chunk{ch})
	}
	return &chunks{list: []chunk{ch}, rows: wholeBatches(sharedRows(ch.n, crew.Threads))}, nil
}

// finishStores returns the groups of a set that has stored rows.
func (s *aggSet) finishStores(ctx context.Context, a *hashAgg, crew *exec.Crew, live []*aggCore) (exec.Source, error) {
	err := crew.Each(ctx, len(live), func(ctx context.Context, _, i int) error { return live[i].seal(ctx) })
	if err != nil {
		return nil, err
	}
	m := &aggMerger{a: a, set: s}
	rows := 0
	for _, c := range live {
		m.stores = append(m.stores, c.stores...)
		for _, st := range c.stores {
			rows += st.rows
		}
	}
	m.parts = aggPartitions
	if !a.spilled.Load() {
		m.parts = mergeTasks(rows, crew.Threads)
	}
	src := newPartitions(m)
	if !a.ordered {
		return src, nil
	}
	return a.sorted(ctx, crew, src)
}

const (
	aggTogether = 32 << 10 // rows that one worker merges in one table although they are divided
	aggTaskRows = 1 << 10  // rows that are worth a task where other workers would have nothing to do
)

// mergeTasks is in how many pieces so many workers merge rows in memory: one, unless the rows would not fit a cache or each of the workers gets some.
// It is a power of two, so that a piece has whole partitions.
func mergeTasks(rows, threads int) int {
	if rows > aggTogether {
		return aggPartitions
	}
	n := 1
	for threads > 1 && n < min(4*threads, aggPartitions) && rows >= 2*n*aggTaskRows {
		n *= 2
	}
	return n
}

// aggMerger merges the partitions of stored rows, in pieces.
type aggMerger struct {
	a      *hashAgg
	set    *aggSet
	stores []*aggStore
	parts  int      // pieces; each has as many of the partitions as any other
	core   *aggCore // the owner of the stores of a merger for one piece, or nil

	// relieve, if not nil, writes merged groups to disk and reports whether there were any.
	relieve func(ctx context.Context) (bool, error)

	gate sync.RWMutex // held for writing while rows in memory go to disk
}

// aggDivideMin is how many rows a partition must have to be divided further.
const aggDivideMin = 8 << 10

// span is the partitions [lo, hi) of piece p.
func (m *aggMerger) span(p int) (lo, hi int) {
	n := aggPartitions / m.parts
	return p * n, (p + 1) * n
}

// load merges piece p into c, which is empty. If there is not enough memory even after everything has gone to disk, it returns a merger of the
// piece's own partitions instead.
func (m *aggMerger) load(ctx context.Context, c *aggCore, in *aggInput, p int) (*aggMerger, error) {
	for insist := false; ; {
		err := m.take(ctx, c, in, p, insist)
		if err == nil || insist || !m.a.space.Refused(err) {
			return nil, err
		}
		c.renew()
		if bad := m.a.insist(&c.held, c.extra()); bad != nil {
			return nil, bad
		}
		freed, bad := m.spill(ctx)
		switch {
		case bad != nil:
			return nil, bad
		case freed:
		case m.set.depth == aggDepthMax || m.rows(p) < aggDivideMin:
			insist = true
		default:
			return m.divide(ctx, p)
		}
	}
}

// rows is the number of stored rows of piece p.
func (m *aggMerger) rows(p int) int {
	n := 0
	lo, hi := m.span(p)
	for _, s := range m.stores {
		for at := lo; at < hi; at++ {
			n += s.partRows(at)
		}
	}
	return n
}

// take merges piece p into c.
func (m *aggMerger) take(ctx context.Context, c *aggCore, in *aggInput, p int, insist bool) error {
	m.gate.RLock()
	defer m.gate.RUnlock()
	reserve := m.a.mem.Set
	if insist {
		reserve = m.a.insist
	}
	lo, hi := m.span(p)
	for at := lo; at < hi; at++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, s := range m.stores {
			err := s.each(ctx, at, func(b *rowBlock, heap [][]byte) error {
				if err := c.take(s, b, heap, in); err != nil {
					return err
				}
				return reserve(&c.held, c.extra())
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// spill writes what is in memory to disk and reports whether there was anything.
func (m *aggMerger) spill(ctx context.Context) (bool, error) {
	m.gate.Lock()
	defer m.gate.Unlock()
	some := false
	if m.relieve != nil {
		var err error
		if some, err = m.relieve(ctx); err != nil {
			return false, err
		}
	}
	for _, s := range m.stores {
		if s.rows > 0 {
			some = true
			if err := s.spill(ctx, m.a.space); err != nil {
				return false, err
			}
		}
	}
	return some, nil
}

// close frees the stored rows.
func (m *aggMerger) close() error {
	for _, s := range m.stores {
		s.clear()
		s.dropStage()
		if err := s.drop(); err != nil {
			return err
		}
	}
	m.stores = nil
	if m.core != nil {
		m.core.stores = nil
		return m.a.mem.Set(&m.core.held, 0)
	}
	return nil
}

// chunk computes the columns of a merged core, which must be reset before it is used again.
func (a *hashAgg) chunk(s *aggSet, c *aggCore) (chunk, error) {
	ch := chunk{n: c.t.n, cols: make([]*data.Column, 0, a.keys+len(a.outs)+1), first: c.first}
	for k := range a.keys {
		ch.cols = append(ch.cols, data.NullColumn(a.keyTypes[k], c.t.n))
	}
	keys := c.t.rows()
	for j, k := range s.keys {
		ch.cols[k] = keys.column(j)
	}
	for _, o := range a.outs {
		col, err := o.result(c.states)
		if err != nil {
			return ch, err
		}
		ch.cols = append(ch.cols, col)
	}
	if a.places {
		ch.cols = append(ch.cols, data.FlatColumn(placeType, c.first, nil))
	}
	if a.after != nil {
		a.after(&ch)
	}
	return ch, nil
}
