package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// aggFeed is a stream of rows into the states: feed 0 is the rows of the input, the others are the distinct rows of aggregates with DISTINCT.
type aggFeed struct {
	calls  []int // the aggregates that see the rows
	cols   []int // what they refer to, as positions in hashAgg.exprs
	args   []int // what is distinct, as positions
	filter int   // position of the condition of the rows that are made distinct, or -1
	placed bool  // the places of distinct rows matter
}

// aggInput is a batch of rows on its way into the states.
type aggInput struct {
	a       *hashAgg
	feed    int
	n       int
	cols    []*data.Column // by position in hashAgg.exprs; those of the feed are set
	first   uint64         // place of row 0
	places  []uint64       // if set, the places
	scratch compute.Scratch

	rows  []aggRows      // by call
	keep  [][]uint32     // by call: the rows that pass its filter, or nil
	flat  []*data.Column // by position: Flat, once somebody needs it
	empty []*data.Column // by position: no rows
}

func newAggInput(a *hashAgg) *aggInput {
	return &aggInput{a: a, cols: make([]*data.Column, len(a.types)), rows: make([]aggRows, len(a.calls)), keep: make([][]uint32, len(a.calls)),
		flat: make([]*data.Column, len(a.types))}
}

// begin starts a batch of n rows from feed.
func (in *aggInput) begin(feed, n int, first uint64, places []uint64) {
	in.feed, in.n, in.first, in.places = feed, n, first, places
	in.scratch.Reset()
	clear(in.flat)
}

// take leaves only some of the rows, whose columns the caller gathers; the first of the batch is at first.
func (in *aggInput) take(rows []uint32, first uint64) {
	old := in.places
	in.n, in.places = len(rows), compute.Make[uint64](&in.scratch, len(rows))
	for i, r := range rows {
		in.places[i] = first + uint64(r)
		if old != nil {
			in.places[i] = old[r]
		}
	}
}

// column returns the column at a position as Flat.
func (in *aggInput) column(at int) *data.Column {
	if in.flat[at] == nil {
		in.flat[at] = compute.Flatten(&in.scratch, in.cols[at])
	}
	return in.flat[at]
}

// prepare readies the rows of all calls: Flat arguments of the rows that pass the filter, and none for calls that do not see the feed.
func (in *aggInput) prepare() {
	for i := range in.a.calls {
		c, r := &in.a.calls[i], &in.rows[i]
		*r = aggRows{args: r.args[:0], order: r.order[:0], n: in.n, first: in.first, places: in.places, scratch: &in.scratch}
		in.keep[i] = nil
		if c.feed != in.feed {
			in.leaveOut(c, r)
			continue
		}
		if c.filter >= 0 && c.feed == 0 {
			rows := compute.Make[uint32](&in.scratch, in.n)
			rows = rows[:kern.SelFromBits(rows, compute.Truth(&in.scratch, in.cols[c.filter]), in.n)]
			r.n, r.rows, r.filtered, in.keep[i] = len(rows), rows, true, rows
			if r.places != nil {
				r.places = compute.Make[uint64](&in.scratch, len(rows))
				kern.Take(r.places, in.places, rows)
			}
		}
		for _, at := range c.args {
			r.args = append(r.args, in.passing(at, r))
		}
		for _, at := range c.order {
			r.order = append(r.order, in.passing(at, r))
		}
	}
}

// passing returns the column at a position for the rows of r.
func (in *aggInput) passing(at int, r *aggRows) *data.Column {
	x := in.column(at)
	if r.filtered {
		x = compute.Gather(&in.scratch, x, r.rows)
	}
	return x
}

// leaveOut makes r no rows at all.
func (in *aggInput) leaveOut(c *aggCall, r *aggRows) {
	if in.empty == nil {
		in.empty = make([]*data.Column, len(in.a.types))
		for i, t := range in.a.types {
			in.empty[i] = data.NewBuilder(t, 0).Build()
		}
	}
	r.n, r.filtered = 0, true
	for _, at := range c.args {
		r.args = append(r.args, in.empty[at])
	}
	for _, at := range c.order {
		r.order = append(r.order, in.empty[at])
	}
}

// groupsOf returns the groups of the rows that call i sees, of the groups g of all rows.
func (in *aggInput) groupsOf(i int, g []uint32) []uint32 {
	switch {
	case in.a.calls[i].feed != in.feed:
		return nil
	case in.keep[i] == nil:
		return g
	}
	own := compute.Make[uint32](&in.scratch, len(in.keep[i]))
	kern.Take(own, g, in.keep[i])
	return own
}
