package ast

import "strings"

// ColumnName returns the name of the output column of an expression without an alias, as DuckDB names it: a column
// keeps its own name, everything else is named by its text in canonical form, such as count_star() or (a + b).
func ColumnName(e Expr) string {
	if c, ok := e.(*ColumnRef); ok {
		return c.Parts.Last().Name
	}
	p := printer{naming: true}
	p.expr(e)
	return p.b.String()
}

var matchOps = [...][2]string{Like: {"~~", "!~~"}, ILike: {"~~*", "!~~*"}}

var matchEscapes = [...]string{Like: "like_escape", ILike: "ilike_escape"}

// intervalCasts are the functions that intervals are named by, and what they convert their argument to. The
// fractional ones take it as it is.
var intervalCasts = [...]struct{ fn, to string }{
	Microsecond: {"to_microseconds", "BIGINT"}, Millisecond: {"to_milliseconds", ""}, Second: {"to_seconds", ""},
	Minute: {"to_minutes", "BIGINT"}, Hour: {"to_hours", "BIGINT"}, Day: {"to_days", "INTEGER"},
	Week: {"to_weeks", "INTEGER"}, Month: {"to_months", "INTEGER"}, Quarter: {"to_quarters", "INTEGER"},
	Year: {"to_years", "INTEGER"}, Decade: {"to_decades", "INTEGER"}, Century: {"to_centuries", "INTEGER"},
	Millennium: {"to_millennia", "INTEGER"},
}

// nameExpr writes the expressions whose column name differs from their canonical SQL, and reports whether e is one.
func (p *printer) nameExpr(e Expr) bool {
	switch e := e.(type) {
	case *Interval:
		c := intervalCasts[e.Unit]
		if c.to == "" {
			p.wrap(c.fn+"(CAST(", e.Value, " AS DOUBLE))")
		} else {
			p.wrap(c.fn+"(CAST(trunc(CAST(", e.Value, " AS DOUBLE)) AS "+c.to+"))")
		}
	case *List:
		p.s("list_value(")
		p.exprs(e.Items)
		p.s(")")
	case *Struct:
		p.s("struct_pack(")
		p.each(len(e.Fields), func(i int) {
			p.ident(e.Fields[i].Name)
			p.s(" := ")
			p.expr(e.Fields[i].Value)
		})
		p.s(")")
	case *Map:
		p.s(`"map"(list_value(`)
		p.each(len(e.Entries), func(i int) { p.expr(e.Entries[i].Key) })
		p.s("), list_value(")
		p.each(len(e.Entries), func(i int) { p.expr(e.Entries[i].Value) })
		p.s("))")
	case *Row:
		p.s(`"row"(`)
		p.exprs(e.Items)
		p.s(")")
	case *Collate:
		p.wrap("", e.X, " COLLATE ")
		p.name(e.Collation)
	case *Case:
		p.nameCase(e)
	case *ListComp:
		p.nameListComp(e)
	case *Func:
		return p.nameCall(e)
	case *Unary:
		if e.Op != OpFactorial {
			return false
		}
		p.wrap("factorial(", e.X, ")")
	default:
		return p.namePredicate(e)
	}
	return true
}

// wrap writes an expression between two texts.
func (p *printer) wrap(before string, e Expr, after string) {
	p.s(before)
	p.expr(e)
	p.s(after)
}

func (p *printer) namePredicate(e Expr) bool {
	switch e := e.(type) {
	case *IsBool:
		p.wrap("(CAST(", e.X, " AS BOOLEAN) IS ")
		p.opt(!e.Not, "NOT ")
		p.s("DISTINCT FROM ")
		p.opt(e.Value, "true)")
		p.opt(!e.Value, "false)")
	case *Between:
		if !e.Not {
			return false
		}
		c := *e
		c.Not = false
		p.wrap("(NOT ", &c, ")")
	case *In:
		p.nameIn(e)
	case *Match:
		p.nameMatch(e)
	case *Quantified:
		return p.nameQuantified(e)
	case *Binary:
		switch e.Op {
		case OpRegex, OpNotRegex:
			p.opt(e.Op == OpNotRegex, "(NOT ")
			p.wrap("regexp_matches(", e.L, ", ")
			p.wrap("", e.R, ")")
			p.opt(e.Op == OpNotRegex, ")")
		default:
			return false
		}
	default:
		return false
	}
	return true
}

func (p *printer) nameIn(e *In) {
	p.opt(e.Not, "(NOT ")
	p.wrap("(", e.X, "")
	if e.Query != nil {
		p.s(" = ANY(")
		p.query(e.Query)
	} else {
		p.s(" IN (")
		p.exprs(e.List)
	}
	p.s("))")
	p.opt(e.Not, ")")
}

func (p *printer) nameMatch(e *Match) {
	fn := ""
	switch {
	case e.Kind == Similar:
		fn = "regexp_full_match"
	case e.Escape != nil && e.Kind != Glob:
		fn = matchEscapes[e.Kind]
	}
	switch {
	case fn != "":
		p.opt(e.Not, "(NOT ")
		p.wrap(fn+"(", e.X, ", ")
		p.expr(e.Pattern)
		if e.Escape != nil {
			p.wrap(", ", e.Escape, "")
		}
		p.s(")")
		p.opt(e.Not, ")")
	case e.Kind == Glob:
		p.opt(e.Not, "(NOT ")
		p.wrap("(", e.X, " ~~~ ")
		p.wrap("", e.Pattern, ")")
		p.opt(e.Not, ")")
	default:
		op := matchOps[e.Kind][0]
		if e.Not {
			op = matchOps[e.Kind][1]
		}
		p.wrap("(", e.X, " "+op+" ")
		p.wrap("", e.Pattern, ")")
	}
}

// nameQuantified writes op ALL as the negation of the opposite operator with ANY.
func (p *printer) nameQuantified(e *Quantified) bool {
	op := e.Op
	if e.Match || (e.All && op.Negate() == OpNone) {
		return false
	}
	if e.All {
		op = op.Negate()
		p.s("(NOT ")
	}
	p.wrap("(", e.X, " "+op.String()+" ANY(")
	if e.Query != nil {
		p.query(e.Query)
	} else {
		p.wrap("SELECT unnest(", e.Operand, ")")
	}
	p.s("))")
	p.opt(e.All, ")")
	return true
}

func (p *printer) nameCase(e *Case) {
	p.s("CASE ")
	for _, w := range e.Whens {
		if e.Operand != nil {
			p.wrap(" WHEN ((", e.Operand, " = ")
			p.wrap("", w.Cond, "))")
		} else {
			p.wrap(" WHEN (", w.Cond, ")")
		}
		p.wrap(" THEN (", w.Then, ")")
	}
	if e.Else != nil {
		p.wrap(" ELSE ", e.Else, " END")
	} else {
		p.s(" ELSE NULL END")
	}
}

// nameListComp writes a list comprehension as the calls that it stands for.
func (p *printer) nameListComp(e *ListComp) {
	lambda := func() {
		p.s("(lambda ")
		p.idents(e.Vars)
		p.s(": ")
	}
	if e.Cond == nil {
		p.wrap("list_apply(", e.List, ", ")
		lambda()
		p.wrap("", e.Value, "))")
		return
	}
	p.wrap("list_apply(list_filter(list_apply(", e.List, ", ")
	lambda()
	p.wrap(`struct_pack("filter" := `, e.Cond, ", result := ")
	p.wrap("", e.Value, "))), (lambda elem: struct_extract(elem, 'filter'))), (lambda elem: struct_extract(elem, 'result')))")
}

// nameCall renames the calls that have another name in output, and reports whether it wrote the call.
func (p *printer) nameCall(f *Func) bool {
	if len(f.Name) != 1 {
		return false
	}
	c := *f
	switch strings.ToLower(f.Name[0].Name) {
	case "count":
		if len(f.Args) > 1 || f.Distinct || len(f.Args) == 1 && !bareStar(f.Args[0].Value) {
			return false
		}
		c.Args = nil
		if f.Over == nil {
			c.Name = Name{{Name: "count_star"}}
		}
	case "ifnull":
		c.Name = Name{{Name: "coalesce"}}
	case "percentile_cont", "percentile_disc":
		if len(f.WithinGroup) == 0 {
			return false
		}
		c.Name = Name{{Name: "quantile" + strings.ToLower(f.Name[0].Name)[len("percentile"):]}}
		c.OrderBy, c.WithinGroup = f.WithinGroup, nil
	default:
		return false
	}
	p.call(&c)
	return true
}

// bareStar reports whether e is * without qualifier or modifiers.
func bareStar(e Expr) bool {
	s, ok := e.(*Star)
	return ok && len(s.Qualifier)+len(s.Exclude)+len(s.Replace)+len(s.Rename) == 0
}
