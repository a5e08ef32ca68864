package opt

import (
	"slices"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/sig"
)

// volatile reports whether e may differ between evaluations with equal inputs, or has effects.
func volatile(e expr.Expr) bool {
	return contains(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Call:
			return x.Fn.Has(sig.Volatile)
		case *expr.UDF:
			return !x.Pure
		default:
			return false
		}
	})
}

// fallible reports whether evaluating e may fail for some row.
func fallible(e expr.Expr) bool {
	return contains(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Call:
			return x.Fn.Has(sig.Fallible) && !safeCall(x)
		case *expr.Cast:
			return !x.Try && !safeCast(x.Arg.Type(), x.To)
		case *expr.UDF:
			return true
		default:
			return false
		}
	})
}

func contains(e expr.Expr, test func(expr.Expr) bool) bool {
	found := false
	expr.Walk(e, func(x expr.Expr) bool {
		found = found || test(x)
		return !found
	})
	return found
}

// patternCalls fail only for a malformed pattern, and a constant one fails before any row is read.
var patternCalls = []string{"like", "not_like", "ilike", "not_ilike", "regexp_matches", "regexp_full_match", "regexp_replace", "regexp_extract",
	"regexp_extract_all", "regexp_count"}

func safeCall(c *expr.Call) bool {
	if !slices.Contains(patternCalls, c.Fn.Name) {
		return false
	}
	for _, a := range c.Args[1:] {
		if _, ok := a.(*expr.Lit); !ok {
			return false
		}
	}
	return true
}

// safeCast reports a cast that works for every value.
func safeCast(from, to dtype.Type) bool {
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

// plain reports an expression that costs nothing: a column or a constant.
func plain(e expr.Expr) bool {
	switch e.(type) {
	case *expr.Ref, *expr.Lit:
		return true
	default:
		return false
	}
}

// isLit reports the bool literal v.
func isLit(e expr.Expr, v bool) bool {
	l, ok := e.(*expr.Lit)
	return ok && l.Value.Type.Kind == dtype.Bool && !l.Value.Null && l.Value.Bool() == v
}

// isNull reports a null literal.
func isNull(e expr.Expr) bool {
	l, ok := e.(*expr.Lit)
	return ok && l.Value.Null
}
