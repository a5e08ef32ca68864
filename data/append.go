package data

import (
	"unsafe"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// AppendColumn appends the given rows of c, in any form, or all rows if rows is nil. The representations must agree.
func (b *Builder) AppendColumn(c *Column, rows []uint32) {
	n := c.Len
	if rows != nil {
		n = len(rows)
	}
	if n == 0 {
		return
	}
	if c.Form != Flat {
		b.appendCoded(c, rows, n)
		return
	}
	b.appendFlat(c, rows, n, c.Valid)
}

// appendCoded resolves Const and Dict rows to rows of the value column.
func (b *Builder) appendCoded(c *Column, rows []uint32, n int) {
	codes := make([]uint32, n)
	var valid Bitmap
	switch {
	case c.Form == Const:
	case rows == nil:
		copy(codes, c.Codes[:n])
		valid = c.Valid
	default:
		for i, r := range rows {
			codes[i] = c.Codes[r]
		}
		valid = takeBits(c.Valid, rows)
	}
	from := b.n
	if valid == nil {
		b.appendFlat(c.Values, codes, n, c.Values.Valid)
		return
	}
	b.appendFlat(c.Values, codes, n, nil)
	b.mask(from, n, valid)
}

// takeBits gathers bits; nil stays nil.
func takeBits(b Bitmap, rows []uint32) Bitmap {
	if b == nil {
		return nil
	}
	out := NewBitmap(len(rows))
	for i, r := range rows {
		out[i>>6] |= b[r>>6] >> (r & 63) & 1 << (uint(i) & 63)
	}
	return out
}

// mask marks rows from..from+n null where valid has a zero; the rows were appended as present.
func (b *Builder) mask(from, n int, valid Bitmap) {
	for i := range n {
		if valid.Get(i) {
			continue
		}
		if b.nulls == 0 {
			b.valid = growBits(b.valid[:0], b.n)
			b.valid.FillOnes(b.n)
		}
		if b.valid.Get(from + i) {
			b.valid.Clear(from + i)
			b.nulls++
		}
		b.zero(from + i)
	}
}

// zero resets the view of a null row, so that null views are always zero.
func (b *Builder) zero(i int) {
	if b.phys == dtype.PhysView {
		b.buf[2*i], b.buf[2*i+1] = 0, 0
	}
}

// appendFlat appends rows of a Flat column and then its validity, which is indexed like c.
func (b *Builder) appendFlat(c *Column, rows []uint32, n int, valid Bitmap) {
	from := b.n
	switch b.phys {
	case dtype.PhysNull:
		b.mark(n, false)
		return
	case dtype.PhysBits:
		b.bits = growBits(b.bits, from+n)
		for i := range n {
			b.bits.SetTo(from+i, c.Bits.Get(rowAt(rows, i)))
		}
	case dtype.PhysList:
		b.appendLists(c, rows, n)
	case dtype.PhysArray:
		b.kids[0].AppendColumn(c.Kids[0], arrayRows(rows, n, c.Type.Len))
	case dtype.PhysStruct:
		for i, k := range b.kids {
			k.AppendColumn(c.Kids[i], rows)
		}
	case dtype.PhysView:
		b.appendViews(c, rows, n)
	default:
		b.appendFixed(c, rows, n)
	}
	b.mark(n, true)
	if valid == nil {
		return
	}
	if rows != nil {
		valid = takeBits(valid, rows)
	}
	b.mask(from, n, valid)
}

func rowAt(rows []uint32, i int) int {
	if rows == nil {
		return i
	}
	return int(rows[i])
}

func (b *Builder) appendFixed(c *Column, rows []uint32, n int) {
	w := b.phys.Width()
	dst := b.grow(n * w)
	if rows == nil {
		copy(dst, c.Buf[:n*w])
		return
	}
	switch w {
	case 1:
		take(dst, c.Buf, rows)
	case 2:
		take(FixedSlice[uint16](dst), FixedSlice[uint16](c.Buf), rows)
	case 4:
		take(FixedSlice[uint32](dst), FixedSlice[uint32](c.Buf), rows)
	case 8:
		take(FixedSlice[uint64](dst), FixedSlice[uint64](c.Buf), rows)
	case 16:
		take(FixedSlice[Int128](dst), FixedSlice[Int128](c.Buf), rows)
	default:
		bug.Panicf("fixed width of %d bytes", w)
	}
}

func take[T any](dst, src []T, rows []uint32) {
	dst = dst[:len(rows)]
	for i, r := range rows {
		dst[i] = src[r]
	}
}

func (b *Builder) appendViews(c *Column, rows []uint32, n int) {
	dst := FixedSlice[View](b.grow(16 * n))
	src := FixedSlice[View](c.Buf)
	for i := range n {
		r := rowAt(rows, i)
		v := src[r]
		if v.Len() <= InlineMax {
			dst[i] = v
			continue
		}
		dst[i] = b.keep(src[r].Bytes(c.Heap))
	}
}

// appendLists appends the lists of the rows; null lists may have garbage offsets nowhere, by the rules of Column.
func (b *Builder) appendLists(c *Column, rows []uint32, n int) {
	kid := b.kids[0]
	if rows == nil {
		lo, hi := c.Offsets[0], c.Offsets[n]
		base := int32(kid.n) - lo
		kid.AppendColumn(c.Kids[0].Slice(int(lo), int(hi)), nil)
		for _, o := range c.Offsets[1 : n+1] {
			b.offsets = append(b.offsets, o+base)
		}
		return
	}
	var take []uint32
	end := int32(kid.n)
	for _, r := range rows {
		lo, hi := c.Offsets[r], c.Offsets[r+1]
		for j := lo; j < hi; j++ {
			take = append(take, uint32(j))
		}
		end += hi - lo
		b.offsets = append(b.offsets, end)
	}
	if len(take) > 0 {
		kid.AppendColumn(c.Kids[0], take)
	}
}

func arrayRows(rows []uint32, n, width int) []uint32 {
	if rows == nil {
		return nil
	}
	out := make([]uint32, 0, n*width)
	for _, r := range rows {
		for j := range width {
			out = append(out, r*uint32(width)+uint32(j))
		}
	}
	return out
}

// AlignedBytes returns n zeroed bytes aligned to 8, with 64 readable bytes of slack after them.
func AlignedBytes(n int) []byte {
	words := make([]uint64, (n+7)/8+8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}
