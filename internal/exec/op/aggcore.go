package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// Tables are bounded to about the second-level cache; what does not fit goes to runs, where partitions are small again.
const (
	aggGroupsMax  = 1 << 14
	aggPartitions = 128
	// A table that reduced its rows less than so many times is not worth looking up in: rows then become groups of their own until the merge.
	aggReduction = 8
)

// placeUnknown is above all places and leaves room for the rows of a batch.
const placeUnknown = 1<<64 - 1<<20

// aggCore is one worker's groups of one grouping set.
type aggCore struct {
	a      *hashAgg
	set    *aggSet
	k      *keyBatch
	t      *table
	states []state
	first  []uint64 // by group: place of the first row
	runs   []*aggRun
	kept   int64 // bytes of runs
	raw    bool  // rows are no longer looked up
	rows   int   // since the table was empty

	zeros []uint32
	dict  dictKeys
}

func newAggCore(a *hashAgg, s *aggSet) *aggCore {
	return &aggCore{a: a, set: s, k: newKeyBatch(s.lay), t: newTable(s.lay), states: a.newStates()}
}

// add takes a batch: the key columns of n rows from first on, and the rows of the calls in w. Rows that come with their places are numbered
// above all places, so that the least place of a group is that of its first row in either case.
func (c *aggCore) add(w *aggWriter, keys []*data.Column, n int, first uint64) error {
	if w.places != nil {
		first = placeUnknown
	}
	g := c.groups(keys, n, first)
	if w.places != nil {
		kern.MinGrouped(c.first, g, w.places, nil)
	}
	for i, s := range c.states {
		s.grow(c.t.n)
		own := g
		if rows := w.keep[i]; w.rows[i].filtered {
			own = compute.Make[uint32](&w.scratch, len(rows))
			kern.Take(own, g, rows)
		}
		if err := s.update(&w.rows[i], own); err != nil {
			return err
		}
	}
	c.rows += n
	if c.t.n > aggGroupsMax {
		c.raw = c.rows < aggReduction*c.t.n
		c.freeze()
	}
	return nil
}

// groups returns the group of each row.
func (c *aggCore) groups(keys []*data.Column, n int, first uint64) []uint32 {
	known := len(c.first)
	if len(keys) == 0 {
		if known == 0 {
			c.t.n, c.first = 1, append(c.first, first)
		}
		c.zeros = widened(c.zeros, n)
		return c.zeros[:n]
	}
	if len(keys) == 1 && keys[0].Form == data.Dict && keys[0].Values.Len <= n && !c.raw {
		return c.dict.groups(c, keys[0], first)
	}
	c.k.set(keys, n)
	var g []uint32
	if c.raw {
		g = c.t.appendAll(c.k)
	} else {
		g = c.t.find(c.k)
	}
	for _, r := range c.t.fresh {
		c.first = append(c.first, first+uint64(r))
	}
	return g
}

// bytes is the memory in use.
func (c *aggCore) bytes() int64 {
	n := c.kept + c.t.bytes() + 8*int64(cap(c.first))
	for _, s := range c.states {
		n += s.bytes()
	}
	return n
}

// aggRun is groups taken out of a table, ordered by hash partition: those of partition p are [from[p], from[p+1]).
type aggRun struct {
	keys   *keyRows
	first  []uint64
	states []state
	from   [aggPartitions + 1]uint32
}

// freeze turns the table into a run and empties it.
func (c *aggCore) freeze() {
	r := c.take()
	c.runs = append(c.runs, r)
	c.kept += r.keys.bytes() + 8*int64(len(r.first)) + c.t.heap.size
	for _, s := range r.states {
		c.kept += s.bytes()
	}
	if c.raw {
		c.t.forget()
	} else {
		c.t.reset()
	}
	c.first, c.rows = c.first[:0], 0
	for i, s := range c.states {
		if x, ok := s.(resetter); ok {
			x.reset()
		} else {
			c.states[i] = c.a.newState(i)
		}
	}
}

// take copies the groups of the table in the order of partitions.
func (c *aggCore) take() *aggRun {
	r := &aggRun{}
	keys := c.t.rows()
	w := keys.lay.words
	part := make([]uint8, keys.n)
	for i := range part {
		p := hashRow(keys.words[i*w:i*w+w]) >> kern.HashPartShift & (aggPartitions - 1)
		part[i] = uint8(p)
		r.from[p+1]++
	}
	for p := range aggPartitions {
		r.from[p+1] += r.from[p]
	}
	next := r.from
	rows := make([]uint32, keys.n)
	for i, p := range part {
		rows[next[p]] = uint32(i)
		next[p]++
	}
	r.keys, r.first = keys.gather(rows), arranged(c.first, rows)
	for _, s := range c.states {
		r.states = append(r.states, s.arrange(rows))
	}
	return r
}

// whole returns the groups of the table as a run of one partition, without copying keys.
func (c *aggCore) whole() *aggRun {
	r := &aggRun{keys: c.t.rows(), first: c.first}
	for p := 1; p <= aggPartitions; p++ {
		r.from[p] = uint32(c.t.n)
	}
	for _, s := range c.states {
		r.states = append(r.states, s.arrange(nil))
	}
	return r
}

// absorb merges partition p of a run into c.
func (c *aggCore) absorb(r *aggRun, p int) error {
	for lo := int(r.from[p]); lo < int(r.from[p+1]); lo += data.BatchRows {
		hi := min(lo+data.BatchRows, int(r.from[p+1]))
		known := len(c.first)
		var g []uint32
		if c.set.lay.words == 0 && len(c.set.keys) == 0 {
			if known == 0 {
				c.t.n = 1
			}
			c.zeros = widened(c.zeros, hi-lo)
			g = c.zeros[:hi-lo]
		} else {
			r.keys.load(c.k, lo, hi)
			g = c.t.find(c.k)
		}
		c.first = widened(c.first, c.t.n)
		kern.Fill(c.first[known:], ^uint64(0))
		kern.MinGrouped(c.first, g, r.first[lo:hi], nil)
		for i, s := range c.states {
			s.grow(c.t.n)
			if err := s.merge(r.states[i], lo, hi, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// dictKeys groups a dictionary column by its codes: each code that occurs in a batch is looked up once.
type dictKeys struct {
	group []uint32 // by code, the last place for null: number+1 in rows
	codes []int32  // the codes that occur, in order; -1 for null
	first []uint32 // the row where each occurs first
	out   []uint32
}

func (d *dictKeys) groups(c *aggCore, col *data.Column, first uint64) []uint32 {
	null := col.Values.Len
	d.group = sized(d.group, null+1)
	clear(d.group)
	d.codes, d.first, d.out = d.codes[:0], d.first[:0], sized(d.out, col.Len)
	for i, code := range col.Codes[:col.Len] {
		at := int(code)
		if col.Valid != nil && !col.Valid.Get(i) {
			at = null
		}
		if d.group[at] == 0 {
			d.codes, d.first = append(d.codes, int32(at)), append(d.first, uint32(i))
			d.group[at] = uint32(len(d.codes))
		}
		d.out[i] = uint32(at)
	}
	for i, at := range d.codes {
		if int(at) == null {
			d.codes[i] = -1
		}
	}
	var s compute.Scratch
	keys := compute.GatherNullable(&s, col.Values, d.codes)
	c.k.set([]*data.Column{keys}, len(d.codes))
	g := c.t.find(c.k)
	for _, r := range c.t.fresh {
		c.first = append(c.first, first+uint64(d.first[r]))
	}
	for i, at := range d.codes {
		if at < 0 {
			at = int32(null)
		}
		d.group[at] = g[i]
	}
	for i, at := range d.out {
		d.out[i] = d.group[at]
	}
	return d.out
}
