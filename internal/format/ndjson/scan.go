package ndjson

import (
	"math/bits"
	"unsafe"

	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/internal/kern"
)

const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// stops flags the bytes of w that are quotes, backslashes or control characters. Flags above the lowest one may be wrong, as borrows run
// upwards.
func stops(w uint64) uint64 {
	quote, slash := w^'"'*eachByte, w^'\\'*eachByte
	return ((quote-eachByte)&^quote | (slash-eachByte)&^slash | (w-0x20*eachByte)&^w) & highBits
}

// scanString returns the place of the first byte from p on that is a quote, a backslash or a control character, and the bits of all bytes
// before it ORed together, so that highBits of them tell text that is not ASCII. A line end always stops it.
func scanString(base unsafe.Pointer, p int) (e int, wide uint64) {
	for {
		w := fs.Load8(base, p)
		if m := stops(w); m != 0 {
			n := bits.TrailingZeros64(m)
			return p + n>>3, wide | w&(1<<(uint(n)&^7)-1)
		}
		wide |= w
		p += 8
	}
}

// scanInt reads an integer of up to 16 digits at p and returns the place after it, or 0 if it is anything else.
func scanInt(base unsafe.Pointer, p int) (v int64, e int) {
	neg := false
	if fs.Load1(base, p) == '-' {
		neg = true
		p++
	}
	x := fs.Load8(base, p) ^ fs.Zeros
	n := fs.DigitsAt(x)
	if n == 0 || n > 1 && x&0xFF == 0 {
		return 0, 0
	}
	u := fs.EightDigits(x << (64 - 8*uint(n)))
	p += n
	if n == 8 {
		x = fs.Load8(base, p) ^ fs.Zeros
		if n = fs.DigitsAt(x); n > 0 {
			if n == 8 && fs.Load1(base, p+8)-'0' <= 9 {
				return 0, 0
			}
			u = u*pow10[n] + fs.EightDigits(x<<(64-8*uint(n)))
			p += n
		}
	}
	if c := fs.Load1(base, p); c == '.' || c|0x20 == 'e' {
		return 0, 0
	}
	if neg {
		return -int64(u), p
	}
	return int64(u), p
}

var pow10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// number checks the JSON number at p and returns the place after it, or a negative number.
func (d *decoder) number(p int) int {
	base := d.base
	if fs.Load1(base, p) == '-' {
		p++
	}
	x := fs.Load8(base, p) ^ fs.Zeros
	n := fs.DigitsAt(x)
	if n == 0 {
		return d.unexpected(p, "a value")
	}
	if n > 1 && x&0xFF == 0 {
		return d.syntax(p, "a number must not start with 0")
	}
	return d.fraction(d.digits(p, n))
}

// fraction checks what may follow the whole part of a number at p.
func (d *decoder) fraction(p int) int {
	base := d.base
	c := fs.Load1(base, p)
	if c == '.' {
		n := fs.DigitsAt(fs.Load8(base, p+1) ^ fs.Zeros)
		if n == 0 {
			return d.unexpected(p+1, "a digit after the decimal point")
		}
		p = d.digits(p+1, n)
		c = fs.Load1(base, p)
	}
	if c|0x20 != 'e' {
		return p
	}
	p++
	if c = fs.Load1(base, p); c == '+' || c == '-' {
		p++
	}
	n := fs.DigitsAt(fs.Load8(base, p) ^ fs.Zeros)
	if n == 0 {
		return d.unexpected(p, "a digit in the exponent")
	}
	return d.digits(p, n)
}

// digits passes over the digits at p, of which n of the first eight were seen.
func (d *decoder) digits(p, n int) int {
	p += n
	for n == 8 {
		n = fs.DigitsAt(fs.Load8(d.base, p) ^ fs.Zeros)
		p += n
	}
	return p
}

// space passes over white space; line ends are white space in documents only.
func (d *decoder) space(p int) int {
	for {
		switch fs.Load1(d.base, p) {
		case ' ', '\t', '\r':
		case '\n':
			if !d.document {
				return p
			}
		default:
			return p
		}
		p++
	}
}

// literal checks that word stands at p and returns the place after it.
func (d *decoder) literal(p int, word string) int {
	if unsafe.String((*byte)(unsafe.Add(d.base, p)), len(word)) != word {
		return d.unexpected(p, "a value")
	}
	return p + len(word)
}

// skip checks the value at p and returns the place after it. f remembers the keys of objects in it.
func (d *decoder) skip(f *field, p int) int {
	switch c := fs.Load1(d.base, p); c {
	case '"':
		return d.skipString(p + 1)
	case '{':
		if f.sub == nil {
			f.sub = newObject("", false)
		}
		return d.object(f.sub, p+1, 0)
	case '[':
		return d.skipArray(f, p+1)
	case 't':
		return d.literal(p, "true")
	case 'f':
		return d.literal(p, "false")
	case 'n':
		return d.literal(p, "null")
	default:
		if q := d.space(p); q > p {
			return d.skip(f, q)
		}
		return d.number(p)
	}
}

func (d *decoder) skipArray(f *field, p int) int {
	if d.depth++; d.depth > depthMax {
		return d.syntax(p, "nested deeper than %d levels", depthMax)
	}
	if f.elem == nil {
		f.elem = &field{link: link{noField, noField}}
	}
	if c := fs.Load1(d.base, p); c <= ' ' {
		p = d.space(p)
	}
	if fs.Load1(d.base, p) == ']' {
		d.depth--
		return p + 1
	}
	for {
		if p = d.skip(f.elem, p); p < 0 {
			return p
		}
		c := fs.Load1(d.base, p)
		if c <= ' ' {
			p = d.space(p)
			c = fs.Load1(d.base, p)
		}
		p++
		if c == ']' {
			d.depth--
			return p
		}
		if c != ',' {
			return d.unexpected(p-1, "a comma or ] after the element")
		}
	}
}

// skipString checks the string that starts at p, after its quote, and returns the place after it.
func (d *decoder) skipString(p int) int {
	start := p
	wide := uint64(0)
	for {
		e, w := scanString(d.base, p)
		wide |= w
		switch fs.Load1(d.base, e) {
		case '"':
			if wide&highBits != 0 && !kern.ValidUTF8(d.block[start:e]) {
				return d.badUTF8(start, e)
			}
			return e + 1
		case '\\':
			n := d.escapeLen(e)
			if n < 0 {
				return n
			}
			p = e + n
		default:
			return d.control(e)
		}
	}
}

// escapeLen checks the escape at p and returns its length: two, or six for \u.
func (d *decoder) escapeLen(p int) int {
	switch fs.Load1(d.base, p+1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(d.base, p+2); ok {
			return 6
		}
	}
	return d.syntax(p, "an unknown escape in a string")
}

// hex4 reads four hexadecimal digits.
func hex4(base unsafe.Pointer, p int) (r rune, ok bool) {
	for i := range 4 {
		c := fs.Load1(base, p+i)
		switch {
		case c-'0' <= 9:
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
