package compute

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/kern"
)

// SortKeys says how rows of some key columns become keys whose plain unsigned order is the wanted order of the rows. It is fixed for a sort, so that
// keys of different batches compare. It is immutable.
type SortKeys struct {
	types  []dtype.Type
	orders []defs.Order
	bits   []int // of each column, the null bit included; 0: not of fixed width
	words  int
}

// NewSortKeys returns the keys for columns of the types, most significant first.
func NewSortKeys(types []dtype.Type, orders []defs.Order) *SortKeys {
	k := &SortKeys{types: types, orders: orders}
	total := 0
	for _, t := range types {
		b := keyBits(t)
		k.bits = append(k.bits, b)
		total += b
		if b == 0 {
			total = math.MinInt32
		}
	}
	if total > 0 || len(types) == 0 {
		k.words = max((total+63)/64, 1)
	}
	return k
}

// keyBits is the width of a type's key with its null bit, or 0 if it varies.
func keyBits(t dtype.Type) int {
	switch p := t.Phys(); p {
	case dtype.PhysNull:
		return 1
	case dtype.PhysBits:
		return 2
	case dtype.PhysF32:
		return 65 // as doubles
	case dtype.PhysView, dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
		return 0
	default:
		return 1 + 8*p.Width()
	}
}

// Words returns how many 64-bit words a key takes, or 0 if some column's keys vary in length and only EncodeBytes serves.
func (k *SortKeys) Words() int { return k.words }

// EncodeWords returns the keys of n rows word by word: row i is before row j if the words at i, the first slice first, are below those at j.
// Equal words mean equal keys. Words must not be 0.
func (k *SortKeys) EncodeWords(s *Scratch, cols []*data.Column, n int) [][]uint64 {
	out := make([][]uint64, k.words)
	for i := range out {
		out[i] = Make[uint64](s, n)
		clear(out[i])
	}
	p := packer{words: out, free: 64 * k.words}
	for i, c := range cols {
		c = Flatten(s, c)
		k.packColumn(s, &p, c, k.orders[i])
	}
	return out
}

// packer lays bit fields of all rows end to end, most significant first.
type packer struct {
	words [][]uint64
	free  int // bits left over all words
}

// put adds a field of the given bits, at most 64.
func (p *packer) put(v []uint64, bits int) {
	for bits > 0 {
		w := len(p.words) - (p.free+63)/64
		room := (p.free-1)%64 + 1
		take := min(room, bits)
		dst := p.words[w]
		down, up := uint(bits-take), uint(room-take)
		mask := ^uint64(0) >> (64 - uint(take))
		for i, x := range v {
			dst[i] |= x >> down & mask << up
		}
		p.free -= take
		bits -= take
	}
}

// packColumn adds the null bit and the value of a Flat column.
func (k *SortKeys) packColumn(s *Scratch, p *packer, c *data.Column, o defs.Order) {
	n := c.Len
	nulls := Make[uint64](s, n)
	valid := validity(s, c)
	// The bit is 1 for values if nulls come first, and for nulls if they come last.
	for i := range nulls {
		bit := uint64(0)
		if valid.Get(i) == o.NullsFirst {
			bit = 1
		}
		nulls[i] = bit
	}
	p.put(nulls, 1)
	if c.Type.Phys() == dtype.PhysNull {
		return
	}
	hi, lo := Make[uint64](s, n), Make[uint64](s, n)
	bits := 8 * c.Type.Phys().Width()
	switch c.Type.Phys() {
	case dtype.PhysBits:
		kern.KeyBool(hi, c.Bits, o.Desc)
		bits = 1
	case dtype.PhysI128, dtype.PhysInterval:
		var src []kern.I128
		if c.Type.Kind == dtype.Interval {
			src = normalIntervals(s, c)
		} else {
			src = wide(c)
		}
		kern.KeyI128(hi, lo, src, o.Desc)
		zeroNulls(hi, valid)
		p.put(hi, 64)
		hi, bits = lo, 64
	case dtype.PhysF32:
		kern.KeyFloat(hi, data.Slice[float32](c), o.Desc)
		bits = 64
	case dtype.PhysF64:
		kern.KeyFloat(hi, data.Slice[float64](c), o.Desc)
	default:
		keyInts(hi, c, o.Desc)
	}
	zeroNulls(hi, valid)
	p.put(hi, bits)
}

// zeroNulls makes the keys of null rows equal.
func zeroNulls(v []uint64, valid data.Bitmap) {
	if valid == nil {
		return
	}
	for i := range v {
		v[i] &= -(valid[i>>6] >> (uint(i) & 63) & 1)
	}
}

func keyInts(dst []uint64, c *data.Column, desc bool) {
	switch p := c.Type.Phys(); p {
	case dtype.PhysI8:
		kern.KeyInt(dst, data.Slice[int8](c), desc)
	case dtype.PhysI16:
		kern.KeyInt(dst, data.Slice[int16](c), desc)
	case dtype.PhysI32:
		kern.KeyInt(dst, data.Slice[int32](c), desc)
	case dtype.PhysI64:
		kern.KeyInt(dst, data.Slice[int64](c), desc)
	case dtype.PhysU8:
		kern.KeyInt(dst, data.Slice[uint8](c), desc)
	case dtype.PhysU16:
		kern.KeyInt(dst, data.Slice[uint16](c), desc)
	case dtype.PhysU32:
		kern.KeyInt(dst, data.Slice[uint32](c), desc)
	case dtype.PhysU64:
		kern.KeyInt(dst, data.Slice[uint64](c), desc)
	default:
		bug.Panicf("sort key of physical type %d", p)
	}
}

// EncodeBytes appends the keys of n rows to buf as bytes that bytes.Compare orders, and the end of each key to ends. It serves all types.
func (k *SortKeys) EncodeBytes(buf []byte, ends []int, cols []*data.Column, n int) ([]byte, []int) {
	for i := range n {
		for j, c := range cols {
			o := k.orders[j]
			if null := c.IsNull(i); null || o.NullsFirst {
				buf = append(buf, marker(null != o.NullsFirst))
				if null {
					continue
				}
			} else {
				buf = append(buf, 0)
			}
			start := len(buf)
			buf = appendKey(buf, c, i)
			if o.Desc {
				for b := start; b < len(buf); b++ {
					buf[b] = ^buf[b]
				}
			}
		}
		ends = append(ends, len(buf))
	}
	return buf, ends
}

func marker(above bool) byte {
	if above {
		return 1
	}
	return 0
}

// appendKey appends the key of a value that is not null. No key is a prefix of another.
func appendKey(buf []byte, c *data.Column, i int) []byte {
	t := c.Type
	c, i = c.Row(i)
	switch t.Phys() {
	case dtype.PhysBits:
		return append(buf, marker(c.Bits.Get(i)))
	case dtype.PhysView:
		// A zero byte becomes 00 FF, and 00 00 ends the text, so that a prefix comes first.
		for _, b := range c.Bytes(i) {
			buf = append(buf, b)
			if b == 0 {
				buf = append(buf, 0xFF)
			}
		}
		return append(buf, 0, 0)
	case dtype.PhysList:
		return appendItems(buf, c.Kids[0], int(c.Offsets[i]), int(c.Offsets[i+1]))
	case dtype.PhysArray:
		return appendItems(buf, c.Kids[0], i*t.Len, (i+1)*t.Len)
	case dtype.PhysStruct:
		for _, kid := range c.Kids {
			buf = appendItem(buf, kid, i)
		}
		return buf
	case dtype.PhysI128:
		v := data.FixedSlice[data.Int128](c.Buf)[i]
		return appendWord(appendWord(buf, uint64(v.Hi)^1<<63, 8), v.Lo, 8)
	case dtype.PhysInterval:
		v := intervalMicros(data.FixedSlice[data.Interval](c.Buf)[i])
		return appendWord(appendWord(buf, uint64(v.Hi)^1<<63, 8), v.Lo, 8)
	case dtype.PhysF32:
		var w [1]uint64
		kern.KeyFloat(w[:], data.FixedSlice[float32](c.Buf)[i:i+1], false)
		return appendWord(buf, w[0], 8)
	case dtype.PhysF64:
		var w [1]uint64
		kern.KeyFloat(w[:], data.FixedSlice[float64](c.Buf)[i:i+1], false)
		return appendWord(buf, w[0], 8)
	default:
		v := c.Value(i).I.Lo
		width := t.Phys().Width()
		if !t.IsUnsigned() && t.Kind != dtype.Enum {
			v ^= 1 << (8*width - 1)
		}
		return appendWord(buf, v, width)
	}
}

// appendItems appends list elements: 1 before each value, 2 for a null, which is above all values, and 0 at the end.
func appendItems(buf []byte, kid *data.Column, lo, hi int) []byte {
	for i := lo; i < hi; i++ {
		buf = appendItem(buf, kid, i)
	}
	return append(buf, 0)
}

func appendItem(buf []byte, kid *data.Column, i int) []byte {
	if kid.IsNull(i) {
		return append(buf, 2)
	}
	return appendKey(append(buf, 1), kid, i)
}

// appendWord appends the low bytes of v, the highest first.
func appendWord(buf []byte, v uint64, width int) []byte {
	for b := width - 1; b >= 0; b-- {
		buf = append(buf, byte(v>>(8*b)))
	}
	return buf
}
