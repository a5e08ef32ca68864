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

// Pairs estimates how many pairs of rows agree in all of on. Each key is thought to be the key of one side, that with fewer values, and the
// other side's rows to be spread evenly over all its values, those that a filter has dropped included. The most selective key decides and each further one halves the
// result, because the keys of one join tend to go together. No key makes every pair.
func Pairs(l, r *Estimate, on []plan.On) float64 {
	rows := l.Rows * r.Rows
	best := 1.0
	for _, o := range on {
		best = max(best, min(domain(l, o.Left), domain(r, o.Right)))
	}
	rows /= best
	for range len(on) - 1 {
		rows /= 2
	}
	return max(rows, min(1, l.Rows, r.Rows))
}

// domain is how many values a key had before any filter; a key about which nothing is known has as many as rows.
func domain(e *Estimate, key expr.Expr) float64 {
	if r, ok := key.(*expr.Ref); ok {
		if c, ok := e.Cols[r.Col.ID]; ok && c.Domain > 0 {
			return c.Domain
		}
	} else if d := e.exprDistinct(key); d > 0 {
		return d
	}
	return max(e.Rows, 1)
}

// matched is the share of left rows that have a match.
func matched(l, r *Estimate, on []plan.On) float64 {
	share := 1.0
	for _, o := range on {
		d := min(domain(l, o.Left), domain(r, o.Right))
		share = min(share, min(d, r.Rows)/d)
	}
	return share
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

// MatchShare estimates the share of left rows that have a match on the right.
func (e *Estimator) MatchShare(left, right plan.Node, on []plan.On) float64 {
	return matched(e.Of(left), e.Of(right), on)
}
