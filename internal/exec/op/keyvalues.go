package op

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// floatWords64 writes the bits of doubles with one NaN and one zero.
func floatWords64(dst []uint64, src []float64) {
	dst = dst[:len(src)]
	for i, x := range src {
		b := math.Float64bits(x)
		if x == 0 {
			b = 0
		}
		if x != x {
			b = 0x7FF8000000000000
		}
		dst[i] = b
	}
}

// floatWords32 is floatWords64 for floats.
func floatWords32(dst []uint64, src []float32) {
	dst = dst[:len(src)]
	for i, x := range src {
		b := math.Float32bits(x)
		if x == 0 {
			b = 0
		}
		if x != x {
			b = 0x7FC00000
		}
		dst[i] = uint64(b)
	}
}

// keyRows is stored keys: the words row by row, with the texts of long strings.
type keyRows struct {
	lay   *keyLayout
	n     int
	words []uint64   // row i at words[i*lay.words]
	longs [][]uint64 // by text column: the place of row i's string in heap, where it is long
	heap  [][]byte
	null  int // row of the null of a lonely key, or -1
}

// column returns the values of key column j.
func (k *keyRows) column(j int) *data.Column {
	c := &k.lay.cols[j]
	w, n := k.lay.words, k.n
	valid := k.valid(c)
	at := func(i int) uint64 { return k.words[i*w+c.word] >> c.shift }
	switch c.typ.Phys() {
	case dtype.PhysNull:
		return data.NullColumn(c.typ, n).Flatten()
	case dtype.PhysBits:
		bits := data.NewBitmap(n)
		for i := range n {
			bits[i>>6] |= at(i) & 1 << (uint(i) & 63)
		}
		return data.BoolColumn(bits, n, valid)
	case dtype.PhysI8, dtype.PhysU8:
		return unpack[uint8](c.typ, n, valid, at)
	case dtype.PhysI16, dtype.PhysU16:
		return unpack[uint16](c.typ, n, valid, at)
	case dtype.PhysI32, dtype.PhysU32, dtype.PhysF32:
		return unpack[uint32](c.typ, n, valid, at)
	case dtype.PhysI64, dtype.PhysU64, dtype.PhysF64:
		return unpack[uint64](c.typ, n, valid, at)
	case dtype.PhysI128, dtype.PhysInterval:
		out := make([]data.Int128, n)
		for i := range out {
			out[i] = data.Int128{Lo: k.words[i*w+c.word], Hi: int64(k.words[i*w+c.word+1])}
		}
		return data.FlatColumn(c.typ, out, valid)
	default:
		return k.texts(c, valid)
	}
}

// unpack makes a column of n values that at returns. It is for results, not for hot loops.
func unpack[T uint8 | uint16 | uint32 | uint64](t dtype.Type, n int, valid data.Bitmap, at func(int) uint64) *data.Column {
	out := make([]T, n)
	for i := range out {
		out[i] = T(at(i))
	}
	return data.FlatColumn(t, out, valid)
}

// valid returns the validity of a column, nil if there is no null.
func (k *keyRows) valid(c *keyCol) data.Bitmap {
	var out data.Bitmap
	null := func(i int) {
		if out == nil {
			out = data.NewBitmap(k.n)
			out.FillOnes(k.n)
		}
		out.Clear(i)
	}
	w := k.lay.words
	switch {
	case k.lay.lonely:
		if k.null >= 0 {
			null(k.null)
		}
	case c.kind == keyText || c.kind == keyNested:
		for i := range k.n {
			if k.words[i*w+c.word] == nullText {
				null(i)
			}
		}
	case c.kind != keyNothing:
		for i := range k.n {
			if k.words[i*w+c.nullWord]>>c.nullShift&1 != 0 {
				null(i)
			}
		}
	}
	return out
}

// views returns the strings of text column c as views over k.heap; null is the zero View.
func (k *keyRows) views(c *keyCol) []data.View {
	out := make([]data.View, k.n)
	w := k.lay.words
	for i := range out {
		v := data.View{A: k.words[i*w+c.word], B: k.words[i*w+c.word+1]}
		switch {
		case v.A == nullText:
			v = data.View{}
		case uint32(v.A) > data.InlineMax:
			v.B = k.longs[c.text][i]
		}
		out[i] = v
	}
	return out
}

func (k *keyRows) texts(c *keyCol, valid data.Bitmap) *data.Column {
	t := c.typ
	if c.kind == keyNested {
		t = dtype.Of(dtype.Binary)
	}
	col := data.FlatColumn(t, k.views(c), valid)
	col.Heap = k.heap
	if c.kind == keyNested {
		return decodeNested(c.typ, col)
	}
	return col
}

// gather returns the rows in a new order; strings share the heap.
func (k *keyRows) gather(rows []uint32) *keyRows {
	out := &keyRows{lay: k.lay, n: len(rows), heap: k.heap, null: -1, words: make([]uint64, len(rows)*k.lay.words), longs: make([][]uint64, len(k.longs))}
	w := k.lay.words
	switch w {
	case 1:
		for i, r := range rows {
			out.words[i] = k.words[r]
		}
	case 2:
		for i, r := range rows {
			out.words[2*i], out.words[2*i+1] = k.words[2*r], k.words[2*r+1]
		}
	default:
		for i, r := range rows {
			copy(out.words[i*w:i*w+w], k.words[int(r)*w:])
		}
	}
	for j, l := range k.longs {
		if l == nil {
			continue
		}
		out.longs[j] = make([]uint64, len(rows))
		for i, r := range rows {
			out.longs[j][i] = l[r]
		}
	}
	if k.null >= 0 {
		for i, r := range rows {
			if int(r) == k.null {
				out.null = i
			}
		}
	}
	return out
}

// bytes is the memory in use.
func (k *keyRows) bytes() int64 {
	n := 8 * int64(cap(k.words))
	for _, l := range k.longs {
		n += 8 * int64(cap(l))
	}
	return n
}

// load puts rows [lo, hi) into a batch for looking them up in another table.
func (k *keyRows) load(b *keyBatch, lo, hi int) {
	n, w := hi-lo, k.lay.words
	b.n, b.valid = n, nil
	b.scratch.Reset()
	for j := range b.words {
		b.own[j] = sized(b.own[j], n)
		b.words[j] = b.own[j]
		src := k.words[lo*w+j:]
		for i := range b.words[j] {
			b.words[j][i] = src[i*w]
		}
	}
	for i := range k.lay.cols {
		c := &k.lay.cols[i]
		if c.kind != keyText && c.kind != keyNested {
			continue
		}
		t := &b.texts[c.text]
		t.long = k.longs[c.text] != nil
		if t.long {
			part := *k
			part.n, part.words = n, k.words[lo*w:hi*w]
			part.longs = make([][]uint64, len(k.longs))
			part.longs[c.text] = k.longs[c.text][lo:hi]
			t.views, t.heap = part.views(c), k.heap
		}
	}
	if k.null >= lo && k.null < hi {
		b.valid = data.NewBitmap(n)
		b.valid.FillOnes(n)
		b.valid.Clear(k.null - lo)
	}
	b.rehash()
}
