package opt

import "github.com/siksik-data/siksik/internal/plan"

// withOrder rebuilds the plan bottom-up with f told whether the order of a node's rows reaches the result. Nodes that look at positions get their
// columns back in the old order.
func withOrder(root plan.Node, ordered bool, observes observer, f func(n plan.Node, ordered bool) (plan.Node, error)) (plan.Node, error) {
	w := &orderWalk{f: f, observes: observes, shared: map[int]plan.Node{}}
	out, err := w.node(root, ordered)
	if err != nil || out == root {
		return out, err
	}
	return sameCols(out, root.Cols()), nil
}

// observer tells whether n, whose own order is observed or not, depends on the order of its input i.
type observer func(n plan.Node, i int, ordered bool) bool

type orderWalk struct {
	observes observer
	f        func(n plan.Node, ordered bool) (plan.Node, error)
	shared   map[int]plan.Node // new inputs of shared plans, whose order always counts, because their uses may differ
}

func (w *orderWalk) node(n plan.Node, ordered bool) (plan.Node, error) {
	s, isShared := n.(*plan.Shared)
	if isShared && w.shared[s.ID] != nil {
		if w.shared[s.ID] == s.Input {
			return n, nil
		}
		return s.WithInputs([]plan.Node{w.shared[s.ID]}), nil
	}
	i := -1
	next, err := plan.MapInputs(n, func(in plan.Node) (plan.Node, error) {
		i++
		out, err := w.node(in, w.observes(n, i, ordered))
		if err != nil {
			return nil, err
		}
		if out != in && positional(n) {
			out = sameCols(out, in.Cols())
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	if isShared {
		w.shared[s.ID] = next.Inputs()[0]
	}
	return w.f(next, ordered)
}

// positional reports nodes whose meaning depends on the order of their input's columns.
func positional(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Union, *plan.Shared, *plan.Write:
		return true
	case *plan.Distinct:
		return n.On == nil
	default:
		return false
	}
}

// observed is plan.ObservesOrder with the freedom that doc.go describes: the order of rows below a sort may change, although ties follow it.
func observed(n plan.Node, i int, ordered bool) bool {
	if _, ok := n.(*plan.Sort); ok {
		return false
	}
	return plan.ObservesOrder(n, i, ordered)
}

// worthReordering is the default of Ctx.ReorderFrom.
const worthReordering = 10_000

// worthSharing is the default of Ctx.ShareFrom.
const worthSharing = 100_000
