package csv

import "bytes"

// delims are the delimiters that are tried, the usual ones first; the last one, which times have too, only where no other fits.
var delims = []byte{',', '\t', ';', '|', ':'}

// sniff completes the dialect from the sample. What the options give stays.
func (o *options) sniff(text []byte, whole bool) {
	if !o.newlineSet && bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') >= 0 && (whole || len(text) > 1<<16) {
		o.newline = '\r'
	}
	if len(text) > 64<<10 {
		text, whole = text[:64<<10], false
	}
	best, top := o.dialect, rating{}
	for _, d := range o.quotings(text) {
		tried := delims
		if o.delimSet {
			tried = []byte{o.delim}
		}
		for _, c := range tried {
			if d.delim = c; c == d.quote || c == d.comment {
				continue
			}
			if r := rate(&d, text, whole); r.better(top) && (c != ':' || r.share == 1 && top.share == 0 || o.delimSet) {
				best, top = d, r
			}
		}
	}
	o.dialect = best
}

// quotings are the dialects that differ in how fields are quoted and that the text gives reason to try: other quotes and escapes only if these
// characters are there, and blanks around quotes only where some stand beside one.
func (o *options) quotings(text []byte) []dialect {
	quotes := []byte{o.quote}
	if !o.quoteSet && bytes.IndexByte(text, '\'') >= 0 {
		quotes = append(quotes, '\'')
	}
	out := []dialect{o.dialect}
	for _, q := range quotes {
		d := o.dialect
		d.quote = q
		escapes := []byte{q}
		switch {
		case o.escapeSet:
			escapes[0] = o.escape
		case q != 0 && bytes.IndexByte(text, '\\') >= 0:
			escapes = append(escapes, '\\')
		}
		spaced := q != 0 && (bytes.Contains(text, []byte{' ', q}) || bytes.Contains(text, []byte{q, ' '}))
		for _, e := range escapes {
			d.escape, d.spaced = e, false
			if d != o.dialect {
				out = append(out, d)
			}
			if spaced {
				d.spaced = true
				out = append(out, d)
			}
		}
	}
	return out
}

// rating is how well a dialect explains a sample.
type rating struct {
	share  float64 // of the rows, those that have the most frequent number of fields; 0 if quotes do not fit, or if nothing tells that there is one field
	fields int     // the most frequent number of fields
	quoted int     // how many fields are in quotes
}

// better reports whether a dialect is to be preferred to another that was tried before it.
func (r rating) better(o rating) bool {
	switch {
	case r.share != o.share:
		return r.share > o.share
	case (r.quoted > 0) != (o.quoted > 0):
		return r.quoted > 0 // what other delimiters would cut may stand inside the quotes
	case r.fields != o.fields:
		return r.fields > o.fields
	}
	return r.quoted > o.quoted
}

// rate cuts up to a thousand rows.
func rate(d *dialect, text []byte, whole bool) rating {
	var s cells
	counts := map[int]int{}
	all := 0
	for p := len(text) - len(skipLines(d, text)); all < 1000; all++ {
		q, ok := s.next(d, text, p, whole)
		if !ok {
			break
		}
		p = q
		counts[len(s.texts)]++
	}
	fields, rows := 0, 0
	for f, n := range counts {
		if n > rows || n == rows && f > fields {
			fields, rows = f, n
		}
	}
	if s.broken || fields <= 1 && (rows < all || s.quoted == 0) {
		return rating{}
	}
	return rating{float64(rows) / float64(all), min(fields, 1000), s.quoted}
}
