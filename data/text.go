package data

import (
	"bytes"
	"encoding/hex"
	"math"
	"strconv"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// AppendText appends row i of c as text, in the form that SQL's cast to varchar gives and that CSV files hold; a null appends "NULL" only
// inside nested values, and nothing at the top.
func AppendText(dst []byte, c *Column, i int) []byte {
	if c.IsNull(i) {
		return dst
	}
	f, j := c.Row(i)
	t := c.Type
	switch t.Phys() {
	case dtype.PhysBits:
		return strconv.AppendBool(dst, f.Bits.Get(j))
	case dtype.PhysI8:
		return strconv.AppendInt(dst, int64(FixedSlice[int8](f.Buf)[j]), 10)
	case dtype.PhysI16:
		return strconv.AppendInt(dst, int64(FixedSlice[int16](f.Buf)[j]), 10)
	case dtype.PhysI32:
		return appendInt(dst, t, int64(FixedSlice[int32](f.Buf)[j]))
	case dtype.PhysI64:
		return appendInt(dst, t, FixedSlice[int64](f.Buf)[j])
	case dtype.PhysI128:
		return append128(dst, t, FixedSlice[Int128](f.Buf)[j])
	case dtype.PhysU8:
		return strconv.AppendUint(dst, uint64(f.Buf[j]), 10)
	case dtype.PhysU16:
		return strconv.AppendUint(dst, uint64(FixedSlice[uint16](f.Buf)[j]), 10)
	case dtype.PhysU32:
		v := FixedSlice[uint32](f.Buf)[j]
		if t.Kind == dtype.Enum {
			return append(dst, t.Values[v]...)
		}
		return strconv.AppendUint(dst, uint64(v), 10)
	case dtype.PhysU64:
		return strconv.AppendUint(dst, FixedSlice[uint64](f.Buf)[j], 10)
	case dtype.PhysF32:
		return AppendFloat(dst, float64(FixedSlice[float32](f.Buf)[j]), 32)
	case dtype.PhysF64:
		return AppendFloat(dst, FixedSlice[float64](f.Buf)[j], 64)
	case dtype.PhysView:
		return appendView(dst, t, FixedSlice[View](f.Buf)[j].Bytes(f.Heap))
	case dtype.PhysInterval:
		return AppendInterval(dst, FixedSlice[Interval](f.Buf)[j])
	case dtype.PhysList:
		return appendItems(dst, t, f.Kids[0], int(f.Offsets[j]), int(f.Offsets[j+1]))
	case dtype.PhysArray:
		return appendItems(dst, t, f.Kids[0], j*t.Len, (j+1)*t.Len)
	case dtype.PhysStruct:
		return appendStruct(dst, t, f, j)
	default:
		bug.Panicf("text of a value of type %s", t)
		return nil
	}
}

func appendInt(dst []byte, t dtype.Type, v int64) []byte {
	switch t.Kind {
	case dtype.Decimal:
		return Int128From(v).AppendDecimal(dst, int(t.Scale))
	case dtype.Date:
		return AppendDate(dst, v)
	case dtype.Time:
		return AppendTimeOfDay(dst, v, dtype.Micro)
	case dtype.Timestamp:
		return AppendTimestamp(dst, v, t)
	case dtype.Duration:
		return AppendDuration(dst, v, t.Unit)
	default:
		return strconv.AppendInt(dst, v, 10)
	}
}

func append128(dst []byte, t dtype.Type, v Int128) []byte {
	switch t.Kind {
	case dtype.UUID:
		return AppendUUID(dst, v)
	case dtype.Decimal:
		return v.AppendDecimal(dst, int(t.Scale))
	default:
		return v.AppendDecimal(dst, 0)
	}
}

func appendView(dst []byte, t dtype.Type, s []byte) []byte {
	if t.Kind != dtype.Binary {
		return append(dst, s...)
	}
	for _, b := range s {
		if b >= 0x20 && b < 0x7f && b != '\\' && b != '\'' && b != '"' {
			dst = append(dst, b)
		} else {
			dst = append(dst, '\\', 'x', "0123456789ABCDEF"[b>>4], "0123456789ABCDEF"[b&15])
		}
	}
	return dst
}

// appendNested appends a value inside of another one, in quotes where its text could be taken for something else.
func appendNested(dst []byte, c *Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, "NULL"...)
	}
	start := len(dst)
	dst = AppendText(dst, c, i)
	switch c.Type.Kind {
	case dtype.String, dtype.Enum, dtype.Binary, dtype.Time, dtype.Timestamp, dtype.Duration, dtype.Interval:
		if needsQuotes(dst[start:]) {
			return appendQuoted(dst[:start], string(dst[start:]))
		}
	}
	return dst
}

// needsQuotes reports whether text inside of a nested value would not read back as the same text: it is empty, has blanks at its ends, reads as null, or
// holds what separates and encloses values.
func needsQuotes(s []byte) bool {
	if len(s) == 0 || isBlank(s[0]) || isBlank(s[len(s)-1]) || len(s) == 4 && bytes.EqualFold(s, []byte("null")) {
		return true
	}
	return bytes.ContainsAny(s, "\"'(),:=[\\]{}")
}

func isBlank(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '\'')
}

func appendItems(dst []byte, t dtype.Type, kid *Column, lo, hi int) []byte {
	open, shut := byte('['), byte(']')
	if t.Kind == dtype.Map {
		open, shut = '{', '}'
	}
	dst = append(dst, open)
	for i := lo; i < hi; i++ {
		if i > lo {
			dst = append(dst, ", "...)
		}
		if t.Kind == dtype.Map {
			dst = append(appendNested(dst, kid.Kids[0], i), '=')
			dst = appendNested(dst, kid.Kids[1], i)
			continue
		}
		dst = appendNested(dst, kid, i)
	}
	return append(dst, shut)
}

// appendStruct writes {'name': value}, or (value) for a row, whose fields have no names.
func appendStruct(dst []byte, t dtype.Type, c *Column, row int) []byte {
	open, shut := byte('{'), byte('}')
	unnamed := len(t.Fields) > 0 && t.Fields[0].Name == ""
	if unnamed {
		open, shut = '(', ')'
	}
	dst = append(dst, open)
	for i, f := range t.Fields {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if !unnamed {
			dst = append(appendQuoted(dst, f.Name), ": "...)
		}
		dst = appendNested(dst, c.Kids[i], row)
	}
	return append(dst, shut)
}

// AppendFloat appends a float as the shortest text that reads back, with ".0" for whole numbers, exponents outside 1e-5 … 1e15,
// and nan, inf and -inf by name.
func AppendFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "nan"...)
	case math.IsInf(v, 1):
		return append(dst, "inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-inf"...)
	}
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, v, 'e', -1, bits)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', -1, bits)
	for _, b := range dst[start:] {
		if b == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// AppendUUID appends the canonical form. UUIDs are stored with the top bit flipped so that they order like their text.
func AppendUUID(dst []byte, v Int128) []byte {
	var b [16]byte
	hi := uint64(v.Hi) ^ 1<<63
	for i := range 8 {
		b[i], b[8+i] = byte(hi>>(56-8*i)), byte(v.Lo>>(56-8*i))
	}
	for i, cut := range []int{4, 6, 8, 10, 16} {
		from := []int{0, 4, 6, 8, 10}[i]
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, b[from:cut])
	}
	return dst
}

// String returns the value as people read it in messages: text in single quotes, NULL for null.
func (s Scalar) String() string {
	if s.Null {
		return "NULL"
	}
	if s.Type.Kind == dtype.String {
		return "'" + s.S + "'"
	}
	c := ConstColumn(s, 1)
	text := string(AppendText(nil, c, 0))
	if s.Type.IsTemporal() || s.Type.Kind == dtype.Enum {
		return "'" + text + "'"
	}
	return text
}
