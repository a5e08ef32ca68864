package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// smallInt is the integers whose order and differences int64 has.
type smallInt interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32
}

// intKey reports whether the key is a single integer of those types, and null matches nothing.
func (t *joinTable) intKey() bool {
	return len(t.lay.cols) == 1 && !t.safe[0] && intWord(t.lay.cols[0].typ)
}

// intWord reports the types of smallInt.
func intWord(t dtype.Type) bool {
	switch t.Phys() {
	case dtype.PhysI8, dtype.PhysI16, dtype.PhysI32, dtype.PhysI64, dtype.PhysU8, dtype.PhysU16, dtype.PhysU32:
		return true
	default:
		return false
	}
}

// dense builds the direct array if the keys are integers that lie close enough, and reports whether they do.
func (t *joinTable) dense(keys []*data.Column, grow func(int64) error) (bool, error) {
	if !t.intKey() || t.n == 0 {
		return false, nil
	}
	c := keys[0]
	switch c.Type.Phys() {
	case dtype.PhysI8:
		return fillDense(t, data.Slice[int8](c), c.Valid, grow)
	case dtype.PhysI16:
		return fillDense(t, data.Slice[int16](c), c.Valid, grow)
	case dtype.PhysI32:
		return fillDense(t, data.Slice[int32](c), c.Valid, grow)
	case dtype.PhysI64:
		return fillDense(t, data.Slice[int64](c), c.Valid, grow)
	case dtype.PhysU8:
		return fillDense(t, data.Slice[uint8](c), c.Valid, grow)
	case dtype.PhysU16:
		return fillDense(t, data.Slice[uint16](c), c.Valid, grow)
	default:
		return fillDense(t, data.Slice[uint32](c), c.Valid, grow)
	}
}

func fillDense[T smallInt](t *joinTable, v []T, valid data.Bitmap, grow func(int64) error) (bool, error) {
	lo, some := kern.Min(v, valid)
	hi, _ := kern.Max(v, valid)
	span := uint64(int64(hi)) - uint64(int64(lo))
	if !some || span >= denseRangeMax || span > max(denseFactor*uint64(t.n), denseAlways) {
		return false, nil
	}
	if err := grow(4 * int64(span+1)); err != nil {
		return true, err
	}
	t.least, t.head = int64(lo), make([]uint32, span+1)
	head := t.head
	for r := len(v) - 1; r >= 0; r-- {
		if valid != nil && !valid.Get(r) {
			continue
		}
		p := &head[uint64(int64(v[r])-t.least)]
		if *p != 0 {
			t.linked()[r] = *p
		}
		*p = uint32(r + 1)
	}
	return true, nil
}

// findDense looks up the values of a Flat column.
func (t *joinTable) findDense(heads []uint32, c *data.Column) {
	switch c.Type.Phys() {
	case dtype.PhysI8:
		atDense(t, heads, data.Slice[int8](c))
	case dtype.PhysI16:
		atDense(t, heads, data.Slice[int16](c))
	case dtype.PhysI32:
		atDense(t, heads, data.Slice[int32](c))
	case dtype.PhysI64:
		atDense(t, heads, data.Slice[int64](c))
	case dtype.PhysU8:
		atDense(t, heads, data.Slice[uint8](c))
	case dtype.PhysU16:
		atDense(t, heads, data.Slice[uint16](c))
	default:
		atDense(t, heads, data.Slice[uint32](c))
	}
}

func atDense[T smallInt](t *joinTable, heads []uint32, v []T) {
	head, least := t.head, uint64(t.least)
	v = v[:len(heads)]
	for i, x := range v {
		p := uint64(int64(x)) - least
		r := uint32(0)
		if p < uint64(len(head)) {
			r = head[p]
		}
		heads[i] = r
	}
}
