package fn

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
)

// TextCase is upper and lower case.
var TextCase = &Set{add: func(register adder) {
	register(map[string]Maker{
		"lower.string":   strict(lowerCase),
		"upper.string":   strict(upperCase),
		"initcap.string": textMap(initCap),
	})
}}

func lowerCase(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	return changeCase(c, args[0], n, valid, 'A', unicode.ToLower)
}

func upperCase(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	return changeCase(c, args[0], n, valid, 'a', upperRune)
}

// ones has a one in every byte.
const ones = 0x0101010101010101

// upperRune gives the sharp s its capital form, which the simple mapping lacks.
func upperRune(r rune) rune {
	if r == 'ß' {
		return 'ẞ'
	}
	return unicode.ToUpper(r)
}

// changeCase flips ASCII letters from the range that starts at from, eight bytes at once: adding pushes letters, and only letters, across the
// high bit for one end of the range and not for the other; the difference, moved to the bit that tells the cases apart, is the change. Other
// characters are mapped one by one.
func changeCase(c *Ctx, a *data.Column, n int, valid data.Bitmap, from byte, change func(rune) rune) (*data.Column, error) {
	t := c.Scratch.Text(n)
	dst, src := compute.Make[data.View](c.Scratch, n), data.Slice[data.View](a)
	lo, hi := uint64(0x80-from)*ones, uint64(0x7f-from-25)*ones
	long := false
	for i, v := range src[:n] {
		if v.Len() > data.InlineMax || (v.A&^0xffffffff|v.B)&highBits != 0 {
			long = true
			break
		}
		x, y := v.A&^0xffffffff, v.B
		x ^= ((x + lo) &^ (x + hi) & highBits) >> 2
		y ^= ((y + lo) &^ (y + hi) & highBits) >> 2
		dst[i] = data.View{A: x | v.A&0xffffffff, B: y}
	}
	if !long {
		return num(c, dst, valid), nil
	}
	for i := range src[:n] {
		if !valid.Get(i) {
			continue
		}
		t.Buf = appendCase(t.Buf, src[i].Bytes(a.Heap), lo, hi, from, change)
		t.Row(i)
	}
	return t.Column(c.Scratch, c.Ret, valid), nil
}

// appendCase appends s with its case changed, by words as long as it is ASCII.
func appendCase(dst, s []byte, lo, hi uint64, from byte, change func(rune) rune) []byte {
	for len(s) >= 8 {
		w := binary.LittleEndian.Uint64(s)
		if w&highBits != 0 {
			break
		}
		dst = binary.LittleEndian.AppendUint64(dst, w^((w+lo)&^(w+hi)&highBits)>>2)
		s = s[8:]
	}
	for len(s) > 0 {
		b := s[0]
		if b < utf8.RuneSelf {
			if b-from < 26 {
				b ^= 0x20
			}
			dst = append(dst, b)
			s = s[1:]
			continue
		}
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, b)
		} else {
			dst = utf8.AppendRune(dst, change(r))
		}
		s = s[size:]
	}
	return dst
}

// initCap writes words with a capital first letter.
func initCap(dst, s []byte) []byte {
	inWord := false
	for _, r := range str(s) {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case letter && !inWord:
			r = unicode.ToUpper(r)
		case letter:
			r = unicode.ToLower(r)
		}
		inWord = letter
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}
