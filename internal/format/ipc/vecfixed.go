package ipc

import (
	"encoding/binary"
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// fixed reads values of fixed width, in place where the layouts agree.
func (v *vec) fixed(p *part, lo, hi int) error {
	c, w := &v.col, p.n.width
	n := hi - lo
	if n == 0 {
		return nil
	}
	src := p.bufs[1][lo*w : hi*w]
	if p.n.conv == convNone {
		c.Buf = src
		return nil
	}
	bad := -1
	switch p.n.conv {
	case convHalf:
		out := space[float32](v, n, 4)
		for i, h := range data.FixedSlice[uint16](src) {
			out[i] = fromHalf(h)
		}
		c.Buf = data.FixedBytes(out)
	case convDays:
		out := space[int32](v, n, 4)
		bad = toDays(out, data.FixedSlice[int64](src), c.Valid)
		c.Buf = data.FixedBytes(out)
	case convScale:
		out := space[int64](v, n, 8)
		for i, x := range data.FixedSlice[int32](src) {
			out[i] = int64(x) * p.n.by
		}
		c.Buf = data.FixedBytes(out)
	case convTimeNano:
		out := space[int64](v, n, 8)
		bad = toMicros(out, data.FixedSlice[int64](src), c.Valid)
		c.Buf = data.FixedBytes(out)
	case convMonths, convDayTime, convMonthDayNano:
		out := space[data.Interval](v, n, 16)
		bad = toIntervals(out, src, p.n.conv, c.Valid)
		c.Buf = data.FixedBytes(out)
	case convUUID:
		out := space[data.Int128](v, n, 16)
		for i := range out {
			out[i] = fromUUID(src[16*i:])
		}
		c.Buf = data.FixedBytes(out)
	default:
		bad = v.decimals(p.n, src, n)
	}
	if bad >= 0 {
		return p.n.misfit(src[bad*w : bad*w+w])
	}
	return nil
}

// misfit is the error for a stored value that the type has no equal for.
func (n *node) misfit(raw []byte) error {
	var e *fault.Error
	switch n.conv {
	case convDays:
		e = n.wrong("a date is not a whole number of days: %d ms", int64(binary.LittleEndian.Uint64(raw)))
	case convTimeNano:
		e = fault.New(fault.Unsupported, "a time of %d ns is finer than the microseconds that times have here", int64(binary.LittleEndian.Uint64(raw)))
	case convMonthDayNano:
		e = fault.New(fault.Unsupported, "an interval with %d ns is finer than the microseconds that intervals have here", int64(binary.LittleEndian.Uint64(raw[8:])))
	default:
		e = n.wrong("a decimal does not fit %s", n.typ)
	}
	e.Pos.Column = n.path
	return e
}

// fromHalf widens a 16-bit float.
func fromHalf(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch {
	case exp == 31: // infinities and NaN
		return math.Float32frombits(sign | 0xFF<<23 | frac<<13)
	case exp == 0: // zero and what is too small for an exponent
		f := float32(frac) / (1 << 24)
		return math.Float32frombits(math.Float32bits(f) | sign)
	default:
		return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
	}
}

// toDays converts milliseconds and returns the first row that is not a day, or -1.
func toDays(dst []int32, src []int64, valid data.Bitmap) int {
	const day = 86_400_000
	for i, x := range src {
		d := x / day
		if (d*day != x || d != int64(int32(d))) && valid.Get(i) {
			return i
		}
		dst[i] = int32(d)
	}
	return -1
}

// toMicros converts nanoseconds and returns the first row that is finer, or -1.
func toMicros(dst, src []int64, valid data.Bitmap) int {
	for i, x := range src {
		us := x / 1000
		if us*1000 != x && valid.Get(i) {
			return i
		}
		dst[i] = us
	}
	return -1
}

// toIntervals converts intervals of one kind and returns the first row that is finer, or -1.
func toIntervals(dst []data.Interval, src []byte, cv conv, valid data.Bitmap) int {
	part := func(at int) int32 { return int32(binary.LittleEndian.Uint32(src[at:])) }
	for i := range dst {
		switch cv {
		case convMonths:
			dst[i] = data.Interval{Months: part(4 * i)}
		case convDayTime:
			dst[i] = data.Interval{Days: part(8 * i), Micros: int64(part(8*i+4)) * 1000}
		default:
			ns := int64(binary.LittleEndian.Uint64(src[16*i+8:]))
			if ns%1000 != 0 && valid.Get(i) {
				return i
			}
			dst[i] = data.Interval{Months: part(16 * i), Days: part(16*i + 4), Micros: ns / 1000}
		}
	}
	return -1
}

// fromUUID reads 16 bytes in the order of their text; ours have the top bit flipped, so that they order like it.
func fromUUID(b []byte) data.Int128 {
	return data.Int128{Hi: int64(binary.BigEndian.Uint64(b) ^ 1<<63), Lo: binary.BigEndian.Uint64(b[8:])}
}

// decimals converts decimals to the width that we keep them in, and returns the first row that does not fit, or -1.
func (v *vec) decimals(n *node, src []byte, rows int) int {
	c := &v.col
	if n.width != 16 {
		wide := space[data.Int128](v, rows, 16)
		if bad := widenDecimals(wide, src, n.width, c.Valid); bad >= 0 {
			return bad
		}
		src = data.FixedBytes(wide)
	}
	// The result may replace what it comes from: each value is written at or before the place that it is read from.
	from := data.FixedSlice[data.Int128](src)
	switch n.typ.Phys() {
	case dtype.PhysI32:
		out := space[int32](v, rows, 4)
		c.Buf = data.FixedBytes(out)
		return narrow(out, from, c.Valid)
	case dtype.PhysI64:
		out := space[int64](v, rows, 8)
		c.Buf = data.FixedBytes(out)
		return narrow(out, from, c.Valid)
	default:
		c.Buf = src
		return -1
	}
}

// narrow keeps the low bits of the values, and returns the first row that this changes, or -1.
func narrow[T int32 | int64](dst []T, src []data.Int128, valid data.Bitmap) int {
	dst = dst[:len(src)]
	for i, x := range src {
		t := T(x.Lo)
		dst[i] = t
		if (int64(t) != int64(x.Lo) || x.Hi != int64(t)>>63) && valid.Get(i) {
			return i
		}
	}
	return -1
}

// widenDecimals makes 128 bits of 32, 64 or 256, and returns the first row that does not fit, or -1.
func widenDecimals(dst []data.Int128, src []byte, width int, valid data.Bitmap) int {
	for i := range dst {
		switch raw := src[i*width:]; width {
		case 4:
			dst[i] = data.Int128From(int64(int32(binary.LittleEndian.Uint32(raw))))
		case 8:
			dst[i] = data.Int128From(int64(binary.LittleEndian.Uint64(raw)))
		default:
			x := data.Int128{Lo: binary.LittleEndian.Uint64(raw), Hi: int64(binary.LittleEndian.Uint64(raw[8:]))}
			dst[i] = x
			top := uint64(x.Hi >> 63)
			if (binary.LittleEndian.Uint64(raw[16:]) != top || binary.LittleEndian.Uint64(raw[24:]) != top) && valid.Get(i) {
				return i
			}
		}
	}
	return -1
}
