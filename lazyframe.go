package siksik

import (
	"maps"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/spi"
)

// LazyFrame describes a query. It is immutable: every method returns a new one, and any number of queries may be built on one frame, from any
// goroutine. Mistakes (an unknown column, types that do not fit) are reported when it runs.
type LazyFrame struct {
	node frame.Node
	eng  *Engine // nil: the default engine
}

func (f LazyFrame) with(n frame.Node) LazyFrame { return LazyFrame{n, f.eng} }

func (f LazyFrame) fail(err error) LazyFrame { return f.with(&frame.Failed{Err: err}) }

// nodes collects the trees of expressions and the first mistake among them.
func nodes(list []Expr) ([]frame.Expr, error) {
	out := make([]frame.Expr, len(list))
	for i, e := range list {
		if e.err != nil {
			return nil, e.err
		}
		out[i] = e.node
	}
	return out, nil
}

// exprsOf reads strings as column names.
func exprsOf(list []Operand) []Expr {
	out := make([]Expr, len(list))
	for i, v := range list {
		out[i] = nameOrExpr(v)
	}
	return out
}

// Select computes exactly the given columns (names or expressions). If all of them are aggregates the result has one row.
func (f LazyFrame) Select(cols ...Operand) LazyFrame {
	list, err := nodes(exprsOf(cols))
	if err != nil {
		return f.fail(err)
	}
	return f.with(&frame.Select{Input: f.node, Exprs: list})
}

// WithColumns adds columns, or replaces those of the same name.
func (f LazyFrame) WithColumns(exprs ...Expr) LazyFrame {
	list, err := nodes(exprs)
	if err != nil {
		return f.fail(err)
	}
	return f.with(&frame.WithColumns{Input: f.node, Exprs: list})
}

// Filter keeps the rows for which all conditions are true.
func (f LazyFrame) Filter(conds ...Operand) LazyFrame {
	list, err := nodes(exprsOf(conds))
	if err != nil {
		return f.fail(err)
	}
	return f.with(&frame.Filter{Input: f.node, Conds: list})
}

// GroupedFrame is a frame with group keys; Agg completes it.
type GroupedFrame struct {
	f    LazyFrame
	keys []Operand
}

// GroupBy groups by columns (names or expressions). Groups come in the order of their first row.
func (f LazyFrame) GroupBy(keys ...Operand) GroupedFrame { return GroupedFrame{f, keys} }

// Agg computes one row per group: the keys, then the expressions. A bare column becomes the list of its values.
func (g GroupedFrame) Agg(exprs ...Expr) LazyFrame {
	keys, err := nodes(exprsOf(g.keys))
	if err != nil {
		return g.f.fail(err)
	}
	list, err := nodes(exprs)
	if err != nil {
		return g.f.fail(err)
	}
	return g.f.with(&frame.GroupBy{Input: g.f.node, Keys: keys, Aggs: list})
}

// Len counts the rows of each group, as column "len".
func (g GroupedFrame) Len() LazyFrame { return g.Agg(Len().Alias("len")) }

// JoinKind is the kind of a join.
type JoinKind = defs.JoinKind

// The kinds of join.
const (
	Inner     = defs.Inner
	Left      = defs.Left
	Right     = defs.Right
	Full      = defs.Full
	Semi      = defs.Semi
	Anti      = defs.Anti
	CrossJoin = defs.Cross
)

// JoinOption changes a join.
type JoinOption func(*frame.Join)

// On joins on columns that have the same name on both sides.
func On(names ...string) JoinOption {
	return func(j *frame.Join) {
		for _, n := range names {
			j.LeftOn = append(j.LeftOn, &frame.Col{Name: n})
			j.RightOn = append(j.RightOn, &frame.Col{Name: n})
		}
	}
}

// OnPair joins a left column with a right one of another name. Repeat it for several.
func OnPair(left, right string) JoinOption {
	return func(j *frame.Join) {
		j.LeftOn = append(j.LeftOn, &frame.Col{Name: left})
		j.RightOn = append(j.RightOn, &frame.Col{Name: right})
	}
}

// Suffix is added to names of right columns that the left side has too; the default is "_right".
func Suffix(s string) JoinOption { return func(j *frame.Join) { j.Suffix = s } }

// NullsEqual lets null keys match each other.
func NullsEqual() JoinOption { return func(j *frame.Join) { j.NullsEqual = true } }

// Join joins with another frame: f.Join(users, siksik.Inner, siksik.On("user_id")). Key columns appear once.
func (f LazyFrame) Join(other LazyFrame, kind JoinKind, opts ...JoinOption) LazyFrame {
	j := &frame.Join{Left: f.node, Right: other.node, Kind: kind}
	for _, o := range opts {
		o(j)
	}
	if len(j.LeftOn) == 0 && kind != CrossJoin {
		return f.fail(fault.New(fault.Usage, "the %s join needs keys", kind).WithHint(`give them with siksik.On("column")`))
	}
	if f.eng == nil {
		f.eng = other.eng
	}
	return f.with(j)
}

// Sort orders the rows, stably: Sort(siksik.Desc("n"), siksik.Asc("name")).
func (f LazyFrame) Sort(keys ...SortKey) LazyFrame {
	k, err := sortKeys(keys)
	if err != nil {
		return f.fail(err)
	}
	return f.with(&frame.Sort{Input: f.node, Keys: k})
}

// Limit keeps the first n rows.
func (f LazyFrame) Limit(n int) LazyFrame { return f.Slice(0, n) }

// Head is Limit.
func (f LazyFrame) Head(n int) LazyFrame { return f.Slice(0, n) }

// Tail keeps the last n rows.
func (f LazyFrame) Tail(n int) LazyFrame { return f.Slice(-n, n) }

// Slice keeps length rows from offset; a negative offset counts from the end, a negative length means all the rest.
func (f LazyFrame) Slice(offset, length int) LazyFrame {
	if offset == 0 && length == 0 {
		return f.with(&frame.Slice{Input: f.node})
	}
	return f.with(&frame.Slice{Input: f.node, Offset: int64(offset), Count: int64(max(length, -1))})
}

// Unique keeps the first row for each combination of the columns, or of all columns.
func (f LazyFrame) Unique(subset ...string) LazyFrame {
	return f.with(&frame.Unique{Input: f.node, Subset: subset})
}

// UniqueLast keeps the last row for each combination of the columns, or of all columns.
func (f LazyFrame) UniqueLast(subset ...string) LazyFrame {
	return f.with(&frame.Unique{Input: f.node, Subset: subset, Keep: defs.KeepLast})
}

// Drop removes columns.
func (f LazyFrame) Drop(names ...string) LazyFrame {
	return f.with(&frame.Drop{Input: f.node, Names: names})
}

// Rename renames columns: old name to new name.
func (f LazyFrame) Rename(names map[string]string) LazyFrame {
	n := &frame.Rename{Input: f.node}
	for from, to := range maps.All(names) {
		n.From, n.To = append(n.From, from), append(n.To, to)
	}
	return f.with(n)
}

// Cast converts columns; a value that does not convert is an error with its row.
func (f LazyFrame) Cast(types map[string]dtype.Type) LazyFrame {
	n := &frame.CastColumns{Input: f.node}
	for name, t := range maps.All(types) {
		n.Names, n.Types = append(n.Names, name), append(n.Types, t)
	}
	return f.with(n)
}

// DropNulls removes rows that have a null in one of the columns, or in any column.
func (f LazyFrame) DropNulls(subset ...string) LazyFrame {
	return f.with(&frame.DropNulls{Input: f.node, Subset: subset})
}

// FillNull replaces nulls in all columns that can hold the value.
func (f LazyFrame) FillNull(v Operand) LazyFrame {
	o := operand(v)
	if o.err != nil {
		return f.fail(o.err)
	}
	return f.with(&frame.FillNull{Input: f.node, Value: o.node})
}

// Concat appends frames by position.
func Concat(frames ...LazyFrame) LazyFrame { return concat(frames, false) }

// ConcatDiagonal appends frames by column name and fills missing columns with null.
func ConcatDiagonal(frames ...LazyFrame) LazyFrame { return concat(frames, true) }

func concat(frames []LazyFrame, diagonal bool) LazyFrame {
	out, n := LazyFrame{}, &frame.Concat{Diagonal: diagonal}
	for _, f := range frames {
		n.Inputs = append(n.Inputs, f.node)
		if out.eng == nil {
			out.eng = f.eng
		}
	}
	return out.with(n)
}

// WithRowIndex puts a column first that numbers the rows from 0.
func (f LazyFrame) WithRowIndex(name string) LazyFrame {
	return f.with(&frame.WithRowIndex{Input: f.node, Name: name})
}

// Explode makes a row for each element of the list columns; empty lists and nulls give one row with null.
func (f LazyFrame) Explode(names ...string) LazyFrame {
	return f.with(&frame.Explode{Input: f.node, Names: names})
}

// Pipe applies a function, so that own steps read in order with the built-in ones.
func (f LazyFrame) Pipe(step func(LazyFrame) LazyFrame) LazyFrame { return step(f) }

// Cache marks a frame that several branches of one query use, so that it runs once.
func (f LazyFrame) Cache() LazyFrame { return f.with(&frame.Shared{Input: f.node}) }

// On returns the frame bound to an engine, whose tables, functions, budget and threads it then uses.
func (f LazyFrame) On(e *Engine) LazyFrame { return LazyFrame{f.node, e} }

// fileOptions are options of a file as functions.
type fileOptions struct {
	opts   spi.Options
	format string
}

// FileOption changes how a file is read or written.
type FileOption func(*fileOptions)

// Option sets an option of the format or connector by name, as SQL's read_csv(…, name = value) does.
func Option(name string, value any) FileOption {
	return func(o *fileOptions) { o.opts[name] = value }
}

// Columns declares the columns of CSV or NDJSON files, so that nothing is inferred.
func Columns(fields ...dtype.Field) FileOption {
	return Option("columns", dtype.NewSchema(fields...))
}

// OnError says what happens to bad rows and values of CSV and NDJSON: "fail" (the default), "null", "skip" or "reject-file".
func OnError(mode string) FileOption { return Option("on_error", mode) }

// scan reads files of a format whose reader is linked.
func scan(path, format string, opts []FileOption) LazyFrame {
	o := fileOptions{opts: spi.Options{}, format: format}
	for _, f := range opts {
		f(&o)
	}
	return LazyFrame{node: &frame.File{Path: path, Format: o.format, Options: o.opts}}
}

// Scan reads files by path, glob or URL; the format follows from the name.
func Scan(path string, opts ...FileOption) LazyFrame { return ScanFormat(path, "", opts...) }

// ScanCSV reads CSV files by path, glob or URL.
func ScanCSV(path string, opts ...FileOption) LazyFrame {
	engine.CSVReader.Link()
	return scan(path, "csv", opts)
}

// ScanNDJSON reads newline-delimited JSON files by path, glob or URL.
func ScanNDJSON(path string, opts ...FileOption) LazyFrame {
	engine.NDJSONReader.Link()
	return scan(path, "ndjson", opts)
}

// ScanParquet reads Parquet files by path, glob or URL.
func ScanParquet(path string, opts ...FileOption) LazyFrame {
	engine.ParquetReader.Link()
	return scan(path, "parquet", opts)
}

// ScanIPC reads Arrow IPC files by path, glob or URL.
func ScanIPC(path string, opts ...FileOption) LazyFrame {
	engine.IPCReader.Link()
	return scan(path, "ipc", opts)
}

// ScanTable reads an opened table of any connector.
func ScanTable(name string, t spi.Table) LazyFrame {
	return LazyFrame{node: &frame.Table{Table: t, Name: name}}
}

// ScanFormat reads files of a named format by path, glob or URL.
func ScanFormat(path, format string, opts ...FileOption) LazyFrame {
	engine.LinkReaders()
	return scan(path, format, opts)
}
