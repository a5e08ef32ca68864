package parquet

import (
	"encoding/binary"
	"sort"
)

// createdBy names the writer. Readers of ours take the name as a promise about NaN; see bounds.
const createdBy = "siksik version 1 (build go)"

// writtenGroup describes a row group that is in the file.
type writtenGroup struct {
	rows   int64
	chunks []*writtenChunk
}

// appendIndexes appends the column and offset indexes of all groups, which stand between the data and the footer at file offset at.
func appendIndexes(dst []byte, groups []writtenGroup, at int64) []byte {
	base := at - int64(len(dst))
	for _, g := range groups {
		for _, c := range g.chunks {
			if !c.indexable() {
				continue
			}
			c.indexAt = base + int64(len(dst))
			dst = c.appendColumnIndex(dst)
			c.indexLen = int(base + int64(len(dst)) - c.indexAt)
		}
	}
	for _, g := range groups {
		for _, c := range g.chunks {
			c.offsetAt = base + int64(len(dst))
			dst = c.appendOffsetIndex(dst)
			c.offsetLen = int(base + int64(len(dst)) - c.offsetAt)
		}
	}
	return dst
}

// indexable reports whether every page has bounds or nothing but nulls, without which a column index says nothing.
func (c *writtenChunk) indexable() bool {
	for i := range c.pages {
		if p := &c.pages[i]; p.bounds.nan || !p.bounds.usable(c.leaf.order) && p.nulls < c.entries(i) {
			return false
		}
	}
	return c.leaf.order != orderNone && c.values > 0
}

// entries is a lower bound of the entries of a page: the nulls, and one more if it has a value.
func (c *writtenChunk) entries(i int) int64 {
	if p := &c.pages[i]; p.bounds.some {
		return p.nulls + 1
	}
	return c.pages[i].nulls
}

func (c *writtenChunk) appendColumnIndex(dst []byte) []byte {
	t := &thrift{b: dst}
	n := len(c.pages)
	t.list(1, n, tTrue)
	for i := range c.pages {
		if c.pages[i].bounds.some {
			t.b = append(t.b, tFalse)
		} else {
			t.b = append(t.b, tTrue)
		}
	}
	t.list(2, n, tBinary)
	for i := range c.pages {
		v, _ := c.leaf.shortMin(c.pages[i].bounds.min)
		t.rawBytes(v)
	}
	t.list(3, n, tBinary)
	for i := range c.pages {
		v, _ := c.leaf.shortMax(c.pages[i].bounds.max)
		t.rawBytes(v)
	}
	t.i32(4, c.boundaryOrder())
	t.list(5, n, tI64)
	for i := range c.pages {
		t.zigzag(c.pages[i].nulls)
	}
	return append(t.b, 0)
}

// boundaryOrder is 1 if the bounds of the pages ascend, 2 if they descend, else 0.
func (c *writtenChunk) boundaryOrder() int32 {
	up, down := true, true
	var last *writeBounds
	for i := range c.pages {
		b := &c.pages[i].bounds
		if !b.some {
			continue
		}
		if last != nil {
			lo, hi := compareStored(c.leaf.order, last.min, b.min), compareStored(c.leaf.order, last.max, b.max)
			up = up && lo <= 0 && hi <= 0
			down = down && lo >= 0 && hi >= 0
		}
		last = b
	}
	switch {
	case up:
		return 1
	case down:
		return 2
	}
	return 0
}

func (c *writtenChunk) appendOffsetIndex(dst []byte) []byte {
	t := &thrift{b: dst}
	t.list(1, len(c.pages), tStruct)
	for i := range c.pages {
		p := &c.pages[i]
		t.element()
		t.i64(1, c.at+p.at)
		t.i32(2, p.size)
		t.i64(3, p.row)
		t.end()
	}
	return append(t.b, 0)
}

// appendFooter appends the metadata, its length and the magic number.
func appendFooter(dst []byte, s *schemaWriter, columns int, groups []writtenGroup, codec int32) []byte {
	t := &thrift{}
	t.i32(1, 2)
	t.list(2, s.elems+1, tStruct)
	t.element()
	t.string(4, "schema")
	t.i32(5, int32(columns))
	t.end()
	t.b = append(t.b, s.t.b...)
	rows := int64(0)
	for _, g := range groups {
		rows += g.rows
	}
	t.i64(3, rows)
	t.list(4, len(groups), tStruct)
	for i := range groups {
		groups[i].append(t, i, codec)
	}
	if notes := s.notesText(); notes != "" {
		t.list(5, 1, tStruct)
		t.element()
		t.string(1, notesKey)
		t.string(2, notes)
		t.end()
	}
	t.string(6, createdBy)
	t.list(7, len(s.leaves), tStruct)
	for range s.leaves {
		t.element()
		t.empty(1)
		t.end()
	}
	t.b = append(t.b, 0)
	dst = append(dst, t.b...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(t.b)))
	return append(dst, magic...)
}

func (g *writtenGroup) append(t *thrift, ordinal int, codec int32) {
	t.element()
	t.list(1, len(g.chunks), tStruct)
	raw, size := int64(0), int64(0)
	for _, c := range g.chunks {
		c.append(t, codec)
		raw, size = raw+c.raw, size+c.size
	}
	t.i64(2, raw)
	t.i64(3, g.rows)
	if len(g.chunks) > 0 {
		t.i64(5, g.chunks[0].at)
	}
	t.i64(6, size)
	if ordinal < 1<<15 {
		t.field(7, tI16)
		t.zigzag(int64(ordinal))
	}
	t.end()
}

func (c *writtenChunk) append(t *thrift, codec int32) {
	t.element()
	t.i64(2, 0)
	t.begin(3)
	t.i32(1, int32(c.leaf.phys))
	sort.Slice(c.encodings, func(i, j int) bool { return c.encodings[i] < c.encodings[j] })
	t.list(2, len(c.encodings), tI32)
	for _, e := range c.encodings {
		t.zigzag(int64(e))
	}
	t.list(3, len(c.leaf.names), tBinary)
	for _, n := range c.leaf.names {
		t.rawBytes([]byte(n))
	}
	t.i32(4, codec)
	t.i64(5, c.values)
	t.i64(6, c.raw)
	t.i64(7, c.size)
	t.i64(9, c.at+c.dataAt)
	if c.dictAt >= 0 {
		t.i64(11, c.at+c.dictAt)
	}
	c.appendStatistics(t)
	t.end()
	t.i64(4, c.offsetAt)
	t.i32(5, int32(c.offsetLen))
	if c.indexLen > 0 {
		t.i64(6, c.indexAt)
		t.i32(7, int32(c.indexLen))
	}
	t.end()
}

func (c *writtenChunk) appendStatistics(t *thrift) {
	t.begin(12)
	t.i64(3, c.nulls)
	if c.distinct >= 0 {
		t.i64(4, c.distinct)
	}
	if c.bounds.usable(c.leaf.order) {
		lo, exactLo := c.leaf.shortMin(c.bounds.min)
		hi, exactHi := c.leaf.shortMax(c.bounds.max)
		t.bytes(5, hi)
		t.bytes(6, lo)
		t.bool(7, exactHi)
		t.bool(8, exactLo)
	}
	t.end()
}
