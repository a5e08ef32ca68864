package exec

import (
	"context"
	"errors"

	"github.com/siksik-data/siksik/data"
)

// Stop is returned by a Step or Writer that needs no more rows. It is not a failure: the driver ends the morsel, flushes it, and claims no
// further morsels from the legs that contain the step (all legs, for a writer). Steps pass it on when their emit returns it.
var Stop = errors.New("no more rows are needed")

// Task is what a Source hands out: a split, a range of batches, a partition. Its meaning is between the source and its readers.
type Task any

// Source is where a leg's rows come from. Open, Next and Close are called by one goroutine at a time; Worker is called at most once
// for each worker, from that worker.
type Source interface {
	// Open prepares the source. It is called once, before the first Next, when the leg starts.
	Open(ctx context.Context) error
	// Next returns the next task in the order of the rows, or io.EOF. It should be quick: the actual reading belongs in Reader.
	Next(ctx context.Context) (Task, error)
	// Worker returns the reader of worker i.
	Worker(i int) Reader
	// Close releases everything, after all readers are closed. It is idempotent, called even if Open was not, and its error makes the
	// query fail.
	Close() error
}

// Reader reads tasks for one worker.
type Reader interface {
	// Start begins with a task; the one before it was read to its end, or is abandoned.
	Start(ctx context.Context, t Task) error
	// Read returns the next batch of the task, or io.EOF at its end. The batch is borrowed until the next call. The driver sets its Morsel.
	Read(ctx context.Context) (*data.Batch, error)
	// Close is idempotent.
	Close() error
}

// Emit passes a batch on. The batch is the receiver's until Emit returns. A Step must return any error of Emit at once.
type Emit func(b *data.Batch) error

// Transform turns batches into batches. One Transform may stand in several legs.
type Transform interface {
	// Worker returns a new step for worker i. It is called from that worker, once a leg.
	Worker(i int) Step
}

// Step is the worker-local half of a Transform.
type Step interface {
	// Push processes a batch and emits any number of batches, with the Morsel of b.
	Push(ctx context.Context, b *data.Batch, emit Emit) error
	// Flush ends the morsel, which may have had no batch; the step emits what it held back.
	Flush(ctx context.Context, morsel uint64, emit Emit) error
}

// Starter is a Transform or Sink that wants to know the number of the first morsel it will see; see Turns.
type Starter interface {
	// Start is called once, before the first morsel is claimed from a leg that contains the transform.
	Start(firstMorsel uint64)
}

// Sink ends a pipeline.
type Sink interface {
	// Worker returns the writer of worker i, called once from that worker.
	Worker(i int) Writer
	// Finish is called once after all writers were combined without error. It returns the source of the rows that the sink made, or nil.
	Finish(ctx context.Context, crew *Crew) (Source, error)
}

// Committer is a Sink whose Finish may change something outside for good. What the plan does after that runs to its end even if it is cancelled: an
// error would say that nothing was changed.
type Committer interface {
	Committed() bool
}

// Writer is the worker-local half of a Sink.
type Writer interface {
	// Write takes a batch, which is borrowed.
	Write(ctx context.Context, b *data.Batch) error
	// Flush ends the morsel, which may have had no batch.
	Flush(ctx context.Context, morsel uint64) error
	// Combine hands the worker's state to the sink after its last morsel. Several workers may combine at the same time.
	Combine(ctx context.Context) error
}

// PassStep provides Flush for steps that hold nothing back.
type PassStep struct{}

// Flush implements Step.
func (PassStep) Flush(context.Context, uint64, Emit) error { return nil }

// PlainWriter provides Flush for writers that do not care about morsels.
type PlainWriter struct{}

// Flush implements Writer.
func (PlainWriter) Flush(context.Context, uint64) error { return nil }
