package compute

import (
	"encoding/json"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
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
