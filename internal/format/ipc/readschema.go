package ipc

import (
	"unicode/utf8"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// typeNote is the key of a field's metadata under which we keep a type that Arrow has no equal for.
const typeNote = "siksik:type"

// The types of the union Type in Arrow's schema.
const (
	arrowNull = iota + 1
	arrowInt
	arrowFloat
	arrowBinary
	arrowUtf8
	arrowBool
	arrowDecimal
	arrowDate
	arrowTime
	arrowTimestamp
	arrowInterval
	arrowList
	arrowStruct
	arrowUnion
	arrowFixedBinary
	arrowFixedList
	arrowMap
	arrowDuration
	arrowLargeBinary
	arrowLargeUtf8
	arrowLargeList
	arrowRunEnd
	arrowBinaryView
	arrowUtf8View
	arrowListView
	arrowLargeListView
)

// depthMax is how deep types may nest.
const depthMax = 64

// schemaReader turns a Schema message into nodes.
type schemaReader struct {
	dicts map[int64]*dictionary
}

// parseSchema reads a Schema table.
func parseSchema(t ftable) (*schema, error) {
	if !t.has() {
		return nil, corrupt("there is no schema")
	}
	if t.short(0, 0) != 0 {
		return nil, fault.New(fault.Unsupported, "the values are big-endian").
			WithHint("write the file on a little-endian machine, which all common ones are")
	}
	r := &schemaReader{dicts: map[int64]*dictionary{}}
	s := &schema{dicts: r.dicts}
	for _, f := range t.tables(1) {
		n, name, err := r.field(f, "", 0)
		if err != nil {
			return nil, err
		}
		s.cols = append(s.cols, n)
		s.typed.Fields = append(s.typed.Fields, dtype.Field{Name: name, Type: n.typ})
	}
	if t.f.bad {
		return nil, corrupt("the schema is malformed")
	}
	return s, nil
}

func corrupt(format string, args ...any) *fault.Error { return fault.New(fault.Data, format, args...) }

// refuse is the error for a type that there is no equal for.
func refuse(path, format string, args ...any) error {
	e := fault.New(fault.Unsupported, format, args...)
	e.Pos.Column = path
	return e
}

// field reads a Field table and those of its children.
func (r *schemaReader) field(t ftable, parent string, depth int) (*node, string, error) {
	name := t.str(0)
	if !utf8.ValidString(name) {
		return nil, "", corrupt("the name of a column is not UTF-8: %s", fault.Quote(name))
	}
	path := name
	if parent != "" {
		path = parent + "." + name
	}
	if depth > depthMax || !t.has() || t.f.bad {
		return nil, "", corrupt("the schema is malformed at column %s", fault.Quote(path))
	}
	meta := keyValues(t, 6)
	n := &node{path: path}
	kids := t.tables(5)
	for _, k := range kids {
		kid, kidName, err := r.field(k, path, depth+1)
		if err != nil {
			return nil, "", err
		}
		n.kids = append(n.kids, kid)
		n.typ.Fields = append(n.typ.Fields, dtype.Field{Name: kidName, Type: kid.typ})
	}
	if err := n.fromArrow(int(t.byte(2)), t.sub(3)); err != nil {
		return nil, "", err
	}
	n.extend(meta)
	if d := t.sub(4); d.has() {
		var err error
		if n, err = r.coded(n, d, meta); err != nil {
			return nil, "", err
		}
	}
	if t.f.bad {
		return nil, "", corrupt("the schema is malformed at column %s", fault.Quote(path))
	}
	return n, name, nil
}

// keyValues reads the metadata in field i.
func keyValues(t ftable, i int) map[string]string {
	out := map[string]string{}
	for _, kv := range t.tables(i) {
		out[kv.str(0)] = kv.str(1)
	}
	return out
}

// coded makes a node of dictionary codes for values that are described by n.
func (r *schemaReader) coded(values *node, d ftable, meta map[string]string) (*node, error) {
	id := d.long(0)
	index := d.sub(1)
	bits, signed := 32, true
	if index.has() {
		bits, signed = index.int(0, 0), index.byte(1) != 0
	}
	if bits != 8 && bits != 16 && bits != 32 && bits != 64 {
		return nil, corrupt("column %s has dictionary codes of %d bits", fault.Quote(values.path), bits)
	}
	known := r.dicts[id]
	if known == nil {
		known = &dictionary{id: id, values: values}
		r.dicts[id] = known
	} else if !known.values.same(values) {
		return nil, corrupt("columns %s and %s share dictionary %d but not its type", fault.Quote(known.values.path), fault.Quote(values.path), id)
	}
	n := &node{path: values.path, typ: values.typ, lay: layDict, width: bits / 8, sign: signed, dict: known}
	if t, err := dtype.Parse(meta[typeNote]); err == nil && t.Kind == dtype.Enum && values.typ.Kind == dtype.String {
		n.typ, n.enum = t, true
	} else if vals := polarsEnum(meta[polarsEnumNote]); vals != nil && values.typ.Kind == dtype.String {
		n.typ, n.enum = dtype.EnumOf(vals...), true
	}
	return n, nil
}

// same reports whether two nodes have the same layout.
func (n *node) same(o *node) bool {
	if n.lay != o.lay || n.width != o.width || n.conv != o.conv || !n.typ.Equal(o.typ) || len(n.kids) != len(o.kids) || n.dict != o.dict {
		return false
	}
	for i := range n.kids {
		if !n.kids[i].same(o.kids[i]) {
			return false
		}
	}
	return true
}

// extend applies an extension type that we know; all others are read as what they are stored as.
func (n *node) extend(meta map[string]string) {
	switch meta["ARROW:extension:name"] {
	case "arrow.uuid":
		if n.lay == layFixedBinary && n.width == 16 {
			n.typ, n.lay, n.conv = dtype.Of(dtype.UUID), layFixed, convUUID
		}
	case "arrow.json":
		if n.text {
			n.typ = dtype.Of(dtype.JSON)
		}
	}
	if meta[typeNote] == "int128" && n.typ.Equal(dtype.DecimalOf(38, 0)) && n.conv == convNone {
		n.typ = dtype.Of(dtype.Int128)
	}
}
