package opt

import (
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/stats"
)

const (
	// leastEarly is how many rows must be there before it pays to aggregate some of them early.
	leastEarly = 100_000
	// leastReduced is how many rows an early group must have on average.
	leastReduced = 4
	// mostOfPrice is the share of the price that may be left: prices are not exact.
	mostOfPrice = 0.65
)

// saves estimates the time, about in nanoseconds, that aggregating early saves; 0 if it is not worth it.
func (e *early) saves() float64 {
	if e.c.ShareFrom < 0 {
		return 1
	}
	last := e.c.est.Of(e.last())
	for _, k := range e.first.Keys {
		if last.Col(k.Col.ID).Distinct < 0 {
			return 0
		}
	}
	groups := e.c.est.Rows(e.first)
	if last.Rows < leastEarly || groups*leastReduced > last.Rows {
		return 0
	}
	top := e.c.est.Of(e.agg.Input)
	before := top.Rows * rowPrice(e.c.est.Rows(e.agg), e.agg.Keys, top.Col)
	for i, n := range e.path[:len(e.side)] {
		if j, ok := n.(*plan.Join); ok {
			before += e.c.est.Rows(e.path[i+1]) * partnerPrice(e.c.est.Rows(j.Inputs()[1-e.side[i]]))
		}
	}
	after := last.Rows*rowPrice(groups, e.first.Keys, last.Col) + before*groups/last.Rows
	if after > before*mostOfPrice {
		return 0
	}
	return before - after
}

// rowPrice is about what a row costs in an aggregate with so many groups: tables that leave the cache cost more, and texts are hashed and compared,
// which costs less if there are so few that they stay in the cache.
func rowPrice(groups float64, keys []plan.Item, about func(expr.ColID) stats.Col) float64 {
	const few, cached, large = 4 << 10, 64 << 10, 1 << 20
	price := 25.0
	switch {
	case groups <= few:
		price = 3
	case groups <= cached:
		price = 6
	case groups <= large:
		price = 14
	}
	for _, k := range keys {
		price += 2
		r, ok := k.Expr.(*expr.Ref)
		switch {
		case !ok:
			price += 5
		case !r.Col.Type.IsText():
		case about(r.Col.ID).Distinct >= 0 && about(r.Col.ID).Distinct <= 256:
			price += 20
		default:
			price += 40
		}
	}
	return price
}

// partnerPrice is about what a row costs that looks for its partner among so many rows.
func partnerPrice(rows float64) float64 {
	const cached, large = 4 << 10, 100_000
	switch {
	case rows <= cached:
		return 4
	case rows <= large:
		return 8
	default:
		return 16
	}
}
