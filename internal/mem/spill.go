package mem

import (
	"context"
	"io"
)

// Spill keeps runs, which are byte streams that operators write when a reservation is
// refused and read back later, in order, any number of times. The engine makes one
// per query and closes it at the end, whatever happened. A nil Spill means that
// nothing may spill, and operators then return the reservation's error.
//
// Create and Close may be called from many goroutines; a RunWriter, and each reader
// of a Run, belongs to one at a time.
type Spill interface {
	// Create starts a run; label names the operator in errors and file names.
	Create(ctx context.Context, label string) (RunWriter, error)
	// Close removes all runs that are left, finished or not. It is idempotent.
	Close() error
}

// RunWriter writes one run. Exactly one of Finish and Abort ends it. Write keeps none
// of its argument; its errors (disk full, over the limit of the directory) are
// *fault.Error of code IO.
type RunWriter interface {
	io.Writer
	// Finish flushes and returns the readable run.
	Finish() (Run, error)
	// Abort removes what was written.
	Abort() error
}

// Run is a finished run.
type Run interface {
	// Open returns a reader from the start, ending in io.EOF; the caller closes it.
	Open(ctx context.Context) (io.ReadCloser, error)
	// Size is the stored bytes, after compression if there is any.
	Size() int64
	// Remove frees the storage. No reader may be open. It is idempotent.
	Remove() error
}
