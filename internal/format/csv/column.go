package csv

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/internal/kern"
)

// column is one column under construction.
type column struct {
	typ   dtype.Type
	phys  dtype.Phys
	at    int            // its field in the row, or -1 if the file lacks it
	exact bool           // the type was inferred: what would lose something as a number does not fit, such as 007 or +5
	form  *fn.TimeFormat // how its dates are written, or nil for the usual ways
	buf   []byte
	bits  data.Bitmap
	valid data.Bitmap
	nulls bool
	heap  []byte // unescaped and decoded values, the column's second buffer
	heads [2][]byte
	out   data.Column
}

func newColumn(t dtype.Type, exact bool, form *fn.TimeFormat) *column {
	c := &column{typ: t, exact: exact, form: form, phys: t.Phys(), valid: data.NewBitmap(data.BatchRows)}
	c.valid.FillOnes(data.BatchRows)
	if c.phys == dtype.PhysBits {
		c.bits = data.NewBitmap(data.BatchRows)
	} else {
		c.buf = data.AlignedBytes(c.phys.Width() * data.BatchRows)
	}
	return c
}

// misfit is a value that does not fit its column.
type misfit struct {
	row    int
	col    *column
	lo, hi int // its text
	utf8   bool
}

// parser turns indexed rows into columns.
type parser struct {
	x        *index
	text     []byte // of the batch; places of the index count from its start
	nulls    [][]byte
	anyEmpty bool // the empty text is null
	quoted   quotedNulls
	bad      []misfit
	bounds   [data.BatchRows]bound
	tmp      []byte
	months   [2048]month
}

// newParser returns a parser with the texts of null.
func newParser(x *index, nulls []string, quoted quotedNulls) *parser {
	p := &parser{x: x, quoted: quoted}
	for _, n := range nulls {
		if n == "" {
			p.anyEmpty = true
		} else {
			p.nulls = append(p.nulls, []byte(n))
		}
	}
	return p
}

// isNull reports whether the unquoted text means null.
func (p *parser) isNull(s []byte) bool {
	if len(s) == 0 {
		return p.anyEmpty
	}
	for _, n := range p.nulls {
		if string(n) == string(s) {
			return true
		}
	}
	return false
}

func (c *column) setNull(r int) {
	c.nulls = true
	c.valid.Clear(r)
	if c.phys != dtype.PhysBits {
		w := c.phys.Width()
		clear(c.buf[r*w : (r+1)*w])
	}
}

// parse fills c with the indexed rows and notes what does not fit.
func (p *parser) parse(c *column) {
	if c.nulls {
		c.valid.FillOnes(data.BatchRows)
		c.nulls = false
	}
	c.heap = c.heap[:0]
	if c.at < 0 {
		for r := range p.x.rows {
			c.setNull(r)
		}
		return
	}
	switch c.typ.Kind {
	case dtype.String, dtype.JSON:
		p.strings(c)
	case dtype.Int64:
		p.ints(c)
	case dtype.Float64:
		p.floats(c)
	case dtype.Date:
		if c.form != nil {
			p.fixed(c)
			return
		}
		p.dates(c)
	case dtype.Bool, dtype.Binary:
		p.slow(c)
	default:
		p.fixed(c)
	}
}

// strings views the text in place; only fields with escapes are copied.
func (p *parser) strings(c *column) {
	x := p.x
	base := unsafe.Pointer(unsafe.SliceData(p.text))
	out := data.FixedSlice[data.View](c.buf)[:x.rows]
	for r, b := range x.bounds(p.bounds[:], p.text, c.at) {
		lo, hi := int(b.lo), int(b.hi)
		if lo >= hi {
			if p.anyEmpty || lo > hi {
				c.setNull(r)
			} else {
				out[r] = data.View{}
			}
			continue
		}
		if x.quoted && p.text[lo] == x.d.quote && x.d.quote != 0 {
			lo, hi = lo+1, hi-1
			if p.quoted == always && p.isNull(p.text[lo:hi]) {
				c.setNull(r)
				continue
			}
			if x.escaped {
				if s, ok := p.unescape(p.text[lo:hi]); ok {
					out[r] = c.keep(s)
					p.check(c, r, lo, hi, s)
					continue
				}
			}
		} else if len(p.nulls) > 0 && p.isNull(p.text[lo:hi]) {
			c.setNull(r)
			continue
		}
		out[r] = fs.ViewAt(base, lo, hi-lo)
		if x.wide {
			p.check(c, r, lo, hi, p.text[lo:hi])
		}
	}
}

// check notes text that is not UTF-8.
func (p *parser) check(c *column, r, lo, hi int, s []byte) {
	if !kern.ValidUTF8(s) {
		p.bad = append(p.bad, misfit{row: r, col: c, lo: lo, hi: hi, utf8: true})
	}
}

// keep returns a view of s, copied to the column's own buffer if it is long.
func (c *column) keep(s []byte) data.View {
	if len(s) <= data.InlineMax {
		return data.InlineView(s)
	}
	off := len(c.heap)
	c.heap = append(c.heap, s...)
	return data.BufferView(s, 1, off)
}

// unescape returns the inside of a quoted field without its escapes, in a buffer that is used again, or false if it has none.
func (p *parser) unescape(s []byte) ([]byte, bool) {
	q, e := p.x.d.quote, p.x.d.escape
	i := indexEither(s, e, q)
	if i < 0 {
		return s, false
	}
	out := p.tmp[:0]
	for i := 0; i < len(s); i++ {
		if s[i] == e && i+1 < len(s) && (s[i+1] == q || s[i+1] == e) {
			i++
		}
		out = append(out, s[i])
	}
	p.tmp = out
	return out, true
}

// value returns the text of a field, unquoted, and whether it is null.
func (p *parser) value(c *column, r int) (s []byte, null bool) {
	lo, hi := p.x.field(p.text, r, c.at)
	switch {
	case lo > hi:
		return nil, true
	case lo == hi:
		return nil, p.anyEmpty
	}
	s = p.text[lo:hi]
	if p.x.quoted && s[0] == p.x.d.quote && p.x.d.quote != 0 {
		s = s[1 : len(s)-1]
		if p.x.escaped {
			s, _ = p.unescape(s)
		}
		return s, p.quoted == always && p.isNull(s) || p.quoted == unlessText && len(s) == 0 && c.typ.Kind != dtype.Binary
	}
	return s, len(p.nulls) > 0 && p.isNull(s)
}

// ints parses 64-bit integers, those of up to eight digits a word at a time.
func (p *parser) ints(c *column) {
	base := unsafe.Pointer(unsafe.SliceData(p.text))
	out := data.FixedSlice[int64](c.buf)[:p.x.rows]
	for r, b := range p.x.bounds(p.bounds[:], p.text, c.at) {
		w := fs.Load8(base, int(b.lo)) ^ fs.Zeros
		n := uint(b.hi - b.lo)
		// The digits fill the word from its end: what stands behind the field is shifted out.
		w <<= 64 - 8*n
		if n-1 < 8 && (w+0x76*eachByte|w)&highBits == 0 && (n == 1 || fs.Load1(base, int(b.lo)) != '0') {
			out[r] = int64(fs.EightDigits(w))
			continue
		}
		p.store(c, r)
	}
}

// floats parses 64-bit floats.
func (p *parser) floats(c *column) {
	base := unsafe.Pointer(unsafe.SliceData(p.text))
	out := data.FixedSlice[float64](c.buf)[:p.x.rows]
	for r, b := range p.x.bounds(p.bounds[:], p.text, c.at) {
		if v, ok := fs.FieldFloat(base, int(b.lo), int(b.hi)-int(b.lo)); ok {
			out[r] = v
			continue
		}
		if v, e := fs.ShortFloat(base, int(b.lo)); e == int(b.hi) {
			out[r] = v
			continue
		}
		p.store(c, r)
	}
}

// month is a month that was met in dates: its text, as YYYY-MM-, the day before its first one, and its length.
type month struct {
	text uint64
	days int32
	last uint32
}

// dates parses dates. Those of a column are of few months, so that mostly only the day is new.
func (p *parser) dates(c *column) {
	base := unsafe.Pointer(unsafe.SliceData(p.text))
	out := data.FixedSlice[int32](c.buf)[:p.x.rows]
	for r, b := range p.x.bounds(p.bounds[:], p.text, c.at) {
		text := fs.Load8(base, int(b.lo))
		m := &p.months[text>>7&0x600|text>>32&0x100|text>>44&0xF0|text>>24&0xF] // by the digits of the month and the last two of the year
		if b.hi != b.lo+10 || m.text != text && !m.learn(text) {
			p.store(c, r)
			continue
		}
		tens, ones := uint32(fs.Load1(base, int(b.lo)+8)-'0'), uint32(fs.Load1(base, int(b.lo)+9)-'0')
		day := 10*tens + ones
		if ones > 9 || tens > 3 || day-1 >= m.last {
			p.store(c, r)
			continue
		}
		out[r] = m.days + int32(day)
	}
}

// learn replaces the month by the one of the text, unless that is none.
func (m *month) learn(text uint64) bool {
	var date [10]byte
	binary.LittleEndian.PutUint64(date[:], text)
	copy(date[8:], "01")
	first, ok := data.ParseDate(date[:])
	if !ok || date[4] != '-' || date[7] != '-' {
		return false
	}
	m.text, m.days, m.last = text, first-1, 28
	for _, day := range []string{"29", "30", "31"} {
		copy(date[8:], day)
		if _, ok := data.ParseDate(date[:]); ok {
			m.last++
		}
	}
	return true
}

// fixed parses the other types that have a fixed width.
func (p *parser) fixed(c *column) {
	for r := range p.x.rows {
		p.store(c, r)
	}
}

// store parses one value of a fixed-width type.
func (p *parser) store(c *column, r int) {
	s, null := p.value(c, r)
	if null {
		c.setNull(r)
		return
	}
	if c.form != nil {
		p.formed(c, r, s)
		return
	}
	if !fs.StoreText(&c.typ, c.buf, r, s) || c.exact && changed(&c.typ, s) {
		p.note(c, r)
	}
}

// formed parses one date or timestamp of a column with a format.
func (p *parser) formed(c *column, r int, s []byte) {
	v, ok := c.form.Parse(c.typ, s)
	if !ok {
		p.note(c, r)
	}
	if c.phys == dtype.PhysI32 {
		data.FixedSlice[int32](c.buf)[r] = int32(v)
		return
	}
	data.FixedSlice[int64](c.buf)[r] = v
}

// changed reports whether text that was taken for a number would lose something as one: 007, +5. Inference must not do that.
func changed(t *dtype.Type, s []byte) bool {
	if !t.IsNumeric() || len(s) < 2 {
		return false
	}
	if s = bytes.TrimSpace(s); len(s) == 0 {
		return true
	}
	if s[0] == '-' {
		s = s[1:]
	}
	return s[0] == '+' || s[0] == '0' && len(s) > 1 && s[1]-'0' <= 9
}

func (p *parser) note(c *column, r int) {
	lo, hi := p.x.field(p.text, r, c.at)
	p.bad = append(p.bad, misfit{row: r, col: c, lo: lo, hi: max(lo, hi)})
}

// slow parses booleans and binary values.
func (p *parser) slow(c *column) {
	for r := range p.x.rows {
		s, null := p.value(c, r)
		switch {
		case null:
			c.setNull(r)
		case c.typ.Kind == dtype.Bool:
			v, ok := data.ParseBool(s)
			c.bits.SetTo(r, v)
			if !ok || c.exact && !boolWord(s) {
				p.note(c, r)
			}
		default:
			from := len(c.heap)
			heap, ok := fs.AppendBinary(c.heap, s)
			c.heap = heap
			if !ok {
				p.note(c, r)
			}
			v := heap[from:]
			if len(v) <= data.InlineMax {
				data.FixedSlice[data.View](c.buf)[r] = data.InlineView(v)
				c.heap = heap[:from]
			} else {
				data.FixedSlice[data.View](c.buf)[r] = data.BufferView(v, 1, from)
			}
		}
	}
}

// boolWord reports the two words that inference takes for booleans.
func boolWord(s []byte) bool {
	return len(s) == 4 && s[0]|0x20 == 't' || len(s) == 5 && s[0]|0x20 == 'f'
}

// column returns the first n rows.
func (c *column) column(n int, text []byte) *data.Column {
	o := &c.out
	o.Type, o.Len, o.Valid = c.typ, n, nil
	if c.nulls {
		o.Valid = c.valid
	}
	if c.phys == dtype.PhysBits {
		o.Bits = c.bits
		return o
	}
	o.Buf = c.buf[:n*c.phys.Width()]
	if c.phys == dtype.PhysView {
		c.heads = [2][]byte{text, c.heap}
		o.Heap = c.heads[:]
	}
	return o
}
