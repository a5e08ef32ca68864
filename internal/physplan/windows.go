package physplan

import (
	"slices"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
)

// oneByOne computes the functions of a window one after the other unless all partition by a common expression: then each of them divides the rows by
// what it partitions by, and does with little memory.
func oneByOne(n *plan.Window) *plan.Window {
	groups := divisible(n.Items)
	if len(groups) == 1 {
		return n
	}
	in := n.Input
	for _, g := range groups {
		n = &plan.Window{Input: in, Items: g}
		in = n
	}
	return n
}

// inOrderOf translates a window whose functions are not computed in the order of items, but puts them out in that order.
func (p *planner) inOrderOf(items []plan.WinItem, chain *plan.Window, w want) (phys.Node, error) {
	out, err := p.unary(chain, w)
	if err != nil {
		return nil, err
	}
	info := out.Info()
	from := slices.DeleteFunc(slices.Clone(info.Out), func(c expr.Col) bool {
		return slices.ContainsFunc(items, func(it plan.WinItem) bool { return it.Col.ID == c.ID })
	})
	info.Out = withItems(from, items)
	return out, nil
}

// divisible puts functions that partition by a common expression into one group each. Those that do not partition come last.
func divisible(items []plan.WinItem) [][]plan.WinItem {
	type group struct {
		items  []plan.WinItem
		common []string
	}
	var groups []group
	var rest []plan.WinItem
next:
	for _, it := range items {
		var by []string
		for _, e := range it.Win.Partition {
			by = append(by, expr.Format(e))
		}
		if len(by) == 0 {
			rest = append(rest, it)
			continue
		}
		for i := range groups {
			g := &groups[i]
			other := func(text string) bool { return !slices.Contains(by, text) }
			if common := slices.DeleteFunc(slices.Clone(g.common), other); len(common) > 0 {
				g.items, g.common = append(g.items, it), common
				continue next
			}
		}
		groups = append(groups, group{[]plan.WinItem{it}, by})
	}
	var out [][]plan.WinItem
	for _, g := range groups {
		out = append(out, g.items)
	}
	if len(rest) > 0 {
		out = append(out, rest)
	}
	return out
}

// topOf returns the greatest rank that conditions above a window let through, or 0 if that tells nothing about which of its rows are needed. Ranks do
// not depend on the rows behind, so a window of ranks along one order may leave out what ranks higher.
func topOf(w *phys.Window, conds []expr.Expr) int64 {
	for _, it := range w.Items {
		if !ranks(&it.Win, &w.Items[0].Win) {
			return 0
		}
	}
	top := int64(0)
	for _, c := range conds {
		if most := rankLimit(w.Items, c); most > 0 && (top == 0 || most < top) {
			top = most
		}
	}
	return top
}

// ranks reports whether w numbers rows along the order of v.
func ranks(w, v *expr.Win) bool {
	switch w.Fn.Name {
	case "row_number", "rank", "dense_rank":
	default:
		return false
	}
	if w.Filter != nil || len(w.Args) > 0 || len(w.Partition) != len(v.Partition) || len(w.Order) != len(v.Order) {
		return false
	}
	for i, p := range w.Partition {
		if !expr.Equal(p, v.Partition[i]) {
			return false
		}
	}
	for i, k := range w.Order {
		if k.Order != v.Order[i].Order || !expr.Equal(k.Expr, v.Order[i].Expr) {
			return false
		}
	}
	return true
}

// rankLimit returns the greatest rank for which c can be true, or 0 if c tells nothing. A dense rank is not a limit: any number of rows may share it.
func rankLimit(items []plan.WinItem, c expr.Expr) int64 {
	call, ok := c.(*expr.Call)
	if !ok || len(call.Args) != 2 {
		return 0
	}
	name, a, b := call.Fn.Name, call.Args[0], call.Args[1]
	if _, ok := a.(*expr.Lit); ok {
		a, b = b, a
		name = map[string]string{"eq": "eq", "ge": "le", "gt": "lt"}[name]
	}
	r, isRef := a.(*expr.Ref)
	l, isLit := b.(*expr.Lit)
	if !isRef || !isLit || l.Value.Null || l.Value.Type.Kind != r.Col.Type.Kind {
		return 0
	}
	for _, it := range items {
		if it.Col.ID != r.Col.ID || it.Win.Fn.Name == "dense_rank" {
			continue
		}
		switch name {
		case "le", "eq":
			return max(l.Value.Int64(), 0)
		case "lt":
			return max(l.Value.Int64()-1, 0)
		}
	}
	return 0
}
