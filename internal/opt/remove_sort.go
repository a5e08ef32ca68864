package opt

import "github.com/siksik-data/siksik/internal/plan"

// removeSort drops sorts whose order nobody observes, such as that of a subquery which is only aggregated. It works on the whole plan, because only the
// nodes above know.
type removeSort struct{}

// Name implements Rule.
func (removeSort) Name() string { return "remove_sort" }

// Apply implements Rule. n is the root.
func (removeSort) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	return withOrder(n, true, plan.ObservesOrder, func(n plan.Node, ordered bool) (plan.Node, error) {
		if s, ok := n.(*plan.Sort); ok && s.Limit < 0 && !ordered {
			return s.Input, nil
		}
		return n, nil
	})
}
