// Package physplan chooses how a logical plan runs: join algorithms and sides, top-n, which columns each operator puts out, who observes the order of
// rows, runtime filters, estimates.
//
// What lives here: the translation of plan nodes to phys nodes. What does not: rewriting (internal/opt), estimates (internal/stats), execution. Who
// may import it: internal/engine.
package physplan
