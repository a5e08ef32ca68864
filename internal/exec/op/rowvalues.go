package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// Values of any type as words of rows; nulls are told apart elsewhere. Fixed-width values take a word, or two if they have 128 bits. Strings take the
// two words of their view, of which the second is a place in the heap where they are long. Nested values are strings of their encoding.

// valueWords is how many words a value of t takes.
func valueWords(t dtype.Type) int {
	switch t.Phys() {
	case dtype.PhysNull:
		return 0
	case dtype.PhysI128, dtype.PhysInterval, dtype.PhysView, dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
		return 2
	default:
		return 1
	}
}

// inHeap reports whether values of t may have bytes in the heap.
func inHeap(t dtype.Type) bool {
	p := t.Phys()
	return p == dtype.PhysView || p == dtype.PhysList || p == dtype.PhysArray || p == dtype.PhysStruct
}

// valueCols appends the words of c, a Flat column, which must outlive their use.
func valueCols(s *compute.Scratch, dst []wordCol, c *data.Column) []wordCol {
	switch p := c.Type.Phys(); p {
	case dtype.PhysNull:
		return dst
	case dtype.PhysBits:
		w := compute.Make[uint64](s, c.Len)
		for i := range w {
			w[i] = c.Bits[i>>6] >> (uint(i) & 63) & 1
		}
		return append(dst, wordCol{v: w, stride: 1})
	case dtype.PhysView:
		return viewCols(dst, data.Slice[data.View](c), c.Heap)
	case dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
		c = encodeNested(s, c, true)
		return viewCols(dst, data.Slice[data.View](c), c.Heap)
	default:
		return append(dst, fixedCols(s, c.Buf, p.Width(), c.Len)...)
	}
}

// viewCols appends the words of strings.
func viewCols(dst []wordCol, v []data.View, heap [][]byte) []wordCol {
	long := false
	for i := range v {
		long = long || v[i].Len() > data.InlineMax
	}
	w := data.FixedSlice[uint64](data.FixedBytes(v))
	if len(w) == 0 {
		return append(dst, wordCol{}, wordCol{})
	}
	b := wordCol{v: w[1:], stride: 2}
	if long {
		b.bytes = func(i int) []byte {
			if v[i].Len() <= data.InlineMax {
				return nil
			}
			return v[i].Bytes(heap)
		}
	}
	return append(dst, wordCol{v: w, stride: 2}, b)
}

// fixedCols returns the words of n values of width bytes each.
func fixedCols(s *compute.Scratch, buf []byte, width, n int) []wordCol {
	if n == 0 {
		return make([]wordCol, max(width/8, 1))
	}
	var w []uint64
	switch width {
	case 8:
		return []wordCol{{v: data.FixedSlice[uint64](buf)[:n], stride: 1}}
	case 16:
		w = data.FixedSlice[uint64](buf)[:2*n]
		return []wordCol{{v: w, stride: 2}, {v: w[1:], stride: 2}}
	}
	w = compute.Make[uint64](s, n)
	switch width {
	case 1:
		kern.Convert(w, buf[:n])
	case 2:
		kern.Convert(w, data.FixedSlice[uint16](buf)[:n])
	default:
		kern.Convert(w, data.FixedSlice[uint32](buf)[:n])
	}
	return []wordCol{{v: w, stride: 1}}
}

// fixedValues is the inverse of fixedCols for the words of b from at on: the bytes of its values, borrowed from b where they can be.
func fixedValues(s *compute.Scratch, b *rowBlock, at, width int) []byte {
	w := b.col(at)
	switch width {
	case 1:
		out := compute.Make[uint8](s, b.n)
		kern.Convert(out, w)
		return out
	case 2:
		out := compute.Make[uint16](s, b.n)
		kern.Convert(out, w)
		return data.FixedBytes(out)
	case 4:
		out := compute.Make[uint32](s, b.n)
		kern.Convert(out, w)
		return data.FixedBytes(out)
	case 8:
		return data.FixedBytes(w)
	default:
		hi := b.col(at + 1)
		out := compute.Make[data.Int128](s, b.n)
		for i := range out {
			out[i] = data.Int128{Lo: w[i], Hi: int64(hi[i])}
		}
		return data.FixedBytes(out)
	}
}

// blockColumn returns the values of type t whose words begin at at, as a Flat column that borrows from b, heap and s. valid may be nil.
func blockColumn(s *compute.Scratch, t dtype.Type, b *rowBlock, at int, heap [][]byte, valid data.Bitmap) *data.Column {
	c := s.Column()
	*c = data.Column{Type: t, Len: b.n, Valid: valid}
	switch p := t.Phys(); p {
	case dtype.PhysNull:
		c.Valid = nil
	case dtype.PhysBits:
		c.Bits = s.Zeros(b.n)
		for i, w := range b.col(at) {
			c.Bits[i>>6] |= w & 1 << (uint(i) & 63)
		}
	case dtype.PhysView:
		c.Buf, c.Heap = fixedValues(s, b, at, 16), heap
	case dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
		c.Type, c.Buf, c.Heap = binaryType, fixedValues(s, b, at, 16), heap
		return decodeNested(t, c)
	default:
		c.Buf = fixedValues(s, b, at, p.Width())
	}
	return c
}

// bitsOf returns bit shift of each word as a bitmap, or nil if all are set.
func bitsOf(s *compute.Scratch, w []uint64, shift uint) data.Bitmap {
	out := s.Zeros(len(w))
	for i, x := range w {
		out[i>>6] |= x >> shift & 1 << (uint(i) & 63)
	}
	if out.All(len(w)) {
		return nil
	}
	return out
}
