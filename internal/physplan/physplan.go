package physplan

import (
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// Plan translates a verified logical plan. Nodes are numbered in pre-order.
func Plan(root plan.Node) (phys.Node, error) {
	p := &planner{}
	return p.node(root, true)
}

// planner numbers nodes.
type planner struct{ next int }

// base makes the common part of a node; call it before translating inputs, so that numbers are in pre-order.
func (p *planner) base(n plan.Node) phys.Base {
	id := p.next
	p.next++
	return phys.Base{ID: id, Out: n.Cols(), Rows: -1}
}

// node translates n. ordered says that somebody observes the order of its rows.
func (p *planner) node(n plan.Node, ordered bool) (phys.Node, error) {
	b := p.base(n)
	switch n := n.(type) {
	case *plan.Scan:
		return &phys.Scan{Base: b, Table: n.Table, Name: n.Name, Source: n.Source, Where: n.Where, Limit: n.Limit}, nil
	case *plan.Memory:
		return &phys.Memory{Base: b, Name: n.Name, Batches: n.Batches}, nil
	case *plan.Values:
		return &phys.Values{Base: b, Rows: n.Rows}, nil
	case *plan.Join:
		return p.join(b, n, ordered)
	case *plan.Union:
		u := &phys.Union{Base: b}
		for _, in := range n.Ins {
			c, err := p.node(in, ordered)
			if err != nil {
				return nil, err
			}
			u.Ins = append(u.Ins, c)
		}
		return u, nil
	default:
		return p.unary(b, n, ordered)
	}
}

// unary translates the nodes with one input.
func (p *planner) unary(b phys.Base, n plan.Node, ordered bool) (phys.Node, error) {
	ins := n.Inputs()
	if len(ins) != 1 {
		return nil, bug.Errorf("unknown plan node %T", n)
	}
	in, err := p.node(ins[0], observes(n, ordered))
	if err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *plan.Filter:
		return &phys.Filter{Base: b, Input: in, Conds: expr.Conjuncts(n.Cond)}, nil
	case *plan.Project:
		return &phys.Project{Base: b, Input: in, Items: n.Items}, nil
	case *plan.Aggregate:
		return &phys.HashAgg{Base: b, Input: in, Keys: n.Keys, Aggs: n.Aggs, Sets: n.Sets, Ordered: ordered}, nil
	case *plan.Sort:
		if n.Limit >= 0 {
			return &phys.TopN{Base: b, Input: in, Keys: n.Keys, N: n.Limit}, nil
		}
		return &phys.Sort{Base: b, Input: in, Keys: n.Keys}, nil
	case *plan.Limit:
		return &phys.Limit{Base: b, Input: in, Offset: n.Offset, Count: n.Count}, nil
	case *plan.Distinct:
		return &phys.Distinct{Base: b, Input: in, On: n.On, Keep: n.Keep, Ordered: ordered}, nil
	case *plan.Window:
		return &phys.Window{Base: b, Input: in, Items: n.Items}, nil
	case *plan.Unnest:
		return &phys.Unnest{Base: b, Input: in, Items: n.Items, Drop: n.Drop, Outer: n.Outer}, nil
	case *plan.RowIndex:
		return &phys.RowIndex{Base: b, Input: in, Col: n.Col, Offset: n.Offset}, nil
	case *plan.Shared:
		return &phys.Shared{Base: b, Key: n.ID, Input: in}, nil
	case *plan.Write:
		return &phys.Write{Base: b, Input: in, Sink: n.Sink, Spec: n.Spec, Name: n.Name}, nil
	default:
		return nil, bug.Errorf("unknown plan node %T", n)
	}
}

// observes reports whether n, whose own order is observed or not, depends on the order of its input.
func observes(n plan.Node, ordered bool) bool {
	switch n := n.(type) {
	case *plan.Filter, *plan.Project, *plan.Unnest:
		return ordered
	case *plan.Aggregate:
		for _, a := range n.Aggs {
			if a.Agg.Fn.Has(sig.OrderAware) {
				return true
			}
		}
		return ordered && len(n.Keys) > 0
	case *plan.Distinct:
		return ordered || n.On != nil
	case *plan.Sort:
		return !breaksTies(n)
	default:
		return true
	}
}

// breaksTies reports whether the keys of a sort tell all rows of its input apart, because they contain all keys of a grouping.
func breaksTies(n *plan.Sort) bool {
	sorted := map[expr.ColID]bool{}
	for _, k := range n.Keys {
		if r, ok := k.Expr.(*expr.Ref); ok {
			sorted[r.Col.ID] = true
		}
	}
	in := n.Input
	for {
		p, ok := in.(*plan.Project)
		if !ok {
			break
		}
		inner := map[expr.ColID]bool{}
		for _, it := range p.Items {
			if r, ok := it.Expr.(*expr.Ref); ok && sorted[it.Col.ID] {
				inner[r.Col.ID] = true
			}
		}
		sorted, in = inner, p.Input
	}
	agg, ok := in.(*plan.Aggregate)
	if !ok || agg.Sets != nil {
		return false
	}
	for _, k := range agg.Keys {
		if !sorted[k.Col.ID] {
			return false
		}
	}
	return true
}

// join chooses between a hash table and trying every pair.
func (p *planner) join(b phys.Base, n *plan.Join, ordered bool) (phys.Node, error) {
	left, err := p.node(n.Left, ordered)
	if err != nil {
		return nil, err
	}
	right, err := p.node(n.Right, ordered)
	if err != nil {
		return nil, err
	}
	if len(n.On) == 0 {
		return &phys.LoopJoin{Base: b, Kind: n.Kind, Probe: left, Build: right, Residual: n.Residual, Mark: n.Mark}, nil
	}
	j := &phys.HashJoin{Base: b, Kind: n.Kind, Probe: left, Build: right, On: n.On, Residual: n.Residual, Mark: n.Mark, Ordered: ordered}
	if n.BuildLeft && !ordered && n.Kind == defs.Inner {
		j.Probe, j.Build, j.BuildLeft = right, left, true
	}
	return j, nil
}
