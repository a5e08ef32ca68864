package parquet

import "math/bits"

// What a dictionary page costs beside its values, and the size from which writers tend to give dictionaries up: what follows in the chunk is then not
// in the dictionary, which says nothing about the number of values any more.
const (
	dictHeader = 14
	dictMost   = 200 << 10
	pageSlack  = 4 << 10 // headers of pages
)

// distinct estimates how many values a column has from the sizes of its dictionaries, without reading any: the greatest over the row groups, because
// they tend to have the same values, or the sum if each begins behind the one before it. It returns -1 if a row group has no dictionary, or one that
// is too large, or too small for the pages behind it, to believe that it is the whole. list are the column's bounds in the row groups that have rows.
func (t *table) distinct(col int, list []bounds) int64 {
	if col >= t.stored {
		return -1
	}
	most, sum, apart := int64(-1), int64(0), true
	var before bounds
	next := 0
	for _, f := range t.files {
		b := f.binds[col]
		if b.col == nil || b.col.leaf == nil || b.col.leaf.maxRep > 0 {
			return -1
		}
		for g := range f.meta.groups {
			if f.meta.groups[g].rows == 0 {
				continue
			}
			here := list[next]
			next++
			n := dictValues(&f.meta.groups[g].chunks[b.col.leaf.index], b.col.leaf, here)
			if n < 0 {
				return -1
			}
			n = min(n, f.meta.groups[g].rows)
			apart = apart && here.ok && (most < 0 || before.ok && compareScalars(before.max, here.min) < 0)
			most, sum, before = max(most, n), sum+n, here
		}
	}
	if apart && most >= 0 {
		return sum
	}
	return most
}

// dictValues estimates the values in the dictionary of a chunk; a text is thought to be as long as the bounds are on average.
func dictValues(m *chunkMeta, leaf *leafInfo, b bounds) int64 {
	if m.dictAt <= 0 || m.dictAt >= m.dataAt {
		return -1
	}
	width := int64(8)
	switch leaf.phys {
	case ptInt32, ptFloat:
		width = 4
	case ptFixed:
		width = int64(max(leaf.size, 1))
	case ptBytes:
		if !b.ok {
			return -1
		}
		width = 4 + int64(len(b.min.S)+len(b.max.S))/2
	}
	bytes := m.dataAt - m.dictAt
	if bytes > dictMost {
		return -1
	}
	n := (bytes - dictHeader) / width
	if m.codec != 0 && bytes > 2*dictHeader { // texts of one dictionary tend to resemble each other
		n += n / 2
	}
	n = max(n, 1)
	// Codes of n values take their bits, and levels little more. Where the pages have more bytes, the writer gave the dictionary up on the way.
	if codes := m.values * int64(bits.Len64(uint64(n))+3) / 8; m.raw > 0 && m.raw-n*width > codes+pageSlack {
		return -1
	}
	return n
}
