package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/kern"
)

// Gather returns the rows of c in the given order. Dict stays Dict, with the same dictionary, and Const stays Const. Text shares its buffers.
func Gather(s *Scratch, c *data.Column, rows []uint32) *data.Column {
	return gather(s, c, rows, false)
}

// GatherNullable is Gather in which row -1 gives null.
func GatherNullable(s *Scratch, c *data.Column, rows []int32) *data.Column {
	return gather(s, c, unsignedRows(rows), true)
}

// FilterBatch returns the batch with only the given rows, which ascend; all of them give b itself.
func FilterBatch(s *Scratch, b *data.Batch, rows []uint32) *data.Batch {
	if len(rows) == b.Len {
		return b
	}
	out := s.Batch(len(b.Cols), len(rows), b.Morsel)
	for i, c := range b.Cols {
		out.Cols[i] = gather(s, c, rows, false)
	}
	return out
}

// gather takes rows; with opt, kern.NoRow among them gives null.
func gather(s *Scratch, c *data.Column, rows []uint32, opt bool) *data.Column {
	n := len(rows)
	if c.Form == data.Const {
		return gatherConst(s, c, rows, opt)
	}
	out := s.Column()
	out.Type, out.Form, out.Len = c.Type, c.Form, n
	if c.Type.Kind != dtype.Null {
		out.Valid = gatherBits(s, c.Valid, rows, opt)
	}
	if c.Form == data.Dict {
		out.Values = c.Values
		out.Codes = gatherFixed(s, c.Codes, rows, opt)
		return out
	}
	switch p := c.Type.Phys(); p {
	case dtype.PhysNull:
	case dtype.PhysBits:
		out.Bits = s.Bits(n)
		if opt {
			kern.TakeBitsOpt(out.Bits, notNil(c.Bits), rows)
		} else {
			kern.TakeBits(out.Bits, c.Bits, rows)
		}
	case dtype.PhysList:
		gatherList(s, out, c, rows)
	case dtype.PhysArray:
		out.Kids = s.Columns(1)
		out.Kids[0] = gather(s, c.Kids[0], arrayRows(s, rows, c.Type.Len), opt)
	case dtype.PhysStruct:
		out.Kids = s.Columns(len(c.Kids))
		for i, k := range c.Kids {
			out.Kids[i] = gather(s, k, rows, opt)
		}
	default:
		out.Buf, out.Heap = gatherBuf(s, c.Buf, p.Width(), rows, opt), c.Heap
	}
	return out
}

// notNil makes the bits of an empty column distinct from nil, which would mean all ones.
func notNil(b data.Bitmap) data.Bitmap {
	if b == nil {
		return data.Bitmap{}
	}
	return b
}

// gatherConst repeats the constant, and makes it a dictionary of one if some rows are missing.
func gatherConst(s *Scratch, c *data.Column, rows []uint32, opt bool) *data.Column {
	n := len(rows)
	out := s.Const(c.Values, n)
	out.Type = c.Type
	if !opt || c.Values.IsNull(0) {
		return out
	}
	valid := s.Bits(n)
	kern.SelValid(valid, rows)
	if valid.All(n) {
		return out
	}
	codes := Make[uint32](s, n)
	clear(codes)
	return s.dict(c.Values, codes, valid)
}

// gatherBits gathers validity; without nulls it stays nil.
func gatherBits(s *Scratch, valid data.Bitmap, rows []uint32, opt bool) data.Bitmap {
	switch {
	case opt:
		out := s.Bits(len(rows))
		kern.TakeBitsOpt(out, valid, rows)
		return out
	case valid == nil:
		return nil
	default:
		out := s.Bits(len(rows))
		kern.TakeBits(out, valid, rows)
		return out
	}
}

func gatherFixed[T data.Fixed](s *Scratch, src []T, rows []uint32, opt bool) []T {
	dst := Make[T](s, len(rows))
	if opt {
		kern.TakeOpt(dst, src, rows)
	} else {
		kern.Take(dst, src, rows)
	}
	return dst
}

func gatherBuf(s *Scratch, buf []byte, width int, rows []uint32, opt bool) []byte {
	switch width {
	case 1:
		return gatherFixed(s, buf, rows, opt)
	case 2:
		return data.FixedBytes(gatherFixed(s, data.FixedSlice[uint16](buf), rows, opt))
	case 4:
		return data.FixedBytes(gatherFixed(s, data.FixedSlice[uint32](buf), rows, opt))
	case 8:
		return data.FixedBytes(gatherFixed(s, data.FixedSlice[uint64](buf), rows, opt))
	case 16:
		return data.FixedBytes(gatherFixed(s, data.FixedSlice[data.Int128](buf), rows, opt))
	default:
		bug.Panicf("gather of values of %d bytes", width)
		return nil
	}
}

// gatherList lays the lists of the rows end to end; a missing row has an empty list.
func gatherList(s *Scratch, out, c *data.Column, rows []uint32) {
	offsets := Make[int32](s, len(rows)+1)
	end := int32(0)
	for i, r := range rows {
		offsets[i] = end
		if r != kern.NoRow {
			end += c.Offsets[r+1] - c.Offsets[r]
		}
	}
	offsets[len(rows)] = end
	items := Make[uint32](s, int(end))
	at := 0
	for _, r := range rows {
		if r == kern.NoRow {
			continue
		}
		for j := c.Offsets[r]; j < c.Offsets[r+1]; j++ {
			items[at] = uint32(j)
			at++
		}
	}
	out.Offsets = offsets
	out.Kids = s.Columns(1)
	out.Kids[0] = gather(s, c.Kids[0], items, false)
}

// arrayRows turns rows of arrays of width values into rows of values.
func arrayRows(s *Scratch, rows []uint32, width int) []uint32 {
	out := Make[uint32](s, len(rows)*width)
	at := 0
	for _, r := range rows {
		for j := range width {
			if r == kern.NoRow {
				out[at] = r
			} else {
				out[at] = r*uint32(width) + uint32(j)
			}
			at++
		}
	}
	return out
}

// Flatten returns c itself if it is Flat, else a Flat column with the same rows.
func Flatten(s *Scratch, c *data.Column) *data.Column {
	switch c.Form {
	case data.Flat:
		return c
	case data.Const:
		if c.Values.IsNull(0) {
			return s.nulls(c.Type, c.Len)
		}
		return s.typed(spread(s, c.Values, c.Len), c.Type)
	default:
		out := s.typed(gather(s, c.Values, c.Codes[:c.Len], false), c.Type)
		out.Valid = c.Valid
		if c.Valid != nil {
			s.blankNulls(out)
		}
		return out
	}
}

func (s *Scratch) typed(c *data.Column, t dtype.Type) *data.Column {
	c.Type = t
	return c
}

// blankNulls restores the rule that null views are zero and null lists empty. c is Flat and its buffer is its own.
func (s *Scratch) blankNulls(c *data.Column) {
	switch c.Type.Phys() {
	case dtype.PhysView:
		kern.BlendConst(views(c), invert(s, c.Valid, c.Len), kern.View{})
	case dtype.PhysList:
		rows := Make[uint32](s, c.Len)
		kern.SelIota(rows, 0)
		for i := range rows {
			if !c.Valid.Get(i) {
				rows[i] = kern.NoRow
			}
		}
		gatherList(s, c, &data.Column{Offsets: c.Offsets, Kids: c.Kids}, rows)
	}
}

func invert(s *Scratch, b data.Bitmap, n int) data.Bitmap {
	out := s.Bits(n)
	kern.BitmapNot(out, b, n)
	return out
}

// spread repeats the one non-null row of c, which is Flat, n times.
func spread(s *Scratch, c *data.Column, n int) *data.Column {
	rows := Make[uint32](s, n)
	p := c.Type.Phys()
	if p.Width() == 0 {
		clear(rows)
		return gather(s, c, rows, false)
	}
	out := s.Column()
	out.Type, out.Len, out.Heap = c.Type, n, c.Heap
	switch p.Width() {
	case 1:
		out.Buf = fill[uint8](s, c, n)
	case 2:
		out.Buf = fill[uint16](s, c, n)
	case 4:
		out.Buf = fill[uint32](s, c, n)
	case 8:
		out.Buf = fill[uint64](s, c, n)
	default:
		out.Buf = fill[data.Int128](s, c, n)
	}
	return out
}

func fill[T data.Fixed](s *Scratch, c *data.Column, n int) []byte {
	dst := Make[T](s, n)
	kern.Fill(dst, data.FixedSlice[T](c.Buf)[0])
	return data.FixedBytes(dst)
}
