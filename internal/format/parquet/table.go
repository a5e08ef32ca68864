package parquet

import (
	"context"
	"slices"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// Format is the spi.Format of Parquet. The zero value is ready.
type Format struct{}

// Name returns "parquet".
func (Format) Name() string { return "parquet" }

// Extensions returns the endings of Parquet files.
func (Format) Extensions() []string { return []string{".parquet", ".pq"} }

// OpenTable reads the footers of the files and unifies their schemas. Options:
//
//	filename           true or a name: adds a column with the path of the file
//	file_row_number    true or a name: adds a column with the position of the row in its file
//	hive_partitioning  adds a column for each key=value directory of the paths; by default if all paths have the same keys
//	union_by_name      collects the columns of all files; a file that lacks one has nulls there
//	binary_as_string   takes BYTE_ARRAY columns without annotation for text, as old writers meant them
//	int96_unit         "us" (default) or "ns": the unit of the deprecated INT96 timestamps
func (Format) OpenTable(ctx context.Context, fsys spi.FS, files []spi.FileInfo, opts spi.Options) (spi.Table, error) {
	o, err := parseOptions(opts)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fault.New(fault.NotFound, "no Parquet files to read")
	}
	t := &table{fs: fsys}
	for _, info := range files {
		f, err := openFile(ctx, fsys, info, o)
		if err != nil {
			return nil, err
		}
		t.files = append(t.files, f)
	}
	return t, t.assemble(o)
}

// table is a set of files read as one.
type table struct {
	fs      spi.FS
	files   []*file
	schema  dtype.Schema
	stored  int             // columns [0, stored) come from the files, the others are virtual
	virtual [][]data.Scalar // per file, values of the virtual columns
	rowCol  int             // position of the row number column, or -1
	idCol   int             // position of the column that numbers the rows of all files, or -1
	first   []int64         // per file, the number of its first row

	once     sync.Once
	numbered *table // the same with idCol
}

// Numbered implements spi.RowTable.
func (t *table) Numbered() spi.Table {
	t.once.Do(func() {
		n := &table{fs: t.fs, files: t.files, stored: t.stored, virtual: t.virtual, rowCol: t.rowCol, idCol: len(t.schema.Fields), first: t.first}
		n.schema.Fields = append(slices.Clone(t.schema.Fields), dtype.Field{Name: "row", Type: dtype.Of(dtype.Int64), Required: true})
		t.numbered = n
	})
	return t.numbered
}

// assemble fixes the schema: stored columns, then partition columns, which replace stored ones of the same name, then the file's name and row number.
func (t *table) assemble(o *options) error {
	var err error
	if t.schema, err = unify(t.files, o.unionByName); err != nil {
		return err
	}
	fields, values, err := hiveColumns(t.files, o.hive)
	if err != nil {
		return err
	}
	t.virtual = values
	if t.virtual == nil {
		t.virtual = make([][]data.Scalar, len(t.files))
	}
	for _, f := range fields {
		t.schema.Fields = slices.DeleteFunc(t.schema.Fields, func(s dtype.Field) bool { return s.Name == f.Name })
	}
	t.stored, t.rowCol, t.idCol = len(t.schema.Fields), -1, -1
	t.schema.Fields = append(t.schema.Fields, fields...)
	if o.filename != "" {
		if err := t.addVirtual(dtype.Field{Name: o.filename, Type: dtype.Of(dtype.String), Required: true}, "filename"); err != nil {
			return err
		}
		for i, f := range t.files {
			t.virtual[i] = append(t.virtual[i], data.StringScalar(f.info.Path))
		}
	}
	if o.rowNumber != "" {
		t.rowCol = len(t.schema.Fields)
		if err := t.addVirtual(dtype.Field{Name: o.rowNumber, Type: dtype.Of(dtype.Int64), Required: true}, "file_row_number"); err != nil {
			return err
		}
	}
	rows := int64(0)
	for _, f := range t.files {
		f.bind(t.schema, t.stored)
		t.first = append(t.first, rows)
		rows += f.meta.rows
	}
	return nil
}

func (t *table) addVirtual(f dtype.Field, option string) error {
	if t.schema.Index(f.Name) >= 0 {
		return fault.New(fault.Usage, "the files have a column %q already", f.Name).WithHint("give option %s another name", option)
	}
	t.schema.Fields = append(t.schema.Fields, f)
	return nil
}

// Schema implements spi.Table.
func (t *table) Schema() dtype.Schema { return t.schema }

// AppliesTests implements spi.TestTable.
func (t *table) AppliesTests() {}

// Scan implements spi.Table.
func (t *table) Scan(ctx context.Context, spec spi.ScanSpec) (spi.Scan, error) {
	return newScan(t, spec)
}
