package csv

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// Format is CSV. The zero value is called "csv".
type Format struct {
	// As is another name to register it under: "tsv" has tabs as delimiters.
	As string
}

// Name implements spi.Format.
func (f Format) Name() string {
	if f.As != "" {
		return f.As
	}
	return "csv"
}

// Extensions implements spi.Format.
func (f Format) Extensions() []string {
	if f.As == "tsv" {
		return []string{".tsv", ".tab"}
	}
	return []string{".csv"}
}

// OpenTable implements spi.Format. Besides the options of fs.TextOptions: delim, quote, escape, header, nullstr, skip, comment, null_padding,
// types, names, all_varchar. Dialect, header and types are detected from a sample of the first file where they are not given.
func (f Format) OpenTable(ctx context.Context, store spi.FS, list []spi.FileInfo, opts spi.Options) (spi.Table, error) {
	tsv := f.As == "tsv" || len(list) > 0 && strings.EqualFold(path.Ext(strings.TrimSuffix(strings.TrimSuffix(list[0].Path, ".gz"), ".zst")), ".tsv")
	o, err := readOptions(f.Name(), opts, tsv)
	if err != nil {
		return nil, err
	}
	t := &table{options: o, infos: map[int]*fileInfo{}}
	if t.files, err = fs.NewFiles(store, list, o.Compression); err != nil {
		return nil, err
	}
	defer t.files.Close()
	if err := t.detect(ctx); err != nil {
		return nil, err
	}
	for _, col := range t.schema.Fields {
		if col.Type.IsNested() || col.Type.Kind == dtype.Null {
			return nil, fault.New(fault.Unsupported, "column %q cannot be read as %s from CSV", col.Name, col.Type).
				WithHint("read it as varchar or json and convert it")
		}
	}
	t.stored = t.schema.Len()
	if name := o.Filename; name != "" {
		if t.schema.Index(name) >= 0 {
			return nil, fault.New(fault.Usage, "the files have a column %q already, so filename cannot be called that", name).
				WithHint("give the column another name: filename: source_file")
		}
		t.schema.Fields = append(t.schema.Fields[:t.stored:t.stored], dtype.Field{Name: name, Type: dtype.Of(dtype.String)})
	}
	if o.OnError.Mode == fs.NullOut {
		t.ragged = true
	}
	return t, nil
}

// table is a set of CSV files.
type table struct {
	options
	files    *fs.Files
	schema   dtype.Schema
	stored   int    // columns that come from the files; the file's name may follow
	exact    []bool // by column: the type was inferred
	declared bool   // columns are known by name or place, not by the files
	mu       sync.Mutex
	infos    map[int]*fileInfo
}

// fileInfo is where the rows of a file start and which fields are which columns.
type fileInfo struct {
	start  int64
	fields int
	at     []int // by column of the table, the field, or -1
}

// Schema implements spi.Table.
func (t *table) Schema() dtype.Schema { return t.schema }

// Stats implements spi.Table.
func (t *table) Stats(context.Context) (spi.Stats, error) {
	return spi.Stats{Rows: -1, Bytes: t.files.Bytes()}, nil
}

// detect finds dialect, header and types from the first file, or from all files if they are united by name.
func (t *table) detect(ctx context.Context) error {
	sample, err := t.sample(ctx)
	if err != nil {
		return err
	}
	t.findHeader(sample)
	cols, types := t.columnsOf(sample)
	t.schema = dtype.Schema{}
	switch {
	case t.Columns != nil:
		t.schema = *t.Columns
		t.declared = true
		t.exact = make([]bool, t.schema.Len())
	case len(cols) == 0:
		return empty(t.files.List[0].Path)
	default:
		for i, n := range cols {
			t.schema.Fields = append(t.schema.Fields, dtype.Field{Name: n, Type: types[i]})
			t.exact = append(t.exact, true)
		}
		if t.UnionByName {
			if err := t.unite(ctx); err != nil {
				return err
			}
		}
		if err := t.override(); err != nil {
			return err
		}
	}
	_, err = t.info(ctx, t.files, 0)
	return err
}

// sample reads as much of the first file as the sample's rows take, and completes the dialect from it.
func (t *table) sample(ctx context.Context) (*sample, error) {
	rows := t.SampleRows
	if t.Columns != nil {
		rows = 100 // only the dialect and the header are not known
	}
	s, p := &sample{o: &t.options}, 0
	for size := min(int64(1<<20), t.SampleBytes); ; size = min(4*size, t.SampleBytes) {
		text, _, whole, err := head(ctx, t.files, 0, size)
		if err != nil {
			return nil, err
		}
		if s.rows == 0 {
			t.sniff(text, whole)
			p = len(text) - len(skipLines(&t.dialect, text))
		}
		p = s.add(text, p, whole, rows)
		if whole || size >= t.SampleBytes || rows >= 0 && int64(s.rows) >= rows {
			return s, nil
		}
	}
}

// columnsOf returns names and types of the sampled columns.
func (t *table) columnsOf(s *sample) ([]string, []dtype.Type) {
	if s.rows == 0 {
		return nil, nil
	}
	fields := len(s.first.texts)
	var header []string
	if t.header {
		header = s.first.names()
	}
	if t.ragged {
		fields = s.fields
	}
	out := names(header, fields)
	for i, n := range t.options.names {
		if i < len(out) {
			out[i] = n
		}
	}
	return out, s.types(fields, !t.header)
}

// unite adds the columns of the other files.
func (t *table) unite(ctx context.Context) error {
	if !t.header {
		return fault.New(fault.Usage, "union_by_name needs files with a header")
	}
	for i := 1; i < len(t.files.List); i++ {
		text, _, whole, err := head(ctx, t.files, i, max(t.SampleBytes/32, 64<<10))
		if err != nil {
			return err
		}
		s := &sample{o: &t.options}
		s.add(text, len(text)-len(skipLines(&t.dialect, text)), whole, t.SampleRows)
		cols, types := t.columnsOf(s)
		for k, n := range cols {
			at := t.schema.Index(n)
			if at < 0 {
				t.schema.Fields = append(t.schema.Fields, dtype.Field{Name: n, Type: types[k]})
				t.exact = append(t.exact, true)
				continue
			}
			t.schema.Fields[at].Type = wider(t.schema.Fields[at].Type, types[k])
		}
	}
	return nil
}

// wider is a type that holds both.
func wider(a, b dtype.Type) dtype.Type {
	switch {
	case a.Equal(b):
		return a
	case a.Kind == dtype.Int64 && b.Kind == dtype.Float64 || a.Kind == dtype.Float64 && b.Kind == dtype.Int64:
		return dtype.Of(dtype.Float64)
	case a.Kind == dtype.Date && b.Kind == dtype.Timestamp:
		return b
	case a.Kind == dtype.Timestamp && b.Kind == dtype.Date:
		return a
	case a.IsInteger() && b.IsInteger():
		return dtype.Of(dtype.Int128)
	default:
		return dtype.Of(dtype.String)
	}
}

// override applies the option types.
func (t *table) override() error {
	if t.types == nil {
		return nil
	}
	for _, f := range t.types.Fields {
		i, err := t.schema.Lookup(f.Name)
		if err != nil {
			return fmt.Errorf("option types: %w", err)
		}
		t.schema.Fields[i].Type, t.exact[i] = f.Type, false
	}
	return nil
}

// infoHead is how much of a file is read to find its header.
const infoHead = 64 << 10

// info returns where the rows of file i start and checks its header, reading it with the handles of a scan.
func (t *table) info(ctx context.Context, files *fs.Files, i int) (*fileInfo, error) {
	t.mu.Lock()
	known := t.infos[i]
	t.mu.Unlock()
	if known != nil {
		return known, nil
	}
	info, err := t.readInfo(ctx, files, i)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.infos[i] = info
	t.mu.Unlock()
	return info, nil
}

func (t *table) readInfo(ctx context.Context, files *fs.Files, i int) (*fileInfo, error) {
	for size := int64(infoHead); ; size *= 16 {
		raw, mark, whole, err := head(ctx, files, i, size)
		if err != nil {
			return nil, err
		}
		first, start, ok := t.firstRow(raw, whole)
		if !ok && !whole {
			continue
		}
		return t.match(i, first, int64(start+mark))
	}
}

// firstRow returns the fields of the first row and where the rows below the header start.
func (t *table) firstRow(text []byte, whole bool) (row []string, start int, ok bool) {
	var first cells
	p := len(text) - len(skipLines(&t.dialect, text))
	for p < len(text) {
		c := text[p]
		i := slices.Index(text[p:], t.newline)
		switch {
		case t.comment != 0 && c == t.comment && i >= 0:
			p += i + 1
			continue
		case c == t.newline:
			p++
			continue
		case c == '\r' && p+1 < len(text) && text[p+1] == '\n':
			p += 2
			continue
		}
		q, ended := first.cutRow(&t.dialect, text, p)
		row := first.names()
		if !t.header {
			return row, p, ended
		}
		return row, min(q, len(text)), ended
	}
	return nil, p, false
}

// checkHeader refuses names that are not text; so starts a file in UTF-16, for example.
func (t *table) checkHeader(first []string, file string) error {
	if !t.header {
		return nil
	}
	for _, n := range first {
		if !utf8.ValidString(n) {
			e := fault.New(fault.Data, "the header is not UTF-8").WithHint("convert the file, for example with iconv")
			e.Pos.Source, e.Pos.Value = file, fault.Quote(n)
			return e
		}
	}
	return nil
}

// match maps the fields of a file to the columns of the table.
func (t *table) match(i int, first []string, start int64) (*fileInfo, error) {
	cols := t.schema.Fields
	if n := t.stored; n > 0 {
		cols = cols[:n]
	}
	info := &fileInfo{start: start, fields: len(first), at: make([]int, len(cols))}
	if len(first) == 0 {
		info.fields = len(cols)
	}
	file := t.files.List[i].Path
	if err := t.checkHeader(first, file); err != nil {
		return nil, err
	}
	byName := t.header && (t.declared || t.UnionByName) && len(t.options.names) == 0
	switch {
	case byName && len(first) > 0:
		have := names(first, len(first))
		for k, f := range cols {
			info.at[k] = slices.Index(have, f.Name)
			if info.at[k] < 0 && t.declared {
				e := &fault.Error{Code: fault.Name, Msg: fmt.Sprintf("no column %q in the header", f.Name), Hint: fault.DidYouMean(f.Name, have)}
				if e.Hint == "" {
					e.Hint = "columns: " + strings.Join(have, ", ")
				}
				e.Pos.Source = file
				return nil, e
			}
		}
		return info, nil
	case t.ragged && len(first) <= len(cols):
		info.fields = len(cols)
	case len(first) != len(cols) && len(first) > 0:
		e := fault.New(fault.Data, "the file has %d columns, and the table has %d", len(first), len(cols)).
			WithHint("union_by_name: true unites files with different columns")
		e.Pos.Source = file
		return nil, e
	}
	if t.header && i > 0 && len(t.options.names) == 0 && !t.declared && len(first) > 0 {
		for k, n := range names(first, len(first)) {
			if n != cols[k].Name {
				e := fault.New(fault.Data, "column %d is called %q, and %q in %s", k+1, n, cols[k].Name, t.files.List[0].Path).
					WithHint("union_by_name: true matches columns by name")
				e.Pos.Source = file
				return nil, e
			}
		}
	}
	for k := range cols {
		info.at[k] = k
	}
	return info, nil
}
