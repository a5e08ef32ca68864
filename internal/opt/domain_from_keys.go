package opt

import (
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// domainFromKeys replaces an Apply without the combinations of outer columns: each outer column equals a column of the right side by a condition there, such
// as WHERE k = outer.k, and that column is handed up in its place.
type domainFromKeys struct{}

// Name implements Rule.
func (domainFromKeys) Name() string { return "domain_from_keys" }

// Apply implements Rule.
func (domainFromKeys) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	a, ok := n.(*plan.Apply)
	if !ok {
		return n, nil
	}
	return c.overDomain(a, true)
}

// key is a column or value of the right side that stands for an outer column.
type key struct {
	value expr.Expr
	sure  bool // null never matches
	cond  int  // position of the condition
}

// keysFor finds for every outer column of the set an equality with something that n computes; nil if one has none.
func (d *domain) keysFor(missing columnSet, conds []expr.Expr, n plan.Node) map[expr.ColID]key {
	if !d.keys || len(missing) == 0 {
		return nil
	}
	own := plan.IDs(n)
	out := map[expr.ColID]key{}
	for i, cond := range conds {
		call, ok := cond.(*expr.Call)
		if !ok || call.Fn.Name != "eq" && call.Fn.Name != "is_not_distinct" {
			continue
		}
		for side := range 2 {
			r, ok := call.Args[side].(*expr.Ref)
			value := call.Args[1-side]
			if !ok || !missing[r.Col.ID] || !plan.ReadsOnly(value, own, true) || expr.Volatile(value) || expr.Fallible(value) {
				continue
			}
			if _, found := out[r.Col.ID]; !found {
				out[r.Col.ID] = key{value, call.Fn.Name == "eq", i}
			}
		}
	}
	if len(out) < len(missing) {
		return nil
	}
	return out
}

// withKeys adds the keys to in, as columns that carry outer ones, and returns the conditions that they do not stand for.
func (d *domain) withKeys(in pushed, keys map[expr.ColID]key, conds []expr.Expr) (pushed, []expr.Expr) {
	out := pushed{node: in.node, dom: map[expr.ColID]expr.Col{}, sure: columnSet{}}
	for id, c := range in.dom {
		out.dom[id], out.sure[id] = c, in.sure[id]
	}
	items := plan.PassThrough(in.node.Cols())
	used := map[int]bool{}
	for _, o := range d.left.Cols() {
		k, ok := keys[o.ID]
		if !ok {
			continue
		}
		used[k.cond] = true
		out.sure[o.ID] = k.sure
		if r, plain := k.value.(*expr.Ref); plain {
			out.dom[o.ID] = r.Col
			continue
		}
		c := d.c.newCol(o.Name, o.Type)
		out.dom[o.ID] = c
		items = append(items, plan.Item{Col: c, Expr: k.value})
	}
	if len(items) > len(in.node.Cols()) {
		out.node = &plan.Project{Input: in.node, Items: items}
	}
	var rest []expr.Expr
	for i, e := range conds {
		if !used[i] {
			rest = append(rest, e)
		}
	}
	return out, rest
}
