// Package fs reads and writes files for the formats: the local file system, globs, standard input, compression, and what the text
// formats share: splitting files at line ends, their common options, and what happens to rows that do not fit.
//
// What lives here: Local (spi.FS for plain paths), the codecs, Files, Blocks, Plan, Rejects, TextOptions.
// What does not: any file format, and any store that needs credentials (connect/...).
// Who may import it: the formats and the engine.
package fs
