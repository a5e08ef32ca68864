package expr

import (
	"slices"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/sig"
)

// Volatile reports whether e may differ between evaluations with equal inputs, or has effects.
//
//go:noinline
func Volatile(e Expr) bool {
	return Contains(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			return x.Fn.Has(sig.Volatile)
		case *UDF:
			return !x.Pure
		default:
			return false
		}
	})
}

// Fallible reports whether evaluating e may fail for some row.
func Fallible(e Expr) bool {
	return Contains(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			return x.Fn.Has(sig.Fallible) && !safeCall(x)
		case *Cast:
			return !x.Try && !SafeCast(x.Arg.Type(), x.To)
		case *UDF:
			return true
		default:
			return false
		}
	})
}

// Contains reports whether test holds for e or something below it.
func Contains(e Expr, test func(Expr) bool) bool {
	found := false
	Walk(e, func(x Expr) bool {
		found = found || test(x)
		return !found
	})
	return found
}

// patternCalls fail only for a malformed pattern, and a constant one fails before any row is read.
var patternCalls = []string{"like", "not_like", "ilike", "not_ilike", "regexp_matches", "regexp_full_match", "regexp_replace", "regexp_extract",
	"regexp_extract_all", "regexp_count"}

func safeCall(c *Call) bool {
	if !slices.Contains(patternCalls, c.Fn.Name) {
		return false
	}
	for _, a := range c.Args[1:] {
		if _, ok := a.(*Lit); !ok {
			return false
		}
	}
	return true
}

// SafeCast reports a cast that works for every value.
func SafeCast(from, to dtype.Type) bool {
	if implicit, _ := sig.CanCast(from, to); implicit {
		switch from.Kind {
		case dtype.Timestamp, dtype.Duration, dtype.Date: // a finer unit may overflow
			return from.Kind == to.Kind && from.Unit == to.Unit
		case dtype.JSON:
			return false
		default:
			return true
		}
	}
	switch {
	case to.Kind == dtype.String:
		return from.Kind != dtype.Binary
	case from.Kind == dtype.Timestamp && from.Zone == "":
		return to.Kind == dtype.Date && (from.Unit == dtype.Micro || from.Unit == dtype.Nano)
	case from.Kind == dtype.Bool:
		return to.IsInteger()
	default:
		return false
	}
}
