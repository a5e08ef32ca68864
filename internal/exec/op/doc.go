// Package op has the operators: it turns a physical plan into pipelines of internal/exec and runs them.
//
// What lives here: Run and Collect (the entries for internal/engine), Build, one operator a file, and what several operators share: key words
// (keys.go), the group table (table.go), aggregate states (state_*.go). What does not: loops without state (internal/kern, internal/compute),
// expressions (internal/eval), goroutines (internal/exec). Who may import it: internal/engine.
//
// # Where is what
//
// A file is called after its operator, and the first word of its name after the family it belongs to:
//
//	build.go exprs.go finish.go   plan nodes to pipelines; expressions of an operator; values of groups from their rows
//	scan.go sieve.go keyset.go    reading tables, and dropping rows that no join above will want
//	sources.go memory.go values.go chunks.go pieces.go sequence.go limit.go shared.go write.go   rows from and to elsewhere, cut, numbered, used twice
//	filter.go project.go unnest.go distinct.go                 what streams, and one row of each key
//	hashagg.go agg*.go codesieve.go                            grouping: direct is without hashing; store, spill, merge, and the order of groups
//	state*.go quantile.go rankfinder.go pairstats.go           the aggregates themselves; state_log.go for those that keep all values
//	hashjoin.go join*.go keystretches.go loopjoin.go           build, table, find, probe, rest; filter tells scans; spill, pass and merge are on disk
//	sort*.go topn.go                                           keys and ranks, rows in memory (store, scatter, rows), runs on disk and their merge
//	window.go win*.go waveletmatrix.go                         frames, ranks, aggregates over frames; spill by partition, tape and sorts without
//	keys.go keyvalues.go table.go nested.go rowindex.go        keys as words, and the table that gives equal keys a number
//	rowstore.go rowrun.go rowvalues.go layout.go               rows as words, in memory and on disk
//
// # How a plan becomes pipelines
//
// Build walks the tree. A node that streams adds a stage to the legs of its input; a breaker ends them in a sink and starts a new leg with what the
// sink makes. A join first builds the pipeline of its build side, then goes on with the legs of its probe side. A union concatenates legs.
//
// # Columns
//
// A node's batches have the columns of Base.Out in that order. Nodes whose Out is a subset of their input's columns drop the others as early as they
// can: a join gathers only what is in Out.
//
// # Order
//
// Rows leave every operator in an order that depends only on the data and the plan, never on the number of workers or their luck. A row's place
// is its morsel and its number in the morsel, packed into 64 bits (see place); aggregates, ties of sorts and distinct rows are decided by it.
//
// # Memory
//
// Everything that keeps rows has an exec.Account of its node and reserves before or right after it grows. State is kept in runs of 128 hash
// partitions or in sorted runs, so that whole partitions or runs can go to disk.
//
// An aggregate (hashagg.go) has, for each worker and grouping set, an aggCore: a table of bounded size with one state an aggregate, and stores of
// rows divided by hash (rowstore.go). Rows in stores are words, either packed states (state_pack.go) of a table that was full, or rows as they came
// when looking them up does not pay. Stores go to disk as a whole (rowrun.go); what is merged at the end is one partition at a time
// (aggmerge.go), and a partition that is still too large is divided by other bits of the hash (aggspill.go).
package op
