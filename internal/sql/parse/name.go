package parse

import (
	"strings"

	"github.com/siksik-data/siksik/internal/sql/ast"
)

// colID reports whether a token can name a table or column without AS.
func (t *token) colID() bool {
	return t.kind == Quoted || t.kind == Word && t.class <= ast.ColumnWord
}

// label reports whether a token can be a name where only names stand: after AS or a dot.
func (t *token) label() bool { return t.kind == Quoted || t.kind == Word }

// take turns the current token into an identifier.
func (p *parser) take() ast.Ident {
	t := p.cur()
	id := ast.Ident{Span: ast.Span{Start: int(t.start), End: int(t.end)}}
	switch t.kind {
	case Quoted:
		id.Name, id.Quoted = unquote(p.src[t.start+1:t.end-1], '"'), true
	case String:
		id.Name, id.Quoted = p.stringValue(t), true
	default:
		id.Name = p.text(t)
	}
	p.advance()
	return id
}

// ident takes a name where keywords are told apart.
func (p *parser) ident(what string) ast.Ident {
	if !p.cur().colID() {
		p.expected(what)
		return ast.Ident{}
	}
	return p.take()
}

// labelIdent takes a name of any word.
func (p *parser) labelIdent(what string) ast.Ident {
	if !p.cur().label() {
		p.expected(what)
		return ast.Ident{}
	}
	return p.take()
}

// nameOrString takes a name of any word, or a string in its place.
func (p *parser) nameOrString(what string) ast.Ident {
	if p.cur().kind == String {
		return p.take()
	}
	return p.labelIdent(what)
}

// name takes a qualified name.
func (p *parser) name(what string) ast.Name {
	n := ast.Name{p.ident(what)}
	for p.is(opDot) && p.peek(1).label() {
		p.advance()
		n = append(n, p.take())
	}
	return n
}

// anyName takes a qualified name that may start with any word.
func (p *parser) anyName(what string) ast.Name {
	n := ast.Name{p.labelIdent(what)}
	for p.is(opDot) && p.peek(1).label() {
		p.advance()
		n = append(n, p.take())
	}
	return n
}

// identList takes (a, b, c), with its parentheses.
func (p *parser) identList() []ast.Ident {
	var ids []ast.Ident
	p.expect(opLParen)
	p.commaList(func() { ids = append(ids, p.ident("a column name")) })
	p.expect(opRParen)
	return ids
}

// identListHere reports whether an identList comes next, as opposed to another parenthesis.
func (p *parser) identListHere() bool {
	return p.is(opLParen) && p.peek(1).colID() && (p.isAt(2, opComma) || p.isAt(2, opRParen))
}

// commaList calls item once or more, between commas. A comma before the end of the list is allowed.
func (p *parser) commaList(item func()) {
	item()
	for p.accept(opComma) {
		if p.listEnd() {
			return
		}
		item()
	}
}

// listEnd reports whether a list is over at the current token.
func (p *parser) listEnd() bool {
	t := p.cur()
	switch t.id {
	case opRParen, opRBracket, opRBrace, opSemicolon, kwFrom, kwWhere, kwGroup, kwHaving, kwWindow, kwQualify, kwOrder, kwLimit,
		kwOffset, kwUnion, kwIntersect, kwExcept, kwUsing, kwReturning, kwSelect:
		return true
	}
	return t.kind == EOF
}

// alias takes [AS] name, if there is one.
func (p *parser) alias() ast.Ident {
	switch t := p.cur(); {
	case t.id == kwAs && (p.peek(1).label() || p.peek(1).kind == String):
		p.advance()
		return p.take()
	case t.id == kwAs:
		p.advance()
		p.expected("an alias")
	case t.colID(), t.kind == String:
		return p.take()
	}
	return ast.Ident{}
}

// unquote undoes the doubling of a quote.
func unquote(s string, quote byte) string {
	if strings.IndexByte(s, quote) < 0 {
		return s
	}
	q := string(quote)
	return strings.ReplaceAll(s, q+q, q)
}
