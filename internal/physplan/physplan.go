package physplan

import (
	"context"

	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/stats"
)

// Plan translates a verified logical plan. Nodes are numbered in pre-order; all uses of a shared plan have the same input node.
func Plan(root plan.Node) (phys.Node, error) { return PlanWith(stats.New(context.Background()), root) }

// PlanWith is Plan with an estimator that has seen parts of the plan already, or that reads statistics with a context of its own.
func PlanWith(est *stats.Estimator, root plan.Node) (phys.Node, error) {
	p := &planner{est: est, shared: map[int]phys.Node{}}
	return p.node(root, want{ordered: true, cols: plan.IDs(root)})
}

// planner numbers nodes and remembers what spans several of them.
type planner struct {
	est    *stats.Estimator
	next   int
	shared map[int]phys.Node
}

// want is what the nodes above need of a node: its rows in order, and which of its columns.
type want struct {
	ordered bool
	cols    map[expr.ColID]bool
}

// base makes the common part of a node; call it before translating inputs, so that numbers are in pre-order. Out is settled later by nodes whose
// columns depend on those that their inputs put out.
func (p *planner) base(n plan.Node) phys.Base {
	id := p.next
	p.next++
	return phys.Base{ID: id, Out: n.Cols(), Rows: p.est.Rows(n)}
}

// only returns the wanted columns among cols.
func (w want) only(cols []expr.Col) []expr.Col {
	out := make([]expr.Col, 0, len(cols))
	for _, c := range cols {
		if w.cols[c.ID] {
			out = append(out, c)
		}
	}
	return out
}

// node translates n.
func (p *planner) node(n plan.Node, w want) (phys.Node, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return p.scan(n, p.base(n)), nil
	case *plan.Memory:
		return &phys.Memory{Base: p.base(n), Name: n.Name, Batches: n.Batches}, nil
	case *plan.Values:
		return &phys.Values{Base: p.base(n), Rows: n.Rows}, nil
	case *plan.Join:
		return p.join(n, w)
	case *plan.Union:
		u := &phys.Union{Base: p.base(n)}
		for i, in := range n.Ins {
			c, err := p.node(in, inputWant(n, i, w))
			if err != nil {
				return nil, err
			}
			u.Ins = append(u.Ins, c)
		}
		return u, nil
	case *plan.Shared:
		return p.share(n)
	case *plan.Filter:
		return p.filter(n, w)
	default:
		return p.unary(n, w)
	}
}

// share translates the input of a shared plan once.
func (p *planner) share(n *plan.Shared) (phys.Node, error) {
	s := &phys.Shared{Base: p.base(n), Key: n.ID}
	if p.shared[n.ID] == nil {
		in, err := p.node(n.Input, inputWant(n, 0, want{}))
		if err != nil {
			return nil, err
		}
		p.shared[n.ID] = in
	}
	s.Input = p.shared[n.ID]
	return s, nil
}

// unary translates the nodes with one input.
func (p *planner) unary(n plan.Node, w want) (phys.Node, error) {
	if x, ok := n.(*plan.Window); ok {
		if chain := oneByOne(x); chain != x {
			return p.inOrderOf(x.Items, chain, w)
		}
	}
	ins := n.Inputs()
	if len(ins) != 1 {
		return nil, bug.Errorf("unknown plan node %T", n)
	}
	b := p.base(n)
	in, err := p.node(ins[0], inputWant(n, 0, w))
	if err != nil {
		return nil, err
	}
	from := in.Info().Out
	switch n := n.(type) {
	case *plan.Project:
		return &phys.Project{Base: b, Input: in, Items: n.Items}, nil
	case *plan.Aggregate:
		return &phys.HashAgg{Base: b, Input: in, Keys: n.Keys, Aggs: n.Aggs, Sets: n.Sets, Ordered: w.ordered}, nil
	case *plan.Sort:
		b.Out = w.only(from)
		if n.Limit >= 0 {
			top := &phys.TopN{Base: b, Input: in, Keys: n.Keys, N: n.Limit}
			boundScans(top)
			return top, nil
		}
		return &phys.Sort{Base: b, Input: in, Keys: n.Keys}, nil
	case *plan.Limit:
		b.Out = from
		return &phys.Limit{Base: b, Input: in, Offset: n.Offset, Count: n.Count}, nil
	case *plan.Distinct:
		b.Out = from
		return &phys.Distinct{Base: b, Input: in, On: n.On, Keep: n.Keep, Ordered: w.ordered}, nil
	case *plan.Window:
		b.Out = withItems(from, n.Items)
		return &phys.Window{Base: b, Input: in, Items: n.Items}, nil
	case *plan.Unnest:
		return unnest(b, n, in), nil
	case *plan.RowIndex:
		b.Out = append([]expr.Col{n.Col}, from...)
		return &phys.RowIndex{Base: b, Input: in, Col: n.Col, Offset: n.Offset}, nil
	case *plan.Write:
		return &phys.Write{Base: b, Input: in, Sink: n.Sink, Spec: n.Spec, Name: n.Name}, nil
	default:
		return nil, bug.Errorf("unknown plan node %T", n)
	}
}

func withItems(in []expr.Col, items []plan.WinItem) []expr.Col {
	out := append([]expr.Col(nil), in...)
	for _, it := range items {
		out = append(out, it.Col)
	}
	return out
}

// unnest keeps of Drop what the input still has.
func unnest(b phys.Base, n *plan.Unnest, in phys.Node) phys.Node {
	drop := map[expr.ColID]bool{}
	for _, id := range n.Drop {
		drop[id] = true
	}
	u := &phys.Unnest{Base: b, Input: in, Items: n.Items, Outer: n.Outer}
	u.Out = nil
	for _, c := range in.Info().Out {
		if drop[c.ID] {
			u.Drop = append(u.Drop, c.ID)
			continue
		}
		u.Out = append(u.Out, c)
	}
	for _, it := range n.Items {
		u.Out = append(u.Out, it.Col)
	}
	return u
}
