package op

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// call makes an aggregate call as bind would.
func call(t testing.TB, name string, args ...expr.Expr) expr.Agg {
	t.Helper()
	var list []sig.Arg
	for _, a := range args {
		x := sig.Arg{Type: a.Type()}
		if l, ok := a.(*expr.Lit); ok {
			x.Lit = &l.Value
		}
		list = append(list, x)
	}
	r, err := sig.ResolveLit(name, list, sig.AggregateKind|sig.WindowKind)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		if !a.Type().Equal(r.Args[i]) {
			t.Fatalf("%s wants %s for argument %d", name, r.Args[i], i)
		}
	}
	return expr.Agg{Fn: r.Fn, Args: args, Typ: r.Ret}
}

func lit(v data.Scalar) expr.Expr { return &expr.Lit{Value: v} }

// aggOf makes an aggregate over keys and calls; output ids start at 100.
func aggOf(in phys.Node, keys []expr.Expr, calls ...expr.Agg) *phys.HashAgg {
	n := &phys.HashAgg{Input: in, Ordered: true}
	add := func(t dtype.Type) expr.Col {
		c := cols(100+len(n.Out), t)[0]
		n.Out = append(n.Out, c)
		return c
	}
	for _, k := range keys {
		n.Keys = append(n.Keys, plan.Item{Col: add(k.Type()), Expr: k})
	}
	for _, c := range calls {
		n.Aggs = append(n.Aggs, plan.AggItem{Col: add(c.Typ), Agg: c})
	}
	return n
}

// groupNaively returns the positions of the rows of each group, in order of first appearance.
func groupNaively(rows rowsOf, keys []int) [][]int {
	at := map[string]int{}
	var out [][]int
	for i, r := range rows {
		var k []data.Scalar
		for _, c := range keys {
			k = append(k, r[c])
		}
		text := rowText(k)
		g, ok := at[text]
		if !ok {
			g = len(out)
			at[text] = g
			out = append(out, nil)
		}
		out[g] = append(out[g], i)
	}
	return out
}

// valuesOf returns the values of a column in some rows, nulls left out unless asked for.
func valuesOf(rows rowsOf, at []int, col int, nulls bool) []data.Scalar {
	var out []data.Scalar
	for _, i := range at {
		if v := rows[i][col]; nulls || !v.Null {
			out = append(out, v)
		}
	}
	return out
}

func distinctOf(vals []data.Scalar) []data.Scalar {
	seen := map[string]bool{}
	var out []data.Scalar
	for _, v := range vals {
		k := rowText([]data.Scalar{v})
		if !seen[k] {
			seen[k] = true
			out = append(out, v)
		}
	}
	return out
}

func wideSum(t dtype.Type, vals []data.Scalar) data.Scalar {
	if len(vals) == 0 {
		return data.NullScalar(t)
	}
	sum := int64(0)
	for _, v := range vals {
		sum += v.Int64()
	}
	return data.IntScalar(t, sum)
}

// exactSum is the correctly rounded sum of floats.
func exactSum(vals []data.Scalar) data.Scalar {
	sum := new(big.Float).SetPrec(3000)
	special := 0.0
	for _, v := range vals {
		if v.F-v.F != 0 {
			special += v.F
			continue
		}
		sum.Add(sum, new(big.Float).SetFloat64(v.F))
	}
	if len(vals) == 0 {
		return data.NullScalar(tFloat)
	}
	f, _ := sum.Float64()
	return data.FloatScalar(f + special)
}

func best(vals []data.Scalar, less func(a, b data.Scalar) bool) data.Scalar {
	if len(vals) == 0 {
		return data.Scalar{Null: true}
	}
	out := vals[0]
	for _, v := range vals[1:] {
		if less(v, out) {
			out = v
		}
	}
	return out
}

func lessInt(a, b data.Scalar) bool        { return a.Int64() < b.Int64() }
func lessText(a, b data.Scalar) bool       { return a.S < b.S }
func moreText(a, b data.Scalar) bool       { return a.S > b.S }
func lessFloat(a, b data.Scalar) bool      { return compareFloats(a.F, b.F) < 0 }
func count(vals []data.Scalar) data.Scalar { return data.IntScalar(tInt, int64(len(vals))) }

func listOf(t dtype.Type, vals []data.Scalar) data.Scalar {
	if len(vals) == 0 {
		return data.NullScalar(dtype.ListOf(t))
	}
	return data.Scalar{Type: dtype.ListOf(t), Kids: vals}
}

var keyTypes = []struct {
	name  string
	types []dtype.Type
}{
	{"none", nil},
	{"int64", []dtype.Type{tInt}},
	{"int32", []dtype.Type{tInt32}},
	{"bool", []dtype.Type{tBool}},
	{"string", []dtype.Type{tString}},
	{"float", []dtype.Type{tFloat}},
	{"decimal(30)", []dtype.Type{dtype.DecimalOf(30, 2)}},
	{"list", []dtype.Type{dtype.ListOf(tString)}},
	{"int64,string", []dtype.Type{tInt, tString}},
	{"int32,bool,int64,float", []dtype.Type{tInt32, tBool, tInt, tFloat}},
	{"string,string,date", []dtype.Type{tString, tString, dtype.Of(dtype.Date)}},
}

func TestHashAggMatchesTheNaiveGroups(t *testing.T) {
	for _, kt := range keyTypes {
		for _, domain := range []int{4, 60} {
			t.Run(fmt.Sprintf("%s/%d", kt.name, domain), func(t *testing.T) { checkAgg(t, kt.types, domain) })
		}
	}
}

func checkAgg(t *testing.T, keys []dtype.Type, domain int) {
	in := cols(0, append(append([]dtype.Type{}, keys...), tInt, tFloat, tString, tBool)...)
	k := len(keys)
	rows := randomRows(seeded(t), 1200, domain, 0.15, types(in)...)
	i, f, s, b := ref(in[k]), ref(in[k+1]), ref(in[k+2]), ref(in[k+3])
	filtered := call(t, "sum", i)
	filtered.Filter = b
	distinct := call(t, "count", s)
	distinct.Distinct = true
	ordered := call(t, "list", s)
	ordered.Order = []expr.SortKey{{Expr: i, Order: defs.Order{Desc: true}}}
	calls := []expr.Agg{call(t, "count_star"), call(t, "count", i), call(t, "sum", i), call(t, "sum", f), call(t, "min", s), call(t, "max", s),
		call(t, "min", f), call(t, "max", i), call(t, "first", s), call(t, "last", i), call(t, "any_value", s), call(t, "list", i), filtered, distinct,
		call(t, "bool_or", b), call(t, "arg_max", s, i), ordered, call(t, "string_agg", s, lit(data.StringScalar("; "))),
		call(t, "nunique", i), call(t, "tail", i, lit(data.IntScalar(tInt, 3))), call(t, "mode", i)}
	groups := groupNaively(rows, span(0, k))
	if k == 0 && len(groups) == 0 {
		groups = [][]int{nil}
	}
	var want rowsOf
	for _, g := range groups {
		row := append([]data.Scalar{}, rows[g[0]][:k]...)
		ints, floats, texts := valuesOf(rows, g, k, false), valuesOf(rows, g, k+1, false), valuesOf(rows, g, k+2, false)
		row = append(row, data.IntScalar(tInt, int64(len(g))), count(ints), wideSum(dtype.Of(dtype.Int128), ints), exactSum(floats),
			best(texts, lessText), best(texts, moreText), best(floats, lessFloat), best(ints, func(a, b data.Scalar) bool { return lessInt(b, a) }),
			rows[g[0]][k+2], rows[g[len(g)-1]][k], best(texts, func(_, _ data.Scalar) bool { return false }), listOf(tInt, valuesOf(rows, g, k, true)))
		var passed []int
		anyTrue, known := false, false
		for _, r := range g {
			if rows[r][k+3].Bool() {
				passed = append(passed, r)
				anyTrue = true
			}
			known = known || !rows[r][k+3].Null
		}
		or := data.BoolScalar(anyTrue)
		or.Null = !known
		row = append(row, wideSum(dtype.Of(dtype.Int128), valuesOf(rows, passed, k, false)), count(distinctOf(texts)), or,
			argMax(rows, g, k+2, k), listOf(tString, orderedDesc(rows, g, k, k+2)), joined(texts), count(distinctOf(valuesOf(rows, g, k, true))),
			listOf(tInt, lastOf(valuesOf(rows, g, k, true), 3)), modeOf(ints))
		want = append(want, row)
	}
	matrix(t, want, func(v variant) phys.Node {
		var ks []expr.Expr
		for _, c := range in[:k] {
			ks = append(ks, ref(c))
		}
		return aggOf(source(v, rows, in), ks, calls...)
	})
}

func argMax(rows rowsOf, g []int, val, by int) data.Scalar {
	at := -1
	for _, r := range g {
		if rows[r][val].Null || rows[r][by].Null {
			continue
		}
		if at < 0 || lessInt(rows[at][by], rows[r][by]) {
			at = r
		}
	}
	if at < 0 {
		return data.Scalar{Null: true}
	}
	return rows[at][val]
}

// orderedDesc lists col ordered by another descending, nulls last, stably.
func orderedDesc(rows rowsOf, g []int, by, col int) []data.Scalar {
	order := append([]int{}, g...)
	for i := 1; i < len(order); i++ {
		for j := i; j > 0; j-- {
			a, b := rows[order[j-1]][by], rows[order[j]][by]
			if a.Null && !b.Null || !a.Null && !b.Null && a.Int64() < b.Int64() {
				order[j-1], order[j] = order[j], order[j-1]
				continue
			}
			break
		}
	}
	return valuesOf(rows, order, col, true)
}

func joined(vals []data.Scalar) data.Scalar {
	if len(vals) == 0 {
		return data.NullScalar(tString)
	}
	var parts []string
	for _, v := range vals {
		parts = append(parts, v.S)
	}
	return data.StringScalar(strings.Join(parts, "; "))
}

func lastOf(v []data.Scalar, n int) []data.Scalar { return v[max(0, len(v)-n):] }

func modeOf(vals []data.Scalar) data.Scalar {
	n := map[int64]int{}
	for _, v := range vals {
		n[v.Int64()]++
	}
	return best(vals, func(a, b data.Scalar) bool { return n[a.Int64()] > n[b.Int64()] })
}

func TestHashAggOfNoRowsGivesOneGroupWithoutKeysAndNoneWithKeys(t *testing.T) {
	in := cols(0, tInt)
	build := func(keys ...expr.Expr) func(v variant) phys.Node {
		return func(v variant) phys.Node {
			return aggOf(source(v, nil, in), keys, call(t, "count_star"), call(t, "sum", ref(in[0])), call(t, "list", ref(in[0])), call(t, "implode", ref(in[0])))
		}
	}
	matrix(t, rowsOf{{data.IntScalar(tInt, 0), data.NullScalar(tInt), data.NullScalar(tInt), {Type: dtype.ListOf(tInt)}}}, build())
	matrix(t, nil, build(ref(in[0])))
}

func TestHashAggWithManyGroupsGoesThroughRunsAndKeepsTheOrderOfFirstAppearance(t *testing.T) {
	r := seeded(t)
	in := cols(0, tInt, tString, tFloat)
	const n = 120_000
	vals := make([][]data.Scalar, n)
	at := map[int64]int{}
	var want rowsOf
	for i := range vals {
		k := int64(r.IntN(50_000))
		if i%3 == 0 {
			k = int64(r.IntN(40)) // some groups are hot, so that tables are worth something
		}
		vals[i] = []data.Scalar{data.IntScalar(tInt, k), data.StringScalar(fmt.Sprintf("text number %d of many", k)), data.FloatScalar(float64(i) * 0.1)}
		if _, ok := at[k]; !ok {
			at[k] = len(want)
			want = append(want, []data.Scalar{vals[i][0], vals[i][1], data.IntScalar(tInt, 0)})
		}
		want[at[k]][2].I.Lo++
	}
	for _, threads := range []int{1, 4} {
		s := source(variant{2000, threads, false}, vals, in)
		n := aggOf(s, []expr.Expr{ref(in[0])}, call(t, "first", ref(in[1])), call(t, "count_star"))
		sameRows(t, fmt.Sprint(threads), collect(t, n, threads), want)
		s = source(variant{2000, threads, false}, vals, in)
		distinct := call(t, "count", ref(in[2]))
		distinct.Distinct = true
		n = aggOf(s, []expr.Expr{ref(in[0]), ref(in[1])}, distinct)
		sameRows(t, fmt.Sprint(threads), collect(t, n, threads), want)
	}
}

func TestHashAggGroupingSetsComeOneAfterTheOther(t *testing.T) {
	in := cols(0, tInt32, tString, tInt)
	rows := randomRows(seeded(t), 500, 5, 0.1, types(in)...)
	sets := [][]int{{0, 1}, {1}, {}}
	var want rowsOf
	for _, set := range sets {
		for _, g := range groupNaively(rows, set) {
			row := []data.Scalar{data.NullScalar(tInt32), data.NullScalar(tString), data.IntScalar(tInt, int64(len(g)))}
			for _, c := range set {
				row[c] = rows[g[0]][c]
			}
			want = append(want, row)
		}
	}
	matrix(t, want, func(v variant) phys.Node {
		n := aggOf(source(v, rows, in), []expr.Expr{ref(in[0]), ref(in[1])}, call(t, "count_star"))
		n.Sets = sets
		return n
	})
}

func TestSumsOfIntegersWidenAndFailClearlyWhenTheResultTypeIsTooSmall(t *testing.T) {
	in := cols(0, tInt, dtype.DurationOf(dtype.Micro))
	big := data.IntScalar(tInt, 1<<62)
	span := data.IntScalar(in[1].Type, 1<<62)
	rows := rowsOf{{big, span}, {big, span}, {big, span}}
	v := variant{1, 1, false}
	got := collect(t, aggOf(source(v, rows, in), nil, call(t, "sum", ref(in[0]))), 1)
	if s := got[0][0].String(); s != "13835058055282163712" {
		t.Errorf("sum is %s", s)
	}
	_, err := Collect(t.Context(), number(aggOf(source(v, rows, in), nil, call(t, "sum", ref(in[1])))), Options{})
	if err == nil || !strings.Contains(err.Error(), "overflows") {
		t.Errorf("error is %v", err)
	}
}

func TestAggregatesThatAreAllDistinctOverOneArgumentRunAsTwo(t *testing.T) {
	for _, k := range []int{0, 1, 2} {
		in := cols(0, tString, tInt32, tInt)
		rows := randomRows(seeded(t), 900, 9, 0.15, types(in)...)
		arg := ref(in[2])
		var calls []expr.Agg
		for _, name := range []string{"count", "sum", "list", "nunique", "first"} {
			c := call(t, name, arg)
			c.Distinct = name != "nunique"
			calls = append(calls, c)
		}
		var want rowsOf
		for _, g := range groupNaively(rows, span(0, k)) {
			all := distinctOf(valuesOf(rows, g, 2, true))
			some := distinctOf(valuesOf(rows, g, 2, false))
			want = append(want, append(append([]data.Scalar{}, rows[g[0]][:k]...), count(some), wideSum(dtype.Of(dtype.Int128), some), listOf(tInt, all), count(all), all[0]))
		}
		matrix(t, want, func(v variant) phys.Node {
			return aggOf(source(v, rows, in), []expr.Expr{ref(in[0]), ref(in[1])}[:k], calls...)
		})
	}
}
