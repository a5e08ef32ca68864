package compute

import (
	"bytes"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// parseNested reads lists ("[1, 2]"), structs ("{'a': 1}") and maps ("{k=v}" or "{k: v}") from text, as the cast to text writes them and as JSON
// does. It is a cold path and builds row by row.
func (k *conv) parseNested() *data.Column {
	b := data.NewBuilder(k.to, k.c.Len)
	src := data.Slice[data.View](k.c)
	for i := range src {
		if !k.c.Valid.Get(i) || k.valid != nil && !k.valid.Get(i) {
			b.AppendNull()
			continue
		}
		p := literal{text: src[i].Bytes(k.c.Heap)}
		v, ok := p.value(k.to)
		p.space()
		if !ok || len(p.text) > 0 {
			if !k.reject(i) {
				return nil
			}
			b.AppendNull()
			continue
		}
		b.AppendScalar(v)
	}
	return b.Build()
}

// literal is the text of a nested value that is not read yet.
type literal struct{ text []byte }

func (p *literal) space() { p.text = bytes.TrimLeft(p.text, " \t\r\n") }

// next consumes c after blanks.
func (p *literal) next(c byte) bool {
	p.space()
	if len(p.text) == 0 || p.text[0] != c {
		return false
	}
	p.text = p.text[1:]
	return true
}

// value reads one value of type t.
func (p *literal) value(t dtype.Type) (data.Scalar, bool) {
	p.space()
	s := data.Scalar{Type: t}
	switch t.Kind {
	case dtype.List, dtype.Array:
		if !p.next('[') {
			return p.leaf(t)
		}
		for first := true; !p.next(']'); first = false {
			if !first && !p.next(',') {
				return s, false
			}
			v, ok := p.value(t.Elem())
			if !ok {
				return s, false
			}
			s.Kids = append(s.Kids, v)
		}
		return s, t.Kind == dtype.List || len(s.Kids) == t.Len
	case dtype.Struct:
		if !p.next('{') {
			return p.leaf(t)
		}
		return p.fields(s)
	case dtype.Map:
		if !p.next('{') {
			return p.leaf(t)
		}
		for first := true; !p.next('}'); first = false {
			if !first && !p.next(',') {
				return s, false
			}
			key, ok := p.key(t.Fields[0].Type)
			if !ok || key.Null || !p.next('=') && !p.next(':') {
				return s, false
			}
			v, ok := p.value(t.Fields[1].Type)
			if !ok {
				return s, false
			}
			s.Kids = append(s.Kids, data.Scalar{Type: t.Elem(), Kids: []data.Scalar{key, v}})
		}
		return s, true
	default:
		return p.leaf(t)
	}
}

// fields reads "name: value" pairs in any order up to the brace; missing fields are null, unknown ones an error.
func (p *literal) fields(s data.Scalar) (data.Scalar, bool) {
	for _, f := range s.Type.Fields {
		s.Kids = append(s.Kids, data.NullScalar(f.Type))
	}
	for first := true; !p.next('}'); first = false {
		if !first && !p.next(',') {
			return s, false
		}
		name, _, ok := p.word(":=")
		if !ok || !p.next(':') {
			return s, false
		}
		at := dtype.Schema{Fields: s.Type.Fields}.IndexFold(string(name))
		if at < 0 {
			return s, false
		}
		if s.Kids[at], ok = p.value(s.Type.Fields[at].Type); !ok {
			return s, false
		}
	}
	return s, true
}

// key reads a map's key, which ends at an equals sign; a colon ends it only behind a quoted one, since times have colons.
func (p *literal) key(t dtype.Type) (data.Scalar, bool) {
	if t.IsNested() {
		return p.value(t)
	}
	text, quoted, ok := p.word("=")
	if !ok || !quoted && bytes.EqualFold(text, nullWord) {
		return data.Scalar{}, false
	}
	return convert(text, t)
}

// word reads a quoted string, or everything up to a separator, a closing bracket or one of stops that is in no brackets or quotes itself.
func (p *literal) word(stops string) (text []byte, quoted, ok bool) {
	p.space()
	if n := quotedLen(p.text); n > 0 {
		text = appendUnquoted(nil, p.text[1:n-1])
		p.text = p.text[n:]
		return text, true, true
	}
	depth, n := 0, 0
	for n < len(p.text) {
		c := p.text[n]
		switch {
		case c == '[' || c == '{' || c == '(':
			depth++
		case depth > 0 && (c == ']' || c == '}' || c == ')'):
			depth--
		case depth > 0 && (c == '"' || c == '\''):
			n += max(quotedLen(p.text[n:]), 1) - 1
		case depth == 0 && (c == ',' || c == ']' || c == '}' || strings.IndexByte(stops, c) >= 0):
			text = bytes.TrimRight(p.text[:n], " \t\r\n")
			p.text = p.text[n:]
			return text, false, len(text) > 0
		}
		n++
	}
	text = bytes.TrimRight(p.text, " \t\r\n")
	p.text = nil
	return text, false, len(text) > 0
}

// quotedLen is the length of the quoted string that b starts with, both quotes included, or 0 if there is none.
func quotedLen(b []byte) int {
	if len(b) == 0 || b[0] != '\'' && b[0] != '"' {
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case b[0]:
			return i + 1
		}
	}
	return 0
}

// leaf reads a value of a type that is not nested, or null.
func (p *literal) leaf(t dtype.Type) (data.Scalar, bool) {
	text, quoted, ok := p.word("")
	switch {
	case !ok:
		return data.Scalar{}, false
	case !quoted && bytes.EqualFold(text, nullWord):
		return data.NullScalar(t), true
	case t.IsNested():
		return data.Scalar{}, false
	}
	return convert(text, t)
}

// convert reads a value that is not nested.
func convert(text []byte, t dtype.Type) (data.Scalar, bool) {
	out, err := Cast(nil, data.ConstColumn(data.StringScalar(string(text)), 1), t, false)
	if err != nil {
		return data.Scalar{}, false
	}
	return out.Value(0), true
}
