package sig

import "github.com/siksik-data/siksik/dtype"

// Shorthands of the tables.
const (
	strict   = Strict
	fallible = Strict | Fallible
)

// arithmeticTable declares the arithmetic operators. The plain names check for overflow, as SQL does; the _wrap and _null variants are the
// frames': integers wrap, and division by zero gives null. A variant that is not listed is the plain one (see variantOf).
func arithmeticTable() []*Overload {
	return append(append(addTable(), subTable()...), mulTable()...)
}

func addTable() []*Overload {
	const num, tmp = "Sum of two numbers; fails on overflow.", "Date or time plus a span."
	return []*Overload{
		scalar("add(a T:int, b T:int) T", fallible|Commutative|Monotone, num, id("add.int")),
		scalar("add(a T:float, b T:float) T", strict|Commutative|Monotone, num, id("add.float")),
		scalar("add(a decimal, b decimal) *", fallible|Commutative|Monotone, num, id("add.decimal"), bind(decimalAdd)),
		scalar("add(a date, b integer) date", fallible|Monotone, "Date plus days.", id("add.date_int")),
		scalar("add(a integer, b date) date", fallible, "Days plus date.", id("add.int_date")),
		scalar("add(a interval, b interval) interval", fallible|Commutative, "Sum of two intervals."),
		scalar("add(a date, b interval) timestamp", fallible, tmp),
		scalar("add(a interval, b date) timestamp", fallible, tmp),
		scalar("add(a T:ts, b interval) T", fallible, tmp),
		scalar("add(a interval, b T:ts) T", fallible, tmp),
		scalar("add(a T:tz, b interval) T", fallible, tmp),
		scalar("add(a interval, b T:tz) T", fallible, tmp),
		scalar("add(a time, b interval) time", fallible, tmp+" Wraps at midnight."),
		scalar("add(a interval, b time) time", fallible, tmp+" Wraps at midnight."),
		scalar("add(a date, b time) timestamp", fallible, "The date at the time of day."),
		scalar("add(a time, b date) timestamp", fallible, "The date at the time of day."),
		scalar("add(a T:dur, b T:dur) T", fallible|Commutative, "Sum of two durations.", id("add.dur")),
		scalar("add(a T:ts, b dur) *", fallible, tmp, bind(spanOnTimestamp(false))),
		scalar("add(a T:tz, b dur) *", fallible, tmp, bind(spanOnTimestamp(true))),
		scalar("add(a date, b dur) *", fallible, tmp, bind(spanOnDate)),
		scalar("add_wrap(a T:int, b T:int) T", strict|Commutative, "Sum of two integers; wraps on overflow.", id("add_wrap.int")),
	}
}

func subTable() []*Overload {
	const num, tmp = "Difference of two numbers; fails on overflow.", "Date or time minus a span."
	return []*Overload{
		scalar("sub(a T:int, b T:int) T", fallible|Monotone, num, id("sub.int")),
		scalar("sub(a T:float, b T:float) T", strict|Monotone, num, id("sub.float")),
		scalar("sub(a decimal, b decimal) *", fallible|Monotone, num, id("sub.decimal"), bind(decimalAdd)),
		scalar("sub(a date, b date) bigint", fallible|Monotone, "Days between two dates."),
		scalar("sub(a T:ts, b T:ts) interval", fallible, "Days and time between two timestamps.", id("sub.ts_ts")),
		scalar("sub(a T:tz, b T:tz) interval", fallible, "Days and time between two instants, by the clocks of the session.", id("sub.tz_tz"), perQuery),
		scalar("sub(a date, b integer) date", fallible|Monotone, "Date minus days.", id("sub.date_int")),
		scalar("sub(a interval, b interval) interval", fallible, "Difference of two intervals."),
		scalar("sub(a date, b interval) timestamp", fallible, tmp),
		scalar("sub(a T:ts, b interval) T", fallible, tmp),
		scalar("sub(a T:tz, b interval) T", fallible, tmp),
		scalar("sub(a time, b interval) time", fallible, tmp+" Wraps at midnight."),
		scalar("sub(a T:dur, b T:dur) T", fallible, "Difference of two durations.", id("sub.dur")),
		scalar("sub(a T:ts, b dur) *", fallible, tmp, bind(spanOnTimestamp(false))),
		scalar("sub(a T:tz, b dur) *", fallible, tmp, bind(spanOnTimestamp(true))),
		scalar("sub(a date, b dur) *", fallible, tmp, bind(spanOnDate)),
		scalar("sub_wrap(a T:int, b T:int) T", strict, "Difference of two integers; wraps on overflow.", id("sub_wrap.int")),
		scalar("sub_wrap(a date, b date) *", strict, "Duration between two dates.", ret(microDuration)),
		scalar("sub_wrap(a T:ts, b T:ts) *", strict, "Duration between two timestamps.", id("sub_wrap.ts_ts"), ret(unitDuration)),
		scalar("sub_wrap(a T:tz, b T:tz) *", strict, "Duration between two instants.", id("sub_wrap.tz_tz"), ret(unitDuration)),
	}
}

func mulTable() []*Overload {
	return []*Overload{
		scalar("mul(a T:int, b T:int) T", fallible|Commutative, "Product; fails on overflow.", id("mul.int")),
		scalar("mul(a T:float, b T:float) T", strict|Commutative, "Product.", id("mul.float")),
		scalar("mul(a decimal, b decimal) *", fallible|Commutative, "Exact product; the scales add.", id("mul.decimal"), bind(decimalMul)),
		scalar("mul(a interval, b bigint) interval", fallible, "An interval several times."),
		scalar("mul(a bigint, b interval) interval", fallible, "An interval several times."),
		scalar("mul(a interval, b double) interval", fallible, "A multiple of an interval; fractions of months and days flow into the smaller parts."),
		scalar("mul(a double, b interval) interval", fallible, "A multiple of an interval."),
		scalar("mul(a dur, b bigint) *", fallible, "A duration several times.", ret(first)),
		scalar("mul(a bigint, b dur) *", fallible, "A duration several times.", ret(second)),
		scalar("mul_wrap(a T:int, b T:int) T", strict|Commutative, "Product of two integers; wraps on overflow.", id("mul_wrap.int")),
		scalar("div(a T:float, b T:float) T", strict, "Quotient; integers and decimals divide as doubles; division by zero gives inf or nan.", id("div.float"), bind(trueDivision)),
		scalar("div(a interval, b double) interval", fallible, "A fraction of an interval."),
		scalar("div(a dur, b bigint) *", fallible, "A fraction of a duration, rounded toward zero; null on zero.", ret(first)),
		scalar("floordiv(a T:int, b T:int) T", fallible, "Quotient rounded toward zero; fails on division by zero.", id("floordiv.int")),
		scalar("floordiv(a T:float, b T:float) T", strict, "Quotient, not rounded, as DuckDB's // does on floats.", id("floordiv.float"), bind(trueDivision)),
		scalar("floordiv_null(a T:int, b T:int) T", strict, "Quotient rounded down; null on division by zero.", id("floordiv_null.int")),
		scalar("floordiv_null(a T:float, b T:float) T", strict, "Quotient rounded down.", id("floordiv_null.float"), bind(trueDivision)),
		scalar("mod(a T:int, b T:int) T", fallible, "Remainder with the sign of a; fails on division by zero.", id("mod.int")),
		scalar("mod(a T:float, b T:float) T", strict, "Remainder with the sign of a.", id("mod.float")),
		scalar("mod(a decimal, b decimal) *", fallible, "Exact remainder with the sign of a.", id("mod.decimal"), bind(decimalMod)),
		scalar("mod_null(a T:int, b T:int) T", strict, "Remainder with the sign of b; null on division by zero.", id("mod_null.int")),
		scalar("mod_null(a T:float, b T:float) T", strict, "Remainder with the sign of b.", id("mod_null.float")),
		scalar("neg(a T:int) T", fallible, "Negation; fails on overflow.", id("neg.int")),
		scalar("neg(a T:float) T", strict, "Negation.", id("neg.float")),
		scalar("neg(a decimal) *", strict, "Negation.", ret(first)),
		scalar("neg(a interval) interval", fallible, "Negation of every part."),
		scalar("neg(a dur) *", fallible, "Negation.", ret(first)),
		scalar("neg_wrap(a T:int) T", strict, "Negation; wraps on overflow.", id("neg_wrap.int")),
	}
}

func first(args []dtype.Type) dtype.Type  { return args[0] }
func second(args []dtype.Type) dtype.Type { return args[1] }

func microDuration([]dtype.Type) dtype.Type     { return dtype.DurationOf(dtype.Micro) }
func unitDuration(args []dtype.Type) dtype.Type { return dtype.DurationOf(args[0].Unit) }

// spanOnTimestamp takes a timestamp and a duration and brings both to the finer unit.
func spanOnTimestamp(zoned bool) func([]Arg) ([]dtype.Type, dtype.Type, bool) {
	return func(args []Arg) ([]dtype.Type, dtype.Type, bool) {
		t, d := args[0].Type, args[1].Type
		if t.Kind != dtype.Timestamp || d.Kind != dtype.Duration || (t.Zone != "") != zoned {
			return nil, t, false
		}
		u := finer(t.Unit, d.Unit)
		t.Unit = u
		return []dtype.Type{t, dtype.DurationOf(u)}, t, true
	}
}

// spanOnDate adds a duration to a date as a timestamp of the duration's unit.
func spanOnDate(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	if args[0].Type.Kind != dtype.Date || args[1].Type.Kind != dtype.Duration {
		return nil, dtype.Type{}, false
	}
	t := dtype.TimestampOf(args[1].Type.Unit, "")
	return []dtype.Type{t, args[1].Type}, t, true
}

// trueDivision divides floats as they are and everything else as doubles.
func trueDivision(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	t, ok := CommonTypes(args, InText)
	switch {
	case !ok || !t.IsNumeric() && t.Kind != dtype.Null || args[0].Type.Kind == dtype.Bool || args[1].Type.Kind == dtype.Bool:
		return nil, t, false
	case !t.IsFloat():
		t = dtype.Of(dtype.Float64)
	}
	return []dtype.Type{t, t}, t, true
}

// decimals returns the arguments as decimals, provided that at least one is a decimal and the others are integers.
func decimals(args []Arg) (a, b dtype.Type, ok bool) {
	if args[0].Type.Kind != dtype.Decimal && args[1].Type.Kind != dtype.Decimal {
		return a, b, false
	}
	a, aok := operand(args[0].Type, args[1].Type)
	b, bok := operand(args[1].Type, args[0].Type)
	return a, b, aok && bok
}

// operand is t in decimal arithmetic with other; a bare null takes the other side's type.
func operand(t, other dtype.Type) (dtype.Type, bool) {
	if t.Kind == dtype.Null {
		return other, true
	}
	if t.Kind == dtype.Bool {
		return t, false
	}
	return AsDecimal(t)
}

// capped limits the precision of a product: to 18 digits while the operands stay within them, so that values stay in 64 bits, and to 38 otherwise.
func capped(precision, widest int) int {
	if precision > 18 && widest <= 18 {
		return 18
	}
	return min(precision, 38)
}

// decimalAdd brings both sides to the larger scale and adds a digit for the carry, so that a sum overflows beyond 38 digits only. Both
// arguments are cast to the result's type.
func decimalAdd(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	a, b, ok := decimals(args)
	if !ok {
		return nil, a, false
	}
	scale := int(max(a.Scale, b.Scale))
	whole := int(max(a.Precision-a.Scale, b.Precision-b.Scale))
	t := dtype.DecimalOf(min(whole+scale+1, 38), scale)
	return []dtype.Type{t, t}, t, true
}

// decimalMod is decimalAdd without the carry, for what fits 38 digits.
func decimalMod(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	a, b, ok := decimals(args)
	if !ok {
		return nil, a, false
	}
	scale := int(max(a.Scale, b.Scale))
	whole := int(max(a.Precision-a.Scale, b.Precision-b.Scale))
	if whole+scale > 38 { // no decimal has the digits of both, and they are divided as doubles
		return nil, a, false
	}
	t := dtype.DecimalOf(whole+scale, scale)
	return []dtype.Type{t, t}, t, true
}

// decimalMul adds precisions and scales. The arguments keep their scales and take the result's precision, so that all three have one
// representation. A scale that would pass 38 digits does not fit.
func decimalMul(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	a, b, ok := decimals(args)
	scale := int(a.Scale) + int(b.Scale)
	if !ok || scale > 38 {
		return nil, a, false
	}
	p := max(capped(int(a.Precision)+int(b.Precision), int(max(a.Precision, b.Precision))), scale)
	return []dtype.Type{dtype.DecimalOf(p, int(a.Scale)), dtype.DecimalOf(p, int(b.Scale))}, dtype.DecimalOf(p, scale), true
}
