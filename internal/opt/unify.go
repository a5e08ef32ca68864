package opt

import (
	"slices"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// unified is one plan that can stand for two: its rows are those of either, in the same order, once the conditions in rest of that one are applied.
// At most one of them has such conditions, so that the plan makes no rows which neither of the two makes.
type unified struct {
	node plan.Node
	cols [2]map[expr.ColID]expr.Expr // by column of either plan: the column of node
	rest [2][]expr.Expr              // over the columns of node
}

// unify makes one plan of two that read the same tables with the same conditions and joins, or reports that it cannot. They may differ in the columns
// that they keep or compute, in the names of columns, and one may have conditions that the other has not.
func (c *Ctx) unify(a, b plan.Node) (*unified, bool) {
	if p, ok := a.(*plan.Project); ok && onlyRefs(p.Items) {
		u, ok := c.unify(p.Input, b)
		return u.renamed(0, p, ok)
	}
	if p, ok := b.(*plan.Project); ok && onlyRefs(p.Items) {
		u, ok := c.unify(a, p.Input)
		return u.renamed(1, p, ok)
	}
	u, ok := (*unified)(nil), false
	switch a := a.(type) {
	case *plan.Scan:
		if b, same := b.(*plan.Scan); same {
			u, ok = c.unifyScans(a, b)
		}
	case *plan.Memory:
		if b, same := b.(*plan.Memory); same && len(a.Batches) > 0 && slices.Equal(a.Batches, b.Batches) {
			out := c.newCols(a.Out)
			u, ok = byPosition(&plan.Memory{Name: a.Name, Out: out, Batches: a.Batches}, out, a.Out, b.Out), true
		}
	case *plan.Shared:
		if b, same := b.(*plan.Shared); same && a.ID == b.ID {
			out := c.newCols(a.Out)
			u, ok = byPosition(&plan.Shared{ID: a.ID, Input: a.Input, Out: out}, out, a.Out, b.Out), true
		}
	case *plan.Filter:
		if b, same := b.(*plan.Filter); same {
			u, ok = c.unifyFilters(a, b)
		}
	case *plan.Project:
		if b, same := b.(*plan.Project); same {
			u, ok = c.unifyProjects(a, b)
		}
	case *plan.Aggregate:
		if b, same := b.(*plan.Aggregate); same {
			u, ok = c.unifyAggregates(a, b)
		}
	case *plan.Join:
		if b, same := b.(*plan.Join); same {
			u, ok = c.unifyJoins(a, b)
		}
	}
	if !ok || len(u.rest[0]) > 0 && len(u.rest[1]) > 0 {
		return nil, false
	}
	return u, true
}

// renamed follows a projection of plan i that only renames columns.
func (u *unified) renamed(i int, p *plan.Project, ok bool) (*unified, bool) {
	if !ok {
		return nil, false
	}
	cols := map[expr.ColID]expr.Expr{}
	for _, it := range p.Items {
		cols[it.Col.ID] = u.cols[i][it.Expr.(*expr.Ref).Col.ID]
	}
	u.cols[i] = cols
	return u, true
}

// of returns an expression of plan i over the columns of the one plan.
func (u *unified) of(i int, e expr.Expr) expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Substitute(e, u.cols[i])
}

func newUnified() *unified {
	return &unified{cols: [2]map[expr.ColID]expr.Expr{{}, {}}}
}

// byPosition unifies leaves with equal columns.
func byPosition(node plan.Node, out, a, b []expr.Col) *unified {
	u := newUnified()
	u.node = node
	for i, cols := range [][]expr.Col{a, b} {
		for k, c := range cols {
			u.cols[i][c.ID] = &expr.Ref{Col: out[k]}
		}
	}
	return u
}

func (c *Ctx) unifyFilters(a, b *plan.Filter) (*unified, bool) {
	u, ok := c.unify(a.Input, b.Input)
	if !ok {
		return nil, false
	}
	both, ok := u.conditions(expr.Conjuncts(a.Cond), expr.Conjuncts(b.Cond))
	if !ok {
		return nil, false
	}
	u.node = above(u.node, both)
	return u, true
}

// conditions returns what both lists say and adds the others to the rest.
func (u *unified) conditions(a, b []expr.Expr) (both []expr.Expr, ok bool) {
	have := [2]map[string]bool{{}, {}}
	lists := [2][]expr.Expr{}
	for i, list := range [][]expr.Expr{a, b} {
		for _, e := range list {
			if expr.Volatile(e) {
				return nil, false
			}
			e = u.of(i, e)
			lists[i] = append(lists[i], e)
			have[i][expr.Format(e)] = true
		}
	}
	for i, list := range lists {
		for _, e := range list {
			switch {
			case !have[1-i][expr.Format(e)]:
				u.rest[i] = append(u.rest[i], e)
			case i == 0:
				both = append(both, e)
			}
		}
	}
	return both, true
}

func (c *Ctx) unifyJoins(a, b *plan.Join) (*unified, bool) {
	if a.Kind != b.Kind || len(a.On) != len(b.On) {
		return nil, false
	}
	left, ok := c.unify(a.Left, b.Left)
	if !ok {
		return nil, false
	}
	right, ok := c.unify(a.Right, b.Right)
	if !ok || !commutes(a.Kind, left.rest, right.rest) {
		return nil, false
	}
	u := newUnified()
	for i := range u.cols {
		for _, side := range []*unified{left, right} {
			for id, e := range side.cols[i] {
				u.cols[i][id] = e
			}
			u.rest[i] = append(u.rest[i], side.rest[i]...)
		}
	}
	if !u.equal(a.Conds(), b.Conds()) {
		return nil, false
	}
	out := &plan.Join{Kind: a.Kind, Left: left.node, Right: right.node, Residual: u.of(0, a.Residual), BuildLeft: a.BuildLeft}
	for _, on := range a.On {
		out.On = append(out.On, plan.On{Left: u.of(0, on.Left), Right: u.of(0, on.Right), NullSafe: on.NullSafe})
	}
	if a.Kind == defs.Mark {
		out.Mark = c.newCol(a.Mark.Name, a.Mark.Type)
		u.cols[0][a.Mark.ID], u.cols[1][b.Mark.ID] = &expr.Ref{Col: out.Mark}, &expr.Ref{Col: out.Mark}
	}
	u.node = out
	return u, true
}

// commutes reports whether conditions on the inputs of a join may as well be applied to its output.
func commutes(k defs.JoinKind, left, right [2][]expr.Expr) bool {
	l, r := len(left[0])+len(left[1]) > 0, len(right[0])+len(right[1]) > 0
	switch k {
	case defs.Inner, defs.Cross:
		return true
	case defs.Left, defs.Semi, defs.Anti, defs.Mark:
		return !r
	default:
		return !l && !r
	}
}

// equal reports whether an expression list of the first plan and one of the second say the same, in any order.
func (u *unified) equal(a, b []expr.Expr) bool {
	if len(a) != len(b) {
		return false
	}
	have := map[string]int{}
	for _, e := range a {
		if expr.Volatile(e) {
			return false
		}
		have[expr.Format(u.of(0, e))]++
	}
	for _, e := range b {
		text := expr.Format(u.of(1, e))
		if have[text]--; have[text] < 0 {
			return false
		}
	}
	return true
}

// unifyProjects computes what either computes, each once, and hands on what the rest reads. What only a plan with conditions in the rest computes
// must not fail, since it is computed for rows that this plan leaves out.
func (c *Ctx) unifyProjects(a, b *plan.Project) (*unified, bool) {
	u, ok := c.unify(a.Input, b.Input)
	if !ok {
		return nil, false
	}
	out := &plan.Project{Input: u.node}
	at := map[string]expr.Expr{}
	item := func(e expr.Expr, name string) expr.Expr {
		text := expr.Format(e)
		if at[text] == nil {
			col := c.newCol(name, e.Type())
			out.Items = append(out.Items, plan.Item{Col: col, Expr: e})
			at[text] = &expr.Ref{Col: col}
		}
		return at[text]
	}
	cols := [2]map[expr.ColID]expr.Expr{{}, {}}
	for i, p := range []*plan.Project{a, b} {
		for _, it := range p.Items {
			e := u.of(i, it.Expr)
			if expr.Volatile(e) || len(u.rest[i]) > 0 && expr.Fallible(e) {
				return nil, false
			}
			cols[i][it.Col.ID] = item(e, it.Col.Name)
		}
		for k, e := range u.rest[i] {
			m := map[expr.ColID]expr.Expr{}
			expr.Walk(e, func(x expr.Expr) bool {
				if r, ok := x.(*expr.Ref); ok {
					m[r.Col.ID] = item(r, r.Col.Name)
				}
				return true
			})
			u.rest[i][k] = expr.Substitute(e, m)
		}
	}
	u.node, u.cols = out, cols
	return u, true
}

// unifyAggregates makes one aggregate of two with equal keys over equal rows.
func (c *Ctx) unifyAggregates(a, b *plan.Aggregate) (*unified, bool) {
	if a.Sets != nil || b.Sets != nil || len(a.Keys) != len(b.Keys) {
		return nil, false
	}
	in, ok := c.unify(a.Input, b.Input)
	if !ok || len(in.rest[0])+len(in.rest[1]) > 0 || !in.equal(itemExprs(a.Keys), itemExprs(b.Keys)) {
		return nil, false
	}
	u, out := newUnified(), &plan.Aggregate{Input: in.node}
	keys, aggs := map[string]expr.Expr{}, map[string]expr.Expr{}
	for i, n := range []*plan.Aggregate{a, b} {
		for _, k := range n.Keys {
			e := in.of(i, k.Expr)
			text := expr.Format(e)
			if keys[text] == nil {
				col := c.newCol(k.Col.Name, k.Col.Type)
				out.Keys = append(out.Keys, plan.Item{Col: col, Expr: e})
				keys[text] = &expr.Ref{Col: col}
			}
			u.cols[i][k.Col.ID] = keys[text]
		}
		moved := plan.MapExprs(n, func(e expr.Expr) expr.Expr { return in.of(i, e) }).(*plan.Aggregate)
		for _, g := range moved.Aggs {
			text := g.Agg.Format()
			if aggs[text] == nil {
				col := c.newCol(g.Col.Name, g.Col.Type)
				out.Aggs = append(out.Aggs, plan.AggItem{Col: col, Agg: g.Agg})
				aggs[text] = &expr.Ref{Col: col}
			}
			u.cols[i][g.Col.ID] = aggs[text]
		}
	}
	volatileAgg := false
	plan.Exprs(out, func(e expr.Expr) { volatileAgg = volatileAgg || expr.Volatile(e) })
	u.node = out
	return u, !volatileAgg
}

func itemExprs(items []plan.Item) []expr.Expr {
	out := make([]expr.Expr, len(items))
	for i, it := range items {
		out[i] = it.Expr
	}
	return out
}
