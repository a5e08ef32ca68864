package opt

import (
	"slices"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// inlineShared replaces a shared plan that is used once, and copies one that is cheap to run again for each use: then every use can push its own
// filters and columns into it. Cheap is what reads memory, or a table that knows its rows without reading (such files hold columns apart), and computes
// nothing. Plans that write keep their shares: several loads are meant to read their source once.
type inlineShared struct{}

// Name implements Rule.
func (inlineShared) Name() string { return "inline_shared" }

// Apply implements Rule. n is the root.
func (inlineShared) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	uses, writes := map[int]int{}, false
	plan.Walk(n, func(x plan.Node) bool {
		switch x := x.(type) {
		case *plan.Shared:
			uses[x.ID]++
		case *plan.Write:
			writes = true
		}
		return true
	})
	return plan.BottomUp(n, func(x plan.Node) (plan.Node, error) {
		s, ok := x.(*plan.Shared)
		if !ok {
			return x, nil
		}
		switch {
		case uses[s.ID] == 1:
			return renamed(s.Input, s.Out), nil
		case c.cheapAgain(s.Input, !writes):
			return renamed(c.copied(s.Input), s.Out), nil
		default:
			return x, nil
		}
	})
}

// cheapAgain reports a plan that costs next to nothing to run once more.
func (c *Ctx) cheapAgain(n plan.Node, files bool) bool {
	switch n := n.(type) {
	case *plan.Memory:
		return true
	case *plan.Values:
		again := true
		plan.Exprs(n, func(e expr.Expr) { again = again && !expr.Volatile(e) })
		return again
	case *plan.Scan:
		if _, ok := n.Table.(spi.MemTable); ok {
			return true
		}
		return files && c.est.Table(n.Table).Exact
	case *plan.Project:
		for _, it := range n.Items {
			if !plain(it.Expr) {
				return false
			}
		}
		return c.cheapAgain(n.Input, files)
	default:
		return false
	}
}

// copied returns a copy of a cheap plan with new columns.
func (c *Ctx) copied(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Memory:
		return &plan.Memory{Name: n.Name, Out: c.newCols(n.Out), Batches: n.Batches}
	case *plan.Values:
		return &plan.Values{Out: c.newCols(n.Out), Rows: n.Rows}
	case *plan.Scan:
		s := *n
		s.Out = c.newCols(n.Out)
		return &s
	case *plan.Project:
		in := c.copied(n.Input)
		m := map[expr.ColID]expr.Expr{}
		for i, col := range n.Input.Cols() {
			m[col.ID] = &expr.Ref{Col: in.Cols()[i]}
		}
		items := slices.Clone(n.Items)
		for i := range items {
			items[i] = plan.Item{Col: c.newCol(items[i].Col.Name, items[i].Col.Type), Expr: expr.Substitute(items[i].Expr, m)}
		}
		return &plan.Project{Input: in, Items: items}
	default:
		return n
	}
}

func (c *Ctx) newCols(cols []expr.Col) []expr.Col {
	out := make([]expr.Col, len(cols))
	for i, col := range cols {
		out[i] = c.newCol(col.Name, col.Type)
	}
	return out
}
