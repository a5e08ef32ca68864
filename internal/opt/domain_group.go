package opt

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// aggregate groups by the outer columns as well. Without keys of its own there is a group even for combinations without rows.
func (d *domain) aggregate(n *plan.Aggregate, need columnSet) (pushed, error) {
	switch {
	case len(n.Keys) == 0 && n.Sets == nil:
		g, err := d.groups(n, need)
		if err != nil {
			return pushed{}, err
		}
		all := d.combinations(need)
		node := d.withGroups(all.node, g, n, &all)
		return pushed{node: node, dom: all.dom, sure: columnSet{}}, nil
	case slices.ContainsFunc(n.Sets, func(s []int) bool { return len(s) == 0 }):
		return d.totals(n, need)
	}
	in, err := d.push(n.Input, need)
	if err != nil {
		return in, err
	}
	a := in.over(n).(*plan.Aggregate)
	a.Sets = slices.Clone(a.Sets)
	out := pushed{node: a, dom: map[expr.ColID]expr.Col{}, sure: in.sure}
	for _, o := range d.list(need) {
		for i := range a.Sets {
			a.Sets[i] = append(slices.Clone(a.Sets[i]), len(a.Keys))
		}
		c := d.c.newCol(o.Name, o.Type)
		a.Keys, out.dom[o.ID] = append(slices.Clone(a.Keys), plan.Item{Col: c, Expr: &expr.Ref{Col: in.dom[o.ID]}}), c
	}
	return out, nil
}

// groups computes an aggregate without keys for each combination that has rows. The columns of the aggregates are new ones, by position.
func (d *domain) groups(n *plan.Aggregate, need columnSet) (pushed, error) {
	in, err := d.push(n.Input, need)
	if err != nil {
		return in, err
	}
	a := in.over(n).(*plan.Aggregate)
	c := *a
	c.Keys, c.Aggs = nil, slices.Clone(a.Aggs)
	out := pushed{node: &c, dom: map[expr.ColID]expr.Col{}, sure: in.sure}
	for _, o := range d.list(need) {
		k := d.c.newCol(o.Name, o.Type)
		c.Keys, out.dom[o.ID] = append(c.Keys, plan.Item{Col: k, Expr: &expr.Ref{Col: in.dom[o.ID]}}), k
	}
	for i := range c.Aggs {
		c.Aggs[i].Col = d.c.newCol(c.Aggs[i].Col.Name, c.Aggs[i].Col.Type)
	}
	return out, nil
}

// withGroups joins the groups to side, which carries the outer columns itself (carried nil) or in other columns, and gives rows without a group what the aggregates are
// for no rows. The output has the columns of side and those of n.
func (d *domain) withGroups(side plan.Node, g pushed, n *plan.Aggregate, carried *pushed) plan.Node {
	j := &plan.Join{Kind: defs.Left, Left: side, Right: g.node}
	for _, o := range d.list(keysOf(g.dom)) {
		from := o
		if carried != nil {
			from = carried.dom[o.ID]
		}
		j.On = append(j.On, plan.On{Left: &expr.Ref{Col: from}, Right: &expr.Ref{Col: g.dom[o.ID]}, NullSafe: !g.sure[o.ID]})
	}
	p := &plan.Project{Input: j, Items: plan.PassThrough(side.Cols())}
	for i, a := range g.node.(*plan.Aggregate).Aggs {
		var value expr.Expr = &expr.Ref{Col: a.Col}
		if none, ok := ofNothing(a.Agg); ok {
			value = firstNotNull(value, &expr.Lit{Value: none})
		}
		p.Items = append(p.Items, plan.Item{Col: n.Aggs[i].Col, Expr: value})
	}
	return p
}

// ofNothing returns what an aggregate is for no rows, if that is not null. Such an aggregate is never null.
func ofNothing(a expr.Agg) (data.Scalar, bool) {
	switch a.Fn.Name {
	case "count", "count_star", "count_if", "nunique", "approx_count_distinct", "regr_count":
		return data.IntScalar(a.Typ, 0), true
	case "sum_wrap":
		if a.Typ.IsFloat() {
			return data.Scalar{Type: a.Typ}, true
		}
		return data.IntScalar(a.Typ, 0), true
	case "implode", "head", "tail":
		return data.Scalar{Type: a.Typ}, true
	default:
		return data.Scalar{}, false
	}
}

// totals takes the grouping sets without keys out of n: they have a group even for no rows.
func (d *domain) totals(n *plan.Aggregate, need columnSet) (pushed, error) {
	d.c.shares++
	id := d.c.shares
	u := &plan.Union{Out: n.Cols()}
	for _, set := range n.Sets {
		in := &plan.Shared{ID: id, Input: n.Input, Out: d.c.newCols(n.Input.Cols())}
		m := map[expr.ColID]expr.Expr{}
		for i, c := range n.Input.Cols() {
			m[c.ID] = &expr.Ref{Col: in.Out[i]}
		}
		part := plan.MapExprs(n, func(e expr.Expr) expr.Expr { return expr.Substitute(e, m) }).(*plan.Aggregate)
		u.Ins = append(u.Ins, d.oneSet(part, in, set))
	}
	return d.union(u, need)
}

// oneSet computes a single grouping set over in, with null for the other keys.
func (d *domain) oneSet(n *plan.Aggregate, in plan.Node, set []int) plan.Node {
	a := &plan.Aggregate{Input: in}
	p := &plan.Project{Input: a}
	for i, k := range n.Keys {
		it := plan.Item{Col: d.c.newCol(k.Col.Name, k.Col.Type), Expr: &expr.Lit{Value: data.NullScalar(k.Col.Type)}}
		if slices.Contains(set, i) {
			c := d.c.newCol(k.Col.Name, k.Col.Type)
			a.Keys = append(a.Keys, plan.Item{Col: c, Expr: k.Expr})
			it.Expr = &expr.Ref{Col: c}
		}
		p.Items = append(p.Items, it)
	}
	for _, g := range n.Aggs {
		c := d.c.newCol(g.Col.Name, g.Col.Type)
		a.Aggs = append(a.Aggs, plan.AggItem{Col: c, Agg: g.Agg})
		p.Items = append(p.Items, plan.Item{Col: d.c.newCol(g.Col.Name, g.Col.Type), Expr: &expr.Ref{Col: c}})
	}
	return p
}

// limit counts the rows of each combination.
func (d *domain) limit(p pushed, cols []expr.Col, offset, count int64, need columnSet) pushed {
	if offset == 0 && count == 1 {
		on := []expr.ColID{}
		for _, o := range d.list(need) {
			on = append(on, p.dom[o.ID].ID)
		}
		p.node = &plan.Distinct{Input: p.node, On: on, Keep: defs.KeepFirst}
		return p
	}
	n, w := d.numbered(p, need)
	number := func(v int64) expr.Expr { return &expr.Lit{Value: data.IntScalar(n.Type, v)} }
	var conds []expr.Expr
	if offset > 0 {
		conds = append(conds, plan.Compare("gt", &expr.Ref{Col: n}, number(offset)))
	}
	if count >= 0 {
		conds = append(conds, plan.Compare("le", &expr.Ref{Col: n}, number(offset+count)))
	}
	p.node = above(w, conds)
	return d.exactly(p, cols, keysOf(p.dom))
}

// numbered adds a column that numbers the rows of each combination from 1.
func (d *domain) numbered(p pushed, need columnSet) (expr.Col, plan.Node) {
	c := d.c.newCol("n", dtype.Of(dtype.Int64))
	whole := expr.Frame{Unit: defs.FrameRows, Start: expr.Bound{Kind: defs.UnboundedPreceding}, End: expr.Bound{Kind: defs.UnboundedFollowing}}
	w := expr.Win{Fn: sig.Lookup("row_number")[0], Partition: d.refs(p, need), Frame: whole, Typ: c.Type}
	return c, &plan.Window{Input: p.node, Items: []plan.WinItem{{Col: c, Win: w}}}
}

func (d *domain) distinct(n *plan.Distinct, need columnSet) (pushed, error) {
	p, err := d.push(n.Input, need)
	if err != nil {
		return p, err
	}
	p = d.exactly(p, n.Input.Cols(), need)
	c := *n
	c.Input = p.node
	if n.On != nil {
		c.On = slices.Clone(n.On)
		for _, o := range d.list(need) {
			c.On = append(c.On, p.dom[o.ID].ID)
		}
	}
	p.node = &c
	return p, nil
}

func (d *domain) window(n *plan.Window, need columnSet) (pushed, error) {
	p, err := d.push(n.Input, need)
	if err != nil {
		return p, err
	}
	w := p.over(n).(*plan.Window)
	items := slices.Clone(w.Items)
	for i := range items {
		items[i].Win.Partition = append(slices.Clone(items[i].Win.Partition), d.refs(p, need)...)
	}
	p.node = &plan.Window{Input: w.Input, Items: items}
	return p, nil
}

func (d *domain) unnest(n *plan.Unnest, need columnSet) (pushed, error) {
	p, err := d.push(n.Input, need)
	if err != nil {
		return p, err
	}
	u := *p.over(n).(*plan.Unnest)
	u.Drop = nil // a dropped column may carry an outer one
	p.node = &u
	return d.exactly(p, n.Cols(), keysOf(p.dom)), nil
}

// rowIndex numbers the rows of each combination.
func (d *domain) rowIndex(n *plan.RowIndex, need columnSet) (pushed, error) {
	p, err := d.push(n.Input, need)
	if err != nil {
		return p, err
	}
	c, w := d.numbered(p, need)
	items := plan.PassThrough(p.node.Cols())
	var value expr.Expr = &expr.Ref{Col: c}
	if n.Offset != 1 {
		add := sig.ByID("add.int")
		value = &expr.Call{Fn: add, Args: []expr.Expr{value, &expr.Lit{Value: data.IntScalar(c.Type, n.Offset-1)}}, Typ: c.Type}
	}
	p.node = &plan.Project{Input: w, Items: append([]plan.Item{{Col: n.Col, Expr: value}}, items...)}
	return p, nil
}
