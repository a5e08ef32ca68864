package parse

import "github.com/siksik-data/siksik/internal/sql/ast"

// queryHere reports whether a query starts at the current token, with or without opening parentheses.
func (p *parser) queryHere() bool { return p.queryAt(0) }

// queryAt reports whether the token k places ahead starts a query. Parentheses do not count: they may hold anything.
func (p *parser) queryAt(k int) bool {
	if k == 1 && !p.is(opLParen) {
		return false
	}
	next := p.peek(k + 1)
	switch p.peek(k).id {
	case kwSelect, kwWith, kwPivot, kwUnpivot, kwDescribe, kwDesc, kwSummarize, kwShow, kwFrom:
		return true
	case kwValues:
		return next.id == opLParen
	case kwTable:
		return next.colID()
	}
	return false
}

// queryGoesOn reports whether what follows a parenthesised query makes it a part of a larger one.
func (p *parser) queryGoesOn() bool {
	switch p.cur().id {
	case kwUnion, kwIntersect, kwExcept, kwOrder, kwLimit, kwOffset:
		return true
	}
	return false
}

// query parses a query with its WITH, ORDER BY and LIMIT.
func (p *parser) query() *ast.Query {
	start := p.start()
	if !p.enter() {
		return &ast.Query{Body: &ast.Select{}}
	}
	q := &ast.Query{With: p.with()}
	q.Body = p.setOps(start, p.bodyOperand(), false)
	p.tail(start, q)
	p.leave()
	return q
}

// continued completes a query whose first operand, in parentheses, is q.
func (p *parser) continued(q *ast.Query) *ast.Query {
	if !p.queryGoesOn() {
		return q
	}
	outer := &ast.Query{Body: p.setOps(q.Start, unwrap(q), false)}
	p.tail(q.Start, outer)
	return outer
}

// tail parses ORDER BY, LIMIT and OFFSET.
func (p *parser) tail(start int, q *ast.Query) {
	if p.acceptAll(kwOrder, kwBy) {
		q.OrderBy = p.orderItems()
	}
	at := p.start()
	var l ast.Limit
	for more := true; more; {
		switch {
		case l.Count == nil && p.accept(kwLimit):
			l.Count = p.limitCount(&l)
		case l.Offset == nil && p.accept(kwOffset):
			l.Offset = p.expr()
			if !p.accept(kwRow) {
				p.accept(kwRows)
			}
		case l.Count == nil && p.is(kwFetch):
			l.Count = p.fetch()
		default:
			more = false
		}
	}
	if l.Count != nil || l.Offset != nil {
		l.Span = p.from(at)
		q.Limit = &l
	}
	q.Span = p.from(start)
}

func (p *parser) limitCount(l *ast.Limit) ast.Expr {
	if p.accept(kwAll) {
		return nil
	}
	count := p.expr()
	l.Percent = p.accept(opMod) || p.accept(kwPercent)
	return count
}

// fetch parses FETCH FIRST n ROWS ONLY.
func (p *parser) fetch() ast.Expr {
	p.advance()
	if !p.accept(kwFirst) && !p.acceptWord("next") {
		p.expected("FIRST or NEXT")
	}
	var count ast.Expr = &ast.Number{Span: p.from(p.start()), Text: "1"}
	if !p.is(kwRow) && !p.is(kwRows) {
		count = p.exprAt(bpUnary)
	}
	if !p.accept(kwRow) {
		p.expect(kwRows)
	}
	p.expect(kwOnly)
	return count
}

// with parses the WITH clause, if there is one.
func (p *parser) with() *ast.With {
	if !p.is(kwWith) {
		return nil
	}
	start := p.start()
	p.advance()
	w := &ast.With{Recursive: p.accept(kwRecursive)}
	p.commaList(func() { w.CTEs = append(w.CTEs, p.cte()) })
	w.Span = p.from(start)
	return w
}

func (p *parser) cte() ast.CTE {
	start := p.start()
	var c ast.CTE
	if p.cur().kind == String {
		c.Name = p.take()
	} else {
		c.Name = p.ident("the name of a common table expression")
	}
	if p.is(opLParen) {
		c.Columns = p.identList()
	}
	if p.acceptAll(kwUsing, kwKey) {
		p.expect(opLParen)
		p.commaList(func() { c.Key = append(c.Key, p.expr()) })
		p.expect(opRParen)
	}
	p.expect(kwAs)
	switch {
	case p.accept(kwMaterialized):
		c.Materialized = ast.MaterializeAlways
	case p.acceptAll(kwNot, kwMaterialized):
		c.Materialized = ast.MaterializeNever
	}
	p.expect(opLParen)
	c.Statement = p.statement()
	p.expect(opRParen)
	c.Span = p.from(start)
	return c
}

// setOps parses UNION, INTERSECT and EXCEPT after the operand left. INTERSECT binds tighter than the others, which
// tight says to stop at.
func (p *parser) setOps(start int, left ast.Body, tight bool) ast.Body {
	for n := 1; ; n++ {
		op := &ast.SetOp{L: left}
		switch {
		case p.is(kwIntersect):
			op.Kind = ast.Intersect
		case tight:
			return left
		case p.is(kwUnion):
		case p.is(kwExcept):
			op.Kind = ast.Except
		default:
			return left
		}
		p.grow(n)
		p.advance()
		if op.All = p.accept(kwAll); !op.All {
			p.accept(kwDistinct)
		}
		op.ByName = p.acceptAll(kwBy, kwName)
		right := p.start()
		op.R = p.bodyOperand()
		if op.Kind != ast.Intersect {
			op.R = p.setOps(right, op.R, true)
		}
		op.Span = p.from(start)
		left = op
	}
}

// unwrap drops the parentheses of a query that has nothing but a body.
func unwrap(q *ast.Query) ast.Body {
	if q.With == nil && q.OrderBy == nil && q.Limit == nil {
		return q.Body
	}
	return q
}

// bodyOperand parses one operand of a set operation.
func (p *parser) bodyOperand() ast.Body {
	switch start := p.start(); p.cur().id {
	case opLParen:
		return unwrap(p.parenQuery())
	case kwSelect, kwFrom:
		return p.selectBody()
	case kwValues:
		return p.values()
	case kwTable:
		p.advance()
		name := p.name("the name of a table")
		return p.starFrom(start, &ast.Table{Span: p.from(start), Name: name})
	case kwPivot:
		return p.pivotStatement()
	case kwUnpivot:
		return p.unpivotStatement()
	case kwDescribe, kwDesc:
		return p.describe()
	case kwSummarize:
		return p.summarize()
	case kwShow:
		return p.show()
	}
	p.expected("a query")
	return &ast.Select{}
}

// starFrom makes SELECT * FROM t, ending at the last token used.
func (p *parser) starFrom(start int, t ast.TableRef) *ast.Select {
	span := p.from(start)
	return &ast.Select{Span: span, Items: []ast.SelectItem{{X: &ast.Star{Span: span}}}, From: []ast.TableRef{t}}
}

func (p *parser) values() ast.Body {
	start := p.start()
	p.advance()
	v := &ast.Values{}
	p.commaList(func() {
		var row []ast.Expr
		p.expect(opLParen)
		p.commaList(func() { row = append(row, p.expr()) })
		p.expect(opRParen)
		v.Rows = append(v.Rows, row)
	})
	v.Span = p.from(start)
	return v
}

func (p *parser) selectBody() ast.Body {
	start := p.start()
	s := &ast.Select{}
	if p.accept(kwFrom) {
		s.From = p.tableRefs()
	}
	if p.accept(kwSelect) {
		p.selectList(s)
	} else {
		s.Items = []ast.SelectItem{{X: &ast.Star{Span: p.from(start)}}}
	}
	if s.From == nil && p.accept(kwFrom) {
		s.From = p.tableRefs()
	}
	if p.accept(kwWhere) {
		s.Where = p.expr()
	}
	if p.acceptAll(kwGroup, kwBy) {
		s.GroupBy = p.groupBy()
	}
	if p.accept(kwHaving) {
		s.Having = p.expr()
	}
	if p.accept(kwWindow) {
		p.commaList(func() {
			if p.is(kwPartition) || p.is(kwRange) || p.is(kwRows) || p.is(kwGroups) {
				p.expected("the name of a window")
			}
			w := ast.NamedWindow{Name: p.ident("the name of a window")}
			p.expect(kwAs)
			w.Window = p.window()
			s.Windows = append(s.Windows, w)
		})
	}
	if p.accept(kwQualify) {
		s.Qualify = p.expr()
	}
	if p.acceptAll(kwUsing, kwSample) {
		s.Sample = p.sample()
	}
	s.Span = p.from(start)
	return s
}

func (p *parser) selectList(s *ast.Select) {
	switch {
	case p.accept(kwDistinct):
		s.Distinct = true
		if p.accept(kwOn) {
			p.expect(opLParen)
			p.commaList(func() { s.DistinctOn = append(s.DistinctOn, p.expr()) })
			p.expect(opRParen)
		}
	case p.accept(kwAll):
	}
	s.Items = p.selectItems()
}

func (p *parser) selectItems() []ast.SelectItem {
	var items []ast.SelectItem
	p.commaList(func() { items = append(items, p.selectItem()) })
	return items
}

// selectItem parses expr [AS] alias, or alias: expr.
func (p *parser) selectItem() ast.SelectItem {
	if t := p.cur(); p.isAt(1, opColon) && (t.colID() || t.kind == String) {
		alias := p.take()
		p.advance()
		return ast.SelectItem{X: p.expr(), Alias: alias}
	}
	x := p.expr()
	return ast.SelectItem{X: x, Alias: p.alias()}
}

func (p *parser) groupBy() *ast.GroupBy {
	start := p.start()
	g := &ast.GroupBy{}
	if g.All = p.accept(kwAll) || p.is(opStar) && p.accept(opStar); !g.All {
		p.commaList(func() { g.Elements = append(g.Elements, p.groupElement()) })
	}
	g.Span = p.from(start)
	return g
}

func (p *parser) groupElement() ast.GroupElement {
	start := p.start()
	var e ast.GroupElement
	if !p.enter() {
		return e
	}
	switch {
	case p.acceptAll(opLParen, opRParen):
		e.Kind = ast.GroupEmpty
	case p.acceptAll(kwRollup, opLParen):
		e.Kind = ast.GroupRollup
	case p.acceptAll(kwCube, opLParen):
		e.Kind = ast.GroupCube
	case p.acceptAll(kwGrouping, kwSets, opLParen):
		e.Kind = ast.GroupSets
	default:
		e.X = p.expr()
	}
	if e.Kind >= ast.GroupRollup {
		p.commaList(func() { e.Elements = append(e.Elements, p.groupElement()) })
		p.expect(opRParen)
	}
	p.leave()
	e.Span = p.from(start)
	return e
}
