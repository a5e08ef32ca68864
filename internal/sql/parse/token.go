package parse

import (
	"strings"

	"github.com/siksik-data/siksik/internal/sql/ast"
)

// Kind is the class of a Token.
type Kind uint8

// The kinds of tokens.
const (
	// EOF ends the text; Tokens does not return it.
	EOF Kind = iota
	// Word is an identifier or keyword without quotes, Quoted one in double quotes.
	Word
	Quoted
	Number
	// String is a character or blob literal of any quoting.
	String
	// Param is ?, $1 or $name.
	Param
	// Position is #n.
	Position
	// Operator is an operator or punctuation.
	Operator
	// Comment is a comment of either form.
	Comment
	// Invalid is text that cannot start or complete a token; nothing follows it.
	Invalid
)

// Token is a piece of SQL text, the bytes [Start, End).
type Token struct {
	Kind       Kind
	Start, End int
	// Class tells keywords from ordinary words.
	Class ast.KeywordClass
}

// tokenID is the exact operator or keyword of a token: 0 for anything else.
type tokenID uint16

// token is the parser's form of a token.
type token struct {
	start, end int32
	id         tokenID
	kind       Kind
	class      ast.KeywordClass
}

// The operators and punctuation, in the order of opText.
const (
	opComma tokenID = 1 + iota
	opSemicolon
	opLParen
	opRParen
	opLBracket
	opRBracket
	opLBrace
	opRBrace
	opDot
	opColon
	opCast
	opAssign
	opFatArrow
	opEq
	opEqEq
	opNe
	opNeSQL
	opLt
	opLe
	opGt
	opGe
	opPlus
	opMinus
	opStar
	opSlash
	opIntDiv
	opMod
	opCaret
	opStars
	opConcat
	opAnd
	opOr
	opAndAnd
	opShiftLeft
	opShiftRight
	opTilde
	opNotTilde
	opLikeOp
	opNotLikeOp
	opILikeOp
	opNotILikeOp
	opGlobOp
	opArrow
	opArrowText
	opContains
	opContainedBy
	opStartsWith
	opDistance
	opCosine
	opAt
	opBang
	firstKeyword
)

// opText holds the spelling of each operator.
var opText = [...]string{"", ",", ";", "(", ")", "[", "]", "{", "}", ".", ":", "::", ":=", "=>", "=", "==", "!=", "<>", "<", "<=",
	">", ">=", "+", "-", "*", "/", "//", "%", "^", "**", "||", "&", "|", "&&", "<<", ">>", "~", "!~", "~~", "!~~", "~~*",
	"!~~*", "~~~", "->", "->>", "@>", "<@", "^@", "<->", "<=>", "@", "!"}

// opsByFirst lists, for each first byte, the operators that start with it, the longest first.
var opsByFirst = func() (table [128][]tokenID) {
	for size := 4; size > 0; size-- {
		for id, text := range opText {
			if len(text) == size {
				table[text[0]] = append(table[text[0]], tokenID(id))
			}
		}
	}
	return table
}()

type keywordInfo struct {
	id    tokenID
	class ast.KeywordClass
}

// keywordTable finds the id and class of a word in lower case.
var keywordTable = func() map[string]keywordInfo {
	m := make(map[string]keywordInfo, 512)
	for word, class := range ast.Keywords() {
		m[word] = keywordInfo{class: class}
	}
	for i, word := range keywordText {
		info := m[word]
		info.id = firstKeyword + tokenID(i)
		m[word] = info
	}
	return m
}()

const keywordLenMax = 24

// lookupKeyword finds a word of any case without allocating.
func lookupKeyword(word string) keywordInfo {
	if len(word) > keywordLenMax {
		return keywordInfo{}
	}
	var buf [keywordLenMax]byte
	for i := 0; i < len(word); i++ {
		c := word[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return keywordTable[string(buf[:len(word)])]
}

// text returns how an operator or keyword is called in an error message.
func (id tokenID) text() string {
	if id >= firstKeyword {
		return strings.ToUpper(keywordText[id-firstKeyword])
	}
	return `"` + opText[id] + `"`
}

// Tokens splits SQL into tokens, comments included and blanks left out. It never fails: text that is no token, such as
// a string without its closing quote, is a last token of kind Invalid.
func Tokens(src string) []Token {
	var out []Token
	lx := lexer{src: src, comments: true}
	for {
		t := lx.next()
		if t.kind == EOF {
			return out
		}
		out = append(out, Token{t.kind, int(t.start), int(t.end), t.class})
		if t.kind == Invalid {
			return out
		}
	}
}

// Complete reports whether the text is blank or ends with a semicolon outside strings, comments and quotes: whether a
// shell should run it rather than ask for another line.
func Complete(src string) bool {
	lx := lexer{src: src}
	done := true
	for {
		t := lx.next()
		switch t.kind {
		case EOF:
			return done
		case Invalid:
			return !lx.unterminated
		}
		done = t.id == opSemicolon
	}
}
