package opt

import (
	"sort"

	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// push rebuilds n, a part of the right side, for all combinations at once. The result carries at least the outer columns of need and those that n reads. The rows of one
// combination come in the order in which n would put them out for it.
func (d *domain) push(n plan.Node, need columnSet) (pushed, error) {
	free := d.free(n)
	need = merged(need, free)
	if len(free) == 0 {
		p := d.combinations(need)
		p.node = overUnit(p.node, n)
		return p, nil
	}
	switch n := n.(type) {
	case *plan.Filter:
		return d.filter(n.Input, expr.Conjuncts(n.Cond), need)
	case *plan.Project:
		return d.project(n, need)
	case *plan.Aggregate:
		return d.aggregate(n, need)
	case *plan.Join:
		return d.join(n, need)
	case *plan.Sort:
		return d.sort(n, need)
	case *plan.Limit:
		p, err := d.push(n.Input, need)
		if err != nil {
			return p, err
		}
		return d.limit(p, n.Input.Cols(), n.Offset, n.Count, need), nil
	case *plan.Union:
		return d.union(n, need)
	case *plan.Distinct:
		return d.distinct(n, need)
	case *plan.Window:
		return d.window(n, need)
	case *plan.Unnest:
		return d.unnest(n, need)
	case *plan.RowIndex:
		return d.rowIndex(n, need)
	case *plan.Shared:
		return d.use(n, need)
	case *plan.Values:
		return d.values(n, need)
	default:
		return pushed{}, bug.Errorf("a correlated %T cannot be rebuilt", n)
	}
}

// filter pushes below conditions. An outer column that only the conditions or the nodes above read may be replaced by what it equals.
func (d *domain) filter(input plan.Node, conds []expr.Expr, need columnSet) (pushed, error) {
	below := d.free(input)
	all := merged(need, d.freeIn(conds...))
	if keys := d.keysFor(without(all, below), conds, input); keys != nil {
		in := pushed{node: input}
		if len(below) > 0 {
			var err error
			if in, err = d.push(input, below); err != nil {
				return in, err
			}
		}
		p, rest := d.withKeys(in, keys, conds)
		for i := range rest {
			rest[i] = p.values(rest[i])
		}
		p.node = above(p.node, rest)
		return p, nil
	}
	p, err := d.push(input, all)
	if err != nil {
		return p, err
	}
	p.node = p.over(&plan.Filter{Input: input, Cond: expr.AndAll(conds)})
	return p, nil
}

func (d *domain) project(n *plan.Project, need columnSet) (pushed, error) {
	in, err := d.push(n.Input, need)
	if err != nil {
		return in, err
	}
	p := &plan.Project{Input: in.node}
	have := map[expr.ColID]bool{}
	for _, it := range n.Items {
		p.Items = append(p.Items, plan.Item{Col: it.Col, Expr: in.values(it.Expr)})
		have[it.Col.ID] = true
	}
	out := pushed{node: p, dom: map[expr.ColID]expr.Col{}, sure: in.sure}
	for _, o := range d.list(need) {
		from := in.dom[o.ID]
		c := from
		if have[c.ID] {
			c = d.c.newCol(o.Name, o.Type)
		}
		have[c.ID] = true
		out.dom[o.ID] = c
		p.Items = append(p.Items, plan.Item{Col: c, Expr: &expr.Ref{Col: from}})
	}
	return out, nil
}

func (d *domain) sort(n *plan.Sort, need columnSet) (pushed, error) {
	p, err := d.push(n.Input, need)
	if err != nil {
		return p, err
	}
	p.node = p.over(&plan.Sort{Input: n.Input, Keys: n.Keys, Limit: -1})
	if n.Limit < 0 {
		return p, nil
	}
	return d.limit(p, n.Cols(), 0, n.Limit, need), nil
}

// union pushes into every input; they agree in which columns carry what.
func (d *domain) union(n *plan.Union, need columnSet) (pushed, error) {
	u := &plan.Union{Out: n.Out[:len(n.Out):len(n.Out)]}
	out := pushed{node: u, dom: map[expr.ColID]expr.Col{}, sure: columnSet{}}
	list := d.list(need)
	for _, o := range list {
		c := d.c.newCol(o.Name, o.Type)
		u.Out, out.dom[o.ID], out.sure[o.ID] = append(u.Out, c), c, true
	}
	ins := make([]pushed, len(n.Ins))
	for i, in := range n.Ins {
		p, err := d.push(in, need)
		if err != nil {
			return p, err
		}
		ins[i] = p
		for _, o := range list {
			out.sure[o.ID] = out.sure[o.ID] && p.sure[o.ID]
		}
	}
	for i, in := range n.Ins {
		u.Ins = append(u.Ins, d.inOrder(ins[i].lessSure(out.sure), in.Cols(), list))
	}
	return out, nil
}

// lessSure drops the rows that have no counterpart, where a null is to count as a value from here on.
func (p pushed) lessSure(sure columnSet) pushed {
	var conds []expr.Expr
	for id := range p.dom {
		if p.sure[id] && !sure[id] {
			conds = append(conds, &expr.IsNull{Arg: &expr.Ref{Col: p.dom[id]}, Negate: true})
		}
	}
	sort.Slice(conds, func(a, b int) bool { return expr.Format(conds[a]) < expr.Format(conds[b]) })
	p.node = above(p.node, conds)
	return p
}

// inOrder projects p to cols and then one column for each outer column of the list.
func (d *domain) inOrder(p pushed, cols []expr.Col, list []expr.Col) plan.Node {
	items := plan.PassThrough(cols)
	for _, o := range list {
		items = append(items, plan.Item{Col: d.c.newCol(o.Name, o.Type), Expr: &expr.Ref{Col: p.dom[o.ID]}})
	}
	return &plan.Project{Input: p.node, Items: items}
}

// values makes rows that read outer columns from the combinations.
func (d *domain) values(n *plan.Values, need columnSet) (pushed, error) {
	var ins []plan.Node
	for _, row := range n.Rows {
		p := &plan.Project{Input: &plan.Values{Rows: [][]expr.Expr{{}}}}
		for i, e := range row {
			c := n.Out[i]
			if len(n.Rows) > 1 {
				c = d.c.newCol(c.Name, c.Type)
			}
			p.Items = append(p.Items, plan.Item{Col: c, Expr: e})
		}
		ins = append(ins, p)
	}
	if len(ins) == 1 {
		return d.push(ins[0], need)
	}
	return d.union(&plan.Union{Ins: ins, Out: n.Out}, need)
}

// use rebuilds a shared plan once, with all outer columns that it reads, for all its uses. A use that needs more of them gets the combinations joined.
func (d *domain) use(n *plan.Shared, need columnSet) (pushed, error) {
	p, err := d.useAsIs(n)
	if err != nil || len(without(need, keysOf(p.dom))) == 0 {
		return p, err
	}
	all := d.combinations(need)
	all.node = &plan.Join{Kind: defs.Inner, Left: all.node, Right: p.node, On: d.both(all, p)}
	return d.exactly(all, n.Out, need), nil
}

func (d *domain) useAsIs(n *plan.Shared) (pushed, error) {
	s := d.shared[n.ID]
	if s == nil {
		free := d.free(n.Input)
		p, err := d.push(n.Input, free)
		if err != nil {
			return p, err
		}
		s = &pushedShare{pushed: p, need: d.list(free)}
		s.node = d.inOrder(p, n.Input.Cols(), s.need)
		d.c.shares++
		s.id = d.c.shares
		d.shared[n.ID] = s
	}
	use := &plan.Shared{ID: s.id, Input: s.node, Out: n.Out[:len(n.Out):len(n.Out)]}
	out := pushed{node: use, dom: map[expr.ColID]expr.Col{}, sure: s.sure}
	for _, o := range s.need {
		c := d.c.newCol(o.Name, o.Type)
		use.Out, out.dom[o.ID] = append(use.Out, c), c
	}
	return out, nil
}

func (d *domain) join(n *plan.Join, need columnSet) (pushed, error) {
	conds := n.Conds()
	switch n.Kind {
	case defs.Inner, defs.Cross:
		return d.innerJoin(n, conds, need)
	case defs.Full:
		return d.fullJoin(n, conds, need)
	default:
		return d.oneSidedJoin(n, conds, need)
	}
}
