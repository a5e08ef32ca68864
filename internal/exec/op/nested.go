package op

import (
	"encoding/binary"
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
)

// Nested values become keys as bytes that are equal exactly when the values are: a presence byte, then fixed-width bytes, or a length and the parts.

var binaryType = dtype.Of(dtype.Binary)

// encodeNested returns the encodings of c as a binary column with the same nulls. Equal floats have equal encodings, unless exact asks for all bits.
func encodeNested(s *compute.Scratch, c *data.Column, exact bool) *data.Column {
	views := compute.Make[data.View](s, c.Len)
	valid := s.Zeros(c.Len)
	var heap []byte
	for i := range views {
		views[i] = data.View{}
		if c.IsNull(i) {
			continue
		}
		valid.Set(i)
		from := len(heap)
		heap = appendKey(heap, c, i, exact)
		views[i] = data.BufferView(heap[from:], 0, from)
	}
	out := compute.Flat(s, binaryType, views, valid)
	out.Heap = [][]byte{heap}
	return out
}

// appendKey appends the encoding of row i.
func appendKey(dst []byte, c *data.Column, i int, exact bool) []byte {
	if c.IsNull(i) {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	f, j := c.Row(i)
	p := f.Type.Phys()
	if exact && (p == dtype.PhysF32 || p == dtype.PhysF64) {
		w := p.Width()
		return append(dst, f.Buf[j*w:(j+1)*w]...)
	}
	switch p {
	case dtype.PhysBits:
		if f.Bits.Get(j) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case dtype.PhysF32:
		var w [1]uint64
		floatWords32(w[:], data.FixedSlice[float32](f.Buf)[j:j+1])
		return binary.LittleEndian.AppendUint32(dst, uint32(w[0]))
	case dtype.PhysF64:
		var w [1]uint64
		floatWords64(w[:], data.FixedSlice[float64](f.Buf)[j:j+1])
		return binary.LittleEndian.AppendUint64(dst, w[0])
	case dtype.PhysView:
		s := data.FixedSlice[data.View](f.Buf)[j].Bytes(f.Heap)
		return append(binary.LittleEndian.AppendUint32(dst, uint32(len(s))), s...)
	case dtype.PhysList:
		lo, hi := int(f.Offsets[j]), int(f.Offsets[j+1])
		dst = binary.LittleEndian.AppendUint32(dst, uint32(hi-lo))
		for k := lo; k < hi; k++ {
			dst = appendKey(dst, f.Kids[0], k, exact)
		}
		return dst
	case dtype.PhysArray:
		for k := range f.Type.Len {
			dst = appendKey(dst, f.Kids[0], j*f.Type.Len+k, exact)
		}
		return dst
	case dtype.PhysStruct:
		for _, kid := range f.Kids {
			dst = appendKey(dst, kid, j, exact)
		}
		return dst
	default:
		w := p.Width()
		return append(dst, f.Buf[j*w:(j+1)*w]...)
	}
}

// decodeNested is the inverse of encodeNested.
func decodeNested(t dtype.Type, c *data.Column) *data.Column {
	b := data.NewBuilder(t, c.Len)
	for i := range c.Len {
		if c.IsNull(i) {
			b.AppendNull()
			continue
		}
		rest := decodeKey(b, t, c.Bytes(i))
		bug.Assert(len(rest) == 0, "bytes left over in a nested key")
	}
	return b.Build()
}

// decodeKey appends the value at the start of s and returns the rest.
func decodeKey(b *data.Builder, t dtype.Type, s []byte) []byte {
	present := s[0] == 1
	s = s[1:]
	if !present {
		b.AppendNull()
		return s
	}
	switch p := t.Phys(); p {
	case dtype.PhysBits:
		b.AppendBool(s[0] == 1)
		return s[1:]
	case dtype.PhysI8, dtype.PhysU8:
		data.Append(b, s[0])
		return s[1:]
	case dtype.PhysI16, dtype.PhysU16:
		data.Append(b, binary.LittleEndian.Uint16(s))
		return s[2:]
	case dtype.PhysI32, dtype.PhysU32:
		data.Append(b, binary.LittleEndian.Uint32(s))
		return s[4:]
	case dtype.PhysF32:
		data.Append(b, math.Float32frombits(binary.LittleEndian.Uint32(s)))
		return s[4:]
	case dtype.PhysI64, dtype.PhysU64, dtype.PhysF64:
		data.Append(b, binary.LittleEndian.Uint64(s))
		return s[8:]
	case dtype.PhysI128, dtype.PhysInterval:
		data.Append(b, data.Int128{Lo: binary.LittleEndian.Uint64(s), Hi: int64(binary.LittleEndian.Uint64(s[8:]))})
		return s[16:]
	case dtype.PhysView:
		n := int(binary.LittleEndian.Uint32(s))
		b.AppendBytes(s[4 : 4+n])
		return s[4+n:]
	case dtype.PhysList:
		n := int(binary.LittleEndian.Uint32(s))
		s = s[4:]
		for range n {
			s = decodeKey(b.Kid(0), t.Elem(), s)
		}
		b.CloseList()
		return s
	case dtype.PhysArray:
		for range t.Len {
			s = decodeKey(b.Kid(0), t.Elem(), s)
		}
		b.CloseRow()
		return s
	case dtype.PhysStruct:
		for i, f := range t.Fields {
			s = decodeKey(b.Kid(i), f.Type, s)
		}
		b.CloseRow()
		return s
	default:
		bug.Panicf("nested key of physical type %d", p)
		return nil
	}
}
