package parse

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// lexer cuts src into tokens. After an Invalid token, problem says why, and next must not be called again.
type lexer struct {
	src      string
	pos      int
	comments bool
	problem  string
	// unterminated says that the problem could be mended by more text.
	unterminated bool
}

// lexAll returns the tokens of src without comments. The last one is EOF or Invalid, with the problem.
func lexAll(src string) (toks []token, problem string) {
	if len(src) > math.MaxInt32 {
		return []token{{kind: Invalid}}, "SQL text is longer than 2 GB"
	}
	toks = make([]token, 0, len(src)/4+8)
	lx := lexer{src: src}
	for {
		t := lx.next()
		toks = append(toks, t)
		if t.kind == EOF || t.kind == Invalid {
			return toks, lx.problem
		}
	}
}

func (lx *lexer) token(kind Kind, start int) token {
	return token{start: int32(start), end: int32(lx.pos), kind: kind}
}

// fail makes the text from start to end an Invalid token.
func (lx *lexer) fail(start, end int, format string, args ...any) token {
	lx.pos, lx.problem = end, fmt.Sprintf(format, args...)
	return lx.token(Invalid, start)
}

// unclosed reports text that runs from start to the end of the source without its closing mark.
func (lx *lexer) unclosed(start int, what string) token {
	lx.unterminated = true
	return lx.fail(start, len(lx.src), "unterminated %s", what)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWordStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

func isWordPart(c byte) bool { return isWordStart(c) || isDigit(c) || c == '$' }

func (lx *lexer) at(i int) byte {
	if i < len(lx.src) {
		return lx.src[i]
	}
	return 0
}

func (lx *lexer) next() token {
	for {
		lx.skipBlanks()
		start := lx.pos
		if start >= len(lx.src) {
			return lx.token(EOF, start)
		}
		c, c1 := lx.src[start], lx.at(start+1)
		switch {
		case c == '-' && c1 == '-', c == '/' && c1 == '*':
			t := lx.comment(start)
			if t.kind != Comment || lx.comments {
				return t
			}
		case isWordStart(c):
			return lx.word(start)
		case isDigit(c), c == '.' && isDigit(c1):
			return lx.number(start)
		case c == '\'':
			return lx.quoted(start, start+1, '\'', String, "string")
		case c == '"':
			return lx.quoted(start, start+1, '"', Quoted, "quoted name")
		case c == '$':
			return lx.dollar(start)
		case c == '?':
			lx.pos++
			for isDigit(lx.at(lx.pos)) {
				lx.pos++
			}
			return lx.token(Param, start)
		case c == '#' && isDigit(c1):
			lx.pos++
			for isDigit(lx.at(lx.pos)) {
				lx.pos++
			}
			return lx.token(Position, start)
		default:
			return lx.operator(start, c)
		}
	}
}

func (lx *lexer) skipBlanks() {
	for lx.pos < len(lx.src) {
		c := lx.src[lx.pos]
		switch {
		case c == ' ', '\t' <= c && c <= '\r':
			lx.pos++
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(lx.src[lx.pos:])
			if !unicodeBlank(r) {
				return
			}
			lx.pos += size
		default:
			return
		}
	}
}

// unicodeBlank reports whether r is a blank that pasted text often has between words.
func unicodeBlank(r rune) bool {
	switch {
	case r == 0xA0, r == 0x202F, r == 0x205F, r == 0x3000, r == 0xFEFF, 0x2000 <= r && r <= 0x200B:
		return true
	}
	return false
}

func (lx *lexer) comment(start int) token {
	if lx.src[start] == '-' {
		if n := strings.IndexByte(lx.src[start:], '\n'); n >= 0 {
			lx.pos = start + n
		} else {
			lx.pos = len(lx.src)
		}
		return lx.token(Comment, start)
	}
	depth := 0
	for i := start; i+1 < len(lx.src); i++ {
		switch lx.src[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				lx.pos = i + 1
				return lx.token(Comment, start)
			}
		}
	}
	return lx.unclosed(start, "comment")
}

func (lx *lexer) word(start int) token {
	src, i := lx.src, start
	ascii := true
	for i < len(src) && isWordPart(src[i]) {
		if src[i] >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(src[i:])
			if r == utf8.RuneError && size == 1 {
				return lx.fail(i, i+1, "invalid UTF-8 in SQL text")
			}
			if unicodeBlank(r) {
				break
			}
			ascii = false
			i += size
			continue
		}
		i++
	}
	lx.pos = i
	if i-start == 1 && lx.at(i) == '\'' {
		switch src[start] | 0x20 {
		case 'e':
			return lx.escaped(start, i+1)
		case 'x', 'b', 'n':
			return lx.quoted(start, i+1, '\'', String, "string")
		}
	}
	t := lx.token(Word, start)
	if ascii {
		info := lookupKeyword(src[start:i])
		t.id, t.class = info.id, info.class
	}
	return t
}

// quoted reads up to the closing quote; a doubled quote stands for itself.
func (lx *lexer) quoted(start, from int, quote byte, kind Kind, what string) token {
	for i := from; ; {
		n := strings.IndexByte(lx.src[i:], quote)
		if n < 0 {
			return lx.unclosed(start, what)
		}
		i += n + 1
		if lx.at(i) == quote {
			i++
			continue
		}
		lx.pos = i
		return lx.checked(lx.token(kind, start))
	}
}

// escaped reads E'…', where a backslash takes the next byte with it.
func (lx *lexer) escaped(start, from int) token {
	for i := from; i < len(lx.src); i++ {
		switch lx.src[i] {
		case '\\':
			i++
		case '\'':
			if lx.at(i+1) == '\'' {
				i++
				continue
			}
			lx.pos = i + 1
			return lx.checked(lx.token(String, start))
		}
	}
	return lx.unclosed(start, "string")
}

// checked refuses a token that is not valid UTF-8.
func (lx *lexer) checked(t token) token {
	text := lx.src[t.start:t.end]
	if utf8.ValidString(text) {
		return t
	}
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			return lx.fail(int(t.start)+i, int(t.start)+i+1, "invalid UTF-8 in SQL text")
		}
	}
	return t
}

// dollar reads $1, $name, $$text$$ and $tag$text$tag$.
func (lx *lexer) dollar(start int) token {
	i := start + 1
	if isDigit(lx.at(i)) {
		for isDigit(lx.at(i)) {
			i++
		}
		lx.pos = i
		return lx.token(Param, start)
	}
	for c := lx.at(i); isWordStart(c) || isDigit(c); c = lx.at(i) {
		i++
	}
	if lx.at(i) != '$' {
		if i == start+1 {
			return lx.fail(start, i, `unexpected "$"`)
		}
		lx.pos = i
		return lx.checked(lx.token(Param, start))
	}
	tag := lx.src[start : i+1]
	n := strings.Index(lx.src[i+1:], tag)
	if n < 0 {
		return lx.unclosed(start, "string that starts with "+tag)
	}
	lx.pos = i + 1 + n + len(tag)
	return lx.checked(lx.token(String, start))
}

// digits skips digits of a base, with single underscores between them.
func (lx *lexer) digits(i int, ok func(byte) bool) int {
	for ok(lx.at(i)) || lx.at(i) == '_' && ok(lx.at(i+1)) {
		i++
	}
	return i
}

func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
func isOctal(c byte) bool  { return '0' <= c && c <= '7' }
func isBinary(c byte) bool { return c == '0' || c == '1' }

// radix returns the digits of the base that a prefix such as 0x announces, or nil.
func radix(c byte) func(byte) bool {
	switch c | 0x20 {
	case 'x':
		return isHex
	case 'o':
		return isOctal
	case 'b':
		return isBinary
	}
	return nil
}

func (lx *lexer) number(start int) token {
	i := start
	if ok := radix(lx.at(i + 1)); lx.src[i] == '0' && ok != nil && ok(lx.at(i+2)) {
		i = lx.digits(i+2, ok)
	} else {
		i = lx.digits(i, isDigit)
		if lx.at(i) == '.' && lx.at(i+1) != '.' {
			i = lx.digits(i+1, isDigit)
		}
		if lx.at(i)|0x20 == 'e' {
			j := i + 1
			if c := lx.at(j); c == '+' || c == '-' {
				j++
			}
			if isDigit(lx.at(j)) {
				i = lx.digits(j, isDigit)
			}
		}
	}
	lx.pos = i
	if i < len(lx.src) && isWordPart(lx.src[i]) {
		if r, _ := utf8.DecodeRuneInString(lx.src[i:]); unicodeBlank(r) {
			return lx.token(Number, start)
		}
		for i < len(lx.src) && isWordPart(lx.src[i]) {
			i++
		}
		return lx.fail(start, i, "malformed number %q", lx.src[start:i])
	}
	return lx.token(Number, start)
}

func (lx *lexer) operator(start int, c byte) token {
	if c < utf8.RuneSelf {
		for _, id := range opsByFirst[c] {
			if text := opText[id]; strings.HasPrefix(lx.src[start:], text) {
				lx.pos = start + len(text)
				t := lx.token(Operator, start)
				t.id = id
				return t
			}
		}
	}
	r, size := utf8.DecodeRuneInString(lx.src[start:])
	return lx.fail(start, start+size, "unexpected character %q", r)
}
