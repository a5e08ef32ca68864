package plan_test

import (
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

var (
	i64   = dtype.Of(dtype.Int64)
	text  = dtype.Of(dtype.String)
	boolT = dtype.Of(dtype.Bool)
	a     = expr.Col{ID: 1, Name: "a", Type: i64}
	b     = expr.Col{ID: 2, Name: "b", Type: text}
	c     = expr.Col{ID: 3, Name: "c", Type: i64}
	other = expr.Col{ID: 9, Name: "other", Type: i64}
)

func ref(c expr.Col) expr.Expr { return &expr.Ref{Col: c} }

func lit(v int64) expr.Expr { return &expr.Lit{Value: data.IntScalar(i64, v)} }

func call(name string, t dtype.Type, args ...expr.Expr) expr.Expr {
	return &expr.Call{Fn: sig.Lookup(name)[0], Args: args, Typ: t}
}

// rows makes a source with columns.
func rows(cols ...expr.Col) plan.Node { return &plan.Values{Out: cols} }

func TestVerifyNamesWhatDoesNotFit(t *testing.T) {
	count := expr.Agg{Fn: sig.Lookup("count_star")[0], Typ: i64}
	for _, k := range []struct {
		want string
		node plan.Node
	}{
		{"other#9 is not in the input", &plan.Filter{Input: rows(a), Cond: call("eq", boolT, ref(other), lit(1))}},
		{"a#1 is read as varchar and is", &plan.Project{Input: rows(a), Items: []plan.Item{{Col: b, Expr: ref(expr.Col{ID: 1, Name: "a", Type: text})}}}},
		{"not bool", &plan.Filter{Input: rows(a), Cond: ref(a)}},
		{"appears twice", &plan.Project{Input: rows(a), Items: []plan.Item{{Col: a, Expr: ref(a)}, {Col: a, Expr: lit(1)}}}},
		{"is int64, not", &plan.Project{Input: rows(a), Items: []plan.Item{{Col: b, Expr: ref(a)}}}},
		{"join keys of", &plan.Join{Left: rows(a), Right: rows(b), On: []plan.On{{Left: ref(a), Right: ref(b)}}}},
		{"c#3 is not in the input", &plan.Join{Left: rows(a), Right: rows(c), On: []plan.On{{Left: ref(c), Right: ref(c)}}}},
		{"a cross join has a condition", &plan.Join{Kind: defs.Cross, Left: rows(a), Right: rows(c), Residual: expr.True}},
		{"the mark column is int64", &plan.Join{Kind: defs.Mark, Left: rows(a), Right: rows(b), Mark: c}},
		{"its column", &plan.Aggregate{Input: rows(a), Aggs: []plan.AggItem{{Col: b, Agg: count}}}},
		{"grouping set refers to key 1", &plan.Aggregate{Input: rows(a), Keys: []plan.Item{{Col: c, Expr: ref(a)}}, Sets: [][]int{{1}}}},
		{"an input has 2 columns", &plan.Union{Ins: []plan.Node{rows(a), rows(a, b)}, Out: []expr.Col{c}}},
		{"in the union", &plan.Union{Ins: []plan.Node{rows(a), rows(b)}, Out: []expr.Col{c}}},
		{"column #9 is not", &plan.Distinct{Input: rows(a), On: []expr.ColID{9}}},
		{"other#9 is not", &plan.Sort{Input: rows(a), Keys: []expr.SortKey{{Expr: ref(other)}}, Limit: -1}},
		{"a row has 2 values", &plan.Values{Out: []expr.Col{a}, Rows: [][]expr.Expr{{lit(1), lit(2)}}}},
		{"a#1 is not in the input", &plan.Values{Out: []expr.Col{a}, Rows: [][]expr.Expr{{ref(a)}}}},
		{"limit -2", &plan.Limit{Input: rows(a), Count: -2}},
		{"the elements of", &plan.Unnest{Input: rows(a), Items: []plan.Item{{Col: c, Expr: ref(a)}}}},
		{"two different inputs", &plan.Union{Ins: []plan.Node{&plan.Shared{ID: 1, Input: rows(a), Out: []expr.Col{a}},
			&plan.Shared{ID: 1, Input: rows(a), Out: []expr.Col{c}}}, Out: []expr.Col{other}}},
		{"a plan node is missing", &plan.Filter{Cond: expr.True}},
		{"a condition is missing", &plan.Filter{Input: rows(a)}},
	} {
		err := plan.Verify(k.node)
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%T: got %v, want %q", k.node, err, k.want)
		}
	}
}

// sample is a valid plan with a shared part and most kinds of nodes.
func sample() plan.Node {
	shared := &plan.Filter{Input: rows(a, b), Cond: call("gt", boolT, ref(a), lit(3))}
	left := &plan.Shared{ID: 1, Input: shared, Out: []expr.Col{{ID: 10, Name: "x", Type: i64}, {ID: 11, Name: "y", Type: text}}}
	right := &plan.Shared{ID: 1, Input: shared, Out: []expr.Col{{ID: 12, Name: "x", Type: i64}, {ID: 13, Name: "y", Type: text}}}
	join := &plan.Join{Kind: defs.Left, Left: left, Right: right, On: []plan.On{{Left: ref(left.Out[0]), Right: ref(right.Out[0])}}}
	agg := &plan.Aggregate{Input: join, Keys: []plan.Item{{Col: c, Expr: ref(left.Out[0])}},
		Aggs: []plan.AggItem{{Col: other, Agg: expr.Agg{Fn: sig.Lookup("count_star")[0], Typ: i64}}}}
	return &plan.Limit{Input: &plan.Sort{Input: agg, Keys: []expr.SortKey{{Expr: ref(other), Order: defs.Order{Desc: true}}}, Limit: -1}, Count: 10, Offset: 2}
}

func TestFormatShowsOneLineANodeAndASharedPlanOnce(t *testing.T) {
	const want = `Limit 10 offset 2
  Sort other#9 desc
    Aggregate by [x#10 as c#3] [count_star() as other#9]
      Join left on x#10 = x#12
        Shared #1 [x#10, y#11]
          Filter (a#1 > 3::int64)
            Values [a#1, b#2] no rows
        Shared #1 [x#12, y#13]
`
	if got := plan.Format(sample()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if err := plan.Verify(sample()); err != nil {
		t.Error(err)
	}
}

func TestRewritingASharedPlanHappensOnce(t *testing.T) {
	calls := 0
	for name, walk := range map[string]func(plan.Node, func(plan.Node) (plan.Node, error)) (plan.Node, error){"bottom-up": plan.BottomUp, "top-down": plan.TopDown} {
		calls = 0
		out, err := walk(sample(), func(n plan.Node) (plan.Node, error) {
			f, ok := n.(*plan.Filter)
			if !ok {
				return n, nil
			}
			calls++
			return &plan.Filter{Input: f.Input, Cond: expr.True}, nil
		})
		if err != nil || calls != 1 {
			t.Errorf("%s: %d calls, %v", name, calls, err)
		}
		if err := plan.Verify(out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, _ := walk(out, func(n plan.Node) (plan.Node, error) { return n, nil })
		if again != out {
			t.Errorf("%s: a walk that changes nothing must return the same plan", name)
		}
	}
}

func TestSplitOnTurnsKeysToTheirSides(t *testing.T) {
	conds := []expr.Expr{call("eq", boolT, ref(c), ref(a)), call("gt", boolT, ref(a), ref(c)), call("eq", boolT, ref(a), lit(1)),
		call("is_not_distinct", boolT, ref(a), ref(c))}
	on, rest := plan.SplitOn(rows(a, b), rows(c), conds)
	if got := plan.FormatOn(on); got != "a#1 = c#3 and a#1 is not distinct from c#3" {
		t.Errorf("keys %s", got)
	}
	if got := expr.FormatList(rest); got != "(a#1 > c#3), (a#1 = 1::int64)" {
		t.Errorf("rest %s", got)
	}
}

func TestSortByAllGroupKeysDoesNotObserveTheOrderOfGroups(t *testing.T) {
	group := &plan.Aggregate{Input: rows(a, b), Keys: []plan.Item{{Col: c, Expr: ref(a)}}}
	byKey := &plan.Sort{Input: group, Keys: []expr.SortKey{{Expr: ref(c)}}, Limit: -1}
	byOther := &plan.Sort{Input: group, Keys: []expr.SortKey{{Expr: call("add", i64, ref(c), lit(1))}}, Limit: -1}
	if plan.ObservesOrder(byKey, 0, true) || !plan.ObservesOrder(byOther, 0, true) {
		t.Error("only a sort by all keys breaks all ties")
	}
	if plan.ObservesOrder(group, 0, false) || !plan.ObservesOrder(group, 0, true) {
		t.Error("groups come in the order of first appearance where somebody looks")
	}
	list := &plan.Aggregate{Input: rows(a), Aggs: []plan.AggItem{{Col: other, Agg: expr.Agg{Fn: sig.Lookup("first")[0], Args: []expr.Expr{ref(a)}, Typ: i64}}}}
	if !plan.ObservesOrder(list, 0, false) {
		t.Error("first depends on the order")
	}
}
