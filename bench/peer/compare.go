package peer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// floatTolerance is how far two sums of floats may lie apart, relative to their size: engines add in different orders.
const floatTolerance = 1e-9

// Difference tells where two results differ, in a few words, or is empty when they are equal. Values are equal when
// they are spelled the same, are the same number, or are a day and its midnight.
func Difference(got, want [][]string) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if len(got[i]) != len(want[i]) {
			return fmt.Sprintf("row %d has %d columns, want %d", i+1, len(got[i]), len(want[i]))
		}
		for j := range want[i] {
			if !sameValue(got[i][j], want[i][j]) {
				return fmt.Sprintf("row %d, column %d: %q, want %q", i+1, j+1, got[i][j], want[i][j])
			}
		}
	}
	return ""
}

func sameValue(a, b string) bool {
	if a == b || strings.TrimSuffix(a, " 00:00:00") == strings.TrimSuffix(b, " 00:00:00") {
		return true
	}
	if whole(a) && whole(b) {
		return false // integers are exact
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && math.Abs(x-y) <= floatTolerance*max(math.Abs(x), math.Abs(y))
}

// whole tells whether s is spelled as an integer.
func whole(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}
