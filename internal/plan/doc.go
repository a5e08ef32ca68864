// Package plan is the bound logical plan: sealed nodes of immutable data, with Format, Walk and Verify.
//
// What lives here: what a query means, with names and types resolved. What does not: choices of algorithm (internal/phys), rewriting (internal/opt),
// execution. Nodes hold no context, no locks and do no I/O. Who may import it: floors 4 and up.
package plan
