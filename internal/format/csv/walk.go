package csv

import (
	"bytes"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/siksik-data/siksik/internal/fs"
)

// walk is how far a loaded piece can be indexed row by row, given its quoted fields. That pays where few columns are parsed: delimiters are
// looked at one by one up to the last field that is wanted, and those behind it are only counted.
//
// A search for the end of each row would cost as much as all the rest. So a row that goes on into a quoted field is taken to have no line end
// before it, and a row that ends in one has its end there. A count of the line ends of all rows of a batch tells whether that was
// right.
type walk struct {
	quotes spans
	next   int  // the first of quotes that is not behind the rows indexed so far
	hi     int  // where the text ends in the buffer
	sound  bool // no row needed a closer look so far
	wary   bool // a count was wrong once: each line end is searched for
	plain  bool // the last row had no quotes: the next one may have none either
}

// begin starts on a piece whose rows lie in buf[lo:hi] and returns the state behind it; see spans.find.
func (k *walk) begin(buf []byte, lo, hi int, inside bool, d *dialect) bool {
	inside = k.quotes.find(buf, lo, hi, inside, d)
	k.next, k.hi, k.sound = 0, hi, k.quotes.sound
	return inside
}

// fromWalk indexes up to most rows from p in the buffer, where a row starts, as build does, and returns where the first row that it did not
// index starts. Rows that start at limit or later are left. It stops at a row that is not complete, that has too few or too many
// fields, or that may be an empty line: sound is false then, and build must go on. Places count from p.
func (x *index) fromWalk(k *walk, buf []byte, p, limit, most int) int {
	first := k.next
	n := x.walkRows(k, buf, p, limit, most)
	if !k.wary && bytes.Count(buf[p:p+n], []byte{x.d.newline}) != x.rows {
		k.wary, k.sound, k.next = true, true, first
		n = x.walkRows(k, buf, p, limit, most)
	}
	return n
}

func (x *index) walkRows(k *walk, buf []byte, p, limit, most int) int {
	x.reset(most)
	x.wide = true // not looked at
	row, skips := p, x.fields > 1
	for x.rows < most && row < limit {
		end := -1
		if row < k.hi && !(skips && x.isDull(buf[row])) {
			end = x.walkRow(k, buf, row, p)
		}
		if end < 0 {
			k.sound = false
			break
		}
		x.ends[(x.rows+1)*x.fields-1] = uint32(end - p)
		x.starts[x.rows] = uint32(row - p)
		x.rows++
		row = end + 1
	}
	x.escaped = x.quoted && k.quotes.escaped
	return row - p
}

// walkRow returns the line end of the row, or -1 if the row needs a closer look. Its wanted ends are written, counted from origin.
func (x *index) walkRow(k *walk, buf []byte, row, origin int) int {
	x.nth = 0
	n, from := 0, row // delimiters so far; what is behind from has not been looked at
	list := k.quotes.list
	for k.next < len(list) && int(list[k.next].open) < row {
		k.next++
	}
	for {
		quoted := span{uint32(k.hi), uint32(k.hi)}
		if k.next < len(list) {
			quoted = list[k.next]
		}
		open := int(quoted.open)
		if k.wary || k.plain || open == k.hi {
			if i := bytes.IndexByte(buf[from:open], x.d.newline); i >= 0 {
				k.plain = from == row
				return x.lastField(buf, from, from+i, n, origin)
			}
			if open == k.hi {
				return -1
			}
		}
		nth := x.nth
		more := x.passFields(buf, from, open, n, origin)
		if more >= x.fields || open > from && buf[open-1] == x.d.newline {
			// The row ends before the quoted field.
			x.nth = nth
			i := bytes.IndexByte(buf[from:open], x.d.newline)
			if i < 0 {
				return -1
			}
			k.plain = from == row
			return x.lastField(buf, from, from+i, n, origin)
		}
		n, from = more, int(quoted.behind)
		k.next++
		k.plain = false
		x.quoted = true
		if from >= k.hi {
			return -1
		}
		if c := buf[from]; c != x.d.delim {
			if c == '\r' && x.d.newline != '\r' {
				from++ // a line end follows, or the quotes would not be sound
			}
			if n != x.fields-1 {
				return -1
			}
			return from
		}
	}
}

// lastField is passFields for the rest of a row, which ends at end. It returns end, or -1 if the number of fields is wrong.
func (x *index) lastField(buf []byte, from, end, n, origin int) int {
	if x.passFields(buf, from, end, n, origin) != x.fields-1 {
		return -1
	}
	return end
}

// passFields adds the delimiters of buf[from:end], in which nothing is quoted, to the n before them in the row. Those that are wanted are
// written as ends.
func (x *index) passFields(buf []byte, from, end, n, origin int) int {
	if x.nth < len(x.picks) {
		base := unsafe.Pointer(unsafe.SliceData(buf))
		delims := uint64(x.d.delim) * eachByte
		ends := x.ends[x.rows*x.fields:]
		due := x.picks[x.nth]
		for from < end {
			mask := ^zeroes(fs.Load8(base, from)^delims) & highBits
			if rest := uint(end - from); rest < 8 {
				mask &= 1<<(8*rest) - 1
			}
			all := n + bits.OnesCount64(mask)
			for ; due < all; due = x.picks[x.nth] {
				for ; n < due; n++ {
					mask &= mask - 1
				}
				ends[due] = uint32(from - origin + bits.TrailingZeros64(mask)>>3)
				if x.nth++; x.nth == len(x.picks) {
					return all + x.delims(buf, from+8, end)
				}
			}
			n = all
			from += 8
		}
		return n
	}
	return n + x.delims(buf, from, end)
}

// delims returns the number of delimiters in buf[from:end].
func (x *index) delims(buf []byte, from, end int) int {
	if from >= end {
		return 0
	}
	sep := [1]byte{x.d.delim}
	return bytes.Count(buf[from:end], sep[:])
}

// want says which fields are parsed, so that the ends of the others need not be written if these are few.
func (x *index) want(fields []*column) {
	x.picks = x.picks[:0]
	for _, c := range fields {
		for _, j := range []int{c.at - 1, c.at} {
			if j >= 0 && j < x.fields-1 && !slices.Contains(x.picks, j) {
				x.picks = append(x.picks, j)
			}
		}
	}
	slices.Sort(x.picks)
	x.sieve = len(x.picks) <= x.fields/3
}
