package ipc

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siksik-data/siksik/dtype"
)

// polarsEnumNote is the key under which Polars keeps the categories of an enum: each as its length in bytes, a semicolon and its text.
const polarsEnumNote = "_PL_ENUM_VALUES2"

// polarsEnum reads the categories, or returns nil if the text does not have their form.
func polarsEnum(s string) []string {
	var out []string
	for s != "" {
		head, rest, ok := strings.Cut(s, ";")
		n, err := strconv.ParseUint(head, 10, 31)
		if !ok || err != nil || n > uint64(len(rest)) {
			return nil
		}
		out = append(out, rest[:n])
		s = rest[n:]
	}
	return out
}

// timeUnits are our units by the number that Arrow gives them.
var timeUnits = [...]dtype.Unit{dtype.Second, dtype.Milli, dtype.Micro, dtype.Nano}

// unit reads a unit of time.
func (n *node) unit(v int) (dtype.Unit, error) {
	if v < 0 || v >= len(timeUnits) {
		return 0, corrupt("column %q has a time unit %d", n.path, v)
	}
	return timeUnits[v], nil
}

func (n *node) fixed(t dtype.Type, width int) {
	n.typ, n.lay, n.width = t, layFixed, width
}

// fromArrow sets the type and layout from a type of Arrow; the kids are there already.
func (n *node) fromArrow(kind int, t ftable) error {
	leaf := true
	var err error
	switch kind {
	case arrowNull:
		n.typ, n.lay = dtype.Type{}, layNull
	case arrowBool:
		n.typ, n.lay = dtype.Of(dtype.Bool), layBits
	case arrowInt:
		err = n.integer(t.int(0, 0), t.byte(1) != 0)
	case arrowFloat:
		err = n.float(t.short(0, 0))
	case arrowBinary, arrowLargeBinary, arrowBinaryView:
		n.typ = dtype.Of(dtype.Binary)
		n.strings(kind)
	case arrowUtf8, arrowLargeUtf8, arrowUtf8View:
		n.typ, n.text = dtype.Of(dtype.String), true
		n.strings(kind)
	case arrowFixedBinary:
		n.typ, n.lay, n.width = dtype.Of(dtype.Binary), layFixedBinary, t.int(0, 0)
		if n.width < 0 {
			err = corrupt("column %q has values of %d bytes", n.path, n.width)
		}
	case arrowDecimal:
		err = n.decimal(t.int(0, 0), t.int(1, 0), t.int(2, 128))
	case arrowDate, arrowTime, arrowTimestamp, arrowDuration, arrowInterval:
		err = n.temporal(kind, t)
	default:
		leaf = false
		err = n.nested(kind, t)
	}
	if err == nil && leaf && len(n.kids) > 0 {
		return corrupt("column %q has a plain type and yet parts", n.path)
	}
	return err
}

func (n *node) strings(kind int) {
	switch kind {
	case arrowBinaryView, arrowUtf8View:
		n.lay = layView
	case arrowLargeBinary, arrowLargeUtf8:
		n.lay, n.width = layBinary, 8
	default:
		n.lay, n.width = layBinary, 4
	}
}

func (n *node) integer(bits int, signed bool) error {
	kinds := map[int]dtype.Kind{8: dtype.Uint8, 16: dtype.Uint16, 32: dtype.Uint32, 64: dtype.Uint64}
	if signed {
		kinds = map[int]dtype.Kind{8: dtype.Int8, 16: dtype.Int16, 32: dtype.Int32, 64: dtype.Int64, 128: dtype.Int128}
	}
	k, ok := kinds[bits]
	if !ok {
		return refuse(n.path, "integers of %d bits (signed: %v) have no equal here", bits, signed)
	}
	n.fixed(dtype.Of(k), bits/8)
	return nil
}

func (n *node) float(precision int) error {
	switch precision {
	case 0:
		n.fixed(dtype.Of(dtype.Float32), 2)
		n.conv = convHalf
	case 1:
		n.fixed(dtype.Of(dtype.Float32), 4)
	case 2:
		n.fixed(dtype.Of(dtype.Float64), 8)
	default:
		return corrupt("column %q has floats of precision %d", n.path, precision)
	}
	return nil
}

func (n *node) decimal(precision, scale, bits int) error {
	if bits != 32 && bits != 64 && bits != 128 && bits != 256 {
		return corrupt("column %q has decimals of %d bits", n.path, bits)
	}
	if precision < 1 || precision > 38 || scale < 0 || scale > precision {
		return refuse(n.path, "decimal(%d,%d) has no equal here: the precision is at most 38, the scale from 0 to the precision", precision, scale)
	}
	n.fixed(dtype.DecimalOf(precision, scale), bits/8)
	if n.typ.Phys().Width() != n.width {
		n.conv = convDecimal
	}
	return nil
}

func (n *node) temporal(kind int, t ftable) error {
	switch kind {
	case arrowDate:
		if t.short(0, 1) == 0 {
			n.fixed(dtype.Of(dtype.Date), 4)
		} else {
			n.fixed(dtype.Of(dtype.Date), 8)
			n.conv = convDays
		}
		return nil
	case arrowInterval:
		return n.interval(t.short(0, 0))
	case arrowTime:
		return n.time(t.short(0, 1), t.int(1, 32))
	case arrowTimestamp:
		u, err := n.unit(t.short(0, 0))
		zone := t.str(1)
		if err == nil && !utf8.ValidString(zone) {
			err = corrupt("column %q has a time zone that is not UTF-8", n.path)
		}
		n.fixed(dtype.TimestampOf(u, zone), 8)
		return err
	default:
		u, err := n.unit(t.short(0, 1))
		n.fixed(dtype.DurationOf(u), 8)
		return err
	}
}

func (n *node) interval(unit int) error {
	switch unit {
	case 0:
		n.fixed(dtype.Of(dtype.Interval), 4)
		n.conv = convMonths
	case 1:
		n.fixed(dtype.Of(dtype.Interval), 8)
		n.conv = convDayTime
	case 2:
		n.fixed(dtype.Of(dtype.Interval), 16)
		n.conv = convMonthDayNano
	default:
		return corrupt("column %q has intervals of unit %d", n.path, unit)
	}
	return nil
}

func (n *node) time(unit, bits int) error {
	u, err := n.unit(unit)
	if err != nil {
		return err
	}
	short := u == dtype.Second || u == dtype.Milli
	if short != (bits == 32) || !short && bits != 64 {
		return corrupt("column %q has times in %s of %d bits", n.path, u, bits)
	}
	n.fixed(dtype.Of(dtype.Time), bits/8)
	switch u {
	case dtype.Second, dtype.Milli:
		n.conv, n.by = convScale, dtype.Micro.PerSecond()/u.PerSecond()
	case dtype.Nano:
		n.conv = convTimeNano
	}
	return nil
}

// nested sets the types with kids.
func (n *node) nested(kind int, t ftable) error {
	if kind == arrowStruct {
		n.typ, n.lay = dtype.StructOf(n.typ.Fields...), layStruct
		return nil
	}
	switch kind {
	case arrowUnion:
		return refuse(n.path, "unions have no equal here")
	case arrowRunEnd:
		return refuse(n.path, "run-end-encoded arrays are not read")
	}
	if kind < arrowNull || kind > arrowLargeListView {
		return refuse(n.path, "Arrow's type number %d is not known here", kind)
	}
	if len(n.kids) != 1 {
		return corrupt("column %q is a list of %d types", n.path, len(n.kids))
	}
	elem := n.kids[0].typ
	n.width = 4
	switch kind {
	case arrowMap:
		if elem.Kind != dtype.Struct || len(elem.Fields) != 2 {
			return corrupt("column %q is a map of %s, which are not pairs", n.path, elem)
		}
		n.typ, n.lay = dtype.MapOf(elem.Fields[0].Type, elem.Fields[1].Type), layList
	case arrowFixedList:
		size := t.int(0, 0)
		if size < 1 {
			return refuse(n.path, "lists of a fixed length of %d have no equal here", size)
		}
		n.typ, n.lay = dtype.ArrayOf(elem, size), layArray
	case arrowLargeList:
		n.typ, n.lay, n.width = dtype.ListOf(elem), layList, 8
	case arrowListView:
		n.typ, n.lay = dtype.ListOf(elem), layListView
	case arrowLargeListView:
		n.typ, n.lay, n.width = dtype.ListOf(elem), layListView, 8
	default:
		n.typ, n.lay = dtype.ListOf(elem), layList
	}
	return nil
}
