package fn

import (
	"unicode"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
)

// TextSlice is parts of text.
var TextSlice = &Set{add: func(register adder) {
	register(map[string]Maker{
		"substr.string_bigint_bigint":     strict(substr),
		"str_slice.string_bigint_bigint":  strict(strSlice),
		"left.string_bigint":              strict(left),
		"right.string_bigint":             strict(right),
		"trim.string_string":              trimmer(true, true, isSpace),
		"ltrim.string_string":             trimmer(true, false, isSpace),
		"rtrim.string_string":             trimmer(false, true, isSpace),
		"strip_chars.string_string":       trimmer(true, true, unicode.IsSpace),
		"strip_chars_start.string_string": trimmer(true, false, unicode.IsSpace),
		"strip_chars_end.string_string":   trimmer(false, true, unicode.IsSpace),
		"strip_prefix.string_string":      strict(stripPrefix),
		"strip_suffix.string_string":      strict(stripSuffix),
		"list_extract.string_bigint":      strict(charAt),
		"list_slice.string_bigint_bigint": strict(charSlice),
	})
}}

func isSpace(r rune) bool { return r == ' ' }

// runeOffset returns the byte offset of the k-th character (from 0), or len(s).
func runeOffset(s []byte, k int64) int {
	if k >= int64(len(s)) {
		return len(s)
	}
	i := 0
	for ; k > 0 && i < len(s); k-- {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRune(s[i:])
		i += size
	}
	return i
}

// ascii reports that every byte is a character of its own.
func ascii(s []byte) bool {
	for _, b := range s {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// span turns character positions [from, to) into byte offsets.
func span(s []byte, from, to int64) (lo, hi int) {
	lo = runeOffset(s, from)
	return lo, lo + runeOffset(s[lo:], max(to-from, 0))
}

const wholeRest = int64(1) << 40

// substr has SQL's positions: from 1, negative from the end; a negative length reaches back; position 0 stands before the first character.
func substr(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	return substrBy(c, args, n, valid, func(s []byte) int64 { return int64(utf8.RuneCount(s)) }, runeOffset)
}

// substrBy is substr in characters of which size is the number in a text, and offset the place in bytes of one of them.
func substrBy(c *Ctx, args []*data.Column, n int, valid data.Bitmap, size func([]byte) int64, offset func([]byte, int64) int) (*data.Column, error) {
	span := func(s []byte, from, to int64) (lo, hi int) {
		lo = offset(s, from)
		return lo, lo + offset(s[lo:], max(to-from, 0))
	}
	start := numsOf[int64](args[1])
	length := nums[int64]{vals: []int64{wholeRest}}
	if len(args) > 2 {
		length = numsOf[int64](args[2])
	}
	const most = 1<<32 - 1 // beyond that a position is a mistake, as DuckDB has it
	bad := -1
	out, err := slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		from, count := start.at(i), max(min(length.at(i), wholeRest), -wholeRest)
		if from > most || from < -most-1 || len(args) > 2 && (count > most || count < -most-1) {
			bad = i
		}
		switch {
		case from > 0:
			from = min(from-1, wholeRest)
		case from < 0:
			from = max(from, -wholeRest) + size(s)
		case count > 0:
			count--
		}
		if count < 0 {
			return span(s, max(from+count, 0), max(from, 0))
		}
		return span(s, max(from, 0), max(from+count, 0))
	})
	if err == nil && bad >= 0 {
		return nil, rowError(bad, "a position or length of substring is out of range")
	}
	return out, err
}

// strSlice has the frames' positions: from 0, negative from the end.
func strSlice(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	start := numsOf[int64](args[1])
	length := nums[int64]{vals: []int64{wholeRest}}
	if len(args) > 2 {
		length = numsOf[int64](args[2])
	}
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		from, count := start.at(i), max(min(length.at(i), wholeRest), 0)
		if from >= 0 {
			return span(s, from, min(from, wholeRest)+count)
		}
		end := from + int64(utf8.RuneCount(s))
		return span(s, max(end, 0), max(end+count, 0))
	})
}

func left(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	count := numsOf[int64](args[1])
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		k := count.at(i)
		if k < 0 {
			k = max(k+int64(utf8.RuneCount(s)), 0)
		}
		return 0, runeOffset(s, k)
	})
}

func right(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	count := numsOf[int64](args[1])
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		k, all := count.at(i), int64(utf8.RuneCount(s))
		if k >= 0 {
			return runeOffset(s, max(all-k, 0)), len(s)
		}
		if k == -k {
			return len(s), len(s)
		}
		return runeOffset(s, min(-k, all)), len(s)
	})
}

// trimmer cuts characters of a set, or those that space reports, off the chosen ends.
func trimmer(start, end bool, space func(rune) bool) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		set := func(int) func(rune) bool { return space }
		if len(args) > 1 {
			chars := textsOf(args[1])
			set = func(i int) func(rune) bool {
				own := str(chars.at(i))
				return func(r rune) bool {
					for _, x := range own {
						if x == r {
							return true
						}
					}
					return false
				}
			}
		}
		drop := set(0)
		fixed := len(args) == 1 || args[1].Form == data.Const
		return slicer(c, args[0], n, valid, func(i int, s []byte) (lo, hi int) {
			if !fixed {
				drop = set(i)
			}
			return trimSpan(s, start, end, drop)
		})
	})
}

func trimSpan(s []byte, start, end bool, drop func(rune) bool) (lo, hi int) {
	hi = len(s)
	for start && lo < hi {
		r, size := utf8.DecodeRune(s[lo:])
		if !drop(r) {
			break
		}
		lo += size
	}
	for end && hi > lo {
		r, size := utf8.DecodeLastRune(s[lo:hi])
		if !drop(r) {
			break
		}
		hi -= size
	}
	return lo, hi
}

func stripPrefix(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	p := textsOf(args[1])
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		if q := p.at(i); hasPrefix(s, q) {
			return len(q), len(s)
		}
		return 0, len(s)
	})
}

func stripSuffix(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	p := textsOf(args[1])
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		if q := p.at(i); hasSuffix(s, q) {
			return 0, len(s) - len(q)
		}
		return 0, len(s)
	})
}

// charAt is one character from 1, negative from the end; empty if there is none.
func charAt(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	index := numsOf[int64](args[1])
	for i := range n {
		if k := index.at(i); valid.Get(i) && (k > 1<<32-1 || k < -1<<32) {
			return nil, rowError(i, "the position %d is out of range", k)
		}
	}
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		k := index.at(i)
		if k < 0 {
			k += int64(utf8.RuneCount(s)) + 1
		}
		if k < 1 {
			return 0, 0
		}
		return span(s, k-1, k)
	})
}

// charSlice is characters first to last, inclusive.
func charSlice(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	first, last := numsOf[int64](args[1]), numsOf[int64](args[2])
	return slicer(c, args[0], n, valid, func(i int, s []byte) (int, int) {
		lo, hi := clampSlice(first.at(i), last.at(i), int64(utf8.RuneCount(s)))
		return span(s, lo, hi)
	})
}

// clampSlice turns inclusive positions from 1, negative from the end, into a range [lo, hi) from 0 within size.
func clampSlice(first, last, size int64) (lo, hi int64) {
	if first < 0 {
		first = max(first+size+1, 1)
	}
	if last < 0 {
		last += size + 1
	}
	lo, hi = max(first, 1)-1, min(last, size)
	if hi < lo {
		return 0, 0
	}
	return lo, hi
}
