package fault

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Render formats err for a person, over several lines where that helps: the sentence, the offending
// line of the query with carets below it, and the hint. Any error is accepted. Secrets in URLs are not shown.
func Render(err error) string {
	var e *Error
	if !errors.As(err, &e) || e.Pos.Text == "" {
		return Redact(err.Error())
	}
	var b strings.Builder
	b.WriteString(e.Msg)
	b.WriteString(e.cause())
	hint := e.Hint
	if strings.HasPrefix(hint, "did you mean") {
		b.WriteString("; " + hint)
		hint = ""
	}
	head := Redact(b.String())
	b.Reset()
	b.WriteString(head)
	b.WriteByte('\n')
	line, col, width := e.Pos.caret()
	b.WriteString("  " + mask(line) + "\n  " + strings.Repeat(" ", col) + strings.Repeat("^", width))
	if hint != "" {
		b.WriteString("\n  " + Redact(hint))
	}
	return b.String()
}

// caret returns the line of Text that holds Offset, with the column and width of the mark in characters.
func (p Pos) caret() (line string, col, width int) {
	off := min(max(p.Offset, 0), len(p.Text))
	end := min(max(p.End, off), len(p.Text))
	start := strings.LastIndexByte(p.Text[:off], '\n') + 1
	stop := len(p.Text)
	if i := strings.IndexByte(p.Text[off:], '\n'); i >= 0 {
		stop = off + i
	}
	line = strings.ReplaceAll(p.Text[start:stop], "\t", " ")
	col = utf8.RuneCountInString(p.Text[start:off])
	width = max(utf8.RuneCountInString(p.Text[off:min(end, stop)]), 1)
	return line, col, width
}
