package sig

import "github.com/siksik-data/siksik/dtype"

// compareTable declares comparisons. Both sides have one type after coercion. NaN equals itself and is above all numbers.
func compareTable() []*Overload {
	return []*Overload{
		scalar("eq(a T=, b T=) bool", strict|Commutative, "Equal.", id("eq.any")),
		scalar("ne(a T=, b T=) bool", strict|Commutative, "Not equal.", id("ne.any")),
		scalar("lt(a T<, b T<) bool", strict, "Less.", id("lt.any")),
		scalar("le(a T<, b T<) bool", strict, "Less or equal.", id("le.any")),
		scalar("gt(a T<, b T<) bool", strict, "Greater.", id("gt.any")),
		scalar("ge(a T<, b T<) bool", strict, "Greater or equal.", id("ge.any")),
		scalar("is_distinct(a T=, b T=) bool", Commutative, "IS DISTINCT FROM: not equal, with null equal to null.", id("is_distinct.any")),
		scalar("is_not_distinct(a T=, b T=) bool", Commutative, "IS NOT DISTINCT FROM: equal, with null equal to null.", id("is_not_distinct.any")),
		scalar("greatest(a T, b T...) T", 0, "The greatest argument; nulls are ignored.", id("greatest.any")),
		scalar("least(a T, b T...) T", 0, "The least argument; nulls are ignored.", id("least.any")),
		scalar("coalesce(a T, b T...) T", 0, "The first argument that is not null.", id("coalesce.any")),
		scalar("if(cond bool, a T, b T) T", 0, "a where cond is true, else b.", id("if.any")),
		scalar("nullif(a T=, b T=) T", 0, "Null where a equals b, else a.", id("nullif.any"), bind(nullIf)),
		scalar("constant_or_null(value T, arg any...) T", 0, "value, or null where any further argument is null.", id("constant_or_null.any")),
	}
}

// nullIf compares in the common type where it can keep the type of a, which the result has.
func nullIf(args []Arg) ([]dtype.Type, dtype.Type, bool) {
	t, ok := CommonTypes(args, InOther)
	if !ok {
		return nil, t, false
	}
	a := args[0].Type
	if a.Kind == dtype.Null {
		a = t
	}
	if t.Equal(a) {
		return []dtype.Type{a, a}, a, true
	}
	return []dtype.Type{a, t}, a, true
}
