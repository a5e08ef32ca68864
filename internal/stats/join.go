package stats

import (
	"maps"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

func (e *Estimator) join(n *plan.Join) *Estimate {
	l, r := e.Of(n.Left), e.Of(n.Right)
	out := &Estimate{Cols: l.Cols, Base: l.Base}
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
	out.Base = max(l.Base, r.Base)
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

// Pairs estimates how many pairs of rows agree in all of on. The keys together are thought to be the key of one side, that with fewer values, and the
// other side's rows to be spread evenly over all its values, those that a filter has dropped included. No key makes every pair.
func Pairs(l, r *Estimate, on []plan.On) float64 {
	return max(l.Rows*r.Rows/common(l, r, on), min(1, l.Rows, r.Rows))
}

// common is how many values the keys have on the side that has fewer.
func common(l, r *Estimate, on []plan.On) float64 {
	dl, dr := 1.0, 1.0
	for _, o := range on {
		dl, dr = dl*l.Domain(o.Left), dr*r.Domain(o.Right)
	}
	return max(min(dl, max(l.Base, l.Rows), dr, max(r.Base, r.Rows)), 1)
}

// Domain is how many values a key had before any filter; a key about which nothing is known has as many as rows.
func (e *Estimate) Domain(key expr.Expr) float64 {
	if c, ok := key.(*expr.Cast); ok {
		return e.Domain(c.Arg)
	}
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
	if len(on) == 0 {
		return 1
	}
	d := common(l, r, on)
	return min(d, r.Rows) / d
}

func residual(n *plan.Join) float64 {
	if n.Residual == nil {
		return 1
	}
	share := 1.0
	for _, cond := range expr.Conjuncts(n.Residual) {
		if call, ok := cond.(*expr.Call); ok && call.Fn.Name == "ne" {
			share *= 1 - eqShare
		} else {
			share *= rangeShare
		}
	}
	return share
}

// MatchShare estimates the share of left rows that have a match on the right.
func (e *Estimator) MatchShare(left, right plan.Node, on []plan.On) float64 {
	return matched(e.Of(left), e.Of(right), on)
}
