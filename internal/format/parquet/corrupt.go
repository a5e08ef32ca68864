package parquet

import (
	"errors"
	"fmt"

	"github.com/siksik-data/siksik/fault"
)

// badError is malformed input as the decoders report it; where it happened is added by place.
type badError struct {
	msg  string
	code fault.Code
}

func (e *badError) Error() string { return e.msg }

//go:noinline
func corrupt(format string, args ...any) error {
	return &badError{fmt.Sprintf(format, args...), fault.Data}
}

func unsupported(format string, args ...any) error {
	return &badError{fmt.Sprintf(format, args...), fault.Unsupported}
}

// place turns an error of a decoder into one for people. Other errors, such as those of a file system, are wrapped with the file's name.
func place(err error, file, where, column string) error {
	var bad *badError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		msg := "corrupt Parquet file: " + bad.msg
		if bad.code == fault.Unsupported {
			msg = "cannot read this Parquet file: " + bad.msg
		}
		if where != "" {
			msg += " in " + where
		}
		return &fault.Error{Code: bad.code, Msg: msg, Pos: fault.Pos{Source: file, Column: column}}
	default:
		return fmt.Errorf("reading %s: %w", file, err)
	}
}
