package ast

func (p *printer) query(q *Query) {
	p.with(q.With)
	p.body(q.Body)
	if len(q.OrderBy) > 0 {
		p.s(" ORDER BY ")
		p.order(q.OrderBy)
	}
	if q.Limit == nil {
		return
	}
	if q.Limit.Count != nil {
		p.s(" LIMIT ")
		p.expr(q.Limit.Count)
		p.opt(q.Limit.Percent, " %")
	}
	if q.Limit.Offset != nil {
		p.s(" OFFSET ")
		p.expr(q.Limit.Offset)
	}
}

func (p *printer) with(w *With) {
	if w == nil {
		return
	}
	p.s("WITH ")
	p.opt(w.Recursive, "RECURSIVE ")
	p.each(len(w.CTEs), func(i int) {
		c := &w.CTEs[i]
		p.ident(c.Name)
		p.identList(c.Columns)
		if len(c.Key) > 0 {
			p.s(" USING KEY (")
			p.exprs(c.Key)
			p.s(")")
		}
		p.s(" AS ", [...]string{"", "MATERIALIZED ", "NOT MATERIALIZED "}[c.Materialized], "(")
		p.node(c.Statement)
		p.s(")")
	})
	p.s(" ")
}

func (p *printer) body(b Body) {
	switch b := b.(type) {
	case *Select:
		p.selectBody(b)
	case *SetOp:
		p.setOp(b)
	case *Values:
		p.s("VALUES ")
		p.each(len(b.Rows), func(i int) {
			p.s("(")
			p.exprs(b.Rows[i])
			p.s(")")
		})
	case *Query:
		p.s("(")
		p.query(b)
		p.s(")")
	case Statement:
		p.statement(b)
	default:
		p.unknown(b)
	}
}

func (p *printer) setOp(b *SetOp) {
	if l, ok := b.L.(*SetOp); ok && (l.Kind == Intersect || b.Kind != Intersect) {
		p.setOp(l)
	} else {
		p.setSide(b.L)
	}
	p.s(" ", b.Kind.String())
	p.opt(b.All, " ALL")
	p.opt(b.ByName, " BY NAME")
	p.s(" ")
	p.setSide(b.R)
}

func (p *printer) setSide(b Body) {
	if q, ok := b.(*Query); ok {
		p.body(q)
		return
	}
	p.s("(")
	p.body(b)
	p.s(")")
}

func (p *printer) selectBody(s *Select) {
	p.s("SELECT ")
	p.opt(s.Distinct, "DISTINCT ")
	if len(s.DistinctOn) > 0 {
		p.s("ON (")
		p.exprs(s.DistinctOn)
		p.s(") ")
	}
	p.items(s.Items)
	if len(s.From) > 0 {
		p.s(" FROM ")
		p.tables(s.From)
	}
	p.clause(" WHERE ", s.Where)
	p.groupBy(s.GroupBy)
	p.clause(" HAVING ", s.Having)
	if len(s.Windows) > 0 {
		p.s(" WINDOW ")
		p.each(len(s.Windows), func(i int) {
			p.ident(s.Windows[i].Name)
			p.s(" AS ")
			p.window(s.Windows[i].Window)
		})
	}
	p.clause(" QUALIFY ", s.Qualify)
	if s.Sample != nil {
		p.s(" USING SAMPLE ")
		p.sample(s.Sample)
	}
}

// clause writes a keyword and an expression, or nothing when there is no expression.
func (p *printer) clause(word string, e Expr) {
	if e != nil {
		p.s(word)
		p.expr(e)
	}
}

func (p *printer) items(items []SelectItem) {
	p.each(len(items), func(i int) {
		p.expr(items[i].X)
		if !items[i].Alias.Empty() {
			p.s(" AS ")
			p.ident(items[i].Alias)
		}
	})
}

func (p *printer) groupBy(g *GroupBy) {
	if g == nil {
		return
	}
	p.s(" GROUP BY ")
	p.opt(g.All, "ALL")
	p.groupElements(g.Elements)
}

func (p *printer) groupElements(list []GroupElement) {
	p.each(len(list), func(i int) {
		e := &list[i]
		switch e.Kind {
		case GroupExpr:
			p.expr(e.X)
		case GroupEmpty:
			p.s("()")
		case GroupRollup, GroupCube, GroupSets:
			p.s([...]string{GroupRollup: "ROLLUP (", GroupCube: "CUBE (", GroupSets: "GROUPING SETS ("}[e.Kind])
			p.groupElements(e.Elements)
			p.s(")")
		}
	})
}

func (p *printer) sample(s *Sample) {
	if !s.Method.Empty() {
		p.s(s.Method.Name, "(")
	}
	p.expr(s.Size)
	p.s([...]string{" ROWS", " PERCENT"}[b2i(s.Percent)])
	p.opt(!s.Method.Empty(), ")")
	p.clause(" REPEATABLE (", s.Seed)
	p.opt(s.Seed != nil, ")")
}

// b2i is 1 for true.
func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *printer) tables(list []TableRef) { p.each(len(list), func(i int) { p.table(list[i]) }) }

func (p *printer) table(t TableRef) {
	switch t := t.(type) {
	case *Table:
		if len(t.Name) == 0 {
			p.str(t.File)
		} else {
			p.name(t.Name)
		}
		p.tableTail(t.Alias, t.Sample)
	case *TableFunc:
		p.opt(t.Lateral, "LATERAL ")
		p.call(t.Call)
		p.opt(t.Ordinality, " WITH ORDINALITY")
		p.tableTail(t.Alias, t.Sample)
	case *TableQuery:
		p.opt(t.Lateral, "LATERAL ")
		p.s("(")
		p.query(t.Query)
		p.s(")")
		p.tableTail(t.Alias, t.Sample)
	case *Join:
		p.join(t)
	case *Pivot:
		p.pivot(t)
	case *Unpivot:
		p.unpivot(t)
	default:
		p.unknown(t)
	}
}

func (p *printer) tableTail(a Alias, s *Sample) {
	if !a.Name.Empty() {
		p.s(" AS ")
		p.ident(a.Name)
	} else if len(a.Types) > 0 {
		p.s(" AS")
	}
	if len(a.Types) > 0 {
		p.s(" (")
		p.each(len(a.Columns), func(i int) {
			p.ident(a.Columns[i])
			p.s(" ")
			p.typeName(a.Types[i])
		})
		p.s(")")
	} else {
		p.identList(a.Columns)
	}
	if s != nil {
		p.s(" TABLESAMPLE ")
		p.sample(s)
	}
}

func (p *printer) join(j *Join) {
	p.s("(")
	p.table(j.L)
	p.opt(j.Natural, " NATURAL")
	p.opt(j.Asof, " ASOF")
	if word := j.Kind.String(); word != "" {
		p.s(" ", word)
	}
	p.s(" JOIN ")
	p.table(j.R)
	p.clause(" ON ", j.On)
	if len(j.Using) > 0 {
		p.s(" USING (")
		p.idents(j.Using)
		p.s(")")
	}
	p.s(")")
	p.tableTail(j.Alias, nil)
}

func (p *printer) pivot(t *Pivot) {
	p.table(t.Source)
	p.s(" PIVOT (")
	p.items(t.Using)
	p.opt(len(t.On) > 0, " FOR ")
	p.each(len(t.On), func(i int) {
		c := &t.On[i]
		p.expr(c.X)
		switch {
		case !c.Enum.Empty():
			p.s(" IN ")
			p.ident(c.Enum)
		case c.Query != nil:
			p.s(" IN (")
			p.query(c.Query)
			p.s(")")
		case c.In != nil:
			p.s(" IN (")
			p.items(c.In)
			p.s(")")
		}
	})
	if len(t.GroupBy) > 0 {
		p.s(" GROUP BY ")
		p.exprs(t.GroupBy)
	}
	p.s(")")
	p.tableTail(t.Alias, nil)
}

func (p *printer) unpivot(t *Unpivot) {
	p.table(t.Source)
	p.s(" UNPIVOT ")
	p.opt(t.IncludeNulls, "INCLUDE NULLS ")
	p.s("(")
	p.namesOrTuple(t.Values)
	p.s(" FOR ")
	p.namesOrTuple(t.Names)
	p.s(" IN (")
	p.items(t.On)
	p.s("))")
	p.tableTail(t.Alias, nil)
}

// namesOrTuple writes one name bare and several in parentheses.
func (p *printer) namesOrTuple(ids []Ident) {
	if len(ids) == 1 {
		p.ident(ids[0])
		return
	}
	p.s("(")
	p.idents(ids)
	p.s(")")
}
