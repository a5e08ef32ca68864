package dtype

import "slices"

// Kind is the logical kind of a Type.
type Kind uint8

// The kinds, in the order in which the numeric ones widen.
const (
	Null Kind = iota // the type of a bare NULL
	Bool
	Int8
	Int16
	Int32
	Int64
	Int128
	Uint8
	Uint16
	Uint32
	Uint64
	Float32
	Float64
	Decimal   // Precision 1..38, Scale 0..Precision
	String    // UTF-8
	Binary    // any bytes
	Date      // days since 1970-01-01
	Time      // microseconds since midnight
	Timestamp // Unit since the epoch, UTC instant if Zone is set, else without zone
	Duration  // Unit, an exact span
	Interval  // months, days and microseconds, kept apart
	List      // Elem
	Array     // Elem, Len values each
	Struct    // Fields
	Map       // Fields[0] key, Fields[1] value; laid out as a list of structs
	Enum      // Values, fixed when the type is declared
	UUID
	JSON // UTF-8 text of one JSON value
)

// Unit is the resolution of timestamps and durations.
type Unit uint8

// The units; the zero value is microseconds, SQL's TIMESTAMP.
const (
	Micro Unit = iota
	Nano
	Milli
	Second
)

// PerSecond returns how many of the unit make a second.
func (u Unit) PerSecond() int64 {
	switch u {
	case Nano:
		return 1_000_000_000
	case Milli:
		return 1_000
	case Second:
		return 1
	default:
		return 1_000_000
	}
}

// String returns "us", "ns", "ms" or "s".
func (u Unit) String() string { return [...]string{"us", "ns", "ms", "s"}[u&3] }

// Type is a data type. The zero value is Null. Types are plain values: compare them with Equal, and do not
// change the slices of a Type that you did not make.
type Type struct {
	Kind      Kind
	Unit      Unit     // Timestamp, Duration
	Precision uint8    // Decimal
	Scale     uint8    // Decimal
	Zone      string   // Timestamp: IANA zone for display; "" means without zone
	Len       int      // Array: elements per value
	Fields    []Field  // List and Array: one field named "item"; Struct: its fields; Map: key and value
	Values    []string // Enum: the allowed values in order
}

// Of returns the plain type of a kind that has no parameters.
//
//go:noinline
func Of(k Kind) Type { return Type{Kind: k} }

// DecimalOf returns decimal(precision, scale); it does not check the range.
func DecimalOf(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: uint8(precision), Scale: uint8(scale)}
}

// TimestampOf returns a timestamp with the unit and zone; zone "" means without zone.
func TimestampOf(u Unit, zone string) Type { return Type{Kind: Timestamp, Unit: u, Zone: zone} }

// DurationOf returns an exact duration in the unit.
func DurationOf(u Unit) Type { return Type{Kind: Duration, Unit: u} }

// ListOf returns a list of elem.
//
//go:noinline
func ListOf(elem Type) Type { return Type{Kind: List, Fields: []Field{{Name: "item", Type: elem}}} }

// ArrayOf returns a fixed-length list of n values of elem.
func ArrayOf(elem Type, n int) Type {
	return Type{Kind: Array, Len: n, Fields: []Field{{Name: "item", Type: elem}}}
}

// StructOf returns a struct of the fields.
func StructOf(fields ...Field) Type { return Type{Kind: Struct, Fields: fields} }

// MapOf returns a map from key to value.
func MapOf(key, value Type) Type {
	return Type{Kind: Map, Fields: []Field{{Name: "key", Type: key, Required: true}, {Name: "value", Type: value}}}
}

// EnumOf returns an enum with the values in order.
func EnumOf(values ...string) Type { return Type{Kind: Enum, Values: values} }

// Elem returns the element type of a List or Array, the entry struct of a Map, and Null for all others.
func (t Type) Elem() Type {
	switch t.Kind {
	case List, Array:
		return t.Fields[0].Type
	case Map:
		return StructOf(t.Fields...)
	default:
		return Type{}
	}
}

// Equal reports whether the types are the same, field names and parameters included.
func (t Type) Equal(o Type) bool {
	return t.Kind == o.Kind && t.Unit == o.Unit && t.Precision == o.Precision && t.Scale == o.Scale && t.Zone == o.Zone &&
		t.Len == o.Len && slices.Equal(t.Values, o.Values) &&
		slices.EqualFunc(t.Fields, o.Fields, func(a, b Field) bool { return a.Name == b.Name && a.Type.Equal(b.Type) })
}

// IsInteger reports a signed or unsigned integer, Int128 included.
func (t Type) IsInteger() bool { return t.Kind >= Int8 && t.Kind <= Uint64 }

// IsUnsigned reports an unsigned integer.
func (t Type) IsUnsigned() bool { return t.Kind >= Uint8 && t.Kind <= Uint64 }

// IsFloat reports Float32 or Float64.
func (t Type) IsFloat() bool { return t.Kind == Float32 || t.Kind == Float64 }

// IsNumeric reports an integer, float or decimal.
func (t Type) IsNumeric() bool { return t.Kind >= Int8 && t.Kind <= Decimal }

// IsTemporal reports a date, time or timestamp.
func (t Type) IsTemporal() bool { return t.Kind == Date || t.Kind == Time || t.Kind == Timestamp }

// IsNested reports a type whose columns have children.
func (t Type) IsNested() bool { return t.Kind >= List && t.Kind <= Map }

// IsText reports a type that is stored as UTF-8 string views: String or JSON.
func (t Type) IsText() bool { return t.Kind == String || t.Kind == JSON }
