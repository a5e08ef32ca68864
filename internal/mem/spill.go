package mem

import "context"

// Spill keeps runs, which are sequences of blocks that operators write when a
// reservation is refused and read back later, in any order and any number of times.
// The engine makes one per query and closes it at the end, whatever happened. A nil
// Spill means that nothing may spill, and operators then return the reservation's error.
//
// Create and Close may be called from many goroutines; a RunWriter belongs to one at
// a time.
type Spill interface {
	// Create starts a run of an operator, which errors and file names mention.
	Create(ctx context.Context, operator string) (RunWriter, error)
	// Close removes all runs that are left, finished or not. It is idempotent.
	Close() error
}

// RunWriter writes one run. Exactly one of Finish and Abort ends it.
type RunWriter interface {
	// Append adds a block, of which it keeps nothing, and returns the bytes that it
	// takes on disk. Its errors (disk full, over the limit of the directory) are
	// *fault.Error of code IO, unless ctx has ended.
	Append(ctx context.Context, block []byte) (stored int64, err error)
	// Finish returns the readable run.
	Finish() (Run, error)
	// Abort removes what was written.
	Abort() error
}

// Run is a finished run. Block may be called from many goroutines.
type Run interface {
	// Blocks is the number of blocks.
	Blocks() int
	// Block reads block i into the memory of buf, if that is large enough, else into
	// new memory. The result is aligned to 8 bytes if buf is.
	Block(ctx context.Context, i int, buf []byte) ([]byte, error)
	// Size is the bytes on disk.
	Size() int64
	// Remove frees the storage. It is idempotent.
	Remove() error
}
