package ast

// create writes CREATE, its modifiers and the object's kind and name.
func (p *printer) create(e OnExisting, temporary bool, kind string, n Name) {
	p.s("CREATE ")
	p.opt(e == ExistingReplaced, "OR REPLACE ")
	p.opt(temporary, "TEMPORARY ")
	p.s(kind, " ")
	p.opt(e == ExistingKept, "IF NOT EXISTS ")
	p.name(n)
}

func (p *printer) ddl(s Statement) {
	switch s := s.(type) {
	case *CreateTable:
		p.createTable(s)
	case *CreateView:
		kind := "VIEW"
		if s.Recursive {
			kind = "RECURSIVE VIEW"
		}
		p.create(s.Existing, s.Temporary, kind, s.Name)
		p.identList(s.Columns)
		p.s(" AS ")
		p.query(s.Query)
	case *CreateMacro:
		p.create(s.Existing, s.Temporary, "MACRO", s.Name)
		p.each(len(s.Bodies), func(i int) { p.macro(&s.Bodies[i]) })
	case *CreateType:
		p.create(s.Existing, s.Temporary, "TYPE", s.Name)
		p.s(" AS ")
		p.typeName(s.Type)
	case *CreateSchema:
		p.create(s.Existing, false, "SCHEMA", s.Name)
	case *CreateSequence:
		p.create(s.Existing, s.Temporary, "SEQUENCE", s.Name)
		p.clause(" INCREMENT BY ", s.Increment)
		p.clause(" MINVALUE ", s.MinValue)
		p.clause(" MAXVALUE ", s.MaxValue)
		p.clause(" START WITH ", s.Start)
		p.opt(s.Cycle, " CYCLE")
	case *CreateIndex:
		p.create(s.Existing, false, [...]string{"INDEX", "UNIQUE INDEX"}[b2i(s.Unique)], s.Name)
		p.s(" ON ")
		p.name(s.Table)
		if !s.Method.Empty() {
			p.s(" USING ")
			p.ident(s.Method)
		}
		p.s(" (")
		p.exprs(s.Keys)
		p.s(")")
	case *Drop:
		p.s("DROP ", s.Kind.String(), " ")
		p.opt(s.IfExists, "IF EXISTS ")
		p.each(len(s.Names), func(i int) { p.name(s.Names[i]) })
		p.opt(s.Cascade, " CASCADE")
	case *Alter:
		p.alter(s)
	default:
		p.unknown(s)
	}
}

func (p *printer) createTable(s *CreateTable) {
	p.create(s.Existing, s.Temporary, "TABLE", s.Name)
	if s.As != nil {
		p.identList(s.Names)
		p.s(" AS ")
		p.query(s.As)
		p.opt(s.NoData, " WITH NO DATA")
		return
	}
	p.s(" (")
	p.each(len(s.Columns), func(i int) { p.columnDef(&s.Columns[i]) })
	for i := range s.Constraints {
		p.s(", ")
		p.constraint(&s.Constraints[i])
	}
	p.s(")")
}

func (p *printer) columnDef(c *ColumnDef) {
	p.ident(c.Name)
	if c.Type != nil {
		p.s(" ")
		p.typeName(c.Type)
	}
	for i := range c.Constraints {
		p.s(" ")
		p.constraint(&c.Constraints[i])
	}
}

func (p *printer) constraint(c *Constraint) {
	if !c.Name.Empty() {
		p.s("CONSTRAINT ")
		p.ident(c.Name)
		p.s(" ")
	}
	switch c.Kind {
	case NotNull:
		p.s("NOT NULL")
	case Nullable:
		p.s("NULL")
	case PrimaryKey:
		p.s("PRIMARY KEY")
		p.identList(c.Columns)
	case Unique:
		p.s("UNIQUE")
		p.identList(c.Columns)
	case CheckExpr:
		p.wrap("CHECK (", c.X, ")")
	case DefaultExpr:
		p.wrap("DEFAULT (", c.X, ")")
	case Collation:
		p.s("COLLATE ")
		p.name(c.Target)
	case References:
		if len(c.Columns) > 0 {
			p.s("FOREIGN KEY")
			p.identList(c.Columns)
			p.s(" ")
		}
		p.s("REFERENCES ")
		p.name(c.Target)
		p.identList(c.TargetColumns)
	case Generated:
		p.wrap("GENERATED ALWAYS AS (", c.X, ")")
		p.s([...]string{" VIRTUAL", " STORED"}[b2i(c.Stored)])
	}
}

func (p *printer) macro(b *MacroBody) {
	p.s(" (")
	p.each(len(b.Params), func(i int) {
		param := &b.Params[i]
		p.ident(param.Name)
		if param.Type != nil {
			p.s(" ")
			p.typeName(param.Type)
		}
		p.clause(" := ", param.Default)
	})
	p.s(") AS ")
	if b.Query != nil {
		p.s("TABLE ")
		p.query(b.Query)
	} else {
		p.expr(b.X)
	}
}

func (p *printer) alter(s *Alter) {
	p.s("ALTER ", s.Object.String(), " ")
	p.opt(s.IfExists, "IF EXISTS ")
	p.name(s.Name)
	column := func() {
		p.s(" ALTER COLUMN ")
		p.name(s.Column)
	}
	switch s.Action {
	case AlterRename:
		p.s(" RENAME TO ")
		p.ident(s.To)
	case AlterRenameColumn:
		p.s(" RENAME COLUMN ")
		p.name(s.Column)
		p.s(" TO ")
		p.ident(s.To)
	case AlterAddColumn:
		p.s(" ADD COLUMN ")
		p.opt(s.Guard, "IF NOT EXISTS ")
		p.columnDef(s.Def)
	case AlterDropColumn:
		p.s(" DROP COLUMN ")
		p.opt(s.Guard, "IF EXISTS ")
		p.name(s.Column)
	case AlterColumnType:
		column()
		p.s(" TYPE ")
		p.typeName(s.Type)
		p.clause(" USING ", s.X)
	case AlterSetDefault:
		column()
		p.clause(" SET DEFAULT ", s.X)
	case AlterDropDefault:
		column()
		p.s(" DROP DEFAULT")
	case AlterSetNotNull:
		column()
		p.s(" SET NOT NULL")
	case AlterDropNotNull:
		column()
		p.s(" DROP NOT NULL")
	}
}
