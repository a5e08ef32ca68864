package op

import (
	"context"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

const (
	// aggGroupsMax bounds the tables of workers to about the second-level cache; what does not fit is divided by hash, and is small again there.
	aggGroupsMax = 1 << 13
	// aggGroupsWide bounds the tables of workers that seem to have few more groups: missing the cache costs less than dividing all rows.
	aggGroupsWide = 1 << 16
	// aggGroupsWider does so where a row that is divided takes at least aggRowWide words: writing it costs more then, above all in memory that the system
	// clears first. With it 100,000 groups of 10 million rows took 0.7 to 0.9 of the time at four to six words a row and 0.97 at three; 100,000 groups of
	// 1.5 million rows took 1.07 at two.
	aggGroupsWider = 1 << 17
	aggRowWide     = 4
	// A table that reduced its rows less than so many times is not worth looking up in: the rows are divided as they are.
	aggReduction = 3
)

// placeUnknown is above all places and leaves room for the rows of a batch.
const placeUnknown = 1<<64 - 1<<20

// aggCore is one worker's groups of one grouping set: a table, and stores of what did not fit.
type aggCore struct {
	a      *hashAgg
	set    *aggSet
	k      *keyBatch
	t      *table
	states []state
	first  []uint64 // by group: place of the first row, if hashAgg.placed
	stores []*aggStore
	limit  int  // groups that the table may have; 0: any number
	raw    bool // rows are no longer looked up
	rows   int  // since the table was empty
	half   aggMark
	held   int64
	epoch  uint64        // of hashAgg.squeeze
	sorts  []*sortWriter // by call: takes the values of a quantile that did not fit, or nil

	zeros   []uint32
	direct  *directKeys
	words   []wordCol
	kinds   []wordKind
	scratch compute.Scratch
}

func newAggCore(a *hashAgg, s *aggSet, limit int) *aggCore {
	c := &aggCore{a: a, set: s, k: newKeyBatch(s.lay), t: newTable(s.lay), states: a.newStates(), limit: limit}
	c.raw = limit > 0 && !a.packs
	if limit > 0 && !c.raw {
		c.direct = newDirect(s.lay.types())
	}
	return c
}

// add takes a batch that in has: rows whose key columns are keys.
func (c *aggCore) add(ctx context.Context, in *aggInput, keys []*data.Column) error {
	if err := c.squeezed(ctx); err != nil {
		return err
	}
	if len(keys) > 0 && c.raw {
		c.k.set(keys, in.n)
		if err := c.scatter(ctx, in); err != nil {
			return err
		}
		return c.reserve(ctx)
	}
	if err := c.update(in, c.groups(in, keys)); err != nil {
		return err
	}
	c.rows += in.n
	if c.half.groups == 0 && c.t.n >= c.limit/2 {
		c.half = aggMark{c.t.n, c.rows}
	}
	if c.limit > 0 && c.t.n > c.limit && !c.widen(c.rowWords(in.feed)) {
		c.raw = c.rows < aggReduction*c.t.n
		if err := c.drain(ctx); err != nil {
			return err
		}
	}
	return c.reserve(ctx)
}

// aggMark is how many groups some rows had.
type aggMark struct{ groups, rows int }

// widen lets a full table have more groups if there seem to be few more. If every group is as frequent as another, the share of new groups among the
// rows since the table was half full tells how many groups there are. words is what a row takes when it is divided.
func (c *aggCore) widen(words int) bool {
	most := aggGroupsWide
	if words >= aggRowWide {
		most = aggGroupsWider
	}
	fresh, rows := c.t.n-c.half.groups, c.rows-c.half.rows
	middle := (c.t.n + c.half.groups) / 2
	if c.limit >= most || fresh >= rows || middle*rows > most*(rows-fresh) {
		return false
	}
	c.limit = most
	return true
}

// rowWords is about how many words a row of a feed takes when it is divided: those of its key and its values.
func (c *aggCore) rowWords(feed int) int {
	n := c.set.lay.words
	for _, at := range c.a.feeds[feed].cols {
		n += valueWords(c.a.types[at])
	}
	return n
}

// update feeds the states with the rows of in, which belong to groups g.
func (c *aggCore) update(in *aggInput, g []uint32) error {
	for i, s := range c.states {
		s.grow(c.t.n)
		if err := s.update(&in.rows[i], in.groupsOf(i, g)); err != nil {
			return err
		}
	}
	return nil
}

// groups returns the group of each row.
func (c *aggCore) groups(in *aggInput, keys []*data.Column) []uint32 {
	if len(c.set.keys) == 0 {
		return c.only(in)
	}
	if g, ok := c.direct.groups(c, in, keys); ok {
		return g
	}
	c.k.set(keys, in.n)
	return c.find(in)
}

// only is groups without keys: all rows belong to one.
func (c *aggCore) only(in *aggInput) []uint32 {
	first := in.first
	if in.places != nil {
		first = slices.Min(in.places)
	}
	switch {
	case c.t.n == 0:
		c.t.n = 1
		if c.a.placed {
			c.first = append(c.first, first)
		}
	case c.a.placed:
		c.first[0] = min(c.first[0], first)
	}
	if len(c.zeros) < in.n {
		c.zeros = make([]uint32, max(in.n, data.BatchRows))
	}
	return c.zeros[:in.n]
}

// find looks up the keys in c.k.
func (c *aggCore) find(in *aggInput) []uint32 {
	g := c.t.find(c.k)
	if c.a.placed {
		c.place(in, g)
	}
	return g
}

// place keeps the places of the first rows of groups.
func (c *aggCore) place(in *aggInput, g []uint32) {
	first := in.first
	if in.places != nil {
		first = placeUnknown
	}
	for _, r := range c.t.fresh {
		c.first = append(c.first, first+uint64(r))
	}
	if in.places != nil {
		kern.MinGrouped(c.first, g, in.places, nil)
	}
}

// tableBytes is the memory of the table and the states.
func (c *aggCore) tableBytes() int64 {
	n := c.t.bytes() + 8*int64(cap(c.first))
	for _, s := range c.states {
		n += s.bytes()
	}
	return n
}

// extra is the memory in use that stores have not reserved.
func (c *aggCore) extra() int64 {
	n := c.tableBytes()
	for _, s := range c.stores {
		n += s.extra()
	}
	return n
}

// reset empties the table and the states.
func (c *aggCore) reset() {
	c.t.reset()
	c.direct.forget()
	c.first, c.rows, c.half = c.first[:0], 0, aggMark{}
	for i, s := range c.states {
		if x, ok := s.(resetter); ok {
			x.reset()
		} else {
			c.states[i] = c.a.newState(i)
		}
	}
}

// renew is reset that keeps no memory.
func (c *aggCore) renew() {
	c.t, c.states, c.first, c.rows, c.half = newTable(c.set.lay), c.a.newStates(), nil, 0, aggMark{}
	c.direct.forget()
}

// absorb merges the groups of another core's table into c's.
func (c *aggCore) absorb(o *aggCore) error {
	keys := o.t.rows()
	whole := make([]state, len(o.states))
	for i, s := range o.states {
		whole[i] = s.arrange(nil)
	}
	in := &aggInput{}
	for lo := 0; lo < o.t.n; lo += data.BatchRows {
		hi := min(lo+data.BatchRows, o.t.n)
		in.n = hi - lo
		if c.a.placed {
			in.places = o.first[lo:hi]
		}
		var g []uint32
		if len(c.set.keys) == 0 {
			g = c.only(in)
		} else {
			keys.load(c.k, lo, hi)
			g = c.find(in)
		}
		for i, s := range c.states {
			s.grow(c.t.n)
			if err := s.merge(whole[i], lo, hi, g); err != nil {
				return err
			}
		}
	}
	return nil
}
