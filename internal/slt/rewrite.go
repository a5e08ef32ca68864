package slt

import (
	"os"
	"strings"

	"github.com/siksik-data/siksik/dtype"
)

// edit replaces the lines [from, to) of a file.
type edit struct {
	from, to int
	lines    []string
}

// edit notes what a query gives, to be written when the file has ended. A query without types gets those of its columns.
func (r *runner) edit(c *command, t *table) {
	columns := len(t.kinds)
	values := arrange(t.values, columns, c.sort)
	if c.types == "" {
		r.edits = append(r.edits, edit{c.line - 1, c.line, []string{"query " + letters(t.kinds)}})
	}
	lines := rowLines(values, columns)
	if c.sort == "valuesort" {
		lines = values
	}
	r.edits = append(r.edits, edit{c.first, c.first + len(c.want), lines})
}

// rowLines writes rows as lines, columns by tabs.
func rowLines(values []string, columns int) []string {
	var lines []string
	for i := 0; i+columns <= len(values) && columns > 0; i += columns {
		lines = append(lines, strings.ReplaceAll(strings.Join(values[i:i+columns], "\t"), "\n", "\\n"))
	}
	return lines
}

// write applies the edits to the file.
func (r *runner) write() error {
	if len(r.edits) == 0 {
		return nil
	}
	var out []string
	at := 0
	for _, e := range r.edits {
		out = append(append(out, r.s.lines[at:e.from]...), e.lines...)
		at = e.to
	}
	out = append(out, r.s.lines[at:]...)
	return os.WriteFile(r.s.path, []byte(strings.Join(out, "\n")), 0o644)
}

// letters returns the types of columns as a query names them: I whole numbers, R other numbers, T the rest.
func letters(list []dtype.Kind) string {
	out := make([]byte, len(list))
	for i, k := range list {
		switch {
		case k >= dtype.Int8 && k <= dtype.Uint64:
			out[i] = 'I'
		case k >= dtype.Float32 && k <= dtype.Decimal:
			out[i] = 'R'
		default:
			out[i] = 'T'
		}
	}
	return string(out)
}
