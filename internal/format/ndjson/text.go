package ndjson

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/internal/kern"
)

// text returns the string whose opening quote is at p, unescaped, and the place after its closing quote. plain says that it had no
// escapes, so that it lies in the block; otherwise it lies in d.scratch until the next call.
func (d *decoder) text(p int) (s []byte, end int, plain bool) {
	e, wide := scanString(d.base, p+1)
	if fs.Load1(d.base, e) == '"' {
		s = d.block[p+1 : e]
		if wide&highBits != 0 && !kern.ValidUTF8(s) {
			return nil, d.badUTF8(p+1, e), false
		}
		return s, e + 1, true
	}
	d.scratch, end = d.unescape(d.scratch[:0], p+1)
	return d.scratch, end, false
}

// unescape appends the string that starts at p, after its quote, and returns the place after it. A lone surrogate has no UTF-8 form, so it
// is an error, as changing it silently would change the value.
func (d *decoder) unescape(dst []byte, p int) ([]byte, int) {
	start := p
	for {
		e, _ := scanString(d.base, p)
		dst = append(dst, d.block[p:e]...)
		switch fs.Load1(d.base, e) {
		case '"':
			if !kern.ValidUTF8(dst) {
				return dst, d.badUTF8(start, e)
			}
			return dst, e + 1
		case '\\':
		default:
			return dst, d.control(e)
		}
		n := d.escapeLen(e)
		if n < 0 {
			return dst, n
		}
		if n == 2 {
			dst = append(dst, unescaped(fs.Load1(d.base, e+1)))
			p = e + 2
			continue
		}
		r, _ := hex4(d.base, e+2)
		p = e + 6
		if utf16.IsSurrogate(r) {
			low, ok := rune(0), false
			if fs.Load1(d.base, p) == '\\' && fs.Load1(d.base, p+1) == 'u' {
				low, ok = hex4(d.base, p+2)
			}
			if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
				return dst, d.syntax(e, "half of a surrogate pair in a string")
			}
			p += 6
		}
		dst = utf8.AppendRune(dst, r)
	}
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return c
	}
}

// keep returns a view of s, copied to the batch's own heap if it is long.
func (d *decoder) keep(s []byte) data.View {
	if len(s) <= data.InlineMax {
		return data.InlineView(s)
	}
	off := len(d.heap)
	d.heap = append(d.heap, s...)
	return data.BufferView(s, 1, off)
}
