package op

import (
	"bytes"
	"math/bits"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

const (
	// directBits bounds the array of a direct lookup, which should stay in cache.
	directBits = 15
	// directValues bounds the values of one column.
	directValues = 1 << 12
)

// directKeys finds groups of keys with small domains, dictionaries and integers of a narrow range, without hashing: each column gives a small
// number, and all of them together are an index into an array of groups. New combinations are looked up in the table.
type directKeys struct {
	off   bool // the domains are too large
	cols  []directCol
	group []uint32 // by index: number of the group + 1, or 0
	index []uint32
	out   []uint32
	miss  []uint32
}

// directCol numbers the values of one column: 0 is null.
type directCol struct {
	typ    dtype.Type
	shift  uint
	bits   uint // of the numbers there may be now
	known  []byte
	number []uint32 // by code of the dictionary in known
	t      *table   // of a dictionary's values
	k      *keyBatch
	lo     int64 // of integers: number 1
	n      int   // numbers in use
}

// newDirect returns nil for keys that never have small domains.
func newDirect(types []dtype.Type) *directKeys {
	d := &directKeys{}
	for _, t := range types {
		switch t.Phys() {
		case dtype.PhysView, dtype.PhysBits, dtype.PhysI8, dtype.PhysI16, dtype.PhysI32, dtype.PhysI64, dtype.PhysU8, dtype.PhysU16, dtype.PhysU32:
			d.cols = append(d.cols, directCol{typ: t})
		default:
			return nil
		}
	}
	if len(d.cols) == 0 {
		return nil
	}
	return d
}

// forget drops the groups.
func (d *directKeys) forget() {
	if d != nil {
		clear(d.group)
	}
}

// groups returns the group of each row of the key columns, or false if it cannot tell.
func (d *directKeys) groups(c *aggCore, in *aggInput, keys []*data.Column) ([]uint32, bool) {
	if d == nil || d.off {
		return nil, false
	}
	for j := range d.cols {
		if !d.cols[j].see(keys[j]) {
			d.off = true
			return nil, false
		}
	}
	if !d.layOut() {
		d.off = true
		return nil, false
	}
	d.index, d.out = sized(d.index, in.n), sized(d.out, in.n)
	for j := range d.cols {
		d.cols[j].add(d.index, keys[j], j == 0)
	}
	d.miss = sized(d.miss, in.n+1)
	m := 0
	out, group, miss := d.out[:in.n], d.group, d.miss
	for i, x := range d.index[:in.n] {
		g := group[x]
		out[i] = g - 1
		miss[m] = uint32(i)
		if g == 0 {
			m++
		}
	}
	if m > 0 {
		d.lookUp(c, in, keys, miss[:m])
	}
	if c.a.placed && in.places != nil {
		kern.MinGrouped(c.first, out, in.places, nil)
	}
	return out, true
}

// lookUp finds the groups of rows whose combination is new.
func (d *directKeys) lookUp(c *aggCore, in *aggInput, keys []*data.Column, rows []uint32) {
	cols := in.scratch.Columns(len(keys))
	for j, k := range keys {
		cols[j] = compute.Gather(&in.scratch, k, rows)
	}
	c.k.set(cols, len(rows))
	g := c.t.find(c.k)
	first := in.first
	if in.places != nil {
		first = placeUnknown
	}
	if c.a.placed {
		for _, r := range c.t.fresh {
			c.first = append(c.first, first+uint64(rows[r]))
		}
	}
	for i, r := range rows {
		d.group[d.index[r]] = g[i] + 1
		d.out[r] = g[i]
	}
}

// layOut gives every column enough bits of the index and moves the groups to their new places.
func (d *directKeys) layOut() bool {
	need, grown := uint(0), d.group == nil
	for j := range d.cols {
		c := &d.cols[j]
		if want := uint(bits.Len(uint(c.n))); want > c.bits {
			grown = true
			need += want
		} else {
			need += c.bits
		}
	}
	if !grown {
		return true
	}
	if need > directBits {
		return false
	}
	old := d.group
	d.group = make([]uint32, 1<<need)
	type move struct{ from, width, to uint }
	moves := make([]move, len(d.cols))
	at := uint(0)
	for j := range d.cols {
		c := &d.cols[j]
		moves[j] = move{c.shift, c.bits, at}
		c.bits = max(c.bits, uint(bits.Len(uint(c.n))))
		c.shift = at
		at += c.bits
	}
	for x, g := range old {
		if g == 0 {
			continue
		}
		to := 0
		for _, m := range moves {
			to |= x >> m.from & (1<<m.width - 1) << m.to
		}
		d.group[to] = g
	}
	return true
}

// see learns the values of a column and reports whether they are few.
func (c *directCol) see(col *data.Column) bool {
	switch {
	case col.Form == data.Dict:
		return c.seeDict(col)
	case col.Form != data.Flat || c.t != nil:
		return false
	case c.typ.Phys() == dtype.PhysBits:
		c.n = 2
		return true
	case c.typ.Phys() == dtype.PhysView:
		return false
	}
	lo, hi := rangeOf(col)
	return c.seeRange(lo, hi)
}

// seeRange learns integers. Numbers once given stay, so what is below the first range is not taken.
func (c *directCol) seeRange(lo, hi int64) bool {
	if c.n == 0 {
		// Some room below: the least value is seldom among the first rows.
		c.lo = lo - min(hi-lo, 64)
		if c.lo > lo || lo >= 0 && c.lo < 0 {
			c.lo = min(lo, 0)
		}
	}
	if lo < c.lo || uint64(hi)-uint64(c.lo) >= directValues {
		return false
	}
	c.n = max(c.n, int(hi-c.lo)+1)
	return true
}

func (c *directCol) seeDict(col *data.Column) bool {
	v := col.Values
	if c.t == nil && c.n > 0 || v.Len > col.Len || c.typ.Phys() == dtype.PhysBits {
		return false
	}
	if c.known != nil && bytes.Equal(c.known, v.Buf) {
		return true
	}
	if c.t == nil {
		l := newKeyLayout([]dtype.Type{c.typ})
		c.t, c.k = newTable(l), newKeyBatch(l)
	}
	c.number, c.known = sized(c.number, v.Len), nil
	for lo := 0; lo < v.Len; lo += data.BatchRows {
		part := v.Slice(lo, min(lo+data.BatchRows, v.Len))
		c.k.set([]*data.Column{part}, part.Len)
		for i, g := range c.t.find(c.k) {
			c.number[lo+i] = g + 1
		}
	}
	c.n = c.t.n
	if c.n > directValues {
		return false
	}
	if c.typ.Phys() != dtype.PhysView || !c.k.texts[0].long {
		c.known = append([]byte(nil), v.Buf...)
	}
	return true
}

// rangeOf returns the least and the greatest of the integers of a Flat column, those under nulls included.
func rangeOf(c *data.Column) (lo, hi int64) {
	switch c.Type.Phys() {
	case dtype.PhysI8:
		return rangeInts(data.Slice[int8](c))
	case dtype.PhysI16:
		return rangeInts(data.Slice[int16](c))
	case dtype.PhysI32:
		return rangeInts(data.Slice[int32](c))
	case dtype.PhysI64:
		return rangeInts(data.Slice[int64](c))
	case dtype.PhysU8:
		return rangeInts(data.Slice[uint8](c))
	case dtype.PhysU16:
		return rangeInts(data.Slice[uint16](c))
	default:
		return rangeInts(data.Slice[uint32](c))
	}
}

func rangeInts[T smallInt](v []T) (lo, hi int64) {
	a, b := v[0], v[0]
	for _, x := range v {
		a, b = min(a, x), max(b, x)
	}
	return int64(a), int64(b)
}

// add adds the numbers of a column to the indexes of the rows, or sets them.
func (c *directCol) add(index []uint32, col *data.Column, first bool) {
	if first {
		clear(index)
	}
	switch {
	case col.Form == data.Dict:
		number, shift := c.number, c.shift
		for i, x := range col.Codes[:len(index)] {
			index[i] += number[x] << shift
		}
	case c.typ.Phys() == dtype.PhysBits:
		for i := range index {
			index[i] += uint32(col.Bits[i>>6]>>(uint(i)&63)&1+1) << c.shift
		}
	default:
		c.addInts(index, col)
	}
	if col.Valid == nil {
		return
	}
	mask := uint32(1<<c.bits-1) << c.shift
	for i := range index {
		if col.Valid[i>>6]>>(uint(i)&63)&1 == 0 {
			index[i] &^= mask
		}
	}
}

func (c *directCol) addInts(index []uint32, col *data.Column) {
	switch c.typ.Phys() {
	case dtype.PhysI8:
		addNumbers(c, index, data.Slice[int8](col))
	case dtype.PhysI16:
		addNumbers(c, index, data.Slice[int16](col))
	case dtype.PhysI32:
		addNumbers(c, index, data.Slice[int32](col))
	case dtype.PhysI64:
		addNumbers(c, index, data.Slice[int64](col))
	case dtype.PhysU8:
		addNumbers(c, index, data.Slice[uint8](col))
	case dtype.PhysU16:
		addNumbers(c, index, data.Slice[uint16](col))
	default:
		addNumbers(c, index, data.Slice[uint32](col))
	}
}

func addNumbers[T smallInt](c *directCol, index []uint32, v []T) {
	lo, shift := c.lo-1, c.shift
	v = v[:len(index)]
	for i, x := range v {
		index[i] += uint32(int64(x)-lo) << shift
	}
}
