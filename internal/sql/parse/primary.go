package parse

import (
	"slices"
	"strconv"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// primary parses an operand without the operators around it.
func (p *parser) primary() ast.Expr {
	t := p.cur()
	span := ast.Span{Start: int(t.start), End: int(t.end)}
	switch t.kind {
	case Number:
		p.advance()
		return &ast.Number{Span: span, Text: p.text(t)}
	case String:
		return p.stringLiteral()
	case Quoted:
		return p.named()
	case Word:
		return p.word()
	case Param:
		return p.param()
	case Position:
		p.advance()
		n, err := strconv.Atoi(p.src[t.start+1 : t.end])
		if err != nil || n == 0 {
			p.fail(fault.Syntax, span.Start, span.End, "", "column numbers start from #1")
		}
		return &ast.PositionalRef{Span: span, N: n}
	}
	switch t.id {
	case opLParen:
		return p.paren()
	case opLBracket:
		return p.list(span.Start)
	case opLBrace:
		return p.structLiteral()
	case opStar:
		if p.are(opStar, kwColumns, opLParen) {
			p.advance()
			x := p.columns(p.start(), nil)
			return &ast.Unpack{Span: p.from(span.Start), X: x}
		}
		return p.star(span.Start, nil)
	}
	p.expected("an expression")
	return p.bad()
}

func (p *parser) param() ast.Expr {
	t := p.cur()
	e := &ast.Param{Span: ast.Span{Start: int(t.start), End: int(t.end)}}
	name := p.src[t.start+1 : t.end]
	p.advance()
	switch n, err := strconv.Atoi(name); {
	case name == "":
		p.params++
		e.Index = p.params
	case err == nil && n > 0:
		e.Index = n
	case isDigit(name[0]):
		p.fail(fault.Syntax, e.Start, e.End, "", "parameter numbers start from $1")
	default:
		e.Name = name
	}
	if name == "" || e.Index > 0 {
		name = strconv.Itoa(e.Index)
	}
	if !slices.Contains(p.given, name) {
		p.given = append(p.given, name)
	}
	return e
}

// paren parses what stands in parentheses: a subquery, a row, or an expression.
func (p *parser) paren() ast.Expr {
	start := p.start()
	if p.queryAt(1) {
		return p.subquery(start)
	}
	p.advance()
	first := p.expr()
	if s := p.soleQuery([]ast.Expr{first}); s != nil && p.queryGoesOn() {
		q := p.continued(s)
		p.expect(opRParen)
		return &ast.Subquery{Span: p.from(start), Query: q}
	}
	if !p.is(opComma) {
		p.expect(opRParen)
		return first
	}
	items := []ast.Expr{first}
	for p.accept(opComma) && !p.listEnd() {
		items = append(items, p.expr())
	}
	p.expect(opRParen)
	return &ast.Row{Span: p.from(start), Items: items}
}

// subquery parses (SELECT …).
func (p *parser) subquery(start int) ast.Expr {
	q := p.parenQuery()
	return &ast.Subquery{Span: p.from(start), Query: q}
}

// parenQuery parses a query with its parentheses.
func (p *parser) parenQuery() *ast.Query {
	p.expect(opLParen)
	q := p.query()
	p.expect(opRParen)
	return q
}

// list parses [a, b] and list comprehensions.
func (p *parser) list(start int) ast.Expr {
	p.expect(opLBracket)
	l := &ast.List{}
	if !p.is(opRBracket) {
		p.commaList(func() { l.Items = append(l.Items, p.expr()) })
	}
	if len(l.Items) == 1 && p.is(kwFor) {
		return p.comprehension(start, l.Items[0])
	}
	p.expect(opRBracket)
	l.Span = p.from(start)
	return l
}

func (p *parser) comprehension(start int, value ast.Expr) ast.Expr {
	p.advance()
	c := &ast.ListComp{Value: value}
	p.commaList(func() { c.Vars = append(c.Vars, p.ident("a variable of the list comprehension")) })
	p.expect(kwIn)
	c.List = p.expr()
	if p.accept(kwIf) {
		c.Cond = p.expr()
	}
	p.expect(opRBracket)
	c.Span = p.from(start)
	return c
}

func (p *parser) structLiteral() ast.Expr {
	start := p.start()
	p.advance()
	s := &ast.Struct{}
	if !p.is(opRBrace) {
		p.commaList(func() {
			var f ast.StructField
			f.Name = p.nameOrString("the name of a field")
			p.expect(opColon)
			f.Value = p.expr()
			s.Fields = append(s.Fields, f)
		})
	}
	p.expect(opRBrace)
	s.Span = p.from(start)
	return s
}

func (p *parser) mapLiteral() ast.Expr {
	start := p.start()
	p.advance()
	p.advance()
	m := &ast.Map{}
	if !p.is(opRBrace) {
		p.commaList(func() {
			key := p.expr()
			p.expect(opColon)
			m.Entries = append(m.Entries, ast.MapEntry{Key: key, Value: p.expr()})
		})
	}
	p.expect(opRBrace)
	m.Span = p.from(start)
	return m
}

// star parses * with its modifiers.
func (p *parser) star(start int, qualifier ast.Name) *ast.Star {
	p.expect(opStar)
	s := &ast.Star{Qualifier: qualifier}
	if p.is(kwExclude) && (p.isAt(1, opLParen) || p.peek(1).label() || p.peek(1).kind == String) {
		p.advance()
		p.oneOrList(func() { s.Exclude = append(s.Exclude, p.starName()) })
	}
	if p.is(kwReplace) && (p.isAt(1, opLParen) || p.peek(1).colID()) {
		p.advance()
		p.oneOrList(func() {
			item := ast.SelectItem{X: p.expr()}
			p.expect(kwAs)
			item.Alias = p.labelIdent("the name of the replaced column")
			s.Replace = append(s.Replace, item)
		})
	}
	if p.is(kwRename) && (p.isAt(1, opLParen) || p.peek(1).label()) {
		p.advance()
		p.oneOrList(func() {
			r := ast.StarRename{From: p.starName()}
			p.expect(kwAs)
			r.To = p.labelIdent("the new name of the column")
			s.Rename = append(s.Rename, r)
		})
	}
	s.Span = p.from(start)
	return s
}

// starName takes a name after EXCLUDE or RENAME, where a string will do as well.
func (p *parser) starName() ast.Name {
	if p.cur().kind == String {
		return ast.Name{p.take()}
	}
	return p.anyName("a column name")
}

// oneOrList calls item once, or once per element of a list in parentheses.
func (p *parser) oneOrList(item func()) {
	if !p.accept(opLParen) {
		item()
		return
	}
	p.commaList(item)
	p.expect(opRParen)
}

// columns parses COLUMNS(…) at its keyword.
func (p *parser) columns(start int, qualifier ast.Name) ast.Expr {
	p.advance()
	p.expect(opLParen)
	x := p.expr()
	p.expect(opRParen)
	return &ast.Columns{Span: p.from(start), Qualifier: qualifier, X: x}
}

// named parses what starts with a name: a column, a call, t.*, or a typed literal.
func (p *parser) named() ast.Expr {
	start := p.start()
	first := p.cur()
	parts := ast.Name{p.take()}
	for p.is(opDot) {
		switch next := p.peek(1); {
		case next.id == opStar:
			p.advance()
			return p.star(start, parts)
		case next.id == kwColumns && p.isAt(2, opLParen):
			p.advance()
			return p.columns(start, parts)
		case next.label():
			p.advance()
			parts = append(parts, p.take())
			continue
		}
		break
	}
	switch {
	case p.is(opLParen):
		f := &ast.Func{Name: parts}
		p.callRest(start, f)
		if p.cur().kind == String {
			return p.typedCall(start, f)
		}
		return f
	case p.cur().kind == String && (len(parts) == 1 || first.kind == Quoted):
		t := &ast.TypeName{Span: p.from(start), Name: parts.Last().Name, Qualifier: parts[:len(parts)-1]}
		return p.typedLiteral(start, t)
	}
	if first.class > ast.ColumnWord && len(parts) == 1 {
		p.i--
		p.expected("an expression")
		return p.bad()
	}
	return &ast.ColumnRef{Span: p.from(start), Parts: parts}
}

// typedLiteral parses the string of TYPE 'text'.
func (p *parser) typedLiteral(start int, t *ast.TypeName) ast.Expr {
	if p.cur().kind != String {
		p.expected("a string")
		return p.bad()
	}
	x := p.stringLiteral()
	return &ast.Cast{Span: p.from(start), X: x, Type: t}
}

// typedCall reads DECIMAL(10, 2) 'text', whose type looked like a call.
func (p *parser) typedCall(start int, f *ast.Func) ast.Expr {
	t := &ast.TypeName{Span: p.from(start), Name: canonicalType(f.Name.Last().Name), Qualifier: f.Name[:len(f.Name)-1]}
	for _, arg := range f.Args {
		n, ok := arg.Value.(*ast.Number)
		if !ok {
			return f
		}
		v, err := strconv.ParseInt(n.Text, 10, 64)
		if err != nil {
			return f
		}
		t.Args = append(t.Args, v)
	}
	return p.typedLiteral(start, t)
}

func canonicalType(name string) string {
	if canon, ok := typeWords[lookupKeyword(name).id]; ok {
		return canon
	}
	return name
}
