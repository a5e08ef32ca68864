package ndjson

import (
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// vec is a column under construction. Values are stored by row number, so that a repeated key overwrites; rows count as present until
// setNull, so that the usual row costs nothing.
type vec struct {
	typ   dtype.Type
	phys  dtype.Phys
	path  string // the column and the fields below it, for messages
	width int
	cap   int
	ptr   unsafe.Pointer // buf's memory
	buf   []byte
	bits  data.Bitmap
	valid data.Bitmap
	nulls bool
	offs  []int32
	kids  []*vec
	obj   *object // of a struct
	n     int     // elements in use, of a list's kid
	out   data.Column
}

// newVec returns a vec with room for capacity rows. A list's kid starts small and grows.
func newVec(t dtype.Type, path string, capacity int) *vec {
	v := &vec{typ: t, phys: t.Phys(), path: path}
	v.width = v.phys.Width()
	switch v.phys {
	case dtype.PhysList:
		v.kids = []*vec{newVec(t.Elem(), path, 64)}
	case dtype.PhysArray:
		v.kids = []*vec{newVec(t.Elem(), path, capacity*t.Len)}
	case dtype.PhysStruct:
		for _, f := range t.Fields {
			v.kids = append(v.kids, newVec(f.Type, path+"."+f.Name, capacity))
		}
	}
	v.grow(capacity)
	return v
}

// ensure makes room for n rows.
func (v *vec) ensure(n int) {
	if n > v.cap {
		v.grow(max(n, 2*v.cap))
	}
}

// grow reallocates for n rows and keeps what is there.
func (v *vec) grow(n int) {
	if v.width > 0 {
		buf := data.AlignedBytes(n * v.width)
		copy(buf, v.buf)
		v.buf, v.ptr = buf, unsafe.Pointer(unsafe.SliceData(buf))
	}
	v.valid = regrow(v.valid, n)
	valid := v.valid[data.Words(v.cap):]
	for i := range valid {
		valid[i] = ^uint64(0)
	}
	switch v.phys {
	case dtype.PhysBits:
		v.bits = regrow(v.bits, n)
	case dtype.PhysList:
		v.offs = append(make([]int32, 0, n+1), v.offs...)[:n+1]
	case dtype.PhysArray:
		v.kids[0].ensure(n * v.typ.Len)
	case dtype.PhysStruct:
		for _, k := range v.kids {
			k.ensure(n)
		}
	}
	v.cap = n
}

func regrow(b data.Bitmap, n int) data.Bitmap {
	out := data.NewBitmap(n)
	copy(out, b)
	return out
}

// reset starts a new batch.
func (v *vec) reset() {
	if v.nulls {
		v.valid.FillOnes(v.cap)
		v.nulls = false
	}
	v.n = 0
	for _, k := range v.kids {
		k.reset()
	}
}

// setNull makes row i null and gives it a harmless value.
func (v *vec) setNull(i int) {
	v.nulls = true
	v.valid.Clear(i)
	switch v.phys {
	case dtype.PhysBits, dtype.PhysNull:
	case dtype.PhysList:
		v.offs[i+1] = int32(v.kids[0].n)
	case dtype.PhysArray:
		for j := range v.typ.Len {
			v.kids[0].setNull(i*v.typ.Len + j)
		}
	case dtype.PhysStruct:
		for _, k := range v.kids {
			k.setNull(i)
		}
	default:
		clear(v.buf[i*v.width : (i+1)*v.width])
	}
}

// forget undoes what row i has got: a repeated key, or a row that turned out not to fit, starts over.
func (v *vec) forget(i int) {
	if v.nulls {
		v.valid.Set(i)
	}
	switch v.phys {
	case dtype.PhysList:
		kid := v.kids[0]
		for from := int(v.offs[i]); kid.n > from; kid.n-- {
			kid.forget(kid.n - 1)
		}
	case dtype.PhysArray:
		for j := range v.typ.Len {
			v.kids[0].forget(i*v.typ.Len + j)
		}
	case dtype.PhysStruct:
		for _, k := range v.kids {
			k.forget(i)
		}
	}
}

// column returns the first n rows; heap holds the block and the unescaped strings.
func (v *vec) column(n int, heap [][]byte) *data.Column {
	c := &v.out
	c.Type, c.Len, c.Valid = v.typ, n, nil
	if v.nulls {
		c.Valid = v.valid
	}
	switch v.phys {
	case dtype.PhysNull:
	case dtype.PhysBits:
		c.Bits = v.bits
	case dtype.PhysList:
		c.Offsets = v.offs[:n+1]
		c.Kids = append(c.Kids[:0], v.kids[0].column(v.kids[0].n, heap))
	case dtype.PhysArray:
		c.Kids = append(c.Kids[:0], v.kids[0].column(n*v.typ.Len, heap))
	case dtype.PhysStruct:
		c.Kids = c.Kids[:0]
		for _, k := range v.kids {
			c.Kids = append(c.Kids, k.column(n, heap))
		}
	default:
		c.Buf = v.buf[:n*v.width]
		if v.phys == dtype.PhysView {
			c.Heap = heap
		}
	}
	return c
}
