package csv

import (
	"bytes"
	"math/bits"
	"unsafe"

	"github.com/siksik-data/siksik/internal/fs"
)

const (
	eachByte = 0x0101010101010101
	lowBits  = 0x7F * eachByte
	highBits = 0x80 * eachByte
)

// index holds the places of the fields of up to some rows: row r has the ends of its fields, the places of the delimiter or line end
// after each, at ends[r*fields:(r+1)*fields].
type index struct {
	d       dialect
	fields  int
	ends    []uint32
	starts  []uint32 // of each row
	rows    int
	quoted  bool // some field is in quotes
	escaped bool // some quoted field has an escape
	wide    bool // some byte is not ASCII

	// Given: the fields of a row whose ends are wanted besides the last one, ascending. If these are few, a walk leaves out the ends of the
	// others.
	picks []int
	sieve bool // they are few
	nth   int  // of a walk: which of picks is next

	fail    problem
	failAt  int // the byte that is wrong
	failRow int // where its row starts
	failN   int // fields that its row has, if their number is wrong
}

// problem is what stopped the indexing of rows.
type problem uint8

const (
	noProblem  problem = iota
	incomplete         // the text ends inside a row
	afterQuote         // text after a closing quote
	tooMany            // more fields than columns
	tooFew             // fewer
)

// zeroes has the high bit clear in each byte of x that is zero; unlike the shorter test it is exact for every byte.
func zeroes(x uint64) uint64 { return (x&lowBits + lowBits) | x }

// build indexes up to most rows of text from p, where a row starts, and returns where the first row that it did not index starts. text ends
// with a line end, or inside a row if the rest is not known yet. 64 bytes behind it can be read.
func (x *index) build(text []byte, p, most int) int {
	base := unsafe.Pointer(unsafe.SliceData(text))
	end := len(text)
	x.reset(most)
	delims, lines, quotes := uint64(x.d.delim)*eachByte, uint64(x.d.newline)*eachByte, uint64(x.d.quote)*eachByte
	if x.d.quote == 0 {
		quotes = delims
	}
	skips := x.d.comment != 0 || x.fields > 1 // some lines may be no rows
	ends := x.ends
	n, stop := 0, x.fields // n fields so far; the row must end when n is stop
	row, field := p, p     // where the row and the field start
	var all uint64
	for p < end && x.rows < most {
		if p == row && skips {
			if p = x.dull(text, p); p != row {
				row, field = p, p
				continue
			}
		}
		block := p
		mask, seen := blockMask(base, p, delims, lines, quotes)
		all |= seen
		p += 64
		for mask != 0 {
			at := block + bits.TrailingZeros64(mask)
			mask &= mask - 1
			switch c := fs.Load1(base, at); {
			case at >= end:
				mask, p = 0, end
			case c == x.d.delim:
				if n++; n >= stop {
					x.failN = n - (stop - x.fields)
					x.stop(tooMany, at, row)
					return row
				}
				ends[n-1] = uint32(at)
				field = at + 1
			case c == x.d.newline:
				if n = x.pad(n+1, stop, at); n != stop {
					x.stop(tooFew, at, row)
					return row
				}
				ends[n-1] = uint32(at)
				x.starts[x.rows] = uint32(row)
				x.rows++
				stop += x.fields
				row, field = at+1, at+1
				if x.rows == most || skips && row < end && x.isDull(fs.Load1(base, row)) {
					mask, p = 0, row
				}
			default:
				if at != field && !x.blanksTo(text, field, at) {
					continue // inside an unquoted field a quote is text
				}
				if at = x.quotedField(text, at+1, row); at < 0 {
					return row
				}
				// Go on right behind the quoted field: what the mask says about its inside is void. A \r stays part of the field.
				mask, p = 0, at
				field = -1
			}
		}
	}
	if row < end && x.rows < most {
		x.stop(incomplete, end, row)
	}
	x.wide = all&highBits != 0
	return row
}

// blockMask has a bit for each of the 64 bytes at p that is a delimiter, a line end or a quote. seen is all bytes ORed.
func blockMask(base unsafe.Pointer, p int, delims, lines, quotes uint64) (mask, seen uint64) {
	for i := range 8 {
		w := fs.Load8(base, p+8*i)
		seen |= w
		m := ^(zeroes(w^delims) & zeroes(w^lines) & zeroes(w^quotes)) & highBits
		mask = mask>>8 | m>>7*0x0102040810204080&(0xFF<<56)
	}
	return mask, seen
}

// blanksTo reports whether only blanks stand between the start of a field and a quote, and the dialect has blanks there.
func (x *index) blanksTo(text []byte, field, at int) bool {
	if !x.d.spaced || field < 0 {
		return false
	}
	for _, c := range text[field:at] {
		if c != ' ' {
			return false
		}
	}
	return true
}

// unblank returns the bounds of a field without the blanks around its quotes, if it is in quotes.
func (x *index) unblank(text []byte, lo, hi int) (int, int) {
	from, to := lo, hi
	for from < hi && text[from] == ' ' {
		from++
	}
	for to > from && text[to-1] == ' ' {
		to--
	}
	if to-from >= 2 && text[from] == x.d.quote {
		return from, to
	}
	return lo, hi
}

// quotedField returns the place behind the quoted field whose inside starts at p, where a delimiter or a line end stands, or -1 after stop.
func (x *index) quotedField(text []byte, p, row int) int {
	x.quoted = true
	at := x.closing(text, p)
	if at >= len(text) {
		x.stop(incomplete, len(text), row)
		return -1
	}
	for x.d.spaced && text[at] == ' ' {
		if at++; at >= len(text) {
			x.stop(incomplete, len(text), row)
			return -1
		}
	}
	lineEnd := x.d.spaced && x.d.newline == '\n' && bytes.HasPrefix(text[at:], []byte("\r\n"))
	if c := text[at]; c != x.d.delim && c != x.d.newline && !lineEnd {
		x.stop(afterQuote, at, row)
		return -1
	}
	return at
}

// reset prepares for up to most rows.
func (x *index) reset(most int) {
	x.rows, x.quoted, x.escaped, x.fail = 0, false, false, noProblem
	if need := most*x.fields + 64; len(x.ends) < need {
		x.ends, x.starts = make([]uint32, need), make([]uint32, most)
	}
}

func (x *index) stop(why problem, at, row int) {
	x.fail, x.failAt, x.failRow = why, at, row
	x.wide = true // not known this early
}

// isDull reports whether a row that starts with c may be a comment or empty.
func (x *index) isDull(c byte) bool {
	return c == x.d.newline || c == '\r' || c == x.d.comment && c != 0
}

// dull passes over comments, and over empty lines where rows have several fields; with one field an empty line is a null.
func (x *index) dull(text []byte, p int) int {
	for p < len(text) {
		switch c := text[p]; {
		case c == x.d.comment && c != 0:
			i := bytes.IndexByte(text[p:], x.d.newline)
			if i < 0 {
				return p
			}
			p += i + 1
		case c == x.d.newline && x.fields > 1:
			p++
		case c == '\r' && x.fields > 1 && p+1 < len(text) && text[p+1] == '\n':
			p += 2
		default:
			return p
		}
	}
	return p
}

// pad completes a row of too few fields with empty ones, if that is wanted: their ends lie at the line end, and their starts behind it.
func (x *index) pad(n, stop, at int) int {
	if n == stop {
		return n
	}
	if !x.d.ragged || n > stop {
		x.failN = n - (stop - x.fields)
		return n
	}
	for ; n < stop; n++ {
		x.ends[n-1] = uint32(at)
	}
	return n
}

// closing returns the place after the quote that closes the field whose inside starts at p, with a \r before a line end passed over, or
// the end of the text if it is not there.
func (x *index) closing(text []byte, p int) int {
	for {
		var i int
		if x.d.escape == x.d.quote {
			i = bytes.IndexByte(text[p:], x.d.quote)
		} else {
			i = indexEither(text[p:], x.d.quote, x.d.escape)
		}
		if i < 0 {
			return len(text)
		}
		p += i
		switch {
		case p+1 >= len(text):
			return len(text)
		case text[p] != x.d.quote:
			x.escaped = true
			p += 2
		case text[p+1] == x.d.quote && x.d.escape == x.d.quote:
			x.escaped = true
			p += 2
		case text[p+1] == '\r' && p+2 < len(text) && text[p+2] == '\n' && x.d.newline == '\n':
			return p + 2
		case text[p+1] == '\r' && p+2 >= len(text):
			return len(text)
		default:
			return p + 1
		}
		if p >= len(text) {
			return len(text)
		}
	}
}

func indexEither(b []byte, x, y byte) int {
	i := bytes.IndexByte(b, x)
	if i < 0 {
		return bytes.IndexByte(b, y)
	}
	if j := bytes.IndexByte(b[:i], y); j >= 0 {
		return j
	}
	return i
}

// drop removes row r.
func (x *index) drop(r int) {
	copy(x.ends[r*x.fields:], x.ends[(r+1)*x.fields:x.rows*x.fields])
	copy(x.starts[r:], x.starts[r+1:x.rows])
	x.rows--
}

// field returns the bounds of field j of row r, its quotes included. A missing field of a ragged row has its start behind its end.
func (x *index) field(text []byte, r, j int) (lo, hi int) {
	lo = int(x.starts[r])
	if j > 0 {
		lo = int(x.ends[r*x.fields+j-1]) + 1
	}
	hi = int(x.ends[r*x.fields+j])
	if j == x.fields-1 && hi > lo && text[hi-1] == '\r' && x.d.newline == '\n' {
		hi--
	}
	if x.d.spaced && x.quoted {
		return x.unblank(text, lo, hi)
	}
	return lo, hi
}

// bound is a field: its start and its end.
type bound struct{ lo, hi uint32 }

// bounds writes the bounds of field j of all rows; see field.
func (x *index) bounds(dst []bound, text []byte, j int) []bound {
	dst = dst[:x.rows]
	if j == 0 {
		for r := range dst {
			dst[r] = bound{x.starts[r], x.ends[r*x.fields]}
		}
	} else {
		ends := x.ends[j-1:]
		for r, k := 0, 0; r < len(dst); r, k = r+1, k+x.fields {
			dst[r] = bound{ends[k] + 1, ends[k+1]}
		}
	}
	if j == x.fields-1 && x.d.newline == '\n' {
		for r, b := range dst {
			if b.hi > b.lo && text[b.hi-1] == '\r' {
				dst[r].hi--
			}
		}
	}
	if x.d.spaced && x.quoted {
		for r, b := range dst {
			lo, hi := x.unblank(text, int(b.lo), int(b.hi))
			dst[r] = bound{uint32(lo), uint32(hi)}
		}
	}
	return dst
}
