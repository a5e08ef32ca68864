package sqlite

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	sqlite3 "modernc.org/sqlite/lib"
)

// store reads result column i of the current row as element row. It returns the value's bytes of storage, and false if the value is not of
// the column's type.
func (b *buffer) store(s *stmt, i, row int) (int, bool) {
	switch s.class(i) {
	case sqlite3.SQLITE_NULL:
		b.storeNull(row)
		return 1, true
	case sqlite3.SQLITE_INTEGER:
		return 8, b.storeInt(row, s.int64(i))
	case sqlite3.SQLITE_FLOAT:
		return 8, b.storeReal(row, s.float64(i))
	case sqlite3.SQLITE_TEXT:
		v := s.bytes(i)
		return len(v), b.storeText(row, v)
	default:
		v := s.bytes(i)
		if b.t.Kind == dtype.Binary {
			b.putText(row, v)
			return len(v), true
		}
		return len(v), false
	}
}

func (b *buffer) storeInt(row int, v int64) bool {
	switch b.t.Kind {
	case dtype.Int64, dtype.Duration:
		put(b, row, v)
	case dtype.Bool:
		b.bits.SetTo(row, v == 1)
		return v == 0 || v == 1
	case dtype.Int8:
		put(b, row, int8(v))
		return v == int64(int8(v))
	case dtype.Int16:
		put(b, row, int16(v))
		return v == int64(int16(v))
	case dtype.Int32:
		put(b, row, int32(v))
		return v == int64(int32(v))
	case dtype.Uint8:
		put(b, row, uint8(v))
		return v == int64(uint8(v))
	case dtype.Uint16:
		put(b, row, uint16(v))
		return v == int64(uint16(v))
	case dtype.Uint32:
		put(b, row, uint32(v))
		return v == int64(uint32(v))
	case dtype.Uint64:
		put(b, row, uint64(v))
		return v >= 0
	case dtype.Int128:
		put(b, row, data.Int128From(v))
	case dtype.Float64, dtype.Float32:
		return b.storeIntAsFloat(row, v)
	case dtype.Decimal, dtype.String, dtype.JSON:
		b.text = strconv.AppendInt(b.text[:0], v, 10)
		return b.storeText(row, b.text)
	default:
		return false
	}
	return true
}

// storeIntAsFloat takes integers that the float has exactly.
func (b *buffer) storeIntAsFloat(row int, v int64) bool {
	f := float64(v)
	if v > 1<<53 || v < -1<<53 {
		return false
	}
	return b.storeReal(row, f)
}

func (b *buffer) storeReal(row int, v float64) bool {
	switch b.t.Kind {
	case dtype.Float64:
		put(b, row, v)
	case dtype.Float32:
		put(b, row, float32(v))
		return float64(float32(v)) == v
	case dtype.Decimal:
		if math.IsInf(v, 0) {
			return false
		}
		// A REAL has the digits of a decimal of up to 15 digits; what comes after them is the noise of binary fractions.
		b.text = strconv.AppendFloat(b.text[:0], v, 'e', exactDigits-1, 64)
		return b.storeDecimal(row, b.text)
	case dtype.String, dtype.JSON:
		b.text = data.AppendFloat(b.text[:0], v, 64)
		b.putText(row, b.text)
	default:
		return false
	}
	return true
}

// storeDecimal takes numbers whose digits after the scale are zeros.
func (b *buffer) storeDecimal(row int, s []byte) bool {
	p, scale := int(b.t.Precision), int(b.t.Scale)
	v, ok := data.ParseDecimal(s, p, scale)
	if !ok || !exactAt(s, scale) {
		return false
	}
	switch b.t.Phys() {
	case dtype.PhysI32:
		put(b, row, int32(v.Lo))
	case dtype.PhysI64:
		put(b, row, int64(v.Lo))
	default:
		put(b, row, v)
	}
	return true
}

// exactAt reports whether the number has no digits other than zero beyond scale digits after the point.
func exactAt(s []byte, scale int) bool {
	exp, end := 0, len(s)
	if i := bytes.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(string(s[i+1:]))
		if err != nil {
			return false
		}
		exp, end = n, i
	}
	point := end
	if i := bytes.IndexByte(s[:end], '.'); i >= 0 {
		point = i
	}
	for i, c := range s[:end] {
		if c < '1' || c > '9' {
			continue
		}
		place := i - point // 1 is the first digit after the point
		if i < point {
			place++
		}
		if place-exp > scale {
			return false
		}
	}
	return true
}

func (b *buffer) storeText(row int, s []byte) bool {
	switch b.t.Kind {
	case dtype.String, dtype.JSON:
		b.putText(row, s)
		return utf8.Valid(s)
	case dtype.Decimal:
		return b.storeDecimal(row, s)
	case dtype.Date:
		v, ok := data.ParseDate(s)
		put(b, row, v)
		return ok && !hasClock(s)
	case dtype.Time:
		v, ok := data.ParseTime(s)
		put(b, row, v)
		return ok && !finer(s, dtype.Micro)
	case dtype.Timestamp:
		v, _, ok := data.ParseTimestamp(s, b.t.Unit)
		put(b, row, v)
		return ok && !finer(s, b.t.Unit)
	case dtype.Interval:
		v, ok := data.ParseInterval(s)
		put(b, row, v)
		return ok
	case dtype.UUID:
		v, ok := data.ParseUUID(s)
		put(b, row, v)
		return ok
	case dtype.Uint64:
		v, ok := data.ParseUint64(s)
		put(b, row, v)
		return ok
	case dtype.Int128:
		v, ok := data.ParseInt128(s)
		put(b, row, v)
		return ok
	case dtype.Float64:
		put(b, row, math.NaN())
		return string(s) == "nan"
	case dtype.Float32:
		put(b, row, float32(math.NaN()))
		return string(s) == "nan"
	default:
		return false
	}
}

// hasClock reports whether the text of a date goes on with a time of day other than midnight, which a date would lose.
func hasClock(s []byte) bool {
	colon := bytes.IndexByte(s, ':')
	return colon >= 2 && bytes.ContainsAny(s[colon-2:], "123456789")
}

// finer reports whether the text of a time has a fraction of seconds with digits other than zero below the unit.
func finer(s []byte, u dtype.Unit) bool {
	keep := [...]int{dtype.Micro: 6, dtype.Nano: 9, dtype.Milli: 3, dtype.Second: 0}[u]
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] != '.' {
			continue
		}
		for _, c := range s[min(i+1+keep, len(s)):] {
			if c < '0' || c > '9' {
				return false
			}
			if c != '0' {
				return true
			}
		}
		return false
	}
	return false
}
