package slt

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/dtype"
)

// hashed is a result that is written as the number and the digest of its values.
var hashed = regexp.MustCompile(`^(\d+) values hashing to ([0-9a-f]{32})$`)

// arrange sorts values as the record asks: whole rows, or all values.
func arrange(values []string, columns int, how string) []string {
	switch how {
	case "rowsort", "sort":
		if columns == 0 {
			return values
		}
		rows := make([][]string, 0, len(values)/columns)
		for i := 0; i+columns <= len(values); i += columns {
			rows = append(rows, values[i:i+columns])
		}
		sort.SliceStable(rows, func(a, b int) bool { return compareRows(rows[a], rows[b]) < 0 })
		out := make([]string, 0, len(values))
		for _, r := range rows {
			out = append(out, r...)
		}
		return out
	case "valuesort":
		out := append([]string(nil), values...)
		sort.Strings(out)
		return out
	default:
		return values
	}
}

func compareRows(a, b []string) int {
	for i := range a {
		if c := strings.Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// digest is the MD5 of the values, each with a line feed. Booleans are 1 and 0 there.
func digest(values []string, kinds []dtype.Kind, how string) string {
	h := md5.New()
	for i, v := range values {
		if how != "valuesort" && len(kinds) > 0 && kinds[i%len(kinds)] == dtype.Bool {
			v = bit(v)
		}
		h.Write([]byte(v))
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}

func bit(v string) string {
	switch strings.ToLower(v) {
	case "true", "t":
		return "1"
	case "false", "f":
		return "0"
	}
	return v
}

// byLabel reports whether rows are only compared with those of the other queries that have the same label: DuckDB's runner does so unless the file has
// a digest.
func (c *command) byLabel(d *Dialect) bool {
	return d.Name == "duckdb" && c.label != "" && (len(c.want) != 1 || !hashed.MatchString(c.want[0]))
}

// check compares the rows of a query with what the file expects; "" says that they are equal.
func (c *command) check(t *table, want []string, d *Dialect) string {
	columns := len(t.kinds)
	digest := len(want) == 1 && hashed.MatchString(want[0]) // of which the number of values and their order say how many columns there are
	if c.types != "" && d.Name != "datafusion" && len(c.types) != columns && !(digest && d.Name == "duckdb") {
		return fmt.Sprintf("%d columns, expected %d", columns, len(c.types))
	}
	got := arrange(t.values, columns, c.sort)
	if len(want) == 1 {
		if m := hashed.FindStringSubmatch(want[0]); m != nil {
			return checkHash(t, got, m, c.sort)
		}
		if path, ok := strings.CutPrefix(want[0], "<FILE>:"); ok {
			lines, err := fileLines(path)
			if err != nil {
				return err.Error()
			}
			want = lines
		}
	}
	if d.normal {
		return checkLines(got, columns, want, c.sort)
	}
	expected, problem := cells(want, columns, t.rows)
	if problem != "" {
		return problem
	}
	expected = arrange(expected, columns, c.sort)
	if len(expected) != len(got) {
		return fmt.Sprintf("%d rows, expected %d: %s", t.rows, len(expected)/max(columns, 1), preview(got, columns))
	}
	for i := range got {
		kind := dtype.String
		if c.sort != "valuesort" {
			kind = t.kinds[i%columns]
		}
		if got[i] != expected[i] && (d.own && !strings.Contains(got[i], "\n") || !equalValue(got[i], expected[i], kind)) {
			return fmt.Sprintf("row %d, column %d: got %s, expected %s", i/columns+1, i%columns+1, shorten(got[i]), shorten(expected[i]))
		}
	}
	return ""
}

func checkHash(t *table, got, m []string, how string) string {
	if n, err := strconv.Atoi(m[1]); err != nil || n != len(got) {
		return fmt.Sprintf("%d values, expected %s", len(got), m[1])
	}
	if h := digest(got, t.kinds, how); h != m[2] {
		return fmt.Sprintf("%d values hash to %s, expected %s: %s", len(got), h, m[2], preview(got, len(t.kinds)))
	}
	return ""
}

// checkLines compares rows as lines in which columns are separated by any white space.
func checkLines(got []string, columns int, want []string, how string) string {
	var lines, expected []string
	for i := 0; i+columns <= len(got) && columns > 0; i += columns {
		lines = append(lines, strings.Join(strings.Fields(strings.Join(got[i:i+columns], " ")), " "))
	}
	for _, w := range want {
		expected = append(expected, strings.Join(strings.Fields(w), " "))
	}
	if how == "rowsort" || how == "sort" {
		sort.Strings(lines)
		sort.Strings(expected)
	}
	if len(lines) != len(expected) {
		return fmt.Sprintf("%d rows, expected %d", len(lines), len(expected))
	}
	for i := range lines {
		if lines[i] != expected[i] && !equalWords(lines[i], expected[i]) {
			return fmt.Sprintf("row %d: got %s, expected %s", i+1, shorten(lines[i]), shorten(expected[i]))
		}
	}
	return ""
}

func equalWords(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] && !equalValue(x[i], y[i], dtype.Float64) {
			return false
		}
	}
	return true
}

// cells cuts expected lines into values: one a line, or a row a line with tabs between.
func cells(want []string, columns, rows int) (values []string, problem string) {
	if columns <= 1 {
		return want, ""
	}
	tabs := len(want) > 0
	for _, w := range want {
		tabs = tabs && strings.Contains(w, "\t")
	}
	if !tabs && (len(want) != rows || len(want)%columns == 0) {
		if len(want)%columns != 0 {
			return nil, fmt.Sprintf("%d rows of %d columns, expected %d values", rows, columns, len(want))
		}
		return want, ""
	}
	for _, w := range want {
		parts := strings.Split(strings.TrimRight(w, "\t"), "\t")
		if len(parts) != columns {
			return nil, fmt.Sprintf("%d columns, expected %d as in %s", columns, len(parts), shorten(w))
		}
		values = append(values, parts...)
	}
	return values, ""
}

// equalValue compares a value with what is expected: as text, as a pattern, or by value where the column is a number or boolean.
func equalValue(got, want string, kind dtype.Kind) bool {
	if got == want || strings.Contains(got, "\n") && strings.ReplaceAll(got, "\n", "\\n") == want {
		return true
	}
	if p, ok := strings.CutPrefix(want, "<REGEX>:"); ok {
		return matches(p, got)
	}
	if p, ok := strings.CutPrefix(want, "<!REGEX>:"); ok {
		return !matches(p, got)
	}
	if got == "NULL" || want == "NULL" {
		return false
	}
	switch {
	case kind == dtype.Bool:
		return bit(got) == bit(want)
	case kind == dtype.Float32:
		return sameSingle(got, want) || closeTo(got, want)
	case kind == dtype.Float64:
		return closeTo(got, want)
	case kind >= dtype.Int8 && kind <= dtype.Decimal:
		a, ok1 := new(big.Rat).SetString(got)
		b, ok2 := new(big.Rat).SetString(want)
		return ok1 && ok2 && a.Cmp(b) == 0
	}
	return false
}

// matches applies a pattern to the whole value, in which a dot also stands for a line feed.
func matches(pattern, value string) bool {
	re, err := regexp.Compile("(?s)^(?:" + pattern + ")$")
	return err == nil && re.MatchString(value)
}

// sameSingle reports whether two texts are the same float of 32 bits, of which one may have the digits of a float of 64 bits.
func sameSingle(got, want string) bool {
	a, err1 := strconv.ParseFloat(strings.TrimSpace(got), 32)
	b, err2 := strconv.ParseFloat(strings.TrimSpace(want), 32)
	return err1 == nil && err2 == nil && a == b
}

// closeTo compares floats: to nine digits, or to as many as the file shows.
func closeTo(got, want string) bool {
	a, err1 := strconv.ParseFloat(strings.TrimSpace(got), 64)
	b, err2 := strconv.ParseFloat(strings.TrimSpace(want), 64)
	if err1 != nil || err2 != nil {
		return false
	}
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(want), "e")
	digits := len(strings.TrimLeft(strings.NewReplacer("-", "", ".", "", "+", "").Replace(mantissa), "0"))
	tolerance := 1e-9
	if strings.Contains(mantissa, ".") && digits > 2 {
		tolerance = max(tolerance, math.Pow(10, float64(1-digits)))
	}
	return math.Abs(a-b) <= tolerance*math.Abs(b)
}

// fileLines reads expected rows from a file whose columns are separated by bars or tabs.
func fileLines(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(lines) > 0 {
		lines = lines[1:] // names of the columns
	}
	for i, l := range lines {
		lines[i] = strings.ReplaceAll(l, "|", "\t")
	}
	return lines, nil
}

// shorten keeps messages on a line.
func shorten(s string) string {
	const most = 160
	s = strings.ReplaceAll(s, "\n", "\\n")
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// preview shows the first rows of a result.
func preview(values []string, columns int) string {
	var rows []string
	for i := 0; i+columns <= len(values) && columns > 0 && len(rows) < 4; i += columns {
		rows = append(rows, strings.Join(values[i:i+columns], " "))
	}
	return shorten(strings.Join(rows, " / "))
}
