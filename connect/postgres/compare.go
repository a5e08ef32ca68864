package postgres

import (
	"slices"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// compare checks that the table has every column of the load, with a type that takes its values without loss. same says that all types are
// those in which values are encoded.
func compare(t target, r relation, cols []existing, s dtype.Schema) (same bool, mismatch error) {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.name
	}
	same = true
	for _, f := range s.Fields {
		i := slices.Index(names, f.Name)
		if i < 0 {
			return false, fault.New(fault.Name, "the table %s in %s has no column %q", r, t.place(), f.Name).
				WithHint("%s", either(fault.DidYouMean(f.Name, names), "its columns: "+strings.Join(names, ", ")))
		}
		ours, _ := declaration(f.Type)
		base, _, _ := strings.Cut(cols[i].typ, "(")
		exact := synonyms[ours] == cols[i].typ || ours == cols[i].typ || ours == "text" && cols[i].typ == "character varying"
		same = same && exact
		if !exact && !takes(f.Type, cols[i], strings.TrimSpace(base)) {
			return false, fault.New(fault.Type, "column %q has type %s, but is %s in table %s of %s", f.Name, f.Type, cols[i].typ, r, t.place()).
				WithHint("cast it to a fitting type, or load with mode replace, which makes it %s", ours)
		}
	}
	return same, nil
}

// synonyms are the names under which format_type shows what we declare.
var synonyms = map[string]string{"timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone", "time": "time without time zone",
	"timestamp[]": "timestamp without time zone[]", "timestamptz[]": "timestamp with time zone[]", "time[]": "time without time zone[]"}

// takes reports whether the server's cast to the column's type keeps every value, or fails for one that does not fit.
func takes(t dtype.Type, c existing, base string) bool {
	if t.Kind == dtype.Null {
		return true
	}
	text := base == "text" || base == "character varying"
	switch {
	case text:
		return t.Kind == dtype.String || t.Kind == dtype.Enum || t.Kind == dtype.UUID || t.Kind == dtype.JSON
	case t.IsInteger():
		width := map[string]int{"smallint": 16, "integer": 32, "bigint": 64, "double precision": 53, "real": 24}[base]
		return base == "numeric" && wholeDigits(c.typ) >= digitsOf(t) || width >= bitsOf(t)
	case t.Kind == dtype.Float32:
		return base == "double precision"
	case t.Kind == dtype.Decimal:
		p, s, ok := precision(c.typ)
		return base == "numeric" && (!ok || s >= int(t.Scale) && p-s >= int(t.Precision-t.Scale))
	case t.Kind == dtype.JSON || t.IsNested():
		return base == "json" || base == "jsonb"
	case t.Kind == dtype.Timestamp:
		return t.Zone != "" && base == "timestamp with time zone" || t.Zone == "" && base == "timestamp without time zone"
	case t.Kind == dtype.Enum:
		return userDefined(c) // an enum of the server, which refuses unknown labels
	default:
		return false
	}
}

// bitsOf returns the bits of an integer type's magnitude, with room for the sign of signed ones.
func bitsOf(t dtype.Type) int {
	return map[dtype.Kind]int{dtype.Int8: 8, dtype.Int16: 16, dtype.Int32: 32, dtype.Int64: 64, dtype.Int128: 128, dtype.Uint8: 9, dtype.Uint16: 17,
		dtype.Uint32: 33, dtype.Uint64: 65}[t.Kind]
}

func digitsOf(t dtype.Type) int { return bitsOf(t)*30103/100000 + 1 }

// wholeDigits returns how many digits before the point a numeric type takes.
func wholeDigits(typ string) int {
	p, s, ok := precision(typ)
	if !ok {
		return 1000
	}
	return p - s
}

// precision reads numeric(p,s).
func precision(typ string) (p, s int, ok bool) {
	_, args, ok := strings.Cut(strings.TrimSuffix(typ, ")"), "(")
	if !ok {
		return 0, 0, false
	}
	a, b, _ := strings.Cut(args, ",")
	p, err := strconv.Atoi(a)
	s, _ = strconv.Atoi(b)
	return p, s, err == nil
}

// userDefined reports a type that is not built in.
func userDefined(c existing) bool {
	oid, _ := strconv.Atoi(c.oid)
	return oid >= 16384
}
