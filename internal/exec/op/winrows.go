package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// winRows is the rows that functions are computed for at a time: all of them in input order, or a page in window order.
type winRows struct {
	o    *winOrder
	cols []*data.Column
	n    int

	groups *winGroups    // made by the first who asks
	axes   map[int]*axis // by column of the offsets
}

// winGroups numbers the groups of peers among all rows.
type winGroups struct {
	base   int      // number of the first one that begins here
	number []int    // by position from the order's base on: number of its group
	starts []uint32 // first positions of the groups that begin here
}

// winRun is one function over rows.
type winRun struct {
	call *winCall
	*winRows
	tape *winTape   // where all rows are, if they are not here
	read *tapeCache // of tape
	lo   []uint32   // frames by position, exclusions aside
	hi   []uint32
}

// total is the number of all rows.
func (r *winRun) total() int {
	if r.tape != nil {
		return r.tape.n
	}
	return r.n
}

// at returns the rows among which position q is.
func (r *winRun) at(ctx context.Context, q int) (*winRows, error) {
	if r.tape == nil || q >= r.o.base && q < r.o.base+r.n {
		return r.winRows, nil
	}
	return r.read.page(ctx, q>>r.tape.shift)
}

// valuesAt returns the values of a collected column at positions, given by row; -1 is null.
func (r *winRun) valuesAt(ctx context.Context, col int, at []int64) (*data.Column, error) {
	if r.tape != nil {
		return r.read.values(ctx, col, at)
	}
	from := make([]int32, len(at))
	for i, q := range at {
		from[i] = -1
		if q >= 0 {
			from[i] = int32(r.o.rows[q])
		}
	}
	return compute.Flatten(nil, compute.GatherNullable(nil, r.cols[col], from)), nil
}

// compute returns the result by row.
func (r *winRun) compute(ctx context.Context) (*data.Column, error) {
	if r.call.spec != nil {
		return r.aggregate(ctx)
	}
	switch name := r.call.win.Fn.Name; name {
	case "row_number", "rank", "dense_rank":
		return r.ranks(name), nil
	case "percent_rank", "cume_dist":
		return r.shares(name), nil
	case "ntile":
		return r.ntile()
	case "lag", "lead":
		return r.shifted(ctx, name == "lag")
	case "first_value", "last_value", "nth_value":
		return r.framed(ctx, name)
	default:
		return nil, fault.New(fault.Unsupported, "window function %s is not supported", name)
	}
}

// byRow moves a column from positions to rows.
func (r *winRun) byRow(c *data.Column) *data.Column {
	at := make([]uint32, r.n)
	for p, row := range r.o.rows {
		at[row] = uint32(p)
	}
	return compute.Flatten(nil, compute.Gather(nil, c, at))
}

// inOrder returns rows [lo, hi) of a collected column in window order.
func (r *winRun) inOrder(s *compute.Scratch, col, lo, hi int) *data.Column {
	return compute.Flatten(s, compute.Gather(s, r.cols[col], r.o.rows[lo:hi]))
}

// passing returns the positions in [lo, hi), less lo, that pass the filter, or nil if there is none.
func (r *winRun) passing(s *compute.Scratch, lo, hi int) []uint32 {
	if r.call.filter < 0 {
		return nil
	}
	sel := make([]uint32, hi-lo)
	c := r.inOrder(s, r.call.filter, lo, hi)
	return sel[:kern.SelFromBits(sel, compute.Truth(s, c), hi-lo)]
}
