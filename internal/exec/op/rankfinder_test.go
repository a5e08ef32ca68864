package op

import (
	"math"
	"slices"
	"testing"
)

func TestRankFinderFindsWhatSortingFinds(t *testing.T) {
	r := seeded(t)
	var s rankFinder
	for range 300 {
		v := make([]int64, 1+r.IntN(3000))
		kind := r.IntN(5)
		for i := range v {
			switch kind {
			case 0:
				v[i] = int64(r.Uint64())
			case 1:
				v[i] = int64(r.IntN(7))
			case 2:
				v[i] = floatOrder(r.NormFloat64() * 100)
			case 3:
				v[i] = 5
			default:
				v[i] = int64(r.IntN(1000)) // with outliers at both ends of the range
				switch r.IntN(50) {
				case 0:
					v[i] = math.MaxInt64
				case 1:
					v[i] = math.MinInt64
				}
			}
		}
		sorted := slices.Sorted(slices.Values(v))
		k := r.IntN(len(v))
		a, b := s.pair(v, k)
		if want := sorted[min(k+1, len(v)-1)]; a != sorted[k] || b != want {
			t.Fatalf("kind %d, rank %d of %d: %d and %d, want %d and %d", kind, k, len(v), a, b, sorted[k], want)
		}
	}
}

func TestFloatOrderIsTheOrderOfFloats(t *testing.T) {
	vals := []float64{math.Inf(-1), -1e300, -1, -1e-320, 0, 1e-320, 0.5, 1, math.MaxFloat64, math.Inf(1), math.NaN()}
	for i, x := range vals {
		if y := orderFloat(floatOrder(x)); y != x && x == x || y == y && x != x {
			t.Errorf("%v comes back as %v", x, y)
		}
		if i > 0 && floatOrder(vals[i-1]) >= floatOrder(x) {
			t.Errorf("%v is not below %v", vals[i-1], x)
		}
	}
	if floatOrder(math.Copysign(0, -1)) != floatOrder(0) {
		t.Error("the zeros differ")
	}
}
