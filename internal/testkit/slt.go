package testkit

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/engine"
)

// Record is one test of a file of SQL: a statement with its expected outcome. Kind is "query" (rows, one a line, columns by |), "ok" or "error"
// (the first line of the message). Records stand one after the other, separated by empty lines:
//
//	query
//	SELECT 1, NULL
//	----
//	1|NULL
type Record struct {
	Kind, SQL, Want string
	Line            int
}

// ReadRecords parses a file. Blocks that start with # are comments.
func ReadRecords(path string) ([]Record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []Record
	line := 1
	for _, block := range strings.Split(string(text), "\n\n") {
		start := line
		line += strings.Count(block, "\n") + 2
		block = strings.Trim(block, "\n")
		if block == "" || strings.HasPrefix(block, "#") {
			continue
		}
		head, rest, _ := strings.Cut(block, "\n")
		r := Record{Line: start, SQL: rest}
		switch head {
		case "query":
			r.Kind = "query"
		case "statement ok":
			r.Kind = "ok"
		case "statement error":
			r.Kind = "error"
		default:
			return nil, fmt.Errorf("%s:%d: a record starts with query, statement ok or statement error, not %q", path, start, head)
		}
		if r.Kind != "ok" {
			r.SQL, r.Want, _ = strings.Cut(rest, "\n----")
			r.Want = strings.TrimPrefix(r.Want, "\n")
		}
		out = append(out, r)
	}
	return out, nil
}

// Outcome runs the record and returns what the file should say.
func (r Record) Outcome(ctx context.Context, e *engine.Engine) (string, error) {
	text, err := outcome(ctx, e, r.SQL)
	switch {
	case r.Kind == "error" && err == nil:
		return "", fmt.Errorf("line %d: the statement should fail", r.Line)
	case r.Kind == "error":
		first, _, _ := strings.Cut(fault.Render(err), "\n")
		return first, nil
	case err != nil:
		return "", fmt.Errorf("line %d: %s", r.Line, fault.Render(err))
	case r.Kind == "ok":
		return r.Want, nil
	default:
		return text, nil
	}
}

// outcome runs the statements of a text and renders the rows of the last.
func outcome(ctx context.Context, e *engine.Engine, text string) (string, error) {
	stmts, err := engine.Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, s := range stmts {
		b.Reset()
		res, err := e.Execute(ctx, text, s, nil)
		if err != nil {
			return "", err
		}
		if res.Query == nil {
			continue
		}
		if err := res.Query.Run(ctx, func(batch *data.Batch) error {
			renderRows(&b, batch)
			return nil
		}); err != nil {
			return "", err
		}
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func renderRows(b *strings.Builder, batch *data.Batch) {
	for i := range batch.Len {
		for k, c := range batch.Cols {
			if k > 0 {
				b.WriteByte('|')
			}
			switch {
			case c.IsNull(i):
				b.WriteString("NULL")
			default:
				s := string(data.AppendText(nil, c, i))
				if s == "" {
					s = "(empty)"
				}
				b.WriteString(strings.ReplaceAll(s, "\n", "\\n"))
			}
		}
		b.WriteByte('\n')
	}
}
