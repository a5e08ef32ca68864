package data

import (
	"sync/atomic"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// Form is how a column stores its rows.
type Form uint8

// The forms. Kernels handle Flat, and use Const and Dict where it saves work; everybody else may call Column.Flatten.
const (
	Flat  Form = iota // one stored value for each row
	Const             // every row has the value of row 0 of Values
	Dict              // row i has the value of row Codes[i] of Values
)

// Column is a vector of Len values of one type. Which fields are set depends on the form and on Type.Phys():
//
//	Flat, PhysNull      nothing; every row is null
//	Flat, PhysBits      Bits
//	Flat, fixed width   Buf, Len*Width bytes, aligned to 8
//	Flat, PhysView      Buf (views) and Heap (the buffers that long views point into)
//	Flat, PhysList      Offsets (Len+1, ascending, the first may be above 0) and Kids[0]; a Map's kid is a struct of key and value
//	Flat, PhysArray     Kids[0] of Len*Type.Len rows
//	Flat, PhysStruct    Kids, one a field, of Len rows each
//	Const               Values: a Flat column of one row, which may be null; Valid is nil
//	Dict                Codes, one a row, all of them in range even where the row is null, and Values: a Flat column of at least
//	                    one row, without nulls, whose values may repeat
//
// Valid has a bit for each row of a Flat or Dict column; nil means no nulls. A null row of a fixed-width column has an unspecified value
// that is safe to compute with; a null view is the zero View, and a null list is empty.
type Column struct {
	Type    dtype.Type
	Form    Form
	Len     int
	Valid   Bitmap
	Bits    Bitmap
	Buf     []byte
	Heap    [][]byte
	Offsets []int32
	Kids    []*Column
	Codes   []uint32
	Values  *Column

	// Serial, of the Values of a Dict column, is from NextSerial or 0: what has the same nonzero Serial has the same values, so that what
	// was found out about a code holds for all batches of a dictionary, although their memory is borrowed.
	Serial uint64
}

var serials atomic.Uint64

// NextSerial returns a number for the values of a dictionary that no other has in this process.
func NextSerial() uint64 { return serials.Add(1) }

// Slice returns the values of a Flat fixed-width column in place.
//
//go:noinline
func Slice[T Fixed](c *Column) []T { return FixedSlice[T](c.Buf)[:c.Len] }

// FlatColumn returns a Flat column over vals, which it keeps, with validity valid (nil: no nulls). T must match t.Phys().
//
//go:noinline
func FlatColumn[T Fixed](t dtype.Type, vals []T, valid Bitmap) *Column {
	return &Column{Type: t, Len: len(vals), Valid: valid, Buf: FixedBytes(vals)}
}

// BoolColumn returns a Flat bool column of n rows over bits.
func BoolColumn(bits Bitmap, n int, valid Bitmap) *Column {
	return &Column{Type: dtype.Of(dtype.Bool), Len: n, Valid: valid, Bits: bits}
}

// NullColumn returns n nulls of type t.
func NullColumn(t dtype.Type, n int) *Column { return ConstColumn(NullScalar(t), n) }

// ConstColumn returns n rows of s.
func ConstColumn(s Scalar, n int) *Column {
	b := NewBuilder(s.Type, 1)
	b.AppendScalar(s)
	return &Column{Type: s.Type, Form: Const, Len: n, Values: b.Build()}
}

// DictColumn returns a Dict column; see Column for what codes and values must satisfy.
func DictColumn(values *Column, codes []uint32, valid Bitmap) *Column {
	return &Column{Type: values.Type, Form: Dict, Len: len(codes), Valid: valid, Codes: codes, Values: values}
}

// IsNull reports whether row i is null, in any form.
func (c *Column) IsNull(i int) bool {
	switch {
	case c.Form == Const:
		return c.Values.IsNull(0)
	case c.Type.Kind == dtype.Null:
		return true
	default:
		return !c.Valid.Get(i)
	}
}

// NullCount counts the null rows.
func (c *Column) NullCount() int {
	switch {
	case c.Form == Const && c.Values.IsNull(0), c.Form != Const && c.Type.Kind == dtype.Null:
		return c.Len
	case c.Form == Const:
		return 0
	default:
		return c.Len - c.Valid.Count(c.Len)
	}
}

// HasNulls reports whether any row is null.
func (c *Column) HasNulls() bool { return c.NullCount() > 0 }

// Row resolves row i to the Flat column and the row in it that hold the value, whatever the form.
func (c *Column) Row(i int) (*Column, int) {
	switch c.Form {
	case Const:
		return c.Values, 0
	case Dict:
		return c.Values, int(c.Codes[i])
	default:
		return c, i
	}
}

// Bytes returns the bytes of row i of a text, json or binary column in any form; they are borrowed. Null rows give nil.
func (c *Column) Bytes(i int) []byte {
	if c.IsNull(i) {
		return nil
	}
	f, j := c.Row(i)
	return FixedSlice[View](f.Buf)[j].Bytes(f.Heap)
}

// Slice returns rows [lo, hi) as a column that shares the memory of c, except for bitmaps, which it copies.
func (c *Column) Slice(lo, hi int) *Column {
	bug.Assert(0 <= lo && lo <= hi && hi <= c.Len, "column slice out of range")
	out := *c
	out.Len, out.Serial = hi-lo, 0
	if c.Form == Const {
		return &out
	}
	out.Valid = sliceBits(c.Valid, lo, hi)
	if c.Form == Dict {
		out.Codes = c.Codes[lo:hi]
		return &out
	}
	switch p := c.Type.Phys(); p {
	case dtype.PhysNull:
	case dtype.PhysBits:
		out.Bits = sliceBits(c.Bits, lo, hi)
	case dtype.PhysList:
		out.Offsets = c.Offsets[lo : hi+1]
	case dtype.PhysArray:
		out.Kids = []*Column{c.Kids[0].Slice(lo*c.Type.Len, hi*c.Type.Len)}
	case dtype.PhysStruct:
		out.Kids = make([]*Column, len(c.Kids))
		for i, k := range c.Kids {
			out.Kids[i] = k.Slice(lo, hi)
		}
	default:
		out.Buf = c.Buf[lo*p.Width() : hi*p.Width()]
	}
	return &out
}

// sliceBits copies bits [lo, hi) to bit 0 of a new bitmap; nil stays nil.
func sliceBits(b Bitmap, lo, hi int) Bitmap {
	if b == nil {
		return nil
	}
	n := hi - lo
	out := NewBitmap(n)
	w, s := lo>>6, uint(lo)&63
	for i := range out {
		v := b[w+i] >> s
		if s != 0 && w+i+1 < len(b) {
			v |= b[w+i+1] << (64 - s)
		}
		out[i] = v
	}
	return out
}

// Clone returns a copy that owns all of its memory, in the same form.
func (c *Column) Clone() *Column {
	if c.Form == Flat {
		b := NewBuilder(c.Type, c.Len)
		b.AppendColumn(c, nil)
		return b.Build()
	}
	out := *c
	out.Valid = append(Bitmap(nil), c.Valid...)
	if c.Valid == nil {
		out.Valid = nil
	}
	out.Codes = append([]uint32(nil), c.Codes...)
	out.Values = c.Values.Clone()
	return &out
}

// Flatten returns c itself if it is Flat, else a new Flat column with the same rows.
func (c *Column) Flatten() *Column {
	if c.Form == Flat {
		return c
	}
	b := NewBuilder(c.Type, c.Len)
	b.AppendColumn(c, nil)
	return b.Build()
}

// Size estimates the bytes of memory that the column's rows take, shared dictionaries and heaps included.
func (c *Column) Size() int {
	n := len(c.Buf) + 8*len(c.Bits) + 8*len(c.Valid) + 4*len(c.Offsets) + 4*len(c.Codes)
	for _, h := range c.Heap {
		n += len(h)
	}
	for _, k := range c.Kids {
		n += k.Size()
	}
	if c.Values != nil {
		n += c.Values.Size()
	}
	return n
}

// Batch is up to BatchRows rows of aligned columns. Morsel orders batches: a source numbers the pieces that it hands out in the order of
// its rows, one worker processes one morsel as a whole, and the batches of one morsel arrive in order.
type Batch struct {
	Cols   []*Column
	Len    int
	Morsel uint64
}

// Clone returns a copy that owns its memory.
func (b *Batch) Clone() *Batch {
	out := &Batch{Cols: make([]*Column, len(b.Cols)), Len: b.Len, Morsel: b.Morsel}
	for i, c := range b.Cols {
		out.Cols[i] = c.Clone()
	}
	return out
}

// Slice returns rows [lo, hi); see Column.Slice.
func (b *Batch) Slice(lo, hi int) *Batch {
	out := &Batch{Cols: make([]*Column, len(b.Cols)), Len: hi - lo, Morsel: b.Morsel}
	for i, c := range b.Cols {
		out.Cols[i] = c.Slice(lo, hi)
	}
	return out
}

// Size estimates the bytes of memory of all columns.
func (b *Batch) Size() int {
	n := 0
	for _, c := range b.Cols {
		n += c.Size()
	}
	return n
}
