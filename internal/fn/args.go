package fn

import (
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// nums reads a fixed-width argument of a body: row i is vals[i&mask].
type nums[T data.Fixed] struct {
	vals []T
	mask int
}

func numsOf[T data.Fixed](c *data.Column) nums[T] {
	if c.Form == data.Const {
		return nums[T]{data.FixedSlice[T](c.Values.Buf), 0}
	}
	return nums[T]{data.FixedSlice[T](c.Buf), -1}
}

func (x nums[T]) at(i int) T { return x.vals[i&x.mask] }

// texts reads a text or binary argument of a body.
type texts struct {
	views []data.View
	heap  [][]byte
	mask  int
}

func textsOf(c *data.Column) texts {
	if c.Form == data.Const {
		return texts{data.FixedSlice[data.View](c.Values.Buf), c.Values.Heap, 0}
	}
	return texts{data.FixedSlice[data.View](c.Buf), c.Heap, -1}
}

// at returns the bytes of row i; they are borrowed.
func (x texts) at(i int) []byte { return x.views[i&x.mask].Bytes(x.heap) }

// bools reads a bool argument of a body.
type bools struct {
	bits data.Bitmap
	mask int
}

func boolsOf(c *data.Column) bools {
	if c.Form == data.Const {
		return bools{c.Values.Bits, 0}
	}
	return bools{c.Bits, -1}
}

func (x bools) at(i int) bool { return x.bits.Get(i & x.mask) }

// cut returns the view of bytes [lo, hi) of v, which shares v's buffer.
func cut(v *data.View, heap [][]byte, lo, hi int) data.View {
	b := v.Bytes(heap)
	if lo == 0 && hi == len(b) {
		return *v
	}
	if hi-lo <= data.InlineMax {
		return data.InlineView(b[lo:hi])
	}
	return data.BufferView(b[lo:hi], int(uint32(v.B)), int(v.B>>32)+lo)
}

// str reads bytes as a string in place; it must not outlive them.
func str(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// constText returns the text of a constant argument and whether there is one that is not null.
func constText(c *data.Column) (string, bool) {
	if c == nil || c.IsNull(0) {
		return "", false
	}
	return string(c.Bytes(0)), true
}

// constInt returns the value of a constant integer argument.
func constInt(c *data.Column) (int64, bool) {
	if c == nil || c.IsNull(0) {
		return 0, false
	}
	return c.Value(0).Int64(), true
}

// num returns a Flat column over vals.
func num[T data.Fixed](c *Ctx, vals []T, valid data.Bitmap) *data.Column {
	return compute.Flat(c.Scratch, c.Ret, vals, valid)
}

// kernViews reads views as kern does; the layouts agree, as a test of compute checks.
func kernViews(v []data.View) []kern.View {
	return unsafe.Slice((*kern.View)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// wide reads 128-bit integers as kern does.
func wide(v data.Int128) kern.I128 { return kern.I128(v) }

// nulls collects rows that a body finds null.
type nulls struct {
	bits data.Bitmap
}

// mark makes row i null; valid is the validity so far.
func (x *nulls) mark(c *Ctx, i, n int, valid data.Bitmap) {
	if x.bits == nil {
		x.bits = c.Scratch.Bits(n)
		if valid == nil {
			x.bits.FillOnes(n)
		} else {
			copy(x.bits, valid[:data.Words(n)])
		}
	}
	x.bits.Clear(i)
}

// or returns the collected validity, or valid if no row was marked.
func (x *nulls) or(valid data.Bitmap) data.Bitmap {
	if x.bits == nil {
		return valid
	}
	return x.bits
}

// intAt is row i of a column of integers, decimals or times of any width and form.
func intAt(a *data.Column, i int) data.Int128 {
	f, j := a.Row(i)
	switch f.Type.Phys() {
	case dtype.PhysI8:
		return data.Int128From(int64(data.FixedSlice[int8](f.Buf)[j]))
	case dtype.PhysI16:
		return data.Int128From(int64(data.FixedSlice[int16](f.Buf)[j]))
	case dtype.PhysI32:
		return data.Int128From(int64(data.FixedSlice[int32](f.Buf)[j]))
	case dtype.PhysI64:
		return data.Int128From(data.FixedSlice[int64](f.Buf)[j])
	case dtype.PhysU8:
		return data.Int128{Lo: uint64(f.Buf[j])}
	case dtype.PhysU16:
		return data.Int128{Lo: uint64(data.FixedSlice[uint16](f.Buf)[j])}
	case dtype.PhysU32:
		return data.Int128{Lo: uint64(data.FixedSlice[uint32](f.Buf)[j])}
	case dtype.PhysU64:
		return data.Int128{Lo: data.FixedSlice[uint64](f.Buf)[j]}
	default:
		return data.FixedSlice[data.Int128](f.Buf)[j]
	}
}
