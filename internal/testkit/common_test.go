package testkit

import (
	"slices"
	"testing"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/opt"
	"github.com/siksik-data/siksik/internal/plan"
)

// part is a random plan of the nodes that can be shared.
func (g *Random) part(depth int) plan.Node {
	if depth == 0 {
		return g.Table()
	}
	in := g.part(depth - 1)
	switch g.n(8) {
	case 0, 1, 2:
		return &plan.Filter{Input: in, Cond: g.condition(in.Cols(), 1)}
	case 3, 4:
		return g.project(in)
	case 5:
		return g.aggregate(in)
	default:
		return g.join(in, g.part(g.n(depth)))
	}
}

// twin is the same plan with columns of its own and, now and then, one condition more or items in another order.
func (g *Random) twin(n plan.Node) (plan.Node, map[expr.ColID]expr.Expr) {
	m := map[expr.ColID]expr.Expr{}
	ins := slices.Clone(n.Inputs())
	for i := range ins {
		in, cols := g.twin(ins[i])
		ins[i] = in
		for id, e := range cols {
			m[id] = e
		}
	}
	again := func(c expr.Col) expr.Col {
		out := g.col(c.Type)
		m[c.ID] = &expr.Ref{Col: out}
		return out
	}
	n = plan.MapExprs(n.WithInputs(ins), func(e expr.Expr) expr.Expr { return expr.Substitute(e, m) })
	switch x := n.(type) {
	case *plan.Memory:
		c := *x
		c.Out = nil
		for _, col := range x.Out {
			c.Out = append(c.Out, again(col))
		}
		return &c, m
	case *plan.Filter:
		if g.chance(20) {
			return &plan.Filter{Input: x.Input, Cond: expr.AndAll([]expr.Expr{x.Cond, g.condition(x.Input.Cols(), 1)})}, m
		}
	case *plan.Project:
		c := &plan.Project{Input: x.Input, Items: slices.Clone(x.Items)}
		for i := range c.Items {
			c.Items[i].Col = again(c.Items[i].Col)
		}
		if g.chance(50) {
			slices.Reverse(c.Items)
		}
		return c, m
	case *plan.Aggregate:
		c := *x
		c.Keys, c.Aggs = slices.Clone(x.Keys), slices.Clone(x.Aggs)
		for i := range c.Keys {
			c.Keys[i].Col = again(c.Keys[i].Col)
		}
		for i := range c.Aggs {
			c.Aggs[i].Col = again(c.Aggs[i].Col)
		}
		return &c, m
	case *plan.Join:
		c := *x
		if c.Mark.ID != 0 {
			c.Mark = again(c.Mark)
		}
		return &c, m
	}
	return n, m
}

// counted is one row about the rows of n.
func (g *Random) counted(n plan.Node) plan.Node {
	a := &plan.Aggregate{Input: n}
	add := func(x expr.Agg) { a.Aggs = append(a.Aggs, plan.AggItem{Col: g.col(x.Typ), Agg: x}) }
	add(Agg("count_star"))
	for _, c := range n.Cols() {
		add(Agg("count", &expr.Ref{Col: c}))
		add(Agg("max", &expr.Ref{Col: c}))
		add(Agg("first", &expr.Ref{Col: c}))
	}
	return a
}

// What occurs several times in a plan, in the same words or nearly so, is run once, and the rows are the same.
func TestCommonPartsAreSharedAndHaveTheSameRows(t *testing.T) {
	shared := eachRewritten(t, 500, 12, "share_common", opt.Ctx{ShareFrom: -1}, func(g *Random) plan.Node {
		part := g.part(1 + g.n(4))
		twin, _ := g.twin(part)
		var root plan.Node = &plan.Join{Kind: defs.Cross, Left: g.counted(part), Right: g.counted(twin)}
		if g.chance(30) {
			third, _ := g.twin(part)
			root = &plan.Join{Kind: defs.Cross, Left: root, Right: g.counted(third)}
		}
		return root
	})
	if *seedFlag == 0 && shared < 100 {
		t.Errorf("only %d plans were shared", shared)
	}
}

// Groups by texts of one side of a join are the same, and in the same order, when they are found by numbers.
func TestGroupsByNumberedTextsAreTheSame(t *testing.T) {
	numbered := eachRewritten(t, 600, 12, "number_keys", opt.Ctx{ShareFrom: -1}, func(g *Random) plan.Node {
		var tree plan.Node = g.Table()
		for range 1 + g.n(3) {
			tree = g.join(tree, g.Table())
		}
		root := g.counted(tree).(*plan.Aggregate)
		for _, c := range tree.Cols() {
			if g.chance(40) {
				root.Keys = append(root.Keys, plan.Item{Col: g.col(c.Type), Expr: &expr.Ref{Col: c}})
			}
		}
		return root
	})
	if *seedFlag == 0 && numbered < 100 {
		t.Errorf("only %d plans were numbered", numbered)
	}
}
