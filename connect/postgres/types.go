package postgres

import (
	"fmt"

	"github.com/siksik-data/siksik/dtype"
)

// The object ids of PostgreSQL's built-in types.
const (
	oidBool        = 16
	oidBytea       = 17
	oidName        = 19
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidOID         = 26
	oidJSON        = 114
	oidFloat4      = 700
	oidFloat8      = 701
	oidBpchar      = 1042
	oidVarchar     = 1043
	oidDate        = 1082
	oidTime        = 1083
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidInterval    = 1186
	oidNumeric     = 1700
	oidUUID        = 2950
	oidJSONB       = 3802
)

// plain holds the types without parameters.
var plain = map[uint32]dtype.Type{
	oidBool: dtype.Of(dtype.Bool), oidBytea: dtype.Of(dtype.Binary), oidName: dtype.Of(dtype.String), oidInt8: dtype.Of(dtype.Int64),
	oidInt2: dtype.Of(dtype.Int16), oidInt4: dtype.Of(dtype.Int32), oidText: dtype.Of(dtype.String), oidOID: dtype.Of(dtype.Uint32),
	oidJSON: dtype.Of(dtype.JSON), oidFloat4: dtype.Of(dtype.Float32), oidFloat8: dtype.Of(dtype.Float64), oidBpchar: dtype.Of(dtype.String),
	oidVarchar: dtype.Of(dtype.String), oidDate: dtype.Of(dtype.Date), oidTime: dtype.Of(dtype.Time), oidTimestamp: dtype.TimestampOf(dtype.Micro, ""),
	oidTimestamptz: dtype.TimestampOf(dtype.Micro, "UTC"), oidInterval: dtype.Of(dtype.Interval), oidUUID: dtype.Of(dtype.UUID), oidJSONB: dtype.Of(dtype.JSON),
}

// arrays maps array types to their elements.
var arrays = map[uint32]uint32{1000: oidBool, 1001: oidBytea, 1003: oidName, 1016: oidInt8, 1005: oidInt2, 1007: oidInt4, 1009: oidText, 1028: oidOID,
	199: oidJSON, 1021: oidFloat4, 1022: oidFloat8, 1014: oidBpchar, 1015: oidVarchar, 1182: oidDate, 1183: oidTime, 1115: oidTimestamp,
	1185: oidTimestamptz, 1187: oidInterval, 1231: oidNumeric, 2951: oidUUID, 3807: oidJSONB}

// column says how one result column is read.
type column struct {
	name string
	t    dtype.Type
	oid  uint32 // of the value, or of the elements of a list
	cast string // appended to the column's name in queries: types that we do not know are read as text
}

// columnOf maps a result column. numeric is the type for numeric without precision.
func columnOf(name string, oid uint32, mod int32, numeric dtype.Type) column {
	c := column{name: name, oid: oid}
	if elem, ok := arrays[oid]; ok {
		e := columnOf("", elem, mod, numeric)
		c.t, c.oid = dtype.ListOf(e.t), e.oid
		if e.cast != "" {
			c.cast = e.cast + "[]"
		}
		return c
	}
	if t, ok := plain[oid]; ok {
		c.t = t
		return c
	}
	if oid != oidNumeric {
		return column{name: name, t: dtype.Of(dtype.String), oid: oidText, cast: "::text"}
	}
	p, s := int(mod-4)>>16&0xffff, int(mod-4)&0x7ff
	if mod >= 4 && p <= 38 && s <= p {
		c.t = dtype.DecimalOf(p, s)
		return c
	}
	c.t = numeric
	switch numeric.Kind {
	case dtype.Float64:
		c.oid, c.cast = oidFloat8, "::float8"
	case dtype.String:
		c.oid, c.cast = oidText, "::text"
	}
	return c
}

// declaration returns the PostgreSQL type that a load creates for t, and the object id by which its values are encoded (that of the elements of an array).
func declaration(t dtype.Type) (name string, oid uint32) {
	switch t.Kind {
	case dtype.Decimal:
		return fmt.Sprintf("numeric(%d,%d)", t.Precision, t.Scale), oidNumeric
	case dtype.Timestamp:
		if t.Zone != "" {
			return "timestamptz", oidTimestamptz
		}
		return "timestamp", oidTimestamp
	case dtype.List, dtype.Array:
		e := t.Elem()
		if e.IsNested() {
			return "jsonb", oidJSONB
		}
		name, oid := declaration(e)
		return name + "[]", oid
	default:
		d := declarations[t.Kind]
		return d.name, d.oid
	}
}

var declarations = map[dtype.Kind]struct {
	name string
	oid  uint32
}{
	dtype.Null: {"text", oidText}, dtype.Bool: {"boolean", oidBool}, dtype.Int8: {"smallint", oidInt2}, dtype.Int16: {"smallint", oidInt2},
	dtype.Int32: {"integer", oidInt4}, dtype.Int64: {"bigint", oidInt8}, dtype.Int128: {"numeric(39,0)", oidNumeric}, dtype.Uint8: {"smallint", oidInt2},
	dtype.Uint16: {"integer", oidInt4}, dtype.Uint32: {"bigint", oidInt8}, dtype.Uint64: {"numeric(20,0)", oidNumeric}, dtype.Float32: {"real", oidFloat4},
	dtype.Float64: {"double precision", oidFloat8}, dtype.String: {"text", oidText}, dtype.Binary: {"bytea", oidBytea}, dtype.Date: {"date", oidDate},
	dtype.Time: {"time", oidTime}, dtype.Duration: {"interval", oidInterval}, dtype.Interval: {"interval", oidInterval}, dtype.Struct: {"jsonb", oidJSONB},
	dtype.Map: {"jsonb", oidJSONB}, dtype.Enum: {"text", oidText}, dtype.UUID: {"uuid", oidUUID}, dtype.JSON: {"json", oidJSON},
}
