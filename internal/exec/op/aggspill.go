package op

import (
	"context"
	"errors"

	"github.com/siksik-data/siksik/internal/bug"
)

// aggSpillMin is the least that a worker writes to disk because another one lacks memory.
const aggSpillMin = 1 << 20

// reserve makes the account hold what c uses, and lets go of memory if that is refused, or if the table has more than its share of a small budget.
func (c *aggCore) reserve(ctx context.Context) error {
	if c.limit > 0 && c.a.packs && len(c.set.keys) > 0 && c.tableBytes() > c.a.tableMax {
		if err := c.drain(ctx); err != nil {
			return err
		}
		c.renew()
	}
	err := c.a.mem.Set(&c.held, c.extra())
	if err == nil || c.limit == 0 || !c.a.space.Refused(err) {
		return err
	}
	if c.a.packs && len(c.set.keys) > 0 {
		if err := c.drain(ctx); err != nil {
			return err
		}
		c.renew()
	}
	if _, err := c.shed(ctx); err != nil {
		return err
	}
	if _, err := c.spill(ctx); err != nil {
		return err
	}
	return c.a.insist(&c.held, c.extra())
}

// insist is Account.Set that leaves no room to others.
func (a *hashAgg) insist(held *int64, bytes int64) error {
	if bytes <= *held {
		return a.mem.Set(held, bytes)
	}
	if err := a.mem.Insist(bytes - *held); err != nil {
		return err
	}
	*held = bytes
	return nil
}

// spill writes the stored rows to disk, makes the other workers do the same when they next have rows, and reports whether there was anything to write.
func (c *aggCore) spill(ctx context.Context) (bool, error) {
	c.epoch = c.a.squeeze.Add(1)
	some := false
	for _, s := range c.stores {
		if s.rows > 0 {
			some = true
			if err := s.spill(ctx, c.a.space); err != nil {
				return false, err
			}
		}
	}
	if some {
		c.a.spilled.Store(true)
	}
	return some, nil
}

// squeezed writes the stored rows to disk if another worker was refused memory since the last batch.
func (c *aggCore) squeezed(ctx context.Context) error {
	e := c.a.squeeze.Load()
	if e == c.epoch || c.limit == 0 {
		return nil
	}
	c.epoch = e
	if len(c.set.keys) == 0 && c.tableBytes() >= shedMin {
		if some, err := c.shed(ctx); err != nil || some {
			return errors.Join(err, c.a.insist(&c.held, c.extra()))
		}
	}
	size := int64(0)
	for _, s := range c.stores {
		size += s.bytes()
	}
	if size < aggSpillMin {
		return nil
	}
	for _, s := range c.stores {
		if err := s.spill(ctx, c.a.space); err != nil {
			return err
		}
	}
	return c.a.insist(&c.held, c.extra())
}

// seal moves all groups to stores and ends the stores.
func (c *aggCore) seal(ctx context.Context) error {
	if c.t.n > 0 {
		if err := c.drain(ctx); err != nil {
			return err
		}
	}
	c.t, c.states, c.first = newTable(c.set.lay), nil, nil
	for _, s := range c.stores {
		if err := c.sealStore(ctx, s); err != nil {
			return err
		}
	}
	return c.a.insist(&c.held, c.extra())
}

func (c *aggCore) sealStore(ctx context.Context, s *aggStore) error {
	if !c.a.spilled.Load() {
		err := s.seal()
		if err == nil || !c.a.space.Refused(err) {
			return err
		}
	}
	if s.rows > 0 {
		if err := s.spill(ctx, c.a.space); err != nil {
			return err
		}
		c.a.spilled.Store(true)
	}
	return s.seal()
}

// aggDepthMax bounds how often rows are divided further: what does not fit then has equal keys.
const aggDepthMax = 6

// divide divides the rows of piece p by other bits of the hash.
func (m *aggMerger) divide(ctx context.Context, p int) (*aggMerger, error) {
	bug.Assert(m.a.space != nil, "rows are divided without a place on disk")
	set := &aggSet{keys: m.set.keys, lay: m.set.lay, depth: m.set.depth + 1}
	c := newAggCore(m.a, set, aggGroupsMax)
	sub := &aggMerger{a: m.a, set: set, core: c, parts: aggPartitions, relieve: m.relieve}
	lo, hi := m.span(p)
	for i := range (hi - lo) * len(m.stores) {
		s, at := m.stores[i%len(m.stores)], lo+i/len(m.stores)
		err := s.each(ctx, at, func(b *rowBlock, heap [][]byte) error {
			c.loadKeys(s, b, heap)
			if c.k.valid != nil {
				c.k.zeroNulls()
			}
			c.again(s, b, heap)
			l := s.aggLayout
			if err := c.put(ctx, &l, c.k.hash); err != nil {
				return err
			}
			return c.reserve(ctx)
		})
		if err != nil {
			return nil, err
		}
	}
	if err := c.seal(ctx); err != nil {
		return nil, err
	}
	sub.stores = c.stores
	return sub, nil
}
