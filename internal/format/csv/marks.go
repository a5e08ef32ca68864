package csv

import (
	"math/bits"

	"github.com/siksik-data/siksik/internal/kern"
)

// marks has a bit for each byte of a loaded piece that is a delimiter or a line end, that is a line end, and that is a quote. After resolve
// only those delimiters and line ends are left that stand outside of quotes.
type marks struct {
	seps, lines, quotes []uint64
	lo, hi              int  // the bytes of the buffer that they are about
	sound               bool // resolve found nothing that needs a closer look
	quoted              bool // there are quotes
	escaped             bool // there are doubled quotes inside quotes
	wide                bool // some byte is not ASCII
}

// find marks buf[lo:hi], of which 64 bytes more can be read.
func (m *marks) find(buf []byte, lo, hi int, d *dialect) {
	words := (hi + 63) >> 6
	if len(m.seps) < words {
		m.seps, m.lines, m.quotes = make([]uint64, words), make([]uint64, words), make([]uint64, words)
	}
	m.lo, m.hi, m.sound = lo, hi, false
	if lo >= hi {
		return
	}
	from := lo >> 6
	find := kern.Marks{Delim: d.delim, End: d.newline, Quote: d.quote}
	m.wide = find.Find(m.seps[from:words], m.lines[from:words], m.quotes[from:words], buf[from<<6:words<<6])
	if d.quote == 0 {
		clear(m.quotes[from:words])
	}
	m.keep(from, ^uint64(0)<<(lo&63))
	m.keep(words-1, ^uint64(0)>>(-hi&63))
}

// keep forgets the marks of a block outside of the mask.
func (m *marks) keep(b int, mask uint64) {
	m.seps[b] &= mask
	m.lines[b] &= mask
	m.quotes[b] &= mask
}

// resolve drops the marks inside quotes, given whether the text starts inside of some, and returns whether it ends so. The marks are sound if
// each quote opens a field, closes one, or is doubled inside of one, so that quotes come in pairs; the rest of the text is then
// as an exact look at each field would find it. If not, the result is void.
func (m *marks) resolve(buf []byte, inside bool, d *dialect) bool {
	m.sound, m.quoted, m.escaped = true, false, false
	var within uint64 // all ones inside quotes
	if inside {
		within = ^uint64(0)
	}
	open, closed := uint64(1), uint64(0) // at bit 0: the byte before may stand before an opening quote; it is a closing quote
	for b := m.lo >> 6; b<<6 < m.hi; b++ {
		if b == m.lo>>6 {
			open <<= m.lo & 63
		}
		q := m.quotes[b]
		if q|within|closed == 0 {
			open = m.seps[b] >> 63
			continue
		}
		state := pairs(q) ^ within
		within = uint64(int64(state) >> 63)
		seps := m.seps[b] &^ state
		m.seps[b] = seps
		m.lines[b] &^= state
		opening, closing := q&state, q&^state
		behind := closing<<1 | closed
		strange := behind &^ (seps | opening)
		if opening&^(seps<<1|behind|open) != 0 || strange != 0 && !lineEnds(buf, b<<6, m.hi, strange, d) {
			m.sound = false
			return false
		}
		m.quoted = m.quoted || q != 0
		m.escaped = m.escaped || opening&behind != 0
		open, closed = seps>>63, closing>>63
	}
	return within != 0
}

// pairs has a bit set where the number of bits of q up to there, itself included, is odd.
func pairs(q uint64) uint64 {
	q ^= q << 1
	q ^= q << 2
	q ^= q << 4
	q ^= q << 8
	q ^= q << 16
	return q ^ q<<32
}

// lineEnds reports whether all marked bytes of the block are a \r before a line end, as it stands behind the closing quote of a row's last
// field.
func lineEnds(buf []byte, block, hi int, marked uint64, d *dialect) bool {
	for ; marked != 0; marked &= marked - 1 {
		at := block + bits.TrailingZeros64(marked)
		if at >= hi {
			return true
		}
		if d.newline != '\n' || at+1 >= hi || buf[at] != '\r' || buf[at+1] != '\n' {
			return false
		}
	}
	return true
}

// fromMarks indexes up to most rows from p in the buffer, where a row starts, as build does, and returns where the first row that it did
// not index starts. Rows that start at limit or later are left. It stops at a row that is not complete, that has too few or
// too many fields, or that may be an empty line: sound is false then, and build must go on. Places count from p.
func (x *index) fromMarks(m *marks, buf []byte, p, limit, most int) int {
	x.reset(most)
	x.quoted, x.escaped, x.wide = m.quoted, m.escaped, m.wide
	row, n, stop := p, 0, x.fields // as in build
	skips := x.fields > 1
	if skips && x.isDull(buf[row]) {
		m.sound = false
		return 0
	}
	keep := ^uint64(0) << (p & 63)
	for b := p >> 6; b<<6 < m.hi; b++ {
		seps, lines := m.seps[b]&keep, m.lines[b]&keep
		keep = ^uint64(0)
		k := bits.OnesCount64(seps)
		x.write(n, k, uint32(b<<6-p), seps)
		for ; lines != 0; lines &= lines - 1 {
			at := bits.TrailingZeros64(lines)
			if n+bits.OnesCount64(seps<<(63-at)) != stop {
				m.sound = false
				return row - p
			}
			x.ends[stop-1] = uint32(b<<6 - p + at)
			x.starts[x.rows] = uint32(row - p)
			x.rows++
			stop += x.fields
			row = b<<6 + at + 1
			if x.rows == most || row >= limit {
				return row - p
			}
			if skips && x.isDull(buf[row]) {
				m.sound = false
				return row - p
			}
		}
		if n += k; n >= stop {
			break
		}
	}
	m.sound = false
	return row - p
}

// write writes the places of the k marks of a block as ends from n on. It writes four at a time without a look at each, as what it writes
// behind the last one is written again.
func (x *index) write(n, k int, block uint32, marks uint64) {
	ends := x.ends[n:]
	for ; k > 0; k -= 4 {
		e := (*[4]uint32)(ends)
		m1 := marks & (marks - 1)
		m2 := m1 & (m1 - 1)
		m3 := m2 & (m2 - 1)
		e[0] = block + uint32(bits.TrailingZeros64(marks))
		e[1] = block + uint32(bits.TrailingZeros64(m1))
		e[2] = block + uint32(bits.TrailingZeros64(m2))
		e[3] = block + uint32(bits.TrailingZeros64(m3))
		marks = m3 & (m3 - 1)
		ends = ends[4:]
	}
}
