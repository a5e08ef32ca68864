package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/kern"
)

// hashOfNull is what a null hashes to on its own.
var hashOfNull = func() uint64 {
	var h [1]uint64
	kern.HashInt(h[:], []int64{0}, []uint64{0})
	return h[0]
}()

// Hash returns one hash a row over the columns. Rows that are equal, null being equal to null and NaN to NaN, have equal hashes in every
// form of the columns, provided that the types are the same. No columns hash to one value.
func Hash(s *Scratch, cols []*data.Column, n int) []uint64 {
	dst := Make[uint64](s, n)
	if len(cols) == 0 {
		clear(dst)
		return dst
	}
	hashFirst(s, dst, cols[0])
	for _, c := range cols[1:] {
		hashNext(s, dst, c)
	}
	return dst
}

// hashFirst writes the hashes of one column.
func hashFirst(s *Scratch, dst []uint64, c *data.Column) {
	if len(dst) == 0 {
		return
	}
	switch c.Form {
	case data.Const:
		hashFirst(s, dst[:1], c.Values)
		kern.Fill(dst[1:], dst[0])
		return
	case data.Dict:
		if !s.mapsDict(c) {
			c = Flatten(s, c)
			break
		}
		h := Make[uint64](s, c.Values.Len)
		hashFirst(s, h, c.Values)
		kern.Take(dst, h, c.Codes[:len(dst)])
		if c.Valid != nil {
			kern.BlendConst(dst, invert(s, c.Valid, len(dst)), hashOfNull)
		}
		return
	}
	switch p := c.Type.Phys(); p {
	case dtype.PhysNull:
		kern.Fill(dst, hashOfNull)
	case dtype.PhysBits:
		kern.HashBool(dst, c.Bits, c.Valid, c.Len)
	case dtype.PhysI8:
		kern.HashInt(dst, data.Slice[int8](c), c.Valid)
	case dtype.PhysI16:
		kern.HashInt(dst, data.Slice[int16](c), c.Valid)
	case dtype.PhysI32:
		kern.HashInt(dst, data.Slice[int32](c), c.Valid)
	case dtype.PhysI64:
		kern.HashInt(dst, data.Slice[int64](c), c.Valid)
	case dtype.PhysU8:
		kern.HashInt(dst, data.Slice[uint8](c), c.Valid)
	case dtype.PhysU16:
		kern.HashInt(dst, data.Slice[uint16](c), c.Valid)
	case dtype.PhysU32:
		kern.HashInt(dst, data.Slice[uint32](c), c.Valid)
	case dtype.PhysU64:
		kern.HashInt(dst, data.Slice[uint64](c), c.Valid)
	case dtype.PhysI128:
		kern.HashI128(dst, wide(c), c.Valid)
	case dtype.PhysInterval:
		kern.HashI128(dst, normalIntervals(s, c), c.Valid)
	case dtype.PhysF32:
		kern.HashFloat(dst, data.Slice[float32](c), c.Valid)
	case dtype.PhysF64:
		kern.HashFloat(dst, data.Slice[float64](c), c.Valid)
	case dtype.PhysView:
		kern.HashView(dst, views(c), c.Heap, c.Valid)
	case dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
		hashNested(s, dst, c)
	default:
		bug.Panicf("hash of physical type %d", p)
	}
}

// mapsDict reports whether working on the dictionary's values is less work than on the rows.
func (s *Scratch) mapsDict(c *data.Column) bool { return c.Values.Len <= c.Len }

// hashNext mixes a column into the hashes of earlier ones. Machine words are mixed in as they are. Wider values go through a hash of their
// own and CombineHash, which is not symmetric: two equal columns must not cancel out.
func hashNext(s *Scratch, dst []uint64, c *data.Column) {
	if w := c.Type.Phys().Width(); c.Form != data.Flat && w > 0 && w <= 8 {
		c = Flatten(s, c)
	}
	if c.Form != data.Flat {
		own := Make[uint64](s, len(dst))
		hashFirst(s, own, c)
		kern.CombineHash(dst, own)
		return
	}
	switch c.Type.Phys() {
	case dtype.PhysI8:
		kern.CombineInt(dst, data.Slice[int8](c), c.Valid)
	case dtype.PhysI16:
		kern.CombineInt(dst, data.Slice[int16](c), c.Valid)
	case dtype.PhysI32:
		kern.CombineInt(dst, data.Slice[int32](c), c.Valid)
	case dtype.PhysI64:
		kern.CombineInt(dst, data.Slice[int64](c), c.Valid)
	case dtype.PhysU8:
		kern.CombineInt(dst, data.Slice[uint8](c), c.Valid)
	case dtype.PhysU16:
		kern.CombineInt(dst, data.Slice[uint16](c), c.Valid)
	case dtype.PhysU32:
		kern.CombineInt(dst, data.Slice[uint32](c), c.Valid)
	case dtype.PhysU64:
		kern.CombineInt(dst, data.Slice[uint64](c), c.Valid)
	case dtype.PhysF32:
		kern.CombineFloat(dst, data.Slice[float32](c), c.Valid)
	case dtype.PhysF64:
		kern.CombineFloat(dst, data.Slice[float64](c), c.Valid)
	default:
		own := Make[uint64](s, len(dst))
		hashFirst(s, own, c)
		kern.CombineHash(dst, own)
	}
}

// hashNested hashes lists by their elements in order and structs by their fields. A null one hashes as null, whatever its kids hold.
func hashNested(s *Scratch, dst []uint64, c *data.Column) {
	if c.Type.Phys() == dtype.PhysStruct {
		kern.Fill(dst, kern.HashWord(uint64(len(c.Kids))))
		own := Make[uint64](s, len(dst))
		for _, k := range c.Kids {
			hashFirst(s, own, k)
			kern.CombineHash(dst, own)
		}
	} else {
		kid, base := c.Kids[0], 0
		if c.Offsets != nil && (c.Offsets[0] > 0 || int(c.Offsets[c.Len]) < kid.Len) {
			base = int(c.Offsets[0])
			kid = kid.Slice(base, int(c.Offsets[c.Len]))
		}
		items := Make[uint64](s, kid.Len)
		hashFirst(s, items, kid)
		for i := range dst {
			lo, hi := i*c.Type.Len, (i+1)*c.Type.Len
			if c.Offsets != nil {
				lo, hi = int(c.Offsets[i])-base, int(c.Offsets[i+1])-base
			}
			h := kern.HashWord(uint64(hi - lo))
			for _, x := range items[lo:hi] {
				h = kern.HashMix(h, x)
			}
			dst[i] = h
		}
	}
	if c.Valid != nil {
		kern.BlendConst(dst, invert(s, c.Valid, len(dst)), hashOfNull)
	}
}

// normalIntervals returns each interval as one number of microseconds, a month having 30 days: intervals are compared so, and equal ones
// must be equal here.
func normalIntervals(s *Scratch, c *data.Column) []kern.I128 {
	src := data.Slice[data.Interval](c)
	dst := kernWide(Make[data.Int128](s, len(src)))
	for i, v := range src {
		dst[i] = intervalMicros(v)
	}
	return dst
}

const dayMicros = 86400 * 1_000_000

func intervalMicros(v data.Interval) kern.I128 {
	days := int64(v.Months)*30 + int64(v.Days)
	return kern.I128From(days).Mul(kern.I128From(dayMicros)).Add(kern.I128From(v.Micros))
}
