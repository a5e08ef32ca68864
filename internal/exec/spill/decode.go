package spill

import (
	"encoding/binary"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
)

// decoder reads the batches of a block. Columns share the block's memory where they can; the rest comes from scratch. Blocks have passed their
// checksums, so what does not fit is a mistake of ours.
type decoder struct {
	types   []dtype.Type
	scratch compute.Scratch
	left    []byte
}

// more reports whether the block has another batch.
func (d *decoder) more() bool { return len(d.left) > 0 }

// next returns the next batch, which is valid until the block or the scratch is used again.
func (d *decoder) next() *data.Batch {
	n := int(d.word())
	b := d.scratch.Batch(len(d.types), n, d.word())
	for i, t := range d.types {
		b.Cols[i] = d.column(t)
	}
	return b
}

func (d *decoder) word() uint64 {
	w := binary.LittleEndian.Uint64(d.left)
	d.left = d.left[8:]
	return w
}

// bytes returns the next n bytes, which are padded.
func (d *decoder) bytes(n int) []byte {
	b := d.left[:n:n]
	d.left = d.left[(n+7)&^7:]
	return b
}

func (d *decoder) bitmap(n int) data.Bitmap {
	return data.Bitmap(data.FixedSlice[uint64](d.bytes(8 * data.Words(n))))
}

func (d *decoder) column(t dtype.Type) *data.Column {
	head := d.word()
	c := d.scratch.Column()
	c.Type, c.Form, c.Len = t, data.Form(head), int(uint32(head>>32))
	if head&flagValid != 0 {
		c.Valid = d.bitmap(c.Len)
	}
	width := int(head >> 16 & 0xff)
	switch c.Form {
	case data.Const:
		c.Values = d.column(t)
	case data.Dict:
		c.Codes = compute.Make[uint32](&d.scratch, c.Len)
		unpack(c.Codes, d.bytes(width*c.Len), width, 0)
		c.Values = d.column(t)
	case data.Flat:
		d.flat(c, head&flagPacked != 0, width)
	default:
		bug.Panicf("a spilled column of form %d", c.Form)
	}
	return c
}

func (d *decoder) flat(c *data.Column, packed bool, width int) {
	switch p := c.Type.Phys(); p {
	case dtype.PhysNull:
	case dtype.PhysBits:
		if c.Bits = d.bitmap(c.Len); c.Bits == nil {
			c.Bits = data.Bitmap{}
		}
	case dtype.PhysView:
		d.text(c, width)
	case dtype.PhysList:
		c.Offsets = data.FixedSlice[int32](d.bytes(4 * (c.Len + 1)))
		c.Kids = d.scratch.Columns(1)
		c.Kids[0] = d.column(c.Type.Elem())
	case dtype.PhysArray:
		c.Kids = d.scratch.Columns(1)
		c.Kids[0] = d.column(c.Type.Elem())
	case dtype.PhysStruct:
		c.Kids = d.scratch.Columns(len(c.Type.Fields))
		for i, f := range c.Type.Fields {
			c.Kids[i] = d.column(f.Type)
		}
	default:
		if !packed {
			c.Buf = d.bytes(c.Len * p.Width())
			return
		}
		base := d.word()
		c.Buf = d.unpacked(p.Width(), c.Len, d.bytes(width*c.Len), width, base)
	}
}

// unpacked widens n packed integers to size bytes each.
func (d *decoder) unpacked(size, n int, src []byte, width int, base uint64) []byte {
	switch size {
	case 2:
		v := compute.Make[uint16](&d.scratch, n)
		unpack(v, src, width, uint16(base))
		return data.FixedBytes(v)
	case 4:
		v := compute.Make[uint32](&d.scratch, n)
		unpack(v, src, width, uint32(base))
		return data.FixedBytes(v)
	default:
		v := compute.Make[uint64](&d.scratch, n)
		unpack(v, src, width, base)
		return data.FixedBytes(v)
	}
}

// unpack adds base to integers of width bytes.
func unpack[T uint16 | uint32 | uint64](dst []T, src []byte, width int, base T) {
	switch width {
	case 1:
		src = src[:len(dst)]
		for i, x := range src {
			dst[i] = T(x) + base
		}
	case 2:
		s := data.FixedSlice[uint16](src)[:len(dst)]
		for i, x := range s {
			dst[i] = T(x) + base
		}
	case 4:
		s := data.FixedSlice[uint32](src)[:len(dst)]
		for i, x := range s {
			dst[i] = T(x) + base
		}
	default:
		bug.Panicf("packed integers of %d bytes", width)
	}
}

// text makes views over the bytes in the block.
func (d *decoder) text(c *data.Column, width int) {
	packed := d.bytes(width * c.Len)
	lens := compute.Make[uint32](&d.scratch, c.Len)
	unpack(lens, packed, width, 0)
	heap := d.bytes(int(d.word()))
	views := compute.Make[data.View](&d.scratch, c.Len)
	at := 0
	for i, n := range lens {
		end := at + int(n)
		views[i] = data.BufferView(heap[at:end], 0, at)
		at = end
	}
	c.Buf = data.FixedBytes(views)
	c.Heap = d.scratch.Heaps(1)
	c.Heap[0] = heap
}
