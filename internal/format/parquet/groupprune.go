package parquet

import (
	"context"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// flatLeaf returns the leaf of a column of the table that is stored flat and in the table's type, or nil.
func (g *group) flatLeaf(col int) *leafInfo {
	if col >= g.scan.t.stored {
		return nil
	}
	b := g.file.binds[col]
	if b.col == nil || b.wide || b.col.leaf == nil || b.col.leaf.maxRep > 0 {
		return nil
	}
	return b.col.leaf
}

// setTests takes over the runtime filters that have appeared meanwhile, and returns all predicates that may prune.
func (g *group) setTests() []*pred {
	preds := g.scan.preds
	d := g.scan.spec.Dynamic
	if d == nil {
		return preds
	}
	if now := d.Generation(); now != g.dynamic {
		g.dynamic = now
		g.setOptional(d)
	}
	return append(preds[:len(preds):len(preds)], g.found...)
}

// refresh takes over the runtime filters that have appeared since the last batch.
func (g *group) refresh() {
	if d := g.scan.spec.Dynamic; d != nil {
		if now := d.Generation(); now != g.dynamic {
			g.dynamic, g.unordered = now, true
			g.setOptional(d)
		}
	}
	if g.unordered {
		g.orderTests()
	}
}

// setOptional replaces the tests for runtime filters; those of the same key sets go on, with what they know of dictionaries.
func (g *group) setOptional(d *spi.Dynamic) {
	old := g.tests
	g.tests = slices.DeleteFunc(slices.Clone(old), func(t *rowTest) bool { return t.optional })
	g.found = g.found[:0]
	inSet := map[int]bool{}
	for _, k := range d.Sets() {
		slots, ok := g.slotsOf(k.Cols)
		if !ok {
			continue
		}
		for _, c := range k.Cols {
			inSet[c] = true
		}
		same := func(t *rowTest) bool { return t.members == k.Members && slices.Equal(t.slots, slots) }
		if i := slices.IndexFunc(old, same); i >= 0 {
			g.tests = append(g.tests, old[i])
			continue
		}
		t := &rowTest{members: k.Members, set: k.Members.Tester(), slots: slots, alone: len(slots) == 1, optional: true, share: k.Share, nanos: nanosSet}
		if k.Share < 0 {
			t.share = shareUnknown
		}
		g.tests = append(g.tests, t)
	}
	for _, p := range d.Preds() {
		q := compile(p, false, g.scan.t.schema)
		if q == nil {
			continue
		}
		g.found = append(g.found, q)
		// The bounds of a set need no test of their own.
		cols := q.columns(nil)
		if _, ok := g.slotsOf(cols); ok && !(len(cols) == 1 && inSet[cols[0]]) {
			t := g.newTest(q)
			t.optional = true
			g.tests = append(g.tests, t)
		}
	}
}

// slotsOf returns the slots of columns of the table, if all of them are read.
func (g *group) slotsOf(cols []int) ([]int, bool) {
	var slots []int
	for _, c := range cols {
		i, ok := g.byCol[c]
		if !ok {
			return nil, false
		}
		slots = append(slots, i)
	}
	return slots, true
}

// prune empties or narrows ranges by statistics, page index and Bloom filters.
func (g *group) prune(ctx context.Context, preds []*pred) error {
	of := g.scan.boundsOf(g.fileNo, g.piece.group)
	for _, p := range preds {
		if !p.may(of) {
			g.ranges = g.ranges[:0]
			return nil
		}
	}
	plan := &pagePlan{g: g, ctx: ctx, cols: map[int]*indexedLeaf{}}
	for _, p := range preds {
		r, some, err := plan.rows(p)
		if err != nil {
			return err
		}
		if some {
			g.ranges = intersect(g.ranges, r)
		}
	}
	g.pruneByNumber()
	for _, p := range preds {
		if len(g.ranges) == 0 {
			return nil
		}
		ok, err := g.bloomAllows(ctx, p)
		if err != nil {
			return err
		}
		if !ok {
			g.ranges = g.ranges[:0]
		}
	}
	kept := 0
	for _, r := range g.ranges {
		kept += r.hi - r.lo
	}
	// Reading by pages pays when it saves a good part of the row group.
	g.sparse = kept < int(g.meta.rows)*3/4
	return nil
}

// pruneByNumber leaves only the rows whose numbers are in the key sets of them.
func (g *group) pruneByNumber() {
	d, t := g.scan.spec.Dynamic, g.scan.t
	if d == nil || t.idCol < 0 {
		return
	}
	first := t.first[g.fileNo] + g.firstRow
	for _, k := range d.Sets() {
		members, ok := k.Members.(spi.Ascending)
		if !ok || len(k.Cols) != 1 || k.Cols[0] != t.idCol {
			continue
		}
		var rows []rowRange
		for at := g.piece.lo; at < g.piece.hi; {
			m, ok := members.From(first + int64(at))
			if !ok || m >= first+int64(g.piece.hi) {
				break
			}
			lo := int(m - first)
			if k := len(rows) - 1; k >= 0 && rows[k].hi == lo {
				rows[k].hi++
			} else {
				rows = append(rows, rowRange{lo, lo + 1})
			}
			at = lo + 1
		}
		g.ranges = intersect(g.ranges, rows)
	}
}

// numbersOf are the bounds of the numbers of the rows of a row group.
func (t *table) numbersOf(file, group int) bounds {
	lo, groups := t.first[file], t.files[file].meta.groups
	for _, g := range groups[:group] {
		lo += g.rows
	}
	n, as := groups[group].rows, dtype.Of(dtype.Int64)
	return bounds{min: data.IntScalar(as, lo), max: data.IntScalar(as, lo+n-1), ok: true, exact: true, rows: n}
}

// locs implements part of the contract with the columns: the offset index of a chunk that is to be read by pages, or nil.
func (g *group) locs(leaf int) []pageLoc {
	if !g.sparse || !g.file.leaves[leaf].flat {
		return nil
	}
	locs, err := g.offsetIndex(g.ctx, leaf)
	if err != nil {
		return nil // a chunk can always be read as a whole
	}
	return locs
}

// offsetIndex reads the offset index of a chunk once; nil if there is none.
func (g *group) offsetIndex(ctx context.Context, leaf int) ([]pageLoc, error) {
	if locs, ok := g.offsets[leaf]; ok {
		return locs, nil
	}
	if g.offsets == nil {
		g.offsets = map[int][]pageLoc{}
	}
	m := &g.meta.chunks[leaf]
	var locs []pageLoc
	if m.offsetLen > 0 && m.offsetAt > 0 {
		b, err := g.small(ctx, m.offsetAt, m.offsetLen)
		if err != nil {
			return nil, err
		}
		if locs, err = parseOffsets(b, m, g.meta.rows); err != nil {
			return nil, &leafError{g.file.leaves[leaf].path, err}
		}
	}
	g.offsets[leaf] = locs
	return locs, nil
}
