package compute

import (
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

const (
	firstWords    = 512      // 4 KiB: a constant is folded with a scratch of its own; each further chunk has eight times as many
	chunkWords    = 32 << 10 // 256 KiB
	chunkWordsMax = 1 << 20  // larger ones are not kept over a Reset
)

// Scratch is an arena for the buffers of one worker's batch: everything handed out stays valid until Reset, which makes all of it free
// again without giving it back. After a few batches it allocates nothing. The zero value is ready; a nil Scratch allocates every buffer
// afresh. It is not safe for concurrent use.
type Scratch struct {
	chunks [][]uint64
	at     int // the chunk in use
	used   int // words of it
	cols   slab[data.Column]
	ptrs   slab[*data.Column]
	heaps  slab[[]byte]
	batch  slab[data.Batch]
	sets   slab[[]uint32]
	texts  []*Text
	textAt int
}

// slab hands out runs of T from blocks that are reused after rewind.
type slab[T any] struct {
	blocks [][]T
	at     int
	used   int
}

func (s *slab[T]) take(n int) []T {
	for s.at < len(s.blocks) && s.used+n > len(s.blocks[s.at]) {
		s.at++
		s.used = 0
	}
	if s.at == len(s.blocks) {
		s.blocks = append(s.blocks, make([]T, max(n, 8<<min(len(s.blocks), 3)))) // the constants of a plan are evaluated each with a scratch of its own
	}
	out := s.blocks[s.at][s.used : s.used+n : s.used+n]
	s.used += n
	clear(out)
	return out
}

func (s *slab[T]) rewind() { s.at, s.used = 0, 0 }

// Reset frees everything that was handed out.
func (s *Scratch) Reset() {
	keep := s.chunks[:0]
	for _, c := range s.chunks {
		if len(c) <= chunkWordsMax {
			keep = append(keep, c)
		}
	}
	clear(s.chunks[len(keep):])
	s.chunks = keep
	s.at, s.used = 0, 0
	s.cols.rewind()
	s.ptrs.rewind()
	s.heaps.rewind()
	s.batch.rewind()
	s.sets.rewind()
	s.textAt = 0
}

// words returns n words of unspecified content.
func (s *Scratch) words(n int) []uint64 {
	if s == nil {
		return make([]uint64, n)
	}
	for s.at < len(s.chunks) && s.used+n > len(s.chunks[s.at]) {
		s.at++
		s.used = 0
	}
	if s.at == len(s.chunks) {
		s.chunks = append(s.chunks, make([]uint64, max(n, min(chunkWords, firstWords<<(3*min(s.at, 8))))))
	}
	out := s.chunks[s.at][s.used : s.used+n : s.used+n]
	s.used += (n + 7) &^ 7 // whole cache lines
	return out
}

// Make returns n values of unspecified content, aligned to 8 bytes.
func Make[T data.Fixed](s *Scratch, n int) []T {
	if n == 0 {
		return nil
	}
	size := int(unsafe.Sizeof(*new(T)))
	w := s.words((n*size + 7) / 8)
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(w))), n)
}

// Bits returns a bitmap for n rows of unspecified content.
func (s *Scratch) Bits(n int) data.Bitmap { return s.words(data.Words(n)) }

// Zeros returns a cleared bitmap for n rows.
func (s *Scratch) Zeros(n int) data.Bitmap {
	b := s.Bits(n)
	clear(b)
	return b
}

// Column returns an empty column to fill in.
func (s *Scratch) Column() *data.Column {
	if s == nil {
		return &data.Column{}
	}
	return &s.cols.take(1)[0]
}

// Columns returns n nil pointers.
func (s *Scratch) Columns(n int) []*data.Column {
	if s == nil {
		return make([]*data.Column, n)
	}
	return s.ptrs.take(n)
}

// Batch returns a batch of n rows and no columns yet; cols are its columns to fill in.
func (s *Scratch) Batch(cols, n int, morsel uint64) *data.Batch {
	var b *data.Batch
	if s != nil {
		b = &s.batch.take(1)[0]
	} else {
		b = new(data.Batch)
	}
	b.Cols, b.Len, b.Morsel = s.Columns(cols), n, morsel
	return b
}

// RowSets returns n nil lists of rows, for Merge.
func (s *Scratch) RowSets(n int) [][]uint32 {
	if s == nil {
		return make([][]uint32, n)
	}
	return s.sets.take(n)
}

// Heaps returns n nil buffers, to be the heap of a text column.
func (s *Scratch) Heaps(n int) [][]byte {
	if s == nil {
		return make([][]byte, n)
	}
	return s.heaps.take(n)
}

// Flat returns a Flat fixed-width column over vals.
func Flat[T data.Fixed](s *Scratch, t dtype.Type, vals []T, valid data.Bitmap) *data.Column {
	return s.flat(t, len(vals), valid, data.FixedBytes(vals))
}

// flat is Flat for values of any type, by their memory; Flat is inlined, and each of its types would have a copy of this.
//
//go:noinline
func (s *Scratch) flat(t dtype.Type, n int, valid data.Bitmap, buf []byte) *data.Column {
	c := s.Column()
	c.Type, c.Len, c.Valid, c.Buf = t, n, valid, buf
	return c
}

// Bool returns a Flat bool column of n rows over bits.
func (s *Scratch) Bool(bits, valid data.Bitmap, n int) *data.Column {
	c := s.Column()
	c.Type, c.Len, c.Valid, c.Bits = boolType, n, valid, bits
	return c
}

var boolType = dtype.Of(dtype.Bool)

// Const returns n rows of the single row of values, a Flat column.
func (s *Scratch) Const(values *data.Column, n int) *data.Column {
	c := s.Column()
	c.Type, c.Form, c.Len, c.Values = values.Type, data.Const, n, values
	return c
}

// Null returns n nulls of type t.
func (s *Scratch) Null(t dtype.Type, n int) *data.Column { return s.Const(s.nulls(t, 1), n) }

// nulls returns a Flat column of n nulls.
func (s *Scratch) nulls(t dtype.Type, n int) *data.Column {
	c := s.Column()
	c.Type, c.Len, c.Valid = t, n, s.Zeros(n)
	switch p := t.Phys(); p {
	case dtype.PhysNull:
		c.Valid = nil
	case dtype.PhysBits:
		c.Bits = s.Zeros(n)
	case dtype.PhysList:
		c.Offsets = Make[int32](s, n+1)
		clear(c.Offsets)
		c.Kids = s.Columns(1)
		c.Kids[0] = s.nulls(t.Elem(), 0)
	case dtype.PhysArray:
		c.Kids = s.Columns(1)
		c.Kids[0] = s.nulls(t.Elem(), n*t.Len)
	case dtype.PhysStruct:
		c.Kids = s.Columns(len(t.Fields))
		for i, f := range t.Fields {
			c.Kids[i] = s.nulls(f.Type, n)
		}
	default:
		c.Buf = Make[uint8](s, n*p.Width())
		clear(c.Buf)
	}
	return c
}

// As returns c with another type of the same representation.
func (s *Scratch) As(c *data.Column, t dtype.Type) *data.Column {
	out := s.Column()
	*out = *c
	out.Type = t
	if c.Values != nil {
		out.Values = s.As(c.Values, t)
	}
	return out
}

// dict returns a Dict column.
func (s *Scratch) dict(values *data.Column, codes []uint32, valid data.Bitmap) *data.Column {
	c := s.Column()
	c.Type, c.Form, c.Len, c.Valid, c.Codes, c.Values = values.Type, data.Dict, len(codes), valid, codes, values
	return c
}
