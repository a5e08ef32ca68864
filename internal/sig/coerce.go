package sig

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// signedRank and unsignedRank order integers by width; 0 means not of that sign.
var (
	signedRank   = map[dtype.Kind]int{dtype.Int8: 1, dtype.Int16: 2, dtype.Int32: 3, dtype.Int64: 4, dtype.Int128: 5}
	unsignedRank = map[dtype.Kind]int{dtype.Uint8: 1, dtype.Uint16: 2, dtype.Uint32: 3, dtype.Uint64: 4}
	signedKinds  = []dtype.Kind{dtype.Int8, dtype.Int16, dtype.Int32, dtype.Int64, dtype.Int128}
)

// IntDigits returns the precision of the decimal that holds every value of an integer type (38 for int128), or 0 for other types.
func IntDigits(t dtype.Type) int {
	switch t.Kind {
	case dtype.Int8, dtype.Uint8:
		return 3
	case dtype.Int16, dtype.Uint16:
		return 5
	case dtype.Int32, dtype.Uint32:
		return 10
	case dtype.Int64:
		return 19
	case dtype.Uint64:
		return 20
	case dtype.Int128:
		return 38
	case dtype.Bool:
		return 1
	default:
		return 0
	}
}

// AsDecimal returns the decimal type that an integer, bool or decimal takes part in decimal arithmetic with.
func AsDecimal(t dtype.Type) (dtype.Type, bool) {
	if t.Kind == dtype.Decimal {
		return t, true
	}
	if d := IntDigits(t); d > 0 {
		return dtype.DecimalOf(d, 0), true
	}
	return dtype.Type{}, false
}

// Meeting says how text meets values of other types.
type Meeting uint8

// The ways to meet.
const (
	InText  Meeting = iota // in text: the columns of UNION, and frames
	InOther                // in the other type: what is equal
	Apart                  // not at all, a cast has to say how: what SQL orders, chooses from or lists
)

// CommonType returns the type that values of a and b meet in: the branches of CASE, the columns of UNION, the elements of a list. The
// rules are DuckDB's: integers widen, and signed with unsigned goes one step wider; an integer and a decimal meet in a decimal; a float
// wins over both; a date becomes a timestamp; null takes the other type; text and anything else meet in text.
func CommonType(a, b dtype.Type) (dtype.Type, bool) { return common(a, b, InText) }

func common(a, b dtype.Type, how Meeting) (dtype.Type, bool) {
	switch {
	case a.Equal(b), b.Kind == dtype.Null:
		return a, true
	case a.Kind == dtype.Null:
		return b, true
	case a.Kind > b.Kind:
		a, b = b, a
	}
	if a.Kind == dtype.String || b.Kind == dtype.String {
		return commonText(a, b, how)
	}
	switch {
	case a.Kind == dtype.Bool && b.IsNumeric():
		return b, true
	case a.IsNumeric() && b.IsNumeric():
		return commonNumber(a, b), true
	case a.Kind == dtype.Date && b.Kind == dtype.Timestamp:
		return b, true
	case a.Kind == dtype.Timestamp && b.Kind == dtype.Timestamp:
		return commonTimestamp(a, b), true
	case a.Kind == dtype.Duration && b.Kind == dtype.Duration:
		return dtype.DurationOf(finer(a.Unit, b.Unit)), true
	case a.Kind == dtype.Duration && b.Kind == dtype.Interval:
		return b, true
	case a.Kind == dtype.Enum && b.Kind == dtype.Enum:
		return dtype.Of(dtype.String), true
	case a.IsNested() && b.IsNested():
		return commonNested(a, b, how)
	default:
		return dtype.Type{}, false
	}
}

// commonText joins text with another type.
func commonText(a, b dtype.Type, how Meeting) (dtype.Type, bool) {
	other := a
	if a.Kind == dtype.String {
		other = b
	}
	switch {
	case other.Kind == dtype.JSON, how == InOther && other.Kind != dtype.Enum:
		return other, true
	case other.IsNested(), how == Apart && other.Kind != dtype.Enum:
		return dtype.Type{}, false
	default:
		return dtype.Of(dtype.String), true
	}
}

// commonNumber joins two different numeric types with a.Kind <= b.Kind.
func commonNumber(a, b dtype.Type) dtype.Type {
	switch {
	case a.IsFloat() || b.IsFloat():
		if a.Kind == dtype.Float64 || b.Kind == dtype.Float64 {
			return dtype.Of(dtype.Float64)
		}
		return dtype.Of(dtype.Float32)
	case b.Kind == dtype.Decimal:
		d, _ := AsDecimal(a)
		return commonDecimal(d, b)
	case a.IsUnsigned() == b.IsUnsigned():
		return b
	}
	s, u := signedRank[a.Kind], unsignedRank[b.Kind]
	return dtype.Of(signedKinds[max(s-1, u)])
}

// commonDecimal holds all values of both, as far as 38 digits go; the scale is never cut, since what is compared must not be rounded.
func commonDecimal(a, b dtype.Type) dtype.Type {
	scale := max(a.Scale, b.Scale)
	whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
	return dtype.DecimalOf(int(min(whole+scale, 38)), int(scale))
}

func finer(a, b dtype.Unit) dtype.Unit {
	if a.PerSecond() > b.PerSecond() {
		return a
	}
	return b
}

// commonTimestamp takes the finer unit, and a zone if either has one.
func commonTimestamp(a, b dtype.Type) dtype.Type {
	zone := a.Zone
	switch {
	case zone == "":
		zone = b.Zone
	case b.Zone != "" && b.Zone != zone:
		zone = "UTC"
	}
	return dtype.TimestampOf(finer(a.Unit, b.Unit), zone)
}

func commonNested(a, b dtype.Type, how Meeting) (dtype.Type, bool) {
	if a.Kind == dtype.List && b.Kind == dtype.Array || a.Kind == dtype.Array && b.Kind == dtype.List || a.Kind == dtype.Array && a.Len != b.Len {
		e, ok := common(a.Elem(), b.Elem(), how)
		return dtype.ListOf(e), ok
	}
	if a.Kind != b.Kind || len(a.Fields) != len(b.Fields) {
		return dtype.Type{}, false
	}
	out := a
	out.Fields = slices.Clone(a.Fields)
	for i, f := range a.Fields {
		g := b.Fields[i]
		if a.Kind == dtype.Struct && f.Name != g.Name && f.Name != "" && g.Name != "" {
			return dtype.Type{}, false
		}
		t, ok := common(f.Type, g.Type, how)
		if !ok {
			return dtype.Type{}, false
		}
		if f.Name == "" {
			out.Fields[i].Name = g.Name
		}
		out.Fields[i].Type = t
	}
	return out, true
}

// CommonArg is CommonType for arguments: a bare literal takes the type of the other side where its value allows that, so that 1 meets a
// tinyint in tinyint, and '2026-01-01' meets a date in date.
func CommonArg(a, b Arg, how Meeting) (dtype.Type, bool) {
	switch {
	case a.Bare && !b.Bare && adapts(a, b.Type):
		return b.Type, true
	case b.Bare && !a.Bare && adapts(b, a.Type):
		return a.Type, true
	case a.Bare && b.Bare && a.Type.Kind == dtype.String && b.Type.Kind != dtype.String && adapts(a, b.Type):
		return b.Type, true
	case a.Bare && b.Bare && b.Type.Kind == dtype.String && a.Type.Kind != dtype.String && adapts(b, a.Type):
		return a.Type, true
	}
	return common(a.Type, b.Type, how)
}

// CommonTypes folds CommonArg over several arguments; it returns null for none.
func CommonTypes(args []Arg, how Meeting) (dtype.Type, bool) {
	if len(args) == 0 {
		return dtype.Type{}, true
	}
	acc := args[0]
	for _, a := range args[1:] {
		t, ok := CommonArg(acc, a, how)
		if !ok {
			return dtype.Type{}, false
		}
		acc = Arg{Type: t, Bare: acc.Bare && a.Bare, Lit: widerLit(acc, a)}
	}
	return acc.Type, true
}

// widerLit keeps the literal of larger magnitude, so that a folded pair of bare literals adapts only where both do.
func widerLit(a, b Arg) *data.Scalar {
	if a.Lit == nil || b.Lit == nil || a.Lit.Null {
		return b.Lit
	}
	x, y := a.Lit.I, b.Lit.I
	if x.Sign() < 0 {
		return a.Lit
	}
	if y.Sign() < 0 || y.Cmp(x) > 0 {
		return b.Lit
	}
	return a.Lit
}

// adapts reports whether the bare literal a can be read as a value of t.
func adapts(a Arg, t dtype.Type) bool {
	if a.Lit == nil || a.Lit.Null || t.Kind == dtype.Null {
		return false
	}
	switch {
	case a.Type.Kind == dtype.String:
		return t.Kind != dtype.Null && (!t.IsNested() || t.Kind == dtype.List || t.Kind == dtype.Struct)
	case a.Type.IsInteger():
		return t.IsInteger() && fits(a.Lit.I, t)
	default:
		return false
	}
}

// fits reports whether v is a value of the integer type t.
func fits(v data.Int128, t dtype.Type) bool {
	if t.Kind == dtype.Int128 {
		return true
	}
	if t.IsUnsigned() {
		w := 8 * uint(t.Phys().Width())
		return v.Hi == 0 && (w == 64 || v.Lo>>w == 0)
	}
	w := 8*uint(t.Phys().Width()) - 1
	return v.IsInt64() && int64(v.Lo)>>w == int64(v.Lo)>>63
}
