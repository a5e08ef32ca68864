package op

import (
	"fmt"
	"math"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

// spreadNames are the statistics of one argument and of two.
var spreadNames = []string{"var_samp", "var_pop", "std_samp", "std_pop"}

var pairNames = []string{"corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept", "regr_r2", "regr_sxx", "regr_syy", "regr_sxy",
	"regr_avgx", "regr_avgy", "regr_count"}

// The statistics of integers, which are kept as sums in words, and those of the same numbers as doubles, which are kept as exact float sums, are the
// same to the last bit, whatever workers, batches and memory there are.
func TestStatisticsOfIntegersAreThoseOfTheirDoubles(t *testing.T) {
	for _, kinds := range [][2]dtype.Kind{{dtype.Int32, dtype.Int32}, {dtype.Int8, dtype.Uint16}, {dtype.Int16, dtype.Uint8}, {dtype.Uint16, dtype.Int32}} {
		for _, size := range []string{"small", "large"} {
			t.Run(fmt.Sprintf("%v/%s", kinds, size), func(t *testing.T) { sameStatistics(t, kinds, size == "large") })
		}
	}
}

func sameStatistics(t *testing.T, kinds [2]dtype.Kind, large bool) {
	r := seeded(t)
	in := cols(0, tInt, dtype.Of(kinds[0]), dtype.Of(kinds[1]), tFloat, tFloat)
	rows := make(rowsOf, 1500)
	for i := range rows {
		rows[i] = []data.Scalar{data.IntScalar(tInt, int64(r.IntN(60))), {}, {}, {}, {}}
		for j, k := range kinds {
			v := int64(r.IntN(5))
			switch {
			case large && k == dtype.Int32:
				v = int64(int32(r.Uint32()))
			case large && k == dtype.Int16:
				v = int64(int16(r.Uint32()))
			case large:
				v = int64(r.IntN(128))
			}
			rows[i][1+j], rows[i][3+j] = data.IntScalar(dtype.Of(k), v), data.FloatScalar(float64(v))
			if r.IntN(5) == 0 {
				rows[i][1+j], rows[i][3+j] = data.NullScalar(dtype.Of(k)), data.NullScalar(tFloat)
			}
		}
	}
	double := func(at int) expr.Expr { return &expr.Cast{Arg: ref(in[at]), To: tFloat} }
	var ints, floats []expr.Agg
	for _, name := range spreadNames {
		ints, floats = append(ints, call(t, name, double(1))), append(floats, call(t, name, ref(in[3])))
	}
	for _, name := range pairNames {
		ints, floats = append(ints, call(t, name, double(1), double(2))), append(floats, call(t, name, ref(in[3]), ref(in[4])))
	}
	key := []expr.Expr{ref(in[0])}
	want := collect(t, phys.Node(aggOf(source(variant{64, 1, false}, rows, in), key, floats...)), 1)
	matrix(t, want, func(v variant) phys.Node { return aggOf(source(v, rows, in), key, ints...) })
}

func TestIntegersAreTakenAsSuchOnlyWhereTheirSquaresFitAWord(t *testing.T) {
	for _, c := range []struct {
		kind  dtype.Kind
		words bool
	}{{dtype.Int8, true}, {dtype.Int32, true}, {dtype.Uint16, true}, {dtype.Uint32, false}, {dtype.Int64, false}, {dtype.Float32, false}} {
		x := &expr.Cast{Arg: ref(cols(0, dtype.Of(c.kind))[0]), To: tFloat}
		for _, a := range []expr.Agg{call(t, "var_pop", x), call(t, "corr", x, x)} {
			s, err := newSpec(&a)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.args[0].Kind == c.kind; got != c.words {
				t.Errorf("%s of %s: taken as it is: %v", s.name, dtype.Of(c.kind), got)
			}
		}
	}
	mixed := call(t, "corr", &expr.Cast{Arg: ref(cols(0, tInt32)[0]), To: tFloat}, ref(cols(1, tFloat)[0]))
	if s, err := newSpec(&mixed); err != nil || s.args[0].Kind != dtype.Float64 {
		t.Errorf("a pair of an integer and a double: %v, %v", s.args, err)
	}
}

func TestCorrelationNeverLeavesItsBounds(t *testing.T) {
	r := seeded(t)
	for range 200_000 {
		a, k := float64(1+r.IntN(1<<20)), float64(1+r.IntN(1<<15))
		if got := overRoot(-a*k, a, a*k*k); k < 1<<16 && a*k*k < 1<<53 && got != -1 {
			t.Fatalf("%v times -%v: %v", a, k, got)
		}
	}
	if got := overRoot(0, 3, 5); got != 0 || math.Signbit(got) {
		t.Errorf("of nothing in common: %v", got)
	}
}
