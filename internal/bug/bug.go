package bug

import "fmt"

// Error is an impossible state that was met at run time; seeing one is a defect of siksik.
type Error struct{ Msg string }

// Error implements error.
func (e *Error) Error() string { return "internal error: " + e.Msg + " (please report this)" }

// Errorf returns an Error for code paths that can return one.
func Errorf(format string, args ...any) error { return &Error{Msg: fmt.Sprintf(format, args...)} }

// Panicf stops the worker with an Error; the one recover per worker turns it into an error with a stack.
func Panicf(format string, args ...any) { panic(&Error{Msg: fmt.Sprintf(format, args...)}) }

// Assert panics with msg unless ok. Use it outside hot loops only.
func Assert(ok bool, msg string) {
	if !ok {
		panic(&Error{Msg: msg})
	}
}
