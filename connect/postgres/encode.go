package postgres

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/siksik-data/siksik/connect/internal/jsontext"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// PostgreSQL counts from 2000-01-01.
const (
	epochDays   = 10957
	epochMicros = epochDays * 86_400_000_000
)

// cell is how one column of the current batch is written.
type cell struct {
	enc   encoding
	t     dtype.Type
	elem  *cell // of arrays
	oid   uint32
	f     *data.Column // the Flat column that holds the values
	codes []uint32     // rows of f, or nil for the row itself
	fixed bool         // every row is row 0 of f
	valid data.Bitmap  // by batch row
}

type encoding uint8

const (
	encNull encoding = iota
	encBool
	encInt2
	encInt4
	encInt8
	encFloat4
	encFloat8
	encNumeric
	encBytes // text, bytea and json as they are
	encText  // other types in the text form of data.AppendText
	encDate
	encTime
	encTimestamp
	encDuration
	encInterval
	encUUID
	encJSONB
	encArray
)

func newCell(t dtype.Type) cell {
	_, oid := declaration(t)
	c := cell{t: t, oid: oid}
	switch t.Kind {
	case dtype.Null:
		c.enc = encNull
	case dtype.Bool:
		c.enc = encBool
	case dtype.Int8, dtype.Int16, dtype.Uint8:
		c.enc = encInt2
	case dtype.Int32, dtype.Uint16:
		c.enc = encInt4
	case dtype.Int64, dtype.Uint32:
		c.enc = encInt8
	case dtype.Float32:
		c.enc = encFloat4
	case dtype.Float64:
		c.enc = encFloat8
	case dtype.Decimal, dtype.Int128, dtype.Uint64:
		c.enc = encNumeric
	case dtype.String, dtype.Binary, dtype.JSON:
		c.enc = encBytes
	case dtype.Date:
		c.enc = encDate
	case dtype.Time:
		c.enc = encTime
	case dtype.Timestamp:
		c.enc = encTimestamp
	case dtype.Duration:
		c.enc = encDuration
	case dtype.Interval:
		c.enc = encInterval
	case dtype.UUID:
		c.enc = encUUID
	case dtype.List, dtype.Array:
		if c.enc = encArray; oid == oidJSONB {
			c.enc = encJSONB
			break
		}
		elem := newCell(t.Elem())
		c.elem = &elem
	case dtype.Struct, dtype.Map:
		c.enc = encJSONB
	default:
		c.enc = encText
	}
	return c
}

// set resolves the column's form once for the batch.
func (c *cell) set(col *data.Column) {
	c.f, c.codes, c.fixed, c.valid = col, nil, false, col.Valid
	switch col.Form {
	case data.Const:
		c.f, c.fixed, c.valid = col.Values, true, nil
	case data.Dict:
		c.f, c.codes = col.Values, col.Codes
	}
	if c.elem != nil {
		c.elem.set(c.f.Kids[0])
	}
}

// append writes one value with its length, as COPY wants it. It returns false for a value that PostgreSQL's type does not hold.
func (c *cell) append(dst []byte, row int) ([]byte, bool) {
	ok := c.valid.Get(row)
	switch {
	case c.fixed:
		row = 0
		ok = !c.f.IsNull(0)
	case c.codes != nil:
		row = int(c.codes[row])
	}
	if !ok || c.enc == encNull {
		return append(dst, 0xff, 0xff, 0xff, 0xff), true
	}
	f := c.f
	switch c.enc {
	case encBool:
		b := byte(0)
		if f.Bits.Get(row) {
			b = 1
		}
		return append(dst, 0, 0, 0, 1, b), true
	case encInt2:
		return binary.BigEndian.AppendUint16(append(dst, 0, 0, 0, 2), uint16(integer(f, row))), true
	case encInt4:
		return binary.BigEndian.AppendUint32(append(dst, 0, 0, 0, 4), uint32(integer(f, row))), true
	case encInt8:
		return binary.BigEndian.AppendUint64(append(dst, 0, 0, 0, 8), uint64(integer(f, row))), true
	case encFloat4:
		return binary.BigEndian.AppendUint32(append(dst, 0, 0, 0, 4), math.Float32bits(data.Slice[float32](f)[row])), true
	case encFloat8:
		return binary.BigEndian.AppendUint64(append(dst, 0, 0, 0, 8), math.Float64bits(data.Slice[float64](f)[row])), true
	case encBytes:
		s := data.Slice[data.View](f)[row].Bytes(f.Heap)
		return append(binary.BigEndian.AppendUint32(dst, uint32(len(s))), s...), true
	default:
		return c.appendRare(dst, row)
	}
}

// sized appends what write makes, with its length before it.
func sized(dst []byte, write func([]byte) []byte) []byte {
	at := len(dst)
	dst = write(append(dst, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func (c *cell) appendRare(dst []byte, row int) ([]byte, bool) {
	f := c.f
	switch c.enc {
	case encDate:
		v := int64(data.Slice[int32](f)[row])
		switch v {
		case data.DateInfinity:
			v = math.MaxInt32
		case -data.DateInfinity:
			v = math.MinInt32
		default:
			if v -= epochDays; v <= math.MinInt32 {
				return dst, false
			}
		}
		return binary.BigEndian.AppendUint32(append(dst, 0, 0, 0, 4), uint32(v)), true
	case encTime:
		return binary.BigEndian.AppendUint64(append(dst, 0, 0, 0, 8), uint64(data.Slice[int64](f)[row])), true
	case encTimestamp:
		v, ok := timestamp(data.Slice[int64](f)[row], f.Type.Unit)
		return binary.BigEndian.AppendUint64(append(dst, 0, 0, 0, 8), uint64(v)), ok
	case encDuration:
		v, ok := micros(data.Slice[int64](f)[row], f.Type.Unit)
		return appendInterval(dst, data.Interval{Micros: v}), ok
	case encInterval:
		return appendInterval(dst, data.Slice[data.Interval](f)[row]), true
	case encUUID:
		v := data.Slice[data.Int128](f)[row]
		dst = binary.BigEndian.AppendUint64(append(dst, 0, 0, 0, 16), uint64(v.Hi)^1<<63)
		return binary.BigEndian.AppendUint64(dst, v.Lo), true
	case encNumeric:
		return c.appendNumeric(dst, row), true
	case encJSONB:
		return sized(dst, func(b []byte) []byte { return jsontext.Append(append(b, 1), f, row) }), true
	case encArray:
		return c.appendArray(dst, row)
	default:
		return sized(dst, func(b []byte) []byte { return data.AppendText(b, f, row) }), true
	}
}

func appendInterval(dst []byte, v data.Interval) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, 0, 0, 0, 16), uint64(v.Micros))
	dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
	return binary.BigEndian.AppendUint32(dst, uint32(v.Months))
}

// timestamp converts to PostgreSQL's count, infinities included.
func timestamp(v int64, u dtype.Unit) (int64, bool) {
	switch v {
	case data.TimestampInfinity:
		return math.MaxInt64, true
	case -data.TimestampInfinity:
		return math.MinInt64, true
	}
	v, ok := micros(v, u)
	return v - epochMicros, ok && v >= math.MinInt64+1+epochMicros
}

// micros converts to microseconds; false if that is not exact.
func micros(v int64, u dtype.Unit) (int64, bool) {
	switch u {
	case dtype.Nano:
		return v / 1000, v%1000 == 0
	case dtype.Milli:
		return v * 1000, v <= math.MaxInt64/1000 && v >= math.MinInt64/1000
	case dtype.Second:
		return v * 1_000_000, v <= math.MaxInt64/1_000_000 && v >= math.MinInt64/1_000_000
	default:
		return v, true
	}
}

func integer(f *data.Column, row int) int64 {
	switch f.Type.Phys() {
	case dtype.PhysI8:
		return int64(data.Slice[int8](f)[row])
	case dtype.PhysI16:
		return int64(data.Slice[int16](f)[row])
	case dtype.PhysI32:
		return int64(data.Slice[int32](f)[row])
	case dtype.PhysU8:
		return int64(f.Buf[row])
	case dtype.PhysU16:
		return int64(data.Slice[uint16](f)[row])
	case dtype.PhysU32:
		return int64(data.Slice[uint32](f)[row])
	default:
		return data.Slice[int64](f)[row]
	}
}

// appendNumeric writes sign, weight and base-10,000 digits.
func (c *cell) appendNumeric(dst []byte, row int) []byte {
	var v data.Int128
	switch p := c.f.Type.Phys(); p {
	case dtype.PhysI128:
		v = data.Slice[data.Int128](c.f)[row]
	case dtype.PhysU64:
		v.Lo = data.Slice[uint64](c.f)[row]
	default:
		v = data.Int128From(integer(c.f, row))
	}
	sign := uint16(0)
	if v.Hi < 0 {
		sign, v = 0x4000, v.Neg()
	}
	scale := int(c.t.Scale)
	// Pad the fraction to whole groups of four digits, from the least significant end.
	var groups [12]uint16
	n := 0
	hi, lo := uint64(v.Hi), v.Lo
	if odd := scale % 4; odd != 0 {
		low := [...]uint64{0, 10, 100, 1000}[odd]
		hi, lo = divide(hi, lo, low, &groups[0])
		groups[0] *= [...]uint16{0, 1000, 100, 10}[odd]
		n = 1
	}
	for hi|lo != 0 {
		hi, lo = divide(hi, lo, 10_000, &groups[n])
		n++
	}
	fraction := (scale + 3) / 4
	weight := n - fraction - 1
	trim := 0
	for trim < n && groups[trim] == 0 {
		trim++
	}
	if trim == n {
		weight, n, trim = 0, 0, 0
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(8+2*(n-trim)))
	dst = binary.BigEndian.AppendUint16(dst, uint16(n-trim))
	dst = binary.BigEndian.AppendUint16(dst, uint16(weight))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale))
	for i := n - 1; i >= trim; i-- {
		dst = binary.BigEndian.AppendUint16(dst, groups[i])
	}
	return dst
}

// divide returns the quotient of a 128-bit number and stores the remainder.
func divide(hi, lo, by uint64, rem *uint16) (uint64, uint64) {
	q, r := hi/by, hi%by
	lo, r = bits.Div64(r, lo, by)
	*rem = uint16(r)
	return q, lo
}

// appendArray writes a one-dimensional array, or one without dimensions if it is empty.
func (c *cell) appendArray(dst []byte, row int) ([]byte, bool) {
	lo, hi := row*c.t.Len, (row+1)*c.t.Len
	if c.t.Kind == dtype.List {
		lo, hi = int(c.f.Offsets[row]), int(c.f.Offsets[row+1])
	}
	fits := true
	dst = sized(dst, func(b []byte) []byte {
		dims := uint32(1)
		if lo == hi {
			dims = 0
		}
		b = binary.BigEndian.AppendUint32(b, dims)
		b = binary.BigEndian.AppendUint32(b, 1) // there may be nulls
		b = binary.BigEndian.AppendUint32(b, c.oid)
		if dims == 0 {
			return b
		}
		b = binary.BigEndian.AppendUint32(b, uint32(hi-lo))
		b = binary.BigEndian.AppendUint32(b, 1)
		for i := lo; i < hi; i++ {
			var ok bool
			b, ok = c.elem.append(b, i)
			fits = fits && ok
		}
		return b
	})
	return dst, fits
}
