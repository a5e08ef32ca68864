package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
)

// RowError is a value that an operation cannot handle: which row of the operands it is, and what to tell the user. It unwraps to the
// *fault.Error.
type RowError struct {
	Row int // in the columns that the operation was given
	Err *fault.Error
}

// Error implements error.
func (e *RowError) Error() string { return e.Err.Error() }

// Unwrap returns the fault.
func (e *RowError) Unwrap() error { return e.Err }

// failAt makes the error of one row of a two-argument operation, such as "overflow in addition of integer: 2147483647 + 1".
func failAt(row int, what, sign string, a, b *data.Column) error {
	return &RowError{row, fault.New(fault.Value, "%s: %s %s %s", what, show(a, row), sign, show(b, row))}
}

// failOne makes the error of one row of a one-argument operation.
func failOne(row int, what string, a *data.Column) error {
	return &RowError{row, fault.New(fault.Value, "%s: %s", what, show(a, row))}
}

// show prints a value for a message, shortened.
func show(c *data.Column, row int) string {
	text := c.Value(row).String()
	const most = 80
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
