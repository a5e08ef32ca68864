package compute

import (
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// toJSON writes every value as JSON.
func (k *conv) toJSON() *data.Column {
	t := k.s.Text(k.c.Len)
	for i := range k.c.Len {
		if k.c.Valid.Get(i) {
			t.Buf = AppendJSON(t.Buf, k.c, i)
			t.Row(i)
		}
	}
	return t.Column(k.s, k.to, k.valid)
}

// checkJSON keeps text that is one JSON value.
func (k *conv) checkJSON() *data.Column {
	src := data.Slice[data.View](k.c)
	for i := range src {
		if k.c.Valid.Get(i) && !json.Valid(src[i].Bytes(k.c.Heap)) && !k.reject(i) {
			return nil
		}
	}
	out := k.s.Column()
	*out = *k.c
	out.Type, out.Valid = k.to, k.valid
	if k.valid != nil {
		s := Make[data.View](k.s, k.c.Len)
		copy(s, src)
		out.Buf = data.FixedBytes(s)
		k.s.blankNulls(out)
	}
	return out
}

// AppendJSON appends row i of c, in any form, as JSON: null, booleans, numbers, lists and arrays as arrays, structs and maps as objects, JSON as
// it is, and everything else, floats that are no numbers included, as a string.
func AppendJSON(dst []byte, c *data.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	t := c.Type
	f, j := c.Row(i)
	switch {
	case t.Kind == dtype.JSON:
		return append(dst, c.Bytes(i)...)
	case t.IsText():
		return AppendQuoted(dst, c.Bytes(i))
	case t.Kind == dtype.Bool, t.IsInteger(), t.Kind == dtype.Decimal:
		return data.AppendText(dst, c, i)
	case t.IsFloat():
		return appendFloat(dst, c.Value(i).F, c, i)
	}
	switch t.Kind {
	case dtype.List:
		return appendArray(dst, f.Kids[0], int(f.Offsets[j]), int(f.Offsets[j+1]))
	case dtype.Array:
		return appendArray(dst, f.Kids[0], j*t.Len, (j+1)*t.Len)
	case dtype.Struct:
		dst = append(dst, '{')
		for n, field := range t.Fields {
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = append(AppendQuoted(dst, []byte(field.Name)), ':')
			dst = AppendJSON(dst, f.Kids[n], j)
		}
		return append(dst, '}')
	case dtype.Map:
		return appendObject(dst, f.Kids[0], int(f.Offsets[j]), int(f.Offsets[j+1]))
	default:
		return AppendQuoted(dst, data.AppendText(nil, c, i))
	}
}

func appendFloat(dst []byte, v float64, c *data.Column, i int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.AppendQuote(dst, string(data.AppendText(nil, c, i)))
	}
	return data.AppendText(dst, c, i)
}

func appendArray(dst []byte, kid *data.Column, lo, hi int) []byte {
	dst = append(dst, '[')
	for i := lo; i < hi; i++ {
		if i > lo {
			dst = append(dst, ',')
		}
		dst = AppendJSON(dst, kid, i)
	}
	return append(dst, ']')
}

// appendObject writes the entries of a map with their keys as text.
func appendObject(dst []byte, entries *data.Column, lo, hi int) []byte {
	dst = append(dst, '{')
	for i := lo; i < hi; i++ {
		if i > lo {
			dst = append(dst, ',')
		}
		f, j := entries.Row(i)
		dst = append(AppendQuoted(dst, data.AppendText(nil, f.Kids[0], j)), ':')
		dst = AppendJSON(dst, f.Kids[1], j)
	}
	return append(dst, '}')
}

// AppendQuoted appends text as a JSON string. Bytes that are no UTF-8 become the replacement character.
func AppendQuoted(dst, b []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for len(b) > 0 {
		c := b[0]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(b)
			dst = utf8.AppendRune(dst, r)
			b = b[n:]
			continue
		}
		b = b[1:]
	}
	return append(dst, '"')
}

// appendUnquoted appends the inside of a JSON string with its escapes resolved.
func appendUnquoted(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			dst = append(dst, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r := hexRune(b[i+1:])
			i += 4
			if utf16.IsSurrogate(r) && i+2 < len(b) && b[i+1] == '\\' && b[i+2] == 'u' {
				r = utf16.DecodeRune(r, hexRune(b[i+3:]))
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, b[i])
		}
	}
	return dst
}

// hexRune reads four hexadecimal digits.
func hexRune(b []byte) rune {
	if len(b) < 4 {
		return utf8.RuneError
	}
	r := rune(0)
	for _, c := range b[:4] {
		r = r<<4 | rune(hexDigit(c)&15)
	}
	return r
}
