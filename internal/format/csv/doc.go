// Package csv reads and writes comma-separated values and their relatives with other delimiters.
//
// What lives here: spi.Format over CSV, the detection of dialect and types, the structural index, the columnar parser, the writer.
// What does not: splitting files, compression, rejects and options that text formats share (internal/fs).
// Who may import it: the engine.
//
// A window of text is first indexed: the places of all delimiters and line ends outside of quotes. Then each projected column is parsed in a
// loop of its own straight into a typed buffer; the other columns are not looked at. Pieces of a file are indexed by marks: a bit for each
// delimiter, line end and quote, 64 bytes at a time, of which those inside quotes are dropped by the parity of the quotes before them
// (marks). Where few columns are wanted it is cheaper to walk from quoted field to quoted field and to count the delimiters between them
// (walk). Where quotes do not come in pairs, or rows differ from the plain case in another way, the rest of the piece is indexed field
// by field (index.build), as are files that are read as a stream.
//
// One file is split over all workers although a line end inside quotes ends no row. Behind a line end only two states are possible: a row
// starts, or a quoted field goes on. So each piece of a file is a function from its first state to that of the next piece. A reader
// computes it for its own piece as soon as that is loaded, at the speed of a search for quotes, and waits for the readers of the
// pieces before it to have done the same (see quoteStates). Where this does not hold (another escape than the doubled quote,
// comments, blanks around quotes, rows that may be left out on errors, text that is not UTF-8) a file is read by one worker.
//
// Each file of a table is cut in its own way (dialectOf) if that of the first one does not fit it, and its columns are found by its header (match).
// Dates that are not written as YYYY-MM-DD are parsed by the one format that fits all that the sample holds of their column (forms).
package csv
