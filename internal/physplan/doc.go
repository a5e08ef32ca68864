// Package physplan chooses how a logical plan runs: join algorithms and sides, top-n, who observes the order of rows, estimates.
//
// What lives here: the translation of plan nodes to phys nodes. What does not: rewriting (internal/opt), execution. Who may import it: internal/engine.
package physplan
