package eval

import (
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/sig"
)

// lineitem is a batch as TPC-H has it: price and discount as decimals, a date, a flag as dictionary.
func lineitem() (*data.Batch, []expr.Col) {
	dec, date := dtype.DecimalOf(15, 2), dtype.Of(dtype.Date)
	cols := []expr.Col{{ID: 1, Name: "price", Type: dec}, {ID: 2, Name: "discount", Type: dec}, {ID: 3, Name: "shipdate", Type: date}, {ID: 4, Name: "flag", Type: str}, {ID: 5, Name: "mode", Type: str}}
	const n = data.BatchRows
	r := rand.New(rand.NewPCG(1, 1))
	price, discount, ship, codes := make([]int64, n), make([]int64, n), make([]int32, n), make([]uint32, n)
	mode := data.NewBuilder(str, n)
	for i := range n {
		price[i], discount[i], ship[i], codes[i] = r.Int64N(10_000_000), r.Int64N(11), int32(8000+r.IntN(2500)), uint32(r.IntN(3))
		mode.AppendString([]string{"MAIL", "SHIP", "TRUCK", "REG AIR"}[r.IntN(4)])
	}
	flags := data.NewBuilder(str, 3)
	for _, s := range []string{"A", "N", "R"} {
		flags.AppendString(s)
	}
	b := &data.Batch{Len: n, Cols: []*data.Column{data.FlatColumn(dec, price, nil), data.FlatColumn(dec, discount, nil), data.FlatColumn(date, ship, nil),
		data.DictColumn(flags.Build(), codes, nil), mode.Build()}}
	return b, cols
}

// revenue is price * (1 - discount), as bind makes it.
func revenue(cols []expr.Col) expr.Expr {
	one := &expr.Cast{Arg: lit(dtype.Of(dtype.Int32), 1), To: dtype.DecimalOf(16, 2)}
	minus := call("sub", one, &expr.Cast{Arg: &expr.Ref{Col: cols[1]}, To: dtype.DecimalOf(16, 2)})
	return call("mul", &expr.Cast{Arg: &expr.Ref{Col: cols[0]}, To: dtype.DecimalOf(18, 2)}, &expr.Cast{Arg: minus, To: dtype.DecimalOf(18, 2)})
}

func conditions(cols []expr.Col) []expr.Expr {
	date := func(days int64) expr.Expr { return lit(dtype.Of(dtype.Date), days) }
	text := func(s string) data.Scalar { return data.StringScalar(s) }
	return []expr.Expr{call("ge", &expr.Ref{Col: cols[2]}, date(8500)), call("lt", &expr.Ref{Col: cols[2]}, date(9000)),
		&expr.In{Arg: &expr.Ref{Col: cols[4]}, Values: []data.Scalar{text("MAIL"), text("SHIP")}}, call("eq", &expr.Ref{Col: cols[3]}, &expr.Lit{Value: text("R")})}
}

func TestEvaluationAllocatesNothingPerBatch(t *testing.T) {
	b, cols := lineitem()
	rev := revenue(cols)
	either := &expr.Case{Whens: []expr.When{{Cond: conditions(cols)[3], Then: rev}}, Else: &expr.Lit{Value: data.IntScalar(rev.Type(), 0)}}
	p, err := Compile([]expr.Expr{rev, either, &expr.And{Args: conditions(cols)}}, cols)
	if err != nil {
		t.Fatal(err)
	}
	w := p.Worker()
	f, err := CompileFilter(conditions(cols), cols)
	if err != nil {
		t.Fatal(err)
	}
	fw := f.Worker()
	run := func() {
		if _, err := w.Eval(background, b); err != nil {
			t.Fatal(err)
		}
		if rows, all, err := fw.Select(background, b); err != nil || all || len(rows) == 0 {
			t.Fatal(rows, all, err)
		}
	}
	run()
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

func TestTryGivesNullForTheRowsThatFail(t *testing.T) {
	inner := call("floordiv", lit(i64, 12), ref(0))
	e := &expr.Call{Fn: &sig.Overload{ID: "try.any", Name: "try"}, Args: []expr.Expr{inner}, Typ: i64}
	p, err := Compile([]expr.Expr{e}, columns)
	if err != nil {
		t.Fatal(err)
	}
	w := p.Worker()
	nulls := 0
	for seed := range uint64(20) {
		b := generator{rand.New(rand.NewPCG(seed, 3))}.batch(200)
		out, err := w.Eval(background, b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len {
			want, e := twin(inner, rowOf(b, i))
			if e != nil {
				want = nil
				nulls++
			}
			if got := plain(out[0].Value(i)); got != want {
				t.Fatalf("seed %d row %d: %v, want %v", seed, i, got, want)
			}
		}
	}
	if nulls == 0 {
		t.Error("nothing failed")
	}
}

func BenchmarkEval(b *testing.B) {
	batch, cols := lineitem()
	perRow := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(batch.Len), "ns/row")
	}
	for name, list := range map[string][]expr.Expr{"revenue": {revenue(cols)}, "and": {&expr.And{Args: conditions(cols)}},
		"case": {&expr.Case{Whens: []expr.When{{Cond: conditions(cols)[3], Then: revenue(cols)}}, Else: &expr.Lit{Value: data.IntScalar(revenue(cols).Type(), 0)}}}} {
		p, err := Compile(list, cols)
		if err != nil {
			b.Fatal(err)
		}
		w := p.Worker()
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			if _, err := w.Eval(background, batch); err != nil { // what is kept from batch to batch is not counted
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := w.Eval(background, batch); err != nil {
					b.Fatal(err)
				}
			}
			perRow(b)
		})
	}
	f, err := CompileFilter(conditions(cols), cols)
	if err != nil {
		b.Fatal(err)
	}
	w := f.Worker()
	b.Run("filter", func(b *testing.B) {
		b.ReportAllocs()
		if _, _, err := w.Select(background, batch); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, _, err := w.Select(background, batch); err != nil {
				b.Fatal(err)
			}
		}
		perRow(b)
	})
}
