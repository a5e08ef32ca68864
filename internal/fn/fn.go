package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// Settings are what functions need to know about the query. They are fixed while it runs.
type Settings struct {
	NowMicros        int64  // the instant at which the query started, microseconds since the epoch
	Zone             string // the session's IANA time zone; "" is UTC
	DivisionZeroNull bool   // SQL's // and % give null for a zero divisor instead of an error
}

// Ctx is what one call gets besides its arguments. It belongs to one worker.
type Ctx struct {
	Scratch  *compute.Scratch // memory of the result, reset by the owner once per batch; nil allocates
	Ret      dtype.Type       // type of the result
	Settings *Settings        // never nil

	zones map[string]*zone // opened so far
}

// Impl computes a function for n rows. The arguments have n rows each, in any form; the result has n rows of type Ctx.Ret, and is Const if all
// arguments are and the function is not volatile. Arguments are only read; the result may share their memory. An error is a
// *compute.RowError or a *fault.Error.
type Impl func(c *Ctx, args []*data.Column, n int) (*data.Column, error)

// Maker prepares an implementation. consts has an entry for each argument: a Const column of one row for a constant, else nil. ret is the
// type of the result. The error is a *fault.Error about a constant, such as a pattern that does not parse; a constant that may fail only for
// rows that are evaluated is reported by the Impl instead.
type Maker func(consts []*data.Column, ret dtype.Type) (Impl, error)

// plain is a Maker that prepares nothing.
//
//go:noinline
func plain(f Impl) Maker {
	return func([]*data.Column, dtype.Type) (Impl, error) { return f, nil }
}

// rowError is a user's error about the value in one row.
func rowError(row int, format string, args ...any) error {
	return &compute.RowError{Row: row, Err: fault.New(fault.Value, format, args...)}
}

// atRow turns an error about a value into one about the row.
func atRow(row int, err error) error {
	if err == nil {
		return nil
	}
	if f, ok := err.(*fault.Error); ok {
		return &compute.RowError{Row: row, Err: f}
	}
	return err
}
