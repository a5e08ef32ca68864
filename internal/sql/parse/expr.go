package parse

import (
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// The binding powers, from the loosest operator to the tightest.
const (
	bpAny = iota
	bpArrow
	bpOr
	bpAnd
	bpNot
	bpIs
	bpCompare
	bpMatch
	bpOther
	bpBit
	bpAdd
	bpMul
	bpPow
	bpZone
	bpCollate
	bpUnary
)

type infix struct {
	bp int8
	op ast.Op
}

// infixes holds the binding power of every token that may follow an operand, and its operator if it is a plain one.
var infixes = func() (t [firstKeyword + tokenID(len(keywordText))]infix) {
	for id, in := range map[tokenID]infix{
		opArrow: {bpArrow, ast.OpArrow}, kwOr: {bp: bpOr}, kwAnd: {bp: bpAnd},
		kwIs: {bp: bpIs}, kwIsnull: {bp: bpIs}, kwNotnull: {bp: bpIs},
		opEq: {bpCompare, ast.OpEq}, opEqEq: {bpCompare, ast.OpEq}, opNe: {bpCompare, ast.OpNe}, opNeSQL: {bpCompare, ast.OpNe},
		opLt: {bpCompare, ast.OpLt}, opLe: {bpCompare, ast.OpLe}, opGt: {bpCompare, ast.OpGt}, opGe: {bpCompare, ast.OpGe},
		kwBetween: {bp: bpMatch}, kwIn: {bp: bpMatch}, kwLike: {bp: bpMatch}, kwIlike: {bp: bpMatch},
		kwGlob: {bp: bpMatch}, kwSimilar: {bp: bpMatch}, kwNot: {bp: bpMatch},
		opConcat: {bpOther, ast.OpConcat}, opArrowText: {bpOther, ast.OpArrowText}, opContains: {bpOther, ast.OpContains},
		opContainedBy: {bpOther, ast.OpContainedBy}, opAndAnd: {bpOther, ast.OpOverlaps},
		opStartsWith: {bpOther, ast.OpStartsWith}, opAnd: {bpBit, ast.OpBitAnd}, opOr: {bpBit, ast.OpBitOr},
		opShiftLeft: {bpBit, ast.OpShiftLeft}, opShiftRight: {bpBit, ast.OpShiftRight},
		opTilde: {bpMatch, ast.OpRegex}, opNotTilde: {bpMatch, ast.OpNotRegex}, opDistance: {bpOther, ast.OpDistance},
		opCosine: {bpOther, ast.OpCosineDistance}, kwOperator: {bp: bpOther},
		opLikeOp: {bp: bpMatch}, opNotLikeOp: {bp: bpMatch}, opILikeOp: {bp: bpMatch}, opNotILikeOp: {bp: bpMatch},
		opGlobOp: {bp: bpMatch},
		opPlus:   {bpAdd, ast.OpAdd}, opMinus: {bpAdd, ast.OpSub}, opStar: {bpMul, ast.OpMul}, opSlash: {bpMul, ast.OpDiv},
		opIntDiv: {bpMul, ast.OpIntDiv}, opMod: {bpMul, ast.OpMod}, opCaret: {bpPow, ast.OpPow}, opStars: {bpPow, ast.OpPowStars},
		kwAt: {bp: bpZone}, kwCollate: {bp: bpCollate},
	} {
		t[id] = in
	}
	return t
}()

func (p *parser) expr() ast.Expr { return p.exprAt(bpAny) }

// exprAt parses an expression whose operators bind at least as tightly as bp.
func (p *parser) exprAt(bp int8) ast.Expr {
	if !p.enter() {
		return p.bad()
	}
	outer := p.height
	p.height = 0
	start := p.start()
	left := p.prefix()
	height := p.height + 1
	for {
		in := infixes[p.cur().id]
		if in.bp == 0 || in.bp < bp || !p.infixHere(bp) {
			break
		}
		p.height = 0
		left = p.infix(start, left, in)
		if _, flat := left.(*ast.Logic); !flat || p.height >= height {
			height = max(height, p.height) + 1
			p.grow(height)
		}
	}
	p.height = max(outer, height)
	p.leave()
	return left
}

// infixHere tells operators that bind at least as tightly as bp from words that just happen to follow an operand.
func (p *parser) infixHere(bp int8) bool {
	switch p.cur().id {
	case kwNot:
		switch p.peek(1).id {
		case kwBetween, kwIn, kwLike, kwIlike, kwGlob, kwSimilar:
			return true
		case kwNull:
			return bp <= bpIs
		}
		return false
	case kwAt:
		return p.are(kwAt, kwTime, kwZone)
	case kwOperator:
		return p.isAt(1, opLParen)
	case opMod:
		// LIMIT 10 % is a percentage, not a remainder.
		switch t := p.peek(1); t.id {
		case opRParen, opSemicolon, kwOffset:
			return false
		default:
			return t.kind != EOF
		}
	}
	return true
}

// infix parses an operator after left, and its right operand.
func (p *parser) infix(start int, left ast.Expr, in infix) ast.Expr {
	id := p.cur().id
	if in.op != ast.OpNone {
		return p.binary(start, left, in)
	}
	switch id {
	case kwAnd, kwOr:
		p.advance()
		return p.logic(start, left, p.exprAt(in.bp+1), id == kwOr)
	case kwIs, kwIsnull, kwNotnull:
		return p.isPredicate(start, left)
	case kwCollate:
		p.advance()
		name := p.anyName("a collation")
		return &ast.Collate{Span: p.from(start), X: left, Collation: name}
	case kwAt:
		p.advance()
		p.advance()
		p.advance()
		zone := p.exprAt(in.bp + 1)
		return p.callOf(start, "timezone", zone, left)
	case kwOperator:
		return p.namedOperator(start, left)
	case opLikeOp, opNotLikeOp, opILikeOp, opNotILikeOp, opGlobOp:
		p.advance()
		m := &ast.Match{X: left, Not: id == opNotLikeOp || id == opNotILikeOp}
		switch id {
		case opILikeOp, opNotILikeOp:
			m.Kind = ast.ILike
		case opGlobOp:
			m.Kind = ast.Glob
		}
		if p.quantifierHere() {
			return p.quantified(start, &ast.Quantified{X: left, Match: true, Kind: m.Kind, Not: m.Not})
		}
		m.Pattern = p.exprAt(bpOther)
		m.Span = p.from(start)
		return m
	}
	return p.matchPredicate(start, left)
}

func (p *parser) binary(start int, left ast.Expr, in infix) ast.Expr {
	p.advance()
	if in.bp == bpCompare || in.bp == bpOther || in.bp == bpMatch {
		if p.quantifierHere() {
			return p.quantified(start, &ast.Quantified{X: left, Op: in.op})
		}
	}
	rightStart := p.start()
	right := p.exprAt(in.bp + 1)
	if in.bp == bpCompare {
		if next := p.cur(); infixes[next.id].bp == bpCompare {
			p.expected("AND between comparisons, as in a < b AND b < c")
		}
	}
	if in.op == ast.OpArrow {
		return p.arrow(start, rightStart, left, right)
	}
	return &ast.Binary{Span: p.from(start), Op: in.op, L: left, R: right}
}

// arrow joins the operands of ->. It binds loosely, so that it can introduce the body of a lambda; in j -> 'a' ->> 'b', which
// can only be a path into j, it comes first all the same.
func (p *parser) arrow(start, rightStart int, left, right ast.Expr) ast.Expr {
	var spine []*ast.Binary
	step := right
	for {
		b, ok := step.(*ast.Binary)
		if !ok || b.Op != ast.OpArrowText {
			break
		}
		spine = append(spine, b)
		step = b.L
	}
	_, isKey := step.(*ast.String)
	_, isIndex := step.(*ast.Number)
	if len(spine) == 0 || !isKey && !isIndex || rightStart != step.At().Start {
		return &ast.Binary{Span: p.from(start), Op: ast.OpArrow, L: left, R: right}
	}
	first := spine[len(spine)-1]
	first.L = &ast.Binary{Span: ast.Span{Start: start, End: step.At().End}, Op: ast.OpArrow, L: left, R: step}
	for _, b := range spine {
		b.Start = start
	}
	return right
}

// logic joins two operands of AND or OR. Chains are flat, however they were bracketed.
func (p *parser) logic(start int, left, right ast.Expr, or bool) ast.Expr {
	l, ok := left.(*ast.Logic)
	if !ok || l.Or != or {
		l = &ast.Logic{Or: or, Args: []ast.Expr{left}}
	}
	if r, ok := right.(*ast.Logic); ok && r.Or == or {
		l.Args = append(l.Args, r.Args...)
	} else {
		l.Args = append(l.Args, right)
	}
	l.Span = p.from(start)
	return l
}

func (p *parser) namedOperator(start int, left ast.Expr) ast.Expr {
	p.advance()
	p.advance()
	for p.cur().label() && p.isAt(1, opDot) {
		p.advance()
		p.advance()
	}
	in := infixes[p.cur().id]
	if in.op == ast.OpNone {
		p.expected("an operator")
		return p.bad()
	}
	p.advance()
	p.expect(opRParen)
	right := p.exprAt(bpOther + 1)
	return &ast.Binary{Span: p.from(start), Op: in.op, L: left, R: right}
}

// prefix parses an operand with the operators before it.
func (p *parser) prefix() ast.Expr {
	start := p.start()
	unary := func(op ast.Op, bp int8) ast.Expr {
		p.advance()
		x := p.exprAt(bp)
		return &ast.Unary{Span: p.from(start), Op: op, X: x}
	}
	switch p.cur().id {
	case kwNot:
		return unary(ast.OpNot, bpNot)
	case opMinus:
		return unary(ast.OpNeg, bpUnary)
	case opPlus:
		return unary(ast.OpPlus, bpUnary)
	case opTilde:
		return unary(ast.OpBitNot, bpAdd)
	case opAt:
		return unary(ast.OpAbs, bpOther)
	case kwLambda:
		return p.lambda()
	}
	return p.postfix(start, p.primary())
}

func (p *parser) lambda() ast.Expr {
	start := p.start()
	p.advance()
	l := &ast.Lambda{}
	paren := p.accept(opLParen)
	p.commaList(func() { l.Params = append(l.Params, p.ident("a parameter of the lambda")) })
	if paren {
		p.expect(opRParen)
	}
	p.expect(opColon)
	l.Body = p.expr()
	l.Span = p.from(start)
	return l
}

// postfix parses what binds tightest: casts, subscripts, fields and method calls.
func (p *parser) postfix(start int, x ast.Expr) ast.Expr {
	for {
		switch p.cur().id {
		case opCast:
			p.advance()
			t := p.typeName()
			x = &ast.Cast{Span: p.from(start), X: x, Type: t}
		case opLBracket:
			x = p.subscript(start, x)
		case opDot:
			if !p.peek(1).label() {
				return x
			}
			p.advance()
			x = p.member(start, x)
		case opBang:
			p.advance()
			x = &ast.Unary{Span: p.from(start), Op: ast.OpFactorial, X: x}
		default:
			return x
		}
		p.height++
		p.grow(p.height)
	}
}

// member parses a field or a method call after a dot.
func (p *parser) member(start int, x ast.Expr) ast.Expr {
	name := p.take()
	if !p.is(opLParen) {
		return &ast.Field{Span: p.from(start), X: x, Name: name}
	}
	f := &ast.Func{Name: ast.Name{name}, Args: []ast.Arg{{Value: x}}}
	p.callRest(start, f)
	return f
}

// subscript parses [i], [lo:hi] and [lo:hi:step].
func (p *parser) subscript(start int, x ast.Expr) ast.Expr {
	p.advance()
	bound := func() ast.Expr {
		switch {
		case p.is(opColon), p.is(opRBracket):
			return nil
		case p.is(opMinus) && (p.isAt(1, opColon) || p.isAt(1, opRBracket)):
			p.advance()
			return nil
		}
		return p.expr()
	}
	lo := bound()
	if !p.is(opColon) {
		if lo == nil {
			p.expected("a subscript")
		}
		p.expect(opRBracket)
		return &ast.Index{Span: p.from(start), X: x, I: lo}
	}
	s := &ast.Slice{X: x, Lo: lo}
	p.advance()
	s.Hi = bound()
	if p.accept(opColon) {
		s.Step = bound()
	}
	p.expect(opRBracket)
	s.Span = p.from(start)
	return s
}
