package opt

import (
	"slices"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// pruneColumns drops everything that nobody reads: columns of scans, items of projections, aggregates, window calls, the columns that an unnest repeats. It
// works on the whole plan, because a shared plan must keep what any of its uses needs.
type pruneColumns struct{}

// Name implements Rule.
func (pruneColumns) Name() string { return "prune_columns" }

// Apply implements Rule. n is the root.
func (pruneColumns) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	p := &pruner{needs: map[int][]bool{}, shared: map[int]plan.Node{}}
	p.collect(n)
	return p.exactly(n, n.Cols()), nil
}

// pruner rebuilds a plan with fewer columns.
type pruner struct {
	needs   map[int][]bool    // by shared plan: which of its columns some use reads, by position
	changed bool              // whether needs has grown
	shared  map[int]plan.Node // pruned shared plans
	inputs  map[int]plan.Node // their inputs before, in the order found
	order   []int
}

// collect finds out what is read of each shared plan. Plans within shared plans need several rounds.
func (p *pruner) collect(root plan.Node) {
	p.inputs = map[int]plan.Node{}
	p.changed = true
	for p.changed {
		p.changed = false
		p.demand(root, plan.IDs(root))
		for i := 0; i < len(p.order); i++ {
			id := p.order[i]
			p.demand(p.inputs[id], p.sharedSet(id))
		}
	}
}

// sharedSet is what the uses of a shared plan need, as columns of its input.
func (p *pruner) sharedSet(id int) columnSet {
	set := columnSet{}
	for i, c := range p.inputs[id].Cols() {
		if p.needs[id][i] {
			set[c.ID] = true
		}
	}
	return set
}

// demand walks down with the columns that are read and notes those of shared plans.
func (p *pruner) demand(n plan.Node, need columnSet) {
	if s, ok := n.(*plan.Shared); ok {
		if p.inputs[s.ID] == nil {
			p.inputs[s.ID], p.needs[s.ID] = s.Input, make([]bool, len(s.Out))
			p.order = append(p.order, s.ID)
			p.changed = true
		}
		for i, c := range s.Out {
			if need[c.ID] && !p.needs[s.ID][i] {
				p.needs[s.ID][i], p.changed = true, true
			}
		}
		return
	}
	for i, in := range n.Inputs() {
		p.demand(in, inputNeeds(n, i, need))
	}
}

// exactly returns n with the columns cols in this order and no others.
func (p *pruner) exactly(n plan.Node, cols []expr.Col) plan.Node {
	need := columnSet{}
	for _, c := range cols {
		need[c.ID] = true
	}
	out := p.node(n, need)
	pr, ok := n.(*plan.Project)
	if ok && out == pr.Input && equalCols(n.Cols(), cols) && !equalCols(out.Cols(), cols) { // it was dropped, and is needed for the order
		return n
	}
	return sameCols(out, cols)
}

// node returns n without what need does not ask for. The result has all of need, perhaps in another order and with further columns.
func (p *pruner) node(n plan.Node, need columnSet) plan.Node {
	switch n := n.(type) {
	case *plan.Scan:
		return pruneScan(n, need)
	case *plan.Values:
		return pruneValues(n, need)
	case *plan.Project:
		return p.project(n, need)
	case *plan.Shared:
		return p.useShared(n)
	case *plan.Union:
		return p.union(n, need)
	case *plan.Window:
		w := keptWindow(n, need)
		if len(w.Items) == 0 {
			return p.node(n.Input, need)
		}
		if len(w.Items) < len(n.Items) {
			return p.pruneInputs(w, need)
		}
	case *plan.Aggregate:
		if a := keptAggregate(n, need); len(a.Aggs) < len(n.Aggs) {
			return p.pruneInputs(a, need)
		}
	case *plan.RowIndex:
		if !need[n.Col.ID] {
			return p.node(n.Input, need)
		}
	case *plan.Unnest:
		return p.unnest(n, need)
	case *plan.Distinct:
		if n.On == nil {
			return p.withInput(n, p.exactly(n.Input, n.Input.Cols()))
		}
	case *plan.Write:
		return p.withInput(n, p.exactly(n.Input, n.Input.Cols()))
	}
	return p.pruneInputs(n, need)
}

// pruneInputs prunes the inputs of n.
func (p *pruner) pruneInputs(n plan.Node, need columnSet) plan.Node {
	ins := n.Inputs()
	next := make([]plan.Node, len(ins))
	changed := false
	for i, in := range ins {
		next[i] = p.node(in, inputNeeds(n, i, need))
		changed = changed || next[i] != in
	}
	if !changed {
		return n
	}
	return n.WithInputs(next)
}

func (p *pruner) withInput(n, in plan.Node) plan.Node {
	if n.Inputs()[0] == in {
		return n
	}
	return n.WithInputs([]plan.Node{in})
}

func pruneScan(n *plan.Scan, need columnSet) plan.Node {
	c := *n
	c.Out, c.Source = nil, nil
	for i, o := range n.Out {
		if need[o.ID] {
			c.Out, c.Source = append(c.Out, o), append(c.Source, n.Source[i])
		}
	}
	if len(c.Out) == len(n.Out) {
		return n
	}
	return &c
}

func pruneValues(n *plan.Values, need columnSet) plan.Node {
	c := &plan.Values{Rows: make([][]expr.Expr, len(n.Rows))}
	for i, o := range n.Out {
		if !need[o.ID] {
			continue
		}
		c.Out = append(c.Out, o)
		for r, row := range n.Rows {
			c.Rows[r] = append(c.Rows[r], row[i])
		}
	}
	if len(c.Out) == len(n.Out) {
		return n
	}
	return c
}

// project drops items, and the whole projection if it only hands on what its input has anyway.
func (p *pruner) project(n *plan.Project, need columnSet) plan.Node {
	kept := &plan.Project{Input: n.Input}
	identity := true
	for _, it := range n.Items {
		if need[it.Col.ID] {
			kept.Items = append(kept.Items, it)
			r, ok := it.Expr.(*expr.Ref)
			identity = identity && ok && r.Col.ID == it.Col.ID
		}
	}
	in := p.node(n.Input, inputNeeds(kept, 0, need))
	switch {
	case identity && len(in.Cols()) == len(kept.Items):
		return in
	case in == n.Input && len(kept.Items) == len(n.Items):
		return n
	}
	kept.Input = in
	return kept
}

func (p *pruner) useShared(n *plan.Shared) plan.Node {
	in := p.shared[n.ID]
	if in == nil {
		var cols []expr.Col
		for i, c := range n.Input.Cols() {
			if p.needs[n.ID][i] {
				cols = append(cols, c)
			}
		}
		in = p.exactly(n.Input, cols)
		p.shared[n.ID] = in
	}
	if in == n.Input {
		return n
	}
	c := &plan.Shared{ID: n.ID, Input: in}
	for i, o := range n.Out {
		if p.needs[n.ID][i] {
			c.Out = append(c.Out, o)
		}
	}
	return c
}

// union keeps the same positions of all inputs.
func (p *pruner) union(n *plan.Union, need columnSet) plan.Node {
	c := &plan.Union{Ins: make([]plan.Node, len(n.Ins))}
	changed := false
	for _, o := range n.Out {
		if need[o.ID] {
			c.Out = append(c.Out, o)
		}
	}
	for k, in := range n.Ins {
		var cols []expr.Col
		for i, col := range in.Cols() {
			if need[n.Out[i].ID] {
				cols = append(cols, col)
			}
		}
		c.Ins[k] = p.exactly(in, cols)
		changed = changed || c.Ins[k] != in
	}
	if !changed && len(c.Out) == len(n.Out) {
		return n
	}
	return c
}

// unnest drops the columns that it would repeat for nobody, such as the list itself.
func (p *pruner) unnest(n *plan.Unnest, need columnSet) plan.Node {
	c := *n
	below := inputNeeds(n, 0, need)
	in := p.node(n.Input, below)
	c.Input, c.Drop = in, nil
	for _, col := range in.Cols() {
		if !need[col.ID] || slices.Contains(n.Drop, col.ID) {
			c.Drop = append(c.Drop, col.ID)
		}
	}
	if in == n.Input && slices.Equal(c.Drop, n.Drop) {
		return n
	}
	return &c
}
