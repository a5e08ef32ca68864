// Package formats links the readers and writers of all file formats into a program that imports it.
//
// Programs need this rarely. Functions that are for one format (ScanCSV, SinkParquet) link its reader or writer, and functions that learn the format
// from a path or from SQL (Scan, Sink, Engine.SQL) link all. What is left is code that looks a format up in spi.Registry by itself, as a
// connector for tables made of files does: it imports this package.
//
// What lives here: nothing but the links. What does not: the formats (internal/format). Who may import it: everybody outside.
package formats
