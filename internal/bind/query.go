package bind

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// query binds a whole query: WITH, body, ORDER BY, LIMIT. outer is the scope of the query around it, or nil.
func (b *Binder) query(q *ast.Query, outer *scope) (out bound, err error) {
	err = b.nested(q.Span, func() error {
		out, err = b.queryBody(q, outer)
		return err
	})
	return out, err
}

func (b *Binder) queryBody(q *ast.Query, outer *scope) (bound, error) {
	s := &scope{parent: outer}
	if q.With != nil {
		if err := b.with(q.With, s); err != nil {
			return bound{}, err
		}
	}
	node, err := b.body(q.Body, q.OrderBy, s)
	if err != nil {
		return bound{}, err
	}
	if q.Limit != nil {
		if node, err = b.limit(q.Limit, node); err != nil {
			return bound{}, err
		}
	}
	return bound{node: node}, nil
}

// with binds common table expressions in order, each seeing those before it.
func (b *Binder) with(w *ast.With, s *scope) error {
	for _, c := range w.CTEs {
		q, ok := c.Statement.(*ast.Query)
		if !ok {
			return b.failf(c.Name.Span, fault.Unsupported, "only queries are supported in WITH")
		}
		for _, old := range s.ctes {
			if same(old.name, c.Name.Name) {
				return b.failf(c.Name.Span, fault.Name, "%q is defined twice in WITH", c.Name.Name)
			}
		}
		if len(c.Key) > 0 {
			return b.failf(c.Name.Span, fault.Unsupported, "USING KEY is not supported")
		}
		around := s
		if w.Recursive {
			around = &scope{parent: s, ctes: []*cte{{name: c.Name.Name}}}
		}
		rel, err := b.query(q, around)
		if err != nil {
			return err
		}
		cols := rel.node.Cols()
		if len(c.Columns) > len(cols) {
			return b.failf(c.Name.Span, fault.Usage, "%q has %d columns, and %d names are given", c.Name.Name, len(cols), len(c.Columns))
		}
		def := &cte{name: c.Name.Name, shared: b.share(rel.node)}
		for i, col := range cols {
			name := col.Name
			if i < len(c.Columns) {
				name = c.Columns[i].Name
			}
			def.names = append(def.names, name)
		}
		s.ctes = append(s.ctes, def)
	}
	return nil
}

func (b *Binder) share(n plan.Node) *sharedPlan {
	b.shares++
	return &sharedPlan{id: b.shares, node: n}
}

// use makes one use of a shared plan with columns of its own, renamed if names are given.
func (b *Binder) use(s *sharedPlan, names []string) plan.Node {
	n := &plan.Shared{ID: s.id, Input: s.node}
	for i, c := range s.node.Cols() {
		name := c.Name
		if names != nil {
			name = names[i]
		}
		n.Out = append(n.Out, b.col(name, c.Type))
	}
	return n
}

// body binds what a query computes, with its ORDER BY.
func (b *Binder) body(body ast.Body, order []ast.OrderItem, s *scope) (plan.Node, error) {
	var node plan.Node
	var err error
	switch body := body.(type) {
	case *ast.Select:
		return b.selectQuery(body, order, s)
	case *ast.SetOp:
		node, err = b.setOp(body, s)
	case *ast.Values:
		node, err = b.values(body, s)
	case *ast.Query:
		var rel bound
		rel, err = b.query(body, s)
		node = rel.node
	case *ast.Describe:
		node, err = b.describe(body, s)
	case *ast.Summarize:
		node, err = b.summarize(body, s)
	case *ast.Show:
		node, err = b.show(body)
	default:
		return nil, bug.Errorf("unknown query body %T", body)
	}
	if err != nil || len(order) == 0 {
		return node, err
	}
	return b.orderOutput(node, order, s)
}

// orderOutput sorts by output columns, by name, position or expression over them.
func (b *Binder) orderOutput(node plan.Node, order []ast.OrderItem, outer *scope) (plan.Node, error) {
	cols := node.Cols()
	x := b.newExprs(&scope{rels: []*relation{relationOf("", cols)}, parent: outer}, "ORDER BY")
	var keys []expr.SortKey
	for _, it := range order {
		if it.All {
			keys = append(keys, b.allKeys(cols, it)...)
			continue
		}
		e, err := x.ordinalOr(it.X, "ORDER BY", len(cols), func(i int) (expr.Expr, error) { return &expr.Ref{Col: cols[i]}, nil })
		if err != nil {
			return nil, err
		}
		keys = append(keys, expr.SortKey{Expr: e, Order: b.order(it)})
	}
	return &plan.Sort{Input: node, Keys: keys, Limit: -1}, nil
}

func (b *Binder) allKeys(cols []expr.Col, it ast.OrderItem) []expr.SortKey {
	var keys []expr.SortKey
	for _, c := range cols {
		keys = append(keys, expr.SortKey{Expr: &expr.Ref{Col: c}, Order: b.order(it)})
	}
	return keys
}

// ordinalOr reads a whole-number literal as the position of an output column and binds anything else; another number groups as a constant and orders nothing.
func (x *exprs) ordinalOr(e ast.Expr, clause string, n int, item func(i int) (expr.Expr, error)) (expr.Expr, error) {
	if u, ok := e.(*ast.Unary); ok && u.Op == ast.OpNeg && clause == "ORDER BY" {
		if num, ok := u.X.(*ast.Number); ok {
			return nil, x.b.failf(e.At(), fault.Name, "%s -%s is out of range: there are %d output columns", clause, num.Text, n)
		}
	}
	num, ok := e.(*ast.Number)
	if !ok {
		return x.bind(e)
	}
	lit, err := x.b.number(num.Span, num.Text, false)
	if err != nil {
		return nil, err
	}
	v := lit.(*expr.Lit).Value
	if !v.Type.IsInteger() && clause == "GROUP BY" {
		return lit, nil
	}
	if !v.Type.IsInteger() || !v.I.IsInt64() || v.Int64() < 1 || v.Int64() > int64(n) {
		return nil, x.b.failf(num.Span, fault.Name, "%s %s is out of range: there are %d output columns", clause, num.Text, n)
	}
	return item(int(v.Int64()) - 1)
}

// limit binds LIMIT and OFFSET, which must be constant.
func (b *Binder) limit(l *ast.Limit, node plan.Node) (plan.Node, error) {
	if l.Percent {
		return nil, b.failf(l.Span, fault.Unsupported, "LIMIT with a percentage is not supported yet")
	}
	out := &plan.Limit{Input: node, Count: -1}
	for _, part := range []struct {
		e    ast.Expr
		what string
		to   *int64
	}{{l.Count, "LIMIT", &out.Count}, {l.Offset, "OFFSET", &out.Offset}} {
		if part.e == nil {
			continue
		}
		v, err := b.constant(part.e, part.what)
		if err != nil {
			return nil, err
		}
		if v.Null {
			continue
		}
		n, err := b.wholeNumber(part.e.At(), part.what, v)
		if err != nil {
			return nil, err
		}
		*part.to = n
	}
	return out, nil
}

func (b *Binder) wholeNumber(at ast.Span, what string, v data.Scalar) (int64, error) {
	e, err := b.fold(at, castTo(&expr.Lit{Value: v}, dtype.Of(dtype.Int64)))
	if err != nil {
		return 0, err
	}
	l, ok := e.(*expr.Lit)
	if !ok || l.Value.Int64() < 0 {
		return 0, b.failf(at, fault.Value, "%s must be a whole number that is not negative, not %s", what, v)
	}
	return l.Value.Int64(), nil
}

// values binds VALUES rows and gives each column a common type.
func (b *Binder) values(v *ast.Values, outer *scope) (plan.Node, error) {
	x := b.newExprs(&scope{parent: outer}, "VALUES")
	width := len(v.Rows[0])
	columns := make([][]expr.Expr, width)
	for _, row := range v.Rows {
		if len(row) != width {
			return nil, b.failf(v.Span, fault.Syntax, "VALUES has rows of %d and of %d values", width, len(row))
		}
		for i, e := range row {
			bound, err := x.bind(e)
			if err != nil {
				return nil, err
			}
			columns[i] = append(columns[i], bound)
		}
	}
	out := &plan.Values{Rows: make([][]expr.Expr, len(v.Rows))}
	for i, c := range columns {
		t, err := b.meet(v.Span, "VALUES", c, sig.InText)
		if err != nil {
			return nil, err
		}
		if t.Kind == dtype.Null {
			t = dtype.Of(dtype.Int32)
			for j := range c {
				c[j] = castTo(c[j], t)
			}
		}
		out.Out = append(out.Out, b.col("col"+itoa(i), t))
		for r := range c {
			out.Rows[r] = append(out.Rows[r], c[r])
		}
	}
	return out, nil
}

// setOp binds UNION, INTERSECT and EXCEPT.
func (b *Binder) setOp(op *ast.SetOp, s *scope) (plan.Node, error) {
	l, err := b.body(op.L, nil, s)
	if err != nil {
		return nil, err
	}
	r, err := b.body(op.R, nil, s)
	if err != nil {
		return nil, err
	}
	if op.ByName {
		l, r = b.alignByName(l, r)
	}
	if len(l.Cols()) != len(r.Cols()) {
		return nil, b.failf(op.Span, fault.Type, "%s needs the same number of columns on both sides, not %d and %d", op.Kind, len(l.Cols()), len(r.Cols()))
	}
	ins, out, err := b.alignTypes(op.Span, op.Kind.String(), []plan.Node{l, r})
	if err != nil {
		return nil, err
	}
	if op.Kind != ast.Union {
		return b.intersectExcept(op, ins[0], ins[1])
	}
	var node plan.Node = &plan.Union{Ins: ins, Out: out}
	if !op.All {
		node = &plan.Distinct{Input: node}
	}
	return node, nil
}

// alignTypes casts column i of every input to the common type and makes the output columns, named by the first input.
func (b *Binder) alignTypes(at ast.Span, what string, ins []plan.Node) ([]plan.Node, []expr.Col, error) {
	width := len(ins[0].Cols())
	refs := make([][]expr.Expr, width)
	var out []expr.Col
	for i := range width {
		for _, in := range ins {
			refs[i] = append(refs[i], &expr.Ref{Col: in.Cols()[i]})
		}
		t, err := b.meet(at, "column "+itoa(i+1)+" of "+what, refs[i], sig.InText)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, b.col(ins[0].Cols()[i].Name, t))
	}
	for k, in := range ins {
		p := &plan.Project{Input: in}
		changed := false
		for i, c := range in.Cols() {
			e := refs[i][k]
			if _, plain := e.(*expr.Ref); !plain {
				changed = true
				c = b.col(c.Name, e.Type())
			}
			p.Items = append(p.Items, plan.Item{Col: c, Expr: e})
		}
		if changed {
			ins[k] = p
		}
	}
	return ins, out, nil
}

// alignByName gives both inputs all columns of either, null where one lacks a column.
func (b *Binder) alignByName(l, r plan.Node) (plan.Node, plan.Node) {
	var names []string
	add := func(cols []expr.Col) {
		for _, c := range cols {
			if indexFold(names, c.Name) < 0 {
				names = append(names, c.Name)
			}
		}
	}
	add(l.Cols())
	add(r.Cols())
	return b.pick(l, names), b.pick(r, names)
}

func indexFold(names []string, name string) int {
	for i, n := range names {
		if same(n, name) {
			return i
		}
	}
	return -1
}

// pick projects the named columns, null where missing.
func (b *Binder) pick(n plan.Node, names []string) plan.Node {
	p := &plan.Project{Input: n}
	for _, name := range names {
		it := plan.Item{Col: b.col(name, dtype.Type{}), Expr: &expr.Lit{Value: data.NullScalar(dtype.Type{})}}
		for _, c := range n.Cols() {
			if same(c.Name, name) {
				it = plan.Item{Col: c, Expr: &expr.Ref{Col: c}}
				break
			}
		}
		p.Items = append(p.Items, it)
	}
	return p
}

// intersectExcept makes a null-safe semi or anti join on all columns; ALL numbers the duplicates first.
func (b *Binder) intersectExcept(op *ast.SetOp, l, r plan.Node) (plan.Node, error) {
	kind := defs.Semi
	if op.Kind == ast.Except {
		kind = defs.Anti
	}
	cols := l.Cols()
	if op.All {
		l, r = b.numberDuplicates(l), b.numberDuplicates(r)
	} else {
		l = &plan.Distinct{Input: l}
	}
	j := &plan.Join{Kind: kind, Left: l, Right: r}
	for i, c := range l.Cols() {
		j.On = append(j.On, plan.On{Left: &expr.Ref{Col: c}, Right: &expr.Ref{Col: r.Cols()[i]}, NullSafe: true})
	}
	if !op.All {
		return j, nil
	}
	p := &plan.Project{Input: j}
	for _, c := range cols {
		p.Items = append(p.Items, plan.Item{Col: c, Expr: &expr.Ref{Col: c}})
	}
	return p, nil
}

// numberDuplicates adds row_number() over (partition by all columns).
func (b *Binder) numberDuplicates(n plan.Node) plan.Node {
	fn, _, ret, err := b.resolve("row_number", nil, sig.WindowKind)
	bug.Assert(err == nil, "row_number is declared")
	w := expr.Win{Fn: fn, Typ: ret, Frame: wholePartition}
	for _, c := range n.Cols() {
		w.Partition = append(w.Partition, &expr.Ref{Col: c})
	}
	return &plan.Window{Input: n, Items: []plan.WinItem{{Col: b.col("n", ret), Win: w}}}
}

// wholePartition is the frame of a window without order.
var wholePartition = expr.Frame{Unit: defs.FrameRows, Start: expr.Bound{Kind: defs.UnboundedPreceding}, End: expr.Bound{Kind: defs.UnboundedFollowing}}
