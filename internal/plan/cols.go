package plan

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
)

// EachCol calls f with the columns of n in order, without making a list of them as Cols does: most who ask want to know an id or two. f must not change or
// keep what it is given.
func EachCol(n Node, f func(*expr.Col)) {
	switch n := n.(type) {
	case *Filter:
		EachCol(n.Input, f)
	case *Sort:
		EachCol(n.Input, f)
	case *Limit:
		EachCol(n.Input, f)
	case *Distinct:
		EachCol(n.Input, f)
	case *Project:
		eachItem(n.Items, f)
	case *Aggregate:
		eachItem(n.Keys, f)
		for i := range n.Aggs {
			f(&n.Aggs[i].Col)
		}
	case *Join:
		EachCol(n.Left, f)
		switch n.Kind {
		case defs.Semi, defs.Anti:
		case defs.Mark:
			f(&n.Mark)
		default:
			EachCol(n.Right, f)
		}
	default:
		cols := n.Cols()
		for i := range cols {
			f(&cols[i])
		}
	}
}

func eachItem(items []Item, f func(*expr.Col)) {
	for i := range items {
		f(&items[i].Col)
	}
}

// IDs returns the set of the columns of n.
func IDs(n Node) map[expr.ColID]bool {
	count := 0
	EachCol(n, func(*expr.Col) { count++ })
	set := make(map[expr.ColID]bool, count)
	EachCol(n, func(c *expr.Col) { set[c.ID] = true })
	return set
}

// HasCol reports whether id is a column of n.
func HasCol(n Node, id expr.ColID) bool {
	found := false
	EachCol(n, func(c *expr.Col) { found = found || c.ID == id })
	return found
}

// MaxID returns the greatest column id in the plan.
func MaxID(root Node) expr.ColID {
	var most expr.ColID
	Walk(root, func(n Node) bool {
		EachCol(n, func(c *expr.Col) { most = max(most, c.ID) })
		return true
	})
	return most
}
