// Package ipc reads and writes Arrow IPC: the file format (also called Feather V2) and the stream format.
//
// What lives here: spi.Format over Arrow IPC, a bounds-checked reader and a small writer of the flatbuffers that its messages are made
// of, the mapping of types, the decoder of record batches, the writer.
// What does not: files, whole-file compression and sinks that formats share (internal/fs).
// Who may import it: the engine.
//
// Columns whose layout agrees with ours are handed on in place, 2048 rows at a time; all others are converted into buffers that the reader
// uses again. Nothing in a file is trusted: every position, offset, view, dictionary code and text is checked before it is handed on, so
// that a malformed file ends in an error that names the file and the column.
package ipc
