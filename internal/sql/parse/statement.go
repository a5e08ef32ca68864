package parse

import (
	"strings"

	"github.com/siksik-data/siksik/internal/sql/ast"
)

// statement parses one statement, which ends where no rule goes on.
func (p *parser) statement() ast.Statement {
	if !p.enter() {
		return &ast.Query{}
	}
	defer p.leave()
	start := p.start()
	switch p.cur().id {
	case kwExplain:
		return p.explain()
	case kwWith:
		return p.withStatement()
	case kwDescribe, kwDesc, kwSummarize, kwShow:
		return p.metaQuery()
	case kwCreate:
		return p.create()
	case kwDrop:
		return p.drop()
	case kwAlter:
		return p.alter()
	case kwInsert, kwReplace:
		return p.insert(start, nil)
	case kwUpdate:
		return p.update(start, nil)
	case kwDelete, kwTruncate:
		return p.delete(start, nil)
	case kwMerge:
		return p.merge(start, nil)
	case kwCopy:
		return p.copyStatement()
	case kwSet, kwReset, kwPragma, kwUse:
		return p.setting()
	case kwPrepare, kwExecute, kwDeallocate, kwCall:
		return p.prepared()
	case kwBegin, kwStart, kwCommit, kwEnd, kwRollback, kwAbort:
		return p.transaction()
	case kwAnalyze, kwVacuum, kwCheckpoint, kwLoad, kwInstall, kwReindex:
		return p.maintenance()
	}
	if p.queryHere() || p.is(opLParen) {
		return p.query()
	}
	if p.cur().kind == Word && unsupportedVerbs[strings.ToLower(p.text(p.cur()))] {
		p.unsupported(start, strings.ToUpper(p.text(p.cur())))
	}
	p.expected("a statement")
	return &ast.Query{}
}

// unsupportedVerbs start statements of the dialect that a query engine without storage of its own has no use for yet.
var unsupportedVerbs = map[string]bool{"attach": true, "detach": true, "comment": true, "export": true, "import": true,
	"grant": true, "revoke": true, "lock": true, "declare": true, "listen": true, "notify": true, "refresh": true}

// withStatement parses WITH before a query, INSERT, UPDATE, DELETE or MERGE.
func (p *parser) withStatement() ast.Statement {
	start := p.start()
	w := p.with()
	switch p.cur().id {
	case kwInsert:
		return p.insert(start, w)
	case kwUpdate:
		return p.update(start, w)
	case kwDelete:
		return p.delete(start, w)
	case kwMerge:
		return p.merge(start, w)
	}
	q := &ast.Query{With: w}
	q.Body = p.setOps(start, p.bodyOperand(), false)
	p.tail(start, q)
	return q
}

// metaQuery parses DESCRIBE, SUMMARIZE and SHOW, which are queries where something follows them.
func (p *parser) metaQuery() ast.Statement {
	q := p.query()
	if s, ok := unwrap(q).(ast.Statement); ok {
		return s
	}
	return q
}

func (p *parser) describe() ast.Body {
	start := p.start()
	p.advance()
	d := &ast.Describe{}
	d.Query, d.Table = p.target()
	d.Span = p.from(start)
	return d
}

func (p *parser) summarize() ast.Body {
	start := p.start()
	p.advance()
	s := &ast.Summarize{}
	if s.Query, s.Table = p.target(); s.Query == nil && s.Table == nil {
		p.expected("a query or table")
	}
	s.Span = p.from(start)
	return s
}

// target parses the query or table after DESCRIBE and SUMMARIZE, if there is one.
func (p *parser) target() (*ast.Query, ast.TableRef) {
	switch {
	case p.queryHere(), p.is(opLParen):
		return p.operandQuery(), nil
	case p.cur().label() && p.cur().class != ast.Reserved, p.cur().kind == String:
		return nil, p.tablePrimary()
	}
	return nil, nil
}

// operandQuery parses the query after DESCRIBE. In (DESCRIBE a) UNION …, the query ends with the parenthesis.
func (p *parser) operandQuery() *ast.Query { return p.query() }

func (p *parser) show() ast.Body {
	start := p.start()
	p.advance()
	if p.queryHere() || p.is(opLParen) {
		return &ast.Describe{Query: p.query(), Span: p.from(start)}
	}
	var words []string
	p.accept(kwAll)
	if p.toks[p.i-1].id == kwAll {
		words = append(words, "all")
	}
	first := p.cur()
	n := p.anyName("TABLES, a table, or a setting")
	for _, id := range n {
		words = append(words, strings.ToLower(id.Name))
	}
	if len(n) > 1 || first.kind == Quoted {
		t := &ast.Table{Name: n}
		t.Span = p.from(start)
		return &ast.Describe{Table: t, Span: p.from(start)}
	}
	s := &ast.Show{What: strings.Join(words, " ")}
	if p.accept(kwFrom) {
		s.From = p.anyName("a catalog or schema")
	}
	s.Span = p.from(start)
	return s
}

func (p *parser) explain() ast.Statement {
	start := p.start()
	p.advance()
	e := &ast.Explain{Analyze: p.accept(kwAnalyze)}
	if p.is(opLParen) && !p.queryAt(1) && !p.isAt(1, opLParen) {
		e.Options = p.options()
		for _, o := range e.Options {
			e.Analyze = e.Analyze || strings.EqualFold(o.Name.Name, "analyze")
		}
	}
	e.Statement = p.statement()
	e.Span = p.from(start)
	return e
}

// options parses (name value, name (a, b), name, …).
func (p *parser) options() []ast.Option {
	var list []ast.Option
	p.expect(opLParen)
	if !p.is(opRParen) {
		p.commaList(func() { list = append(list, p.option()) })
	}
	p.expect(opRParen)
	return list
}

func (p *parser) option() ast.Option {
	start := p.start()
	o := ast.Option{Name: p.labelIdent("the name of an option")}
	switch {
	case p.accept(opEq):
		o.Values = append(o.Values, p.value())
	case p.is(opComma), p.is(opRParen):
	case p.is(opLParen):
		o.List = true
		p.advance()
		p.commaList(func() { o.Values = append(o.Values, p.value()) })
		p.expect(opRParen)
	default:
		o.Values = append(o.Values, p.value())
	}
	o.Span = p.from(start)
	return o
}

// value parses the value of an option or setting, which may be a bare word of any kind.
func (p *parser) value() ast.Expr {
	t, next := p.cur(), p.peek(1)
	if t.kind == Word && t.id != kwNull && t.id != kwTrue && t.id != kwFalse && t.id != kwDefault {
		if next.id == opComma || next.id == opRParen || next.id == opSemicolon || next.kind == EOF {
			id := p.take()
			return &ast.ColumnRef{Span: id.Span, Parts: ast.Name{id}}
		}
	}
	return p.expr()
}

func (p *parser) copyStatement() ast.Statement {
	start := p.start()
	p.advance()
	c := &ast.Copy{}
	switch t := p.cur(); {
	case p.is(opLParen):
		c.Query = p.parenQuery()
	case t.kind == String:
		// COPY 'a' TO 'b' converts a file.
		at := p.start()
		p.advance()
		s := p.starFrom(at, &ast.Table{Span: p.from(at), File: p.stringValue(t)})
		c.Query = &ast.Query{Span: s.Span, Body: s}
	default:
		c.Table = p.name("a table")
		if p.is(opLParen) {
			p.advance()
			p.commaList(func() { c.Columns = append(c.Columns, p.labelIdent("a column name")) })
			p.expect(opRParen)
		}
	}
	if c.From = c.Query == nil && p.accept(kwFrom); !c.From && !p.accept(kwTo) {
		p.expected("TO or FROM")
	}
	switch {
	case p.accept(opLParen):
		c.File = p.expr()
		p.expect(opRParen)
	case p.cur().kind == Word && (p.is(kwStdin) || p.is(kwStdout)):
		id := p.take()
		c.File = &ast.String{Span: id.Span, Value: "/dev/" + strings.ToLower(id.Name)}
	default:
		c.File = p.exprAt(bpUnary)
	}
	p.accept(kwWith)
	switch {
	case p.is(opLParen):
		c.Options = p.options()
	default:
		c.Options = p.looseOptions()
	}
	c.Span = p.from(start)
	return c
}

// looseOptions parses the older form of COPY's options: words and values without parentheses.
func (p *parser) looseOptions() []ast.Option {
	var list []ast.Option
	for p.cur().kind == Word && p.err == nil {
		start := p.start()
		o := ast.Option{Name: p.take()}
		p.accept(kwAs)
		switch p.cur().kind {
		case String, Number:
			o.Values = []ast.Expr{p.primary()}
		}
		o.Span = p.from(start)
		list = append(list, o)
	}
	return list
}

func (p *parser) prepared() ast.Statement {
	start := p.start()
	id := p.cur().id
	p.advance()
	switch id {
	case kwPrepare:
		s := &ast.Prepare{Name: p.ident("the name of the prepared statement")}
		p.expect(kwAs)
		p.params, p.given = 0, nil
		s.Statement = p.statement()
		s.Params = p.given
		s.Span = p.from(start)
		return s
	case kwExecute:
		s := &ast.Execute{Name: p.ident("the name of a prepared statement")}
		if p.accept(opLParen) {
			if !p.is(opRParen) {
				p.commaList(func() { s.Args = append(s.Args, p.namedArg()) })
			}
			p.expect(opRParen)
		}
		s.Span = p.from(start)
		return s
	case kwCall:
		at := p.start()
		f := &ast.Func{Name: p.anyName("a function")}
		p.callRest(at, f)
		for i := range f.Args {
			nameArg(&f.Args[i])
		}
		return &ast.Call{Func: f, Span: p.from(start)}
	}
	p.accept(kwPrepare)
	s := &ast.Deallocate{Name: p.ident("the name of a prepared statement")}
	s.Span = p.from(start)
	return s
}

// namedArg parses an argument where name = value is a named one.
func (p *parser) namedArg() ast.Arg {
	a := p.arg()
	nameArg(&a)
	return a
}

func (p *parser) transaction() ast.Statement {
	start := p.start()
	t := &ast.Transaction{}
	switch p.cur().id {
	case kwCommit, kwEnd:
		t.Kind = ast.Commit
	case kwRollback, kwAbort:
		t.Kind = ast.Rollback
	}
	p.advance()
	if !p.accept(kwTransaction) {
		p.accept(kwWork)
	}
	if p.acceptWord("read") && !p.acceptWord("write") && !p.accept(kwOnly) {
		p.expected("WRITE or ONLY")
	}
	t.Span = p.from(start)
	return t
}

func (p *parser) maintenance() ast.Statement {
	start := p.start()
	m := &ast.Maintenance{Verb: strings.ToUpper(p.text(p.cur()))}
	verb := p.cur().id
	p.advance()
	if verb == kwVacuum {
		p.accept(kwAnalyze)
	}
	switch {
	case p.cur().kind == String:
		m.Target = ast.Name{p.take()}
	case p.cur().colID():
		m.Target = p.name("a table")
	}
	if p.is(opLParen) {
		m.Columns = p.identList()
	}
	m.Span = p.from(start)
	return m
}

func (p *parser) setting() ast.Statement {
	start := p.start()
	verb := p.cur().id
	p.advance()
	switch verb {
	case kwUse:
		return &ast.Use{Name: p.name("a catalog or schema"), Span: p.from(start)}
	case kwPragma:
		return p.pragma(start)
	}
	var scope ast.SettingScope
	if next := p.peek(1); next.label() {
		for id, sc := range map[tokenID]ast.SettingScope{kwSession: ast.ScopeSession, kwGlobal: ast.ScopeGlobal,
			kwLocal: ast.ScopeLocal, kwVariable: ast.ScopeVariable} {
			if next.id != kwTo && p.accept(id) {
				scope = sc
				break
			}
		}
	}
	var name ast.Name
	if p.are(kwTime, kwZone) {
		at := p.start()
		p.advance()
		p.advance()
		name = ast.Name{{Span: p.from(at), Name: "timezone"}}
	} else {
		name = p.anyName("the name of a setting")
	}
	if verb == kwReset {
		return &ast.Reset{Scope: scope, Name: name, Span: p.from(start)}
	}
	s := &ast.Set{Scope: scope, Name: name}
	if !p.accept(opEq) && !p.accept(kwTo) && !strings.EqualFold(name.Last().Name, "timezone") {
		p.expected(`"=" or TO`)
	}
	p.commaList(func() { s.Value = append(s.Value, p.value()) })
	s.Span = p.from(start)
	return s
}

func (p *parser) pragma(start int) ast.Statement {
	s := &ast.Pragma{Name: p.anyName("the name of a pragma")}
	switch {
	case p.accept(opEq):
		s.Value = p.value()
	case p.accept(opLParen):
		s.Call = true
		if !p.is(opRParen) {
			p.commaList(func() { s.Args = append(s.Args, p.namedArg()) })
		}
		p.expect(opRParen)
	}
	s.Span = p.from(start)
	return s
}
