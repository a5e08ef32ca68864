package parquet

import (
	"math/bits"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// vector collects the values of one batch of a leaf, densely and without the nulls, and then spreads them over the slots. Its memory is
// reused by every batch. Values are either codes of the chunk's dictionary or flat; once flat values arrive, the codes are resolved.
type vector struct {
	typ   dtype.Type
	phys  dtype.Phys
	width int
	n     int // values
	coded bool
	keep  bool // codes stay codes even if their values are not text
	codes []uint32
	cur   []byte // n values; own memory or a page's
	own   []byte
	alias bool // cur is a page's
	bits  data.Bitmap
	valid data.Bitmap
	slots int // with the nulls
	out   data.Column
}

func (v *vector) init(t dtype.Type) {
	v.typ, v.phys = t, t.Phys()
	v.width = v.phys.Width()
}

func (v *vector) reset() {
	v.n, v.slots, v.coded, v.alias = 0, 0, false, false
	v.codes, v.cur = v.codes[:0], v.own[:0]
}

// grow makes room for m more flat values and returns their bytes.
func (v *vector) grow(m int) []byte {
	from := v.n * v.width
	size := from + m*v.width
	if v.alias || size > cap(v.cur) {
		next := v.own
		if size > cap(next) {
			next = data.AlignedBytes(max(size, 2*cap(v.own), data.BatchRows*v.width))
		}
		next = next[:size]
		copy(next, v.cur[:from])
		v.own, v.cur, v.alias = next, next, false
	}
	v.cur = v.cur[:size]
	v.n += m
	return v.cur[from:]
}

// growCodes makes room for m more codes.
func (v *vector) growCodes(m int) []uint32 {
	size := v.n + m
	if size > cap(v.codes) {
		next := make([]uint32, size, max(size, 2*cap(v.codes), data.BatchRows))
		copy(next, v.codes)
		v.codes = next
	}
	v.codes = v.codes[:size]
	d := v.codes[v.n:]
	v.n = size
	return d
}

// takesCodes reports whether more codes are kept as codes.
func (v *vector) takesCodes() bool {
	return (v.keep || v.phys == dtype.PhysView) && (v.coded || v.n == 0)
}

// growBits makes room for m more booleans and returns where they start.
func (v *vector) growBits(m int) int {
	from := v.n
	v.n += m
	v.bits = roomy(v.bits, v.n)
	return from
}

// roomy returns b with at least n bits.
func roomy(b data.Bitmap, n int) data.Bitmap {
	if w := data.Words(n); w > len(b) {
		next := make(data.Bitmap, max(w, 2*len(b), data.BatchRows/64))
		copy(next, b)
		return next
	}
	return b
}

// resolve replaces codes by the dictionary's values.
func (v *vector) resolve(d *dictionary) {
	if !v.coded {
		return
	}
	v.coded = false
	n := v.n
	v.n = 0
	gather(v.grow(n), d.fixed, v.codes[:n], v.width)
}

// gather copies the values at the codes, which must be in range.
func gather(dst, dict []byte, codes []uint32, width int) {
	switch width {
	case 1:
		gatherAs[uint8](dst, dict, codes)
	case 2:
		gatherAs[uint16](dst, dict, codes)
	case 4:
		gatherAs[uint32](dst, dict, codes)
	case 8:
		gatherAs[uint64](dst, dict, codes)
	default:
		gatherAs[data.Int128](dst, dict, codes)
	}
}

func gatherAs[T data.Fixed](dst, dict []byte, codes []uint32) {
	d := data.FixedSlice[T](dst)
	p := unsafe.Pointer(unsafe.SliceData(dict))
	d = d[:len(codes)]
	for i, c := range codes {
		d[i] = *(*T)(unsafe.Add(p, uintptr(c)*unsafe.Sizeof(d[0])))
	}
}

// spread moves the n dense values to the slots whose valid bit is set, from the last on, so that it works in place. What null slots hold is
// one of the values, except that views become zero.
func (v *vector) spread() {
	if v.n == v.slots {
		return
	}
	m, slots := v.n, v.slots
	switch {
	case v.phys == dtype.PhysBits:
		v.bits = roomy(v.bits, slots)
		spreadBits(v.bits, v.valid, m, slots)
	case v.coded:
		v.growCodes(slots - m)
		spreadAs(v.codes, v.valid, m)
	case v.phys != dtype.PhysNull:
		v.grow(slots - m)
		spreadBytes(v.cur, v.valid, m, v.width)
		if v.phys == dtype.PhysView {
			zeroViews(data.FixedSlice[data.View](v.cur), v.valid)
		}
	}
	v.n = slots
}

func spreadBytes(s []byte, valid data.Bitmap, m, width int) {
	switch width {
	case 1:
		spreadAs(s, valid, m)
	case 2:
		spreadAs(data.FixedSlice[uint16](s), valid, m)
	case 4:
		spreadAs(data.FixedSlice[uint32](s), valid, m)
	case 8:
		spreadAs(data.FixedSlice[uint64](s), valid, m)
	default:
		spreadAs(data.FixedSlice[data.Int128](s), valid, m)
	}
}

// spreadAs is branch-free: every slot copies the value at the cursor, which moves down only past valid slots.
func spreadAs[T any](s []T, valid data.Bitmap, m int) {
	if m == 0 {
		clear(s)
		return
	}
	j := m - 1
	i := len(s) - 1
	for ; i > j && j >= 0; i-- {
		w := valid[i>>6]
		if i&63 == 63 && w == 0 { // a whole word of nulls
			clear(s[max(i-63, j+1) : i+1])
			i = max(i-63, j+1)
			continue
		}
		s[i] = s[j]
		j -= int(w >> (uint(i) & 63) & 1)
	}
	if j < 0 {
		clear(s[:i+1])
	}
}

func spreadBits(b, valid data.Bitmap, m, slots int) {
	j := m - 1
	for i := slots - 1; i >= 0; i-- {
		if valid.Get(i) {
			b.SetTo(i, b.Get(j))
			j--
		}
	}
}

func zeroViews(s []data.View, valid data.Bitmap) {
	for w, x := range valid[:data.Words(len(s))] {
		for x = ^x; x != 0; x &= x - 1 {
			if i := w<<6 + bits.TrailingZeros64(x); i < len(s) {
				s[i] = data.View{}
			}
		}
	}
}

// column returns the batch as a column, spread over the slots. heap belongs to its views.
func (v *vector) column(d *dictionary, heap [][]byte) *data.Column {
	hasNulls := v.n < v.slots
	v.spread()
	v.out = data.Column{Type: v.typ, Len: v.slots}
	if hasNulls {
		v.out.Valid = v.valid[:data.Words(v.slots)]
	}
	switch {
	case v.phys == dtype.PhysNull:
		v.out.Valid = nil
	case v.coded:
		v.out.Form, v.out.Codes, v.out.Values = data.Dict, v.codes[:v.slots], d.col
	case v.phys == dtype.PhysBits:
		v.bits = roomy(v.bits, v.slots)
		v.out.Bits = v.bits[:data.Words(v.slots)]
	default:
		v.out.Buf = v.cur[:v.slots*v.width]
		if v.phys == dtype.PhysView {
			v.out.Heap = heap
		}
	}
	return &v.out
}
