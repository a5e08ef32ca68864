package testkit

import (
	"testing"
	"time"

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

// Joins in another order have the same rows: an aggregate over them, of which the order does not matter, is the same.
func TestReorderedJoinsHaveTheSameRows(t *testing.T) {
	start := uint64(time.Now().UnixNano())
	if *seedFlag != 0 {
		start = *seedFlag
	}
	t.Logf("first seed %d", start)
	changed := 0
	for seed := start; seed < start+400; seed++ {
		g := NewRandom(seed)
		g.Rows = 7
		tree := g.joinTree(3 + g.n(3))
		root := &plan.Aggregate{Input: tree}
		add := func(a expr.Agg) { root.Aggs = append(root.Aggs, plan.AggItem{Col: g.col(a.Typ), Agg: a}) }
		add(Agg("count_star"))
		for _, c := range tree.Cols() {
			add(Agg("count", &expr.Ref{Col: c}))
			add(Agg("max", &expr.Ref{Col: c}))
		}
		want, err := refimpl.Run(root)
		if err != nil {
			continue
		}
		out, err := opt.Run(&opt.Ctx{ReorderFrom: 1, Trace: func(rule string, _, after plan.Node) {
			if rule == "join_order" {
				changed++
			}
			if err := plan.Verify(after); err != nil {
				t.Fatalf("seed %d: after %s: %v\n%s", seed, rule, err, plan.Format(after))
			}
		}}, root)
		if err != nil {
			t.Fatal(err)
		}
		got, err := refimpl.Run(out)
		if err != nil || render(got) != render(want) {
			t.Fatalf("seed %d: %v\n%s\nbecame\n%s\n%s", seed, err, plan.Format(root), plan.Format(out), difference(render(want), render(got)))
		}
		if *seedFlag != 0 {
			return
		}
	}
	if changed < 50 {
		t.Errorf("only %d plans were reordered", changed)
	}
}
