package parse

import (
	"fmt"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

const (
	// depthMax limits how deep brackets, subqueries and prefix operators nest. A level costs a few hundred bytes of stack here,
	// and as much again in each pass that walks the tree.
	depthMax = 1000
	// heightMax limits the height of a tree, which chains such as a + b + c … build without nesting.
	heightMax = 10000
)

// Statements parses SQL statements separated by semicolons. Empty statements are skipped. The error is a *fault.Error.
func Statements(src string) ([]ast.Statement, error) {
	p := newParser(src)
	var list []ast.Statement
	for {
		for p.accept(opSemicolon) {
		}
		if p.done() {
			break
		}
		p.params = 0
		stmt := p.statement()
		if p.err != nil {
			break
		}
		list = append(list, stmt)
		if !p.is(opSemicolon) && !p.done() {
			p.expected("the end of the statement")
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return list, nil
}

// Expr parses a single expression. The error is a *fault.Error.
func Expr(src string) (ast.Expr, error) {
	p := newParser(src)
	e := p.expr()
	return e, p.finish()
}

// Type parses a type name such as DECIMAL(10, 2) or STRUCT(a INTEGER, b VARCHAR[]). The error is a *fault.Error.
func Type(src string) (*ast.TypeName, error) {
	p := newParser(src)
	t := p.typeName()
	return t, p.finish()
}

// parser walks the tokens of src. After the first error it stands at the last token, which no rule accepts.
type parser struct {
	src     string
	toks    []token
	i       int
	err     *fault.Error
	problem string
	depth   int
	// height is that of the highest expression finished since an enclosing rule last set it to zero.
	height int
	params int
	given  []string // parameters seen since a statement began, each once
}

func newParser(src string) *parser {
	toks, problem := lexAll(src)
	return &parser{src: src, toks: toks, problem: problem}
}

// finish checks that the whole text was used, and returns the error if there is one.
func (p *parser) finish() error {
	if p.err == nil && !p.done() {
		p.expected("the end of the text")
	}
	if p.err != nil {
		return p.err
	}
	return nil
}

// done reports whether the text ended, as opposed to turning invalid.
func (p *parser) done() bool { return p.toks[p.i].kind == EOF }

func (p *parser) cur() *token { return &p.toks[p.i] }

// peek returns the token k places ahead, or the last one.
func (p *parser) peek(k int) *token { return &p.toks[min(p.i+k, len(p.toks)-1)] }

func (p *parser) is(id tokenID) bool { return p.toks[p.i].id == id }

func (p *parser) isAt(k int, id tokenID) bool { return p.peek(k).id == id }

// are reports whether the next tokens are the given ones.
func (p *parser) are(ids ...tokenID) bool {
	for k, id := range ids {
		if !p.isAt(k, id) {
			return false
		}
	}
	return true
}

func (p *parser) advance() {
	if p.i < len(p.toks)-1 {
		p.i++
	}
}

// accept skips the token, if it is the given one.
func (p *parser) accept(id tokenID) bool {
	if p.toks[p.i].id == id {
		p.advance()
		return true
	}
	return false
}

// acceptAll skips the given tokens, if all of them come next.
func (p *parser) acceptAll(ids ...tokenID) bool {
	if !p.are(ids...) {
		return false
	}
	for range ids {
		p.advance()
	}
	return true
}

func (p *parser) expect(id tokenID) {
	if !p.accept(id) {
		p.expected(id.text())
	}
}

// acceptWord skips a word that is no keyword of the grammar, given in lower case.
func (p *parser) acceptWord(lower string) bool {
	if p.isWord(0, lower) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) isWord(k int, lower string) bool {
	t := p.peek(k)
	if t.kind != Word || int(t.end-t.start) != len(lower) {
		return false
	}
	for i := range len(lower) {
		if p.src[int(t.start)+i]|0x20 != lower[i]|0x20 {
			return false
		}
	}
	return true
}

func (p *parser) text(t *token) string { return p.src[t.start:t.end] }

func (p *parser) start() int { return int(p.toks[p.i].start) }

// from returns the span from start to the end of the last token used.
func (p *parser) from(start int) ast.Span {
	end := start
	if p.i > 0 {
		end = max(start, int(p.toks[p.i-1].end))
	}
	return ast.Span{Start: start, End: end}
}

// fail records the first error, at [start, end), and makes the parser stand at the last token.
func (p *parser) fail(code fault.Code, start, end int, hint, format string, args ...any) {
	if p.err == nil {
		p.err = fault.New(code, "%s", fmt.Sprintf(format, args...)).At("query", p.src, start, end)
		p.err.Hint = hint
	}
	p.i = len(p.toks) - 1
}

// expected fails at the current token, which is not what.
func (p *parser) expected(what string) {
	t := p.cur()
	switch {
	case p.err != nil:
	case t.kind == Invalid:
		p.fail(fault.Syntax, int(t.start), int(t.end), "", "%s", p.problem)
	default:
		at, hint := p.misspelt()
		if at.kind == EOF {
			p.fail(fault.Syntax, int(at.start), int(at.end), hint, "syntax error at the end of the text: expected %s", what)
			return
		}
		p.fail(fault.Syntax, int(at.start), int(at.end), hint, "syntax error at %s: expected %s", fault.Quote(p.text(at)), what)
	}
}

// unsupported fails at the text from start on: it is valid SQL that has no node yet.
func (p *parser) unsupported(start int, what string) {
	if p.err == nil && p.cur().kind != Invalid {
		p.fail(fault.Unsupported, start, int(p.cur().end), "", "%s is not supported yet", what)
	}
	p.expected(what)
}

// enter goes a level deeper, and reports false when that is too deep.
func (p *parser) enter() bool {
	p.depth++
	if p.depth > depthMax {
		p.fail(fault.Syntax, p.start(), int(p.cur().end), "", "the statement is nested more than %d levels deep", depthMax)
		return false
	}
	return true
}

func (p *parser) leave() { p.depth-- }

// grow checks the height of a chain that is being built.
func (p *parser) grow(height int) {
	if height > heightMax {
		p.fail(fault.Syntax, p.start(), int(p.cur().end), "", "the expression has a chain of more than %d operators", heightMax)
	}
}

// bad stands for an expression after an error.
func (p *parser) bad() ast.Expr { return &ast.Null{} }
