package ipc

import (
	"slices"

	"github.com/siksik-data/siksik/dtype"
)

// writeSchema writes a Schema table and lets the reference at the place refer to it.
func (e *encoder) writeSchema(w *flatWriter, place int) {
	at, places := w.table(cell{}, ref)
	w.point(place, at)
	list := w.refs(places[1], len(e.cols))
	for i, c := range e.cols {
		f := e.schema.Fields[i]
		writeField(w, list+4*i, f.Name, !f.Required, c)
	}
}

// writeField writes a Field table with what lies below it.
func writeField(w *flatWriter, place int, name string, nullable bool, c *outCol) {
	kind, cells, zone := arrowType(c.typ)
	notes := notesOf(c.typ)
	dict, meta := cell{}, cell{}
	if c.typ.Kind == dtype.Enum {
		dict = ref
	}
	if len(notes) > 0 {
		meta = ref
	}
	at, places := w.table(ref, boolCell(nullable), cell{1, uint64(kind)}, ref, dict, ref, meta)
	w.point(place, at)
	w.str(places[0], name)
	at, inner := w.table(cells...)
	w.point(places[3], at)
	if zone != "" {
		w.str(inner[1], zone)
	}
	if c.typ.Kind == dtype.Enum {
		at, index := w.table(cell{8, uint64(c.dict)}, ref, boolCell(true))
		w.point(places[4], at)
		at, _ = w.table(cell{4, 32}, boolCell(true))
		w.point(index[1], at)
	}
	names := slices.Clone(c.typ.Fields)
	if c.typ.Kind == dtype.Map {
		names = []dtype.Field{{Name: "entries", Required: true}}
	}
	list := w.refs(places[5], len(c.kids))
	for i, k := range c.kids {
		writeField(w, list+4*i, names[i].Name, !names[i].Required, k)
	}
	if len(notes) == 0 {
		return
	}
	list = w.refs(places[6], len(notes))
	for i, kv := range notes {
		at, places := w.table(ref, ref)
		w.point(list+4*i, at)
		w.str(places[0], kv[0])
		w.str(places[1], kv[1])
	}
}

// notesOf returns the metadata of a field: extensions that all know, and the types that only we know.
func notesOf(t dtype.Type) [][2]string {
	switch t.Kind {
	case dtype.UUID:
		return [][2]string{{"ARROW:extension:name", "arrow.uuid"}, {"ARROW:extension:metadata", ""}}
	case dtype.JSON:
		return [][2]string{{"ARROW:extension:name", "arrow.json"}, {"ARROW:extension:metadata", ""}}
	case dtype.Int128, dtype.Enum:
		return [][2]string{{typeNote, t.String()}}
	default:
		return nil
	}
}

// unitOf is the number that Arrow gives a unit.
func unitOf(u dtype.Unit) cell { return cell{2, uint64(slices.Index(timeUnits[:], u))} }

// arrowType returns the type of Arrow that we write a type as: its number in the union, and the cells of its table. A zone is the text of
// the second of them.
func arrowType(t dtype.Type) (kind int, cells []cell, zone string) {
	integer := func(bits int, signed bool) (int, []cell, string) {
		return arrowInt, []cell{{4, uint64(bits)}, boolCell(signed)}, ""
	}
	switch t.Kind {
	case dtype.Null:
		return arrowNull, nil, ""
	case dtype.Bool:
		return arrowBool, nil, ""
	case dtype.Int8, dtype.Int16, dtype.Int32, dtype.Int64:
		return integer(8*t.Phys().Width(), true)
	case dtype.Uint8, dtype.Uint16, dtype.Uint32, dtype.Uint64:
		return integer(8*t.Phys().Width(), false)
	case dtype.Float32:
		return arrowFloat, []cell{{2, 1}}, ""
	case dtype.Float64:
		return arrowFloat, []cell{{2, 2}}, ""
	case dtype.Int128:
		return arrowDecimal, []cell{{4, 38}, {4, 0}, {4, 128}}, ""
	case dtype.Decimal:
		return arrowDecimal, []cell{{4, uint64(t.Precision)}, {4, uint64(t.Scale)}, {4, 128}}, ""
	case dtype.Binary:
		return arrowBinary, nil, ""
	case dtype.Date:
		return arrowDate, []cell{{2, 0}}, ""
	case dtype.Time:
		return arrowTime, []cell{unitOf(dtype.Micro), {4, 64}}, ""
	case dtype.Timestamp:
		if t.Zone != "" {
			return arrowTimestamp, []cell{unitOf(t.Unit), ref}, t.Zone
		}
		return arrowTimestamp, []cell{unitOf(t.Unit)}, ""
	case dtype.Duration:
		return arrowDuration, []cell{unitOf(t.Unit)}, ""
	case dtype.Interval:
		return arrowInterval, []cell{{2, 2}}, ""
	case dtype.UUID:
		return arrowFixedBinary, []cell{{4, 16}}, ""
	case dtype.List:
		return arrowList, nil, ""
	case dtype.Array:
		return arrowFixedList, []cell{{4, uint64(t.Len)}}, ""
	case dtype.Struct:
		return arrowStruct, nil, ""
	case dtype.Map:
		return arrowMap, nil, ""
	default: // text, JSON, and the values of an enum
		return arrowUtf8, nil, ""
	}
}
