package parquet

import (
	"github.com/siksik-data/siksik/dtype"
	"strconv"
)

// column is a node of the logical schema: the physical groups that only spell lists and maps are folded away.
//
// Levels of its leaves say where it stands: it has a slot for each entry with rep <= slotRep and def >= slotDef, and its value is
// present in the slots with def >= def.
type column struct {
	name     string
	typ      dtype.Type
	nullable bool
	def      uint8
	slotRep  uint8
	slotDef  uint8
	elemDef  uint8 // lists and maps: an entry with def >= elemDef and rep <= slotRep+1 is an element
	leaf     *leafInfo
	kids     []*column
}

// leafInfo is a column of values.
type leafInfo struct {
	index   int // among the chunks of a row group
	path    string
	phys    physType
	size    int // bytes of a FIXED_LEN_BYTE_ARRAY
	maxDef  uint8
	maxRep  uint8
	flat    bool // stands at the top of the schema: at most one bit of level
	typ     dtype.Type
	conv    conv
	special bool // its statistics are not in the order of the values
}

// leaves appends the leaves below c in order.
func (c *column) leaves(dst []*leafInfo) []*leafInfo {
	if c.leaf != nil {
		return append(dst, c.leaf)
	}
	for _, k := range c.kids {
		dst = k.leaves(dst)
	}
	return dst
}

// levelMax is the largest definition or repetition level we hold, in a byte.
const levelMax = 250

// builder walks the stored schema.
type schemaBuilder struct {
	elems  []element
	pos    int
	leaves []*leafInfo
	deep   int
	notes  map[string]note
	opts   *options
}

// spot is where a node stands: the levels that its ancestors add.
type spot struct {
	def, rep uint8
	slotDef  uint8
	path     string
}

// buildSchema returns the columns and leaves of the stored schema. Own files carry notes for types that the format cannot say.
func buildSchema(m *fileMeta, opts *options) (cols []*column, leaves []*leafInfo, err error) {
	if len(m.schema) == 0 {
		return nil, nil, corrupt("the schema is empty")
	}
	b := &schemaBuilder{elems: m.schema, pos: 1, notes: parseNotes(m.keys[notesKey]), opts: opts}
	root := &m.schema[0]
	if root.typ >= 0 && root.kids == 0 && len(m.schema) == 1 {
		return nil, nil, corrupt("the schema has no root")
	}
	for range root.kids {
		c, err := b.node(spot{})
		if err != nil {
			return nil, nil, err
		}
		if c.leaf != nil {
			c.leaf.flat = true
		}
		cols = append(cols, c)
	}
	if b.pos != len(m.schema) {
		return nil, nil, corrupt("the schema has %d elements, its tree %d", len(m.schema), b.pos)
	}
	distinctNames(cols)
	return cols, b.leaves, nil
}

// distinctNames numbers the columns that are called as one before them.
func distinctNames(cols []*column) {
	seen := make(map[string]int, len(cols))
	for _, c := range cols {
		for n := seen[c.name]; n > 0; n = seen[c.name] {
			seen[c.name]++
			c.name += "_" + strconv.Itoa(n)
		}
		seen[c.name]++
	}
}

// take returns the next stored element.
func (b *schemaBuilder) take() (*element, error) {
	if b.pos >= len(b.elems) {
		return nil, corrupt("the schema ends early")
	}
	e := &b.elems[b.pos]
	b.pos++
	if e.kids < 0 || int(e.kids) > len(b.elems)-b.pos || e.rep < required || e.rep > repeated {
		return nil, corrupt("schema element %q has %d children and repetition %d", e.name, e.kids, e.rep)
	}
	if e.typ >= 0 && e.kids > 0 {
		return nil, corrupt("schema element %q has both a type and children", e.name)
	}
	return e, nil
}

// node builds the next element as a column; a repeated one that no list annotation explains is a list of required elements.
func (b *schemaBuilder) node(at spot) (*column, error) {
	if b.deep++; b.deep > nestMax {
		return nil, corrupt("the schema nests deeper than %d", nestMax)
	}
	defer func() { b.deep-- }()
	e, err := b.take()
	if err != nil {
		return nil, err
	}
	if at.path != "" {
		at.path += "."
	}
	at.path += e.name
	if e.rep == repeated {
		return b.bareList(e, at)
	}
	return b.value(e, at)
}

// deepen adds the level of an optional or repeated element to at.
func (b *schemaBuilder) deepen(at spot, rep int32) (spot, error) {
	if rep != required {
		at.def++
	}
	if rep == repeated {
		at.rep++
		at.slotDef = at.def
	}
	if at.def > levelMax {
		return at, unsupported("the schema has more than %d levels", levelMax)
	}
	return at, nil
}

func (b *schemaBuilder) bareList(e *element, at spot) (*column, error) {
	in, err := b.deepen(at, repeated)
	if err != nil {
		return nil, err
	}
	kid, err := b.value(&element{typ: e.typ, typeLen: e.typeLen, name: e.name, kids: e.kids, converted: e.converted, scale: e.scale,
		precision: e.precision, logical: e.logical}, in)
	if err != nil {
		return nil, err
	}
	return listOf(e.name, kid, at, at.def, in.def, false), nil
}

// listOf wraps kid in a list whose own value is present from level def.
func listOf(name string, kid *column, at spot, def, elemDef uint8, nullable bool) *column {
	t := dtype.ListOf(kid.typ)
	t.Fields[0].Required = !kid.nullable
	return &column{name: name, typ: t, nullable: nullable, def: def, slotRep: at.rep, slotDef: at.slotDef, elemDef: elemDef, kids: []*column{kid}}
}

// value builds e, which is not repeated, from the elements that follow it.
func (b *schemaBuilder) value(e *element, at spot) (*column, error) {
	outer := at
	at, err := b.deepen(at, e.rep)
	if err != nil {
		return nil, err
	}
	switch {
	case e.typ >= 0:
		return b.leafColumn(e, at, outer)
	case e.kids == 0:
		return nil, unsupported("group %q has no columns", at.path)
	case e.kids == 1 && (e.logical.kind == ltList || e.converted == ctList):
		return b.list(e, at, outer)
	case e.kids == 1 && (e.logical.kind == ltMap || e.converted == ctMap || e.converted == ctMapKeyValue):
		return b.mapping(e, at, outer)
	}
	if e.logical.kind == ltVariant {
		return nil, unsupported("the column %q is a variant, which cannot be read yet", at.path)
	}
	return b.group(e, at, outer)
}

func (b *schemaBuilder) group(e *element, at, outer spot) (*column, error) {
	c := &column{name: e.name, nullable: e.rep == optional, def: at.def, slotRep: outer.rep, slotDef: outer.slotDef}
	var fields []dtype.Field
	for range e.kids {
		k, err := b.node(at)
		if err != nil {
			return nil, err
		}
		c.kids = append(c.kids, k)
		fields = append(fields, dtype.Field{Name: k.name, Type: k.typ, Required: !k.nullable})
	}
	c.typ = dtype.StructOf(fields...)
	return c, nil
}

// list builds a group annotated as a list. The repeated child is a mere wrapper in the three-level form and the element itself in the older ones
// (the rules are those of the format's LogicalTypes document).
func (b *schemaBuilder) list(e *element, at, outer spot) (*column, error) {
	if b.elems[min(b.pos, len(b.elems)-1)].rep != repeated {
		return b.group(e, at, outer)
	}
	r, err := b.take()
	if err != nil {
		return nil, err
	}
	in, err := b.deepen(at, repeated)
	if err != nil {
		return nil, err
	}
	in.path += "." + r.name
	bare := *r
	bare.rep = required
	var kid *column
	if r.typ >= 0 || r.kids != 1 || r.name == "array" || r.name == e.name+"_tuple" ||
		b.pos < len(b.elems) && b.elems[b.pos].rep == repeated || isAnnotated(r) {
		kid, err = b.value(&bare, in)
	} else {
		kid, err = b.node(in)
	}
	if err != nil {
		return nil, err
	}
	c := listOf(e.name, kid, outer, at.def, in.def, e.rep == optional)
	if n, ok := b.notes[at.path]; ok && n.Kind == noteArray && n.Len >= 0 {
		c.typ = dtype.Type{Kind: dtype.Array, Len: n.Len, Fields: c.typ.Fields}
	}
	return c, nil
}

// isAnnotated reports a repeated group that is a list or map itself.
func isAnnotated(e *element) bool {
	return e.logical.kind == ltList || e.logical.kind == ltMap || e.converted == ctList || e.converted == ctMap
}

// mapping builds a group annotated as a map. Without a value it is a list of its keys.
func (b *schemaBuilder) mapping(e *element, at, outer spot) (*column, error) {
	r, err := b.take()
	if err != nil {
		return nil, err
	}
	if r.rep != repeated || r.typ >= 0 || r.kids < 1 || r.kids > 2 {
		return nil, corrupt("map %q does not have one repeated group of a key and a value", at.path)
	}
	in, err := b.deepen(at, repeated)
	if err != nil {
		return nil, err
	}
	in.path += "." + r.name
	var kids []*column
	for range r.kids {
		k, err := b.node(in)
		if err != nil {
			return nil, err
		}
		kids = append(kids, k)
	}
	if len(kids) == 1 {
		return listOf(e.name, kids[0], outer, at.def, in.def, e.rep == optional), nil
	}
	t := dtype.MapOf(kids[0].typ, kids[1].typ)
	t.Fields[1].Required = !kids[1].nullable
	entry := &column{name: "entries", typ: t.Elem(), def: in.def, slotRep: in.rep, slotDef: in.slotDef, kids: kids}
	return &column{name: e.name, typ: t, nullable: e.rep == optional, def: at.def, slotRep: outer.rep, slotDef: outer.slotDef,
		elemDef: in.def, kids: []*column{entry}}, nil
}

func (b *schemaBuilder) leafColumn(e *element, at, outer spot) (*column, error) {
	l := &leafInfo{index: len(b.leaves), path: at.path, phys: e.typ, size: int(e.typeLen), maxDef: at.def, maxRep: at.rep}
	if e.typ == ptFixed && (e.typeLen <= 0 || e.typeLen > 1<<20) {
		return nil, corrupt("column %q has values of %d bytes", at.path, e.typeLen)
	}
	if e.typ < 0 {
		return nil, corrupt("column %q has no type", at.path)
	}
	if err := l.setType(e, b.opts); err != nil {
		return nil, err
	}
	if n, ok := b.notes[at.path]; ok {
		n.apply(l)
	}
	b.leaves = append(b.leaves, l)
	return &column{name: e.name, typ: l.typ, nullable: e.rep == optional, def: at.def, slotRep: outer.rep, slotDef: outer.slotDef, leaf: l}, nil
}

// schemaOf returns the fields of the columns.
func schemaOf(cols []*column) dtype.Schema {
	var s dtype.Schema
	for _, c := range cols {
		s.Fields = append(s.Fields, dtype.Field{Name: c.name, Type: c.typ, Required: !c.nullable})
	}
	return s
}
