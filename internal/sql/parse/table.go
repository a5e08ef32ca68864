package parse

import (
	"strings"

	"github.com/siksik-data/siksik/internal/sql/ast"
)

// tableRefs parses the comma-separated list after FROM.
func (p *parser) tableRefs() []ast.TableRef {
	var list []ast.TableRef
	p.commaList(func() { list = append(list, p.tableRef()) })
	return list
}

// tableRef parses a table with the joins that follow it.
func (p *parser) tableRef() ast.TableRef {
	start := p.start()
	if !p.enter() {
		return &ast.Table{}
	}
	left := p.tablePrimary()
	left = p.joins(start, left)
	p.leave()
	return left
}

func (p *parser) joins(start int, left ast.TableRef) ast.TableRef {
	for n := 1; ; n++ {
		j, ok := p.joinOperator()
		if !ok {
			return left
		}
		p.grow(n)
		j.L = left
		j.R = p.tablePrimary()
		if j.Kind != ast.CrossJoin && j.Kind != ast.PositionalJoin && !j.Natural {
			p.joinCondition(j)
		}
		j.Span = p.from(start)
		left = j
	}
}

// joinOperator takes the words up to JOIN, if they come next.
func (p *parser) joinOperator() (*ast.Join, bool) {
	j := &ast.Join{}
	k := 0
	for ; ; k++ {
		switch p.peek(k).id {
		case kwNatural:
			j.Natural = true
		case kwAsof:
			j.Asof = true
		case kwInner, kwOuter:
		case kwLeft:
			j.Kind = ast.LeftJoin
		case kwRight:
			j.Kind = ast.RightJoin
		case kwFull:
			j.Kind = ast.FullJoin
		case kwSemi:
			j.Kind = ast.SemiJoin
		case kwAnti:
			j.Kind = ast.AntiJoin
		case kwCross:
			j.Kind = ast.CrossJoin
		case kwPositional:
			j.Kind = ast.PositionalJoin
		case kwJoin:
			for range k + 1 {
				p.advance()
			}
			return j, true
		default:
			if k > 0 {
				for range k {
					p.advance()
				}
				p.expected("JOIN")
			}
			return nil, false
		}
	}
}

// joinCondition parses ON or USING. A condition may follow a nested join first: a JOIN b JOIN c ON … ON ….
func (p *parser) joinCondition(j *ast.Join) {
	if !p.is(kwOn) && !p.is(kwUsing) {
		start := j.R.At().Start
		if !p.enter() {
			return
		}
		if inner, ok := p.joinOperator(); ok {
			inner.L, inner.R = j.R, p.tablePrimary()
			if inner.Kind != ast.CrossJoin && inner.Kind != ast.PositionalJoin && !inner.Natural {
				p.joinCondition(inner)
			}
			inner.Span = p.from(start)
			j.R = inner
		}
		p.leave()
	}
	switch {
	case p.accept(kwOn):
		j.On = p.expr()
	case p.is(kwUsing) && !p.isAt(1, kwSample):
		p.advance()
		j.Using = p.usingList()
	default:
		p.expected("ON or USING")
	}
}

func (p *parser) usingList() []ast.Ident {
	var ids []ast.Ident
	p.expect(opLParen)
	p.commaList(func() { ids = append(ids, p.labelIdent("a column name")) })
	p.expect(opRParen)
	return ids
}

// tablePrimary parses a table reference without joins, with its alias, pivots and sample.
func (p *parser) tablePrimary() ast.TableRef {
	start := p.start()
	var before ast.Ident
	if t := p.cur(); p.isAt(1, opColon) && (t.colID() || t.kind == String) {
		before = p.take()
		p.advance()
	}
	t := p.plainTable(start, before)
	for n := 0; p.is(kwPivot) || p.is(kwUnpivot); n++ {
		p.grow(n)
		if p.is(kwPivot) {
			t = p.pivotTable(start, t)
		} else {
			t = p.unpivotTable(start, t)
		}
	}
	return t
}

func (p *parser) plainTable(start int, before ast.Ident) ast.TableRef {
	lateral := p.accept(kwLateral)
	tok := p.cur()
	switch {
	case p.is(opLParen):
		return p.parenTable(start, lateral, before)
	case tok.kind == String:
		p.advance()
		t := &ast.Table{File: p.stringValue(tok)}
		t.Alias, t.Sample = p.tableTail(before)
		t.Span = p.from(start)
		return t
	case p.are(kwValues, opLParen):
		at := p.start()
		q := &ast.Query{Body: p.values()}
		q.Span = p.from(at)
		return p.tableQuery(start, q, lateral, before)
	case tok.kind == Word && tok.class == ast.Reserved, !tok.label():
		p.expected("a table")
		return &ast.Table{}
	}
	nameStart := p.start()
	name := p.anyName("a table")
	if p.is(opLParen) {
		return p.tableFunc(start, nameStart, name, lateral, before)
	}
	if tok.class == ast.TypeOrFunction && len(name) == 1 {
		p.i--
		p.expected("a table")
	}
	t := &ast.Table{Name: name}
	t.Alias, t.Sample = p.tableTail(before)
	t.Span = p.from(start)
	return t
}

func (p *parser) tableFunc(start, nameStart int, name ast.Name, lateral bool, before ast.Ident) ast.TableRef {
	f := &ast.Func{Name: name}
	p.callRest(nameStart, f)
	for i := range f.Args {
		nameArg(&f.Args[i])
	}
	t := &ast.TableFunc{Call: f, Lateral: lateral}
	t.Ordinality = p.acceptAll(kwWith, kwOrdinality)
	t.Alias, t.Sample = p.tableTail(before)
	t.Span = p.from(start)
	return t
}

// nameArg reads name = value as a named argument, which it is in the call of a table function.
func nameArg(a *ast.Arg) {
	b, ok := a.Value.(*ast.Binary)
	if !ok || b.Op != ast.OpEq || !a.Name.Empty() {
		return
	}
	if c, ok := b.L.(*ast.ColumnRef); ok && len(c.Parts) == 1 {
		a.Name, a.Value = c.Parts[0], b.R
	}
}

// tableQuery completes a subquery in FROM after its parentheses.
func (p *parser) tableQuery(start int, q *ast.Query, lateral bool, before ast.Ident) ast.TableRef {
	t := &ast.TableQuery{Query: q, Lateral: lateral}
	t.Alias, t.Sample = p.tableTail(before)
	t.Span = p.from(start)
	return t
}

// parenTable parses a subquery, or a join in parentheses. Only what follows the first operand tells
// ((SELECT 1) UNION …) from ((SELECT 1) JOIN …).
func (p *parser) parenTable(start int, lateral bool, before ast.Ident) ast.TableRef {
	if p.queryAt(1) {
		return p.tableQuery(start, p.parenQuery(), lateral, before)
	}
	p.advance()
	inner := p.tableRef()
	if q := bareTableQuery(inner); q != nil {
		q = p.continued(q)
		p.expect(opRParen)
		return p.tableQuery(start, q, lateral, before)
	}
	p.expect(opRParen)
	alias, sample := p.tableTail(before)
	if alias.Name.Empty() && sample == nil {
		return inner
	}
	if j, ok := inner.(*ast.Join); ok && sample == nil && j.Alias.Name.Empty() {
		j.Alias, j.Span = alias, p.from(start)
		return j
	}
	// A lone table in parentheses with an alias outside is a subquery.
	body := p.starFrom(start, inner)
	q := &ast.Query{Span: body.Span, Body: body}
	return &ast.TableQuery{Span: body.Span, Query: q, Alias: alias, Sample: sample}
}

// bareTableQuery returns the query of a subquery in FROM that has nothing else.
func bareTableQuery(t ast.TableRef) *ast.Query {
	q, ok := t.(*ast.TableQuery)
	if !ok || q.Lateral || !q.Alias.Name.Empty() || len(q.Alias.Columns) > 0 || q.Sample != nil {
		return nil
	}
	return q.Query
}

// tableTail parses the alias and sample after a table.
func (p *parser) tableTail(before ast.Ident) (ast.Alias, *ast.Sample) {
	a := ast.Alias{Name: before}
	switch t := p.cur(); {
	case !before.Empty():
	case p.are(kwAs, opLParen):
		p.advance()
	case t.id == kwAs, t.colID() && !p.aliasStop(), t.kind == String:
		a.Name = p.alias()
	}
	if p.is(opLParen) && (p.peek(1).label() || p.peek(1).kind == String) {
		p.aliasColumns(&a)
	}
	if p.is(kwNot) && p.isWord(1, "indexed") {
		// SQLite's hint against indexes says nothing here.
		p.advance()
		p.advance()
	}
	var s *ast.Sample
	if p.accept(kwTablesample) {
		s = p.sample()
	}
	return a, s
}

// aliasStop reports whether an unreserved keyword after a table starts a clause rather than being an alias.
func (p *parser) aliasStop() bool {
	switch p.cur().id {
	case kwSet:
		return p.isAt(2, opEq) || p.isAt(2, opComma) || p.isAt(2, opDot) || p.isAt(1, opLParen)
	case kwWithin, kwSample:
		return p.isAt(1, opLParen)
	}
	return false
}

// aliasColumns parses (a, b) or (a INTEGER, b VARCHAR) after an alias.
func (p *parser) aliasColumns(a *ast.Alias) {
	p.advance()
	p.commaList(func() {
		a.Columns = append(a.Columns, p.nameOrString("a column name"))
		if !p.is(opComma) && !p.is(opRParen) {
			a.Types = append(a.Types, p.typeName())
		}
	})
	if len(a.Types) > 0 && len(a.Types) != len(a.Columns) {
		p.expected("a type for every column, or for none")
	}
	p.expect(opRParen)
}

// sample parses 10%, 10 ROWS (method, seed), method(10%) and REPEATABLE (seed).
func (p *parser) sample() *ast.Sample {
	start := p.start()
	s := &ast.Sample{}
	size := func() {
		s.Size = p.exprAt(bpUnary)
		switch {
		case p.accept(opMod), p.accept(kwPercent):
			s.Percent = true
		default:
			p.accept(kwRows)
		}
	}
	switch {
	case p.is(opLParen), p.cur().label() && p.isAt(1, opLParen):
		if !p.is(opLParen) {
			s.Method = p.take()
		}
		p.advance()
		size()
		p.expect(opRParen)
	default:
		size()
		if p.is(opLParen) && p.peek(1).kind == Word {
			p.advance()
			s.Method = p.take()
			if p.accept(opComma) {
				s.Seed = p.expr()
			}
			p.expect(opRParen)
		}
	}
	if p.acceptAll(kwRepeatable, opLParen) {
		s.Seed = p.expr()
		p.expect(opRParen)
	}
	s.Method.Name = strings.ToLower(s.Method.Name)
	s.Span = p.from(start)
	return s
}
