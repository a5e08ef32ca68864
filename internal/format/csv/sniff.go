package csv

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
)

var bom = []byte("\xEF\xBB\xBF")

// head reads the start of file i, up to size bytes, without a byte order mark, whose length is mark. whole says that it is all of the file.
func head(ctx context.Context, files *fs.Files, i int, size int64) (b []byte, mark int, whole bool, err error) {
	r, err := files.Reader(ctx, i, nil)
	if err != nil {
		return nil, 0, false, err
	}
	defer r.Close()
	buf := make([]byte, 0, min(size, max(files.List[i].Size, 0)+1))
	for int64(len(buf)) < size {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(int64(cap(buf)), size)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			whole = true
			break
		}
		if err != nil {
			return nil, 0, false, err
		}
	}
	b = bytes.TrimPrefix(buf, bom)
	return b, len(buf) - len(b), whole, nil
}

// cells are the fields of sampled rows. The texts are borrowed from the sample where they have no escapes.
type cells struct {
	texts  [][]byte
	plain  []bool // by text: not in quotes
	ends   []int  // by row: where its texts end
	broken bool   // a quote did not close, or was followed by text
}

// rows returns the number of rows.
func (s *cells) rows() int { return len(s.ends) }

// row returns the texts of row i and which of them were not in quotes.
func (s *cells) row(i int) ([][]byte, []bool) {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.texts[from:s.ends[i]], s.plain[from:s.ends[i]]
}

// first returns row 0 as names.
func (s *cells) first() []string {
	if s.rows() == 0 {
		return nil
	}
	texts, _ := s.row(0)
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = string(t)
	}
	return out
}

// cut cuts text into rows of fields in the dialect, for samples: up to most rows if that is not negative. A row that the text cuts off is
// left out unless the text is whole. Quotes are taken leniently; the reader is strict.
func cut(d *dialect, text []byte, whole bool, most int64) *cells {
	out := &cells{}
	text = skipLines(d, text)
	if most > 0 {
		// Room for fields of eight bytes; append makes more where they are shorter.
		out.texts, out.plain = make([][]byte, 0, len(text)/8), make([]bool, 0, len(text)/8)
	}
	p := 0
	for p < len(text) && (most < 0 || int64(out.rows()) < most) {
		if d.comment != 0 && text[p] == d.comment {
			i := bytes.IndexByte(text[p:], d.newline)
			if i < 0 {
				break
			}
			p += i + 1
			continue
		}
		from := len(out.texts)
		q, ok := out.cutRow(d, text, p)
		if q >= len(text) && !ok && !whole {
			out.texts, out.plain = out.texts[:from], out.plain[:from]
			break
		}
		p = q
		if len(out.texts) == from+1 && len(out.texts[from]) == 0 && out.plain[from] {
			out.texts, out.plain = out.texts[:from], out.plain[:from]
			continue
		}
		out.ends = append(out.ends, len(out.texts))
	}
	return out
}

// skipLines passes over the lines before the table.
func skipLines(d *dialect, text []byte) []byte {
	for range d.skip {
		i := bytes.IndexByte(text, d.newline)
		if i < 0 {
			return nil
		}
		text = text[i+1:]
	}
	return text
}

// cutRow adds the texts of the row at p and returns the place after it; ok says that its line end was seen.
func (s *cells) cutRow(d *dialect, text []byte, p int) (q int, ok bool) {
	for {
		quoted := p < len(text) && d.quote != 0 && text[p] == d.quote
		var field []byte
		if quoted {
			field, p = s.cutQuoted(d, text, p+1)
		}
		from := p
		for p < len(text) && text[p] != d.delim && text[p] != d.newline {
			p++
		}
		rest := text[from:p]
		end := p >= len(text) || text[p] == d.newline
		if end && d.newline == '\n' {
			rest = bytes.TrimSuffix(rest, []byte("\r"))
		}
		if !quoted {
			field = rest
		} else if len(rest) > 0 {
			s.broken = true
		}
		s.texts, s.plain = append(s.texts, field), append(s.plain, !quoted)
		if end {
			return p + 1, p < len(text)
		}
		p++
	}
}

// cutQuoted returns the field whose inside starts at p, unescaped, and the place after its closing quote.
func (s *cells) cutQuoted(d *dialect, text []byte, p int) (field []byte, q int) {
	start, copied := p, false
	for ; p < len(text); p++ {
		c := text[p]
		if c == d.escape && p+1 < len(text) && (text[p+1] == d.quote || c != d.quote && text[p+1] == d.escape) {
			if !copied {
				field, copied = append(field, text[start:p]...), true
			}
			p++
			field = append(field, text[p])
			continue
		}
		if c == d.quote {
			if !copied {
				field = text[start:p]
			}
			return field, p + 1
		}
		if copied {
			field = append(field, c)
		}
	}
	s.broken = true
	if !copied {
		field = text[start:]
	}
	return field, p
}

// sniff completes the dialect from the sample.
func (o *options) sniff(text []byte, whole bool) {
	if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') >= 0 && (whole || len(text) > 1<<16) {
		o.newline = '\r'
	}
	if o.delimSet {
		return
	}
	best, bestScore := o.delim, -1.0
	for _, c := range []byte{',', '\t', ';', '|', ':'} {
		d := o.dialect
		d.delim = c
		if score := consistency(cut(&d, text[:min(len(text), 64<<10)], whole && len(text) <= 64<<10, 1000)); score > bestScore {
			best, bestScore = c, score
		}
	}
	o.delim = best
}

// consistency rates how well a delimiter explains the sample: the part of the rows that have the most frequent number of fields, if that is
// above one, with more fields breaking ties.
func consistency(s *cells) float64 {
	counts := map[int]int{}
	for i := range s.rows() {
		r, _ := s.row(i)
		counts[len(r)]++
	}
	fields, rows := 0, 0
	for f, n := range counts {
		if n > rows || n == rows && f > fields {
			fields, rows = f, n
		}
	}
	if fields <= 1 || s.broken {
		return -1
	}
	return float64(rows)/float64(s.rows()) + float64(min(fields, 1000))/1e4
}

// guess collects what the values of one column could be.
type guess struct {
	values               int
	bools, ints, floats  int
	dates, times, stamps int
	zoned, fine          bool
	minInt, maxInt       data.Int128
	seenInt, text        bool
}

// add looks at a value that is not null.
func (g *guess) add(b []byte) {
	g.values++
	if g.text {
		return
	}
	switch {
	case boolWord(b) && isBool(b):
		g.bools++
	case g.number(b):
	default:
		switch fs.TextClass(b) {
		case dtype.Date:
			g.dates++
		case dtype.Time:
			g.times++
		case dtype.Timestamp:
			g.stamps++
			_, offset, _ := data.ParseTimestamp(b, dtype.Micro)
			g.zoned = g.zoned || offset && b[len(b)-1] != 'Z'
			g.fine = g.fine || fs.Finer(b, dtype.Micro)
		default:
			g.text = true
		}
	}
}

func isBool(b []byte) bool { _, ok := data.ParseBool(b); return ok }

// number adds a number, unless reading it as one would lose something.
func (g *guess) number(b []byte) bool {
	t := dtype.Of(dtype.Int64)
	if changed(&t, b) || len(b) == 0 {
		return false
	}
	if v, ok := data.ParseInt128(b); ok {
		if !g.seenInt || v.Cmp(g.minInt) < 0 {
			g.minInt = v
		}
		if !g.seenInt || v.Cmp(g.maxInt) > 0 {
			g.maxInt = v
		}
		g.seenInt = true
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

// typ is the narrowest type that holds all values.
func (g *guess) typ(timestamps bool) dtype.Type {
	switch {
	case g.values == 0 || g.text:
		return dtype.Of(dtype.String)
	case g.bools == g.values:
		return dtype.Of(dtype.Bool)
	case g.ints == g.values && g.minInt.IsInt64() && g.maxInt.IsInt64():
		return dtype.Of(dtype.Int64)
	case g.ints == g.values && g.minInt.Sign() >= 0 && g.maxInt.Hi == 0:
		return dtype.Of(dtype.Uint64)
	case g.ints == g.values:
		return dtype.Of(dtype.Int128)
	case g.ints+g.floats == g.values:
		return dtype.Of(dtype.Float64)
	case !timestamps:
		return dtype.Of(dtype.String)
	case g.dates == g.values:
		return dtype.Of(dtype.Date)
	case g.times == g.values:
		return dtype.Of(dtype.Time)
	case g.dates+g.stamps == g.values:
		t := dtype.TimestampOf(dtype.Micro, "")
		if g.fine {
			t.Unit = dtype.Nano
		}
		if g.zoned {
			t.Zone = "UTC"
		}
		return t
	default:
		return dtype.Of(dtype.String)
	}
}

// guesses returns the types of the columns of the rows from the given one on.
func (o *options) guesses(s *cells, from, fields int) []dtype.Type {
	gs := make([]guess, fields)
	for r := from; r < s.rows(); r++ {
		texts, plain := s.row(r)
		for c, v := range texts {
			if c < fields && !(plain[c] && o.isNull(v)) {
				gs[c].add(v)
			}
		}
	}
	out := make([]dtype.Type, fields)
	for i := range gs {
		out[i] = gs[i].typ(o.Timestamps)
		if o.allVarchar {
			out[i] = dtype.Of(dtype.String)
		}
	}
	return out
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

// findHeader decides whether the first row holds names: when it does not fit the types of the rows below it, or when all is text. A single row
// of text is a header.
func (o *options) findHeader(s *cells) {
	if o.headerSet || s.rows() == 0 {
		o.header = o.header && s.rows() > 0
		return
	}
	if o.Columns != nil {
		o.header = true
		for _, f := range o.Columns.Fields {
			o.header = o.header && slices.Contains(s.first(), f.Name)
		}
		if o.header {
			return
		}
	}
	first, _ := s.row(0)
	below := o.guesses(s, 1, len(first))
	o.header = true
	misfit := false
	for c, v := range first {
		var g guess
		g.add(v)
		own := g.typ(o.Timestamps).Kind
		if own != dtype.String && (s.rows() == 1 || below[c].Kind != dtype.String) {
			o.header = false // a value like those below it
		}
		misfit = misfit || len(v) > 0 && own == dtype.String && below[c].Kind != dtype.String
	}
	o.header = o.header || s.rows() > 1 && misfit
}

// names are the columns' names from a header, made unique; nil makes names of numbers.
func names(header []string, fields int) []string {
	out := make([]string, fields)
	seen := map[string]int{}
	for i := range out {
		name := "column" + strconv.Itoa(i)
		if i < len(header) && header[i] != "" {
			name = header[i]
		}
		if n := seen[name]; n > 0 {
			seen[name] = n + 1
			name += "_" + strconv.Itoa(n)
		}
		seen[name]++
		out[i] = name
	}
	return out
}

// empty is the error for files without anything in them.
func empty(path string) error {
	e := fault.New(fault.Data, "there are no columns: the file is empty").WithHint("declare columns")
	e.Pos.Source = path
	return e
}
