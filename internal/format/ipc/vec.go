package ipc

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/kern"
)

// vec turns rows of parts into columns. It owns the buffers of what it converts, and uses them again in the next call; all else lies in the
// buffers of the part. It is used by one goroutine.
type vec struct {
	dicts map[int64]*values
	col   data.Column
	valid data.Bitmap
	bits  data.Bitmap
	words []uint64 // fixed-width values
	offs  []int32
	codes []uint32
	heap  [][]byte
	kids  []*vec
	kid   []*data.Column
	enums map[*values][]uint32 // the codes of an enum by those of its dictionary
}

// kidVec returns the vec of kid i.
func (v *vec) kidVec(i int) *vec {
	for len(v.kids) <= i {
		v.kids = append(v.kids, &vec{dicts: v.dicts})
	}
	return v.kids[i]
}

// grown returns s with length n, its content unspecified.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}

// space returns room for n values.
func space[T data.Fixed](v *vec, n, width int) []T {
	v.words = grown(v.words, (n*width+7)/8+1)
	return data.FixedSlice[T](data.FixedBytes(v.words))[:n:n]
}

// read returns rows [lo, hi) of the part as a column that is valid until the next call.
func (v *vec) read(p *part, lo, hi int) (*data.Column, error) {
	n := hi - lo
	c := &v.col
	*c = data.Column{Type: p.n.typ, Len: n}
	c.Valid = v.validity(p, lo, hi)
	switch p.n.lay {
	case layNull:
		return c, nil
	case layBits:
		c.Bits = data.NewBitmap(0)
		if n > 0 {
			c.Bits = v.slice(&v.bits, p.bufs[1], lo, hi)
		}
		return c, nil
	case layFixed:
		return c, v.fixed(p, lo, hi)
	case layBinary:
		if p.n.width == 8 {
			return c, readStrings[int64](v, p, lo, hi)
		}
		return c, readStrings[int32](v, p, lo, hi)
	case layView:
		return c, v.views(p, lo, hi)
	case layFixedBinary:
		return c, v.fixedStrings(p, lo, hi)
	case layList:
		if p.n.width == 8 {
			return c, readLists[int64](v, p, lo, hi)
		}
		return c, readLists[int32](v, p, lo, hi)
	case layListView:
		if p.n.width == 8 {
			return c, readListViews[int64](v, p, lo, hi)
		}
		return c, readListViews[int32](v, p, lo, hi)
	case layArray:
		return c, v.kidsOf(p, lo*p.n.typ.Len, hi*p.n.typ.Len)
	case layStruct:
		return c, v.kidsOf(p, lo, hi)
	default:
		return v.coded(p, lo, hi)
	}
}

// validity returns the validity of rows [lo, hi), nil if none of them is null.
func (v *vec) validity(p *part, lo, hi int) data.Bitmap {
	if !p.nulls || lo == hi {
		return nil
	}
	b := v.slice(&v.valid, p.bufs[0], lo, hi)
	if b.All(hi - lo) {
		return nil
	}
	return b
}

// slice returns bits [lo, hi) of a buffer, in place where they start at a word.
func (v *vec) slice(room *data.Bitmap, buf []byte, lo, hi int) data.Bitmap {
	// The memory behind a buffer can be read to the end of the last word.
	words := data.FixedSlice[uint64](buf[:8*data.Words(hi)])
	if lo&63 == 0 {
		return data.Bitmap(words[lo>>6:])
	}
	*room = grown(*room, data.Words(hi-lo))
	kern.ShiftBits(*room, words, lo, hi-lo)
	return *room
}

// kidsOf reads the same rows of all kids.
func (v *vec) kidsOf(p *part, lo, hi int) error {
	v.kid = v.kid[:0]
	for i, k := range p.kids {
		c, err := v.kidVec(i).read(k, lo, hi)
		if err != nil {
			return err
		}
		// Whoever works on nested values finds them Flat.
		v.kid = append(v.kid, c.Flatten())
	}
	v.col.Kids = v.kid
	return nil
}

// ascending checks the offsets of n+1 places, which must lie in order within [0, most].
func ascending[O int32 | int64](n *node, offs []O, most int) error {
	bad := offs[0] < 0 || int64(offs[len(offs)-1]) > int64(most)
	for i := 1; i < len(offs); i++ {
		bad = bad || offs[i] < offs[i-1]
	}
	if bad {
		return n.wrong("offsets do not ascend from 0 to %d", most)
	}
	return nil
}

// readLists reads lists and maps.
func readLists[O int32 | int64](v *vec, p *part, lo, hi int) error {
	c := &v.col
	n := hi - lo
	v.offs = grown(v.offs, n+1)
	c.Offsets = v.offs
	if n == 0 {
		v.offs[0] = 0
		return v.kidsOf(p, 0, 0)
	}
	offs := data.FixedSlice[O](p.bufs[1])[lo : hi+1]
	if err := ascending(p.n, offs, p.kids[0].rows); err != nil {
		return err
	}
	base := offs[0]
	for i, o := range offs {
		v.offs[i] = int32(o - base)
	}
	if err := v.kidsOf(p, int(base), int(offs[n])); err != nil {
		return err
	}
	if c.Valid != nil {
		v.emptyNulls(n)
	}
	return checkMap(p.n, c)
}

// emptyNulls drops the elements of null lists, if there are any.
func (v *vec) emptyNulls(n int) {
	c := &v.col
	var rows []uint32
	for i := range n {
		if c.Valid.Get(i) || v.offs[i] == v.offs[i+1] {
			continue
		}
		rows = []uint32{}
		break
	}
	if rows == nil {
		return
	}
	lo, end := v.offs[0], int32(0)
	for i := range n {
		hi := v.offs[i+1]
		if c.Valid.Get(i) {
			for j := lo; j < hi; j++ {
				rows = append(rows, uint32(j))
			}
			end += hi - lo
		}
		lo = hi
		v.offs[i+1] = end
	}
	v.offs[0] = 0
	v.kid[0] = gather(v.kid[0], rows)
}

// gather copies rows of a column.
func gather(c *data.Column, rows []uint32) *data.Column {
	b := data.NewBuilder(c.Type, len(rows))
	if len(rows) > 0 {
		b.AppendColumn(c, rows)
	}
	return b.Build()
}

// checkMap makes sure that maps have entries and keys.
func checkMap(n *node, c *data.Column) error {
	if n.typ.Kind != dtype.Map {
		return nil
	}
	entries := c.Kids[0]
	if entries.HasNulls() || entries.Kids[0].HasNulls() && entries.Kids[0].Len > 0 {
		return n.wrong("a map has a null key")
	}
	// The names of the parts of an entry are the writer's; ours are fixed.
	e := *entries
	e.Type = n.typ.Elem()
	c.Kids[0] = &e
	return nil
}

// viewsMax bounds how many elements the lists of a batch may share: views can overlap, and a small file could spell out a huge one.
const viewsMax = 1 << 26

// readListViews reads lists that each say where they lie, and puts them in order.
func readListViews[O int32 | int64](v *vec, p *part, lo, hi int) error {
	c := &v.col
	n := hi - lo
	v.offs = grown(v.offs, n+1)
	v.offs[0] = 0
	c.Offsets = v.offs
	if n == 0 {
		return v.kidsOf(p, 0, 0)
	}
	at, size := data.FixedSlice[O](p.bufs[1])[lo:hi], data.FixedSlice[O](p.bufs[2])[lo:hi]
	most, first, last, total := int64(p.kids[0].rows), int64(math.MaxInt64), int64(0), int64(0)
	for i := range n {
		if c.Valid.Get(i) && size[i] != 0 {
			o, k := int64(at[i]), int64(size[i])
			if o < 0 || k < 0 || o > most || k > most-o {
				return p.n.wrong("a list lies outside of the %d elements", most)
			}
			first, last, total = min(first, o), max(last, o+k), total+k
		}
		if total > viewsMax {
			return refuse(p.n.path, "lists that overlap have more than %d elements in %d rows", viewsMax, n)
		}
		v.offs[i+1] = int32(total)
	}
	first = min(first, last)
	if err := v.kidsOf(p, int(first), int(last)); err != nil {
		return err
	}
	rows := make([]uint32, 0, total)
	for i := range n {
		for j := range v.offs[i+1] - v.offs[i] {
			rows = append(rows, uint32(int64(at[i])-first+int64(j)))
		}
	}
	v.kid[0] = gather(v.kid[0], rows)
	return nil
}

// tooLong is the error for strings that a column cannot point into.
func (n *node) tooLong() error {
	return fault.New(fault.Unsupported, "the texts of %d rows of column %q have more than 4 GiB", data.BatchRows, n.path)
}
