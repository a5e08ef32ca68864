// Package refimpl runs logical plans naively: one row at a time, scalars in slices, nested loops, the obvious algorithm everywhere.
//
// It is the judge of the engine, so it shares nothing with kern, compute, fn, eval and exec. What lives here: Run and the meaning of each
// node and of the functions that random plans use. What does not: speed. Who may import it: tests only.
package refimpl
