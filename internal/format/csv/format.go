package csv

import (
	"context"
	"path"
	"strings"
	"sync"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fn"
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

// OpenTable implements spi.Format. Besides the options of fs.TextOptions: delim, quote, escape, new_line, header, nullstr, allow_quoted_nulls, skip,
// comment, null_padding, types, names, normalize_names, all_varchar, dateformat, timestampformat, files_to_sniff, auto_detect. Dialect and header are
// detected from a sample of the first file that has rows, and types from those of some files, where they are not given.
func (f Format) OpenTable(ctx context.Context, store spi.FS, list []spi.FileInfo, opts spi.Options) (spi.Table, error) {
	tsv := f.As == "tsv" || len(list) > 0 && strings.EqualFold(path.Ext(strings.TrimSuffix(strings.TrimSuffix(list[0].Path, ".gz"), ".zst")), ".tsv")
	o, err := readOptions(f.Name(), opts, tsv)
	if err != nil {
		return nil, err
	}
	t := &table{options: o, given: o, infos: map[int]*fileInfo{}}
	if t.files, err = fs.NewFiles(store, list, o.Compression); err != nil {
		return nil, err
	}
	defer t.files.Close()
	t.files.Transcode(o.encoding)
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
	options          // completed by what was detected
	given    options // as they were given
	files    *fs.Files
	base     int // the file whose dialect and header were detected
	fields   int // of its first row
	schema   dtype.Schema
	formats  []*fn.TimeFormat // by column: how dates are written, or nil for the usual ways
	stored   int              // columns that come from the files; the file's name may follow
	exact    []bool           // by column: the type was inferred
	declared bool             // columns are known by name or place, not by the files
	mu       sync.Mutex
	infos    map[int]*fileInfo
}

// fileInfo is where the rows of a file start, how they are cut, and which fields are which columns.
type fileInfo struct {
	d      dialect
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
