package fault

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Code classifies an Error; the command line maps it to an exit code and tests match on it.
type Code string

// The codes of user-facing errors.
const (
	Syntax      Code = "syntax"      // text that does not parse: SQL, YAML, a type name
	Name        Code = "name"        // an unknown or ambiguous table, column, function, option
	Type        Code = "type"        // operand types that do not fit
	Value       Code = "value"       // a value that cannot be converted or computed (cast, overflow, division by zero)
	Data        Code = "data"        // malformed input data: a broken file, line or page
	NotFound    Code = "not_found"   // a file, object or table that does not exist
	Permission  Code = "permission"  // credentials or rights
	Unsupported Code = "unsupported" // valid, and not offered yet
	Memory      Code = "memory"      // over the memory budget
	IO          Code = "io"          // disk full, connection lost
	Usage       Code = "usage"       // wrong flags, wrong pipeline spec, API misuse
	Check       Code = "check"       // a data-quality check failed
	Cancelled   Code = "cancelled"   // the caller cancelled
)

// Pos is a place in a text that the user wrote or in a file that the user named.
// For query text, Text holds the whole text and [Offset, End) the offending bytes. For data files
// Source is the file, Line (1-based) or Row (1-based) and Column say where; zero means unknown.
type Pos struct {
	Source string // file name or "query"
	Text   string // the whole query text, when short enough to show
	Offset int    // byte offset of the first offending byte in Text
	End    int    // byte offset after the last
	Line   int64  // 1-based line in Source
	Row    int64  // 1-based row of data in Source
	Column string // column of data
	Value  string // the offending value, shortened by Quote
}

// Error says what went wrong, where, and what to change. Msg is one sentence without a final stop.
// Hint, if present, is a full suggestion ("did you mean ...?"). Cause, if present, is the underlying error.
type Error struct {
	Code  Code
	Msg   string
	Pos   Pos
	Hint  string
	Cause error
}

// New makes an Error with a formatted message.
//
//go:noinline
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error with a cause, which errors.Is and errors.As see.
//
//go:noinline
func Wrap(code Code, cause error, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...), Cause: cause}
}

// At returns a copy of e that is positioned at the bytes [start, end) of text.
func (e *Error) At(source, text string, start, end int) *Error {
	c := *e
	c.Pos.Source, c.Pos.Text, c.Pos.Offset, c.Pos.End = source, text, start, end
	return &c
}

// WithHint returns a copy of e with a hint.
//
//go:noinline
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// Error implements error in one line: message, place and hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Msg)
	if p := e.Pos.where(); p != "" {
		b.WriteString(" (" + p + ")")
	}
	b.WriteString(e.cause())
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// cause is the text of the cause after a colon. That something is not there was said by the message already.
func (e *Error) cause() string {
	if e.Cause == nil || e.Code == NotFound && e.Cause == fs.ErrNotExist {
		return ""
	}
	return ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// where describes a data position: file, line, row, column and value.
func (p Pos) where() string {
	if p.Text != "" {
		return ""
	}
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if p.Source != "" {
		add("%s", p.Source)
	}
	if p.Line > 0 {
		add("line %d", p.Line)
	}
	if p.Row > 0 {
		add("row %d", p.Row)
	}
	if p.Column != "" {
		add("column %q", p.Column)
	}
	if p.Value != "" {
		add("value %s", p.Value)
	}
	return strings.Join(parts, ", ")
}

// CodeOf returns the code of the first Error in err's chain, or "" if there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Quote shortens a value for an error message to at most 80 bytes, quoted, with invalid bytes escaped.
func Quote(s string) string {
	const most = 80
	if len(s) <= most {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q… (%d bytes)", s[:most], len(s))
}
