package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
)

// formats are the values of --format.
var formats = []string{"table", "csv", "tsv", "json", "ndjson", "markdown", "parquet", "arrow"}

func (c *sqlCommand) checkFormat() error {
	if c.format == "" || slices.Contains(formats, c.format) {
		return nil
	}
	e := fault.New(fault.Usage, "no format %q", c.format)
	if e.Hint = fault.DidYouMean(c.format, formats); e.Hint == "" {
		e.Hint = "formats: " + strings.Join(formats, ", ")
	}
	return e
}

// outputFormat is the format asked for, or that of the file's name ("" lets the engine decide), or the table.
func (c *sqlCommand) outputFormat(path string) string {
	switch {
	case c.format != "":
		return c.format
	case path == "":
		return "table"
	case strings.HasSuffix(path, ".json"):
		return "json"
	case strings.HasSuffix(path, ".md"):
		return "markdown"
	case strings.HasSuffix(path, ".tsv"):
		return "tsv"
	case strings.HasSuffix(path, ".txt"):
		return "table"
	default:
		return ""
	}
}

// writeResult runs the query and writes its rows in the format to a path, or to w if path is empty. It returns their number.
func writeResult(ctx context.Context, f sk.LazyFrame, format, path string, w io.Writer) (int64, error) {
	switch format {
	case "table", "markdown":
		return writeText(ctx, f, format, path, w)
	}
	opts := []sk.LoadOption{}
	switch format {
	case "tsv":
		opts = append(opts, sk.LoadFormat("csv"), sk.LoadWith("delimiter", "\t"))
	case "json":
		opts = append(opts, sk.LoadFormat("ndjson"), sk.LoadWith("array", true), sk.LoadWith("nan", "null"))
	case "arrow":
		opts = append(opts, sk.LoadFormat("ipc"))
	case "":
	default:
		opts = append(opts, sk.LoadFormat(format))
	}
	if path == "" {
		path = "-"
	}
	r, err := f.Sink(ctx, path, opts...)
	return r.Rows, err
}

// writeText renders the formats that are for people. A file appears whole or not at all.
func writeText(ctx context.Context, f sk.LazyFrame, format, path string, w io.Writer) (rows int64, err error) {
	if path == "" {
		return renderText(ctx, f, format, w)
	}
	temp, err := os.CreateTemp(dirOf(path), ".siksik-*")
	if err != nil {
		return 0, fault.Wrap(fault.IO, err, "cannot write %q", path)
	}
	defer os.Remove(temp.Name())
	rows, err = renderText(ctx, f, format, temp)
	if errors.Is(err, syscall.ENOSPC) {
		err = fault.Wrap(fault.IO, syscall.ENOSPC, "the disk is full while writing %s", path)
	}
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if bad := temp.Close(); err == nil {
		err = bad
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	return rows, err
}

func dirOf(path string) string {
	if i := strings.LastIndexAny(path, `/\`); i >= 0 {
		return path[:i+1]
	}
	return "."
}

func renderText(ctx context.Context, f sk.LazyFrame, format string, w io.Writer) (rows int64, err error) {
	out := bufio.NewWriterSize(w, 1<<16)
	if format == "table" {
		rows, err = renderTable(ctx, f, out)
	} else {
		rows, err = renderMarkdown(ctx, f, out)
	}
	if err != nil {
		return rows, err
	}
	return rows, out.Flush()
}

// renderTable shows the first and last rows.
func renderTable(ctx context.Context, f sk.LazyFrame, w *bufio.Writer) (int64, error) {
	const shown = 40
	p, err := f.Preview(ctx, shown)
	if err != nil {
		return 0, err
	}
	w.WriteString(p.Table(sk.TableStyle{MaxRows: shown, MaxWidth: terminalWidth()}))
	word := "rows"
	if p.Rows == 1 {
		word = "row"
	}
	fmt.Fprintf(w, "%s %s\n", thousands(p.Rows), word)
	return p.Rows, nil
}

// terminalWidth is the width in COLUMNS, or any when output is no terminal.
func terminalWidth() int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 20 {
		return n
	}
	if isTerminal(os.Stdout) {
		return 0
	}
	return -1
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// renderMarkdown writes a table of all rows.
func renderMarkdown(ctx context.Context, f sk.LazyFrame, w *bufio.Writer) (rows int64, err error) {
	q, err := f.Prepare(ctx)
	if err != nil {
		return 0, err
	}
	schema := q.Schema()
	rule := "|"
	for _, field := range schema.Fields {
		fmt.Fprintf(w, "| %s ", cellText(field.Name))
		if field.Type.IsNumeric() {
			rule += "---:|"
		} else {
			rule += "---|"
		}
	}
	fmt.Fprintf(w, "|\n%s\n", rule)
	err = q.Each(ctx, func(b *data.Batch) error {
		rows += int64(b.Len)
		for r := range b.Len {
			for _, c := range b.Cols {
				fmt.Fprintf(w, "| %s ", cellText(string(data.AppendText(nil, c, r))))
			}
			w.WriteString("|\n")
		}
		return nil
	})
	return rows, err
}

var markdownEscapes = strings.NewReplacer("|", `\|`, "\n", "<br>", "\r", "")

func cellText(s string) string { return markdownEscapes.Replace(s) }
