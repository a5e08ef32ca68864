package ast

import "testing"

func TestFormatIdentQuotesWhatWouldNotReadBack(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a", "Abc_1": "Abc_1", "1a": `"1a"`, "a b": `"a b"`, `a"b`: `"a""b"`, "select": `"select"`, "Year": `"Year"`, "": `""`,
		"größe": `"größe"`, "count": "count",
	} {
		if got := FormatIdent(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestKeywordClasses(t *testing.T) {
	for word, want := range map[string]KeywordClass{
		"select": Reserved, "left": TypeOrFunction, "varchar": ColumnWord, "struct": ColumnWord, "year": Unreserved, "price": NotKeyword,
	} {
		if got := Keyword(word); got != want {
			t.Errorf("%s: got class %d, want %d", word, got, want)
		}
	}
}

func TestNegateIsItsOwnInverse(t *testing.T) {
	for op := OpEq; op <= OpGe; op++ {
		if op.Negate() == op || op.Negate().Negate() != op {
			t.Errorf("%s: negated %s, twice %s", op, op.Negate(), op.Negate().Negate())
		}
	}
	if OpAdd.Negate() != OpNone {
		t.Error("+ has a negation")
	}
}

func TestWalkStopsBelowWhatVisitRefuses(t *testing.T) {
	inner := &Func{Name: Name{{Name: "sum"}}, Args: []Arg{{Value: &ColumnRef{}}}}
	e := &Binary{Op: OpAdd, L: inner, R: &Case{Whens: []When{{Cond: &Bool{}, Then: &Null{}}}}}
	var seen int
	Walk(e, func(x Expr) bool {
		seen++
		_, isCall := x.(*Func)
		return !isCall
	})
	if seen != 5 {
		t.Errorf("visited %d expressions, want 5: +, sum, CASE, its condition and its value", seen)
	}
}
