package compute

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// JSON writes values as JSON. Its zero value writes them as SQL's to_json does; its fields are where writers differ.
type JSON struct {
	// Timestamp appends the text of a timestamp; nil takes that of SQL.
	Timestamp func(dst []byte, v int64, t *dtype.Type) []byte
	// NotNumber appends what stands for NaN and the infinities, which JSON lacks; nil writes them as strings.
	NotNumber func(dst []byte, v float64) []byte
	// OneLine makes spaces of line ends in columns of JSON, where they are but white space.
	OneLine bool
}

// AppendJSON appends row i of c as SQL's to_json writes it.
func AppendJSON(dst []byte, c *data.Column, i int) []byte { return (&JSON{}).Append(dst, c, i) }

// Append appends row i of c, in any form: null, booleans, numbers with all their digits, lists and arrays as arrays, structs and maps as objects,
// JSON as it is, and everything else as a string.
func (w *JSON) Append(dst []byte, c *data.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	if c.Form != data.Flat {
		c, i = c.Row(i)
	}
	switch c.Type.Phys() {
	case dtype.PhysView:
		return w.text(dst, c, data.FixedSlice[data.View](c.Buf)[i].Bytes(c.Heap), i)
	case dtype.PhysI64:
		v := data.FixedSlice[int64](c.Buf)[i]
		if c.Type.Kind == dtype.Int64 {
			return strconv.AppendInt(dst, v, 10)
		}
		if c.Type.Kind == dtype.Timestamp && w.Timestamp != nil {
			return append(w.Timestamp(append(dst, '"'), v, &c.Type), '"')
		}
	case dtype.PhysI32:
		if c.Type.Kind == dtype.Int32 {
			return strconv.AppendInt(dst, int64(data.FixedSlice[int32](c.Buf)[i]), 10)
		}
	case dtype.PhysF64:
		return w.float(dst, data.FixedSlice[float64](c.Buf)[i], 64)
	case dtype.PhysF32:
		return w.float(dst, float64(data.FixedSlice[float32](c.Buf)[i]), 32)
	case dtype.PhysList:
		return w.items(dst, c, int(c.Offsets[i]), int(c.Offsets[i+1]))
	case dtype.PhysArray:
		return w.items(dst, c, i*c.Type.Len, (i+1)*c.Type.Len)
	case dtype.PhysStruct:
		return w.fields(dst, c, i)
	}
	switch {
	case c.Type.IsNumeric(), c.Type.Kind == dtype.Bool:
		return data.AppendText(dst, c, i)
	case c.Type.Kind == dtype.Enum:
		return AppendQuoted(dst, c.Type.Values[data.FixedSlice[uint32](c.Buf)[i]])
	default: // dates, times, durations, UUIDs: nothing to escape
		return append(data.AppendText(append(dst, '"'), c, i), '"')
	}
}

func (w *JSON) text(dst []byte, c *data.Column, s []byte, i int) []byte {
	switch c.Type.Kind {
	case dtype.JSON:
		start := len(dst)
		dst = append(dst, s...)
		if w.OneLine {
			for k, b := range dst[start:] {
				if b == '\n' || b == '\r' {
					dst[start+k] = ' '
				}
			}
		}
		return dst
	case dtype.String:
		return AppendQuoted(dst, s)
	default:
		return AppendQuoted(dst, data.AppendText(nil, c, i))
	}
}

func (w *JSON) float(dst []byte, v float64, bits int) []byte {
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		return data.AppendFloat(dst, v, bits)
	}
	if w.NotNumber != nil {
		return w.NotNumber(dst, v)
	}
	return append(data.AppendFloat(append(dst, '"'), v, bits), '"')
}

func (w *JSON) fields(dst []byte, c *data.Column, i int) []byte {
	dst = append(dst, '{')
	for k := range c.Type.Fields {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = w.Append(append(AppendQuoted(dst, c.Type.Fields[k].Name), ':'), c.Kids[k], i)
	}
	return append(dst, '}')
}

// items writes rows lo to hi of the elements of lists as an array, and those of maps as an object whose keys are strings whatever their type.
func (w *JSON) items(dst []byte, c *data.Column, lo, hi int) []byte {
	kid := c.Kids[0]
	if c.Type.Kind == dtype.Map {
		dst = append(dst, '{')
		for j := lo; j < hi; j++ {
			if j > lo {
				dst = append(dst, ',')
			}
			entry, at := kid.Row(j)
			dst = append(AppendQuoted(dst, data.AppendText(nil, entry.Kids[0], at)), ':')
			dst = w.Append(dst, entry.Kids[1], at)
		}
		return append(dst, '}')
	}
	dst = append(dst, '[')
	for j := lo; j < hi; j++ {
		if j > lo {
			dst = append(dst, ',')
		}
		dst = w.Append(dst, kid, j)
	}
	return append(dst, ']')
}

// AppendQuoted appends text as a JSON string. Bytes that are no UTF-8 become the replacement character.
func AppendQuoted[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = append(dst, s...)
	escapes, wide := escapesOf(dst[start:])
	if wide && !kern.ValidUTF8(dst[start:]) {
		dst = append(dst[:start], string([]rune(string(s)))...) // a rune for each such byte
	}
	if escapes {
		dst = appendEscaped(dst[:start], string(dst[start:]))
	}
	return append(dst, '"')
}

// escapesOf tells whether text has what JSON escapes, and whether it has more than ASCII.
func escapesOf(b []byte) (escapes, wide bool) {
	const each = 0x0101010101010101
	if len(b) < 8 {
		all := byte(0)
		for _, c := range b {
			escapes = escapes || c < 0x20 || c == '"' || c == '\\'
			all |= c
		}
		return escapes, all >= 0x80
	}
	var stops, all uint64
	for i, last := 0, len(b)-8; ; i = min(i+8, last) { // the last word may overlap the one before
		w := binary.LittleEndian.Uint64(b[i:])
		quote, slash := w^'"'*each, w^'\\'*each
		stops |= (quote-each)&^quote | (slash-each)&^slash | (w-0x20*each)&^w
		all |= w
		if i == last {
			return stops&(0x80*each) != 0, all&(0x80*each) != 0
		}
	}
}

func appendEscaped(dst []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
	}
	return append(dst, s[from:]...)
}
