package kern

import (
	"encoding/binary"
	"unicode/utf8"
)

const highBits = 0x8080808080808080

// ValidUTF8 reports whether p is well-formed UTF-8, as unicode/utf8.Valid does.
func ValidUTF8(p []byte) bool {
	if hasVectors && len(p) >= validVectorMin {
		return validVector(p)
	}
	return validWords(p)
}

// validVectorMin is the shortest text whose check by vectors pays.
const validVectorMin = 64

// validWords is ValidUTF8 without vectors. It looks at eight bytes at once as long as no character has more than
// three, which is some four times as quick for Cyrillic, Greek or accented text.
func validWords(p []byte) bool {
	want := uint64(0) // top bits of the bytes of the next word that must continue a character
	for i := 0; i < len(p); i += 8 {
		w := utf8Load(p, i)
		high := w & highBits
		lead := high & (w << 1)
		if lead&(w<<2) == 0 {
			// 0xc0 and 0xc1 begin nothing.
			if high&^lead^(lead<<8|want)|lead&^(w<<3|w<<4|w<<5|w<<6) != 0 {
				return false
			}
			want = lead >> 56
			continue
		}
		next, ok, sure := utf8Wide(w, want)
		if !sure {
			return utf8.Valid(p[utf8Start(p, i):])
		}
		if !ok {
			return false
		}
		want = next
	}
	return want == 0
}

// utf8Load returns the bytes of p from i on as a word, with zeros behind the end.
func utf8Load(p []byte, i int) (w uint64) {
	if i+8 <= len(p) {
		return binary.LittleEndian.Uint64(p[i:])
	}
	if i > 0 {
		return binary.LittleEndian.Uint64(p[len(p)-8:]) >> (8 * (8 - (len(p) - i)))
	}
	for k, c := range p {
		w |= uint64(c) << (8 * k)
	}
	return w
}

// utf8Wide tests the eight bytes of w, of which those whose top bit is set in want must continue a character, and returns which ones of the next
// eight must. It is not sure of characters of four bytes, and of those whose first byte says nothing about the range of the second alone.
func utf8Wide(w, want uint64) (next uint64, ok, sure bool) {
	high := w & highBits
	lead := high & (w << 1)
	three := lead & (w << 2)
	// 0xe0 must not be followed by less than 0xa0, nor 0xed by more.
	low := w<<4 | w<<5 | w<<6 | w<<7
	surrogate := w << 4 & (w << 5) &^ (w << 6) & (w << 7)
	if three&(w<<3|^low|surrogate) != 0 {
		return 0, false, false
	}
	overlong := lead &^ three &^ (w<<3 | w<<4 | w<<5 | w<<6)
	return lead>>56 | three>>48, high&^lead == lead<<8|three<<16|want && overlong == 0, true
}

// utf8Start returns where the character begins that goes on at i, or i if none does.
func utf8Start(p []byte, i int) int {
	j := i
	for j > 0 && p[j-1]&0xc0 == 0x80 {
		j--
	}
	if j > 0 && p[j-1] >= 0xc0 {
		return j - 1
	}
	return i
}
