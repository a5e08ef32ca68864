// Package ndjson reads and writes newline-delimited JSON, and reads JSON documents that are arrays of objects.
//
// Rows are objects whose keys are columns or, where the first row is none, values of one column.
//
// What lives here: spi.Format over JSON, the inference of schemas, the columnar extractor, the writer.
// What does not: splitting files, compression, rejects and options that text formats share (internal/fs).
// Who may import it: the engine.
//
// The reader checks all of the text: what is not projected must still be JSON. A line is decoded straight into column buffers; each object
// expects its keys in the order in which it saw them last, so that a key costs one or two word comparisons, and long strings are not
// copied but viewed in the block of the file.
package ndjson
