package compute

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/kern"
)

// Set is a prepared list of constants of one type, for In. It is safe for concurrent use.
type Set struct {
	values *data.Column // Flat, without nulls
	consts []*data.Column
	hashes []uint64 // of each slot
	slots  []uint32 // index into values plus 1; a power of two long

	dense data.Bitmap // for integers close together: bit v-least is set for members
	least int64
	span  uint64 // values from least on that dense covers; the bit after them is 0
}

const (
	fewNumbers = 8 // up to so many, comparing with each is faster than hashing
	fewTexts   = 4
)

// NewSet prepares values, none of which is null; all have type t.
func NewSet(t dtype.Type, values []data.Scalar) *Set {
	b := data.NewBuilder(t, len(values))
	for _, v := range values {
		v.Type = t
		b.AppendScalar(v)
	}
	set := &Set{values: b.Build()}
	if len(values) > 2 && set.spread() {
		return set
	}
	few := fewNumbers
	if t.Phys() == dtype.PhysView || t.IsNested() {
		few = fewTexts
	}
	if len(values) <= few || !set.index() {
		for _, v := range values {
			v.Type = t
			set.consts = append(set.consts, data.ConstColumn(v, 1))
		}
	}
	return set
}

// spanMax bounds the bitmap of a set of integers to 32 KiB.
const spanMax = 1 << 18

// spread makes the bitmap if the values are integers that lie close together.
func (set *Set) spread() bool {
	t := set.values.Type
	if p := t.Phys(); p < dtype.PhysI8 || p > dtype.PhysU32 || p == dtype.PhysI128 {
		return false
	}
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	for i := range set.values.Len {
		v := set.values.Value(i).Int64()
		lo, hi = min(lo, v), max(hi, v)
	}
	span := uint64(hi) - uint64(lo) + 1
	if span == 0 || span > spanMax {
		return false
	}
	set.least, set.span, set.dense = lo, span, data.NewBitmap(int(span)+1)
	for i := range set.values.Len {
		set.dense.Set(int(set.values.Value(i).Int64() - lo))
	}
	return true
}

// lookup sets the bit of each row that is in the bitmap.
func lookup[T word](dst data.Bitmap, src []T, set *Set) {
	bits, least, span := set.dense, set.least, set.span
	for w := 0; w < len(src); w += 64 {
		m := uint64(0)
		for i, x := range src[w:min(w+64, len(src))] {
			d := min(uint64(int64(x)-least), span)
			m |= bits[d>>6] >> (d & 63) & 1 << (uint(i) & 63)
		}
		dst[w>>6] = m
	}
}

// member looks the rows of a Flat column of integers up.
func (set *Set) member(s *Scratch, c *data.Column) data.Bitmap {
	dst := s.Bits(c.Len)
	switch p := c.Type.Phys(); p {
	case dtype.PhysI8:
		lookup(dst, data.Slice[int8](c), set)
	case dtype.PhysI16:
		lookup(dst, data.Slice[int16](c), set)
	case dtype.PhysI32:
		lookup(dst, data.Slice[int32](c), set)
	case dtype.PhysI64:
		lookup(dst, data.Slice[int64](c), set)
	case dtype.PhysU8:
		lookup(dst, data.Slice[uint8](c), set)
	case dtype.PhysU16:
		lookup(dst, data.Slice[uint16](c), set)
	case dtype.PhysU32:
		lookup(dst, data.Slice[uint32](c), set)
	default:
		bug.Panicf("bitmap of physical type %d", p)
	}
	return dst
}

// Len returns the number of values.
func (set *Set) Len() int { return set.values.Len }

// index builds the hash table; it refuses if two different values have one hash, since lookups go by hash.
func (set *Set) index() bool {
	n := set.values.Len
	h := Hash(nil, []*data.Column{set.values}, n)
	size := 16
	for size < 2*n {
		size *= 2
	}
	set.hashes, set.slots = make([]uint64, size), make([]uint32, size)
	for i := range n {
		at := int(h[i]) & (size - 1)
		for set.slots[at] != 0 && set.hashes[at] != h[i] {
			at = (at + 1) & (size - 1)
		}
		if set.slots[at] != 0 && CompareRow(set.values, i, set.values, int(set.slots[at]-1)) != 0 {
			return false
		}
		set.slots[at], set.hashes[at] = uint32(i+1), h[i]
	}
	return true
}

// In tests each row of c for membership; a null row gives null. With hasNull, the list had a null as well, so that a miss is null.
func In(s *Scratch, c *data.Column, set *Set, hasNull bool) *data.Column {
	if constNull(c) || c.Type.Kind == dtype.Null {
		return s.Null(boolType, c.Len)
	}
	out, _ := Map(s, c, func(c *data.Column) (*data.Column, error) {
		bits := set.find(s, c)
		valid := c.Valid
		if hasNull {
			valid = both(s, valid, bits, c.Len)
		}
		return s.Bool(bits, valid, c.Len), nil
	})
	return out
}

// find returns the rows of a Flat column that are in the set; null rows give anything.
func (set *Set) find(s *Scratch, c *data.Column) data.Bitmap {
	n := c.Len
	if set.dense != nil {
		return set.member(s, c)
	}
	if set.consts != nil || set.values.Len == 0 {
		out := s.Zeros(n)
		for _, v := range set.consts {
			hit := compare(s, Eq, c, resized(s, v, n))
			kern.BitmapOr(out, out, hit.Bits, n)
		}
		return out
	}
	one := s.Columns(1)
	one[0] = c
	h := Hash(s, one, n)
	rows, found := Make[uint32](s, n), s.Zeros(n)
	mask := len(set.slots) - 1
	for i, x := range h {
		at := int(x) & mask
		for set.slots[at] != 0 && set.hashes[at] != x {
			at = (at + 1) & mask
		}
		k := set.slots[at]
		rows[i] = 0
		if k != 0 {
			rows[i] = k - 1
			found[i>>6] |= 1 << (uint(i) & 63)
		}
	}
	hit := compare(s, Eq, c, gather(s, set.values, rows, false))
	kern.BitmapAnd(found, found, hit.Bits, n)
	return found
}
