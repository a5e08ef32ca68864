package sqlite

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/dtype"
)

// declaration returns the declared type for values of t in tables that we create. SQLite derives the affinity of a column from parts of this
// name (INT, then CHAR, CLOB or TEXT, then BLOB, then REAL, FLOA or DOUB, else NUMERIC), so each name is chosen so that its affinity
// leaves the stored form alone: NUMERIC would turn long digit strings into rounded REALs.
func declaration(t dtype.Type) string {
	switch t.Kind {
	case dtype.Decimal:
		if t.Precision <= exactDigits {
			return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
		}
		return fmt.Sprintf("DECIMAL_TEXT(%d,%d)", t.Precision, t.Scale)
	case dtype.Timestamp:
		if t.Zone != "" {
			return "TIMESTAMPTZ" + unitSuffix[t.Unit]
		}
		return "TIMESTAMP" + unitSuffix[t.Unit]
	case dtype.Duration:
		return "DURATION" + unitSuffix[t.Unit]
	default:
		return declarations[t.Kind]
	}
}

// exactDigits is how many decimal digits survive the way through a REAL.
const exactDigits = 15

var unitSuffix = [...]string{dtype.Micro: "", dtype.Nano: "_NS", dtype.Milli: "_MS", dtype.Second: "_S"}

var declarations = [...]string{dtype.Null: "", dtype.Bool: "BOOLEAN", dtype.Int8: "TINYINT", dtype.Int16: "SMALLINT", dtype.Int32: "INT32",
	dtype.Int64: "BIGINT", dtype.Int128: "HUGE_BLOB", dtype.Uint8: "UINT8", dtype.Uint16: "UINT16", dtype.Uint32: "UINT32", dtype.Uint64: "UBIG_BLOB",
	dtype.Float32: "FLOAT32", dtype.Float64: "DOUBLE", dtype.String: "TEXT", dtype.Binary: "BLOB", dtype.Date: "DATE", dtype.Time: "TIME",
	dtype.Interval: "INTERVAL", dtype.List: "JSON_TEXT", dtype.Array: "JSON_TEXT", dtype.Struct: "JSON_TEXT", dtype.Map: "JSON_TEXT",
	dtype.Enum: "TEXT", dtype.UUID: "UUID", dtype.JSON: "JSON_TEXT"}

// declared holds the declared types that mean more than their affinity.
var declared = map[string]dtype.Type{
	"BOOLEAN": dtype.Of(dtype.Bool), "BOOL": dtype.Of(dtype.Bool), "TINYINT": dtype.Of(dtype.Int8), "SMALLINT": dtype.Of(dtype.Int16),
	"INT32": dtype.Of(dtype.Int32), "UINT8": dtype.Of(dtype.Uint8), "UINT16": dtype.Of(dtype.Uint16), "UINT32": dtype.Of(dtype.Uint32),
	"UBIG_BLOB": dtype.Of(dtype.Uint64), "HUGE_BLOB": dtype.Of(dtype.Int128), "FLOAT32": dtype.Of(dtype.Float32),
	"DATE": dtype.Of(dtype.Date), "TIME": dtype.Of(dtype.Time), "DATETIME": dtype.TimestampOf(dtype.Micro, ""), "INTERVAL": dtype.Of(dtype.Interval),
	"UUID": dtype.Of(dtype.UUID), "JSON": dtype.Of(dtype.JSON), "JSON_TEXT": dtype.Of(dtype.JSON),
	"TIMESTAMP WITH TIME ZONE": dtype.TimestampOf(dtype.Micro, "UTC"), "TIMESTAMP WITHOUT TIME ZONE": dtype.TimestampOf(dtype.Micro, ""),
}

func init() {
	for u, suffix := range unitSuffix {
		declared["TIMESTAMP"+suffix] = dtype.TimestampOf(dtype.Unit(u), "")
		declared["TIMESTAMPTZ"+suffix] = dtype.TimestampOf(dtype.Unit(u), "UTC")
		declared["DURATION"+suffix] = dtype.DurationOf(dtype.Unit(u))
	}
}

// typeOf returns the type that a declared type promises. It is not known for a column without affinity, or with the affinity NUMERIC that says
// nothing about its values.
func typeOf(decl string) (t dtype.Type, known bool) {
	name, args := splitArgs(strings.ToUpper(strings.Join(strings.Fields(decl), " ")))
	if t, ok := declared[name]; ok {
		return t, true
	}
	if name == "DECIMAL" || name == "NUMERIC" || name == "DECIMAL_TEXT" {
		switch {
		case len(args) == 1:
			args = append(args, 0)
		case len(args) != 2:
			return t, false
		}
		p, s := args[0], args[1]
		return dtype.DecimalOf(p, s), p >= 1 && p <= 38 && s >= 0 && s <= p
	}
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(name, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("INT"):
		return dtype.Of(dtype.Int64), true
	case has("CHAR", "CLOB", "TEXT"):
		return dtype.Of(dtype.String), true
	case has("BLOB"):
		return dtype.Of(dtype.Binary), true
	case has("REAL", "FLOA", "DOUB"):
		return dtype.Of(dtype.Float64), true
	default:
		return t, false
	}
}

// splitArgs splits NAME(1,2) into the name and its numbers; other arguments give none.
func splitArgs(decl string) (string, []int) {
	name, rest, ok := strings.Cut(decl, "(")
	if !ok {
		return decl, nil
	}
	var args []int
	inner, tail, _ := strings.Cut(rest, ")")
	for _, a := range strings.Split(inner, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(a))
		if err != nil {
			return strings.TrimSpace(name), nil
		}
		args = append(args, n)
	}
	return strings.TrimSpace(strings.TrimSpace(name) + " " + strings.TrimSpace(tail)), args
}
