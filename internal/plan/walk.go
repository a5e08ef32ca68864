package plan

import (
	"slices"

	"github.com/siksik-data/siksik/internal/expr"
)

// Walk calls visit for n and everything below it, parents first, until visit returns false for a subtree. The input of Shared nodes with
// one ID is visited once, below the first of them.
func Walk(n Node, visit func(Node) bool) { walk(n, visit, map[int]bool{}) }

func walk(n Node, visit func(Node) bool, shared map[int]bool) {
	if !visit(n) {
		return
	}
	if s, ok := n.(*Shared); ok {
		if shared[s.ID] {
			return
		}
		shared[s.ID] = true
	}
	for _, in := range n.Inputs() {
		walk(in, visit, shared)
	}
}

// MapInputs returns n with f applied to its inputs; n itself if nothing changes.
func MapInputs(n Node, f func(Node) (Node, error)) (Node, error) {
	ins := n.Inputs()
	var next []Node
	for i, in := range ins {
		m, err := f(in)
		if err != nil {
			return nil, err
		}
		if m != in && next == nil {
			next = slices.Clone(ins)
		}
		if next != nil {
			next[i] = m
		}
	}
	if next == nil {
		return n, nil
	}
	return n.WithInputs(next), nil
}

// BottomUp rebuilds the plan with f applied to each node after its inputs. Nodes that do not change keep their identity, and all Shared nodes with
// one ID keep one input.
func BottomUp(n Node, f func(Node) (Node, error)) (Node, error) {
	return bottomUp(n, f, map[int]Node{})
}

func bottomUp(n Node, f func(Node) (Node, error), shared map[int]Node) (Node, error) {
	n, err := MapInputs(n, func(in Node) (Node, error) {
		return onceShared(n, shared, func() (Node, error) { return bottomUp(in, f, shared) })
	})
	if err != nil {
		return nil, err
	}
	return f(n)
}

// TopDown rebuilds the plan with f applied to each node before its inputs; see BottomUp.
func TopDown(n Node, f func(Node) (Node, error)) (Node, error) {
	return topDown(n, f, map[int]Node{})
}

func topDown(n Node, f func(Node) (Node, error), shared map[int]Node) (Node, error) {
	n, err := f(n)
	if err != nil {
		return nil, err
	}
	return MapInputs(n, func(in Node) (Node, error) {
		return onceShared(n, shared, func() (Node, error) { return topDown(in, f, shared) })
	})
}

// onceShared computes the new input of parent, once for all Shared nodes with one ID.
func onceShared(parent Node, shared map[int]Node, compute func() (Node, error)) (Node, error) {
	s, ok := parent.(*Shared)
	if !ok {
		return compute()
	}
	if in := shared[s.ID]; in != nil {
		return in, nil
	}
	in, err := compute()
	if err == nil {
		shared[s.ID] = in
	}
	return in, err
}

// PassThrough returns items that hand on the columns unchanged.
func PassThrough(cols []expr.Col) []Item {
	items := make([]Item, len(cols))
	for i, c := range cols {
		items[i] = Item{Col: c, Expr: &expr.Ref{Col: c}}
	}
	return items
}

// Exprs calls f for each expression of the node itself.
func Exprs(n Node, f func(expr.Expr)) {
	MapExprs(n, func(e expr.Expr) expr.Expr { f(e); return e })
}

// MapExprs returns n with f applied to each of its expressions; n itself if nothing changes.
func MapExprs(n Node, f func(expr.Expr) expr.Expr) Node {
	m := &mapper{f: f}
	switch n := n.(type) {
	case *Values:
		c := &Values{Out: n.Out, Rows: make([][]expr.Expr, len(n.Rows))}
		for i, row := range n.Rows {
			c.Rows[i] = m.list(row)
		}
		return m.pick(n, c)
	case *Filter:
		return m.pick(n, &Filter{n.Input, m.one(n.Cond)})
	case *Project:
		return m.pick(n, &Project{n.Input, m.items(n.Items)})
	case *Aggregate:
		c := *n
		c.Keys, c.Aggs = m.items(n.Keys), slices.Clone(n.Aggs)
		for i := range c.Aggs {
			a := &c.Aggs[i].Agg
			a.Args, a.Filter, a.Order = m.list(a.Args), m.one(a.Filter), m.keys(a.Order)
		}
		return m.pick(n, &c)
	case *Join:
		c := *n
		c.On, c.Residual = slices.Clone(n.On), m.one(n.Residual)
		for i := range c.On {
			c.On[i].Left, c.On[i].Right = m.one(c.On[i].Left), m.one(c.On[i].Right)
		}
		return m.pick(n, &c)
	case *Apply:
		c := *n
		c.Cond = m.one(n.Cond)
		return m.pick(n, &c)
	case *Sort:
		return m.pick(n, &Sort{n.Input, m.keys(n.Keys), n.Limit})
	case *Window:
		c := &Window{n.Input, slices.Clone(n.Items)}
		for i := range c.Items {
			m.window(&c.Items[i].Win)
		}
		return m.pick(n, c)
	case *Unnest:
		c := *n
		c.Items = m.items(n.Items)
		return m.pick(n, &c)
	default: // the other nodes have no expressions
		return n
	}
}

// mapper applies f and remembers whether anything changed.
type mapper struct {
	f       func(expr.Expr) expr.Expr
	changed bool
}

func (m *mapper) pick(old, new Node) Node {
	if m.changed {
		return new
	}
	return old
}

func (m *mapper) one(e expr.Expr) expr.Expr {
	if e == nil {
		return nil
	}
	out := m.f(e)
	m.changed = m.changed || out != e
	return out
}

func (m *mapper) list(in []expr.Expr) []expr.Expr {
	if in == nil {
		return nil
	}
	out := make([]expr.Expr, len(in))
	for i, e := range in {
		out[i] = m.one(e)
	}
	return out
}

func (m *mapper) items(in []Item) []Item {
	out := slices.Clone(in)
	for i := range out {
		out[i].Expr = m.one(out[i].Expr)
	}
	return out
}

func (m *mapper) keys(in []expr.SortKey) []expr.SortKey {
	out := slices.Clone(in)
	for i := range out {
		out[i].Expr = m.one(out[i].Expr)
	}
	return out
}

func (m *mapper) window(w *expr.Win) {
	w.Args, w.Filter, w.Partition, w.Order = m.list(w.Args), m.one(w.Filter), m.list(w.Partition), m.keys(w.Order)
	w.Frame.Start.Offset, w.Frame.End.Offset = m.one(w.Frame.Start.Offset), m.one(w.Frame.End.Offset)
}
