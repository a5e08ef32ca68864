package parquet

import (
	"slices"
	"testing"
)

func TestColumnsOfOneNameAreNumbered(t *testing.T) {
	for _, c := range [][2][]string{
		{{"a", "b", "a", "a"}, {"a", "b", "a_1", "a_2"}},
		{{"a", "a_1", "a"}, {"a", "a_1", "a_1_1"}},
		{{"a", "A"}, {"a", "A"}},
	} {
		var cols []*column
		for _, n := range c[0] {
			cols = append(cols, &column{name: n})
		}
		distinctNames(cols)
		var got []string
		for _, col := range cols {
			got = append(got, col.name)
		}
		if !slices.Equal(got, c[1]) {
			t.Errorf("%v became %v, want %v", c[0], got, c[1])
		}
	}
}
