package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
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
	case "table", "json", "markdown":
		return writeText(ctx, f, format, path, w)
	}
	opts := []sk.LoadOption{}
	switch format {
	case "tsv":
		opts = append(opts, sk.LoadFormat("csv"), sk.LoadWith("delimiter", "\t"))
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

// writeText renders the formats that are for people and scripts. A file appears whole or not at all.
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
	switch format {
	case "table":
		rows, err = renderTable(ctx, f, out)
	case "json":
		rows, err = renderJSON(ctx, f, out)
	default:
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

// renderJSON writes an array of objects.
func renderJSON(ctx context.Context, f sk.LazyFrame, w *bufio.Writer) (rows int64, err error) {
	q, err := f.Prepare(ctx)
	if err != nil {
		return 0, err
	}
	schema := q.Schema()
	names := make([][]byte, schema.Len())
	for i, n := range schema.Names() {
		names[i] = append(appendString(nil, n), ':')
	}
	var line []byte
	err = q.Each(ctx, func(b *data.Batch) error {
		for r := range b.Len {
			start := "[\n{"
			if rows > 0 {
				start = ",\n{"
			}
			line = append(line[:0], start...)
			rows++
			for i, c := range b.Cols {
				if i > 0 {
					line = append(line, ',')
				}
				line = appendJSON(append(line, names[i]...), c, r)
			}
			line = append(line, '}')
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return rows, err
	}
	if rows == 0 {
		w.WriteString("[")
	}
	w.WriteString("\n]\n")
	return rows, nil
}

// appendJSON appends row i of c as a JSON value. Integers and decimals keep all their digits; NaN and infinities become null; binary is base64.
func appendJSON(dst []byte, c *data.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	f, j := c.Row(i)
	switch t := c.Type; {
	case t.Kind == dtype.Bool, t.IsInteger(), t.Kind == dtype.Decimal, t.Kind == dtype.JSON:
		return data.AppendText(dst, c, i)
	case t.IsFloat():
		if v := c.Value(i).F; math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...)
		}
		return data.AppendText(dst, c, i)
	case t.Kind == dtype.Binary:
		dst = base64.StdEncoding.AppendEncode(append(dst, '"'), c.Bytes(i))
		return append(dst, '"')
	case t.Kind == dtype.List:
		return appendArray(dst, f.Kids[0], int(f.Offsets[j]), int(f.Offsets[j+1]))
	case t.Kind == dtype.Array:
		return appendArray(dst, f.Kids[0], j*t.Len, (j+1)*t.Len)
	case t.Kind == dtype.Struct:
		dst = append(dst, '{')
		for k, field := range t.Fields {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, field.Name), ':')
			dst = appendJSON(dst, f.Kids[k], j)
		}
		return append(dst, '}')
	case t.Kind == dtype.Map:
		return appendMap(dst, f.Kids[0], int(f.Offsets[j]), int(f.Offsets[j+1]))
	default:
		return appendString(dst, string(data.AppendText(nil, c, i)))
	}
}

func appendArray(dst []byte, kid *data.Column, lo, hi int) []byte {
	dst = append(dst, '[')
	for i := lo; i < hi; i++ {
		if i > lo {
			dst = append(dst, ',')
		}
		dst = appendJSON(dst, kid, i)
	}
	return append(dst, ']')
}

// appendMap appends a map as an object, its keys as text.
func appendMap(dst []byte, entries *data.Column, lo, hi int) []byte {
	dst = append(dst, '{')
	for i := lo; i < hi; i++ {
		if i > lo {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, string(data.AppendText(nil, entries.Kids[0], i))), ':')
		dst = appendJSON(dst, entries.Kids[1], i)
	}
	return append(dst, '}')
}

// appendString appends a JSON string; bytes that are no UTF-8 become the replacement character.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r < 0x20:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
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
