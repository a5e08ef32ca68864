// Package csv reads and writes comma-separated values and their relatives with other delimiters.
//
// What lives here: spi.Format over CSV, the detection of dialect and types, the structural index, the columnar parser, the writer.
// What does not: splitting files, compression, rejects and options that text formats share (internal/fs).
// Who may import it: the engine.
//
// A window of text is first indexed: the places of all delimiters and line ends outside of quotes, eight bytes at a time. Then each
// projected column is parsed in a loop of its own straight into a typed buffer; the other columns are not looked at.
//
// One file is split over all workers although a line end inside quotes ends no row. Whether a piece starts inside quotes is decided by the
// parity of the quotes before it, which is exact because a quote inside an unquoted field is an error: each piece counts its quotes
// when it is loaded, and counts a piece before it that nobody has loaded yet. Where parity would not be exact (another escape than
// the doubled quote, comments, rows that may be left out on errors) a file is read by one worker.
package csv
