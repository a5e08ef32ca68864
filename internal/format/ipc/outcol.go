package ipc

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/kern"
)

// outCol collects the rows of one column, or of a part of one, as they will lie in a record batch.
type outCol struct {
	path  string
	typ   dtype.Type
	dict  int // number of the dictionary of an enum
	rows  int
	nulls int
	valid []uint64 // once there is a null
	bits  []uint64
	buf   []byte // values of fixed width, or the bytes of texts
	offs  []int32
	kids  []*outCol
}

// column makes the outCol of a type.
func (e *encoder) column(t dtype.Type, path string) (*outCol, error) {
	c := &outCol{path: path, typ: t}
	var kids []dtype.Field
	switch t.Phys() {
	case dtype.PhysView:
		c.offs = []int32{0}
	case dtype.PhysList:
		c.offs = []int32{0}
		kids = []dtype.Field{{Name: "item", Type: t.Elem()}}
	case dtype.PhysArray, dtype.PhysStruct:
		kids = t.Fields
	}
	if t.Kind == dtype.Enum {
		c.dict = len(e.enums)
		e.enums = append(e.enums, c)
	}
	for _, f := range kids {
		k, err := e.column(f.Type, path+"."+f.Name)
		if err != nil {
			return nil, err
		}
		c.kids = append(c.kids, k)
	}
	return c, nil
}

// newTextCol returns a column of texts, for a dictionary.
func newTextCol(texts []string) *outCol {
	c := &outCol{typ: dtype.Of(dtype.String), rows: len(texts), offs: []int32{0}}
	for _, s := range texts {
		c.buf = append(c.buf, s...)
		c.offs = append(c.offs, int32(len(c.buf)))
	}
	return c
}

// reset drops the rows and keeps the memory.
func (c *outCol) reset() {
	c.rows, c.nulls = 0, 0
	c.valid, c.bits, c.buf = c.valid[:0], c.bits[:0], c.buf[:0]
	if c.offs != nil {
		c.offs = c.offs[:1]
	}
	for _, k := range c.kids {
		k.reset()
	}
}

// size is about how many bytes are collected.
func (c *outCol) size() int {
	n := len(c.buf) + 8*len(c.valid) + 8*len(c.bits) + 4*len(c.offs)
	for _, k := range c.kids {
		n += k.size()
	}
	return n
}

// moreBits grows a bitmap to n bits; new words are zero.
func moreBits(b []uint64, n int) []uint64 {
	for len(b) < kern.Words(n) {
		b = append(b, 0)
	}
	return b
}

// mark takes over the validity of the n rows that follow.
func (c *outCol) mark(valid data.Bitmap, n int) {
	nulls := n - valid.Count(n)
	if c.nulls == 0 && nulls > 0 {
		c.valid = moreBits(c.valid[:0], c.rows+n)
		kern.SetBits(c.valid, 0, c.rows, true)
	}
	if c.nulls+nulls > 0 {
		c.valid = moreBits(c.valid, c.rows+n)
		if valid == nil {
			kern.SetBits(c.valid, c.rows, n, true)
		} else {
			kern.CopyBits(c.valid, c.rows, valid, 0, n)
		}
	}
	c.nulls += nulls
	c.rows += n
}

// add takes the rows of a column in any form. The type's representation is the outCol's.
func (c *outCol) add(col *data.Column) error {
	n := col.Len
	if n == 0 {
		return nil
	}
	phys := c.typ.Phys()
	if phys == dtype.PhysNull {
		c.rows += n
		c.nulls += n
		return nil
	}
	if col.Form == data.Dict && phys == dtype.PhysView {
		if err := c.texts(col.Values, col.Codes, n); err != nil {
			return err
		}
		c.mark(col.Valid, n)
		return nil
	}
	col = col.Flatten()
	var err error
	switch phys {
	case dtype.PhysBits:
		c.bits = moreBits(c.bits, c.rows+n)
		kern.CopyBits(c.bits, c.rows, col.Bits, 0, n)
	case dtype.PhysView:
		err = c.texts(col, nil, n)
	case dtype.PhysList:
		err = c.lists(col, n)
	case dtype.PhysArray:
		err = c.kids[0].add(col.Kids[0])
	case dtype.PhysStruct:
		for i, k := range c.kids {
			if err == nil {
				err = k.add(col.Kids[i])
			}
		}
	default:
		err = c.fixed(col, n)
	}
	if err != nil {
		return err
	}
	c.mark(col.Valid, n)
	return nil
}

// texts adds the texts at the codes, or the first n without them. The views of null rows are empty, but a null row's code is not.
func (c *outCol) texts(col *data.Column, codes []uint32, n int) error {
	views := data.FixedSlice[data.View](col.Buf)
	for i := range n {
		k := i
		if codes != nil {
			k = int(codes[i])
		}
		c.buf = append(c.buf, views[k].Bytes(col.Heap)...)
		if len(c.buf) > math.MaxInt32 {
			return tooLarge(c.path)
		}
		c.offs = append(c.offs, int32(len(c.buf)))
	}
	return nil
}

// lists adds lists and maps.
func (c *outCol) lists(col *data.Column, n int) error {
	lo, hi := col.Offsets[0], col.Offsets[n]
	kid := col.Kids[0]
	if lo > 0 || int(hi) < kid.Len {
		kid = kid.Slice(int(lo), int(hi))
	}
	base := int64(c.kids[0].rows)
	if base+int64(hi-lo) > math.MaxInt32 {
		return tooLarge(c.path)
	}
	for _, o := range col.Offsets[1 : n+1] {
		c.offs = append(c.offs, int32(base)+o-lo)
	}
	return c.kids[0].add(kid)
}

// fixed adds values of fixed width.
func (c *outCol) fixed(col *data.Column, n int) error {
	switch c.typ.Kind {
	case dtype.Decimal:
		c.decimals(col, n)
		return nil
	case dtype.UUID:
		for _, v := range data.FixedSlice[data.Int128](col.Buf)[:n] {
			c.buf = binary.BigEndian.AppendUint64(c.buf, uint64(v.Hi)^1<<63)
			c.buf = binary.BigEndian.AppendUint64(c.buf, v.Lo)
		}
		return nil
	case dtype.Interval:
		return c.intervals(col, n)
	default:
		c.buf = append(c.buf, col.Buf[:n*c.typ.Phys().Width()]...)
		return nil
	}
}

// decimals adds decimals, widened to 128 bits.
func (c *outCol) decimals(col *data.Column, n int) {
	wide := func(v int64) {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, uint64(v))
		c.buf = binary.LittleEndian.AppendUint64(c.buf, uint64(v>>63))
	}
	switch c.typ.Phys() {
	case dtype.PhysI32:
		for _, v := range data.FixedSlice[int32](col.Buf)[:n] {
			wide(int64(v))
		}
	case dtype.PhysI64:
		for _, v := range data.FixedSlice[int64](col.Buf)[:n] {
			wide(v)
		}
	default:
		c.buf = append(c.buf, col.Buf[:16*n]...)
	}
}

// intervals adds intervals, whose microseconds become nanoseconds.
func (c *outCol) intervals(col *data.Column, n int) error {
	for i, v := range data.FixedSlice[data.Interval](col.Buf)[:n] {
		if v.Micros > math.MaxInt64/1000 || v.Micros < math.MinInt64/1000 {
			if col.Valid.Get(i) {
				e := fault.New(fault.Value, "an interval has more microseconds than Arrow's nanoseconds can count")
				e.Pos.Column = c.path
				e.Pos.Value = string(data.AppendInterval(nil, v))
				return e
			}
			v = data.Interval{}
		}
		c.buf = binary.LittleEndian.AppendUint32(c.buf, uint32(v.Months))
		c.buf = binary.LittleEndian.AppendUint32(c.buf, uint32(v.Days))
		c.buf = binary.LittleEndian.AppendUint64(c.buf, uint64(v.Micros*1000))
	}
	return nil
}

// bytesOf returns bits as the bytes that hold n of them; the bits after the last are zero in what we write.
func bytesOf(b []uint64, n int) []byte {
	if n == 0 {
		return nil
	}
	if r := uint(n) & 63; r != 0 {
		b[n>>6] &= 1<<r - 1
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b))), 8*len(b))[:(n+7)/8]
}

// emit appends the arrays and buffers of the column to the message that e is at.
func (c *outCol) emit(e *encoder) {
	e.nodes = append(e.nodes, int64(c.rows), int64(c.nulls))
	phys := c.typ.Phys()
	if phys == dtype.PhysNull {
		return
	}
	if c.nulls > 0 {
		e.buffer(bytesOf(c.valid, c.rows))
	} else {
		e.buffer(nil)
	}
	switch phys {
	case dtype.PhysBits:
		e.buffer(bytesOf(c.bits, c.rows))
	case dtype.PhysView:
		e.buffer(data.FixedBytes(c.offs))
		e.buffer(c.buf)
	case dtype.PhysList:
		e.buffer(data.FixedBytes(c.offs))
	case dtype.PhysArray, dtype.PhysStruct:
	default:
		e.buffer(c.buf)
	}
	for _, k := range c.kids {
		k.emit(e)
	}
}
