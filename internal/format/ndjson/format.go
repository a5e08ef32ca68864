package ndjson

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// Format is newline-delimited JSON. The zero value is called "ndjson".
type Format struct {
	// As is another name to register it under, such as "json".
	As string
}

// Name implements spi.Format.
func (f Format) Name() string {
	if f.As != "" {
		return f.As
	}
	return "ndjson"
}

// Extensions implements spi.Format.
func (Format) Extensions() []string { return []string{".ndjson", ".jsonl", ".json"} }

// layout is how values follow each other in a file.
type layout uint8

const (
	layoutAuto     layout = iota // lines, unless the file starts with a bracket
	layoutLines                  // one object a line
	layoutDocument               // objects in one array or after one another, with any white space
)

func parseLayout(name string) (layout, error) {
	switch strings.ToLower(name) {
	case "", "auto", "json":
		return layoutAuto, nil
	case "lines", "ndjson", "jsonl", "newline_delimited", "nd":
		return layoutLines, nil
	case "array", "unstructured", "document":
		return layoutDocument, nil
	default:
		return 0, &fault.Error{Code: fault.Name, Msg: "unknown layout of JSON " + fault.Quote(name), Hint: "known: auto, lines, array"}
	}
}

// OpenTable implements spi.Format. Besides the options of fs.TextOptions it has format: auto, lines or array, and records: auto, or whether rows are
// objects whose keys are the columns. If not, and by itself where the first row is no object, rows are values of one column.
func (f Format) OpenTable(ctx context.Context, store spi.FS, list []spi.FileInfo, opts spi.Options) (spi.Table, error) {
	o := fs.NewOptions(f.Name(), opts)
	lay, err := parseLayout(o.String("auto", "format", "layout"))
	if err != nil {
		return nil, err
	}
	t := &table{text: o.TextOptions(true)}
	records := o.Any("records")
	if err := o.Err(); err != nil {
		return nil, err
	}
	if t.files, err = fs.NewFiles(store, list, t.text.Compression); err != nil {
		return nil, err
	}
	defer t.files.Close()
	if err := t.layouts(ctx, lay); err != nil {
		return nil, err
	}
	if t.values, err = t.valuesWanted(ctx, records); err != nil {
		return nil, err
	}
	if t.text.Columns != nil {
		t.schema = *t.text.Columns
	} else if t.schema, err = t.infer(ctx); err != nil {
		return nil, err
	}
	t.stored = t.schema.Len()
	if name := t.text.Filename; name != "" {
		if t.schema.Index(name) >= 0 {
			return nil, fault.New(fault.Usage, "the files have a column %q already, so filename cannot be called that", name).
				WithHint("give the column another name: filename: source_file")
		}
		fields := append(t.schema.Fields[:t.stored:t.stored], dtype.Field{Name: name, Type: dtype.Of(dtype.String)})
		t.schema = dtype.Schema{Fields: fields}
	}
	return t, nil
}

// table is a set of JSON files.
type table struct {
	files  *fs.Files
	text   fs.TextOptions
	schema dtype.Schema
	stored int          // columns that come from the files; the file's name may follow
	docs   []bool       // by file: a document, not lines
	values bool         // rows are values of the only column, not objects whose keys are columns
	broken *fault.Error // of the first sampled line that is no JSON, if such are left out
}

// Schema implements spi.Table.
func (t *table) Schema() dtype.Schema { return t.schema }

// Stats implements spi.Table.
func (t *table) Stats(context.Context) (spi.Stats, error) {
	return spi.Stats{Rows: -1, Bytes: t.files.Bytes()}, nil
}

// layouts finds out which files are documents.
func (t *table) layouts(ctx context.Context, lay layout) error {
	t.docs = make([]bool, len(t.files.List))
	for i, f := range t.files.List {
		switch {
		case lay == layoutDocument:
			t.docs[i] = true
		case lay == layoutAuto && (i == 0 || strings.Contains(strings.ToLower(f.Path), ".json") && !strings.Contains(strings.ToLower(f.Path), ".jsonl")):
			// Files that are called lines are taken at their word after the first.
			doc, err := t.startsDocument(ctx, i)
			if err != nil {
				return err
			}
			t.docs[i] = doc
		}
	}
	return nil
}

// startsDocument looks at the beginning of a file: a bracket starts an array, unless a line is an array and the next one another, and a first object
// that does not end on its line is spread over lines.
func (t *table) startsDocument(ctx context.Context, i int) (bool, error) {
	rest, err := t.peek(ctx, i)
	if err != nil || len(rest) == 0 {
		return false, err
	}
	line, below, _ := bytes.Cut(rest, []byte{'\n'})
	below = trimLeft(below)
	switch {
	case rest[0] == '[':
		return !bytes.HasSuffix(bytes.TrimRight(line, " \t\r"), []byte{']'}) || len(below) == 0 || below[0] != '[', nil
	default:
		return rest[0] == '{' && len(below) > 0 && len(trimLeft(line[1:])) == 0, nil
	}
}

// peek returns the start of a file, from the first character that is not white space.
func (t *table) peek(ctx context.Context, i int) ([]byte, error) {
	r, err := t.files.Reader(ctx, i, nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	buf := make([]byte, 64<<10)
	n, err := io.ReadFull(r, buf)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	return trimLeft(buf[:n]), nil
}

// valuesWanted reports whether rows are values of one column: if the option says so, or if the first row is no object. Declared columns are those of
// objects unless there is only one.
func (t *table) valuesWanted(ctx context.Context, records any) (bool, error) {
	switch v := strings.ToLower(fmt.Sprint(records)); v {
	case "true":
		return false, nil
	case "false":
		return true, nil
	case "<nil>", "auto":
	default:
		return false, fault.New(fault.Usage, "option records must be auto, true or false, not %s", v)
	}
	if c := t.text.Columns; c != nil && c.Len() != 1 {
		return false, nil
	}
	rest, err := t.peek(ctx, 0)
	if err != nil {
		return false, err
	}
	if t.docs[0] && len(rest) > 0 && rest[0] == '[' {
		rest = trimLeft(rest[1:])
		if len(rest) > 0 && rest[0] == ']' {
			return false, nil
		}
	}
	// Only what may start a value counts; what is no JSON is refused as a row that is no object.
	return len(rest) > 0 && startsValue(rest[0]), nil
}

func trimLeft(b []byte) []byte {
	if len(b) >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF {
		b = b[3:]
	}
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	return b
}
