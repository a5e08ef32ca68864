package compute

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUnquoted appends the text of a valid JSON string, which has its quotes. Half of a surrogate pair, which no text can have, becomes the
// replacement character. Of a string that is not valid, as files may hold it, it makes some text.
func AppendUnquoted(dst, quoted []byte) []byte {
	for s := quoted[1 : len(quoted)-1]; ; {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i+1 == len(s) {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		e := s[i+1]
		s = s[i+2:]
		switch e {
		case 'b':
			e = '\b'
		case 'f':
			e = '\f'
		case 'n':
			e = '\n'
		case 'r':
			e = '\r'
		case 't':
			e = '\t'
		case 'u':
			r := hexRune(s)
			s = s[min(4, len(s)):]
			if utf16.IsSurrogate(r) && len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
				if pair := utf16.DecodeRune(r, hexRune(s[2:])); pair != utf8.RuneError {
					r, s = pair, s[6:]
				}
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, e)
	}
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
