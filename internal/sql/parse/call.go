package parse

import "github.com/siksik-data/siksik/internal/sql/ast"

// callRest parses a call from its parenthesis on: arguments, and the clauses of aggregates and window functions.
func (p *parser) callRest(start int, f *ast.Func) {
	p.expect(opLParen)
	switch {
	case p.accept(kwDistinct):
		f.Distinct = true
	case p.is(kwAll) && !p.isAt(1, opLParen):
		p.advance()
	}
	if !p.is(opRParen) && !p.is(kwOrder) && !p.nullTreatmentHere() {
		p.commaList(func() { f.Args = append(f.Args, p.arg()) })
	}
	if p.acceptAll(kwOrder, kwBy) {
		f.OrderBy = p.orderItems()
	}
	p.nullTreatment(f)
	p.expect(opRParen)
	p.nullTreatment(f)
	if p.acceptAll(kwWithin, kwGroup) {
		p.expect(opLParen)
		p.expect(kwOrder)
		p.expect(kwBy)
		f.WithinGroup = p.orderItems()
		p.expect(opRParen)
	}
	if p.acceptAll(kwFilter, opLParen) {
		p.accept(kwWhere)
		f.Filter = p.expr()
		p.expect(opRParen)
	}
	p.nullTreatment(f)
	if p.is(kwOver) && (p.isAt(1, opLParen) || p.peek(1).colID()) {
		p.advance()
		f.Over = p.over()
	}
	f.Span = p.from(start)
}

func (p *parser) nullTreatmentHere() bool {
	return p.are(kwIgnore, kwNulls) || p.are(kwRespect, kwNulls)
}

func (p *parser) nullTreatment(f *ast.Func) {
	switch {
	case p.acceptAll(kwIgnore, kwNulls):
		f.Nulls = ast.NullsIgnore
	case p.acceptAll(kwRespect, kwNulls):
		f.Nulls = ast.NullsRespect
	}
}

// arg parses an argument, with the name before := or => if it has one.
func (p *parser) arg() ast.Arg {
	var a ast.Arg
	if p.cur().label() && (p.isAt(1, opAssign) || p.isAt(1, opFatArrow)) {
		a.Name = p.take()
		p.advance()
	}
	a.Value = p.expr()
	return a
}

// over parses what follows OVER: a window name or a specification.
func (p *parser) over() *ast.Window {
	if !p.is(opLParen) {
		start := p.start()
		w := &ast.Window{Bare: true, Base: p.ident("the name of a window")}
		w.Span = p.from(start)
		return w
	}
	return p.window()
}

// window parses a window specification with its parentheses.
func (p *parser) window() *ast.Window {
	start := p.start()
	w := &ast.Window{}
	p.expect(opLParen)
	if p.cur().colID() && !p.isFrameMode() && !p.are(kwPartition, kwBy) {
		w.Base = p.take()
	}
	if p.acceptAll(kwPartition, kwBy) {
		p.commaList(func() { w.Partition = append(w.Partition, p.expr()) })
	}
	if p.acceptAll(kwOrder, kwBy) {
		w.OrderBy = p.orderItems()
	}
	if p.isFrameMode() {
		w.Frame = p.frame()
	}
	p.expect(opRParen)
	w.Span = p.from(start)
	return w
}

func (p *parser) isFrameMode() bool {
	switch p.cur().id {
	case kwRows, kwRange, kwGroups:
		return !p.isAt(1, opRParen)
	}
	return false
}

func (p *parser) frame() *ast.Frame {
	start := p.start()
	f := &ast.Frame{End: ast.Bound{Kind: ast.CurrentRow}}
	switch p.cur().id {
	case kwRange:
		f.Mode = ast.FrameRange
	case kwGroups:
		f.Mode = ast.FrameGroups
	}
	p.advance()
	if p.accept(kwBetween) {
		f.Start = p.bound()
		p.expect(kwAnd)
		f.End = p.bound()
	} else {
		f.Start = p.bound()
	}
	if p.accept(kwExclude) {
		switch {
		case p.acceptAll(kwCurrent, kwRow):
			f.Exclude = ast.ExcludeCurrentRow
		case p.accept(kwGroup):
			f.Exclude = ast.ExcludeGroup
		case p.accept(kwTies):
			f.Exclude = ast.ExcludeTies
		case p.acceptAll(kwNo, kwOthers):
		default:
			p.expected("CURRENT ROW, GROUP, TIES or NO OTHERS")
		}
	}
	f.Span = p.from(start)
	return f
}

func (p *parser) bound() ast.Bound {
	switch {
	case p.acceptAll(kwUnbounded, kwPreceding):
		return ast.Bound{Kind: ast.UnboundedPreceding}
	case p.acceptAll(kwUnbounded, kwFollowing):
		return ast.Bound{Kind: ast.UnboundedFollowing}
	case p.acceptAll(kwCurrent, kwRow):
		return ast.Bound{Kind: ast.CurrentRow}
	}
	b := ast.Bound{Kind: ast.Preceding, Offset: p.exprAt(bpNot)}
	switch {
	case p.accept(kwPreceding):
	case p.accept(kwFollowing):
		b.Kind = ast.Following
	default:
		p.expected("PRECEDING or FOLLOWING")
	}
	return b
}

// orderItems parses the elements of ORDER BY.
func (p *parser) orderItems() []ast.OrderItem {
	var items []ast.OrderItem
	p.commaList(func() { items = append(items, p.orderItem()) })
	return items
}

func (p *parser) orderItem() ast.OrderItem {
	start := p.start()
	var o ast.OrderItem
	if o.All = p.accept(kwAll); !o.All {
		o.X = p.expr()
	}
	switch {
	case p.accept(kwAsc):
		o.Dir = ast.Asc
	case p.accept(kwDesc):
		o.Dir = ast.Desc
	}
	switch {
	case p.acceptAll(kwNulls, kwFirst):
		o.Nulls = ast.NullsFirst
	case p.acceptAll(kwNulls, kwLast):
		o.Nulls = ast.NullsLast
	}
	o.Span = p.from(start)
	return o
}
