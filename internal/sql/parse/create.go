package parse

import (
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// create parses CREATE [OR REPLACE] [TEMP] kind [IF NOT EXISTS] ….
func (p *parser) create() ast.Statement {
	start := p.start()
	p.advance()
	existing := ast.ExistingFails
	if p.acceptAll(kwOr, kwReplace) {
		existing = ast.ExistingReplaced
	}
	temporary := false
	switch {
	case p.accept(kwTemp), p.accept(kwTemporary):
		temporary = true
	case p.accept(kwLocal), p.accept(kwGlobal):
		temporary = p.accept(kwTemp) || p.accept(kwTemporary)
	}
	unique := p.accept(kwUnique)
	recursive := p.accept(kwRecursive)
	kind := p.cur().id
	if p.isWord(0, "trigger") {
		p.unsupported(start, "CREATE TRIGGER")
	}
	p.advance()
	if p.acceptAll(kwIf, kwNot, kwExists) {
		existing = ast.ExistingKept
	}
	switch kind {
	case kwTable:
		return p.createTable(start, existing, temporary)
	case kwView:
		v := &ast.CreateView{Existing: existing, Temporary: temporary, Recursive: recursive, Name: p.name("the name of a view")}
		if p.is(opLParen) {
			v.Columns = p.identList()
		}
		p.expect(kwAs)
		v.Query = p.query()
		v.Span = p.from(start)
		return v
	case kwMacro, kwFunction:
		return p.createMacro(start, existing, temporary)
	case kwType:
		t := &ast.CreateType{Existing: existing, Temporary: temporary, Name: p.name("the name of a type")}
		p.expect(kwAs)
		t.Type = p.typeName()
		t.Span = p.from(start)
		return t
	case kwSchema:
		return &ast.CreateSchema{Existing: existing, Name: p.name("the name of a schema"), Span: p.from(start)}
	case kwSequence:
		return p.createSequence(start, existing, temporary)
	case kwIndex:
		return p.createIndex(start, existing, unique)
	}
	if p.i > 0 && p.err == nil {
		p.i--
	}
	p.expected("TABLE, VIEW, MACRO, TYPE, SCHEMA, SEQUENCE or INDEX")
	return &ast.CreateTable{}
}

func (p *parser) createTable(start int, existing ast.OnExisting, temporary bool) ast.Statement {
	t := &ast.CreateTable{Existing: existing, Temporary: temporary, Name: p.name("the name of a table")}
	if p.identListHere() {
		t.Names = p.identList()
		if !p.is(kwAs) {
			p.expected("AS, or types for the columns,")
		}
	}
	switch {
	case p.accept(kwAs):
		t.As = p.query()
		switch {
		case p.acceptAll(kwWith, kwNo, kwData):
			t.NoData = true
		case p.acceptAll(kwWith, kwData):
		}
	default:
		p.expect(opLParen)
		p.commaList(func() { p.tableElement(t) })
		p.expect(opRParen)
	}
	t.Span = p.from(start)
	return t
}

// tableElement parses a column or a constraint of CREATE TABLE.
func (p *parser) tableElement(t *ast.CreateTable) {
	switch p.cur().id {
	case kwConstraint, kwPrimary, kwUnique, kwCheck, kwForeign:
		t.Constraints = append(t.Constraints, p.tableConstraint())
	default:
		t.Columns = append(t.Columns, p.columnDef())
	}
}

func (p *parser) columnDef() ast.ColumnDef {
	start := p.start()
	c := ast.ColumnDef{Name: p.ident("a column name")}
	if !p.is(kwGenerated) && !p.is(kwAs) && p.err == nil {
		c.Type = p.typeName()
	}
	for {
		con, ok := p.columnConstraint()
		if !ok {
			break
		}
		c.Constraints = append(c.Constraints, con)
	}
	c.Span = p.from(start)
	return c
}

func (p *parser) constraintName() ast.Ident {
	if p.accept(kwConstraint) {
		return p.ident("the name of a constraint")
	}
	return ast.Ident{}
}

// columnConstraint parses one constraint after a column's type, if there is one.
func (p *parser) columnConstraint() (c ast.Constraint, ok bool) {
	start := p.start()
	c.Name = p.constraintName()
	switch {
	case p.acceptAll(kwNot, kwNull):
		c.Kind = ast.NotNull
	case p.accept(kwNull):
		c.Kind = ast.Nullable
	case p.acceptAll(kwPrimary, kwKey):
		c.Kind = ast.PrimaryKey
	case p.accept(kwUnique):
		c.Kind = ast.Unique
	case p.acceptAll(kwCheck, opLParen):
		c.Kind, c.X = ast.CheckExpr, p.expr()
		p.expect(opRParen)
	case p.accept(kwDefault):
		c.Kind, c.X = ast.DefaultExpr, p.exprAt(bpMatch)
	case p.accept(kwCollate):
		c.Kind, c.Target = ast.Collation, p.anyName("a collation")
	case p.is(kwReferences):
		p.references(&c)
	case p.accept(kwGenerated):
		p.acceptWord("always")
		p.expect(kwAs)
		p.generated(&c)
	case p.is(kwAs):
		p.advance()
		p.generated(&c)
	default:
		if !c.Name.Empty() {
			p.expected("a constraint")
		}
		return c, false
	}
	c.Span = p.from(start)
	return c, true
}

func (p *parser) generated(c *ast.Constraint) {
	c.Kind = ast.Generated
	p.expect(opLParen)
	c.X = p.expr()
	p.expect(opRParen)
	if c.Stored = p.accept(kwStored); !c.Stored {
		p.accept(kwVirtual)
	}
}

func (p *parser) references(c *ast.Constraint) {
	c.Kind = ast.References
	p.expect(kwReferences)
	c.Target = p.name("a table")
	if p.is(opLParen) {
		c.TargetColumns = p.identList()
	}
	for p.is(kwOn) {
		start := p.start()
		p.advance()
		if !p.accept(kwUpdate) {
			p.expect(kwDelete)
		}
		if !p.accept(kwRestrict) && !(p.accept(kwNo) && p.acceptWord("action")) {
			p.unsupported(start, "a foreign key that changes other rows")
		}
	}
}

func (p *parser) tableConstraint() ast.Constraint {
	start := p.start()
	c := ast.Constraint{Name: p.constraintName()}
	switch {
	case p.acceptAll(kwPrimary, kwKey):
		c.Kind, c.Columns = ast.PrimaryKey, p.identList()
	case p.accept(kwUnique):
		c.Kind, c.Columns = ast.Unique, p.identList()
	case p.acceptAll(kwCheck, opLParen):
		c.Kind, c.X = ast.CheckExpr, p.expr()
		p.expect(opRParen)
	case p.acceptAll(kwForeign, kwKey):
		c.Columns = p.identList()
		p.references(&c)
	default:
		p.expected("PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY")
	}
	c.Span = p.from(start)
	return c
}

func (p *parser) createMacro(start int, existing ast.OnExisting, temporary bool) ast.Statement {
	m := &ast.CreateMacro{Existing: existing, Temporary: temporary, Name: p.name("the name of a macro")}
	for more := true; more; more = p.accept(opComma) {
		m.Bodies = append(m.Bodies, p.macroBody())
	}
	m.Span = p.from(start)
	return m
}

func (p *parser) macroBody() ast.MacroBody {
	var b ast.MacroBody
	p.expect(opLParen)
	if !p.is(opRParen) {
		p.commaList(func() { b.Params = append(b.Params, p.macroParam()) })
	}
	p.expect(opRParen)
	p.expect(kwAs)
	if p.accept(kwTable) {
		b.Query = p.query()
	} else {
		b.X = p.expr()
	}
	return b
}

func (p *parser) macroParam() ast.MacroParam {
	m := ast.MacroParam{Name: p.labelIdent("the name of a parameter")}
	if !p.is(opComma) && !p.is(opRParen) && !p.is(opAssign) && !p.is(opFatArrow) && !p.is(kwDefault) {
		m.Type = p.typeName()
	}
	if p.accept(opAssign) || p.accept(opFatArrow) || p.accept(kwDefault) {
		m.Default = p.expr()
	}
	return m
}

func (p *parser) createSequence(start int, existing ast.OnExisting, temporary bool) ast.Statement {
	s := &ast.CreateSequence{Existing: existing, Temporary: temporary, Name: p.name("the name of a sequence")}
	for more := true; more; {
		switch {
		case p.accept(kwStart):
			p.accept(kwWith)
			s.Start = p.exprAt(bpUnary)
		case p.accept(kwIncrement):
			p.accept(kwBy)
			s.Increment = p.exprAt(bpUnary)
		case p.accept(kwMinvalue):
			s.MinValue = p.exprAt(bpUnary)
		case p.accept(kwMaxvalue):
			s.MaxValue = p.exprAt(bpUnary)
		case p.accept(kwCycle):
			s.Cycle = true
		case p.acceptAll(kwNo, kwCycle):
			s.Cycle = false
		case p.acceptAll(kwNo, kwMinvalue), p.acceptAll(kwNo, kwMaxvalue):
		default:
			more = false
		}
	}
	s.Span = p.from(start)
	return s
}

func (p *parser) createIndex(start int, existing ast.OnExisting, unique bool) ast.Statement {
	s := &ast.CreateIndex{Existing: existing, Unique: unique, Name: p.name("the name of an index")}
	p.expect(kwOn)
	s.Table = p.name("a table")
	if p.accept(kwUsing) {
		s.Method = p.ident("the kind of index")
	}
	p.expect(opLParen)
	p.commaList(func() {
		s.Keys = append(s.Keys, p.expr())
		if !p.accept(kwAsc) {
			p.accept(kwDesc)
		}
	})
	p.expect(opRParen)
	s.Span = p.from(start)
	return s
}

// objectKind takes the kind of object after DROP or ALTER.
func (p *parser) objectKind() ast.ObjectKind {
	kind := ast.ObjectTable
	switch p.cur().id {
	case kwTable:
	case kwView:
		kind = ast.ObjectView
	case kwMacro, kwFunction:
		kind = ast.ObjectMacro
		if p.isAt(1, kwTable) {
			p.advance()
			kind = ast.ObjectTableMacro
		}
	case kwType:
		kind = ast.ObjectType
	case kwSchema:
		kind = ast.ObjectSchema
	case kwSequence:
		kind = ast.ObjectSequence
	case kwIndex:
		kind = ast.ObjectIndex
	default:
		p.expected("TABLE, VIEW, MACRO, TYPE, SCHEMA, SEQUENCE or INDEX")
	}
	p.advance()
	return kind
}

func (p *parser) drop() ast.Statement {
	start := p.start()
	p.advance()
	if p.isWord(0, "trigger") {
		p.unsupported(start, "DROP TRIGGER")
	}
	d := &ast.Drop{Kind: p.objectKind(), IfExists: p.acceptAll(kwIf, kwExists)}
	p.commaList(func() { d.Names = append(d.Names, p.name("the name of what to drop")) })
	if d.Cascade = p.accept(kwCascade); !d.Cascade {
		p.accept(kwRestrict)
	}
	d.Span = p.from(start)
	return d
}

func (p *parser) alter() ast.Statement {
	start := p.start()
	p.advance()
	a := &ast.Alter{Object: p.objectKind(), IfExists: p.acceptAll(kwIf, kwExists)}
	a.Name = p.name("the name of what to alter")
	switch {
	case p.acceptAll(kwRename, kwTo):
		a.Action, a.To = ast.AlterRename, p.ident("the new name")
	case p.accept(kwRename):
		p.accept(kwColumn)
		a.Action, a.Column = ast.AlterRenameColumn, p.name("a column name")
		p.expect(kwTo)
		a.To = p.ident("the new name")
	case p.accept(kwAdd):
		p.accept(kwColumn)
		a.Action, a.Guard = ast.AlterAddColumn, p.acceptAll(kwIf, kwNot, kwExists)
		def := p.columnDef()
		a.Def = &def
	case p.accept(kwDrop):
		p.accept(kwColumn)
		a.Action, a.Guard = ast.AlterDropColumn, p.acceptAll(kwIf, kwExists)
		a.Column = p.name("a column name")
		p.accept(kwCascade)
	case p.accept(kwAlter):
		p.accept(kwColumn)
		p.alterColumn(a)
	default:
		p.expected("RENAME, ADD, DROP or ALTER")
	}
	a.Span = p.from(start)
	return a
}

func (p *parser) alterColumn(a *ast.Alter) {
	a.Column = p.name("a column name")
	switch {
	case p.acceptAll(kwSet, kwDefault):
		a.Action, a.X = ast.AlterSetDefault, p.expr()
	case p.acceptAll(kwDrop, kwDefault):
		a.Action = ast.AlterDropDefault
	case p.acceptAll(kwSet, kwNot, kwNull):
		a.Action = ast.AlterSetNotNull
	case p.acceptAll(kwDrop, kwNot, kwNull):
		a.Action = ast.AlterDropNotNull
	default:
		p.accept(kwSet)
		p.accept(kwData)
		p.expect(kwType)
		a.Action, a.Type = ast.AlterColumnType, p.typeName()
		if p.accept(kwUsing) {
			a.X = p.expr()
		}
	}
}
