// Package compute has the operations on whole columns: it dispatches on physical type and form, calls the loops of internal/kern, and
// combines validity.
//
// What lives here: Scratch (the memory of results), Gather, FilterBatch, Hash, Compare, Arith, Cast, IfThenElse, In, the Kleene connectives, sort
// keys, JSON (the only writer of JSON values, also for files). What does not: loops over values that need no nulls and no forms (internal/kern), named functions (internal/fn), expressions
// (internal/eval), type rules (internal/sig). Who may import it: the running wing from floor 3 up.
//
// Results live in the caller's Scratch until its Reset, and may share memory with the operands; they are never changed after return. A null
// Scratch gives results that own their memory. Operands may have any form; a result is Const if all operands are.
package compute
