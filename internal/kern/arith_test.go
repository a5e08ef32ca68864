package kern

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestArithmeticWrapsLikeGo(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testArith[int8](t) })
	t.Run("int32", func(t *testing.T) { testArith[int32](t) })
	t.Run("int64", func(t *testing.T) { testArith[int64](t) })
	t.Run("uint16", func(t *testing.T) { testArith[uint16](t) })
	t.Run("uint64", func(t *testing.T) { testArith[uint64](t) })
}

func testArith[T Integer](t *testing.T) {
	type op struct {
		name  string
		vv    func(dst, a, b []T)
		vc    func(dst, a []T, b T)
		cv    func(dst []T, a T, b []T)
		naive func(x, y T) T
	}
	ops := []op{
		{"Add", Add[T], AddConst[T], nil, func(x, y T) T { return x + y }},
		{"Sub", Sub[T], SubConst[T], ConstSub[T], func(x, y T) T { return x - y }},
		{"Mul", Mul[T], MulConst[T], nil, func(x, y T) T { return x * y }},
		{"BitAnd", BitAnd[T], BitAndConst[T], nil, func(x, y T) T { return x & y }},
		{"BitOr", BitOr[T], BitOrConst[T], nil, func(x, y T) T { return x | y }},
		{"BitXor", BitXor[T], BitXorConst[T], nil, func(x, y T) T { return x ^ y }},
		{"Shl", Shl[T], ShlConst[T], ConstShl[T], func(x, y T) T {
			for ; y != 0; y-- {
				x *= 2
				if x == 0 || y > 64 || y < 0 {
					return 0
				}
			}
			return x
		}},
		{"Shr", Shr[T], ShrConst[T], ConstShr[T], func(x, y T) T { return x >> min(uint64(y), 64) }},
		{"Least", Least[T], LeastConst[T], nil, func(x, y T) T {
			if x < y {
				return x
			}
			return y
		}},
		{"Greatest", Greatest[T], GreatestConst[T], nil, func(x, y T) T {
			if x > y {
				return x
			}
			return y
		}},
	}
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		a, b := edgeInts[T](r, n), edgeInts[T](r, n)
		c := edgeInts[T](r, 1)[0]
		for _, o := range ops {
			same(t, o.name, run(n, func(d []T) { o.vv(d, a, b) }), mapped(a, b, o.naive))
			same(t, o.name+"Const", run(n, func(d []T) { o.vc(d, a, c) }), mapped(a, repeat(c, n), o.naive))
			if o.cv != nil {
				same(t, "Const"+o.name, run(n, func(d []T) { o.cv(d, c, b) }), mapped(repeat(c, n), b, o.naive))
			}
		}
		same(t, "Neg", run(n, func(d []T) { Neg(d, a) }), mapped(a, a, func(x, _ T) T { return 0 - x }))
		same(t, "BitNot", run(n, func(d []T) { BitNot(d, a) }), mapped(a, a, func(x, _ T) T { return x ^ ^T(0) }))
	})
}

func TestCheckedArithmeticFindsTheFirstOverflow(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testChecked[int8](t) })
	t.Run("int16", func(t *testing.T) { testChecked[int16](t) })
	t.Run("int32", func(t *testing.T) { testChecked[int32](t) })
	t.Run("int64", func(t *testing.T) { testChecked[int64](t) })
	t.Run("uint8", func(t *testing.T) { testChecked[uint8](t) })
	t.Run("uint32", func(t *testing.T) { testChecked[uint32](t) })
	t.Run("uint64", func(t *testing.T) { testChecked[uint64](t) })
}

// bigOf is v as a big integer.
func bigOf[T Integer](v T) *big.Int {
	if isSigned[T]() {
		return big.NewInt(int64(v))
	}
	return new(big.Int).SetUint64(uint64(v))
}

// fitsT reports whether v is a value of T.
func fitsT[T Integer](v *big.Int) bool {
	if isSigned[T]() {
		return v.IsInt64() && int64(T(v.Int64())) == v.Int64()
	}
	return v.IsUint64() && uint64(T(v.Uint64())) == v.Uint64()
}

func testChecked[T Integer](t *testing.T) {
	ops := []struct {
		name string
		vv   func(dst, a, b []T, valid []uint64) int
		vc   func(dst, a []T, b T, valid []uint64) int
		cv   func(dst []T, a T, b []T, valid []uint64) int
		wrap func(x, y T) T
		big  func(z, x, y *big.Int) *big.Int
	}{
		{"Add", AddChecked[T], AddConstChecked[T], nil, func(x, y T) T { return x + y }, (*big.Int).Add},
		{"Sub", SubChecked[T], SubConstChecked[T], ConstSubChecked[T], func(x, y T) T { return x - y }, (*big.Int).Sub},
		{"Mul", MulChecked[T], MulConstChecked[T], nil, func(x, y T) T { return x * y }, (*big.Int).Mul},
	}
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		for _, o := range ops {
			check := func(form string, first int, dst, a, b []T) {
				t.Helper()
				want := firstWhere(n, valid, func(i int) bool { return !fitsT[T](o.big(new(big.Int), bigOf(a[i]), bigOf(b[i]))) })
				if first != want {
					t.Fatalf("%s%s: first overflow %d, want %d", o.name, form, first, want)
				}
				same(t, o.name+form, dst, mapped(a, b, o.wrap))
			}
			for _, make := range []func(*rand.Rand, int) []T{edgeInts[T], smallInts[T]} {
				a, b, d, c := make(r, n), make(r, n), edgeInts[T](r, n), make(r, 1)[0]
				check("", o.vv(d, a, b, valid), d, a, b)
				check("Const", o.vc(d, a, c, valid), d, a, repeat(c, n))
				if o.cv != nil {
					check("ConstLeft", o.cv(d, c, b, valid), d, repeat(c, n), b)
				}
			}
		}
		a, d := edgeInts[T](r, n), make([]T, n)
		want := firstWhere(n, valid, func(i int) bool { return !fitsT[T](new(big.Int).Neg(bigOf(a[i]))) })
		if got := NegChecked(d, a, valid); got != want {
			t.Fatalf("Neg: first overflow %d, want %d", got, want)
		}
	})
}

func TestAbsOfTheLeastValueIsAnError(t *testing.T) {
	a := []int16{3, -4, math.MinInt16, 0}
	d := make([]int16, len(a))
	if got := AbsChecked(d, a, nil); got != 2 {
		t.Errorf("first overflow %d, want 2", got)
	}
	if got := AbsChecked(d, a, []uint64{0b1011}); got != -1 {
		t.Errorf("first overflow %d among valid rows, want none", got)
	}
	same(t, "Abs", d, []int16{3, 4, math.MinInt16, 0})
	f := []float64{-1.5, math.Copysign(0, -1), math.NaN()}
	AbsFloat(f, f)
	if f[0] != 1.5 || math.Signbit(f[1]) || f[2] == f[2] {
		t.Errorf("AbsFloat: %v", f)
	}
}

func TestIntegerDivision(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testIntDiv[int8](t) })
	t.Run("int32", func(t *testing.T) { testIntDiv[int32](t) })
	t.Run("int64", func(t *testing.T) { testIntDiv[int64](t) })
	t.Run("uint8", func(t *testing.T) { testIntDiv[uint8](t) })
	t.Run("uint64", func(t *testing.T) { testIntDiv[uint64](t) })
}

// naiveDiv is the quotient and remainder, floored or truncated, wrapped to T; 0 by 0.
func naiveDiv[T Integer](x, y T, floor bool) (q, m T) {
	if y == 0 {
		return 0, 0
	}
	bx, by := bigOf(x), bigOf(y)
	bq, bm := new(big.Int).QuoRem(bx, by, new(big.Int))
	if floor && bm.Sign() != 0 && bm.Sign() != by.Sign() {
		bq.Sub(bq, big.NewInt(1))
		bm.Add(bm, by)
	}
	if isSigned[T]() && !bq.IsInt64() {
		return topBit[T](), 0
	}
	if isSigned[T]() {
		return T(bq.Int64()), T(bm.Int64())
	}
	return T(bq.Uint64()), T(bm.Uint64())
}

func testIntDiv[T Integer](t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		a, b := edgeInts[T](r, n), edgeInts[T](r, n)
		c, k := edgeInts[T](r, 1)[0], edgeInts[T](r, 1)[0]
		if k == 0 {
			k = 7
		}
		for _, floor := range []bool{false, true} {
			div, mod, cdiv, cmod, divc, modc := DivTrunc[T], ModTrunc[T], ConstDivTrunc[T], ConstModTrunc[T], DivTruncConst[T], ModTruncConst[T]
			if floor {
				div, mod, cdiv, cmod, divc, modc = DivFloor[T], ModFloor[T], ConstDivFloor[T], ConstModFloor[T], DivFloorConst[T], ModFloorConst[T]
			}
			check := func(form string, first int, q, m, x, y []T) {
				t.Helper()
				same(t, "quotient"+form, q, mapped(x, y, func(x, y T) T { q, _ := naiveDiv(x, y, floor); return q }))
				same(t, "remainder"+form, m, mapped(x, y, func(x, y T) T { _, m := naiveDiv(x, y, floor); return m }))
				want := firstWhere(n, valid, func(i int) bool { return isSigned[T]() && x[i] == topBit[T]() && y[i] == ^T(0) })
				if first != want {
					t.Fatalf("%s: first overflow %d, want %d", form, first, want)
				}
			}
			q, m, ok := make([]T, n), make([]T, n), dirty(n)
			first := div(q, a, b, ok, valid)
			sameBits(t, "ok", ok, n, func(i int) bool { return b[i] != 0 })
			mod(m, a, b, dirty(n))
			check(" slices", first, q, m, a, b)
			ok = dirty(n)
			first = cdiv(q, c, b, dirty(n), valid)
			cmod(m, c, b, ok)
			sameBits(t, "ok", ok, n, func(i int) bool { return b[i] != 0 })
			check(" const left", first, q, m, repeat(c, n), b)
			first = divc(q, a, k, valid)
			modc(m, a, k)
			check(" const right", first, q, m, a, repeat(k, n))
		}
	})
}

func TestDivisorAgreesWithDivision(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		for _, d := range []int64{1, 2, 3, 7, 10, 1000, 86400, 1e6, 86400e6, 1e18, math.MaxInt64, 1 << 62, 1<<62 + 1, r.Int64N(1<<40) + 1} {
			v := NewDivisor(d)
			for _, x := range edgeInts[int64](r, n) {
				if q, m := naiveDiv(x, d, true); v.Floor(x) != q || v.Mod(x) != m || v.Trunc(x) != x/d {
					t.Fatalf("%d by %d: floor %d mod %d trunc %d", x, d, v.Floor(x), v.Mod(x), v.Trunc(x))
				}
			}
		}
	})
}

func TestFloatDivisionFollowsIEEE(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		a, b := edgeFloats(r, n), edgeFloats(r, n)
		same(t, "Div", run(n, func(d []float64) { Div(d, a, b) }), mapped(a, b, func(x, y float64) float64 { return x / y }))
		same(t, "DivConst", run(n, func(d []float64) { DivConst(d, a, 3) }), mapped(a, b, func(x, _ float64) float64 { return x / 3 }))
		same(t, "ConstDiv", run(n, func(d []float64) { ConstDiv(d, 3, b) }), mapped(a, b, func(_, y float64) float64 { return 3 / y }))
		same(t, "ModTruncFloat", run(n, func(d []float64) { ModTruncFloat(d, a, b) }), mapped(a, b, math.Mod))
		same(t, "DivFloorFloat", run(n, func(d []float64) { DivFloorFloat(d, a, b) }), mapped(a, b, func(x, y float64) float64 { return math.Floor(x / y) }))
	})
	d := make([]float64, 4)
	ModFloorFloat(d, []float64{7, -7, 7, -7}, []float64{3, 3, -3, -3})
	same(t, "ModFloorFloat", d, []float64{1, 2, -2, -1})
}

func TestWideProductsAreExact(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		a, b, c := edgeInts[int64](r, n), edgeInts[int64](r, n), edgeInts[int64](r, 1)[0]
		for i, p := range run(n, func(d []I128) { MulWide64(d, a, b) }) {
			if want := new(big.Int).Mul(bigOf(a[i]), bigOf(b[i])); big128(p).Cmp(want) != 0 {
				t.Fatalf("%d * %d = %v", a[i], b[i], big128(p))
			}
		}
		for i, p := range run(n, func(d []I128) { MulWide64Const(d, a, c) }) {
			if want := new(big.Int).Mul(bigOf(a[i]), bigOf(c)); big128(p).Cmp(want) != 0 {
				t.Fatalf("%d * %d = %v", a[i], c, big128(p))
			}
		}
		x, y := edgeInts[int32](r, n), edgeInts[int32](r, n)
		mul := func(x, y int32) int64 { return int64(x) * int64(y) }
		same(t, "MulWide32", run(n, func(d []int64) { MulWide32(d, x, y) }), mapped(x, y, mul))
		same(t, "MulWide32Const", run(n, func(d []int64) { MulWide32Const(d, x, -9) }), mapped(x, repeat(int32(-9), n), mul))
	})
}
