package csv

import "bytes"

// span is a quoted field: where its opening quote is, and the place behind its closing one.
type span struct{ open, behind uint32 }

// spans are the quoted fields of a loaded piece.
type spans struct {
	list    []span
	sound   bool // each quote opens a field, closes one, or is doubled inside of one
	escaped bool // there are doubled quotes
}

// find lists the quoted fields of buf[lo:hi], which starts behind a line end in the given state, and returns the state behind it, as
// dialect.after does. Where quotes stand in unquoted fields, or text stands behind a closing quote, the list is void.
func (s *spans) find(buf []byte, lo, hi int, inside bool, d *dialect) bool {
	s.list, s.sound, s.escaped = s.list[:0], true, false
	if d.quote == 0 {
		return false
	}
	text, first := buf[:hi], inside
	open := uint32(lo)
	for p := lo; ; {
		i := bytes.IndexByte(text[p:], d.quote)
		if i < 0 {
			if inside {
				s.list = append(s.list, span{open, uint32(hi)})
			}
			return inside
		}
		p += i + 1
		switch {
		case !inside:
			if open = uint32(p - 1); p-1 > lo && text[p-2] != d.delim && text[p-2] != d.newline {
				s.sound = false
				return d.after(text[lo:], first)
			}
			inside = true
		case p < hi && text[p] == d.quote:
			s.escaped = true
			p++
		case p < hi && text[p] != d.delim && text[p] != d.newline && !(text[p] == '\r' && d.newline == '\n' && p+1 < hi && text[p+1] == '\n'):
			s.sound = false
			return d.after(text[lo:], first)
		default:
			s.list = append(s.list, span{open, uint32(p)})
			inside = false
		}
	}
}
