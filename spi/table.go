package spi

import (
	"context"
	"iter"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// Table is a source of rows: a file, a set of files, a database table or query. It is safe for concurrent use.
type Table interface {
	// Schema returns the columns. It is known when the Table has been opened and never changes.
	Schema() dtype.Schema
	// Stats returns what is known without reading the data. Unknown is not an error.
	Stats(ctx context.Context) (Stats, error)
	// Scan starts a scan. It may fail for a predicate that the source promised to take, but never silently drops a row.
	Scan(ctx context.Context, spec ScanSpec) (Scan, error)
}

// ScanSpec says what a scan must deliver.
type ScanSpec struct {
	Cols    []int                   // the columns to read, as positions in Schema, in the order in which batches must have them; may be empty (count rows)
	Where   []Pred                  // all must hold; the scan applies what it can and returns the rest from Residual. Pred.Col are positions in Schema
	Limit   int64                   // no more than this many rows are wanted, or -1. Only a hint when Residual is not empty
	Dynamic *Dynamic                // predicates that appear while the scan runs, or nil
	Tests   []RowTest               // conditions that a TestTable applies besides Where: all must hold
	Threads int                     // how many readers will be open at once
	Meter   *Meter                  // progress counters to add to, or nil
	Reserve func(bytes int64) error // asks for memory beyond a fixed allowance (negative gives back), or nil
}

// RowTest is a condition that the engine evaluates for the scan, because Pred cannot say it.
type RowTest struct {
	Cols []int            // the columns that it reads, as positions in Schema; they need not be among ScanSpec.Cols
	New  func() RowTester // makes a tester for the use of one goroutine; it is safe for concurrent use
}

// RowTester evaluates a RowTest.
type RowTester interface {
	// Select returns which of the n rows pass, ascending, or that all do; rows is then nil. cols are the columns of RowTest.Cols, of the table's
	// types and in any form; nothing of them is kept. The rows are borrowed until the next call. Every row is judged by its values alone.
	Select(ctx context.Context, cols []*data.Column, n int) (rows []uint32, all bool, err error)
}

// TestTable is a Table whose scans apply ScanSpec.Tests: they test rows before they read the columns that no test needs.
type TestTable interface {
	Table
	// AppliesTests does nothing; it tells the table apart.
	AppliesTests()
}

// RowTable is a Table that can find rows again by their number.
type RowTable interface {
	Table
	// Numbered returns the same table, always the same one, with one column more at the end: an int64 that numbers the rows in their order. A scan of it that
	// hears of few numbers by a KeySet reads little else than those rows.
	Numbered() Table
}

// Scan is one running scan. Splits and Open are safe for concurrent use.
type Scan interface {
	// Splits yields the pieces of the scan in the order of the rows. Pieces are handed to workers in that order.
	Splits(ctx context.Context) iter.Seq2[Split, error]
	// Open returns a reader for one split. The caller closes it.
	Open(ctx context.Context, split Split) (Reader, error)
	// Residual returns the predicates that the scan did not apply completely. The engine filters again with those.
	Residual() []Pred
	// Close releases what the scan holds, after all readers are closed. It is idempotent and reports errors that make the result incomplete.
	Close() error
}

// Split is one piece of a scan: a row group, a byte range, a partition of a query.
type Split struct {
	Name  string // for messages: file and place in it
	Rows  int64  // expected rows, or -1
	Bytes int64  // expected bytes to read, or -1
	Data  any    // for the scan that made it
}

// Reader delivers the rows of a split.
type Reader interface {
	// Read returns the next batch with the columns of ScanSpec.Cols, at most data.BatchRows rows and at least one, or io.EOF
	// forever after the end. The batch is the caller's until the next Read or Close. Batch.Morsel is set by the engine. The Values
	// of a Dict column do not change before Close, so that the engine knows a dictionary again by its address; another one is another Column.
	Read(ctx context.Context) (*data.Batch, error)
	// Close is idempotent.
	Close() error
}

// Locator is a Reader that can say where its rows come from.
type Locator interface {
	Reader
	// Locate returns the place of a row (from 0) of the batch that Read returned last: Source, and Line or Row in it. It is called for a row whose value
	// turned out wrong later, and may read the file again.
	Locate(ctx context.Context, row int) (fault.Pos, error)
}

// Stats describes a table before it is read.
type Stats struct {
	Rows  int64      // exact or estimated rows, or -1
	Exact bool       // Rows is exact
	Bytes int64      // stored bytes, or -1
	Cols  []ColStats // by position in Schema, or nil
}

// ColStats describes one column. Bounds hold for all rows that are not null, and for strings may be wider than the values.
type ColStats struct {
	Min, Max  data.Scalar // valid if HasBounds
	HasBounds bool
	Exact     bool  // there are rows with Min and with Max, which no row surpasses; floats, which may be NaN, never are exact
	Nulls     int64 // or -1
	Distinct  int64 // estimate, or -1
}
