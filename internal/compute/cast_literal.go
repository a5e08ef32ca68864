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
		p := literal{text: src[i].Bytes(k.c.Heap), try: k.try}
		if p.space(); len(p.text) == 0 || strings.IndexByte("[{(", p.text[0]) < 0 { // no nested value at all, which is not a null element
			p.try = false
		}
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

// literal is the text of a nested value that is not read yet. With try, an element that is no value of its type is null.
type literal struct {
	text  []byte
	try   bool
	depth int // of the value that is being read
}

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

// items reads what stands between commas up to the closing bracket.
func (p *literal) items(end byte, item func() bool) bool {
	if p.next(end) {
		return true
	}
	for item() {
		if p.next(end) {
			return true
		}
		if !p.next(',') {
			return false
		}
	}
	return false
}

// value reads one value of type t. An element of others that is none is null with try, if it has an end.
func (p *literal) value(t dtype.Type) (data.Scalar, bool) {
	p.space()
	from := p.text
	p.depth++
	v, ok := p.valueHere(t)
	p.depth--
	if !ok && p.try && p.depth > 0 && t.IsNested() {
		p.text = from
		return p.leaf(t)
	}
	return v, ok
}

func (p *literal) valueHere(t dtype.Type) (data.Scalar, bool) {
	s := data.Scalar{Type: t}
	switch {
	case (t.Kind == dtype.List || t.Kind == dtype.Array) && p.next('['):
		ok := p.items(']', func() bool {
			v, ok := p.value(t.Elem())
			s.Kids = append(s.Kids, v)
			return ok
		})
		return s, ok && (t.Kind == dtype.List || len(s.Kids) == t.Len)
	case t.Kind == dtype.Struct && p.next('{'):
		return p.fields(s)
	case t.Kind == dtype.Struct && p.next('('):
		return p.row(s)
	case t.Kind == dtype.Map && p.next('{'):
		ok := p.items('}', func() bool {
			key, ok := p.key(t.Fields[0].Type)
			if !ok || key.Null || !p.next('=') && !p.next(':') {
				return false
			}
			v, ok := p.value(t.Fields[1].Type)
			s.Kids = append(s.Kids, data.Scalar{Type: t.Elem(), Kids: []data.Scalar{key, v}})
			return ok
		})
		return s, ok
	default:
		return p.leaf(t)
	}
}

// fields reads "name: value" pairs in any order up to the brace; missing fields are null, unknown ones an error.
func (p *literal) fields(s data.Scalar) (data.Scalar, bool) {
	for _, f := range s.Type.Fields {
		s.Kids = append(s.Kids, data.NullScalar(f.Type))
	}
	ok := p.items('}', func() bool {
		name, _, ok := p.word(":", false)
		if !ok || !p.next(':') {
			return false
		}
		at := dtype.Schema{Fields: s.Type.Fields}.IndexFold(string(name))
		if at < 0 {
			return false
		}
		s.Kids[at], ok = p.value(s.Type.Fields[at].Type)
		return ok
	})
	return s, ok
}

// row reads the values of all fields in order up to the parenthesis; without any, they are null.
func (p *literal) row(s data.Scalar) (data.Scalar, bool) {
	ok := p.items(')', func() bool {
		if len(s.Kids) == len(s.Type.Fields) {
			return false
		}
		v, ok := p.value(s.Type.Fields[len(s.Kids)].Type)
		s.Kids = append(s.Kids, v)
		return ok
	})
	if len(s.Kids) == 0 {
		for _, f := range s.Type.Fields {
			s.Kids = append(s.Kids, data.NullScalar(f.Type))
		}
	}
	return s, ok && len(s.Kids) == len(s.Type.Fields)
}

// key reads a map's key, which ends at an equals sign; a colon ends it only behind a quoted one, since times have colons.
func (p *literal) key(t dtype.Type) (data.Scalar, bool) {
	if t.IsNested() {
		return p.value(t)
	}
	text, quoted, ok := p.word("=", false)
	if !ok || !quoted && (bytes.EqualFold(text, nullWord) || len(text) == 0 && t.Kind != dtype.String) {
		return data.Scalar{}, false
	}
	return convert(text, t)
}

// word reads everything up to one of stops. Quotes come off wherever they stand, and a backslash protects the character behind it within them and only a
// quote outside. Of a value, what is in brackets is taken as it is, stops included. quoted says that the word starts with a quote; it fails where a quote or
// bracket has no end.
func (p *literal) word(stops string, value bool) (text []byte, quoted, ok bool) {
	p.space()
	depth, n, keep := 0, 0, 0
	for n < len(p.text) {
		c := p.text[n]
		switch {
		case depth == 0 && strings.IndexByte(stops, c) >= 0:
			p.text = p.text[n:]
			return text[:keep], quoted, true
		case c == '"' || c == '\'':
			size := quotedLen(p.text[n:])
			if size == 0 {
				return nil, false, false
			}
			if depth > 0 {
				text = append(text, p.text[n:n+size]...)
			} else {
				quoted = quoted || n == 0
				text = appendPlain(text, p.text[n+1:n+size-1])
			}
			n, keep = n+size, len(text)
			continue
		case c == '\\' && n+1 < len(p.text) && (p.text[n+1] == '"' || p.text[n+1] == '\''):
			if depth > 0 {
				text = append(text, c)
			}
			n++
			c = p.text[n]
		case value && (c == '[' || c == '{' || c == '('):
			depth++
		case depth > 0 && (c == ']' || c == '}' || c == ')'):
			depth--
		}
		text = append(text, c)
		if n++; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			keep = len(text)
		}
	}
	p.text = nil
	return text[:keep], quoted, depth == 0
}

// appendPlain appends what stands between quotes without the backslashes that protect characters.
func appendPlain(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		dst = append(dst, b[i])
	}
	return dst
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

// leaf reads a value of a type that is not nested, or null. An empty word is an empty text.
func (p *literal) leaf(t dtype.Type) (data.Scalar, bool) {
	text, quoted, ok := p.word(",]})", true)
	switch {
	case !ok:
		return data.Scalar{}, false
	case !quoted && bytes.EqualFold(text, nullWord):
		return data.NullScalar(t), true
	case !quoted && len(text) == 0 && t.Kind != dtype.String:
		return data.Scalar{}, false
	case t.IsNested():
		return data.NullScalar(t), p.try
	}
	v, ok := convert(text, t)
	if !ok && p.try {
		return data.NullScalar(t), true
	}
	return v, ok
}

// convert reads a value that is not nested.
func convert(text []byte, t dtype.Type) (data.Scalar, bool) {
	out, err := Cast(nil, data.ConstColumn(data.StringScalar(string(text)), 1), t, false)
	if err != nil {
		return data.Scalar{}, false
	}
	return out.Value(0), true
}
