package parquet

import (
	"context"

	"github.com/siksik-data/siksik/spi"
)

// rowRange is rows [lo, hi) of a row group.
type rowRange struct{ lo, hi int }

// parseOffsets reads an offset index and checks it against the chunk.
func parseOffsets(b []byte, m *chunkMeta, rows int64) ([]pageLoc, error) {
	r := &compact{b: b}
	var out []pageLoc
	for id, t := r.open(tStruct); t != tStop; id, t = r.next(id) {
		if id != 1 {
			r.skip(t)
			continue
		}
		n, e := r.list(t)
		for i := 0; i < n && r.err == nil; i++ {
			var p pageLoc
			for id, t := r.open(e); t != tStop; id, t = r.next(id) {
				switch id {
				case 1:
					p.at = r.i64(t)
				case 2:
					p.size = int64(r.i32(t))
				case 3:
					p.row = r.i64(t)
				default:
					r.skip(t)
				}
			}
			out = append(out, p)
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	end, row := m.start(), int64(-1)
	for i, p := range out {
		if p.at < end || p.size <= 0 || p.size > m.size || p.at+p.size > m.start()+m.size || p.row <= row || p.row >= rows || i == 0 && p.row != 0 {
			return nil, corrupt("the page index puts page %d at %d with %d bytes, from row %d", i, p.at, p.size, p.row)
		}
		end, row = p.at+p.size, p.row
	}
	if len(out) == 0 && rows > 0 {
		return nil, corrupt("the page index has no pages")
	}
	return out, nil
}

// pageBounds is the column index: bounds for each page.
type pageBounds struct {
	nullPage []bool
	min, max [][]byte
	nulls    []int64
}

func parseColumnIndex(b []byte, pages int) (*pageBounds, error) {
	r := &compact{b: b}
	p := &pageBounds{}
	for id, t := r.open(tStruct); t != tStop; id, t = r.next(id) {
		if id > 5 || id == 4 {
			r.skip(t)
			continue
		}
		n, e := r.list(t)
		for i := 0; i < n && r.err == nil; i++ {
			switch id {
			case 1:
				p.nullPage = append(p.nullPage, r.boolElem(e))
			case 2:
				p.min = append(p.min, r.bytes(e))
			case 3:
				p.max = append(p.max, r.bytes(e))
			case 5:
				p.nulls = append(p.nulls, r.i64(e))
			}
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	if len(p.nullPage) != pages || len(p.min) != pages || len(p.max) != pages || p.nulls != nil && len(p.nulls) != pages {
		return nil, corrupt("the page index has bounds for %d pages of %d", len(p.nullPage), pages)
	}
	return p, nil
}

// pagePlan finds the rows of a row group that pages may keep under the predicates.
type pagePlan struct {
	g    *group
	ctx  context.Context
	cols map[int]*indexedLeaf
}

type indexedLeaf struct {
	leaf   *leafInfo
	locs   []pageLoc
	bounds *pageBounds
}

// leafOf returns the page index of a flat column of the table in the current file, or nil if it has none.
func (p *pagePlan) leafOf(col int) (*indexedLeaf, error) {
	if x, ok := p.cols[col]; ok {
		return x, nil
	}
	p.cols[col] = nil
	l := p.g.flatLeaf(col)
	if l == nil {
		return nil, nil
	}
	m := &p.g.meta.chunks[l.index]
	if m.indexLen <= 0 || m.offsetLen <= 0 {
		return nil, nil
	}
	locs, err := p.g.offsetIndex(p.ctx, l.index)
	if err != nil || locs == nil {
		return nil, err
	}
	b, err := p.g.small(p.ctx, m.indexAt, m.indexLen)
	if err != nil {
		return nil, err
	}
	pb, err := parseColumnIndex(b, len(locs))
	if err != nil {
		return nil, &leafError{l.path, err}
	}
	x := &indexedLeaf{l, locs, pb}
	p.cols[col] = x
	return x, nil
}

// rows returns the ranges that may have rows for which p is true; nil, false means all.
func (p *pagePlan) rows(q *pred) ([]rowRange, bool, error) {
	total := int(p.g.meta.rows)
	switch q.op {
	case spi.PredAnd:
		out, some := []rowRange{{0, total}}, false
		for _, k := range q.kids {
			r, ok, err := p.rows(k)
			if err != nil {
				return nil, false, err
			}
			if ok {
				out, some = intersect(out, r), true
			}
		}
		return out, some, nil
	case spi.PredOr:
		var out []rowRange
		for _, k := range q.kids {
			r, ok, err := p.rows(k)
			if err != nil || !ok {
				return nil, false, err
			}
			out = union(out, r)
		}
		return out, true, nil
	}
	x, err := p.leafOf(q.col)
	if err != nil || x == nil {
		return nil, false, err
	}
	return x.test(q, total), true, nil
}

func (x *indexedLeaf) test(q *pred, total int) []rowRange {
	var out []rowRange
	for i, loc := range x.locs {
		end := total
		if i+1 < len(x.locs) {
			end = int(x.locs[i+1].row)
		}
		b := bounds{nulls: -1, rows: int64(end) - loc.row, nan: x.leaf.typ.IsFloat()}
		if x.bounds.nulls != nil {
			b.nulls = x.bounds.nulls[i]
		}
		switch {
		case !x.bounds.nullPage[i]:
			b.set(x.leaf, x.bounds.min[i], x.bounds.max[i])
		case x.leaf.maxDef > 0 && (b.nulls == b.rows || x.bounds.nulls == nil):
			b.nulls = b.rows
		default: // some writers without statistics call every page a null page
			b.nulls = -1
		}
		if q.mayTest(b) {
			out = union(out, []rowRange{{int(loc.row), end}})
		}
	}
	return out
}

func intersect(a, b []rowRange) []rowRange {
	var out []rowRange
	for len(a) > 0 && len(b) > 0 {
		lo, hi := max(a[0].lo, b[0].lo), min(a[0].hi, b[0].hi)
		if lo < hi {
			out = append(out, rowRange{lo, hi})
		}
		if a[0].hi < b[0].hi {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

// union merges two ascending lists.
func union(a, b []rowRange) []rowRange {
	var out []rowRange
	for len(a) > 0 || len(b) > 0 {
		var r rowRange
		if len(b) == 0 || len(a) > 0 && a[0].lo <= b[0].lo {
			r, a = a[0], a[1:]
		} else {
			r, b = b[0], b[1:]
		}
		if n := len(out); n > 0 && r.lo <= out[n-1].hi {
			out[n-1].hi = max(out[n-1].hi, r.hi)
		} else {
			out = append(out, r)
		}
	}
	return out
}
