package dtype

import (
	"strings"

	"github.com/siksik-data/siksik/fault"
)

// Field is a named, typed column or struct member.
type Field struct {
	Name     string
	Type     Type
	Required bool // no nulls by declaration
}

// Schema is an ordered list of fields. Names may repeat only where a source has repeated names.
type Schema struct{ Fields []Field }

// NewSchema returns the schema of the fields.
func NewSchema(fields ...Field) Schema { return Schema{Fields: fields} }

// Len returns the number of fields.
func (s Schema) Len() int { return len(s.Fields) }

// Index returns the position of the field called name, exactly, or -1.
func (s Schema) Index(name string) int {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

// IndexFold returns the position of the field called name ignoring case (an exact match wins), or -1.
func (s Schema) IndexFold(name string) int {
	if i := s.Index(name); i >= 0 {
		return i
	}
	for i := range s.Fields {
		if strings.EqualFold(s.Fields[i].Name, name) {
			return i
		}
	}
	return -1
}

// Lookup returns the position of name, or a name error with the nearest field and the list of fields.
func (s Schema) Lookup(name string) (int, error) {
	if i := s.Index(name); i >= 0 {
		return i, nil
	}
	e := fault.New(fault.Name, "no column %q", name)
	e.Hint = fault.DidYouMean(name, s.Names())
	if e.Hint == "" {
		e.Hint = "columns: " + strings.Join(s.Names(), ", ")
	}
	return -1, e
}

// Names returns the field names in order.
func (s Schema) Names() []string {
	names := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		names[i] = f.Name
	}
	return names
}

// Equal reports whether names and types agree in order.
func (s Schema) Equal(o Schema) bool { return StructOf(s.Fields...).Equal(StructOf(o.Fields...)) }

// String returns "name type, name type, …".
func (s Schema) String() string {
	parts := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		parts[i] = f.Name + " " + f.Type.String()
	}
	return strings.Join(parts, ", ")
}
