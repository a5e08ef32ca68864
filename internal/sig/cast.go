package sig

import "github.com/siksik-data/siksik/dtype"

// CanCast reports whether from converts to to: implicitly, wherever a function asks for it, because no value can be changed; and
// explicitly, by a CAST that may fail for some values.
func CanCast(from, to dtype.Type) (implicit, explicit bool) {
	return castCost(from, to) >= 0, canCastExplicit(from, to)
}

// never is the cost of a conversion that is not implicit.
const never = -1

// castCost ranks implicit conversions: 0 for none, more for a bigger step, never for none allowed.
func castCost(from, to dtype.Type) int {
	switch {
	case from.Equal(to):
		return 0
	case from.Kind == dtype.Null:
		return 1
	case to.IsNumeric():
		return numberCost(from, to)
	}
	switch to.Kind {
	case dtype.String:
		if from.Kind == dtype.Enum || from.Kind == dtype.JSON {
			return 5
		}
	case dtype.Timestamp:
		return timestampCost(from, to)
	case dtype.Duration:
		if from.Kind == dtype.Duration && to.Unit.PerSecond() >= from.Unit.PerSecond() {
			return 1
		}
	case dtype.Interval:
		if from.Kind == dtype.Duration {
			return 5
		}
	case dtype.List, dtype.Array, dtype.Struct, dtype.Map:
		return nestedCost(from, to)
	}
	return never
}

func numberCost(from, to dtype.Type) int {
	switch {
	case !from.IsNumeric():
		return never
	case to.Kind == dtype.Float64:
		if from.Kind == dtype.Float32 {
			return 1
		}
		return 20
	case to.Kind == dtype.Float32:
		if from.Kind == dtype.Float64 {
			return never
		}
		return 21
	case from.IsFloat():
		return never
	case to.Kind == dtype.Decimal:
		return decimalCost(from, to)
	case from.Kind == dtype.Decimal:
		return never
	}
	s, u := signedRank[from.Kind], unsignedRank[from.Kind]
	ts, tu := signedRank[to.Kind], unsignedRank[to.Kind]
	switch {
	case s > 0 && ts > s:
		return ts - s
	case u > 0 && tu > u:
		return tu - u
	case u > 0 && ts > u:
		return ts - u + 1
	default:
		return never
	}
}

func decimalCost(from, to dtype.Type) int {
	d, ok := AsDecimal(from)
	if !ok || from.Kind == dtype.Bool || to.Scale < d.Scale || to.Precision-to.Scale < d.Precision-d.Scale && to.Precision < 38 {
		return never
	}
	if from.Kind == dtype.Decimal {
		return 2
	}
	return 10
}

func timestampCost(from, to dtype.Type) int {
	switch {
	case from.Kind == dtype.Date && to.Zone == "":
		return 3
	case from.Kind == dtype.Date:
		return 5
	case from.Kind != dtype.Timestamp || to.Zone == "" && from.Zone != "":
		return never
	case from.Unit == to.Unit && from.Zone != "":
		return 1
	case from.Zone != to.Zone && from.Zone == "":
		return 4
	default:
		return 2
	}
}

// nestedCost converts lists, arrays, structs and maps element by element.
func nestedCost(from, to dtype.Type) int {
	if from.Kind == dtype.Array && to.Kind == dtype.List {
		if c := castCost(from.Elem(), to.Elem()); c >= 0 {
			return c + 1
		}
		return never
	}
	if from.Kind != to.Kind || len(from.Fields) != len(to.Fields) || from.Len != to.Len {
		return never
	}
	total := 0
	for i, f := range from.Fields {
		if from.Kind == dtype.Struct && f.Name != to.Fields[i].Name && f.Name != "" {
			return never
		}
		c := castCost(f.Type, to.Fields[i].Type)
		if c < 0 {
			return never
		}
		total += c
	}
	return total
}

// canCastExplicit lists what CAST accepts; the running wing implements exactly these.
func canCastExplicit(from, to dtype.Type) bool {
	switch {
	case from.Equal(to), from.Kind == dtype.Null:
		return true
	case to.Kind == dtype.Null:
		return false
	case from.IsText(), to.IsText():
		return true
	case from.Kind == dtype.Bool:
		return to.IsNumeric()
	case from.IsNumeric():
		return to.IsNumeric() || to.Kind == dtype.Bool || from.IsInteger() && (to.Kind == dtype.Duration || to.Kind == dtype.Timestamp || to.Kind == dtype.Date || to.Kind == dtype.Time)
	}
	switch from.Kind {
	case dtype.Date:
		return to.Kind == dtype.Timestamp || to.IsInteger()
	case dtype.Timestamp:
		return to.IsTemporal() || to.IsInteger()
	case dtype.Time:
		return to.Kind == dtype.Interval || to.Kind == dtype.Duration || to.IsInteger()
	case dtype.Duration:
		return to.Kind == dtype.Duration || to.Kind == dtype.Interval || to.IsInteger()
	case dtype.Interval:
		return to.Kind == dtype.Duration || to.Kind == dtype.Time
	case dtype.Binary:
		return to.Kind == dtype.UUID
	case dtype.Enum:
		return to.Kind == dtype.Enum || to.IsInteger()
	case dtype.UUID:
		return to.Kind == dtype.Binary || to.Kind == dtype.Int128
	case dtype.List, dtype.Array:
		return (to.Kind == dtype.List || to.Kind == dtype.Array) && canCastExplicit(from.Elem(), to.Elem())
	case dtype.Struct, dtype.Map:
		return castFields(from, to)
	default:
		return false
	}
}

// castFields compares the fields of structs by name, since one that goes by another name is another value, and by position where either side has no names.
func castFields(from, to dtype.Type) bool {
	if from.Kind != to.Kind || len(from.Fields) != len(to.Fields) {
		return false
	}
	names := dtype.NewSchema(to.Fields...)
	for i, f := range from.Fields {
		if from.Kind == dtype.Struct && f.Name != "" && to.Fields[i].Name != "" {
			at := names.IndexFold(f.Name)
			if at < 0 {
				return false
			}
			i = at
		}
		if !canCastExplicit(f.Type, to.Fields[i].Type) {
			return false
		}
	}
	return true
}

// IsCount reports whether a cast would take a number for a count of days or ticks, which SQL does not.
func IsCount(from, to dtype.Type) bool {
	if from.IsNumeric() {
		return to.Kind == dtype.Date || to.Kind == dtype.Timestamp || to.Kind == dtype.Time
	}
	for i := range min(len(from.Fields), len(to.Fields)) {
		if IsCount(from.Fields[i].Type, to.Fields[i].Type) {
			return true
		}
	}
	return false
}
