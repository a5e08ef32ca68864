package kern

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactSum is the correctly rounded sum by big numbers.
func exactSum(src []float64) float64 {
	sum, special := new(big.Float).SetPrec(2400), 0.0
	for _, x := range src {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			special += x
			continue
		}
		sum.Add(sum, new(big.Float).SetFloat64(x))
	}
	if special != 0 {
		return special
	}
	f, _ := sum.Float64()
	return f + 0
}

// floatKinds are sources of doubles that stress a sum in different ways.
var floatKinds = []struct {
	name string
	next func(r *rand.Rand) float64
}{
	{"prices", func(r *rand.Rand) float64 { return math.Round(r.Float64()*1e7) / 100 }},
	{"signed", func(r *rand.Rand) float64 { return r.Float64()*1000 - 300 }},
	{"all exponents", func(r *rand.Rand) float64 {
		for {
			if f := math.Float64frombits(r.Uint64()); !math.IsNaN(f) && !math.IsInf(f, 0) {
				return f
			}
		}
	}},
	{"subnormal", func(r *rand.Rand) float64 { return math.Float64frombits(r.Uint64() >> r.IntN(64) &^ (0x7fe << 52)) }},
	{"huge", func(r *rand.Rand) float64 { return math.Copysign(math.MaxFloat64*(0.5+r.Float64()/2), r.Float64()-0.5) }},
	{"ties", func(r *rand.Rand) float64 { return math.Ldexp(float64(r.IntN(5)-2), r.IntN(3)*53) }},
	{"window edges", func(r *rand.Rand) float64 {
		return math.Ldexp(float64(r.IntN(3)-1)*(1+r.Float64()), DefaultBase-1023+[]int{-1, 0, 63, 64}[r.IntN(4)])
	}},
	{"anything", func(r *rand.Rand) float64 { return edgeFloats(r, 1)[0] }},
}

func TestFloatSumsAreExactInAnyOrder(t *testing.T) {
	for _, kind := range floatKinds {
		t.Run(kind.name, func(t *testing.T) {
			eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
				src := make([]float64, n)
				for i := range src {
					src[i] = kind.next(r)
				}
				want := exactSum(kept(src, valid))
				for _, base := range []uint64{ChooseBase(src, valid), DefaultBase, 1, baseMax} {
					var s FloatSum
					var big BigSum
					half := n / 128 * 64
					var head []uint64
					if valid != nil {
						head = valid[half>>6:]
					}
					SumFloat(&s, &big, base, src[half:], head) // the batches in turn
					SumFloat(&s, &big, base, src[:half], valid)
					big.AddWindow(s, base)
					if got := big.Round(); math.Float64bits(got) != math.Float64bits(want) && (got == got || want == want) {
						t.Fatalf("base %d: %v, want %v", base, got, want)
					}
				}
			})
		})
	}
}

func TestGroupedFloatSumsSpillAndMerge(t *testing.T) {
	const groups = 5
	for _, kind := range floatKinds {
		t.Run(kind.name, func(t *testing.T) {
			eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
				g, src, spill := randSel(r, n, groups, false), make([]float64, n), make([]uint32, max(n, groups))
				for i := range src {
					src[i] = kind.next(r)
				}
				base := ChooseBase(src, valid)
				workers, bigs := [2][]FloatSum{make([]FloatSum, groups), make([]FloatSum, groups)}, make([]BigSum, groups)
				for w, s := range workers {
					mine := dirty(n)
					for i := range n {
						ClearBit(mine, i)
						if bitAt(valid, i) && i%2 == w {
							SetBit(mine, i)
						}
					}
					for _, i := range spill[:SumFloatGrouped(s, g, base, src, mine, spill)] {
						bigs[g[i]].Add(src[i])
					}
				}
				ids := []uint32{0, 1, 2, 3, 4}
				for _, i := range spill[:MergeFloatSums(workers[0], ids, workers[1], spill)] {
					bigs[i].AddWindow(workers[1][i], base)
				}
				got := make([]float64, groups)
				RoundFloatSums(got, workers[0], base)
				for k := range uint32(groups) {
					var mine []float64
					for i, x := range g {
						if x == k && bitAt(valid, i) {
							mine = append(mine, src[i])
						}
					}
					want := exactSum(mine)
					if bigs[k] != (BigSum{}) {
						var all BigSum
						all.AddWindow(workers[0][k], base)
						all.Merge(&bigs[k])
						got[k] = all.Round()
					}
					if x := got[k]; math.Float64bits(x) != math.Float64bits(want) && (x == x || want == want) {
						t.Fatalf("group %d: %v, want %v", k, x, want)
					}
				}
			})
		})
	}
}

func TestFullWindowsSpillInsteadOfWrapping(t *testing.T) {
	s := []FloatSum{{math.MaxUint64, math.MaxInt64}}
	spill := make([]uint32, 1)
	if n := SumFloatGrouped(s, []uint32{0}, DefaultBase, []float64{1}, nil, spill); n != 1 || s[0].Hi != math.MaxInt64 {
		t.Errorf("%d rows spilled, window %x", n, s[0])
	}
	if n := MergeFloatSums(s, []uint32{0}, []FloatSum{{1, 0}}, spill); n != 1 || s[0].Hi != math.MaxInt64 {
		t.Errorf("%d windows spilled, window %x", n, s[0])
	}
}

func TestPricesNeverLeaveTheWindow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	src, spill := make([]float64, 2048), make([]uint32, 2048)
	for i := range src {
		src[i] = math.Round(r.Float64()*1e7) / 100
	}
	if n := SumFloatGrouped(make([]FloatSum, 1), make([]uint32, len(src)), ChooseBase(src, nil), src, nil, spill); n != 0 {
		t.Errorf("%d of %d rows spilled", n, len(src))
	}
}

func TestProductExactLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		a, b := []float64{r.NormFloat64() * math.Ldexp(1, r.IntN(600)-300)}, []float64{r.NormFloat64() * math.Ldexp(1, r.IntN(600)-300)}
		hi, lo := make([]float64, 1), make([]float64, 1)
		ProductExact(hi, lo, a, b)
		x, y := new(big.Float).SetPrec(200).SetFloat64(a[0]), new(big.Float).SetPrec(200).SetFloat64(b[0])
		want := new(big.Float).SetPrec(200).Mul(x, y)
		got := new(big.Float).SetPrec(200).Add(new(big.Float).SetFloat64(hi[0]), new(big.Float).SetFloat64(lo[0]))
		if got.Cmp(want) != 0 {
			t.Fatalf("%v times %v is %v + %v", a[0], b[0], hi[0], lo[0])
		}
	}
	hi, lo := make([]float64, 2), make([]float64, 2)
	ProductExact(hi, lo, []float64{1e300, math.Inf(-1)}, []float64{-1e300, math.Inf(-1)})
	if !math.IsInf(hi[0], -1) || !math.IsInf(hi[1], 1) || lo[0] != 0 || lo[1] != 0 {
		t.Errorf("overflowing products: %v + %v", hi, lo)
	}
}
