// Package slt runs files of SQL with expected results: sqllogictest in its original form, as DuckDB writes it, and as DataFusion writes it.
//
// What lives here: reading the files, loops and variables, running each record on an engine, comparing rows, sorting failures by kind, the list of
// what lies outside a query engine (outside.txt), and the ratchets of the corpora. What does not: flags and printing (cmd/slt), and tests of the
// engine that need Go. Who may import it: cmd/slt and tests.
//
// A file is a list of records separated by empty lines. Comments start with #.
//
//	statement ok | error | maybe | count N      SQL that must succeed, fail, may do either, or touches N rows
//	query IIT [nosort|rowsort|valuesort] [label]  SQL, then ----, then rows: columns by tabs, or one value a line, or "N values hashing to MD5",
//	                                            or <FILE>:path, or <REGEX>:pattern, <!REGEX>:pattern for one value
//	skipif NAME, onlyif NAME                    the next record is not for, or only for, this engine; NAME may compare a loop variable: i=3
//	loop V from to … endloop                    V counts up to, not including, to; ${V} or {V} is its value
//	foreach V a b c … endloop                   also V,W 1,2 3,4; concurrentloop and concurrentforeach run one after the other
//	mode skip|unskip, require NAME, halt, hash-threshold N, set seed X, reset label NAME, sleep
//
// {DATA_DIR}, {TEMP_DIR}, {TEST_DIR} and __TEST_DIR__ stand for the folder data and a temporary folder of the file.
package slt
