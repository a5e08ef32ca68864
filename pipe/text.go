package pipe

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/siksik-data/siksik/fault"
)

// span is a range of bytes in a document; the zero span means that there is no place.
type span struct{ start, end int }

// text is a string with its place in the document; block says that it is a block scalar, whose lines are indented in the document.
type text struct {
	value string
	at    span
	block bool
}

// plain is a string that comes from Go code.
func plain(s string) text { return text{value: s} }

// values returns the strings alone.
func values(list []text) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.value
	}
	return out
}

// document is the YAML file of a pipeline. A nil document belongs to a pipeline made in Go.
type document struct {
	name string
	text string
}

// offset converts a line and column, both from 1 and in characters, to a byte offset.
func (d *document) offset(line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(d.text[at:], '\n')
		if i < 0 {
			return len(d.text)
		}
		at += i + 1
	}
	for ; column > 1 && at < len(d.text) && d.text[at] != '\n'; column-- {
		_, n := utf8.DecodeRuneInString(d.text[at:])
		at += n
	}
	return at
}

// place returns line and column of an offset, from 1 and in characters.
func (d *document) place(offset int) (line, column int) {
	offset = min(offset, len(d.text))
	start := strings.LastIndexByte(d.text[:offset], '\n') + 1
	return strings.Count(d.text[:start], "\n") + 1, utf8.RuneCountInString(d.text[start:offset]) + 1
}

// fail puts an error at a span; its message begins with file, line and column.
func (d *document) fail(at span, err *fault.Error) *fault.Error {
	if d == nil || at == (span{}) {
		return err
	}
	line, column := d.place(at.start)
	out := err.At(d.name, d.text, at.start, max(at.end, at.start+1))
	out.Msg = fmt.Sprintf("%s:%d:%d: %s", d.name, line, column, err.Msg)
	return out
}

// failf is fail with a new error of code Usage.
func (d *document) failf(at span, format string, args ...any) *fault.Error {
	return d.fail(at, fault.New(fault.Usage, format, args...))
}

// inside returns the place in the document of the bytes [start, end) of t, if t stands there literally.
func (d *document) inside(t text, start, end int) (span, bool) {
	if d == nil || t.at == (span{}) || start > end || end > len(t.value) {
		return span{}, false
	}
	at := span{t.at.start + start, t.at.start + end}
	if t.block {
		first, column := d.place(t.at.start)
		indent := column - 1 - (len(t.value) - len(strings.TrimLeft(t.value, " ")))
		line := strings.Count(t.value[:start], "\n")
		begin := d.offset(first+line, 1) + indent + start - (strings.LastIndexByte(t.value[:start], '\n') + 1)
		at = span{begin, begin + end - start}
	}
	if at.start < 0 || at.end > len(d.text) || d.text[at.start:at.end] != t.value[start:end] {
		return span{}, false
	}
	return at, true
}
