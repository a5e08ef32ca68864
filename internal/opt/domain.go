package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// domain is the general way to replace an Apply, after Neumann and Kemper, "Unnesting Arbitrary Queries" (2015): the right side is computed once for each
// combination of the outer columns that it reads, instead of once for each left row, and then joined back by these columns. The distinct combinations are
// joined to what is not correlated at the bottom of the right side, and every node above hands them on: an aggregate groups by them, a limit counts by them.
//
// Where the right side itself has columns that equal the outer ones (see domainFromKeys), these take the place of the combinations. The right side then also has
// rows for combinations that no left row has; the join back drops them.
type domain struct {
	c      *Ctx
	left   plan.Node
	outer  columnSet // the columns of left
	keys   bool      // whether columns of the right side may stand for outer ones
	base   plan.Node // left with new columns, the input of the shared plan; nil until the combinations are used
	id     int       // of the shared plan
	fresh  map[expr.ColID]expr.Col
	shared map[int]*pushedShare // shared plans of the right side, which are rebuilt once
}

// pushed is a part of the right side that was rebuilt for all combinations at once. Node has all columns that the part had, and dom has for outer columns the column
// of node with their value. For those in sure, rows in which it is null have no counterpart in the plan as written and may be dropped or kept.
type pushed struct {
	node plan.Node
	dom  map[expr.ColID]expr.Col
	sure columnSet
}

// pushedShare is a shared plan that was rebuilt, with its outer columns in order.
type pushedShare struct {
	pushed
	id   int
	need []expr.Col
}

// newDomain prepares to rebuild right, which is the right side of an Apply or the lower part of it.
func (c *Ctx) newDomain(left, right plan.Node) *domain {
	d := &domain{c: c, left: left, outer: plan.IDs(left), shared: map[int]*pushedShare{}}
	d.keys = !c.Disabled[domainFromKeys{}.Name()] && !d.fails(right)
	return d
}

// overDomain replaces a. With onlyKeys it returns a itself if the combinations would have to be joined.
func (c *Ctx) overDomain(a *plan.Apply, onlyKeys bool) (plan.Node, error) {
	need := outerOf(a)
	d := c.newDomain(a.Left, a.Right)
	if onlyKeys && !d.keys {
		return a, nil
	}
	right, err := d.push(a.Right, need)
	if err != nil {
		return nil, err
	}
	if onlyKeys && d.base != nil {
		return a, nil
	}
	j := &plan.Join{Kind: a.Kind, Left: d.outerSide(), Right: right.node, Mark: a.Mark}
	for _, o := range d.list(need) {
		j.On = append(j.On, plan.On{Left: &expr.Ref{Col: o}, Right: &expr.Ref{Col: right.dom[o.ID]}, NullSafe: !right.sure[o.ID]})
	}
	d.exactMark(j)
	return joined(c, j, condsOf(a), nil), nil
}

// exactMark makes the keys of a mark join null-safe: a null outer column never makes a match unknown, which is for the condition of the join alone.
func (d *domain) exactMark(j *plan.Join) {
	if j.Kind != defs.Mark {
		return
	}
	for i := range j.On {
		j.Right = notNull(j.Right, j.On[i])
		j.On[i].NullSafe = true
	}
}

// list returns the columns of a set in the order of the left side.
func (d *domain) list(set columnSet) []expr.Col {
	var out []expr.Col
	for _, c := range d.left.Cols() {
		if set[c.ID] {
			out = append(out, c)
		}
	}
	return out
}

// share makes the left side a shared plan, since its combinations are needed beside it.
func (d *domain) share() {
	if d.base != nil {
		return
	}
	d.fresh = map[expr.ColID]expr.Col{}
	p := &plan.Project{Input: d.left}
	for _, c := range d.left.Cols() {
		d.fresh[c.ID] = d.c.newCol(c.Name, c.Type)
		p.Items = append(p.Items, plan.Item{Col: d.fresh[c.ID], Expr: &expr.Ref{Col: c}})
	}
	d.c.shares++
	d.base, d.id = p, d.c.shares
}

// outerSide returns the left side for the join back.
func (d *domain) outerSide() plan.Node {
	if d.base == nil {
		return d.left
	}
	return &plan.Shared{ID: d.id, Input: d.base, Out: d.left.Cols()}
}

// combinations returns the distinct combinations of outer columns.
func (d *domain) combinations(need columnSet) pushed {
	d.share()
	s := &plan.Shared{ID: d.id, Input: d.base}
	out := pushed{dom: map[expr.ColID]expr.Col{}, sure: columnSet{}}
	var cols []expr.Col
	for _, c := range d.left.Cols() {
		use := d.c.newCol(c.Name, c.Type)
		s.Out = append(s.Out, use)
		if need[c.ID] {
			out.dom[c.ID] = use
			cols = append(cols, use)
		}
	}
	out.node = &plan.Distinct{Input: &plan.Project{Input: s, Items: plan.PassThrough(cols)}}
	return out
}

// free returns the outer columns that n reads.
func (d *domain) free(n plan.Node) columnSet {
	set := columnSet{}
	plan.Outer(n, d.outer, set)
	return set
}

// freeIn returns the outer columns that expressions read.
func (d *domain) freeIn(list ...expr.Expr) columnSet {
	set := columnSet{}
	for _, e := range list {
		refs := columnSet{}
		expr.Refs(e, refs)
		for id := range refs {
			if d.outer[id] {
				set[id] = true
			}
		}
	}
	return set
}

// fails reports whether something correlated in n may fail for a row, so that it must not be computed for combinations that do not exist.
func (d *domain) fails(n plan.Node) bool {
	found := false
	plan.Walk(n, func(x plan.Node) bool {
		if found || len(d.free(x)) == 0 {
			return false
		}
		plan.Exprs(x, func(e expr.Expr) { found = found || expr.Fallible(e) })
		if j, ok := x.(*plan.Join); ok && j.Kind == defs.Single {
			found = true
		}
		return !found
	})
	return found
}

func merged(a, b columnSet) columnSet {
	out := columnSet{}
	for id := range a {
		out[id] = true
	}
	for id := range b {
		out[id] = true
	}
	return out
}

func without(a, b columnSet) columnSet {
	out := columnSet{}
	for id := range a {
		if !b[id] {
			out[id] = true
		}
	}
	return out
}

// values replaces outer columns by those that carry them in p.
func (p pushed) values(e expr.Expr) expr.Expr {
	m := map[expr.ColID]expr.Expr{}
	for id, c := range p.dom {
		m[id] = &expr.Ref{Col: c}
	}
	return expr.Substitute(e, m)
}

// over returns n with p as its input and the outer columns in its expressions replaced.
func (p pushed) over(n plan.Node) plan.Node {
	return plan.MapExprs(n, p.values).WithInputs([]plan.Node{p.node})
}

// refs returns references to the columns that carry outer ones.
func (d *domain) refs(p pushed, need columnSet) []expr.Expr {
	var out []expr.Expr
	for _, o := range d.list(need) {
		out = append(out, &expr.Ref{Col: p.dom[o.ID]})
	}
	return out
}

// exactly projects p to cols and the columns that carry need.
func (d *domain) exactly(p pushed, cols []expr.Col, need columnSet) pushed {
	items := plan.PassThrough(cols)
	have := columnSet{}
	for _, c := range cols {
		have[c.ID] = true
	}
	for _, o := range d.list(need) {
		if c := p.dom[o.ID]; !have[c.ID] {
			have[c.ID] = true
			items = append(items, plan.Item{Col: c, Expr: &expr.Ref{Col: c}})
		}
	}
	p.node = &plan.Project{Input: p.node, Items: items}
	return p
}
