// Package spitest checks implementations of the contracts of package spi. A connector or format ships when its suite is green.
//
// What lives here: the suites RunTable, RunSink and RunFormat, random rows of every type, a naive evaluator of predicates, and MemFS, an
// in-memory file system that fails on request. What does not: tests of one implementation.
// Who may import it: tests, ours and a stranger's; it sees only dtype, data, fault and spi.
package spitest
