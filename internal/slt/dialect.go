package slt

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// Dialect is the convention by which a file was written: which engine's name its conditions mean, how values print, and which settings make the
// engine compute as the file expects.
type Dialect struct {
	Name     string
	engines  []string          // names that skipif and onlyif know it by
	settings map[string]string // set before the first record
	own      bool              // files of this project: values and messages are compared to the letter
	normal   bool              // lines are compared with all white space alike, since columns are not separated by tabs
	text     func(c *data.Column, row int, kind byte) string
	outside  map[string]string // why records that begin so are skipped, by words in lower case
}

// skips returns why a record means nothing outside of the engine that it was written for, or "".
func (d *Dialect) skips(sql string) string {
	words := strings.ToLower(strings.Join(strings.Fields(sql), " "))
	for start, why := range d.outside {
		if strings.HasPrefix(words, start) {
			return why
		}
	}
	return ""
}

var dialects = []*Dialect{
	{Name: "siksik", engines: []string{"siksik"}, own: true, text: duckText},
	{Name: "duckdb", engines: []string{"duckdb"}, settings: map[string]string{"error_on_division_by_zero": "false"}, text: duckText},
	{Name: "sqlite", engines: []string{"sqlite"}, settings: map[string]string{"integer_division": "true", "default_null_order": "sqlite",
		"error_on_division_by_zero": "false"}, text: sqliteText},
	{Name: "postgres", engines: []string{"postgres", "postgresql"}, settings: map[string]string{"integer_division": "true", "default_null_order": "postgres"}, normal: true, text: postgresText},
	{Name: "datafusion", engines: []string{"datafusion"}, settings: map[string]string{"integer_division": "true", "default_null_order": "postgres"}, normal: true, text: datafusionText, outside: datafusionOutside},
}

// DialectNames lists the dialects.
func DialectNames() []string {
	var out []string
	for _, d := range dialects {
		out = append(out, d.Name)
	}
	return out
}

// DialectByName returns the dialect called name.
func DialectByName(name string) (*Dialect, error) {
	for _, d := range dialects {
		if d.Name == name {
			return d, nil
		}
	}
	return nil, fault.New(fault.Usage, "no dialect %q", name).WithHint("dialects: %s", strings.Join(DialectNames(), ", "))
}

// foreign returns the settings for a file that DuckDB took from SQLite, whose expected digests come from there.
func (d *Dialect) foreign(path string) map[string]string {
	if d.Name == "duckdb" && strings.Contains(filepath.ToSlash(path), "/sqlite/") {
		return map[string]string{"integer_division": "true"}
	}
	return nil
}

// duckText prints a value as a cast to text does.
func duckText(c *data.Column, row int, _ byte) string {
	if c.IsNull(row) {
		return "NULL"
	}
	return visible(string(data.AppendText(nil, c, row)))
}

// visible makes text fit on a line.
func visible(s string) string {
	if s == "" {
		return "(empty)"
	}
	return strings.ReplaceAll(s, "\x00", "\\0")
}

func postgresText(c *data.Column, row int, kind byte) string {
	if !c.IsNull(row) && c.Type.Kind == dtype.Bool {
		return duckText(c, row, kind)[:1]
	}
	return duckText(c, row, kind)
}

// sqliteText prints by the letter of the query's types, as the original program does: I as a whole number, R with three decimals, T as text in which
// what cannot be printed is an @.
func sqliteText(c *data.Column, row int, kind byte) string {
	if c.IsNull(row) {
		return "NULL"
	}
	s := string(data.AppendText(nil, c, row))
	if c.Type.Kind == dtype.Bool {
		s = map[string]string{"true": "1", "false": "0"}[s]
	}
	switch kind {
	case 'I':
		return strconv.FormatInt(leadingInt(s), 10)
	case 'R':
		v, _ := strconv.ParseFloat(s, 64) // text that is no number is zero there
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '@'
		}
		return r
	}, visible(s))
}

// leadingInt reads the whole number at the start of a text, zero if there is none.
func leadingInt(s string) int64 {
	if f, err := strconv.ParseFloat(s, 64); err == nil && strings.ContainsAny(s, "eE") {
		return int64(f)
	}
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && s[end] == '-') {
		end++
	}
	v, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil {
		return 0
	}
	return v
}
