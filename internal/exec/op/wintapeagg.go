package op

import (
	"context"
	"slices"
	"sort"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/kern"
)

// pagedNodes are nodes of the tree over the positions that lie in one page, by level.
type pagedNodes struct {
	page          int
	nodes, groups [][]uint32 // nodes in the page, and the frames that they are parts of
}

// pageNodes returns the nodes of a page from a list with few pages, to which the page is added.
func pageNodes(list []*pagedNodes, page, levels int) ([]*pagedNodes, *pagedNodes) {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].page == page {
			return list, list[i]
		}
	}
	x := &pagedNodes{page: page, nodes: make([][]uint32, levels), groups: make([][]uint32, levels)}
	return append(list, x), x
}

// pagedTree is tree for the frames of the rows of a page: what covers whole pages is at hand, and the nodes below are made of the pages in which
// they lie, most often the same for many rows. Neighbours with the same frame share a group of out.
func (r *winRun) pagedTree(ctx context.Context, out state, x defs.Exclude) (*data.Column, error) {
	shift, tops := r.tape.shift, r.tape.tops[r.call]
	nodes, groups := make([][]uint32, len(tops)), make([][]uint32, len(tops))
	var low []*pagedNodes
	var ranges []frameRange
	at, n := make([]uint32, r.n), uint32(0)
	for p := range r.n {
		if p > 0 && x == defs.ExcludeNone && r.lo[p] == r.lo[p-1] && r.hi[p] == r.hi[p-1] {
			at[p] = n - 1
			continue
		}
		at[p] = n
		ranges = r.ranges(ranges[:0], p, x)
		for _, f := range ranges {
			f.nodes(func(k, node int) {
				if k >= shift {
					nodes[k-shift], groups[k-shift] = append(nodes[k-shift], uint32(node)), append(groups[k-shift], n)
					return
				}
				var x *pagedNodes
				page := node >> (shift - k)
				low, x = pageNodes(low, page, shift)
				x.nodes[k], x.groups[k] = append(x.nodes[k], uint32(node-page<<(shift-k))), append(x.groups[k], n)
			})
		}
		n++
	}
	if err := r.empty(out, int(n)); err != nil {
		return nil, err
	}
	for k := range nodes {
		if len(nodes[k]) == 0 {
			continue
		}
		if err := out.merge(r.tape.nodes(tops[k], nodes[k]), 0, len(nodes[k]), groups[k]); err != nil {
			return nil, err
		}
	}
	if err := r.mergeLow(ctx, out, low); err != nil {
		return nil, err
	}
	c, err := out.result()
	if err != nil {
		return nil, err
	}
	return compute.Flatten(nil, compute.Gather(nil, c, at)), nil
}

// mergeLow merges nodes of pages into their groups of out.
func (r *winRun) mergeLow(ctx context.Context, out state, low []*pagedNodes) error {
	for _, x := range low {
		tree, err := r.read.tree(ctx, r.call, x.page)
		if err != nil {
			return err
		}
		for k, nodes := range x.nodes {
			if len(nodes) == 0 {
				continue
			}
			if err := out.merge(tree[k].arrange(nodes), 0, len(nodes), x.groups[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

// tree returns the levels of the tree over a page.
func (c *tapeCache) tree(ctx context.Context, call *winCall, page int) ([]state, error) {
	p, err := c.cached(ctx, page)
	if err != nil {
		return nil, err
	}
	if p.tree[call] == nil {
		r := winRun{call: call, winRows: &p.rows}
		if p.tree[call], err = r.buildTree(ctx); err != nil {
			return nil, err
		}
	}
	return p.tree[call], nil
}

// raise makes the levels of the tree of a call whose nodes cover whole pages, and returns their size in bytes.
func (t *winTape) raise(ctx context.Context, c *tapeCache, call *winCall) (int64, error) {
	pages, err := call.spec.newState()
	if err != nil {
		return 0, err
	}
	var r winRun
	for i := range t.pages {
		x, err := c.page(ctx, i)
		if err != nil {
			return 0, err
		}
		r = winRun{call: call, winRows: x}
		if err := r.feed(ctx, pages, func(int) uint32 { return uint32(i) }); err != nil {
			return 0, err
		}
	}
	all := make([]uint32, len(t.pages))
	kern.SelIota(all, 0)
	levels, err := r.raise([]state{pages.arrange(all)}, len(t.pages))
	if err != nil {
		return 0, err
	}
	if t.tops == nil {
		t.tops = map[*winCall][]state{}
	}
	t.tops[call] = levels
	size := int64(0)
	for _, s := range levels {
		size += s.bytes()
	}
	return size, nil
}

// nodes picks nodes of a level of the tops, which workers share.
func (t *winTape) nodes(level state, nodes []uint32) state {
	t.mu.Lock()
	defer t.mu.Unlock()
	return level.arrange(nodes)
}

// wholeCall is the results of a call whose states keep all values and cannot be put together from nodes: it sees whole partitions.
type wholeCall struct {
	call   *winCall
	lo, hi int // positions of out
	out    *data.Column
	held   int64
}

// page returns the results for a page. Pages are asked for in order.
func (h *wholeCall) page(ctx context.Context, p *tapePass, page int) (*data.Column, error) {
	x, err := p.reads[0].page(ctx, page)
	if err != nil {
		return nil, err
	}
	var parts []*data.Column
	lo, hi := x.o.base, x.o.base+x.n
	if cut := min(h.hi, hi); cut > lo {
		parts = append(parts, h.out.Slice(lo-h.lo, cut-h.lo))
		lo = cut
	}
	if lo < hi {
		if err := h.compute(ctx, p, lo, x.o.parts[len(x.o.parts)-1]); err != nil {
			return nil, err
		}
		parts = append(parts, h.out.Slice(0, hi-lo))
	}
	return compute.Concat(nil, parts[0].Type, parts), nil
}

// compute finds the results for positions [lo, hi), which are whole partitions, in memory.
func (h *wholeCall) compute(ctx context.Context, pass *tapePass, lo, hi int) error {
	c := pass.reads[0]
	pass.w.mem.Shrink(h.held)
	h.held, h.out = 0, nil
	n := hi - lo
	grow := func(bytes int64) error {
		if err := pass.need(bytes); err != nil {
			return err
		}
		h.held += bytes
		return nil
	}
	if err := grow(int64(n) * winBytes); err != nil {
		return err
	}
	o := &winOrder{rows: make([]uint32, n), part: make([]uint32, n), peer: make([]uint32, n), past: make([]uint32, n)}
	kern.SelIota(o.rows, 0)
	cols := make([]*data.Column, len(c.t.types))
	parts := make([][]*data.Column, len(cols))
	for at := lo; at < hi; {
		x, err := c.page(ctx, at>>c.t.shift)
		if err != nil {
			return err
		}
		from, to := at-x.o.base, min(hi-x.o.base, x.n)
		for _, col := range h.call.columns() {
			part := x.cols[col].Slice(from, to)
			if err := grow(2 * int64(part.Size())); err != nil {
				return err
			}
			parts[col] = append(parts[col], part)
		}
		for p := from; p < to; p, at = p+1, at+1 {
			if first, _ := x.o.bounds(p); first == at {
				o.parts = append(o.parts, at-lo)
			}
			o.part[at-lo], o.peer[at-lo], o.past[at-lo] = uint32(len(o.parts)-1), x.o.peer[p]-uint32(lo), x.o.past[p]-uint32(lo)
		}
	}
	o.parts = append(o.parts, n)
	for _, col := range h.call.columns() {
		cols[col] = compute.Concat(nil, c.t.types[col], parts[col])
	}
	r := winRun{call: h.call, winRows: &winRows{o: o, cols: cols, n: n}}
	var err error
	h.out, err = r.compute(ctx)
	h.lo, h.hi = lo, hi
	return err
}

// columns returns the collected columns that the call reads, each once.
func (c *winCall) columns() []int {
	list := slices.Concat(c.args, c.order)
	for _, at := range []int{c.filter, c.start, c.end} {
		if at >= 0 {
			list = append(list, at)
		}
	}
	sort.Slice(list, func(a, b int) bool { return list[a] < list[b] })
	return slices.Compact(list)
}
