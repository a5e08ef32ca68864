package csv

import (
	"bytes"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/fs"
)

// sample is what the first rows of a file have shown.
type sample struct {
	o      *options
	rows   int
	fields int     // the most that a row has
	first  cells   // of the first row
	below  []guess // by field, of the rows after the first
}

// add looks at the rows of text from p on, until there are most of them if that is not negative, and returns the place after them. A row that the
// text cuts off is left unless the text is whole.
func (s *sample) add(text []byte, p int, whole bool, most int64) int {
	var row cells
	for most < 0 || int64(s.rows) < most {
		q, ok := row.next(&s.o.dialect, text, p, whole)
		if p = q; !ok {
			break
		}
		s.rows++
		s.fields = max(s.fields, len(row.texts))
		if s.rows == 1 {
			s.first, row = row, cells{}
			continue
		}
		s.below = s.o.look(s.below, &row)
	}
	return p
}

// look adds the values of a row to what is known about their columns.
func (o *options) look(gs []guess, row *cells) []guess {
	for len(gs) < len(row.texts) {
		gs = append(gs, guess{})
	}
	for c, v := range row.texts {
		if !o.isMissing(v, row.plain[c]) {
			gs[c].add(v, o)
		}
	}
	return gs
}

// isMissing reports whether a value says nothing about its column: a null, or nothing in quotes, which is null in all columns but those of text.
func (o *options) isMissing(v []byte, plain bool) bool {
	if plain || o.quotedNulls == always {
		return o.isNull(v)
	}
	return len(v) == 0 && o.quotedNulls != never
}

// kind is what a column holds.
type kind struct {
	typ     dtype.Type
	format  string // of dates and timestamps that are written in another way than usual
	unknown bool   // there was no value
}

// kinds returns what so many columns hold, from the first row too or only from those below it.
func (s *sample) kinds(fields int, first bool) []kind {
	gs := append(make([]guess, 0, fields), s.below...)
	if first && s.rows > 0 {
		gs = s.o.look(gs, &s.first)
	}
	out := make([]kind, fields)
	for i := range out {
		var g guess
		if i < len(gs) {
			g = gs[i]
		}
		out[i] = g.kind(s.o)
	}
	return out
}

// guess collects what the values of one column could be.
type guess struct {
	values              int
	bools, ints, floats int
	moments             fs.Moments
	forms               forms
	days, instants      int  // texts in the given formats of dates and of timestamps
	negative            bool // some integer is
	wide, huge          bool // some integer does not fit int64, or uint64 if it is not negative
	text                bool
}

// add looks at a value that is not null.
func (g *guess) add(b []byte, o *options) {
	g.values++
	given := g.given(b, o)
	if g.text {
		return
	}
	switch {
	case boolWord(b) && isBool(b):
		g.bools++
	case g.number(b):
	default:
		b = bytes.TrimSpace(b)
		usual := g.moments.Add(b)
		g.text = !g.forms.add(b) && !usual && !given
	}
}

// given counts a text in the formats that the options give.
func (g *guess) given(b []byte, o *options) bool {
	day, instant := false, false
	if o.dateFormat != nil {
		if _, day = o.dateFormat.Parse(dtype.Of(dtype.Date), b); day {
			g.days++
		}
	}
	if o.stampFormat != nil {
		if _, instant = o.stampFormat.Parse(dtype.TimestampOf(dtype.Micro, ""), b); instant {
			g.instants++
		}
	}
	return day || instant
}

func isBool(b []byte) bool { _, ok := data.ParseBool(b); return ok }

// number adds a number, unless reading it as one would lose something.
func (g *guess) number(b []byte) bool {
	switch shortNumber(b) {
	case dtype.Int64:
		g.ints++
		g.negative = g.negative || b[0] == '-'
		return true
	case dtype.Float64:
		g.floats++
		return true
	}
	if len(b) == 10 && b[4] == '-' && b[7] == '-' {
		return false // a date, and no number in any case
	}
	t := dtype.Of(dtype.Int64)
	if changed(&t, b) || len(b) == 0 {
		return false
	}
	if v, ok := data.ParseInt128(b); ok {
		g.negative = g.negative || v.Sign() < 0
		g.wide = g.wide || !v.IsInt64()
		g.huge = g.huge || v.Hi != 0
		g.ints++
		return true
	}
	if _, ok := data.ParseFloat64(b); !ok {
		return false
	}
	digits := true
	for _, c := range b {
		digits = digits && (c-'0' <= 9 || c == '-')
	}
	if digits {
		return false // an integer of more than 128 bits stays text
	}
	g.floats++
	return true
}

// shortNumber tells integers (Int64) and decimals (Float64) of up to 18 characters, written without a sign but a minus, leading zeros or an exponent,
// from anything else (Null), which may be a number as well.
func shortNumber(b []byte) dtype.Kind {
	if len(b) > 1 && b[0] == '-' && b[1] != '0' {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 || b[0] == '0' && len(b) > 1 && b[1] != '.' {
		return dtype.Null
	}
	point := -1
	for i, c := range b {
		if c-'0' > 9 {
			if c != '.' || point >= 0 || i == 0 || i == len(b)-1 {
				return dtype.Null
			}
			point = i
		}
	}
	if point >= 0 {
		return dtype.Float64
	}
	return dtype.Int64
}

// kind is the narrowest type that holds all values.
func (g *guess) kind(o *options) kind {
	text := kind{typ: dtype.Of(dtype.String), unknown: g.values == 0}
	switch {
	case g.values == 0 || o.allVarchar:
		return text
	case o.dateFormat != nil && g.days == g.values:
		return kind{typ: dtype.Of(dtype.Date)}
	case o.stampFormat != nil && g.instants == g.values:
		return kind{typ: o.stampType()}
	case g.text:
		return text
	case g.bools == g.values:
		return kind{typ: dtype.Of(dtype.Bool)}
	case g.ints == g.values && !g.wide:
		return kind{typ: dtype.Of(dtype.Int64)}
	case g.ints == g.values && !g.negative && !g.huge:
		return kind{typ: dtype.Of(dtype.Uint64)}
	case g.ints == g.values:
		return kind{typ: dtype.Of(dtype.Int128)}
	case g.ints+g.floats == g.values:
		return kind{typ: dtype.Of(dtype.Float64)}
	case !o.Timestamps:
		return text
	}
	found := kind{typ: g.moments.Type(g.values)}
	if found.typ.Kind == dtype.String {
		found.typ, found.format = g.forms.typ(g.values)
	}
	if found.typ.Kind == dtype.Date && o.dateFormat != nil || found.typ.Kind == dtype.Timestamp && o.stampFormat != nil {
		return text // they are written in another format than the given one
	}
	return found
}

// isNull reports whether an unquoted text means null.
func (o *options) isNull(v []byte) bool {
	for _, n := range o.nulls {
		if n == string(v) {
			return true
		}
	}
	return false
}
