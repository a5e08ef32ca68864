// Package spill keeps rows on disk for operators whose reservation is refused.
//
// What lives here: Store (the spill directory of an engine: its lock, its limit, the removal of what dead processes left), Files (the runs of one
// query, a mem.Spill), Space (the part of one operator), and the codec that turns batches into blocks. What does not: the decision what to spill
// and how to go on afterwards, which is each operator's own. Who may import it: internal/exec/op and internal/engine.
//
// # How an operator spills
//
// builder.spillable gives each operator an exec.Account and a *Space, which is nil if nothing may spill. The account sets a few megabytes aside for
// the operator before the query starts, and refuses early, so that one operator leaves room to the others; Account.Insist takes what is left. When Account.Grow fails and Space.Refused(err) says so, the operator writes out a
// part of its state, gives its memory back to the account, and tries again:
//
//	if err := acc.Grow(n); s.Refused(err) {
//		w, err := s.Batches(ctx, types)  // one run for each partition or sorted run
//		err = w.Write(ctx, batch, rows)  // any number of times; rows nil means all
//		run, err := w.Finish(ctx)        // or w.Abort()
//		…
//		r := run.Reader()                // later, any number of times, also by several workers, each with its own
//		b, err := r.Read(ctx)            // until io.EOF; b is borrowed until the next Read
//		err = run.Remove()               // as soon as the rows are not needed any more
//	}
//
// Rows keep their order within a run, and batches their Morsel. Who needs the place of each row to restore an order spills it as a column of its
// own. Those with their own pages (hash tables, states) write them as they are with Pages and read them with mem.Run.Block.
//
// Dividing rows over many partitions in small batches makes many small writes: collect some batches a partition first (see Partitions), or write
// a partition as a whole when it must leave.
//
// Nothing needs closing after an error or when the query is cancelled: the query's Files remove everything. No file stays open between calls.
package spill
