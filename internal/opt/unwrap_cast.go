package opt

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// unwrap turns a comparison of a converted column with a constant into one of the column itself, which sources and statistics understand:
// cast(i as bigint) > 5 is i > 5, and cast(ts as date) = '2026-01-01' is a range of ts. Only conversions that keep the order and lose nothing, or
// lose a known part, are undone.
func (s *simplifier) unwrap(e *expr.Call, v data.Scalar) expr.Expr {
	if arg, ok := dayOf(e.Args[0]); ok {
		return days(e, arg, v.Int64())
	}
	if arg, unit, ok := truncated(e.Args[0]); ok && unit == "day" {
		perDay := 86_400 * arg.Type().Unit.PerSecond()
		if ts, plainColumn := arg.(*expr.Ref); plainColumn && v.Int64()%perDay == 0 {
			return days(e, ts, v.Int64()/perDay)
		}
	}
	c, ok := e.Args[0].(*expr.Cast)
	if !ok || !widens(c.Arg.Type(), c.To) {
		return e
	}
	near, side, ok := s.nearest(v, c.Arg.Type())
	if !ok {
		return e
	}
	name := e.Fn.Name
	switch {
	case side == 0:
	case side < 0: // near is the greatest value below v
		name = map[string]string{"lt": "le", "le": "le", "gt": "gt", "ge": "gt"}[name]
	default: // near is the least value above v
		name = map[string]string{"lt": "lt", "le": "lt", "gt": "ge", "ge": "ge"}[name]
	}
	if name == "" {
		return e
	}
	return plan.Compare(name, c.Arg, &expr.Lit{Value: near})
}

// unwrapIn does the same for IN: values that the column's type does not have are never met.
func (s *simplifier) unwrapIn(e *expr.In) expr.Expr {
	c, ok := e.Arg.(*expr.Cast)
	if !ok || !widens(c.Arg.Type(), c.To) {
		return e
	}
	out := &expr.In{Arg: c.Arg, HasNull: e.HasNull}
	for _, v := range e.Values {
		near, side, ok := s.nearest(v, c.Arg.Type())
		if !ok {
			return e
		}
		if side == 0 {
			out.Values = append(out.Values, near)
		}
	}
	if len(out.Values) == 0 {
		return e
	}
	return out
}

// widens reports a conversion that is one to one and keeps the order, for all values of from.
func widens(from, to dtype.Type) bool {
	switch {
	case !expr.SafeCast(from, to) && !(from.Kind == dtype.Date || from.Kind == dtype.Timestamp):
		return false
	case from.IsInteger() && to.IsInteger(), from.IsInteger() && to.Kind == dtype.Decimal, from.Kind == dtype.Decimal && to.Kind == dtype.Decimal:
		return true
	case from.IsInteger() && to.Kind == dtype.Float64:
		switch from.Kind {
		case dtype.Int64, dtype.Int128, dtype.Uint64:
			return false
		}
		return true
	case from.Kind == dtype.Float32 && to.Kind == dtype.Float64:
		return true
	case from.Kind == dtype.Date:
		return to.Kind == dtype.Timestamp && to.Zone == ""
	case from.Kind == dtype.Timestamp:
		return to.Kind == dtype.Timestamp && from.Zone == to.Zone && to.Unit.PerSecond() >= from.Unit.PerSecond()
	default:
		return false
	}
}

// nearest converts v to the type and tells whether the result is v (0), below it (-1) or above it (1). The conversions of the folder round to a
// neighbour, so no value of the type lies between.
func (s *simplifier) nearest(v data.Scalar, to dtype.Type) (near data.Scalar, side int, ok bool) {
	if s.folder == nil || v.Type.IsFloat() && (math.IsNaN(v.F) || math.IsInf(v.F, 0)) {
		return near, 0, false
	}
	back := s.fold(&expr.Cast{Arg: &expr.Lit{Value: v}, To: to, Try: true})
	l, ok := back.(*expr.Lit)
	if !ok || l.Value.Null {
		return near, 0, false
	}
	again := s.fold(&expr.Cast{Arg: l, To: v.Type, Try: true})
	if a, ok := again.(*expr.Lit); !ok || a.Value.Null {
		return near, 0, false
	}
	below, equal := s.fold(plan.Compare("lt", again, &expr.Lit{Value: v})), s.fold(plan.Compare("eq", again, &expr.Lit{Value: v}))
	switch {
	case isLit(equal, true):
		return l.Value, 0, true
	case isLit(below, true):
		return l.Value, -1, !to.IsFloat()
	case isLit(below, false):
		return l.Value, 1, !to.IsFloat()
	default:
		return near, 0, false
	}
}

// truncated recognises date_trunc of a timestamp without zone to a day or a part of one, and returns what is truncated and to which part.
func truncated(e expr.Expr) (arg expr.Expr, part string, ok bool) {
	c, isCall := e.(*expr.Call)
	if !isCall || c.Fn.Name != "date_trunc" || len(c.Args) != 2 || !c.Typ.Equal(c.Args[1].Type()) || c.Typ.Kind != dtype.Timestamp || c.Typ.Zone != "" {
		return nil, "", false
	}
	l, isLit := c.Args[0].(*expr.Lit)
	if !isLit || l.Value.Null {
		return nil, "", false
	}
	switch part = sig.CanonicalPart(l.Value.S); part {
	case "day", "hour", "minute", "second", "millisecond", "microsecond":
		return c.Args[1], part, true
	default:
		return nil, "", false
	}
}

// wholeDay drops a truncation that the conversion to a date does anyway.
func wholeDay(c *expr.Cast) *expr.Cast {
	if arg, _, ok := truncated(c.Arg); ok && c.To.Kind == dtype.Date {
		return &expr.Cast{Arg: arg, To: c.To, Try: c.Try}
	}
	return c
}

// dayOf recognises the date of a timestamp column without zone.
func dayOf(e expr.Expr) (*expr.Ref, bool) {
	var arg expr.Expr
	switch e := e.(type) {
	case *expr.Cast:
		if e.To.Kind == dtype.Date {
			arg = e.Arg
		}
	case *expr.Call:
		if e.Fn.Name == "dt_date" {
			arg = e.Args[0]
		}
	}
	r, ok := arg.(*expr.Ref)
	if !ok || r.Col.Type.Kind != dtype.Timestamp || r.Col.Type.Zone != "" {
		return nil, false
	}
	return r, true
}

// days compares a timestamp with the first moments of the day and of the next.
func days(e *expr.Call, ts *expr.Ref, day int64) expr.Expr {
	first, ok1 := moment(day, ts.Col.Type)
	next, ok2 := moment(day+1, ts.Col.Type)
	if !ok1 || !ok2 {
		return e
	}
	switch e.Fn.Name {
	case "eq":
		return &expr.And{Args: []expr.Expr{plan.Compare("ge", ts, first), plan.Compare("lt", ts, next)}}
	case "ne":
		return &expr.Or{Args: []expr.Expr{plan.Compare("lt", ts, first), plan.Compare("ge", ts, next)}}
	case "lt":
		return plan.Compare("lt", ts, first)
	case "le":
		return plan.Compare("lt", ts, next)
	case "gt":
		return plan.Compare("ge", ts, next)
	case "ge":
		return plan.Compare("ge", ts, first)
	default:
		return e
	}
}

// moment is midnight of a day as a timestamp.
func moment(day int64, t dtype.Type) (expr.Expr, bool) {
	perDay := 86_400 * t.Unit.PerSecond()
	if day > math.MaxInt64/perDay || day < math.MinInt64/perDay {
		return nil, false
	}
	return &expr.Lit{Value: data.IntScalar(t, day*perDay)}, true
}
