package dtype

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/fault"
)

var kindNames = [...]string{Null: "null", Bool: "boolean", Int8: "tinyint", Int16: "int16", Int32: "int32", Int64: "int64", Int128: "int128",
	Uint8: "uint8", Uint16: "uint16", Uint32: "uint32", Uint64: "uint64", Float32: "float32", Float64: "float64", Decimal: "decimal",
	String: "varchar", Binary: "blob", Date: "date", Time: "time", Timestamp: "timestamp", Duration: "duration", Interval: "interval",
	List: "list", Array: "array", Struct: "struct", Map: "map", Enum: "enum", UUID: "uuid", JSON: "json"}

// String returns the name of the kind. An 8-bit integer is a "tinyint": in SQL, int8 means eight bytes.
func (k Kind) String() string { return kindNames[k] }

// String returns the type as it is shown to people and accepted by Parse and by SQL casts.
func (t Type) String() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Timestamp:
		return t.timestampName()
	case Duration:
		if t.Unit == Micro {
			return "duration"
		}
		return "duration_" + t.Unit.String()
	case List:
		return t.Fields[0].Type.String() + "[]"
	case Array:
		return fmt.Sprintf("%s[%d]", t.Fields[0].Type, t.Len)
	case Struct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = QuoteName(f.Name) + " " + f.Type.String()
		}
		return "struct(" + strings.Join(parts, ", ") + ")"
	case Map:
		return "map(" + t.Fields[0].Type.String() + ", " + t.Fields[1].Type.String() + ")"
	case Enum:
		parts := make([]string, len(t.Values))
		for i, v := range t.Values {
			parts[i] = "'" + strings.ReplaceAll(v, "'", "''") + "'"
		}
		return "enum(" + strings.Join(parts, ", ") + ")"
	default:
		return t.Kind.String()
	}
}

func (t Type) timestampName() string {
	name := "timestamp"
	if t.Unit != Micro {
		name += "_" + t.Unit.String()
	}
	switch t.Zone {
	case "":
		return name
	case "UTC":
		return name + " with time zone"
	default:
		return name + "(" + t.Zone + ")"
	}
}

// QuoteName returns name as a SQL identifier, in double quotes if it needs them.
func QuoteName(name string) string {
	plain := name != ""
	for i, r := range name {
		if !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9') {
			plain = false
		}
	}
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

var aliases = map[string]Type{
	"null": {}, "bool": Of(Bool), "boolean": Of(Bool), "logical": Of(Bool),
	"tinyint": Of(Int8), "int1": Of(Int8), "int8": Of(Int64), "smallint": Of(Int16), "int2": Of(Int16), "int16": Of(Int16), "short": Of(Int16),
	"int": Of(Int32), "integer": Of(Int32), "int4": Of(Int32), "int32": Of(Int32), "signed": Of(Int32),
	"bigint": Of(Int64), "int64": Of(Int64), "long": Of(Int64), "hugeint": Of(Int128), "int128": Of(Int128),
	"utinyint": Of(Uint8), "uint8": Of(Uint8), "usmallint": Of(Uint16), "uint16": Of(Uint16), "uinteger": Of(Uint32), "uint32": Of(Uint32),
	"ubigint": Of(Uint64), "uint64": Of(Uint64),
	"real": Of(Float32), "float": Of(Float32), "float4": Of(Float32), "float32": Of(Float32),
	"double": Of(Float64), "double precision": Of(Float64), "float8": Of(Float64), "float64": Of(Float64),
	"decimal": DecimalOf(18, 3), "numeric": DecimalOf(18, 3), "dec": DecimalOf(18, 3),
	"varchar": Of(String), "text": Of(String), "string": Of(String), "char": Of(String), "bpchar": Of(String), "nvarchar": Of(String),
	"blob": Of(Binary), "bytea": Of(Binary), "binary": Of(Binary), "varbinary": Of(Binary),
	"date": Of(Date), "time": Of(Time), "time without time zone": Of(Time),
	"timestamp": TimestampOf(Micro, ""), "datetime": TimestampOf(Micro, ""), "timestamp_us": TimestampOf(Micro, ""),
	"timestamp without time zone": TimestampOf(Micro, ""), "timestamp_s": TimestampOf(Second, ""), "timestamp_ms": TimestampOf(Milli, ""),
	"timestamp_ns": TimestampOf(Nano, ""), "timestamptz": TimestampOf(Micro, "UTC"), "timestamp with time zone": TimestampOf(Micro, "UTC"),
	"duration": DurationOf(Micro), "duration_ns": DurationOf(Nano), "duration_ms": DurationOf(Milli), "duration_s": DurationOf(Second),
	"interval": Of(Interval), "uuid": Of(UUID), "json": Of(JSON),
}

// Named returns the type with the SQL name (case-insensitive) and integer arguments, as in decimal(15,2) or varchar(20), whose
// length is accepted and not enforced. Composite types are built by the caller. The error suggests the nearest name.
func Named(name string, args ...int) (Type, error) {
	low := strings.ToLower(strings.Join(strings.Fields(name), " "))
	t, ok := aliases[low]
	if !ok {
		names := make([]string, 0, len(aliases))
		for n := range aliases {
			names = append(names, n)
		}
		return Type{}, &fault.Error{Code: fault.Type, Msg: "unknown type " + strconv.Quote(name), Hint: fault.DidYouMean(name, names)}
	}
	if t.Kind == Decimal && len(args) > 0 {
		return decimalArgs(args)
	}
	return t, nil
}

func decimalArgs(args []int) (Type, error) {
	p, s := args[0], 0
	if len(args) > 1 {
		s = args[1]
	}
	if p < 1 || p > 38 || s < 0 || s > p || len(args) > 2 {
		return Type{}, fault.New(fault.Type, "decimal takes a precision of 1 to 38 and a scale of 0 to the precision, not %v", args)
	}
	return DecimalOf(p, s), nil
}
