package testkit

import (
	"errors"
	"testing"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/opt"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/refimpl"
)

// joinTree joins random tables by random conditions in a random shape.
func (g *Random) joinTree(tables int) plan.Node {
	if tables == 1 {
		return g.Table()
	}
	left := 1 + g.n(tables-1)
	l, r := g.joinTree(left), g.joinTree(tables-left)
	j := &plan.Join{Kind: defs.Cross, Left: l, Right: r}
	var conds []expr.Expr
	for range 1 + g.n(3) {
		a, b := l.Cols()[g.n(len(l.Cols()))], r.Cols()[g.n(len(r.Cols()))]
		if a.Type.Equal(b.Type) {
			conds = append(conds, Call([]string{"eq", "eq", "eq", "is_not_distinct", "lt"}[g.n(5)], &expr.Ref{Col: a}, &expr.Ref{Col: b}))
		}
	}
	if g.chance(10) {
		conds = append(conds, g.condition(j.Cols(), 1))
	}
	if len(conds) == 0 {
		return j
	}
	if g.chance(50) {
		return &plan.Filter{Input: j, Cond: expr.AndAll(conds)}
	}
	j.Kind = defs.Inner
	on, rest := plan.SplitOn(l, r, conds)
	if j.On = on; len(rest) > 0 {
		j.Residual = expr.AndAll(rest)
	}
	return j
}

// eachRewritten makes count random plans with few rows and compares the rows of each that the reference can run with those after the optimiser, whose
// context must not have a trace. It returns how often a rule changed one.
func eachRewritten(t *testing.T, count uint64, rows int, rule string, c opt.Ctx, random func(*Random) plan.Node) (changed int) {
	t.Helper()
	t.Parallel()
	start, count := seeds(t, count, count)
	for seed := start; seed < start+count; seed++ {
		g := NewRandom(seed)
		g.Rows = rows
		root := random(g)
		want, err := refimpl.Run(root)
		if err != nil {
			continue
		}
		c := c
		c.Trace = func(name string, _, after plan.Node) {
			if name == rule {
				changed++
			}
			if err := plan.Verify(after); err != nil {
				t.Fatalf("seed %d: after %s: %v\n%s", seed, name, err, plan.Format(after))
			}
		}
		out, err := opt.Run(&c, root)
		if err != nil {
			t.Fatal(err)
		}
		got, err := refimpl.Run(out)
		if errors.Is(err, refimpl.ErrLarge) {
			continue
		}
		if err != nil || render(got) != render(want) {
			t.Fatalf("seed %d: %v\n%s\nbecame\n%s\n%s", seed, err, plan.Format(root), plan.Format(out), difference(render(want), render(got)))
		}
	}
	return changed
}

// Joins in another order have the same rows: an aggregate over them, of which the order does not matter, is the same.
func TestReorderedJoinsHaveTheSameRows(t *testing.T) {
	changed := eachRewritten(t, 400, 7, "join_order", opt.Ctx{ReorderFrom: 1}, func(g *Random) plan.Node {
		tree := g.joinTree(3 + g.n(3))
		root := &plan.Aggregate{Input: tree}
		add := func(a expr.Agg) { root.Aggs = append(root.Aggs, plan.AggItem{Col: g.col(a.Typ), Agg: a}) }
		add(Agg("count_star"))
		for _, c := range tree.Cols() {
			add(Agg("count", &expr.Ref{Col: c}))
			add(Agg("max", &expr.Ref{Col: c}))
		}
		return root
	})
	if *seedFlag == 0 && changed < 50 {
		t.Errorf("only %d plans were reordered", changed)
	}
}
