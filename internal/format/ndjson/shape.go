package ndjson

import (
	"bytes"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/fs"
)

// shapeOf counts what stands at one place of the sampled documents.
type shapeOf struct {
	objects, lists, bools int
	ints, floats, texts   int
	minInt, maxInt        data.Int128
	hugeInt               bool // beyond 128 bits
	other                 bool // text that is no date or time
	uuids                 int  // texts that are UUIDs as they are written in full and in lower case
	moments               fs.Moments
	names                 []string
	members               map[string]*shapeOf
	elem                  *shapeOf
}

// seen is how many values were added besides nulls.
func (s *shapeOf) seen() int { return s.objects + s.lists + s.bools + s.ints + s.floats + s.texts }

// member returns the shape of a key, which appears in the order of first sight.
func (s *shapeOf) member(name []byte) *shapeOf {
	m := s.members[string(name)]
	if m == nil {
		if s.members == nil {
			s.members = map[string]*shapeOf{}
		}
		m = &shapeOf{}
		s.members[string(name)] = m
		s.names = append(s.names, string(name))
	}
	return m
}

// number adds a JSON number.
func (s *shapeOf) number(b []byte) {
	if bytes.ContainsAny(b, ".eE") {
		s.floats++
		return
	}
	v, ok := data.ParseInt128(b)
	if !ok {
		s.hugeInt = true
	} else if s.ints == 0 || v.Cmp(s.minInt) < 0 {
		s.minInt = v
	}
	if ok && (s.ints == 0 || v.Cmp(s.maxInt) > 0) {
		s.maxInt = v
	}
	s.ints++
}

// text adds a string.
func (s *shapeOf) text(b []byte) {
	s.texts++
	if v, ok := data.ParseUUID(b); ok && len(b) == 36 && string(data.AppendUUID(nil, v)) == string(b) {
		s.uuids++
	}
	s.other = s.other || !s.moments.Add(b)
}

// typ is the narrowest type that holds all that was seen. What has no common type stays JSON text, which loses nothing.
func (s *shapeOf) typ(timestamps bool) dtype.Type {
	numbers := s.ints + s.floats
	kinds := 0
	for _, n := range [...]int{s.objects, s.lists, s.bools, numbers, s.texts} {
		if n > 0 {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return dtype.Of(dtype.JSON)
	case s.objects > 0:
		if t := s.structType(timestamps); len(t.Fields) > 0 {
			return t
		}
		return dtype.Of(dtype.JSON)
	case s.lists > 0:
		return dtype.ListOf(s.elem.typ(timestamps))
	case s.bools > 0:
		return dtype.Of(dtype.Bool)
	case s.texts > 0:
		return s.textType(timestamps)
	case s.floats > 0 || s.hugeInt:
		return dtype.Of(dtype.Float64)
	case s.minInt.IsInt64() && s.maxInt.IsInt64():
		return dtype.Of(dtype.Int64)
	case s.minInt.Sign() >= 0 && s.maxInt.Hi == 0:
		return dtype.Of(dtype.Uint64)
	default:
		return dtype.Of(dtype.Int128)
	}
}

func (s *shapeOf) textType(timestamps bool) dtype.Type {
	if s.uuids == s.texts {
		return dtype.Of(dtype.UUID)
	}
	if s.other || !timestamps {
		return dtype.Of(dtype.String)
	}
	return s.moments.Type(s.texts)
}

// structType is the struct of the members in the order of first sight.
func (s *shapeOf) structType(timestamps bool) dtype.Type {
	fields := make([]dtype.Field, len(s.names))
	for i, n := range s.names {
		fields[i] = dtype.Field{Name: n, Type: s.members[n].typ(timestamps)}
	}
	return dtype.StructOf(fields...)
}
