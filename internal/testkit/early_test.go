package testkit

import (
	"testing"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/opt"
	"github.com/siksik-data/siksik/internal/plan"
)

// earlyAgg is an aggregate that can be divided, mostly over columns of one input.
func (g *Random) earlyAgg(mine, all []expr.Col) expr.Agg {
	if g.chance(20) {
		return Agg("count_star")
	}
	from := mine
	if g.chance(15) {
		from = all
	}
	var arg expr.Expr = &expr.Ref{Col: from[g.n(len(from))]}
	if g.chance(20) {
		arg = g.Expr(arg.Type(), from, 1)
	}
	names := []string{"count", "min", "max"}
	switch {
	case arg.Type().IsInteger():
		names = append(names, "sum", "sum_wrap", "avg")
	case arg.Type().Equal(bools):
		names = append(names, "sum", "bool_and", "bool_or")
	}
	a := Agg(names[g.n(len(names))], arg)
	if g.chance(15) {
		a.Filter = g.condition(from, 1)
	}
	return a
}

// Groups over joins are the same, and in the same order, when rows of an input are aggregated before they are joined: for rows with several partners and
// with none, for nulls among the keys, and for rows that an outer join pads.
func TestAggregatesBelowJoinsAreTheSame(t *testing.T) {
	pushed := eachRewritten(t, 800, 12, "push_aggregate", opt.Ctx{ShareFrom: -1}, func(g *Random) plan.Node {
		var mine []expr.Col
		var tree plan.Node = g.Table()
		for range 1 + g.n(3) {
			with := g.Table()
			if mine == nil || g.chance(30) {
				mine = tree.Cols()
				if g.chance(40) {
					mine = with.Cols()
				}
			}
			l, r := tree, plan.Node(with)
			if g.chance(30) {
				l, r = r, l
			}
			tree = g.join(l, r)
			if g.chance(20) {
				tree = &plan.Filter{Input: tree, Cond: g.condition(tree.Cols(), 1)}
			}
		}
		mine = among(mine, tree.Cols())
		root := &plan.Aggregate{Input: tree}
		for _, c := range tree.Cols() {
			if g.chance(20) {
				root.Keys = append(root.Keys, plan.Item{Col: g.col(c.Type), Expr: &expr.Ref{Col: c}})
			}
		}
		for range g.n(4) {
			a := g.earlyAgg(mine, tree.Cols())
			root.Aggs = append(root.Aggs, plan.AggItem{Col: g.col(a.Typ), Agg: a})
		}
		if len(root.Cols()) == 0 {
			return &plan.Limit{Input: tree, Count: -1}
		}
		if g.chance(20) {
			return &plan.Sort{Input: root, Keys: []expr.SortKey{{Expr: &expr.Ref{Col: root.Cols()[0]}, Order: defs.Order{Desc: true}}}, Limit: -1}
		}
		return root
	})
	if *seedFlag == 0 && pushed < 100 {
		t.Errorf("only %d plans had an aggregate below a join", pushed)
	}
}

// among returns the columns of list that are in all, or all if there are none.
func among(list, all []expr.Col) []expr.Col {
	var out []expr.Col
	for _, c := range list {
		for _, a := range all {
			if a.ID == c.ID {
				out = append(out, c)
			}
		}
	}
	if out == nil {
		return all
	}
	return out
}
