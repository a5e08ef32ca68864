// Package parquet reads and writes Parquet files over any spi.FS, as the spi.Format called "parquet".
//
// The way in: footer.go finds the metadata, schema.go turns it into a tree of columns, table.go unifies the files, scan.go cuts splits and
// prunes them, and group.go reads one row group: chunk.go walks the pages of a column chunk, values.go decodes them into a vector, flat.go and
// nested.go shape vectors into data.Columns, rowtest.go drops rows by predicates and by the key sets of joins before the other columns are
// decoded. fetch.go reads row groups in stores while the one before is decoded. The way out: sink.go takes batches, shred.go turns them into levels
// and values, pagewriter.go encodes pages.
//
// What lives here: the format, its encodings and codecs, its metadata. What does not: file systems (internal/fs), expressions (internal/eval).
// Who may import it: internal/engine, which registers it, and tests.
package parquet
