package opt

import (
	"slices"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// connectJoins avoids products: where inner joins as written, as by FROM a, b, c WHERE a.x = c.x AND c.y = b.y, join inputs that have no key in common,
// the inputs are taken in another order, always the first one as written that has a key with those before it. Statistics choose none of them, so that the
// order of the rows depends on the query alone, but where all inputs together make few rows they stay as written.
type connectJoins struct{}

// productMost is up to how many rows all inputs together, without any condition, are few: computing them takes some milliseconds.
const productMost = 1e6

// Name implements Rule.
func (connectJoins) Name() string { return "connect_joins" }

// Apply implements Rule.
func (connectJoins) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	j, ok := n.(*plan.Join)
	if !ok || !inner(j) {
		return n, nil
	}
	t := &joinTree{renamed: map[expr.ColID]expr.Expr{}}
	products := t.products(j)
	if products == 0 {
		return n, nil
	}
	t.open(j)
	if len(t.leaves) < 3 || c.product(t.leaves) <= productMost || !t.distinctIDs() || !t.movable() {
		return n, nil
	}
	p := &parts{nodes: t.leaves, conds: t.conds}
	p.filterLeaves()
	if p.connect() >= products {
		return n, nil
	}
	return t.over(j, above(p.nodes[0], p.conds)), nil
}

// product estimates how many rows inputs make together without any condition.
func (c *Ctx) product(leaves []plan.Node) float64 {
	rows := 1.0
	for _, n := range leaves {
		rows *= max(c.est.Rows(n), 1)
	}
	return rows
}

// products counts the joins without keys of the tree that open takes apart.
func (t *joinTree) products(n plan.Node) int {
	switch n := n.(type) {
	case *plan.Join:
		if !inner(n) {
			return 0
		}
		own := 0
		if len(n.On) == 0 {
			own = 1
		}
		return own + t.products(n.Left) + t.products(n.Right)
	case *plan.Filter:
		return t.products(n.Input)
	case *plan.Project:
		if onlyRefs(n.Items) {
			return t.products(n.Input)
		}
	}
	return 0
}

// parts are what is not joined yet, with the conditions that wait for columns of several of them.
type parts struct {
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

// connect joins all parts from the first one on and returns how many products that took.
func (p *parts) connect() int {
	sets := make([]columnSet, len(p.nodes))
	for i, n := range p.nodes {
		sets[i] = plan.IDs(n)
	}
	products := 0
	for len(p.nodes) > 1 {
		with := p.nextConnected(sets)
		if with == 0 {
			with = 1
			products++
		}
		for id := range sets[with] {
			sets[0][id] = true
		}
		var mine []expr.Expr
		mine, p.conds = readable(p.conds, sets[0])
		p.nodes[0] = innerJoin(p.nodes[0], p.nodes[with], mine)
		p.nodes, sets = slices.Delete(p.nodes, with, with+1), slices.Delete(sets, with, with+1)
	}
	return products
}

// nextConnected returns the first part that has a key with part 0, or 0.
func (p *parts) nextConnected(sets []columnSet) int {
	best := 0
	for _, c := range p.conds {
		call, ok := c.(*expr.Call)
		if !ok || call.Fn.Name != "eq" && call.Fn.Name != "is_not_distinct" {
			continue
		}
		for i := range 2 {
			if !plan.ReadsOnly(call.Args[i], sets[0], true) {
				continue
			}
			for k := 1; k < len(sets) && (best == 0 || k < best); k++ {
				if plan.ReadsOnly(call.Args[1-i], sets[k], true) {
					best = k
				}
			}
		}
	}
	return best
}
