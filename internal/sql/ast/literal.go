package ast

// Null is the literal NULL.
type Null struct{ Span }

// Bool is TRUE or FALSE.
type Bool struct {
	Span
	Value bool
}

// Number is an unsigned numeric literal of any size; a sign is a Unary around it.
type Number struct {
	Span
	// Text is the literal as written, with its underscores: 42, 1_000, 0xFF, 1.50, .5e-3.
	Text string
}

// String is a character literal of any quoting, decoded.
type String struct {
	Span
	Value string
}

// Blob is a literal X'1F'. Value holds the bytes themselves.
type Blob struct {
	Span
	Value string
}

// Interval is INTERVAL value UNIT. INTERVAL 'text' without a unit is a Cast to INTERVAL instead.
type Interval struct {
	Span
	Value Expr
	Unit  IntervalUnit
}

// IntervalUnit is the unit keyword after an interval's value.
type IntervalUnit uint8

// The units of an interval, smallest first.
const (
	Microsecond IntervalUnit = iota
	Millisecond
	Second
	Minute
	Hour
	Day
	Week
	Month
	Quarter
	Year
	Decade
	Century
	Millennium
)

var unitNames = [...]string{"microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter",
	"year", "decade", "century", "millennium"}

// String returns the unit in the singular and in lower case.
func (u IntervalUnit) String() string { return unitNames[u] }

// List is [a, b] or ARRAY[a, b].
type List struct {
	Span
	Items []Expr
}

// Struct is {name: value, …}.
type Struct struct {
	Span
	Fields []StructField
}

// StructField is one field of a struct literal.
type StructField struct {
	Name  Ident
	Value Expr
}

// Map is MAP {key: value, …}; MAP(keys, values) is a Func.
type Map struct {
	Span
	Entries []MapEntry
}

// MapEntry is one entry of a map literal.
type MapEntry struct{ Key, Value Expr }

// Row is a tuple (a, b) or ROW(a, b).
type Row struct {
	Span
	Items []Expr
}

// Default is the word DEFAULT in place of a value in INSERT and UPDATE.
type Default struct{ Span }

func (*Null) expr()     {}
func (*Bool) expr()     {}
func (*Number) expr()   {}
func (*String) expr()   {}
func (*Blob) expr()     {}
func (*Interval) expr() {}
func (*List) expr()     {}
func (*Struct) expr()   {}
func (*Map) expr()      {}
func (*Row) expr()      {}
func (*Default) expr()  {}
