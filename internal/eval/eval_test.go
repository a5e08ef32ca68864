package eval

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	_ "time/tzdata" // for machines without time zones

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/spi"
)

func init() { fn.All() }

var lengths = []int{0, 1, 63, 64, 65, 300}

func TestEvalAgreesWithARowInterpreterOnRandomExpressions(t *testing.T) {
	failed, passed := 0, 0
	for seed := range uint64(3000) {
		g := generator{rand.New(rand.NewPCG(seed, 5))}
		list := []expr.Expr{g.expr([]dtype.Type{i64, i32, boolean, str}[seed%4], 3), g.expr(boolean, 3)}
		p, err := Compile(list, columns)
		if err != nil {
			t.Fatal(err)
		}
		w := p.Worker()
		for range 2 {
			b := g.batch(lengths[g.r.IntN(len(lengths))])
			got, err := w.Eval(background, b)
			var wantErr error
			for i := range b.Len {
				for k, e := range list {
					v, e := twin(e, rowOf(b, i))
					if e != nil {
						wantErr = e
					} else if err == nil && plain(got[k].Value(i)) != v {
						t.Fatalf("seed %d, row %d of %d, %s: %v, want %v", seed, i, b.Len, expr.Format(list[k]), got[k].Value(i), v)
					}
				}
			}
			if (err != nil) != (wantErr != nil) {
				t.Fatalf("seed %d, %d rows: error %v, want %v in %s", seed, b.Len, err, wantErr, expr.FormatList(list))
			}
			if err == nil {
				passed++
				continue
			}
			failed++
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.Value || f.Pos.Row < 1 || f.Pos.Row > int64(b.Len) {
				t.Fatalf("seed %d: error %#v", seed, err)
			}
			row := rowOf(b, int(f.Pos.Row)-1)
			_, err1 := twin(list[0], row)
			_, err2 := twin(list[1], row)
			if err1 == nil && err2 == nil {
				t.Fatalf("seed %d: row %d does not fail: %v in %s", seed, f.Pos.Row, err, expr.FormatList(list))
			}
		}
	}
	if failed < 100 || passed < 1000 {
		t.Errorf("%d failed, %d passed: the generator is out of balance", failed, passed)
	}
}

func TestFilterSelectsWhatTheInterpreterSelects(t *testing.T) {
	for seed := range uint64(1500) {
		g := generator{rand.New(rand.NewPCG(seed, 6))}
		conds := make([]expr.Expr, g.r.IntN(4))
		for i := range conds {
			conds[i] = g.expr(boolean, 2)
		}
		p, err := CompileFilter(conds, columns)
		if err != nil {
			t.Fatal(err)
		}
		w := p.Worker()
		for range 5 {
			b := g.batch(lengths[g.r.IntN(len(lengths))])
			rows, all, err := w.Select(background, b)
			var want []uint32
			fails := false
			for i := range b.Len {
				v, e := twin(&expr.And{Args: conds}, rowOf(b, i))
				fails = fails || e != nil
				if v == true {
					want = append(want, uint32(i))
				}
			}
			// A condition that removes rows may stand before one that fails for them, so that fewer errors show than row by row, never more.
			if err != nil {
				if !fails {
					t.Fatalf("seed %d: unexpected %v in %s", seed, err, expr.FormatList(conds))
				}
				continue
			}
			if all && len(want) != b.Len || !all && len(rows) != len(want) {
				t.Fatalf("seed %d: %d rows, all %v, want %d of %d: %s", seed, len(rows), all, len(want), b.Len, expr.FormatList(conds))
			}
			for i := range rows {
				if rows[i] != want[i] {
					t.Fatalf("seed %d: row %d, want %d", seed, rows[i], want[i])
				}
			}
		}
	}
}

func TestFilterMovesTheSelectiveConditionFirstButNothingBehindAFallibleOne(t *testing.T) {
	n := data.BatchRows
	a := make([]int64, n)
	for i := range a {
		a[i] = int64(i)
	}
	b := &data.Batch{Len: n}
	for range columns {
		b.Cols = append(b.Cols, data.FlatColumn(i64, a, nil))
	}
	keepsAll, keepsFew := call("lt", lit(i64, -1), ref(0)), call("lt", ref(1), lit(i64, 3))
	guard, divides := call("lt", lit(i64, 0), ref(0)), call("eq", call("floordiv", lit(i64, 10), ref(0)), lit(i64, 5))
	p, err := CompileFilter([]expr.Expr{keepsAll, guard, divides, keepsFew}, columns)
	if err != nil {
		t.Fatal(err)
	}
	w := p.Worker()
	for range 200 {
		rows, _, err := w.Select(background, b)
		if err != nil || len(rows) != 1 || rows[0] != 2 {
			t.Fatalf("%v, %v", rows, err)
		}
	}
	if w.order[0] != 3 {
		t.Errorf("order %v: the condition that keeps three rows is not first", w.order)
	}
	at := map[int]int{}
	for i, c := range w.order {
		at[c] = i
	}
	if at[2] < at[1] || at[2] < at[0] {
		t.Errorf("order %v: the division moved before its guard", w.order)
	}
}

func TestSharedSubexpressionsAreEvaluatedOnceAndVolatileOnesEachTime(t *testing.T) {
	calls := 0
	udf := func(pure bool) expr.Expr {
		return &expr.UDF{Name: "f", Args: []expr.Expr{ref(0)}, Typ: i64, Pure: pure, Fn: func(_ context.Context, args []*data.Column, n int) (*data.Column, error) {
			calls++
			return args[0], nil
		}}
	}
	b := generator{rand.New(rand.NewPCG(1, 1))}.batch(10)
	for _, c := range []struct {
		pure bool
		want int
	}{{true, 1}, {false, 2}} {
		calls = 0
		p, err := Compile([]expr.Expr{call("eq", udf(c.pure), ref(1)), &expr.IsNull{Arg: udf(c.pure)}}, columns)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Worker().Eval(background, b); err != nil || calls != c.want {
			t.Errorf("pure %v: %d calls, want %d, %v", c.pure, calls, c.want, err)
		}
	}
}

func TestUDFsThatMisbehaveAreReported(t *testing.T) {
	for _, f := range []func(context.Context, []*data.Column, int) (*data.Column, error){
		func(context.Context, []*data.Column, int) (*data.Column, error) { return nil, nil },
		func(_ context.Context, _ []*data.Column, n int) (*data.Column, error) {
			return data.NullColumn(i64, n+1), nil
		},
		func(context.Context, []*data.Column, int) (*data.Column, error) { return nil, errors.New("no luck") },
	} {
		p, err := Compile([]expr.Expr{&expr.UDF{Name: "mine", Typ: i64, Fn: f}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = p.Worker().Eval(background, &data.Batch{Len: 3}); fault.CodeOf(err) == "" {
			t.Errorf("error %v", err)
		}
	}
}

func TestFoldReplacesConstantsAndKeepsFailingBranches(t *testing.T) {
	f := NewFolder()
	one, zero := lit(i64, 1), lit(i64, 0)
	fold := func(e expr.Expr) string {
		out, err := f.Fold(e)
		if err != nil {
			return "error: " + err.Error()
		}
		return expr.Format(out)
	}
	bad := call("floordiv", one, zero)
	for _, c := range []struct {
		e    expr.Expr
		want string
	}{
		{call("add", one, call("mul", lit(i64, 2), lit(i64, 3))), "7::int64"},
		{call("add", ref(0), call("mul", lit(i64, 2), lit(i64, 3))), "(a#1 + 6::int64)"},
		{bad, "error: division by zero: 1 // 0"},
		{&expr.Case{Whens: []expr.When{{Cond: expr.False, Then: bad}}, Else: one}, "1::int64"},
		{&expr.Case{Whens: []expr.When{{Cond: ref(5), Then: bad}}, Else: one}, "case when p#6 then (1::int64 // 0::int64) else 1::int64 end"},
		{&expr.Cast{Arg: &expr.Lit{Value: data.StringScalar("2026-01-17")}, To: dtype.Of(dtype.Date)}, "'2026-01-17'"},
		{&expr.In{Arg: one, Values: []data.Scalar{data.IntScalar(i64, 1)}}, "true"},
	} {
		if got := fold(c.e); got != c.want {
			t.Errorf("%s folds to %s, want %s", expr.Format(c.e), got, c.want)
		}
	}
	if random := sig.Lookup("random"); random != nil {
		e := &expr.Call{Fn: random[0], Typ: dtype.Of(dtype.Float64)}
		if out, err := f.Fold(e); err != nil || out != expr.Expr(e) {
			t.Errorf("random() folded to %v, %v", out, err)
		}
	}
	if out, err := NewFolder(&fn.Settings{DivisionZeroNull: true}).Fold(bad); err != nil || expr.Format(out) != "NULL::int64" {
		t.Errorf("with the setting: %v, %v", out, err)
	}
}

func TestFromPredsSelectsAsThePredicatesSay(t *testing.T) {
	v := func(k int64) []data.Scalar { return []data.Scalar{data.IntScalar(i64, k)} }
	preds := []spi.Pred{
		{Op: spi.PredOr, Kids: []spi.Pred{{Op: spi.PredLe, Col: 0, Values: v(-2)}, {Op: spi.PredIn, Col: 0, Values: append(v(1), v(2)...)}}},
		{Op: spi.PredNot, Kids: []spi.Pred{{Op: spi.PredIsNull, Col: 1}}},
		{Op: spi.PredPrefix, Col: 3, Values: []data.Scalar{data.StringScalar("a")}},
	}
	p, err := CompileFilter([]expr.Expr{FromPreds(preds, columns)}, columns)
	if err != nil {
		t.Fatal(err)
	}
	w := p.Worker()
	total := 0
	for seed := range uint64(50) {
		b := generator{rand.New(rand.NewPCG(seed, 9))}.batch(100)
		rows, all, err := w.Select(background, b)
		if err != nil {
			t.Fatal(err)
		}
		picked := map[int]bool{}
		for _, r := range rows {
			picked[int(r)] = true
		}
		for i := range b.Len {
			row := rowOf(b, i)
			a, aok := row[1].(int64)
			s, sok := row[4].(string)
			want := aok && (a <= -2 || a == 1 || a == 2) && row[2] != nil && sok && len(s) > 0 && s[0] == 'a'
			if (picked[i] || all) != want {
				t.Fatalf("seed %d row %d: %v, want %v", seed, i, picked[i], want)
			}
			if want {
				total++
			}
		}
	}
	if total == 0 {
		t.Error("no row was ever selected")
	}
	if e := FromPreds(nil, columns); e != expr.True {
		t.Errorf("no predicates give %s", expr.Format(e))
	}
}

func TestCastsReadAndWriteInTheZoneOfTheSession(t *testing.T) {
	utc, plainTS := dtype.TimestampOf(dtype.Micro, "UTC"), dtype.TimestampOf(dtype.Micro, "")
	f := NewFolder(&fn.Settings{Zone: "Europe/Berlin"})
	text := &expr.Lit{Value: data.StringScalar("2026-07-17 12:00:00")}
	instant := &expr.Cast{Arg: text, To: utc}
	for _, c := range []struct {
		e    expr.Expr
		want string
	}{
		{&expr.Cast{Arg: instant, To: i64}, "1784282400000000::int64"},
		{&expr.Cast{Arg: instant, To: str}, "'2026-07-17 12:00:00+02'"},
		{&expr.Cast{Arg: instant, To: plainTS}, "'2026-07-17 12:00:00'"},
		{&expr.Cast{Arg: &expr.Cast{Arg: &expr.Cast{Arg: text, To: plainTS}, To: utc}, To: str}, "'2026-07-17 12:00:00+02'"},
		{&expr.Cast{Arg: &expr.Cast{Arg: &expr.Lit{Value: data.StringScalar("2026-01-01")}, To: dtype.Of(dtype.Date)}, To: utc}, "'2025-12-31 23:00:00+00'"},
	} {
		out, err := f.Fold(c.e)
		if err != nil || expr.Format(out) != c.want {
			t.Errorf("%s: %v, %v, want %s", expr.Format(c.e), expr.Format(out), err, c.want)
		}
	}
}
