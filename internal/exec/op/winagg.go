package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/kern"
)

// aggregate computes an aggregate over frames. States are those of grouped aggregation: a group per partition where frames are whole
// partitions, otherwise a group per row that is put together from nodes of a tree over the rows.
func (r *winRun) aggregate(ctx context.Context) (*data.Column, error) {
	if err := r.frames(ctx); err != nil {
		return nil, err
	}
	out, err := r.call.spec.newState()
	if err != nil {
		return nil, err
	}
	x := r.call.frame().Exclude
	_, picks := out.(*pickState) // which cannot read itself while it grows
	switch {
	case r.tape != nil:
		return r.pagedTree(ctx, out, x)
	case x == defs.ExcludeNone && r.wholePartitions():
		return r.perPartition(ctx, out)
	case x == defs.ExcludeNone && r.running() && mergeable(out) && !picks:
		return r.prefixes(ctx, out)
	case mergeable(out):
		return r.tree(ctx, out, x)
	case r.quantile(out):
		return r.quantiles(ctx, x)
	default:
		return r.oneByOne(ctx, out, x)
	}
}

// mergeable reports whether single groups of a state can be merged at will: all states of fixed size can.
func mergeable(s state) bool {
	switch s.(type) {
	case *logState, *distinctState:
		return false
	default:
		return true
	}
}

func (r *winRun) wholePartitions() bool {
	for p := range r.n {
		i := r.o.part[p]
		if int(r.lo[p]) != r.o.parts[i] || int(r.hi[p]) != r.o.parts[i+1] {
			return false
		}
	}
	return true
}

// running reports whether all frames begin with the partition.
func (r *winRun) running() bool {
	for p := range r.n {
		if int(r.lo[p]) != r.o.parts[r.o.part[p]] {
			return false
		}
	}
	return true
}

// feed adds all rows to s in window order; position p goes to group(p).
func (r *winRun) feed(ctx context.Context, s state, group func(p int) uint32) error {
	var scratch compute.Scratch
	g := make([]uint32, 0, data.BatchRows)
	for lo := 0; lo < r.n; lo += data.BatchRows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		hi := min(lo+data.BatchRows, r.n)
		scratch.Reset()
		rows := aggRows{n: hi - lo, first: uint64(r.o.base + lo), scratch: &scratch}
		keep := r.passing(&scratch, lo, hi)
		for _, a := range r.call.args {
			c := r.inOrder(&scratch, a, lo, hi)
			if r.call.filter >= 0 {
				c = compute.Gather(&scratch, c, keep)
			}
			rows.args = append(rows.args, c)
		}
		g = g[:0]
		if r.call.filter >= 0 {
			rows.n, rows.rows, rows.filtered = len(keep), keep, true
			for _, p := range keep {
				g = append(g, group(lo+int(p)))
			}
		} else {
			for p := lo; p < hi; p++ {
				g = append(g, group(p))
			}
		}
		s.grow(int(group(hi-1)) + 1)
		if err := s.update(&rows, g); err != nil {
			return err
		}
	}
	return nil
}

// perPartition aggregates each partition once.
func (r *winRun) perPartition(ctx context.Context, s state) (*data.Column, error) {
	if err := r.feed(ctx, s, func(p int) uint32 { return r.o.part[p] }); err != nil {
		return nil, err
	}
	c, err := s.result()
	if err != nil {
		return nil, err
	}
	return r.byRow(compute.Flatten(nil, compute.Gather(nil, c, r.o.part))), nil
}

// leaves returns a state with a group per position.
func (r *winRun) leaves(ctx context.Context) (state, error) {
	s, err := r.call.spec.newState()
	if err != nil {
		return nil, err
	}
	if err := r.feed(ctx, s, func(p int) uint32 { return uint32(p) }); err != nil {
		return nil, err
	}
	all := make([]uint32, r.n)
	kern.SelIota(all, 0)
	return s.arrange(all), nil
}

// empty makes n groups of s that have seen no row.
func (r *winRun) empty(s state, n int) error {
	s.grow(n)
	rows := aggRows{filtered: true, scratch: &compute.Scratch{}}
	for _, a := range r.call.args {
		rows.args = append(rows.args, r.cols[a].Slice(0, 0))
	}
	return s.update(&rows, nil)
}

// prefixes carries the state along each partition: O(1) a row.
func (r *winRun) prefixes(ctx context.Context, s state) (*data.Column, error) {
	leaf, err := r.leaves(ctx)
	if err != nil {
		return nil, err
	}
	// One running group; its value after each position is copied to the group of that position, the last group stays empty.
	sums, err := r.call.spec.newState()
	if err != nil {
		return nil, err
	}
	if err := r.empty(sums, r.n+1); err != nil {
		return nil, err
	}
	g := make([]uint32, 1)
	for p := range r.n {
		if p&0xffff == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		g[0] = uint32(p)
		if p > r.o.parts[r.o.part[p]] {
			if err := sums.merge(sums, p-1, p, g); err != nil {
				return nil, err
			}
		}
		if err := sums.merge(leaf, p, p+1, g); err != nil {
			return nil, err
		}
	}
	at := make([]uint32, r.n)
	for p := range at {
		at[p] = r.hi[p] - 1
		if r.hi[p] <= r.lo[p] {
			at[p] = uint32(r.n)
		}
	}
	c, err := sums.result()
	if err != nil {
		return nil, err
	}
	return r.byRow(compute.Flatten(nil, compute.Gather(nil, c, at))), nil
}

// treeRows is how many rows look up their nodes at a time.
const treeRows = 1 << 15

// tree builds a binary tree of states over the positions and puts each frame together from O(log n) nodes.
func (r *winRun) tree(ctx context.Context, out state, x defs.Exclude) (*data.Column, error) {
	levels, err := r.buildTree(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.empty(out, r.n); err != nil {
		return nil, err
	}
	nodes, rows := make([][]uint32, len(levels)), make([][]uint32, len(levels))
	var ranges []frameRange
	for lo := 0; lo < r.n; lo += treeRows {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		for k := range nodes {
			nodes[k], rows[k] = nodes[k][:0], rows[k][:0]
		}
		for p := lo; p < min(lo+treeRows, r.n); p++ {
			ranges = r.ranges(ranges[:0], p, x)
			for _, f := range ranges {
				f.nodes(func(k, node int) { nodes[k], rows[k] = append(nodes[k], uint32(node)), append(rows[k], uint32(p)) })
			}
		}
		for k := range nodes {
			if len(nodes[k]) == 0 {
				continue
			}
			if err := out.merge(levels[k].arrange(nodes[k]), 0, len(nodes[k]), rows[k]); err != nil {
				return nil, err
			}
		}
	}
	c, err := out.result()
	if err != nil {
		return nil, err
	}
	return r.byRow(c), nil
}

// nodes calls fn for the nodes of a binary tree over the positions that make up the range; level 0 is the positions themselves.
func (f frameRange) nodes(fn func(level, node int)) {
	a, b := f.lo, f.hi
	for k := 0; a < b; k++ {
		if a&1 != 0 {
			fn(k, a)
			a++
		}
		if b&1 != 0 {
			b--
			fn(k, b)
		}
		a, b = a>>1, b>>1
	}
}

// buildTree returns the levels of the tree, leaves first; node i of a level covers nodes 2i and 2i+1 of the one before.
func (r *winRun) buildTree(ctx context.Context) ([]state, error) {
	leaf, err := r.leaves(ctx)
	if err != nil {
		return nil, err
	}
	return r.raise([]state{leaf}, r.n)
}

// raise puts levels onto one of n nodes.
func (r *winRun) raise(levels []state, n int) ([]state, error) {
	for ; n > 1; n = (n + 1) / 2 {
		up, err := r.call.spec.newState()
		if err != nil {
			return nil, err
		}
		half := (n + 1) / 2
		if err := r.empty(up, half); err != nil {
			return nil, err
		}
		g := make([]uint32, n)
		for i := range g {
			g[i] = uint32(i / 2)
		}
		if err := up.merge(levels[len(levels)-1], 0, n, g); err != nil {
			return nil, err
		}
		all := make([]uint32, half)
		kern.SelIota(all, 0)
		levels = append(levels, up.arrange(all))
	}
	return levels, nil
}

// counted marks the positions whose rows pass the filter of the call.
func (r *winRun) counted() data.Bitmap {
	pass := data.NewBitmap(r.n)
	pass.FillOnes(r.n)
	if r.call.filter >= 0 {
		clear(pass)
		for _, p := range r.passing(&compute.Scratch{}, 0, r.n) {
			pass.Set(int(p))
		}
	}
	return pass
}

// oneByOne adds the rows of each frame to the group of its position, for states that keep all values.
func (r *winRun) oneByOne(ctx context.Context, s state, x defs.Exclude) (*data.Column, error) {
	var ranges []frameRange
	var pos, g []uint32
	pass := r.counted()
	flush := func(groups int) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rows := aggRows{n: len(pos), filtered: true, rows: pos, scratch: &compute.Scratch{}}
		at := arranged(r.o.rows, pos)
		for _, a := range r.call.args {
			rows.args = append(rows.args, compute.Flatten(nil, compute.Gather(nil, r.cols[a], at)))
		}
		s.grow(groups)
		err := s.update(&rows, g)
		pos, g = pos[:0], g[:0]
		return err
	}
	for p := range r.n {
		ranges = r.ranges(ranges[:0], p, x)
		for _, f := range ranges {
			for q := f.lo; q < f.hi; q++ {
				if pass.Get(q) {
					pos, g = append(pos, uint32(q)), append(g, uint32(p))
				}
				if len(pos) == data.BatchRows {
					if err := flush(p + 1); err != nil {
						return nil, err
					}
				}
			}
		}
	}
	if err := flush(r.n); err != nil {
		return nil, err
	}
	c, err := s.result()
	if err != nil {
		return nil, err
	}
	return r.byRow(c), nil
}
