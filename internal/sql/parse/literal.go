package parse

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// stringValue decodes a String token of any quoting.
func (p *parser) stringValue(t *token) string {
	text := p.text(t)
	switch text[0] {
	case '\'':
		return unquote(text[1:len(text)-1], '\'')
	case '$':
		tag := strings.IndexByte(text[1:], '$') + 2
		return text[tag : len(text)-tag]
	case 'e', 'E':
		return p.unescape(text[2:len(text)-1], int(t.start)+2)
	}
	return unquote(text[2:len(text)-1], '\'')
}

// stringLiteral turns the current String token into a literal: character, blob or bit string.
func (p *parser) stringLiteral() ast.Expr {
	t := p.cur()
	span := ast.Span{Start: int(t.start), End: int(t.end)}
	value := p.stringValue(t)
	prefix := p.src[t.start] | 0x20
	p.advance()
	switch prefix {
	case 'x':
		bytes, err := hex.DecodeString(value)
		if err != nil {
			p.fail(fault.Syntax, span.Start, span.End, "", "malformed blob %s: expected an even number of hexadecimal digits", p.src[span.Start:span.End])
		}
		return &ast.Blob{Span: span, Value: string(bytes)}
	case 'b':
		return &ast.Cast{Span: span, X: &ast.String{Span: span, Value: value}, Type: &ast.TypeName{Span: span, Name: "BIT"}}
	}
	return &ast.String{Span: span, Value: value}
}

// unescape decodes the inside of E'…', which starts at the given offset of the source.
func (p *parser) unescape(s string, offset int) string {
	if strings.IndexByte(s, '\\') < 0 {
		return unquote(s, '\'')
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\'':
			out, i = append(out, '\''), i+2
		case s[i] != '\\':
			out, i = append(out, s[i]), i+1
		default:
			var n int
			out, n = appendEscape(out, s[i+1:])
			if n == 0 {
				p.fail(fault.Syntax, offset+i, offset+min(i+2, len(s)), "", "invalid escape in string")
				return ""
			}
			i += 1 + n
		}
	}
	if !utf8.Valid(out) {
		p.fail(fault.Syntax, offset, offset+len(s), "", "the escapes of the string are not valid UTF-8")
	}
	return string(out)
}

// appendEscape decodes what follows a backslash, and returns how many bytes of s that took: 0 if it is malformed.
func appendEscape(out []byte, s string) ([]byte, int) {
	if s == "" {
		return out, 0
	}
	switch c := s[0]; c {
	case 'b':
		return append(out, '\b'), 1
	case 'f':
		return append(out, '\f'), 1
	case 'n':
		return append(out, '\n'), 1
	case 'r':
		return append(out, '\r'), 1
	case 't':
		return append(out, '\t'), 1
	case 'x':
		if n := prefixLen(s[1:], 2, isHex); n > 0 {
			v, _ := strconv.ParseUint(s[1:1+n], 16, 8)
			return append(out, byte(v)), 1 + n
		}
		return out, 0
	case 'u', 'U':
		want := 4
		if c == 'U' {
			want = 8
		}
		if prefixLen(s[1:], want, isHex) < want {
			return out, 0
		}
		v, err := strconv.ParseUint(s[1:1+want], 16, 31)
		if err != nil || !utf8.ValidRune(rune(v)) {
			return out, 0
		}
		return utf8.AppendRune(out, rune(v)), 1 + want
	}
	if n := prefixLen(s, 3, isOctal); n > 0 {
		v, err := strconv.ParseUint(s[:n], 8, 8)
		if err != nil {
			return out, 0
		}
		return append(out, byte(v)), n
	}
	_, size := utf8.DecodeRuneInString(s)
	return append(out, s[:size]...), size
}

// prefixLen counts the leading bytes of s, at most limit, that are ok.
func prefixLen(s string, limit int, ok func(byte) bool) int {
	n := 0
	for n < limit && n < len(s) && ok(s[n]) {
		n++
	}
	return n
}

var intervalUnits = map[string]ast.IntervalUnit{
	"microsecond": ast.Microsecond, "microseconds": ast.Microsecond, "millisecond": ast.Millisecond,
	"milliseconds": ast.Millisecond, "second": ast.Second, "seconds": ast.Second, "minute": ast.Minute,
	"minutes": ast.Minute, "hour": ast.Hour, "hours": ast.Hour, "day": ast.Day, "days": ast.Day, "week": ast.Week,
	"weeks": ast.Week, "month": ast.Month, "months": ast.Month, "quarter": ast.Quarter, "quarters": ast.Quarter,
	"year": ast.Year, "years": ast.Year, "decade": ast.Decade, "decades": ast.Decade, "century": ast.Century,
	"centuries": ast.Century, "millennium": ast.Millennium, "millennia": ast.Millennium,
}

// unit takes the unit of an interval, if there is one.
func (p *parser) unit() (ast.IntervalUnit, bool) {
	t := p.cur()
	if t.kind != Word || t.class != ast.Unreserved {
		return 0, false
	}
	u, ok := intervalUnits[strings.ToLower(p.text(t))]
	if ok {
		p.advance()
		if p.is(kwTo) {
			p.unsupported(int(t.start), "an interval with a range of units")
		}
	}
	return u, ok
}

// interval reads INTERVAL literals, and returns nil where the word is a mere name.
func (p *parser) interval() ast.Expr {
	start := p.start()
	next := p.peek(1)
	switch {
	case next.kind == String:
		p.advance()
		value := p.stringLiteral()
		if u, ok := p.unit(); ok {
			return &ast.Interval{Span: p.from(start), Value: value, Unit: u}
		}
		name := &ast.TypeName{Span: ast.Span{Start: start, End: start + len("interval")}, Name: "INTERVAL"}
		return &ast.Cast{Span: p.from(start), X: value, Type: name}
	case next.id == opLParen && !p.unitAfterParen():
		return nil
	case next.kind == Number, next.kind == Param, next.id == opLParen, next.id == opMinus && p.peek(2).kind == Number:
		p.advance()
		value := p.exprAt(bpUnary)
		u, ok := p.unit()
		if !ok {
			p.expected("the unit of the interval")
		}
		return &ast.Interval{Span: p.from(start), Value: value, Unit: u}
	}
	return nil
}

// unitAfterParen reports whether the parenthesis at the next token closes right before the unit of an interval.
func (p *parser) unitAfterParen() bool {
	depth := 0
	for i := p.i + 1; i < len(p.toks)-1; i++ {
		switch p.toks[i].id {
		case opLParen:
			depth++
		case opRParen:
			depth--
			if depth == 0 {
				t := &p.toks[i+1]
				_, ok := intervalUnits[strings.ToLower(p.text(t))]
				return ok && t.kind == Word
			}
		}
	}
	return false
}
