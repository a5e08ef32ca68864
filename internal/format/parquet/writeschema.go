package parquet

import (
	"encoding/json"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// order is how the bounds of a leaf compare.
type order uint8

const (
	orderNone order = iota // no bounds are written
	orderI32
	orderI64
	orderU32
	orderU64
	orderF32
	orderF64
	orderBytes   // unsigned, lexicographic
	orderDecimal // big-endian, two's complement
	orderBool
)

// target is a node of the schema that is written: what shredding does with a column.
type target struct {
	typ      dtype.Type
	name     string
	optional bool
	rep      uint8 // repetition level of its elements, for lists
	kids     []*target
	leaf     *leafWriter
}

// schemaWriter builds the stored schema.
type schemaWriter struct {
	t      thrift
	elems  int
	leaves []*leafWriter
	notes  map[string]note
	opts   *sinkOptions
}

// lower builds the targets of the fields; the elements follow the root in s.t.
func (s *schemaWriter) lower(schema dtype.Schema) ([]*target, error) {
	if schema.Len() == 0 {
		return nil, fault.New(fault.Usage, "a Parquet file needs at least one column")
	}
	var out []*target
	seen := map[string]bool{}
	for _, f := range schema.Fields {
		if seen[f.Name] {
			return nil, fault.New(fault.Name, "two columns are called %q; a Parquet file needs distinct names", f.Name)
		}
		seen[f.Name] = true
		t, err := s.node(f, "", nil, 0, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// group writes an element that has kids.
func (s *schemaWriter) group(name string, rep, kids, converted, logical int) {
	s.elems++
	s.t.element()
	s.t.i32(3, int32(rep))
	s.t.string(4, name)
	s.t.i32(5, int32(kids))
	if logical != ltNone {
		s.t.i32(6, int32(converted))
		s.t.begin(10)
		s.t.empty(logical)
		s.t.end()
	}
	s.t.end()
}

func (s *schemaWriter) node(f dtype.Field, path string, names []string, def, rep uint8) (*target, error) {
	if path != "" {
		path += "."
	}
	path += f.Name
	names = append(names[:len(names):len(names)], f.Name)
	t := &target{typ: f.Type, name: path, optional: !f.Required}
	repetition := required
	if t.optional {
		repetition = optional
		def++
	}
	if def > levelMax-2 || rep > levelMax-2 {
		return nil, fault.New(fault.Unsupported, "column %q nests too deep for Parquet", path)
	}
	var kids []dtype.Field
	switch f.Type.Kind {
	case dtype.Struct:
		if len(f.Type.Fields) == 0 {
			return nil, fault.New(fault.Unsupported, "column %q is a struct without fields, which Parquet cannot store", path)
		}
		s.group(f.Name, repetition, len(f.Type.Fields), 0, ltNone)
		kids = f.Type.Fields
	case dtype.List, dtype.Array:
		s.group(f.Name, repetition, 1, ctList, ltList)
		s.group("list", repeated, 1, 0, ltNone)
		if f.Type.Kind == dtype.Array {
			s.note(path, note{Kind: noteArray, Len: f.Type.Len})
		}
		path += ".list"
		names = append(names, "list")
		def, rep = def+1, rep+1
		t.rep = rep
		kids = []dtype.Field{{Name: "element", Type: f.Type.Fields[0].Type, Required: f.Type.Fields[0].Required}}
	case dtype.Map:
		s.group(f.Name, repetition, 1, ctMap, ltMap)
		s.group("key_value", repeated, 2, 0, ltNone)
		path += ".key_value"
		names = append(names, "key_value")
		def, rep = def+1, rep+1
		t.rep = rep
		kids = []dtype.Field{{Name: "key", Type: f.Type.Fields[0].Type, Required: true},
			{Name: "value", Type: f.Type.Fields[1].Type, Required: f.Type.Fields[1].Required}}
	default:
		t.leaf = &leafWriter{path: path, names: names, typ: f.Type, maxDef: def, maxRep: rep, required: !t.optional, opts: s.opts}
		s.leaves = append(s.leaves, t.leaf)
		return t, s.leafElement(f.Name, repetition, t.leaf)
	}
	for _, k := range kids {
		kid, err := s.node(k, path, names, def, rep)
		if err != nil {
			return nil, err
		}
		t.kids = append(t.kids, kid)
	}
	return t, nil
}

func (s *schemaWriter) note(path string, n note) {
	if s.notes == nil {
		s.notes = map[string]note{}
	}
	s.notes[path] = n
}

// notesText returns the notes as they are stored, or "".
func (s *schemaWriter) notesText() string {
	if s.notes == nil {
		return ""
	}
	b, err := json.Marshal(s.notes)
	if err != nil {
		return "" // plain structs of text and numbers always encode
	}
	return string(b)
}

// stored is how a type is stored.
type stored struct {
	phys      physType
	size      int
	order     order
	converted int // -1 for none
	logical   int
	note      *note
}

// storeOf chooses the storage of a type.
func storeOf(t dtype.Type) stored {
	switch t.Kind {
	case dtype.Null:
		return stored{ptInt32, 4, orderNone, -1, ltUnknown, nil}
	case dtype.Bool:
		return stored{ptBool, 1, orderBool, -1, ltNone, nil}
	case dtype.Int8, dtype.Int16, dtype.Int32:
		return stored{ptInt32, 4, orderI32, ctInt8 + int(t.Kind-dtype.Int8), ltInteger, nil}
	case dtype.Int64:
		return stored{ptInt64, 8, orderI64, ctInt64, ltInteger, nil}
	case dtype.Uint8, dtype.Uint16, dtype.Uint32:
		return stored{ptInt32, 4, orderU32, ctUint8 + int(t.Kind-dtype.Uint8), ltInteger, nil}
	case dtype.Uint64:
		return stored{ptInt64, 8, orderU64, ctUint64, ltInteger, nil}
	case dtype.Int128:
		return stored{ptFixed, 16, orderDecimal, ctDecimal, ltDecimal, &note{Kind: noteInt128}}
	case dtype.Float32:
		return stored{ptFloat, 4, orderF32, -1, ltNone, nil}
	case dtype.Float64:
		return stored{ptDouble, 8, orderF64, -1, ltNone, nil}
	case dtype.Decimal:
		switch t.Phys() {
		case dtype.PhysI32:
			return stored{ptInt32, 4, orderI32, ctDecimal, ltDecimal, nil}
		case dtype.PhysI64:
			return stored{ptInt64, 8, orderI64, ctDecimal, ltDecimal, nil}
		}
		return stored{ptFixed, 16, orderDecimal, ctDecimal, ltDecimal, nil}
	case dtype.String:
		return stored{ptBytes, 0, orderBytes, ctUTF8, ltString, nil}
	case dtype.JSON:
		return stored{ptBytes, 0, orderBytes, ctJSON, ltJSON, nil}
	case dtype.Enum:
		return stored{ptBytes, 0, orderBytes, ctEnum, ltEnum, &note{Kind: noteEnum, Values: t.Values}}
	case dtype.Date:
		return stored{ptInt32, 4, orderI32, ctDate, ltDate, nil}
	case dtype.Time:
		return stored{ptInt64, 8, orderI64, -1, ltTime, nil}
	case dtype.Timestamp:
		return storeTimestamp(t)
	case dtype.Duration:
		return stored{ptInt64, 8, orderI64, -1, ltNone, &note{Kind: noteDuration, Unit: t.Unit}}
	case dtype.Interval:
		return stored{ptFixed, 16, orderNone, -1, ltNone, &note{Kind: noteInterval}}
	case dtype.UUID:
		return stored{ptFixed, 16, orderBytes, -1, ltUUID, nil}
	default:
		return stored{ptBytes, 0, orderBytes, -1, ltNone, nil}
	}
}

func storeTimestamp(t dtype.Type) stored {
	s := stored{ptInt64, 8, orderI64, -1, ltTimestamp, nil}
	switch {
	case t.Zone != "" && t.Unit == dtype.Micro:
		s.converted = ctTimestampMicros
	case t.Zone != "" && (t.Unit == dtype.Milli || t.Unit == dtype.Second):
		s.converted = ctTimestampMillis
	}
	if t.Unit == dtype.Second {
		s.note = &note{Kind: noteSeconds, Zone: t.Zone}
	} else if t.Zone != "" && t.Zone != "UTC" {
		s.note = &note{Kind: noteZone, Zone: t.Zone}
	}
	return s
}

func (s *schemaWriter) leafElement(name string, repetition int, l *leafWriter) error {
	st := storeOf(l.typ)
	l.phys, l.width, l.order = st.phys, st.size, st.order
	if st.note != nil {
		s.note(l.path, *st.note)
	}
	if l.typ.Kind == dtype.Null && l.required {
		return fault.New(fault.Type, "column %q holds only nulls and cannot be required", l.path)
	}
	precision, scale := int32(l.typ.Precision), int32(l.typ.Scale)
	if l.typ.Kind == dtype.Int128 {
		precision = 38
	}
	w := &s.t
	s.elems++
	w.element()
	w.i32(1, int32(st.phys))
	if st.phys == ptFixed {
		w.i32(2, int32(st.size))
	}
	w.i32(3, int32(repetition))
	w.string(4, name)
	if st.converted >= 0 {
		w.i32(6, int32(st.converted))
	}
	if st.logical == ltDecimal {
		w.i32(7, scale)
		w.i32(8, precision)
	}
	if st.logical != ltNone {
		w.begin(10)
		s.logical(st.logical, l.typ, scale, precision)
		w.end()
	}
	w.end()
	return nil
}

// logical writes a case of the union.
func (s *schemaWriter) logical(kind int, t dtype.Type, scale, precision int32) {
	w := &s.t
	w.begin(kind)
	switch kind {
	case ltDecimal:
		w.i32(1, scale)
		w.i32(2, precision)
	case ltInteger:
		w.i8(1, int8(8*t.Phys().Width()))
		w.bool(2, !t.IsUnsigned())
	case ltTime, ltTimestamp:
		w.bool(1, kind == ltTimestamp && t.Zone != "")
		unit := unitMicros
		if kind == ltTimestamp {
			unit = map[dtype.Unit]int{dtype.Micro: unitMicros, dtype.Nano: unitNanos, dtype.Milli: unitMillis, dtype.Second: unitMillis}[t.Unit]
		}
		w.begin(2)
		w.empty(unit)
		w.end()
	}
	w.end()
}
