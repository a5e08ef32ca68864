package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// joinOrder reorders trees of three or more inner and cross joins to the cheapest order (see joinGraph.order). It only happens where the order of rows does
// not reach the result (see observed), and not with conditions that may fail.
type joinOrder struct{}

// Name implements Rule.
func (joinOrder) Name() string { return "join_order" }

// Apply implements Rule. n is the root.
func (joinOrder) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	out, err := withOrder(n, true, observed, func(n plan.Node, ordered bool) (plan.Node, error) {
		j, ok := n.(*plan.Join)
		if !ok || ordered || !inner(j) {
			return n, nil
		}
		return c.reordered(j), nil
	})
	if err == nil && out != n && plan.SameText(out, n) { // only parts of a tree had another order, which the whole gave back
		return n, nil
	}
	return out, err
}

func inner(n *plan.Join) bool { return n.Kind == defs.Inner || n.Kind == defs.Cross }

// joinTree is a tree of inner joins taken apart.
type joinTree struct {
	leaves  []plan.Node
	conds   []expr.Expr
	renamed map[expr.ColID]expr.Expr // columns of projections in between, which only rename
}

// open takes n apart.
func (t *joinTree) open(n plan.Node) {
	switch n := n.(type) {
	case *plan.Join:
		if !inner(n) {
			break
		}
		t.open(n.Left)
		t.open(n.Right)
		t.conds = append(t.conds, n.Conds()...)
		return
	case *plan.Filter:
		if j, ok := n.Input.(*plan.Join); ok && inner(j) {
			t.open(j)
			t.conds = append(t.conds, expr.Conjuncts(n.Cond)...)
			return
		}
	case *plan.Project:
		if j, ok := n.Input.(*plan.Join); ok && inner(j) && onlyRefs(n.Items) {
			t.open(j)
			for _, it := range n.Items {
				if r := it.Expr.(*expr.Ref); r.Col.ID != it.Col.ID {
					t.renamed[it.Col.ID] = r
				}
			}
			return
		}
	}
	t.leaves = append(t.leaves, n)
}

// worthwhile reports whether the inputs are large enough for their order to matter.
func (c *Ctx) worthwhile(leaves []plan.Node) bool {
	total := 0.0
	for _, n := range leaves {
		total += c.est.Rows(n)
	}
	return total >= c.ReorderFrom
}

// distinctIDs reports whether the columns of all leaves can stand side by side: an id that a projection in between gives to another column must not
// come from a leaf as well.
func (t *joinTree) distinctIDs() bool {
	seen := columnSet{}
	for id := range t.renamed {
		seen[id] = true
	}
	for _, n := range t.leaves {
		for _, c := range n.Cols() {
			if seen[c.ID] {
				return false
			}
			seen[c.ID] = true
		}
	}
	return true
}

func onlyRefs(items []plan.Item) bool {
	for _, it := range items {
		if _, ok := it.Expr.(*expr.Ref); !ok {
			return false
		}
	}
	return true
}

// resolve replaces renamed columns, which may be renamed several times, by those of the leaves.
func (t *joinTree) resolve(e expr.Expr) expr.Expr {
	for {
		next := expr.Substitute(e, t.renamed)
		if next == e {
			return e
		}
		e = next
	}
}

// reordered returns j in the greedy order, or j itself if that is its order already or if it must stay.
func (c *Ctx) reordered(j *plan.Join) plan.Node {
	t := &joinTree{renamed: map[expr.ColID]expr.Expr{}}
	t.open(j)
	if len(t.leaves) < 3 || !t.distinctIDs() || !c.worthwhile(t.leaves) {
		return j
	}
	if !t.movable() {
		return j
	}
	g := c.newJoinGraph(t.leaves, t.conds)
	out := t.over(j, c.built(g, g.order()))
	if plan.SameText(out, j) {
		return j
	}
	return out
}

// movable resolves the conditions and reports whether all of them may be evaluated elsewhere.
func (t *joinTree) movable() bool {
	for i, e := range t.conds {
		t.conds[i] = t.resolve(e)
		if expr.Volatile(e) || expr.Fallible(e) || !reads(e) {
			return false
		}
	}
	return true
}

// reads reports whether e reads a column.
func reads(e expr.Expr) bool {
	return expr.Contains(e, func(x expr.Expr) bool {
		_, ok := x.(*expr.Ref)
		return ok
	})
}

// over gives out, a join of the same leaves, the columns of j.
func (t *joinTree) over(j *plan.Join, out plan.Node) plan.Node {
	if len(t.renamed) == 0 {
		return sameCols(out, j.Cols())
	}
	items := plan.PassThrough(j.Cols())
	for i := range items {
		items[i].Expr = t.resolve(items[i].Expr)
	}
	return &plan.Project{Input: out, Items: items}
}

// built makes the plan of an order, the smaller side of each join on the right. Equalities of a class hold within both sides already, so that one between
// them is enough.
func (c *Ctx) built(g *joinGraph, p *joinPlan) plan.Node {
	if p.left == nil {
		return g.rels[p.set.first()].node
	}
	lp, rp := p.left, p.right
	if g.card(lp.set) < g.card(rp.set) {
		lp, rp = rp, lp
	}
	j := &plan.Join{Kind: defs.Inner, Left: c.built(g, lp), Right: c.built(g, rp)}
	for _, k := range g.classes {
		if l, r := k.member(lp.set), k.member(rp.set); l != nil && r != nil {
			j.On = append(j.On, plan.On{Left: l.e, Right: r.e, NullSafe: k.nullSafe})
		}
	}
	var conds []expr.Expr
	for _, o := range g.others {
		if o.over&^p.set == 0 && o.over&^lp.set != 0 && o.over&^rp.set != 0 {
			conds = append(conds, o.e)
		}
	}
	on, rest := plan.SplitOn(j.Left, j.Right, conds)
	if j.On = append(j.On, on...); len(rest) > 0 {
		j.Residual = expr.AndAll(rest)
	}
	if len(j.On) == 0 && j.Residual == nil {
		j.Kind = defs.Cross
	}
	return j
}
