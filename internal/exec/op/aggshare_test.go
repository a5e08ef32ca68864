package op

import (
	"fmt"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

// sharedCalls are aggregates of which many can share a state, with and without a filter and DISTINCT.
func sharedCalls(t *testing.T, in []expr.Col) []expr.Agg {
	i, d, f, g, b := ref(in[1]), ref(in[2]), ref(in[3]), ref(in[4]), ref(in[5])
	var out []expr.Agg
	for _, x := range []expr.Expr{i, d, f} {
		out = append(out, call(t, "count", x), call(t, "sum", x), call(t, "avg", x), call(t, "avg", x), call(t, "count", x))
	}
	out = append(out, call(t, "sum", g), call(t, "avg", g))
	for _, name := range spreadNames {
		out = append(out, call(t, name, f))
	}
	for _, name := range pairNames {
		out = append(out, call(t, name, f, g))
	}
	for _, c := range []expr.Agg{call(t, "avg", i), call(t, "sum", i), call(t, "count", i), call(t, "count_star"), call(t, "corr", g, f)} {
		c.Filter = b
		out = append(out, c)
	}
	return append(out, distinctCall(call(t, "avg", i)), distinctCall(call(t, "sum", i)), distinctCall(call(t, "count", i)), call(t, "min", i))
}

// The results of aggregates that are computed together are those of each alone, which shares nothing.
func TestAggregatesThatShareAStateHaveTheirOwnResults(t *testing.T) {
	in := cols(0, tInt, tInt, dtype.DecimalOf(12, 2), tFloat, tFloat, tBool)
	for _, nulls := range []float64{0, 0.2} {
		for _, star := range []bool{false, true} {
			for _, keyed := range []bool{false, true} {
				t.Run(fmt.Sprintf("nulls=%v/count=%v/keys=%v", nulls, star, keyed), func(t *testing.T) {
					rows := randomRows(seeded(t), 700, 30, nulls, types(in)...)
					calls := sharedCalls(t, in)
					if star {
						calls = append(calls, call(t, "count_star"))
					}
					var key []expr.Expr
					if keyed {
						key = []expr.Expr{ref(in[0])}
					}
					var want rowsOf
					for _, c := range calls {
						alone := collect(t, aggOf(source(variant{64, 1, false}, rows, in), key, c), 1)
						if want == nil {
							want = alone
							continue
						}
						for i := range want {
							want[i] = append(want[i], alone[i][len(key)])
						}
					}
					matrix(t, want, func(v variant) phys.Node { return aggOf(source(v, rows, in), key, calls...) })
				})
			}
		}
	}
}

func TestAggregatesOfTheSameValuesShareAState(t *testing.T) {
	in := cols(0, tInt, tInt, tFloat, tBool)
	i, f := ref(in[1]), ref(in[2])
	filtered := call(t, "sum", i)
	filtered.Filter = ref(in[3])
	for _, c := range []struct {
		name  string
		calls []expr.Agg
		want  int
	}{
		{"sum, mean and count", []expr.Agg{call(t, "count", i), call(t, "sum", i), call(t, "avg", i)}, 1},
		{"sum and count alone", []expr.Agg{call(t, "count", i), call(t, "sum", i)}, 2},
		{"means of two columns count the rows once", []expr.Agg{call(t, "avg", i), call(t, "avg", f)}, 3},
		{"with the count of rows", []expr.Agg{call(t, "avg", i), call(t, "count_star"), call(t, "avg", f), call(t, "count_star")}, 3},
		{"a filter tells apart", []expr.Agg{call(t, "avg", i), filtered}, 2},
		{"DISTINCT tells apart", []expr.Agg{call(t, "avg", i), distinctCall(call(t, "avg", i))}, 2},
		{"spreads", []expr.Agg{call(t, "var_pop", f), call(t, "std_samp", f)}, 1},
		{"regression", []expr.Agg{call(t, "corr", f, f), call(t, "regr_slope", f, f)}, 1},
		{"others keep their own", []expr.Agg{call(t, "min", i), call(t, "max", i), call(t, "min", i)}, 3},
	} {
		a := &hashAgg{}
		var list aggExprs
		for j := range c.calls {
			s, err := newSpec(&c.calls[j])
			if err != nil {
				t.Fatal(err)
			}
			own := aggCall{spec: s, filter: -1}
			for _, x := range s.exprs {
				own.args = append(own.args, list.add(x))
			}
			if c.calls[j].Filter != nil {
				own.filter = list.add(c.calls[j].Filter)
			}
			a.calls = append(a.calls, own)
		}
		if a.share(); len(a.calls) != c.want || len(a.outs) != len(c.calls) {
			t.Errorf("%s: %d states for %d results, want %d", c.name, len(a.calls), len(a.outs), c.want)
		}
	}
}

func TestASumThatLeaves64BitsIsSharedWithItsMean(t *testing.T) {
	in := cols(0, tInt)
	rows := make(rowsOf, 100)
	for i := range rows {
		rows[i] = []data.Scalar{data.IntScalar(tInt, 1<<62)}
	}
	got := collect(t, aggOf(source(variant{7, 2, false}, rows, in), nil, call(t, "avg", ref(in[0])), call(t, "sum", ref(in[0]))), 2)
	if s := rowText(got[0]); got[0][0].F != 1<<62 || got[0][1].String() != "461168601842738790400" {
		t.Errorf("mean and sum are %s", s)
	}
}
