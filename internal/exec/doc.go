// Package exec runs pipelines: sources that hand out morsels, steps that pass batches on, sinks that keep rows, on a group of workers.
//
// What lives here: the roles (Source, Transform, Sink and their worker-local halves), Pipeline and Plan, Run, the worker group with its one
// recover per worker, Turns (the order of morsels), Profile (metrics and progress), and the two ways to take a result out of a plan:
// Collect and Deliver. What does not: operators (internal/exec/op). Who may import it: internal/exec/op and internal/engine.
//
// # Life of a pipeline
//
// A Plan is a list of pipelines, each of which may read the results of earlier ones; they run one after the other, each on all workers.
// A pipeline has one sink and one or more legs. A leg is a source and the transforms between it and the sink; legs run in order, so a
// union is a pipeline with a leg per input. Within a pipeline
//
//  1. a leg's source is opened when the first worker reaches the leg;
//  2. workers claim tasks from Source.Next, which the driver calls under a lock, and each task becomes a morsel with the next number, dense
//     from 0 over all legs. So morsel numbers follow the order of the rows;
//  3. the worker reads the task batch by batch and pushes each batch through its own steps into its own writer, then flushes the steps and the
//     writer for that morsel, and claims the next. A worker has one morsel at a time and takes morsels in ascending order;
//  4. when nothing is left, every worker's writer is combined, and Sink.Finish returns the source of a later pipeline, if any.
//
// A step or writer that needs no more rows returns Stop: the morsel ends there, and no further ones are claimed from the legs that contain it.
//
// # Errors, cancelling, panics
//
// The first error cancels the context of all workers; Run waits for every goroutine that it started before it returns. A panic in a worker
// becomes an error with the stack. The context is checked once a batch. Sources are closed and Done functions called whatever happened.
//
// # Memory
//
// Batches are borrowed: a batch is valid until the Read, Push or Write that it was handed to returns. Everything that keeps rows copies them and
// reserves the memory from an Account, which is closed through Pipeline.Done.
package exec
