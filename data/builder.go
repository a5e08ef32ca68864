package data

import (
	"unsafe"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// Builder appends values and builds a Flat column. The methods for single values are for cold paths and readers' slow paths; hot loops use
// AppendColumn, or fill slices of their own and call FlatColumn. A Builder is not safe for concurrent use.
type Builder struct {
	typ     dtype.Type
	phys    dtype.Phys
	n       int
	nulls   int
	valid   Bitmap // grown only once there is a null
	bits    Bitmap
	buf     []uint64 // fixed-width bytes, 8-byte aligned; size holds the bytes in use
	size    int
	heap    []byte
	offsets []int32
	kids    []*Builder
}

// NewBuilder returns a Builder for t with room for capacity rows.
func NewBuilder(t dtype.Type, capacity int) *Builder {
	b := &Builder{typ: t, phys: t.Phys()}
	switch b.phys {
	case dtype.PhysList:
		b.offsets = make([]int32, 1, capacity+1)
		b.kids = []*Builder{NewBuilder(t.Elem(), capacity)}
	case dtype.PhysArray:
		b.kids = []*Builder{NewBuilder(t.Elem(), capacity*t.Len)}
	case dtype.PhysStruct:
		for _, f := range t.Fields {
			b.kids = append(b.kids, NewBuilder(f.Type, capacity))
		}
	default:
		b.buf = make([]uint64, 0, (capacity*b.phys.Width()+7)/8)
	}
	return b
}

// Len returns the number of rows so far.
func (b *Builder) Len() int { return b.n }

// Type returns the type that is built.
func (b *Builder) Type() dtype.Type { return b.typ }

// Size returns the bytes of memory in use.
func (b *Builder) Size() int {
	n := 8*cap(b.buf) + cap(b.heap) + 8*cap(b.valid) + 8*cap(b.bits) + 4*cap(b.offsets)
	for _, k := range b.kids {
		n += k.Size()
	}
	return n
}

// Kid returns the builder of child i: a list's elements, a struct's field.
func (b *Builder) Kid(i int) *Builder { return b.kids[i] }

// Build returns the column and leaves the builder empty; the column owns its memory.
func (b *Builder) Build() *Column {
	c := &Column{Type: b.typ, Len: b.n, Offsets: b.offsets, Bits: b.bits}
	if b.nulls > 0 {
		c.Valid = b.valid
	}
	if b.phys == dtype.PhysBits && c.Bits == nil {
		c.Bits = NewBitmap(0)
	}
	if b.size > 0 {
		c.Buf = unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b.buf))), b.size)
	}
	if b.heap != nil {
		c.Heap = [][]byte{b.heap}
	}
	for _, k := range b.kids {
		c.Kids = append(c.Kids, k.Build())
	}
	kids := b.kids
	*b = Builder{typ: b.typ, phys: b.phys, kids: kids}
	if b.phys == dtype.PhysList {
		b.offsets = make([]int32, 1)
	}
	return c
}

// grow makes room for n more bytes of fixed-width data and returns them.
func (b *Builder) grow(n int) []byte {
	words := (b.size + n + 7) / 8
	if words > cap(b.buf) {
		next := make([]uint64, words, max(2*cap(b.buf), words, 8))
		copy(next, b.buf)
		b.buf = next
	}
	b.buf = b.buf[:words]
	all := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b.buf))), words*8)
	at := b.size
	b.size += n
	return all[at:b.size]
}

func growBits(b Bitmap, n int) Bitmap {
	for len(b) < Words(n) {
		b = append(b, 0)
	}
	return b
}

// mark records the validity of n rows that were just added as b.n..b.n+n.
func (b *Builder) mark(n int, ok bool) {
	lo, hi := b.n, b.n+n
	b.n = hi
	if ok && b.nulls == 0 {
		return
	}
	if !ok {
		if b.nulls == 0 {
			b.valid = growBits(b.valid[:0], hi)
			b.valid.FillOnes(lo)
		}
		b.nulls += n
	}
	b.valid = growBits(b.valid, hi)
	for i := lo; i < hi; i++ {
		b.valid.SetTo(i, ok)
	}
}

// AppendNull appends a null.
func (b *Builder) AppendNull() {
	switch b.phys {
	case dtype.PhysNull:
	case dtype.PhysBits:
		b.bits = growBits(b.bits, b.n+1)
		b.bits.Clear(b.n)
	case dtype.PhysList:
		b.offsets = append(b.offsets, int32(b.kids[0].n))
	case dtype.PhysArray:
		for range b.typ.Len {
			b.kids[0].AppendNull()
		}
	case dtype.PhysStruct:
		for _, k := range b.kids {
			k.AppendNull()
		}
	default:
		clear(b.grow(b.phys.Width()))
	}
	b.mark(1, false)
}

// AppendBool appends v to a bool builder.
func (b *Builder) AppendBool(v bool) {
	b.bits = growBits(b.bits, b.n+1)
	b.bits.SetTo(b.n, v)
	b.mark(1, true)
}

// Append appends v to a builder whose representation is T.
func Append[T Fixed](b *Builder, v T) {
	*(*T)(unsafe.Pointer(unsafe.SliceData(b.grow(int(unsafe.Sizeof(v)))))) = v
	b.mark(1, true)
}

// AppendBytes appends a copy of s to a text or binary builder. The heap of one builder is limited to 4 GiB.
func (b *Builder) AppendBytes(s []byte) {
	Append(b, b.keep(s))
}

// AppendString appends a copy of s to a text or binary builder.
func (b *Builder) AppendString(s string) { b.AppendBytes(unsafe.Slice(unsafe.StringData(s), len(s))) }

func (b *Builder) keep(s []byte) View {
	if len(s) <= InlineMax {
		return InlineView(s)
	}
	off := len(b.heap)
	bug.Assert(off+len(s) <= 1<<32-1, "string heap of one column over 4 GiB")
	b.heap = append(b.heap, s...)
	return BufferView(s, 0, off)
}

// CloseList ends a list whose elements were appended to Kid(0).
func (b *Builder) CloseList() {
	b.offsets = append(b.offsets, int32(b.kids[0].n))
	b.mark(1, true)
}

// CloseRow ends a struct whose fields, or an array whose elements, were appended to its kids.
func (b *Builder) CloseRow() { b.mark(1, true) }

// AppendScalar appends s, whose type must have the representation of the builder's.
func (b *Builder) AppendScalar(s Scalar) {
	if s.Null {
		b.AppendNull()
		return
	}
	switch b.phys {
	case dtype.PhysBits:
		b.AppendBool(s.I.Lo != 0)
	case dtype.PhysI8, dtype.PhysU8:
		Append(b, uint8(s.I.Lo))
	case dtype.PhysI16, dtype.PhysU16:
		Append(b, uint16(s.I.Lo))
	case dtype.PhysI32, dtype.PhysU32:
		Append(b, uint32(s.I.Lo))
	case dtype.PhysI64, dtype.PhysU64:
		Append(b, s.I.Lo)
	case dtype.PhysI128:
		Append(b, s.I)
	case dtype.PhysF32:
		Append(b, float32(s.F))
	case dtype.PhysF64:
		Append(b, s.F)
	case dtype.PhysView:
		b.AppendString(s.S)
	case dtype.PhysInterval:
		Append(b, s.Iv)
	case dtype.PhysList:
		for _, k := range s.Kids {
			b.kids[0].AppendScalar(k)
		}
		b.CloseList()
	case dtype.PhysArray:
		for _, k := range s.Kids {
			b.kids[0].AppendScalar(k)
		}
		b.CloseRow()
	case dtype.PhysStruct:
		for i, k := range s.Kids {
			b.kids[i].AppendScalar(k)
		}
		b.CloseRow()
	default:
		bug.Panicf("append of a value of type %s to a %s column", s.Type, b.typ)
	}
}
