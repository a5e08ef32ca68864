package kern

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestIntegerCastsRefuseWhatDoesNotFit(t *testing.T) {
	t.Run("int64 to int8", func(t *testing.T) { testCastInt[int8, int64](t) })
	t.Run("int64 to int32", func(t *testing.T) { testCastInt[int32, int64](t) })
	t.Run("int64 to uint64", func(t *testing.T) { testCastInt[uint64, int64](t) })
	t.Run("uint64 to int64", func(t *testing.T) { testCastInt[int64, uint64](t) })
	t.Run("int8 to uint64", func(t *testing.T) { testCastInt[uint64, int8](t) })
	t.Run("uint8 to int8", func(t *testing.T) { testCastInt[int8, uint8](t) })
	t.Run("uint32 to int64", func(t *testing.T) { testCastInt[int64, uint32](t) })
	t.Run("int16 to uint8", func(t *testing.T) { testCastInt[uint8, int16](t) })
}

func testCastInt[D, S Integer](t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		for _, make := range []func(*rand.Rand, int) []S{edgeInts[S], smallInts[S]} {
			src := make(r, n)
			var first int
			dst := run(n, func(d []D) { first = CastInt(d, src, valid) })
			same(t, "CastInt", dst, mapped(src, src, func(x, _ S) D { return D(x) }))
			if want := firstWhere(n, valid, func(i int) bool { return !fitsT[D](bigOf(src[i])) }); first != want {
				t.Fatalf("first misfit %d, want %d", first, want)
			}
		}
	})
}

func TestFloatsRoundHalfToEvenIntoIntegers(t *testing.T) {
	d := make([]int32, 6)
	if bad := FloatToInt(d, []float64{2.5, 3.5, -2.5, 0.5, 2147483647.4, -2147483648.5}, nil); bad != -1 {
		t.Errorf("row %d refused", bad)
	}
	same(t, "FloatToInt", d, []int32{2, 4, -2, 0, math.MaxInt32, math.MinInt32})
	t.Run("int8", func(t *testing.T) { testFloatToInt[int8](t) })
	t.Run("int64", func(t *testing.T) { testFloatToInt[int64](t) })
	t.Run("uint32", func(t *testing.T) { testFloatToInt[uint32](t) })
	t.Run("uint64", func(t *testing.T) { testFloatToInt[uint64](t) })
}

func testFloatToInt[D Integer](t *testing.T) {
	fits := func(f float64) bool {
		if f != f || math.IsInf(f, 0) {
			return false
		}
		b, _ := new(big.Float).SetFloat64(f).Int(nil)
		return fitsT[D](b)
	}
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		src := edgeFloats(r, n)
		for i, x := range src {
			if r.IntN(2) == 0 {
				src[i] = math.Mod(x, 300)
			}
		}
		for _, o := range []struct {
			name  string
			fn    func([]D, []float64, []uint64) int
			round func(float64) float64
		}{{"FloatToInt", FloatToInt[D, float64], math.RoundToEven}, {"FloatToIntTrunc", FloatToIntTrunc[D, float64], math.Trunc}} {
			var first int
			dst := run(n, func(d []D) { first = o.fn(d, src, valid) })
			same(t, o.name, dst, mapped(src, src, func(x, _ float64) D {
				if f := o.round(x); fits(f) {
					b, _ := new(big.Float).SetFloat64(f).Int(nil)
					if isSigned[D]() {
						return D(b.Int64())
					}
					return D(b.Uint64())
				}
				return 0
			}))
			if want := firstWhere(n, valid, func(i int) bool { return !fits(o.round(src[i])) }); first != want {
				t.Fatalf("%s: first misfit %d, want %d", o.name, first, want)
			}
		}
	})
}

func TestNarrowFloatRefusesOverflowOnly(t *testing.T) {
	d := make([]float32, 4)
	src := []float64{1e30, math.Inf(1), math.NaN(), 1e39}
	if bad := NarrowFloat(d, src, nil); bad != 3 {
		t.Errorf("row %d refused, want 3", bad)
	}
	if bad := NarrowFloat(d, src, []uint64{7}); bad != -1 {
		t.Errorf("row %d refused, want none", bad)
	}
}

func TestBoolsAndNumbers(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		b := randBits(r, n)
		x := run(n, func(d []float64) { BoolToNumber(d, b) })
		d := dirty(n)
		NumberToBool(d, x)
		sameBits(t, "there and back", d, n, func(i int) bool { return Bit(b, i) })
		src := edgeInts[int32](r, n)
		same(t, "Convert", run(n, func(d []float64) { Convert(d, src) }), mapped(src, src, func(x, _ int32) float64 { return float64(x) }))
	})
}

func TestTimeUnits(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		src := edgeInts[int64](r, n)
		for _, k := range []int64{1, 1000, 86400e6} {
			var first int
			dst := run(n, func(d []int64) { first = ScaleUp(d, src, k, valid) })
			same(t, "ScaleUp", dst, mapped(src, src, func(x, _ int64) int64 { return x * k }))
			over := func(i int) bool { return !new(big.Int).Mul(big.NewInt(src[i]), big.NewInt(k)).IsInt64() }
			if want := firstWhere(n, valid, over); first != want {
				t.Fatalf("ScaleUp: first overflow %d, want %d", first, want)
			}
			down := func(x, _ int64) int32 { q, _ := naiveDiv(x, k, true); return int32(q) }
			same(t, "ScaleDown", run(n, func(d []int32) { first = ScaleDown(d, src, k, valid) }), mapped(src, src, down))
			far := func(i int) bool { q, _ := naiveDiv(src[i], k, true); return q != int64(int32(q)) }
			if want := firstWhere(n, valid, far); first != want {
				t.Fatalf("ScaleDown: first overflow %d, want %d", first, want)
			}
		}
	})
}

func TestDecimalsRescaleExactly(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		src, wide := edgeInts[int64](r, n), edgeI128(r, n)
		for i := range src {
			if r.IntN(2) == 0 {
				src[i] = r.Int64N(2000) - 1000
				wide[i] = I128From(src[i])
			}
		}
		for _, k := range []int{1, 4, 9} {
			p, lim := Pow10(k), Pow10(18)
			var first int
			check := func(what string, limit I128, got func(i int) *big.Int, want func(i int) *big.Int) {
				t.Helper()
				over := func(i int) bool { return want(i).CmpAbs(big128(limit)) >= 0 }
				if w := firstWhere(n, valid, over); first != w {
					t.Fatalf("%s by 10^%d: first overflow %d, want %d", what, k, first, w)
				}
				for i := range n {
					if !over(i) && got(i).Cmp(want(i)) != 0 {
						t.Fatalf("%s by 10^%d: row %d is %v, want %v", what, k, i, got(i), want(i))
					}
				}
			}
			up := func(x *big.Int) *big.Int { return new(big.Int).Mul(x, big128(p)) }
			down := func(x *big.Int) *big.Int {
				half := new(big.Int).Quo(big128(p), big.NewInt(2))
				q := new(big.Int).Quo(new(big.Int).Add(new(big.Int).Abs(x), half), big128(p))
				if x.Sign() < 0 {
					q.Neg(q)
				}
				return q
			}
			d := run(n, func(d []int64) { first = RescaleUp(d, src, int64(p.Lo), int64(lim.Lo), valid) })
			check("up", lim, func(i int) *big.Int { return big.NewInt(d[i]) }, func(i int) *big.Int { return up(big.NewInt(src[i])) })
			d = run(n, func(d []int64) { first = RescaleDown(d, src, int64(p.Lo), int64(lim.Lo), valid) })
			check("down", lim, func(i int) *big.Int { return big.NewInt(d[i]) }, func(i int) *big.Int { return down(big.NewInt(src[i])) })
			w := run(n, func(d []I128) { first = RescaleUpI128(d, wide, p, Pow10(38), valid) })
			check("wide up", Pow10(38), func(i int) *big.Int { return big128(w[i]) }, func(i int) *big.Int { return up(big128(wide[i])) })
			w = run(n, func(d []I128) { first = RescaleDownI128(d, wide, p, lim, valid) })
			check("wide down", lim, func(i int) *big.Int { return big128(w[i]) }, func(i int) *big.Int { return down(big128(wide[i])) })
		}
		var first int
		narrow := run(n, func(d []int64) { first = NarrowI128(d, wide, valid) })
		if want := firstWhere(n, valid, func(i int) bool { return !big128(wide[i]).IsInt64() }); first != want {
			t.Fatalf("NarrowI128: first misfit %d, want %d", first, want)
		}
		same(t, "NarrowI128", narrow, mapped(wide, wide, func(x, _ I128) int64 { return int64(x.Lo) }))
		run(n, func(d []uint32) { first = NarrowI128(d, wide, valid) })
		if want := firstWhere(n, valid, func(i int) bool { return !fitsT[uint32](big128(wide[i])) }); first != want {
			t.Fatalf("NarrowI128 to uint32: first misfit %d, want %d", first, want)
		}
		same(t, "WidenI128", run(n, func(d []I128) { WidenI128(d, src) }), mapped(src, src, func(x, _ int64) I128 { return wrap128(big.NewInt(x)) }))
	})
}

func TestFloatsBecomeDecimals(t *testing.T) {
	d := make([]int32, 5)
	src := []float64{1.005, -0.125, 0.135, 99999.99, math.NaN()}
	if bad := FloatToDecimal(d, src, 100, 1e7, nil); bad != 4 {
		t.Errorf("row %d refused, want 4", bad)
	}
	same(t, "FloatToDecimal", d, []int32{100, -13, 14, 9999999, 0})
	if bad := FloatToDecimal(d, src, 100, 1e6, nil); bad != 3 {
		t.Errorf("row %d refused, want 3", bad)
	}
	w := make([]I128, 3)
	if bad := FloatToI128(w, []float64{2.5, -0x1p127, 0x1p127}, 1, I128{}, nil); bad != 2 {
		t.Errorf("row %d refused, want 2", bad)
	}
	same(t, "FloatToI128", w, []I128{{2, 0}, {0, math.MinInt64}, {}})
	f := make([]float64, 2)
	DecimalToFloat(f, []int64{125, -1}, 100)
	same(t, "DecimalToFloat", f, []float64{1.25, -0.01})
	I128ToFloat(f, []I128{{0, 1}, I128From(-3)}, 2)
	same(t, "I128ToFloat", f, []float64{0x1p63, -1.5})
}
