package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/kern"
)

// Cast converts c to another type. A value that does not convert is a *RowError that names value and types, or null if try is set. Which
// pairs of types convert is what sig.CanCast says. Fractions round: floats to the even neighbour, decimals and text away from zero.
func Cast(s *Scratch, c *data.Column, to dtype.Type, try bool) (*data.Column, error) {
	switch {
	case c.Type.Equal(to):
		return c, nil
	case c.Type.Kind == dtype.Null:
		return s.Null(to, c.Len), nil
	case to.Kind == dtype.Null:
		return nil, bug.Errorf("cast of %s to null", c.Type)
	}
	if out := s.reinterpret(c, to); out != nil {
		return out, nil
	}
	return Map(s, c, func(c *data.Column) (*data.Column, error) {
		k := conv{s: s, c: c, to: to, try: try, valid: c.Valid, bad: -1}
		out, err := k.cast()
		switch {
		case err != nil:
			return nil, err
		case k.bad >= 0:
			return nil, k.fail(k.bad)
		default:
			return out, nil
		}
	})
}

// reinterpret handles the casts that change the type and no value, in any form; it returns nil for all others.
func (s *Scratch) reinterpret(c *data.Column, to dtype.Type) *data.Column {
	from := c.Type
	switch {
	case from.Kind == dtype.Decimal && to.Kind == dtype.Decimal && from.Scale == to.Scale && from.Precision <= to.Precision && from.Phys() == to.Phys(),
		from.Kind == dtype.JSON && to.Kind == dtype.String,
		from.Kind == dtype.Timestamp && to.Kind == dtype.Timestamp && from.Unit == to.Unit && sameClock(from.Zone, to.Zone),
		(from.Kind == dtype.Timestamp || from.Kind == dtype.Duration || from.Kind == dtype.Time) && to.Kind == dtype.Int64,
		from.Kind == dtype.Int64 && (to.Kind == dtype.Timestamp || to.Kind == dtype.Duration),
		from.Kind == dtype.Date && to.Kind == dtype.Int32, from.Kind == dtype.Int32 && to.Kind == dtype.Date:
		return s.As(c, to)
	default:
		return nil
	}
}

// sameClock reports whether times in the two zones have the same number: both are instants, or the one with a zone is in UTC.
func sameClock(a, b string) bool {
	return a == b || a != "" && b != "" || a+b == "UTC"
}

// conv is one cast of a Flat column.
type conv struct {
	s     *Scratch
	c     *data.Column
	to    dtype.Type
	try   bool
	valid data.Bitmap // of the result, so far
	bad   int         // first row that did not convert, or -1
}

// fail makes the error for a row of c.
func (k *conv) fail(row int) error {
	e := fault.New(fault.Value, "cannot convert %s to %s", show(k.c, row), k.to)
	if !k.c.Type.IsText() {
		e.Msg = "cannot convert " + show(k.c, row) + " of type " + k.c.Type.String() + " to " + k.to.String()
	}
	return &RowError{row, e.WithHint("TRY_CAST gives NULL instead")}
}

// run executes one step of a cast. f converts rows [lo, hi) and returns the first valid one, counted from lo, that fails, or -1; lo is a
// multiple of 64, or the range is one row and valid is nil. When trying, failing rows become null.
func (k *conv) run(f func(lo, hi int, valid data.Bitmap) int) {
	n := k.c.Len
	if k.bad >= 0 {
		return
	}
	bad := f(0, n, k.valid)
	if bad < 0 {
		return
	}
	if !k.try {
		k.bad = bad
		return
	}
	ok := k.s.Bits(n)
	copy(ok, realBits(k.s, k.valid, n))
	for lo := 0; lo < n; lo += 64 {
		hi := min(lo+64, n)
		if f(lo, hi, ok[lo>>6:]) < 0 {
			continue
		}
		for i := lo; i < hi; i++ {
			if ok.Get(i) && f(i, i+1, nil) >= 0 {
				ok.Clear(i)
			}
		}
	}
	k.valid = ok
}

// reject marks one row as failed: null when trying. It is for loops that go row by row; they stop when it returns false.
func (k *conv) reject(row int) bool {
	if !k.try {
		k.bad = row
		return false
	}
	if !k.owned() {
		ok := k.s.Bits(k.c.Len)
		copy(ok, realBits(k.s, k.c.Valid, k.c.Len))
		k.valid = ok
	}
	k.valid.Clear(row)
	return true
}

// owned reports whether valid is no longer that of the operand.
func (k *conv) owned() bool {
	if k.c.Len == 0 || k.valid == nil {
		return false
	}
	return k.c.Valid == nil || &k.valid[0] != &k.c.Valid[0]
}

// cast dispatches on the kinds.
func (k *conv) cast() (*data.Column, error) {
	from, to := k.c.Type, k.to
	switch {
	case to.Kind == dtype.JSON && !from.IsText():
		return k.toJSON(), nil
	case to.Kind == dtype.String:
		return k.toText(), nil
	case from.IsText():
		return k.fromText()
	case from.IsNested():
		return k.nested()
	case from.Kind == dtype.Bool && to.IsNumeric():
		return k.fromBool(), nil
	case (from.IsInteger() || from.Kind == dtype.Enum || from.Kind == dtype.UUID) && (to.IsNumeric() || to.Kind == dtype.Bool):
		return k.fromInt(to), nil
	case from.IsInteger():
		return k.fromInt(storage(to)), nil
	case from.IsFloat() && (to.IsNumeric() || to.Kind == dtype.Bool):
		return k.fromFloat(), nil
	case from.Kind == dtype.Decimal && (to.IsNumeric() || to.Kind == dtype.Bool):
		return k.fromDecimal(), nil
	case to.IsInteger(): // dates, times and durations as their count
		return k.fromInt(to), nil
	case from.Kind == dtype.Enum && to.Kind == dtype.Enum:
		return k.enumToEnum(), nil
	case from.Kind == dtype.UUID && to.Kind == dtype.Binary:
		return k.uuidToBytes(), nil
	case from.Kind == dtype.Binary && to.Kind == dtype.UUID:
		return k.bytesToUUID(), nil
	default:
		return k.temporal()
	}
}

// storage is the integer type with the representation of a date, time, timestamp or duration.
func storage(t dtype.Type) dtype.Type {
	if t.Phys() == dtype.PhysI32 {
		return dtype.Of(dtype.Int32)
	}
	return dtype.Of(dtype.Int64)
}

func (k *conv) enumToEnum() *data.Column {
	names := map[string]uint32{}
	for i, v := range k.to.Values {
		names[v] = uint32(i)
	}
	dst := Make[uint32](k.s, k.c.Len)
	for i, code := range data.Slice[uint32](k.c) {
		dst[i] = 0
		if k.c.IsNull(i) {
			continue
		}
		to, ok := names[k.c.Type.Values[code]]
		if !ok && !k.reject(i) {
			return nil
		}
		dst[i] = to
	}
	return Flat(k.s, k.to, dst, k.valid)
}

func (k *conv) uuidToBytes() *data.Column {
	t := k.s.Text(k.c.Len)
	for i, v := range data.Slice[data.Int128](k.c) {
		if k.c.IsNull(i) {
			continue
		}
		hi := uint64(v.Hi) ^ 1<<63
		for b := range 8 {
			t.Buf = append(t.Buf, byte(hi>>(56-8*b)))
		}
		for b := range 8 {
			t.Buf = append(t.Buf, byte(v.Lo>>(56-8*b)))
		}
		t.Row(i)
	}
	return t.Column(k.s, k.to, k.valid)
}

func (k *conv) bytesToUUID() *data.Column {
	dst := Make[data.Int128](k.s, k.c.Len)
	for i := range dst {
		dst[i] = data.Int128{}
		if k.c.IsNull(i) {
			continue
		}
		b := k.c.Bytes(i)
		if len(b) != 16 {
			if !k.reject(i) {
				return nil
			}
			continue
		}
		for _, x := range b[:8] {
			dst[i].Hi = dst[i].Hi<<8 | int64(x)
		}
		for _, x := range b[8:] {
			dst[i].Lo = dst[i].Lo<<8 | uint64(x)
		}
		dst[i].Hi ^= -1 << 63
	}
	return Flat(k.s, k.to, dst, k.valid)
}

// toBits is false for zero and true for all else.
func toBits[T kern.Number](k *conv, src []T) *data.Column {
	dst := k.s.Bits(len(src))
	kern.NumberToBool(dst, src)
	return k.s.Bool(dst, k.valid, len(src))
}
