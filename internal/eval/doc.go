// Package eval evaluates bound expressions over batches.
//
// What lives here: Program (expressions compiled to a graph of compute and fn calls, equal subexpressions shared), FilterProgram (conditions that
// narrow the rows one after the other in an order that adapts), Folder (constant folding through the same code), FromPreds. What does not: the
// operations themselves (internal/compute, internal/fn), rewriting (internal/opt). Who may import it: internal/exec/op, internal/engine.
//
// A Program is immutable and shared; each goroutine takes a Worker of it, which owns all memory of results. AND, OR, CASE, IF and COALESCE evaluate
// what may fail only for the rows that need it: a frame is a view of some rows of the batch in which nodes are evaluated. Where most rows need
// it, an operand is first tried on all rows, since that shares work; only if this fails, rows are picked.
package eval
