package spi

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// Mode says how a load meets what is there already.
type Mode uint8

// The modes.
const (
	Replace Mode = iota // the load becomes the whole content
	Append              // rows are added
	Upsert              // rows replace those with the same key, others are added
	Create              // fails if the target exists
)

// String returns the mode's name as pipelines spell it.
func (m Mode) String() string { return [...]string{"replace", "append", "upsert", "create"}[m] }

// LoadSpec describes a load.
type LoadSpec struct {
	Schema  dtype.Schema
	Mode    Mode
	Key     []string // columns of the key, for Upsert
	Threads int      // how many writers may be open at once
	Options Options
	Meter   *Meter // or nil
}

// Sink is a place that takes rows.
type Sink interface {
	// Begin prepares a load. Nothing is visible to others until Commit. The context of Begin and of Load.Writer stays alive until the load
	// has ended, unless the run is cancelled; those of the other methods are of the call.
	Begin(ctx context.Context, spec LoadSpec) (Load, error)
}

// Load is one all-or-nothing load. Exactly one of Commit and Abort is called at the end, after all writers are closed.
type Load interface {
	// Writer returns a new writer; each is used by one goroutine. Ordered sinks (one file) may hand out a single writer and
	// then fail; Parallel tells.
	Writer(ctx context.Context) (Writer, error)
	// Parallel reports whether several writers may be open at once. When false, the engine feeds one writer in row order.
	Parallel() bool
	// Commit makes everything visible at once.
	Commit(ctx context.Context, receipts []Receipt) error
	// Abort removes every trace. It must work with a context that is not cancelled even if the load's was. It is idempotent.
	Abort(ctx context.Context) error
}

// Writer takes batches.
type Writer interface {
	// Write stores the batch, which is borrowed: it is the writer's until Write returns.
	Write(ctx context.Context, b *data.Batch) error
	// Close flushes and returns what Commit needs.
	Close(ctx context.Context) (Receipt, error)
}

// Receipt is what a closed writer hands to Commit.
type Receipt struct {
	Rows  int64
	Bytes int64
	Data  any
}
