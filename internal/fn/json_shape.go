package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
)

// jsonText makes a function that writes a text from each valid JSON text.
func jsonText(write func(dst, v []byte) []byte) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		s := textsOf(args[0])
		return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
			v := s.at(i)
			if err := checkJSON(v); err != nil {
				return dst, false, err
			}
			return write(dst, trimSpaces(v)), true, nil
		})
	})
}

// appendPretty appends a valid value with each member and element on a line of its own, below is how deep it stands.
func appendPretty(dst, v []byte, below int) []byte {
	if v[0] != '{' && v[0] != '[' {
		return append(dst, v...)
	}
	line := func(dst []byte, below int) []byte {
		dst = append(dst, '\n')
		for range below {
			dst = append(dst, "    "...)
		}
		return dst
	}
	dst = append(dst, v[0])
	empty := true
	eachMember(v, func(key, value []byte) bool {
		if !empty {
			dst = append(dst, ',')
		}
		empty = false
		dst = line(dst, below+1)
		if key != nil {
			dst = append(append(dst, key...), ": "...)
		}
		dst = appendPretty(dst, value, below+1)
		return true
	})
	if !empty {
		dst = line(dst, below)
	}
	return append(dst, v[0]+2) // the closing one of a bracket or a brace
}

// appendStructure appends the types of a valid value as JSON: those of an object by key, and one for all elements of an array.
func appendStructure(dst, v []byte) []byte {
	var s jsonShape
	s.add(v)
	return s.append(dst)
}

// jsonShape is the type of all values at one place.
type jsonShape struct {
	kind    string // as json_type says, or HUGEINT, or JSON for values without a common type; empty: nothing but nulls
	keys    []string
	members map[string]*jsonShape
	elem    *jsonShape
}

func (s *jsonShape) add(v []byte) {
	kind := jsonTypeOf(v)
	if kind == "NULL" {
		return
	}
	s.kind = commonKind(s.kind, kind)
	switch s.kind {
	case "OBJECT":
		eachMember(v, func(key, value []byte) bool {
			name := string(compute.AppendUnquoted(nil, key))
			m := s.members[name]
			if m == nil {
				if s.members == nil {
					s.members = map[string]*jsonShape{}
				}
				m = &jsonShape{}
				s.members[name] = m
				s.keys = append(s.keys, name)
			}
			m.add(value)
			return true
		})
	case "ARRAY":
		if s.elem == nil {
			s.elem = &jsonShape{}
		}
		eachMember(v, func(_, value []byte) bool {
			s.elem.add(value)
			return true
		})
	}
}

// commonKind is a type for values of both; the first may be empty.
func commonKind(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case !jsonNumber(a) || !jsonNumber(b):
		return "JSON"
	case a == "DOUBLE" || b == "DOUBLE":
		return "DOUBLE"
	default:
		return "HUGEINT"
	}
}

func jsonNumber(kind string) bool {
	return kind == "UBIGINT" || kind == "BIGINT" || kind == "HUGEINT" || kind == "DOUBLE"
}

func (s *jsonShape) append(dst []byte) []byte {
	switch {
	case s.kind == "":
		return append(dst, `"NULL"`...)
	case s.kind == "ARRAY":
		return append(s.elem.append(append(dst, '[')), ']')
	case s.kind == "OBJECT" && len(s.keys) == 0:
		return append(dst, `"JSON"`...)
	case s.kind != "OBJECT":
		return append(append(append(dst, '"'), s.kind...), '"')
	}
	for i, k := range s.keys {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		dst = append(compute.AppendQuoted(append(dst, sep), k), ':')
		dst = s.members[k].append(dst)
	}
	return append(dst, '}')
}
