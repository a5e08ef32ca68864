package parse

import "github.com/siksik-data/siksik/internal/sql/ast"

// pivotStatement parses PIVOT table ON … USING … GROUP BY ….
func (p *parser) pivotStatement() ast.Body {
	start := p.start()
	p.advance()
	t := &ast.Pivot{Source: p.tableRef()}
	if p.accept(kwOn) {
		p.commaList(func() { t.On = append(t.On, p.pivotColumn()) })
	}
	if p.accept(kwUsing) {
		t.Using = p.selectItems()
	}
	if p.acceptAll(kwGroup, kwBy) {
		p.commaList(func() { t.GroupBy = append(t.GroupBy, p.expr()) })
	}
	t.Span = p.from(start)
	return p.starFrom(start, t)
}

// pivotColumn parses expr [IN (values) | IN enum].
func (p *parser) pivotColumn() ast.PivotColumn {
	c := ast.PivotColumn{X: p.exprAt(bpOther)}
	if !p.accept(kwIn) {
		return c
	}
	if !p.is(opLParen) {
		c.Enum = p.ident("the name of an enum type")
		return c
	}
	p.advance()
	if p.queryHere() {
		c.Query = p.query()
	} else {
		c.In = p.selectItems()
	}
	p.expect(opRParen)
	return c
}

// pivotTable parses PIVOT (aggregates FOR column IN (…) GROUP BY …) after a table.
func (p *parser) pivotTable(start int, source ast.TableRef) ast.TableRef {
	t := &ast.Pivot{Source: source}
	p.advance()
	p.expect(opLParen)
	if !p.is(kwFor) && !p.is(kwGroup) && !p.is(opRParen) {
		p.commaList(func() { t.Using = append(t.Using, p.selectItem()) })
	}
	if p.accept(kwFor) {
		t.On = append(t.On, p.pivotColumn())
		for !p.is(opRParen) && !p.is(kwGroup) && p.err == nil {
			p.accept(opComma)
			t.On = append(t.On, p.pivotColumn())
		}
	}
	if p.acceptAll(kwGroup, kwBy) {
		p.commaList(func() { t.GroupBy = append(t.GroupBy, p.expr()) })
	}
	p.expect(opRParen)
	t.Alias, _ = p.tableTail(ast.Ident{})
	t.Span = p.from(start)
	return t
}

// unpivotStatement parses UNPIVOT table ON columns INTO NAME name VALUE values.
func (p *parser) unpivotStatement() ast.Body {
	start := p.start()
	p.advance()
	t := &ast.Unpivot{Source: p.tableRef()}
	t.IncludeNulls = p.includeNulls()
	p.expect(kwOn)
	p.commaList(func() { t.On = append(t.On, p.unpivotItem()) })
	if p.accept(kwInto) {
		if p.acceptWord("name") {
			t.Names = append(t.Names, p.ident("the name of a column"))
		}
		if p.accept(kwValue) || p.acceptWord("values") {
			p.commaList(func() { t.Values = append(t.Values, p.ident("the name of a column")) })
		}
	}
	if t.Names == nil {
		t.Names = []ast.Ident{{Span: p.from(p.start()), Name: "name"}}
	}
	if t.Values == nil {
		t.Values = []ast.Ident{{Span: p.from(p.start()), Name: "value"}}
	}
	t.Span = p.from(start)
	return p.starFrom(start, t)
}

func (p *parser) includeNulls() bool {
	if p.acceptAll(kwInclude, kwNulls) {
		return true
	}
	p.acceptAll(kwExclude, kwNulls)
	return false
}

// unpivotItem parses a column, or several in parentheses, with the name that stands for it.
func (p *parser) unpivotItem() ast.SelectItem {
	x := p.expr()
	item := ast.SelectItem{X: x}
	if p.is(kwAs) || p.cur().colID() && !p.is(kwInclude) || p.cur().kind == String {
		item.Alias = p.alias()
	}
	return item
}

// unpivotTable parses UNPIVOT [INCLUDE NULLS] (values FOR names IN (columns)) after a table.
func (p *parser) unpivotTable(start int, source ast.TableRef) ast.TableRef {
	t := &ast.Unpivot{Source: source}
	p.advance()
	t.IncludeNulls = p.includeNulls()
	p.expect(opLParen)
	t.Values = p.unpivotNames()
	p.expect(kwFor)
	t.Names = p.unpivotNames()
	p.expect(kwIn)
	p.oneOrList(func() { t.On = append(t.On, p.unpivotItem()) })
	p.expect(opRParen)
	t.Alias, _ = p.tableTail(ast.Ident{})
	t.Span = p.from(start)
	return t
}

func (p *parser) unpivotNames() []ast.Ident {
	if p.is(opLParen) {
		return p.identList()
	}
	return []ast.Ident{p.nameOrString("the name of a column")}
}
