package parse

import (
	"strings"

	"github.com/siksik-data/siksik/internal/sql/ast"
)

// word parses an operand that starts with a word: a literal, a form with its own syntax, or a name.
func (p *parser) word() ast.Expr {
	t := p.cur()
	if t.id >= firstKeyword {
		if e := p.special(t); e != nil {
			return e
		}
	}
	if t.class == ast.Reserved && !p.isAt(1, opDot) || p.err != nil {
		p.expected("an expression")
		return p.bad()
	}
	return p.named()
}

// special parses the forms with their own syntax, and returns nil where the word is a name or function like any other.
func (p *parser) special(t *token) ast.Expr {
	start := int(t.start)
	span := ast.Span{Start: start, End: int(t.end)}
	next := p.peek(1)
	switch t.id {
	case kwNull:
		p.advance()
		return &ast.Null{Span: span}
	case kwTrue, kwFalse:
		p.advance()
		return &ast.Bool{Span: span, Value: t.id == kwTrue}
	case kwDefault:
		p.advance()
		return &ast.Default{Span: span}
	case kwCase:
		return p.caseExpr()
	case kwInterval:
		return p.interval()
	case kwArray:
		switch next.id {
		case opLBracket:
			p.advance()
			return p.list(start)
		case opLParen:
			p.advance()
			q := p.parenQuery()
			return &ast.Subquery{Span: p.from(start), Query: q, Array: true}
		}
	case kwMap:
		if next.id == opLBrace {
			return p.mapLiteral()
		}
	case kwTime, kwTimestamp, kwDouble, kwCharacter, kwNational, kwBit, kwDec, kwNumeric, kwDecimal, kwInt, kwInteger, kwSmallint,
		kwBigint, kwReal, kwFloat, kwBoolean, kwVarchar, kwChar, kwNchar:
		if p.typeBeforeString() {
			name := p.typeName()
			return p.typedLiteral(start, name)
		}
	}
	if next.id == opLParen {
		return p.specialCall(t.id)
	}
	return nil
}

// typeBeforeString reports whether the keyword of a built-in type starts a literal such as TIMESTAMP WITH TIME ZONE '…'.
func (p *parser) typeBeforeString() bool {
	k := 1
	switch p.peek(k).id {
	case kwPrecision, kwVarying:
		k++
	case opLParen:
		if p.peek(2).kind != Number {
			return false
		}
		for k = 3; p.isAt(k, opComma) && p.peek(k+1).kind == Number; k += 2 {
		}
		if !p.isAt(k, opRParen) {
			return false
		}
		k++
	}
	if (p.isAt(k, kwWith) || p.isAt(k, kwWithout)) && p.isAt(k+1, kwTime) && p.isAt(k+2, kwZone) {
		k += 3
	}
	return p.peek(k).kind == String
}

// specialCall parses the calls with their own syntax, at the word before the parenthesis.
func (p *parser) specialCall(id tokenID) ast.Expr {
	start := p.start()
	switch id {
	case kwCast, kwTryCast:
		return p.cast(id == kwTryCast)
	case kwExists:
		p.advance()
		q := p.parenQuery()
		return &ast.Exists{Span: p.from(start), Query: q}
	case kwColumns:
		return p.columns(start, nil)
	case kwUnpack:
		p.advance()
		p.advance()
		x := p.expr()
		p.expect(opRParen)
		return &ast.Unpack{Span: p.from(start), X: x}
	case kwRow:
		p.advance()
		p.advance()
		r := &ast.Row{}
		if !p.is(opRParen) {
			p.commaList(func() { r.Items = append(r.Items, p.expr()) })
		}
		p.expect(opRParen)
		r.Span = p.from(start)
		return r
	case kwExtract:
		return p.extract()
	case kwSubstring:
		return p.substring()
	case kwPosition:
		return p.position()
	case kwTrim:
		return p.trim()
	case kwOverlay:
		return p.overlay()
	}
	return nil
}

func (p *parser) cast(try bool) ast.Expr {
	start := p.start()
	p.advance()
	p.advance()
	x := p.expr()
	p.expect(kwAs)
	t := p.typeName()
	p.expect(opRParen)
	return &ast.Cast{Span: p.from(start), X: x, Type: t, Try: try}
}

func (p *parser) caseExpr() ast.Expr {
	c := &ast.Case{}
	start := p.start()
	p.advance()
	if !p.is(kwWhen) {
		c.Operand = p.expr()
	}
	if !p.is(kwWhen) {
		p.expected("WHEN")
	}
	for p.accept(kwWhen) {
		cond := p.expr()
		p.expect(kwThen)
		c.Whens = append(c.Whens, ast.When{Cond: cond, Then: p.expr()})
	}
	if p.accept(kwElse) {
		c.Else = p.expr()
	}
	p.expect(kwEnd)
	c.Span = p.from(start)
	return c
}

// callOf makes the call that a special syntax stands for.
func (p *parser) callOf(start int, name string, args ...ast.Expr) ast.Expr {
	span := p.from(start)
	f := &ast.Func{Span: span, Name: ast.Name{{Span: span, Name: name}}, Args: make([]ast.Arg, len(args))}
	for i, a := range args {
		f.Args[i].Value = a
	}
	return f
}

// extract parses EXTRACT(field FROM x), which is date_part('field', x).
func (p *parser) extract() ast.Expr {
	start := p.start()
	p.advance()
	p.advance()
	t := p.cur()
	field := &ast.String{Span: ast.Span{Start: int(t.start), End: int(t.end)}}
	if t.kind == String {
		field.Value = p.stringValue(t)
		p.advance()
	} else {
		field.Value = strings.ToLower(p.labelIdent("a part of a date").Name)
	}
	p.expect(kwFrom)
	x := p.expr()
	p.expect(opRParen)
	return p.callOf(start, "date_part", field, x)
}

// substring parses SUBSTRING(x FROM a FOR b) and SUBSTRING(x, a, b).
func (p *parser) substring() ast.Expr {
	start := p.start()
	p.advance()
	p.advance()
	args := []ast.Expr{p.expr()}
	if p.is(kwFrom) || p.is(kwFor) {
		var from, length ast.Expr
		for range 2 {
			switch {
			case from == nil && p.accept(kwFrom):
				from = p.expr()
			case length == nil && p.accept(kwFor):
				length = p.expr()
			}
		}
		if from == nil {
			from = &ast.Number{Span: p.from(start), Text: "1"}
		}
		args = append(args, from)
		if length != nil {
			args = append(args, length)
		}
	} else {
		args = p.moreArgs(args)
	}
	p.expect(opRParen)
	return p.callOf(start, "substring", args...)
}

// moreArgs parses the rest of a plain argument list, up to its parenthesis.
func (p *parser) moreArgs(args []ast.Expr) []ast.Expr {
	for p.accept(opComma) {
		args = append(args, p.expr())
	}
	return args
}

// position parses POSITION(needle IN x), which is position(x, needle).
func (p *parser) position() ast.Expr {
	start := p.start()
	p.advance()
	p.advance()
	needle := p.exprAt(bpOther)
	if !p.accept(kwIn) {
		args := p.moreArgs([]ast.Expr{needle})
		p.expect(opRParen)
		return p.callOf(start, "position", args...)
	}
	x := p.expr()
	p.expect(opRParen)
	return p.callOf(start, "position", x, needle)
}

// trim parses TRIM([LEADING|TRAILING|BOTH] [chars] [FROM] x).
func (p *parser) trim() ast.Expr {
	start := p.start()
	p.advance()
	p.advance()
	name := "trim"
	switch {
	case p.accept(kwBoth):
	case p.accept(kwLeading):
		name = "ltrim"
	case p.accept(kwTrailing):
		name = "rtrim"
	}
	var args []ast.Expr
	if p.accept(kwFrom) {
		args = p.moreArgs([]ast.Expr{p.expr()})
	} else {
		args = []ast.Expr{p.expr()}
		if p.accept(kwFrom) {
			args = []ast.Expr{p.expr(), args[0]}
		}
		args = p.moreArgs(args)
	}
	p.expect(opRParen)
	return p.callOf(start, name, args...)
}

// overlay parses OVERLAY(x PLACING y FROM a FOR b) and OVERLAY(x, y, a, b).
func (p *parser) overlay() ast.Expr {
	start := p.start()
	p.advance()
	p.advance()
	args := []ast.Expr{p.expr()}
	if p.accept(kwPlacing) {
		args = append(args, p.expr())
		p.expect(kwFrom)
		args = append(args, p.expr())
		if p.accept(kwFor) {
			args = append(args, p.expr())
		}
	} else {
		args = p.moreArgs(args)
	}
	p.expect(opRParen)
	return p.callOf(start, "overlay", args...)
}
