package fn

import (
	"unicode"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
)

// Grapheme is parts of text in characters as people see them: a letter with its accents, a flag, a family of emoji.
var Grapheme = &Set{add: func(register adder) {
	register(map[string]Maker{
		"left_grapheme.string_bigint":             strict(leftGrapheme),
		"right_grapheme.string_bigint":            strict(rightGrapheme),
		"substring_grapheme.string_bigint_bigint": strict(substringGrapheme),
		"length_grapheme.string":                  measure(func(s []byte) int64 { return graphemeCount(s) }),
	})
}}

// Kinds of code points, which decide where a grapheme ends.
const (
	otherRune = iota
	controlRune
	extendRune // combining marks, the joiner of emoji, tones of skin
	joinerRune
	flagRune // halves of a flag
	leadRune // Korean letters, which form syllables
	vowelRune
	trailRune
	openRune  // a syllable without a trailing consonant
	shutRune  // one with it
	emojiRune // what a joiner may join
)

const zeroWidthJoiner = 0x200D

func runeKind(r rune) int {
	switch {
	case r == zeroWidthJoiner:
		return joinerRune
	case r < 0x300 && r >= 0xA0 && r != 0xA9 && r != 0xAD && r != 0xAE, r >= 0x20 && r < 0x7F:
		return otherRune
	case r < 0x20, r >= 0x7F && r < 0xA0, r == 0xAD, r == 0x2028, r == 0x2029, r == 0x200B, r == 0x200E, r == 0x200F, r == 0xFEFF:
		return controlRune
	case r >= 0x1F3FB && r <= 0x1F3FF, r == 0x200C, r >= 0xE0020 && r <= 0xE007F, unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc):
		return extendRune
	case r >= 0x1F1E6 && r <= 0x1F1FF:
		return flagRune
	case r >= 0x1100 && r <= 0x115F, r >= 0xA960 && r <= 0xA97C:
		return leadRune
	case r >= 0x1160 && r <= 0x11A7, r >= 0xD7B0 && r <= 0xD7C6:
		return vowelRune
	case r >= 0x11A8 && r <= 0x11FF, r >= 0xD7CB && r <= 0xD7FB:
		return trailRune
	case r >= 0xAC00 && r <= 0xD7A3:
		if (r-0xAC00)%28 == 0 {
			return openRune
		}
		return shutRune
	case r == 0xA9, r == 0xAE, r >= 0x2190 && r <= 0x2BFF && unicode.Is(unicode.So, r), r >= 0x1F000 && r <= 0x1FAFF:
		return emojiRune
	default:
		return otherRune
	}
}

// firstGrapheme is the length of the first grapheme of a text that is not empty, by the rules of Unicode for extended grapheme clusters without those for
// marks that stand before letters and for Indian conjuncts.
func firstGrapheme(s []byte) int {
	r, n := utf8.DecodeRune(s)
	kind := runeKind(r)
	if kind == controlRune {
		if r == '\r' && n < len(s) && s[n] == '\n' {
			n++
		}
		return n
	}
	emoji, joined, flags := kind == emojiRune, false, kind == flagRune
	for n < len(s) {
		r, size := utf8.DecodeRune(s[n:])
		next := runeKind(r)
		switch {
		case next == extendRune, next == joinerRune:
		case joined && emoji && next == emojiRune:
		case flags && kind == flagRune && next == flagRune:
			flags = false
		case kind == leadRune && (next == leadRune || next == vowelRune || next == openRune || next == shutRune):
		case (kind == openRune || kind == vowelRune) && (next == vowelRune || next == trailRune):
		case (kind == shutRune || kind == trailRune) && next == trailRune:
		default:
			return n
		}
		joined, kind = next == joinerRune, next
		n += size
	}
	return n
}

func graphemeCount(s []byte) int64 {
	if ascii(s) {
		return int64(len(s))
	}
	k := int64(0)
	for ; len(s) > 0; k++ {
		s = s[firstGrapheme(s):]
	}
	return k
}

// graphemeOffset returns the byte offset of the k-th grapheme (from 0), or len(s).
func graphemeOffset(s []byte, k int64) int {
	i := 0
	for ; k > 0 && i < len(s); k-- {
		i += firstGrapheme(s[i:])
	}
	return i
}

func leftGrapheme(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	count := numsOf[int64](args[1])
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		k := count.at(i)
		if k < 0 {
			k = max(k+graphemeCount(s), 0)
		}
		return 0, graphemeOffset(s, k)
	})
}

func rightGrapheme(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	count := numsOf[int64](args[1])
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		k, all := count.at(i), graphemeCount(s)
		if k >= 0 {
			return graphemeOffset(s, max(all-k, 0)), len(s)
		}
		if k == -k {
			return len(s), len(s)
		}
		return graphemeOffset(s, min(-k, all)), len(s)
	})
}

// substringGrapheme has the positions of substr.
func substringGrapheme(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	return substrBy(c, args, n, valid, graphemeCount, graphemeOffset)
}
