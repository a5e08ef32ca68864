package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/mem"
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
func (t *joinTable) dense(ctx context.Context, crew *exec.Crew, keys []*data.Column, grow func(int64) error) (bool, error) {
	if !t.intKey() || t.n == 0 {
		return false, nil
	}
	c := keys[0]
	switch c.Type.Phys() {
	case dtype.PhysI8:
		return fillDense[int8](ctx, crew, t, c, grow)
	case dtype.PhysI16:
		return fillDense[int16](ctx, crew, t, c, grow)
	case dtype.PhysI32:
		return fillDense[int32](ctx, crew, t, c, grow)
	case dtype.PhysI64:
		return fillDense[int64](ctx, crew, t, c, grow)
	case dtype.PhysU8:
		return fillDense[uint8](ctx, crew, t, c, grow)
	case dtype.PhysU16:
		return fillDense[uint16](ctx, crew, t, c, grow)
	default:
		return fillDense[uint32](ctx, crew, t, c, grow)
	}
}

func fillDense[T smallInt](ctx context.Context, crew *exec.Crew, t *joinTable, c *data.Column, grow func(int64) error) (bool, error) {
	in, err := stretchesOf[T](ctx, crew, c)
	if err != nil {
		return false, err
	}
	lo, hi, some := in.bounds()
	span := uint64(int64(hi)) - uint64(int64(lo))
	if !some || span >= denseRangeMax || span > max(denseFactor*uint64(t.n), denseAlways) {
		return false, nil
	}
	if err := grow(4 * int64(span+1)); err != nil {
		return true, err
	}
	t.least, t.head = int64(lo), make([]uint32, span+1)
	return true, in.divide(ctx, crew, span+1, func(ctx context.Context, from, to uint64) error {
		mem.Touch(t.head[from:to])
		return in.rows(ctx, t.least, from, to, func(lo, hi int, rows []uint32) { linkDense(t, in.vals, lo, hi, rows) })
	})
}

// linkDense puts rows, or [lo, hi) if rows is nil, before those of the same key that are there.
func linkDense[T smallInt](t *joinTable, v []T, lo, hi int, rows []uint32) {
	head, least := t.head, uint64(t.least)
	if rows == nil {
		for r := hi - 1; r >= lo; r-- {
			p := &head[uint64(int64(v[r]))-least]
			if *p != 0 {
				t.linked()[r] = *p
			}
			*p = uint32(r + 1)
		}
		return
	}
	for i := len(rows) - 1; i >= 0; i-- {
		r := rows[i]
		p := &head[uint64(int64(v[r]))-least]
		if *p != 0 {
			t.linked()[r] = *p
		}
		*p = r + 1
	}
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
