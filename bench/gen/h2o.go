package gen

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Column is a column of a generated CSV file with its SQL type. No file has missing values; an empty field is an empty
// string.
type Column struct{ Name, Type string }

// header is the first line of a file of those columns.
func header(columns []Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return strings.Join(names, ",") + "\n"
}

// h2oGroups is how many values the low-cardinality columns of the group-by table have.
const h2oGroups = 100

// H2OGroupByColumns are the columns of the group-by table.
var H2OGroupByColumns = []Column{
	{"id1", "VARCHAR"}, {"id2", "VARCHAR"}, {"id3", "VARCHAR"}, {"id4", "INTEGER"}, {"id5", "INTEGER"}, {"id6", "INTEGER"},
	{"v1", "INTEGER"}, {"v2", "INTEGER"}, {"v3", "DOUBLE"},
}

// H2OGroupBy writes the table of the H2O group-by questions as CSV with a header: three keys as strings and three as
// numbers, of 100, 100 and rows/100 values each, drawn evenly; v1 from 1 to 5, v2 from 1 to 15, v3 below 100 with six
// decimals.
func H2OGroupBy(path string, rows int, seed uint64) error {
	many := max(rows/h2oGroups, 1)
	return rowFile(path, header(H2OGroupByColumns), rows, seed^0x683267, func(buf []byte, r *rng, _ int) []byte {
		buf = appendPadded(append(buf, "id"...), 1+r.below(h2oGroups), 3)
		buf = appendPadded(append(buf, ",id"...), 1+r.below(h2oGroups), 3)
		buf = appendPadded(append(buf, ",id"...), 1+r.below(many), 10)
		for _, n := range [...]int{h2oGroups, h2oGroups, many, 5, 15} {
			buf = strconv.AppendInt(append(buf, ','), int64(1+r.below(n)), 10)
		}
		v := r.below(100_000_000)
		buf = strconv.AppendInt(append(buf, ','), int64(v/1_000_000), 10)
		return append(appendPadded(append(buf, '.'), v%1_000_000, 6), '\n')
	})
}

// H2OJoin is a table of the H2O join questions.
type H2OJoin struct {
	File    string // the name of its CSV file
	Columns []Column
	level   int // 0: the left side; 1 to 3: small, medium and big
}

// H2OJoins are the left side of the joins and the three right sides, of rows/1,000,000, rows/1,000 and as many rows. A
// right side's last number is its key, and unique. Of the left side's rows nine in ten have a match in each.
var H2OJoins = []H2OJoin{
	{"h2o-x.csv", h2oColumns(3, "v1"), 0}, {"h2o-small.csv", h2oColumns(1, "v2"), 1},
	{"h2o-medium.csv", h2oColumns(2, "v2"), 2}, {"h2o-big.csv", h2oColumns(3, "v2"), 3},
}

// h2oColumns are n numbers id1…, the same as strings id4…, and a value.
func h2oColumns(n int, value string) []Column {
	var out []Column
	for i := range n {
		out = append(out, Column{fmt.Sprintf("id%d", i+1), "INTEGER"})
	}
	for i := range n {
		out = append(out, Column{fmt.Sprintf("id%d", i+4), "VARCHAR"})
	}
	return append(out, Column{value, "DOUBLE"})
}

// h2oSizes are the rows of the right sides.
func h2oSizes(rows int) [3]int {
	return [3]int{max(rows/1_000_000, 10), max(rows/1_000, 10), max(rows, 10)}
}

// Write writes the table into dir as CSV with a header; rows are those of the left side.
func (j H2OJoin) Write(dir string, rows int, seed uint64) error {
	sizes, n := h2oSizes(rows), rows
	levels := len(sizes)
	if j.level > 0 {
		n, levels = sizes[j.level-1], j.level
	}
	return rowFile(filepath.Join(dir, j.File), header(j.Columns), n, seed^0x68326a^uint64(j.level)<<32, func(buf []byte, r *rng, i int) []byte {
		var ids [3]int
		for l := range levels {
			// The left side's keys reach a tenth beyond the right side's 1 … size, and miss its first tenth.
			ids[l] = 1 + sizes[l]/10 + r.below(sizes[l])
		}
		if j.level > 0 {
			ids[j.level-1] = 1 + scattered(i, n)
		}
		for l := range levels {
			buf = append(strconv.AppendInt(buf, int64(ids[l]), 10), ',')
		}
		for l := range levels {
			buf = append(strconv.AppendInt(append(buf, "id"...), int64(ids[l]), 10), ',')
		}
		v := r.below(100_000_000)
		buf = strconv.AppendInt(buf, int64(v/1_000_000), 10)
		return append(appendPadded(append(buf, '.'), v%1_000_000, 6), '\n')
	})
}

// scattered returns the place of i in a fixed shuffle of [0, n).
func scattered(i, n int) int {
	step := 2_654_435_761 % n
	for step < 1 || gcd(step, n) != 1 {
		step++
	}
	return int(uint64(i) * uint64(step) % uint64(n))
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// SortColumns are the columns of the sort table.
var SortColumns = []Column{{"a", "INTEGER"}, {"b", "BIGINT"}, {"c", "DOUBLE"}}

// SortRows writes the table of the sorts as CSV with a header: a of a million values, b of 64 random bits, c below
// 1,000 with six decimals.
func SortRows(path string, rows int, seed uint64) error {
	return rowFile(path, header(SortColumns), rows, seed^0x736f7274, func(buf []byte, r *rng, _ int) []byte {
		buf = append(strconv.AppendInt(buf, int64(r.below(1_000_000)), 10), ',')
		buf = append(strconv.AppendInt(buf, int64(r.next()), 10), ',')
		v := r.below(1_000_000_000)
		buf = strconv.AppendInt(buf, int64(v/1_000_000), 10)
		return append(appendPadded(append(buf, '.'), v%1_000_000, 6), '\n')
	})
}
