package ast

import (
	"encoding/hex"
	"strconv"
	"strings"
)

func (p *printer) expr(e Expr) {
	if p.naming && p.nameExpr(e) {
		return
	}
	switch e := e.(type) {
	case *Null:
		p.s("NULL")
	case *Bool:
		p.s(strconv.FormatBool(e.Value))
	case *Number:
		p.s(e.Text)
	case *String:
		p.str(e.Value)
	case *Blob:
		p.s("X'", strings.ToUpper(hex.EncodeToString([]byte(e.Value))), "'")
	case *Default:
		p.s("DEFAULT")
	case *Interval:
		p.s("INTERVAL (")
		p.expr(e.Value)
		p.s(") ", strings.ToUpper(e.Unit.String()))
	case *List:
		p.s("[")
		p.exprs(e.Items)
		p.s("]")
	case *Struct:
		p.s("{")
		p.each(len(e.Fields), func(i int) {
			p.ident(e.Fields[i].Name)
			p.s(": ")
			p.expr(e.Fields[i].Value)
		})
		p.s("}")
	case *Map:
		p.s("MAP {")
		p.each(len(e.Entries), func(i int) {
			p.expr(e.Entries[i].Key)
			p.s(": ")
			p.expr(e.Entries[i].Value)
		})
		p.s("}")
	case *Row:
		p.opt(len(e.Items) < 2, "row")
		p.s("(")
		p.exprs(e.Items)
		p.s(")")
	case *ColumnRef:
		p.name(e.Parts)
	case *PositionalRef:
		p.s("#", strconv.Itoa(e.N))
	case *Param:
		p.s("$", e.Name)
		p.opt(e.Name == "", strconv.Itoa(e.Index))
	case *Star, *Columns, *Unpack:
		p.star(e)
	case *Unary, *Binary, *Logic:
		p.operator(e)
	case *IsNull, *IsBool, *Between, *In, *Match, *Quantified:
		p.predicate(e)
	case *Case:
		p.caseExpr(e)
	case *Cast:
		p.opt(e.Try, "TRY_")
		p.s("CAST(")
		p.expr(e.X)
		p.s(" AS ")
		p.typeName(e.Type)
		p.s(")")
	case *Collate:
		p.s("(")
		p.expr(e.X)
		p.s(" COLLATE ")
		p.name(e.Collation)
		p.s(")")
	case *Index, *Slice, *Field:
		p.access(e)
	case *Lambda:
		p.s("(lambda ")
		p.idents(e.Params)
		p.s(": ")
		p.expr(e.Body)
		p.s(")")
	case *ListComp:
		p.s("[")
		p.expr(e.Value)
		p.s(" FOR ")
		p.idents(e.Vars)
		p.s(" IN ")
		p.expr(e.List)
		if e.Cond != nil {
			p.s(" IF ")
			p.expr(e.Cond)
		}
		p.s("]")
	case *Subquery:
		p.opt(e.Array, "ARRAY")
		p.s("(")
		p.query(e.Query)
		p.s(")")
	case *Exists:
		p.s("EXISTS(")
		p.query(e.Query)
		p.s(")")
	case *Func:
		p.call(e)
	default:
		p.unknown(e)
	}
}

func (p *printer) star(e Expr) {
	switch e := e.(type) {
	case *Star:
		if len(e.Qualifier) > 0 {
			p.name(e.Qualifier)
			p.s(".")
		}
		p.s("*")
		p.starModifiers(e)
	case *Columns:
		if len(e.Qualifier) > 0 {
			p.name(e.Qualifier)
			p.s(".")
		}
		p.s("COLUMNS(")
		p.expr(e.X)
		p.s(")")
	case *Unpack:
		p.s("UNPACK(")
		p.expr(e.X)
		p.s(")")
	}
}

func (p *printer) starModifiers(e *Star) {
	if len(e.Exclude) > 0 {
		p.s(" EXCLUDE (")
		p.each(len(e.Exclude), func(i int) { p.name(e.Exclude[i]) })
		p.s(")")
	}
	if len(e.Replace) > 0 {
		p.s(" REPLACE (")
		p.items(e.Replace)
		p.s(")")
	}
	if len(e.Rename) > 0 {
		p.s(" RENAME (")
		p.each(len(e.Rename), func(i int) {
			p.name(e.Rename[i].From)
			p.s(" AS ")
			p.ident(e.Rename[i].To)
		})
		p.s(")")
	}
}

// signedNumber reports whether e prints as a number with a sign in front, which binds less tightly than what may follow.
func signedNumber(e Expr) bool {
	u, ok := e.(*Unary)
	if !ok || u.Op != OpNeg {
		return false
	}
	_, ok = u.X.(*Number)
	return ok
}

func (p *printer) operator(e Expr) {
	switch e := e.(type) {
	case *Unary:
		switch {
		case signedNumber(e):
			p.s("-")
			p.expr(e.X)
		case e.Op == OpFactorial:
			p.s("(")
			p.expr(e.X)
			p.s(" !)")
		case e.Op == OpNot:
			p.s("(NOT ")
			p.expr(e.X)
			p.s(")")
		default:
			p.s("(", e.Op.String(), "(")
			p.expr(e.X)
			p.s("))")
		}
	case *Binary:
		p.s("(")
		p.chain(e)
		p.s(")")
	case *Logic:
		word := " AND "
		if e.Or {
			word = " OR "
		}
		p.s("(")
		for i, arg := range e.Args {
			p.opt(i > 0, word)
			p.expr(arg)
		}
		p.s(")")
	}
}

// chain writes a binary operator without its parentheses. Outside names, a + b + c keeps to one pair of them, so
// that a long chain does not nest deeply.
func (p *printer) chain(e *Binary) {
	if l, ok := e.L.(*Binary); ok && !p.naming && l.Op.level() == e.Op.level() && l.Op.level() > 0 {
		p.chain(l)
	} else {
		p.expr(e.L)
	}
	p.s(" ", e.Op.String(), " ")
	p.expr(e.R)
}

func (p *printer) predicate(e Expr) {
	p.s("(")
	not := func(cond bool) { p.opt(cond, " NOT") }
	switch e := e.(type) {
	case *IsNull:
		p.expr(e.X)
		p.s(" IS")
		not(e.Not)
		p.s(" NULL")
	case *IsBool:
		p.expr(e.X)
		p.s(" IS")
		not(e.Not)
		p.s(" ", strings.ToUpper(strconv.FormatBool(e.Value)))
	case *Between:
		p.expr(e.X)
		not(e.Not)
		p.s(" BETWEEN ")
		p.expr(e.Lo)
		p.s(" AND ")
		p.expr(e.Hi)
	case *In:
		p.expr(e.X)
		not(e.Not)
		p.s(" IN (")
		if e.Query != nil {
			p.query(e.Query)
		}
		p.exprs(e.List)
		p.s(")")
	case *Match:
		p.expr(e.X)
		not(e.Not)
		p.s(" ", e.Kind.String(), " ")
		p.expr(e.Pattern)
		if e.Escape != nil {
			p.s(" ESCAPE ")
			p.expr(e.Escape)
		}
	case *Quantified:
		p.quantified(e)
	}
	p.s(")")
}

func (p *printer) quantified(e *Quantified) {
	p.expr(e.X)
	p.opt(e.Not, " NOT")
	op := e.Op.String()
	if e.Match {
		op = e.Kind.String()
	}
	quantifier := "ANY"
	if e.All {
		quantifier = "ALL"
	}
	p.s(" ", op, " ", quantifier, "(")
	if e.Query != nil {
		p.query(e.Query)
	} else {
		p.expr(e.Operand)
	}
	p.s(")")
}

func (p *printer) caseExpr(e *Case) {
	p.s("CASE")
	if e.Operand != nil {
		p.s(" ")
		p.expr(e.Operand)
	}
	for _, w := range e.Whens {
		p.s(" WHEN ")
		p.expr(w.Cond)
		p.s(" THEN ")
		p.expr(w.Then)
	}
	if e.Else != nil {
		p.s(" ELSE ")
		p.expr(e.Else)
	}
	p.s(" END")
}

func (p *printer) access(e Expr) {
	switch e := e.(type) {
	case *Index:
		p.receiver(e.X)
		p.s("[")
		p.expr(e.I)
		p.s("]")
	case *Slice:
		p.receiver(e.X)
		p.s("[")
		if e.Lo != nil {
			p.expr(e.Lo)
		}
		p.s(":")
		switch {
		case e.Hi != nil:
			p.expr(e.Hi)
		case e.Step != nil:
			p.s("-")
		}
		if e.Step != nil {
			p.s(":")
			p.expr(e.Step)
		}
		p.s("]")
	case *Field:
		p.s("(")
		p.expr(e.X)
		p.s(").")
		p.ident(e.Name)
	}
}

// receiver writes what a subscript applies to, in parentheses where the subscript would otherwise bind to a part of it.
func (p *printer) receiver(e Expr) {
	switch e.(type) {
	case *Star, *Unary:
		p.s("(")
		p.expr(e)
		p.s(")")
	default:
		p.expr(e)
	}
}
