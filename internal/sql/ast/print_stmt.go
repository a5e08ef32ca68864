package ast

func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case *Query:
		p.query(s)
	case *Describe:
		p.target("DESCRIBE", s.Query, s.Table)
	case *Summarize:
		p.target("SUMMARIZE", s.Query, s.Table)
	case *Show:
		p.s("SHOW ", s.What)
		if len(s.From) > 0 {
			p.s(" FROM ")
			p.name(s.From)
		}
	case *Explain:
		p.s("EXPLAIN ")
		p.opt(s.Analyze, "ANALYZE ")
		if len(s.Options) > 0 {
			p.s("(")
			p.options(s.Options)
			p.s(") ")
		}
		p.statement(s.Statement)
	case *Copy:
		p.copyStmt(s)
	case *Set, *Reset, *Pragma:
		p.setting(s)
	case *Use:
		p.s("USE ")
		p.name(s.Name)
	case *Call:
		p.s("CALL ")
		p.call(s.Func)
	case *Prepare:
		p.s("PREPARE ")
		p.ident(s.Name)
		p.s(" AS ")
		p.statement(s.Statement)
	case *Execute:
		p.s("EXECUTE ")
		p.ident(s.Name)
		if len(s.Args) > 0 {
			p.s("(")
			p.args(s.Args)
			p.s(")")
		}
	case *Deallocate:
		p.s("DEALLOCATE ")
		p.ident(s.Name)
	case *Transaction:
		p.s(s.Kind.String())
	case *Maintenance:
		p.s(s.Verb)
		if len(s.Target) > 0 {
			p.s(" ")
			p.name(s.Target)
		}
		p.identList(s.Columns)
	case *Insert, *Update, *Delete, *Merge:
		p.dml(s)
	default:
		p.ddl(s)
	}
}

func (p *printer) target(verb string, q *Query, t TableRef) {
	p.s(verb)
	switch {
	case q != nil:
		p.s(" ")
		p.query(q)
	case t != nil:
		p.s(" ")
		p.table(t)
	}
}

func (p *printer) options(opts []Option) {
	p.each(len(opts), func(i int) {
		o := &opts[i]
		p.ident(o.Name)
		switch {
		case o.List:
			p.s(" (")
			p.exprs(o.Values)
			p.s(")")
		case len(o.Values) > 0:
			// A value that starts with a parenthesis would read as a list.
			value := Format(o.Values[0])
			p.opt(value[0] == '(', " =")
			p.s(" ", value)
		}
	})
}

func (p *printer) copyStmt(s *Copy) {
	p.s("COPY ")
	if s.Query != nil {
		p.s("(")
		p.query(s.Query)
		p.s(")")
	} else {
		p.name(s.Table)
		p.identList(s.Columns)
	}
	p.s([...]string{" TO ", " FROM "}[b2i(s.From)])
	switch s.File.(type) {
	case *String, *Param:
		p.expr(s.File)
	default:
		p.s("(")
		p.expr(s.File)
		p.s(")")
	}
	if len(s.Options) > 0 {
		p.s(" (")
		p.options(s.Options)
		p.s(")")
	}
}

func (p *printer) setting(s Statement) {
	scope := func(verb string, sc SettingScope) {
		p.s(verb, " ")
		if word := sc.String(); word != "" {
			p.s(word, " ")
		}
	}
	switch s := s.(type) {
	case *Set:
		scope("SET", s.Scope)
		p.name(s.Name)
		p.s(" = ")
		p.exprs(s.Value)
	case *Reset:
		scope("RESET", s.Scope)
		p.name(s.Name)
	case *Pragma:
		p.s("PRAGMA ")
		p.name(s.Name)
		if s.Call {
			p.s("(")
			p.args(s.Args)
			p.s(")")
		}
		p.clause(" = ", s.Value)
	}
}

func (p *printer) alias(id Ident) {
	if !id.Empty() {
		p.s(" AS ")
		p.ident(id)
	}
}

func (p *printer) returning(items []SelectItem) {
	if len(items) > 0 {
		p.s(" RETURNING ")
		p.items(items)
	}
}

func (p *printer) assignments(list []Assignment) {
	p.each(len(list), func(i int) {
		cols := list[i].Columns
		p.opt(len(cols) > 1, "(")
		p.each(len(cols), func(j int) { p.name(cols[j]) })
		p.opt(len(cols) > 1, ")")
		p.s(" = ")
		p.expr(list[i].Value)
	})
}

func (p *printer) dml(s Statement) {
	switch s := s.(type) {
	case *Insert:
		p.insert(s)
	case *Update:
		p.with(s.With)
		p.s("UPDATE ")
		p.name(s.Table)
		p.alias(s.Alias)
		p.s(" SET ")
		p.assignments(s.Set)
		if len(s.From) > 0 {
			p.s(" FROM ")
			p.tables(s.From)
		}
		p.clause(" WHERE ", s.Where)
		p.returning(s.Returning)
	case *Delete:
		p.with(s.With)
		p.s([...]string{"DELETE FROM ", "TRUNCATE "}[b2i(s.Truncate)])
		p.name(s.Table)
		p.alias(s.Alias)
		if len(s.Using) > 0 {
			p.s(" USING ")
			p.tables(s.Using)
		}
		p.clause(" WHERE ", s.Where)
		p.returning(s.Returning)
	case *Merge:
		p.merge(s)
	}
}

func (p *printer) insert(s *Insert) {
	p.with(s.With)
	p.s("INSERT ")
	p.opt(s.Replace, "OR REPLACE ")
	p.opt(s.Ignore, "OR IGNORE ")
	p.s("INTO ")
	p.name(s.Table)
	p.alias(s.Alias)
	p.identList(s.Columns)
	p.opt(s.ByName, " BY NAME")
	if s.Query == nil {
		p.s(" DEFAULT VALUES")
	} else {
		p.s(" ")
		p.query(s.Query)
	}
	if c := s.Conflict; c != nil {
		p.s(" ON CONFLICT")
		p.identList(c.Columns)
		p.clause(" WHERE ", c.TargetWhere)
		if len(c.Set) > 0 {
			p.s(" DO UPDATE SET ")
			p.assignments(c.Set)
			p.clause(" WHERE ", c.Where)
		} else {
			p.s(" DO NOTHING")
		}
	}
	p.returning(s.Returning)
}

func (p *printer) merge(s *Merge) {
	p.with(s.With)
	p.s("MERGE INTO ")
	p.name(s.Table)
	p.alias(s.Alias)
	p.s(" USING ")
	p.table(s.Source)
	p.clause(" ON ", s.On)
	if len(s.Using) > 0 {
		p.s(" USING (")
		p.idents(s.Using)
		p.s(")")
	}
	for i := range s.Whens {
		p.mergeWhen(&s.Whens[i])
	}
	p.returning(s.Returning)
}

func (p *printer) mergeWhen(w *MergeWhen) {
	p.s(" WHEN ", [...]string{"MATCHED", "NOT MATCHED BY TARGET", "NOT MATCHED BY SOURCE"}[w.Match])
	p.clause(" AND ", w.Cond)
	p.s(" THEN ")
	switch w.Verb {
	case MergeUpdate:
		p.s("UPDATE")
		p.opt(w.ByName, " BY NAME")
		if len(w.Set) > 0 {
			p.s(" SET ")
			p.assignments(w.Set)
		}
	case MergeDelete:
		p.s("DELETE")
	case MergeInsert:
		p.s("INSERT")
		p.opt(w.ByName, " BY NAME")
		p.identList(w.Columns)
		p.opt(w.Default, " DEFAULT VALUES")
		if len(w.Values) > 0 {
			p.s(" VALUES (")
			p.exprs(w.Values)
			p.s(")")
		}
	case MergeNothing:
		p.s("DO NOTHING")
	case MergeError:
		p.s("ERROR")
		p.clause(" ", w.Message)
	}
}
