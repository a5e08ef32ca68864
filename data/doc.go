// Package data holds values in columns: Column, Batch, Bitmap, View, Int128, Scalar, and the Builder that makes columns.
//
// Layout follows Arrow: little-endian fixed-width buffers, validity bitmaps with one bit a row, 16-byte string views. A column has one
// of three forms: Flat (a value for each row), Const (one value for all rows) and Dict (codes into a column of values).
//
// Ownership: a column or batch that comes from a Reader, a Step or an evaluation is borrowed: it is valid until that producer is called
// again. Who keeps rows copies them (Column.Clone, Batch.Clone, Builder.AppendColumn). Columns are never changed after they are handed on.
//
// What lives here: the data and its plain access. What does not: arithmetic on it (internal/kern, internal/compute), type rules (internal/sig).
// Who may import it: everybody from floor 1 up; it imports dtype, fault and internal/bug.
package data
