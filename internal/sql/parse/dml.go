package parse

import "github.com/siksik-data/siksik/internal/sql/ast"

func (p *parser) insert(start int, with *ast.With) ast.Statement {
	s := &ast.Insert{With: with, Replace: p.is(kwReplace)}
	p.advance()
	switch {
	case p.acceptAll(kwOr, kwReplace):
		s.Replace = true
	case p.acceptAll(kwOr, kwIgnore):
		s.Ignore = true
	}
	p.expect(kwInto)
	s.Table = p.name("a table")
	if p.accept(kwAs) {
		s.Alias = p.ident("an alias")
	}
	if p.is(opLParen) && p.peek(1).label() && !p.queryAt(1) {
		s.Columns = p.usingList()
	}
	if p.acceptAll(kwBy, kwName) {
		s.ByName = true
	} else {
		p.acceptAll(kwBy, kwPosition)
	}
	if !p.acceptAll(kwDefault, kwValues) {
		s.Query = p.query()
	}
	if p.acceptAll(kwOn, kwConflict) {
		s.Conflict = p.conflict()
	}
	s.Returning = p.returning()
	s.Span = p.from(start)
	return s
}

func (p *parser) conflict() *ast.Conflict {
	start := p.start()
	c := &ast.Conflict{}
	if p.is(opLParen) {
		c.Columns = p.identList()
		if p.accept(kwWhere) {
			c.TargetWhere = p.expr()
		}
	}
	p.expect(kwDo)
	if !p.accept(kwNothing) {
		p.expect(kwUpdate)
		p.expect(kwSet)
		c.Set = p.assignments()
		if p.accept(kwWhere) {
			c.Where = p.expr()
		}
	}
	c.Span = p.from(start)
	return c
}

func (p *parser) returning() []ast.SelectItem {
	if p.accept(kwReturning) {
		return p.selectItems()
	}
	return nil
}

func (p *parser) assignments() []ast.Assignment {
	var list []ast.Assignment
	p.commaList(func() {
		var a ast.Assignment
		p.oneOrList(func() { a.Columns = append(a.Columns, p.name("a column name")) })
		p.expect(opEq)
		a.Value = p.expr()
		list = append(list, a)
	})
	return list
}

// targetAlias parses the alias of the table that a statement changes.
func (p *parser) targetAlias() ast.Ident {
	if p.is(kwAs) || p.cur().colID() && !p.is(kwSet) {
		return p.alias()
	}
	return ast.Ident{}
}

func (p *parser) update(start int, with *ast.With) ast.Statement {
	s := &ast.Update{With: with}
	p.advance()
	s.Table = p.name("a table")
	s.Alias = p.targetAlias()
	p.expect(kwSet)
	s.Set = p.assignments()
	if p.accept(kwFrom) {
		s.From = p.tableRefs()
	}
	if p.accept(kwWhere) {
		s.Where = p.expr()
	}
	s.Returning = p.returning()
	s.Span = p.from(start)
	return s
}

func (p *parser) delete(start int, with *ast.With) ast.Statement {
	s := &ast.Delete{With: with, Truncate: p.is(kwTruncate)}
	p.advance()
	if s.Truncate {
		p.accept(kwTable)
	} else {
		p.expect(kwFrom)
	}
	s.Table = p.name("a table")
	s.Alias = p.targetAlias()
	if p.accept(kwUsing) {
		s.Using = p.tableRefs()
	}
	if p.accept(kwWhere) {
		s.Where = p.expr()
	}
	s.Returning = p.returning()
	s.Span = p.from(start)
	return s
}

func (p *parser) merge(start int, with *ast.With) ast.Statement {
	s := &ast.Merge{With: with}
	p.advance()
	p.expect(kwInto)
	s.Table = p.name("a table")
	s.Alias = p.targetAlias()
	p.expect(kwUsing)
	s.Source = p.tablePrimary()
	if p.accept(kwUsing) {
		s.Using = p.usingList()
	} else {
		p.expect(kwOn)
		s.On = p.expr()
	}
	for p.is(kwWhen) {
		s.Whens = append(s.Whens, p.mergeWhen())
	}
	if s.Whens == nil {
		p.expected("WHEN")
	}
	s.Returning = p.returning()
	s.Span = p.from(start)
	return s
}

func (p *parser) mergeWhen() ast.MergeWhen {
	start := p.start()
	var w ast.MergeWhen
	p.expect(kwWhen)
	if p.accept(kwNot) {
		w.Match = ast.NotMatchedByTarget
	}
	p.expect(kwMatched)
	if w.Match == ast.NotMatchedByTarget && p.accept(kwBy) {
		if p.accept(kwSource) {
			w.Match = ast.NotMatchedBySource
		} else {
			p.expect(kwTarget)
		}
	}
	if p.accept(kwAnd) {
		w.Cond = p.expr()
	}
	p.expect(kwThen)
	p.mergeAction(&w)
	w.Span = p.from(start)
	return w
}

func (p *parser) mergeAction(w *ast.MergeWhen) {
	byName := func() {
		if w.ByName = p.acceptAll(kwBy, kwName); !w.ByName {
			p.acceptAll(kwBy, kwPosition)
		}
	}
	switch {
	case p.accept(kwUpdate):
		w.Verb = ast.MergeUpdate
		byName()
		if p.accept(kwSet) && !p.accept(opStar) {
			w.Set = p.assignments()
		}
	case p.accept(kwDelete):
		w.Verb = ast.MergeDelete
	case p.accept(kwInsert):
		w.Verb = ast.MergeInsert
		byName()
		if p.accept(opStar) {
			return
		}
		if p.is(opLParen) {
			w.Columns = p.identList()
		}
		switch {
		case p.acceptAll(kwDefault, kwValues):
			w.Default = true
		case p.accept(kwValues):
			p.expect(opLParen)
			p.commaList(func() { w.Values = append(w.Values, p.expr()) })
			p.expect(opRParen)
		}
	case p.acceptAll(kwDo, kwNothing):
		w.Verb = ast.MergeNothing
	case p.acceptWord("error"):
		w.Verb = ast.MergeError
		if !p.is(kwWhen) && !p.is(opSemicolon) && !p.done() {
			w.Message = p.expr()
		}
	default:
		p.expected("UPDATE, DELETE, INSERT, DO NOTHING or ERROR")
	}
}
