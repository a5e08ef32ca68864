package opt

import (
	"slices"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// joinOrder reorders trees of three or more inner and cross joins greedily: the two parts whose join has the fewest estimated rows are joined first,
// and parts without a key between them only when nothing else is left. The smaller part goes to the right, where it is kept in memory. It only happens
// where the order of rows does not reach the result (see observed), and not with conditions that may fail.
type joinOrder struct{}

// Name implements Rule.
func (joinOrder) Name() string { return "join_order" }

// Apply implements Rule. n is the root.
func (joinOrder) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	return withOrder(n, true, observed, func(n plan.Node, ordered bool) (plan.Node, error) {
		j, ok := n.(*plan.Join)
		if !ok || ordered || !inner(j) {
			return n, nil
		}
		return c.reordered(j), nil
	})
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
	p := &parts{c: c, nodes: t.leaves, conds: t.conds}
	p.filterLeaves()
	for len(p.nodes) > 1 {
		p.joinBest()
	}
	out := t.over(j, above(p.nodes[0], p.conds))
	if plan.Format(out) == plan.Format(j) {
		return j
	}
	return out
}

// movable resolves the conditions and reports whether all of them may be evaluated elsewhere.
func (t *joinTree) movable() bool {
	for i, e := range t.conds {
		if t.conds[i] = t.resolve(e); volatile(e) || fallible(e) {
			return false
		}
	}
	return true
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

// parts are what is not joined yet, with the conditions that wait for columns of several of them.
type parts struct {
	c     *Ctx
	nodes []plan.Node
	conds []expr.Expr
}

// filterLeaves applies the conditions on one part.
func (p *parts) filterLeaves() {
	for i, n := range p.nodes {
		mine, rest := readable(p.conds, plan.IDs(n))
		p.nodes[i], p.conds = above(n, mine), rest
	}
}

// readable splits conditions into those over a set of columns and the rest.
func readable(conds []expr.Expr, set columnSet) (mine, rest []expr.Expr) {
	for _, c := range conds {
		if plan.ReadsOnly(c, set, true) {
			mine = append(mine, c)
		} else {
			rest = append(rest, c)
		}
	}
	return mine, rest
}

// joinBest joins the best pair. Ties go to the pair that stood first, so that the result depends on the plan and the statistics only.
func (p *parts) joinBest() {
	var best *plan.Join
	bestRows, bestKeyed, at, with := 0.0, false, 0, 0
	for i := range p.nodes {
		for k := i + 1; k < len(p.nodes); k++ {
			j := p.pair(i, k)
			rows, keyed := p.c.est.Rows(j), len(j.On) > 0
			if best == nil || keyed && !bestKeyed || keyed == bestKeyed && rows < bestRows {
				best, bestRows, bestKeyed, at, with = j, rows, keyed, i, k
			}
		}
	}
	_, p.conds = readable(p.conds, plan.IDs(best))
	p.nodes[at] = best
	p.nodes = slices.Delete(p.nodes, with, with+1)
}

// pair makes the join of two parts with all conditions that they satisfy, the smaller one on the right.
func (p *parts) pair(i, k int) *plan.Join {
	l, r := p.nodes[i], p.nodes[k]
	if p.c.est.Rows(l) < p.c.est.Rows(r) {
		l, r = r, l
	}
	mine, _ := readable(p.conds, plan.IDs(&plan.Join{Kind: defs.Cross, Left: l, Right: r}))
	return joinOf(l, r, mine)
}
