package parquet

import (
	"encoding/binary"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// leafWriter collects the levels and values of one leaf for a row group. Values are kept as PLAIN stores them, without the lengths of text.
type leafWriter struct {
	path     string
	names    []string
	typ      dtype.Type
	phys     physType
	width    int // bytes a value; 0 for text
	order    order
	maxDef   uint8
	maxRep   uint8
	required bool
	opts     *sinkOptions

	rep  []uint8
	def  []uint8
	n    int    // entries
	vals int    // values
	buf  []byte // their bytes
	ends []uint32
	rows []uint32 // scratch
}

func (l *leafWriter) reset() {
	l.rep, l.def, l.buf, l.ends = l.rep[:0], l.def[:0], l.buf[:0], l.ends[:0]
	l.n, l.vals = 0, 0
}

// clearRows empties the scratch list, which is not nil even then: nil means all rows.
func (l *leafWriter) clearRows() {
	if l.rows == nil {
		l.rows = make([]uint32, 0, data.BatchRows)
	}
	l.rows = l.rows[:0]
}

// size is the memory that the values take.
func (l *leafWriter) size() int { return len(l.buf) + 4*len(l.ends) + len(l.rep) + len(l.def) }

// appendEntries appends entries of a nested column.
func (l *leafWriter) appendEntries(c *data.Column, e *entries) error {
	if l.maxRep > 0 {
		l.rep = append(l.rep, e.rep...)
	}
	l.def = append(l.def, e.def...)
	l.n += len(e.row)
	l.clearRows()
	for _, r := range e.row {
		if r >= 0 {
			l.rows = append(l.rows, uint32(r))
		}
	}
	return l.appendValues(c, l.rows)
}

// appendFlat appends a column of the top of the schema, in any form.
func (l *leafWriter) appendFlat(c *data.Column) error {
	l.n += c.Len
	f := c
	nulls := c.HasNulls()
	if l.maxDef > 0 {
		at := len(l.def)
		for range c.Len {
			l.def = append(l.def, 1)
		}
		for i := 0; nulls && i < c.Len; i++ {
			if c.IsNull(i) {
				l.def[at+i] = 0
			}
		}
	} else if nulls {
		return errRequired(l.path)
	}
	if c.Form == data.Flat && !nulls {
		return l.appendValues(c, nil)
	}
	l.clearRows()
	for i := range c.Len {
		if nulls && c.IsNull(i) {
			continue
		}
		r := i
		switch c.Form {
		case data.Const:
			r, f = 0, c.Values
		case data.Dict:
			r, f = int(c.Codes[i]), c.Values
		}
		l.rows = append(l.rows, uint32(r))
	}
	return l.appendValues(f, l.rows)
}

// appendValues appends the values of a Flat column at rows, or all if rows is nil. None of them is null.
func (l *leafWriter) appendValues(c *data.Column, rows []uint32) error {
	n := len(rows)
	if rows == nil {
		n = c.Len
	}
	l.vals += n
	if n == 0 {
		return nil
	}
	switch l.phys {
	case ptBytes:
		return l.appendText(c, rows, n)
	case ptBool:
		for i := range n {
			b := byte(0)
			if c.Bits.Get(at(rows, i)) {
				b = 1
			}
			l.buf = append(l.buf, b)
		}
		return nil
	case ptFixed:
		l.appendFixed(c, rows, n)
		return nil
	}
	switch c.Type.Phys() {
	case dtype.PhysI8:
		l.buf = append32(l.buf, data.Slice[int8](c), rows)
	case dtype.PhysI16:
		l.buf = append32(l.buf, data.Slice[int16](c), rows)
	case dtype.PhysU8:
		l.buf = append32(l.buf, data.Slice[uint8](c), rows)
	case dtype.PhysU16:
		l.buf = append32(l.buf, data.Slice[uint16](c), rows)
	case dtype.PhysNull:
		return fault.New(fault.Value, "column %q has a value where only nulls belong", l.path)
	default:
		if l.typ.Kind == dtype.Timestamp && l.typ.Unit == dtype.Second {
			return l.appendSeconds(data.Slice[int64](c), rows)
		}
		l.buf = appendSame(l.buf, c.Buf, rows, n, l.width)
	}
	return nil
}

func at(rows []uint32, i int) int {
	if rows == nil {
		return i
	}
	return int(rows[i])
}

// append32 widens small integers to the 4 bytes in which they are stored.
func append32[T int8 | int16 | uint8 | uint16](dst []byte, src []T, rows []uint32) []byte {
	if rows == nil {
		for _, x := range src {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(int32(x)))
		}
	}
	for _, r := range rows {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(int32(src[r])))
	}
	return dst
}

func appendSame(dst, src []byte, rows []uint32, n, width int) []byte {
	switch {
	case rows == nil:
		return append(dst, src[:n*width]...)
	case width == 4:
		for _, r := range rows {
			dst = append(dst, src[4*r:4*r+4]...)
		}
	default:
		for _, r := range rows {
			dst = append(dst, src[8*r:8*r+8]...)
		}
	}
	return dst
}

func (l *leafWriter) appendSeconds(src []int64, rows []uint32) error {
	n := len(src)
	if rows != nil {
		n = len(rows)
	}
	for i := range n {
		v := src[at(rows, i)]
		if v != v*1000/1000 {
			return fault.New(fault.Value, "column %q has a timestamp of %d s, which does not fit the milliseconds that Parquet stores", l.path, v)
		}
		l.buf = binary.LittleEndian.AppendUint64(l.buf, uint64(v*1000))
	}
	return nil
}

func (l *leafWriter) appendText(c *data.Column, rows []uint32, n int) error {
	if l.typ.Kind == dtype.Enum {
		codes := data.Slice[uint32](c)
		for i := range n {
			code := codes[at(rows, i)]
			if int(code) >= len(l.typ.Values) {
				return fault.New(fault.Value, "column %q has enum code %d of %d", l.path, code, len(l.typ.Values))
			}
			l.buf = append(l.buf, l.typ.Values[code]...)
			l.ends = append(l.ends, uint32(len(l.buf)))
		}
		return nil
	}
	views := data.Slice[data.View](c)
	for i := range n {
		l.buf = append(l.buf, views[at(rows, i)].Bytes(c.Heap)...)
		l.ends = append(l.ends, uint32(len(l.buf)))
	}
	if len(l.buf) > 1<<32-1 {
		return fault.New(fault.Unsupported, "column %q has over 4 GiB of text in one row group", l.path).WithHint("set a smaller row_group_size")
	}
	return nil
}

// appendFixed stores decimals, int128 and uuids as 16 big-endian bytes, and intervals as they are.
func (l *leafWriter) appendFixed(c *data.Column, rows []uint32, n int) {
	if l.typ.Kind == dtype.Interval {
		for i := range n {
			r := at(rows, i)
			l.buf = append(l.buf, c.Buf[16*r:16*r+16]...)
		}
		return
	}
	vals := data.Slice[data.Int128](c)
	for i := range n {
		v := vals[at(rows, i)]
		if l.typ.Kind == dtype.UUID {
			v.Hi = int64(uint64(v.Hi) ^ 1<<63)
		}
		l.buf = binary.BigEndian.AppendUint64(l.buf, uint64(v.Hi))
		l.buf = binary.BigEndian.AppendUint64(l.buf, v.Lo)
	}
}

// text returns value i of a leaf of text.
func (l *leafWriter) text(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.buf[from:l.ends[i]]
}

// value returns the stored bytes of value i.
func (l *leafWriter) value(i int) []byte {
	if l.width == 0 {
		return l.text(i)
	}
	return l.buf[i*l.width : (i+1)*l.width]
}
