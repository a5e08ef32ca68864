package op

import (
	"context"
	"math/bits"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

// winOrder is rows in window order: all of them, or a page of a winTape. Positions count along all of them; slices have an element for each position
// from base on.
type winOrder struct {
	base  int      // position of the first row
	dense int64    // groups of peers of the first row's partition that begin before base
	rows  []uint32 // by position
	parts []int    // first position of each partition, and the one after the last
	part  []uint32 // by position: number of the partition
	peer  []uint32 // by position: first position of its peers
	past  []uint32 // by position: position after its peers
}

// bounds returns the first position of the partition of row p of o, and the one after it.
func (o *winOrder) bounds(p int) (first, past int) {
	i := o.part[p]
	return o.parts[i], o.parts[i+1]
}

// newWinOrder sorts the rows by partition, in order of first appearance, and by the order keys.
func newWinOrder(ctx context.Context, crew *exec.Crew, c *winCall, cols []*data.Column, n int) (*winOrder, error) {
	var levels []level
	group := make([]uint64, n)
	if len(c.partition) > 0 {
		keys := make([]*data.Column, len(c.partition))
		for i, at := range c.partition {
			keys[i] = cols[at]
		}
		groups := groupRows(keys, n, group)
		levels = append(levels, level{words: group, width: max(bits.Len(uint(groups)), 1)})
	}
	var keys []*data.Column
	var orders []defs.Order
	for i, at := range c.order {
		keys, orders = append(keys, cols[at]), append(orders, c.win.Order[i].Order)
	}
	by := sortLevels(nil, keys, orders, n)
	rows, err := sortRows(ctx, crew, append(levels, by...), n)
	if err != nil {
		return nil, err
	}
	o := &winOrder{rows: rows, part: make([]uint32, n), peer: make([]uint32, n), past: make([]uint32, n)}
	start := 0
	for p, r := range rows {
		newPart := p == 0 || group[r] != group[rows[p-1]]
		if newPart || differ(by, rows[p-1], r) {
			for q := start; q < p; q++ {
				o.past[q] = uint32(p)
			}
			start = p
		}
		if newPart {
			o.parts = append(o.parts, p)
		}
		o.part[p], o.peer[p] = uint32(len(o.parts)-1), uint32(start)
	}
	for q := start; q < n; q++ {
		o.past[q] = uint32(n)
	}
	o.parts = append(o.parts, n)
	return o, nil
}

// groupRows numbers equal rows of keys, and returns how many groups there are.
func groupRows(keys []*data.Column, n int, group []uint64) int {
	t := newTable(newKeyLayout(typesOf(keys)))
	k := newKeyBatch(t.lay)
	part := make([]*data.Column, len(keys))
	for lo := 0; lo < n; lo += data.BatchRows {
		hi := min(lo+data.BatchRows, n)
		for i, c := range keys {
			part[i] = c.Slice(lo, hi)
		}
		k.set(part, hi-lo)
		for i, g := range t.find(k) {
			group[lo+i] = uint64(g)
		}
	}
	return t.n
}

// differ reports whether two rows differ in a level.
func differ(levels []level, a, b uint32) bool {
	for i := range levels {
		if l := &levels[i]; l.words != nil && l.words[a] != l.words[b] || l.words == nil && l.cmp(a, b) != 0 {
			return true
		}
	}
	return false
}

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
