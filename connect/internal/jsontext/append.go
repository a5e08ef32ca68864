package jsontext

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// Append appends row i of c as one JSON value without white space. Structs and maps with text keys are objects, other maps are arrays of
// {"key":…,"value":…}, binary values are base64, decimals and integers are plain numbers of full precision, times and UUIDs their SQL text,
// and the floats that JSON lacks are the strings "nan", "inf" and "-inf". A null is null. Values of type json are inserted as they are.
func Append(dst []byte, c *data.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	f, j := c.Row(i)
	switch t := f.Type; t.Kind {
	case dtype.List:
		return appendItems(dst, f.Kids[0], int(f.Offsets[j]), int(f.Offsets[j+1]))
	case dtype.Array:
		return appendItems(dst, f.Kids[0], j*t.Len, (j+1)*t.Len)
	case dtype.Map:
		return appendMap(dst, f, int(f.Offsets[j]), int(f.Offsets[j+1]))
	case dtype.Struct:
		return appendStruct(dst, f, j)
	case dtype.JSON:
		return append(dst, f.Bytes(j)...)
	case dtype.String:
		return Quote(dst, f.Bytes(j))
	case dtype.Binary:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, f.Bytes(j))
		return append(dst, '"')
	case dtype.Float32:
		return appendFloat(dst, float64(data.Slice[float32](f)[j]), 32)
	case dtype.Float64:
		return appendFloat(dst, data.Slice[float64](f)[j], 64)
	case dtype.Bool, dtype.Int8, dtype.Int16, dtype.Int32, dtype.Int64, dtype.Int128, dtype.Uint8, dtype.Uint16, dtype.Uint32, dtype.Uint64,
		dtype.Decimal:
		return data.AppendText(dst, f, j)
	default:
		return Quote(dst, data.AppendText(nil, f, j))
	}
}

func appendItems(dst []byte, kid *data.Column, lo, hi int) []byte {
	dst = append(dst, '[')
	for i := lo; i < hi; i++ {
		if i > lo {
			dst = append(dst, ',')
		}
		dst = Append(dst, kid, i)
	}
	return append(dst, ']')
}

func appendStruct(dst []byte, c *data.Column, row int) []byte {
	dst = append(dst, '{')
	for i, f := range c.Type.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(Quote(dst, []byte(f.Name)), ':')
		dst = Append(dst, c.Kids[i], row)
	}
	return append(dst, '}')
}

func appendMap(dst []byte, c *data.Column, lo, hi int) []byte {
	entries := c.Kids[0]
	if !c.Type.Fields[0].Type.IsText() {
		return appendItems(dst, entries, lo, hi)
	}
	dst = append(dst, '{')
	for i := lo; i < hi; i++ {
		if i > lo {
			dst = append(dst, ',')
		}
		dst = append(Quote(dst, entries.Kids[0].Bytes(i)), ':')
		dst = Append(dst, entries.Kids[1], i)
	}
	return append(dst, '}')
}

func appendFloat(dst []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Quote(dst, data.AppendFloat(nil, v, bits))
	}
	return strconv.AppendFloat(dst, v, 'g', -1, bits)
}

// Quote appends s as a JSON string. Bytes that are not UTF-8 become the replacement character.
func Quote(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
			i++
		case b == '\n':
			dst = append(dst, '\\', 'n')
			i++
		case b == '\t':
			dst = append(dst, '\\', 't')
			i++
		case b == '\r':
			dst = append(dst, '\\', 'r')
			i++
		case b < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
			i++
		case b < utf8.RuneSelf:
			dst = append(dst, b)
			i++
		default:
			r, n := utf8.DecodeRune(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return append(dst, '"')
}
