package peer

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Kind is how the values of a column are compared.
type Kind string

// The kinds of columns. A column of unknown kind is compared by what its values look like.
const (
	Unknown Kind = ""
	Integer Kind = "int"
	Decimal Kind = "decimal"
	Float   Kind = "float"
	Text    Kind = "text" // and everything else that is not a number
)

// kindOfType returns the kind of a type of siksik.
func kindOfType(typ string) Kind {
	switch {
	case strings.HasPrefix(typ, "decimal"):
		return Decimal
	case strings.HasPrefix(typ, "float"), typ == "double", typ == "real":
		return Float
	case strings.HasPrefix(typ, "int"), strings.HasPrefix(typ, "uint"), strings.HasSuffix(typ, "hugeint"):
		return Integer
	}
	return Text
}

// Floats may lie apart by this much, relative to their size: engines add in different orders. Values that ought to be
// zero differ by even less than the absolute tolerance.
const (
	floatTolerance = 1e-9
	floatZero      = 1e-15
)

// Difference tells where two results differ, in a few words, or is empty when they are equal. Integers and decimals
// must be equal exactly, floats to 9 digits, in the order that the workload demands.
func (w Workload) Difference(got, want Sample) string {
	if len(got.Result) != len(want.Result) {
		return fmt.Sprintf("%d rows, want %d", len(got.Result), len(want.Result))
	}
	if w.CountOnly {
		return ""
	}
	if w.Unordered {
		for i := range want.Result {
			for _, k := range w.Keys {
				if k < min(len(got.Result[i]), len(want.Result[i])) && !sameValue(got.Result[i][k], want.Result[i][k], kindAt(got.Kinds, k), kindAt(want.Kinds, k)) {
					return differs(i, k, got.Result[i][k], want.Result[i][k])
				}
			}
		}
		order := columnOrder(got.Kinds, want.Kinds)
		got.Result, want.Result = sortedRows(got.Result, order), sortedRows(want.Result, order)
	}
	for i, row := range want.Result {
		if len(got.Result[i]) != len(row) {
			return fmt.Sprintf("row %d has %d columns, want %d", i+1, len(got.Result[i]), len(row))
		}
		for j := range row {
			if !sameValue(got.Result[i][j], row[j], kindAt(got.Kinds, j), kindAt(want.Kinds, j)) {
				return differs(i, j, got.Result[i][j], row[j])
			}
		}
	}
	return ""
}

func differs(row, column int, got, want string) string {
	return fmt.Sprintf("row %d, column %d: %q, want %q", row+1, column+1, got, want)
}

func kindAt(kinds []Kind, i int) Kind {
	if i < len(kinds) {
		return kinds[i]
	}
	return Unknown
}

// columnOrder lists the columns by which rows are sorted before they are compared: those that are spelled the same by
// all engines first, floats last, because two of them may be equal and still sort differently.
func columnOrder(a, b []Kind) []int {
	rank := func(i int) int {
		switch {
		case kindAt(a, i) == Text && kindAt(b, i) == Text:
			return 0
		case kindAt(a, i) == Float || kindAt(b, i) == Float:
			return 2
		}
		return 1
	}
	order := make([]int, max(len(a), len(b)))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(rank(x), rank(y)) })
	return order
}

// sortedRows returns the rows sorted by the columns in that order.
func sortedRows(rows [][]string, order []int) [][]string {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b []string) int {
		for _, k := range order {
			if k >= min(len(a), len(b)) || a[k] == b[k] {
				continue
			}
			x, errX := strconv.ParseFloat(a[k], 64)
			y, errY := strconv.ParseFloat(b[k], 64)
			if errX == nil && errY == nil && x != y {
				return cmp.Compare(x, y)
			}
			return cmp.Compare(a[k], b[k])
		}
		return 0
	})
	return out
}

// sameValue compares two values of the given kinds. A day equals its midnight, and true equals True. Where one engine
// has a decimal of fewer digits than the other's value, they may differ by one in the last of them.
func sameValue(a, b string, kindA, kindB Kind) bool {
	if a == b || strings.TrimSuffix(a, " 00:00:00") == strings.TrimSuffix(b, " 00:00:00") || isWord(a) && strings.EqualFold(a, b) {
		return true
	}
	if kindA == Text && kindB == Text || whole(a) && whole(b) {
		return false
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	if !okX || !okY {
		return false
	}
	diff := x.Sub(x, y)
	diff.Abs(diff)
	switch {
	case diff.Sign() == 0, withinLastDigit(diff, a, b, kindA), withinLastDigit(diff, b, a, kindB):
		return true
	case kindA != Float && kindB != Float && (kindA == Decimal || kindB == Decimal):
		return false
	}
	d, _ := diff.Float64()
	size, _ := y.Float64()
	return d <= max(floatTolerance*math.Abs(size), floatZero)
}

// withinLastDigit tells whether a is a decimal with fewer digits than b has, and diff at most one in the last of them.
func withinLastDigit(diff *big.Rat, a, b string, kindA Kind) bool {
	digits := scaleOf(a)
	if kindA != Decimal || digits == 0 || digits >= scaleOf(b) {
		return false
	}
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	return diff.Cmp(unit) <= 0
}

// isWord tells whether s is a value that engines spell in different cases.
func isWord(s string) bool {
	return slices.ContainsFunc([]string{"true", "false", "nan", "inf", "-inf"}, func(w string) bool { return strings.EqualFold(w, s) })
}

// scaleOf is the number of digits after the point.
func scaleOf(s string) int {
	_, fraction, _ := strings.Cut(s, ".")
	return len(fraction)
}

// whole tells whether s is spelled as an integer.
func whole(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}
