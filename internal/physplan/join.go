package physplan

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
)

// join chooses between a hash table and trying every pair.
func (p *planner) join(n *plan.Join, w want) (phys.Node, error) {
	b := p.base(n)
	b.Out = w.only(b.Out)
	probe, build := 0, 1 // inputs
	if n.BuildLeft && buildsLeft(n.Kind, w.ordered) && len(n.On) > 0 {
		probe, build = 1, 0
	}
	ins := n.Inputs()
	probeNode, err := p.node(ins[probe], inputWant(n, probe, w))
	if err != nil {
		return nil, err
	}
	buildNode, err := p.node(ins[build], inputWant(n, build, w))
	if err != nil {
		return nil, err
	}
	if n.Kind == defs.Mark && n.Residual != nil {
		n = exactMark(n)
	}
	if len(n.On) == 0 {
		return &phys.LoopJoin{Base: b, Kind: n.Kind, Probe: probeNode, Build: buildNode, Residual: n.Residual, Mark: n.Mark}, nil
	}
	j := &phys.HashJoin{Base: b, Kind: n.Kind, Probe: probeNode, Build: buildNode, On: n.On, Residual: n.Residual, Mark: n.Mark, BuildLeft: probe == 1,
		Ordered: w.ordered}
	p.filterProbe(n, j)
	return j, nil
}

// exactMark moves the keys of a mark join that may be null behind the hash table: whether a pair with a null in its key is unknown or false is for the
// rest of the condition to say, which a probe by key would not ask.
func exactMark(n *plan.Join) *plan.Join {
	c := *n
	c.On = nil
	var conds []expr.Expr
	for _, on := range n.On {
		if on.NullSafe {
			c.On = append(c.On, on)
			continue
		}
		conds = append(conds, on.Cond())
	}
	c.Residual = expr.AndAll(append(conds, n.Residual))
	return &c
}

// buildsLeft reports whether a join may build its left input: where only left rows come out, they come in their order either way; otherwise the order of
// rows changes.
func buildsLeft(k defs.JoinKind, ordered bool) bool {
	switch k {
	case defs.Semi, defs.Anti:
		return true
	case defs.Inner:
		return !ordered
	default:
		return false
	}
}
