// Package stats estimates how many rows a plan node puts out and how many distinct values its columns have.
//
// What lives here: the Estimator and its rules of thumb. What does not: gathering statistics (spi.Table.Stats), decisions (internal/opt,
// internal/physplan). Who may import it: internal/opt, internal/physplan, internal/engine.
package stats
