// Package mem accounts for memory and recycles it.
//
// What lives here: the budget tree (Budget, Reservation), recycled slabs for
// hash tables and sort buffers (Slabs), recycled byte buffers for readers (Pool), how
// new memory is made ready (Touch), the contract of spilling (Spill, Run, RunWriter),
// sizes as people write them (FormatBytes, ParseBytes, DefaultLimit), and what the Go
// runtime is told (GoLimit, HeapFloor). What does not: the decision what to do when
// a reservation is refused, which is each operator's own. Who may import it: the
// running wing above floor 1, and engine.
//
// Ownership: whoever reserves releases, in the same type. A budget is closed by who
// made it and then reports what its users forgot.
package mem
