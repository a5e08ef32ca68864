package sig

import "github.com/siksik-data/siksik/dtype"

// mathTable declares mathematical and bitwise functions.
func mathTable() []*Overload {
	return append(append(roundTable(), realTable()...), bitTable()...)
}

// roundTable declares functions that keep the kind of number.
func roundTable() []*Overload {
	list := []*Overload{
		scalar("abs(x T:int) T", fallible, "Absolute value; fails on overflow.", id("abs.int")),
		scalar("abs(x T:float) T", strict, "Absolute value.", id("abs.float")),
		scalar("abs(x decimal) *", strict, "Absolute value.", ret(first)),
		scalar("abs(x dur) *", fallible, "Absolute value.", ret(first)),
		scalar("abs_wrap(x T:int) T", strict, "Absolute value; the least integer stays as it is.", id("abs_wrap.int")),
		scalar("mean_of(sum hugeint, count bigint) double", strict, "The mean of so many values with the sum, rounded as avg rounds; null for no values."),
		scalar("mean_of(sum decimal, count bigint) double", strict, "The mean of so many values with the sum, rounded as avg rounds; null for no values."),
		scalar("sign(x T:num) tinyint", strict, "-1, 0 or 1; 0 for nan.", id("sign.num")),
		scalar("round(x T:int) T", strict|Monotone, "The integer itself.", id("round.int")),
		scalar("round(x T:int, digits integer) T", fallible, "Rounds half away from zero; negative digits round before the point.", id("round.int_int")),
		scalar("round(x T:float) T", strict|Monotone, "Rounds half away from zero.", id("round.float")),
		scalar("round(x T:float, digits integer) T", strict, "Rounds half away from zero to so many digits after the point.", id("round.float_int")),
		scalar("round(x decimal) *", strict|Monotone, "Rounds half away from zero.", ret(wholeDecimal)),
		scalar("round(x decimal, digits integer!) *", strict, "Rounds half away from zero to so many digits after the point.", retLit(roundedDecimal)),
	}
	for _, f := range []struct{ name, doc string }{{"ceil", "Rounds up."}, {"floor", "Rounds down."}, {"trunc", "Rounds toward zero."}} {
		list = append(list,
			scalar(f.name+"(x T:float) T", strict|Monotone, f.doc, id(f.name+".float")),
			scalar(f.name+"(x decimal) *", strict|Monotone, f.doc, ret(grownDecimal)))
		if f.name == "trunc" {
			list = append(list, scalar("trunc(x T:int) T", strict|Monotone, "The integer itself.", id("trunc.int")))
		} else {
			list = append(list, scalar(f.name+"(x int) double", strict|Monotone, f.doc+" An integer becomes a double."))
		}
	}
	return list
}

// wholeDecimal drops the scale and keeps the precision.
func wholeDecimal(args []dtype.Type) dtype.Type { return dtype.DecimalOf(int(args[0].Precision), 0) }

// grownDecimal drops the scale and keeps the precision, which leaves room for rounding up.
func grownDecimal(args []dtype.Type) dtype.Type { return wholeDecimal(args) }

// roundedDecimal has the scale that was asked for, as far as the argument has it.
func roundedDecimal(args []Arg) (dtype.Type, error) {
	t, digits := args[0].Type, args[1].Lit
	if digits.Null {
		return t, nil
	}
	scale := max(min(digits.Int64(), int64(t.Scale)), 0)
	return dtype.DecimalOf(int(t.Precision), int(scale)), nil
}

// realTable declares functions of doubles.
func realTable() []*Overload {
	var list []*Overload
	for _, f := range []struct{ name, doc string }{
		{"sqrt", "Square root; nan for negative numbers."}, {"cbrt", "Cube root."}, {"exp", "e to the power of x."}, {"ln", "Natural logarithm."},
		{"log2", "Logarithm to base 2."}, {"log10", "Logarithm to base 10."}, {"log1p", "ln(1+x), exact near zero."}, {"expm1", "exp(x)-1, exact near zero."},
		{"sin", "Sine."}, {"cos", "Cosine."}, {"tan", "Tangent."}, {"cot", "Cotangent."}, {"asin", "Arc sine; nan outside [-1, 1]."},
		{"acos", "Arc cosine; nan outside [-1, 1]."}, {"atan", "Arc tangent."}, {"sinh", "Hyperbolic sine."}, {"cosh", "Hyperbolic cosine."},
		{"tanh", "Hyperbolic tangent."}, {"asinh", "Inverse hyperbolic sine."}, {"acosh", "Inverse hyperbolic cosine."},
		{"atanh", "Inverse hyperbolic tangent."}, {"degrees", "Radians to degrees."}, {"radians", "Degrees to radians."},
		{"even", "Rounds away from zero to an even number."}, {"gamma", "The gamma function."}, {"lgamma", "Logarithm of the gamma function."},
	} {
		list = append(list, scalar(f.name+"(x double) double", strict, f.doc))
	}
	return append(list,
		scalar("log(x double) double", strict, "Logarithm to base 10."),
		scalar("log(base double, x double) double", strict, "Logarithm of x to a base."),
		scalar("pow(x double, y double) double", strict, "x to the power of y."),
		scalar("atan2(y double, x double) double", strict, "The angle of the point (x, y)."),
		scalar("nextafter(x double, y double) double", strict, "The next double after x toward y."),
		scalar("pi() double", 0, "π."),
		scalar("random() double", Volatile, "A random number in [0, 1)."),
		scalar("isnan(x T:float) bool", strict, "Whether x is nan.", id("isnan.float")),
		scalar("isinf(x T:float) bool", strict, "Whether x is infinite.", id("isinf.float")),
		scalar("isfinite(x T:float) bool", strict, "Whether x is neither infinite nor nan.", id("isfinite.float")),
		scalar("isinf(x date) bool", strict, "Whether x is infinite."),
		scalar("isinf(x ts) bool", strict, "Whether x is infinite."),
		scalar("isinf(x tz) bool", strict, "Whether x is infinite."),
		scalar("isfinite(x date) bool", strict, "Whether x is finite."),
		scalar("isfinite(x ts) bool", strict, "Whether x is finite."),
		scalar("isfinite(x tz) bool", strict, "Whether x is finite."),
	)
}

// bitTable declares integer and bitwise functions.
func bitTable() []*Overload {
	return []*Overload{
		scalar("gcd(a bigint, b bigint) bigint", fallible|Commutative, "Greatest common divisor."),
		scalar("gcd(a hugeint, b hugeint) hugeint", fallible|Commutative, "Greatest common divisor."),
		scalar("lcm(a bigint, b bigint) bigint", fallible|Commutative, "Least common multiple; fails on overflow."),
		scalar("lcm(a hugeint, b hugeint) hugeint", fallible|Commutative, "Least common multiple; fails on overflow."),
		scalar("factorial(n integer) hugeint", fallible, "The product of 1 to n; n is at most 33."),
		scalar("bit_count(x T:int) tinyint", strict, "Number of one bits.", id("bit_count.int")),
		scalar("bitand(a T:int, b T:int) T", strict|Commutative, "Bitwise and; the operator &.", id("bitand.int")),
		scalar("bitor(a T:int, b T:int) T", strict|Commutative, "Bitwise or; the operator |.", id("bitor.int")),
		scalar("xor(a T:int, b T:int) T", strict|Commutative, "Bitwise exclusive or.", id("xor.int")),
		scalar("xor(a bool, b bool) bool", strict|Commutative, "Exclusive or."),
		scalar("bitnot(x T:int) T", strict, "Bitwise negation; the operator ~.", id("bitnot.int")),
		scalar("shl(x T:int, by T:int) T", fallible, "Shifts left; fails if bits are lost.", id("shl.int")),
		scalar("shr(x T:int, by T:int) T", fallible, "Shifts right, keeping the sign.", id("shr.int")),
	}
}
