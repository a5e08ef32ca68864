package csv

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/siksik-data/siksik/dtype"
)

// findHeader decides whether the first row holds names: when it does not fit the types of the rows below it, or when all is text and
// nothing a list or struct. A single row of text is a header.
func (o *options) findHeader(s *sample) {
	if o.headerSet || s.rows == 0 {
		o.header = o.header && s.rows > 0
		return
	}
	if o.Columns != nil {
		o.header = true
		for _, f := range o.Columns.Fields {
			o.header = o.header && slices.Contains(s.first.names(), f.Name)
		}
		if o.header {
			return
		}
	}
	first := s.first.texts
	below := s.kinds(len(first), false)
	o.header = true
	misfit := false
	for c, v := range first {
		var g guess
		g.add(v, o)
		own := g.kind(o).typ.Kind
		if own != dtype.String && (s.rows == 1 || below[c].typ.Kind != dtype.String) || nested(v) {
			o.header = false // a value like those below it
		}
		misfit = misfit || len(v) > 0 && own == dtype.String && below[c].typ.Kind != dtype.String
	}
	o.header = o.header || s.rows > 1 && misfit
}

// nested reports whether a text is that of a list or struct, which no name is.
func nested(v []byte) bool {
	n := len(v)
	return n > 1 && (v[0] == '[' && v[n-1] == ']' || v[0] == '{' && v[n-1] == '}')
}

// words makes names of letters, digits and underscores of texts: in lower case, with underscores for blanks and before a digit at the start. What is
// empty stays so.
func words(list []string) []string {
	out := make([]string, len(list))
	for i, n := range list {
		var b strings.Builder
		for k, part := range strings.Fields(n) {
			if k > 0 {
				b.WriteByte('_')
			}
			for _, c := range part {
				if unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' {
					b.WriteRune(unicode.ToLower(c))
				}
			}
		}
		name := b.String()
		if n != "" && (name == "" || name[0]-'0' <= 9) {
			name = "_" + name
		}
		out[i] = name
	}
	return out
}

// distinct numbers a name that was seen before.
func distinct(name string, seen map[string]int) string {
	n := seen[name]
	seen[name]++
	if n > 0 {
		return distinct(name+"_"+strconv.Itoa(n), seen)
	}
	return name
}
