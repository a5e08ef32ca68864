package stats

import (
	"maps"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

func (e *Estimator) join(n *plan.Join) *Estimate {
	l, r := e.Of(n.Left), e.Of(n.Right)
	out := &Estimate{Cols: l.Cols}
	switch n.Kind {
	case defs.Semi, defs.Anti:
		share := matched(l, r, n.On) * residual(n)
		if n.Kind == defs.Anti {
			share = 1 - share
		}
		out.Rows = l.Rows * clamp(share, 0.05, 1)
		return out
	case defs.Mark, defs.Single:
		out.Rows = l.Rows
	default:
		out.Rows = Pairs(l, r, n.On) * residual(n)
	}
	switch n.Kind {
	case defs.Left:
		out.Rows = max(out.Rows, l.Rows)
	case defs.Right:
		out.Rows = max(out.Rows, r.Rows)
	case defs.Full:
		out.Rows = max(out.Rows, l.Rows+r.Rows)
	}
	out.Cols = maps.Clone(l.Cols)
	if out.Cols == nil {
		out.Cols = map[expr.ColID]Col{}
	}
	maps.Copy(out.Cols, r.Cols)
	return out
}

// Pairs estimates how many pairs of rows agree in all of on: for each key, one side's values are thought to be among the other's. The most
// selective key decides and each further one halves the result, because the keys of one join tend to go together. No key makes every pair.
func Pairs(l, r *Estimate, on []plan.On) float64 {
	rows := l.Rows * r.Rows
	best := 1.0
	for _, o := range on {
		best = max(best, keyDistinct(l, o.Left), keyDistinct(r, o.Right))
	}
	rows /= best
	for range len(on) - 1 {
		rows /= 2
	}
	return max(rows, min(1, l.Rows, r.Rows))
}

// keyDistinct guesses that a key about which nothing is known is one: as many values as rows.
func keyDistinct(e *Estimate, key expr.Expr) float64 {
	if r, ok := key.(*expr.Ref); ok {
		return e.distinct(r.Col.ID, e.Rows)
	}
	if d := e.exprDistinct(key); d >= 0 {
		return max(d, 1)
	}
	return max(e.Rows, 1)
}

// matched is the share of left rows that have a match.
func matched(l, r *Estimate, on []plan.On) float64 {
	share := 1.0
	for _, o := range on {
		dl, dr := keyDistinct(l, o.Left), min(keyDistinct(r, o.Right), max(r.Rows, 1))
		share = min(share, dr/dl)
	}
	return min(share, 1)
}

func residual(n *plan.Join) float64 {
	if n.Residual == nil {
		return 1
	}
	share := 1.0
	for range expr.Conjuncts(n.Residual) {
		share *= rangeShare
	}
	return share
}
