package kern

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

var two64 = new(big.Int).Lsh(big.NewInt(1), 64)

// big128 is v as a big integer.
func big128(v I128) *big.Int {
	b := new(big.Int).Mul(big.NewInt(v.Hi), two64)
	return b.Add(b, new(big.Int).SetUint64(v.Lo))
}

// fits128 reports whether v is an I128.
func fits128(v *big.Int) bool {
	m := new(big.Int).Set(v)
	if v.Sign() < 0 {
		m.Not(m)
	}
	return m.BitLen() < 128
}

// wrap128 is v cut to 128 bits.
func wrap128(v *big.Int) I128 {
	m := new(big.Int).Lsh(big.NewInt(1), 128)
	m.Mod(v, m)
	hi := new(big.Int).Rsh(m, 64)
	return I128{new(big.Int).And(m, new(big.Int).Sub(two64, big.NewInt(1))).Uint64(), int64(hi.Uint64())}
}

// edgeI128 are 128-bit integers of all sizes.
func edgeI128(r *rand.Rand, n int) []I128 {
	edges := []I128{{}, {1, 0}, {math.MaxUint64, -1}, {0, math.MinInt64}, {math.MaxUint64, math.MaxInt64}, {0, 1}, {1, math.MinInt64}}
	s := make([]I128, n)
	for i := range s {
		switch k := r.IntN(128); r.IntN(3) {
		case 0:
			s[i] = edges[r.IntN(len(edges))]
		default:
			x := new(big.Int).Rsh(big128(I128{r.Uint64(), int64(r.Uint64())}), uint(k))
			s[i] = wrap128(x)
		}
	}
	return s
}

func TestI128AgreesWithBigIntegers(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		a, b, c := edgeI128(r, n), edgeI128(r, n), edgeI128(r, 1)[0]
		cs := repeat(c, n)
		d := make([]I128, n)
		check := func(what string, first int, x, y []I128, op func(z, x, y *big.Int) *big.Int) {
			t.Helper()
			full := mapped(x, y, func(x, y I128) *big.Int { return op(new(big.Int), big128(x), big128(y)) })
			same(t, what, d, mapped(full, full, func(v, _ *big.Int) I128 { return wrap128(v) }))
			if want := firstWhere(n, valid, func(i int) bool { return !fits128(full[i]) }); first != want {
				t.Fatalf("%s: first overflow %d, want %d", what, first, want)
			}
		}
		check("add", AddI128(d, a, b, valid), a, b, (*big.Int).Add)
		check("add const", AddI128Const(d, a, c, valid), a, cs, (*big.Int).Add)
		check("sub", SubI128(d, a, b, valid), a, b, (*big.Int).Sub)
		check("sub const", SubI128Const(d, a, c, valid), a, cs, (*big.Int).Sub)
		check("const sub", ConstSubI128(d, c, b, valid), cs, b, (*big.Int).Sub)
		check("neg", NegI128(d, a, valid), repeat(I128{}, n), a, (*big.Int).Sub)
		check("mul", MulI128(d, a, b, valid), a, b, (*big.Int).Mul)
		check("mul const", MulI128Const(d, a, c, valid), a, cs, (*big.Int).Mul)
		check("abs", AbsI128(d, a, valid), a, a, func(z, x, _ *big.Int) *big.Int { return z.Abs(x) })
		quo := func(rem bool) func(z, x, y *big.Int) *big.Int {
			return func(z, x, y *big.Int) *big.Int {
				switch {
				case y.Sign() == 0:
					return z
				case rem:
					return z.Rem(x, y)
				}
				return z.Quo(x, y)
			}
		}
		ok := dirty(n)
		check("div", DivI128(d, a, b, ok, valid), a, b, quo(false))
		sameBits(t, "ok", ok, n, func(i int) bool { return b[i] != I128{} })
		ModI128(d, a, b, ok)
		check("mod", -1, a, b, quo(true))
		for i := range a {
			if got, want := a[i].Cmp(b[i]), big128(a[i]).Cmp(big128(b[i])); got != want {
				t.Fatalf("%v against %v is %d, want %d", big128(a[i]), big128(b[i]), got, want)
			}
			want, _ := new(big.Float).SetInt(big128(a[i])).Float64()
			if got := a[i].Float64(); got != want {
				t.Fatalf("%v as a double is %v, want %v", big128(a[i]), got, want)
			}
			if back, fits := I128FromFloat(want); fits {
				f, _ := new(big.Float).SetFloat64(want).Int(nil)
				if big128(back).Cmp(f) != 0 {
					t.Fatalf("%v back from a double is %v", f, big128(back))
				}
			} else if want != 0x1p127 {
				t.Fatalf("%v does not come back", want)
			}
		}
	})
}

func TestPowersOfTen(t *testing.T) {
	want := big.NewInt(1)
	for k := range 39 {
		if got := big128(Pow10(k)); got.Cmp(want) != 0 {
			t.Errorf("10^%d = %v", k, got)
		}
		want.Mul(want, big.NewInt(10))
	}
}
