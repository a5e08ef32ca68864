package exec

import (
	"context"

	"github.com/siksik-data/siksik/fault"
)

// RowError is an error about a value, with the row of the batch that a Step or Writer was given. On its way back to the reader every step that
// knows how its rows came from those of its own batch says so with Trace; the driver drops the row where a step does not. At the reader
// the row becomes a place in a file, if the reader is a Locator. So rows that are fine cost nothing.
type RowError struct {
	Row   int // from 0
	Err   *fault.Error
	stage int // whose batch Row counts in; 0: that of the step which returns the error
}

// Error implements error.
func (e *RowError) Error() string { return e.Err.Error() }

// Unwrap returns the error without its row.
func (e *RowError) Unwrap() error { return e.Err }

// Locator is a Reader that knows where rows come from.
type Locator interface {
	Reader
	// Locate completes an error about a row (from 0) of the batch that Read returned last, or returns it as it is. It may take long.
	Locate(ctx context.Context, row int, err *fault.Error) error
}

// AtRow makes a RowError of an error that was found in the batch which the step was given, with its row in Pos.Row, from 1. It returns other
// errors as they are.
func AtRow(err error) error {
	f, ok := err.(*fault.Error)
	if !ok || f.Pos.Row == 0 || f.Pos.Source != "" {
		return err
	}
	c := *f
	c.Pos.Row = 0
	return &RowError{Row: int(f.Pos.Row) - 1, Err: &c}
}

// Trace is for errors of a step's Emit: row gives the row of the step's batch from which a row of the emitted one was made.
func Trace(err error, row func(int) int) error {
	if e, ok := err.(*RowError); ok {
		return &RowError{Row: row(e.Row), Err: e.Err}
	}
	return err
}

// Untraced drops the row from an error, for steps that emit batches other than the one at hand.
func Untraced(err error) error {
	if e, ok := err.(*RowError); ok {
		return e.Err
	}
	return err
}

// traced notes that an error came out of stage k. An error that the stage passed on as it came from the next one has lost its row.
func traced(err error, k int) error {
	e, ok := err.(*RowError)
	if !ok {
		return err
	}
	if e.stage != 0 {
		return e.Err
	}
	e.stage = k
	return e
}

// located is the error for those who run the query, given one that came back to the reader.
func located(ctx context.Context, r Reader, err error) error {
	e, ok := err.(*RowError)
	if !ok {
		return err
	}
	if l, ok := r.(Locator); ok {
		return l.Locate(ctx, e.Row, e.Err)
	}
	return e.Err
}
