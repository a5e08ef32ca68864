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
		eachJoined(n.Kind, n.Left, n.Right, &n.Mark, f)
	case *Apply:
		eachJoined(n.Kind, n.Left, n.Right, &n.Mark, f)
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

func eachJoined(kind defs.JoinKind, left, right Node, mark *expr.Col, f func(*expr.Col)) {
	EachCol(left, f)
	switch kind {
	case defs.Semi, defs.Anti:
	case defs.Mark:
		f(mark)
	default:
		EachCol(right, f)
	}
}

// countCols is the number of columns of n.
func countCols(n Node) int {
	count := 0
	EachCol(n, func(*expr.Col) { count++ })
	return count
}

// listCols makes a list of the columns of n. A chain of joins copies each column once this way, and not once for every join above it.
func listCols(n Node) []expr.Col {
	out := make([]expr.Col, 0, countCols(n))
	EachCol(n, func(c *expr.Col) { out = append(out, *c) })
	return out
}

// IDs returns the set of the columns of n.
func IDs(n Node) map[expr.ColID]bool {
	set := make(map[expr.ColID]bool, countCols(n))
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
