package parse

import "github.com/siksik-data/siksik/internal/sql/ast"

// isPredicate parses IS …, ISNULL and NOTNULL after left.
func (p *parser) isPredicate(start int, left ast.Expr) ast.Expr {
	id := p.cur().id
	p.advance()
	if id != kwIs {
		return &ast.IsNull{Span: p.from(start), X: left, Not: id == kwNotnull}
	}
	not := p.accept(kwNot)
	what := p.cur().id
	switch what {
	case kwNull, kwUnknown:
		p.advance()
		return &ast.IsNull{Span: p.from(start), X: left, Not: not}
	case kwTrue, kwFalse:
		p.advance()
		return &ast.IsBool{Span: p.from(start), X: left, Value: what == kwTrue, Not: not}
	case kwDistinct:
		p.advance()
		p.expect(kwFrom)
		op := ast.OpDistinct
		if not {
			op = ast.OpNotDistinct
		}
		right := p.exprAt(bpIs + 1)
		return &ast.Binary{Span: p.from(start), Op: op, L: left, R: right}
	}
	p.expected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
	return p.bad()
}

// matchPredicate parses [NOT] BETWEEN, IN, LIKE, ILIKE, GLOB and SIMILAR TO after left.
func (p *parser) matchPredicate(start int, left ast.Expr) ast.Expr {
	not := p.accept(kwNot)
	id := p.cur().id
	p.advance()
	switch id {
	case kwNull:
		return &ast.IsNull{Span: p.from(start), X: left, Not: true}
	case kwBetween:
		return p.between(start, left, not)
	case kwIn:
		return p.in(start, left, not)
	}
	m := &ast.Match{X: left, Not: not}
	switch id {
	case kwIlike:
		m.Kind = ast.ILike
	case kwGlob:
		m.Kind = ast.Glob
	case kwSimilar:
		m.Kind = ast.Similar
		p.expect(kwTo)
	}
	if p.quantifierHere() {
		return p.quantified(start, &ast.Quantified{X: left, Match: true, Kind: m.Kind, Not: not})
	}
	m.Pattern = p.exprAt(bpOther)
	if p.accept(kwEscape) {
		m.Escape = p.exprAt(bpOther)
	}
	m.Span = p.from(start)
	return m
}

func (p *parser) between(start int, left ast.Expr, not bool) ast.Expr {
	if !p.accept(kwAsymmetric) {
		if p.is(kwSymmetric) {
			p.unsupported(p.start(), "BETWEEN SYMMETRIC")
		}
	}
	lo := p.exprAt(bpOther)
	p.expect(kwAnd)
	hi := p.exprAt(bpOther)
	return &ast.Between{Span: p.from(start), X: left, Lo: lo, Hi: hi, Not: not}
}

func (p *parser) in(start int, left ast.Expr, not bool) ast.Expr {
	if !p.is(opLParen) {
		value := p.exprAt(bpOther)
		e := p.callOf(start, "contains", value, left)
		if not {
			e = &ast.Unary{Span: e.At(), Op: ast.OpNot, X: e}
		}
		return e
	}
	in := &ast.In{X: left, Not: not}
	p.advance()
	if p.queryHere() {
		in.Query = p.query()
	} else {
		if !p.is(opRParen) {
			p.commaList(func() { in.List = append(in.List, p.expr()) })
		}
		if s := p.soleQuery(in.List); s != nil {
			in.Query, in.List = p.continued(s), nil
		}
	}
	p.expect(opRParen)
	in.Span = p.from(start)
	return in
}

// soleQuery returns the query of a list that is just a subquery in parentheses, which counts as the query itself.
func (p *parser) soleQuery(list []ast.Expr) *ast.Query {
	if len(list) == 1 {
		if s, ok := list[0].(*ast.Subquery); ok && !s.Array {
			return s.Query
		}
	}
	return nil
}

// quantifierHere reports whether ANY, SOME or ALL with its parenthesis comes next.
func (p *parser) quantifierHere() bool {
	switch p.cur().id {
	case kwAny, kwSome, kwAll:
		return p.isAt(1, opLParen)
	}
	return false
}

// quantified completes an operator before ANY (…) or ALL (…).
func (p *parser) quantified(start int, q *ast.Quantified) ast.Expr {
	q.All = p.is(kwAll)
	p.advance()
	p.advance()
	if p.queryHere() {
		q.Query = p.query()
	} else {
		q.Operand = p.expr()
		if s := p.soleQuery([]ast.Expr{q.Operand}); s != nil {
			q.Query, q.Operand = p.continued(s), nil
		}
	}
	p.expect(opRParen)
	q.Span = p.from(start)
	return q
}
