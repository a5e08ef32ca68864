package kern

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestUngroupedAggregatesOfIntegers(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testAggInt[int8](t) })
	t.Run("int32", func(t *testing.T) { testAggInt[int32](t) })
	t.Run("int64", func(t *testing.T) { testAggInt[int64](t) })
	t.Run("uint32", func(t *testing.T) { testAggInt[uint32](t) })
	t.Run("uint64", func(t *testing.T) { testAggInt[uint64](t) })
}

// kept are the valid values.
func kept[T any](src []T, valid []uint64) []T {
	var s []T
	for i, x := range src {
		if bitAt(valid, i) {
			s = append(s, x)
		}
	}
	return s
}

func testAggInt[T Integer](t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		src := edgeInts[T](r, n)
		k := kept(src, valid)
		sum := new(big.Int)
		for _, x := range k {
			sum.Add(sum, bigOf(x))
		}
		if got := SumInt(src, valid); big128(got).Cmp(sum) != 0 {
			t.Fatalf("sum %v, want %v", big128(got), sum)
		}
		lo, any := Min(src, valid)
		hi, any2 := Max(src, valid)
		if any != (len(k) > 0) || any2 != any || any && (lo != slices.Min(k) || hi != slices.Max(k)) {
			t.Fatalf("min %v max %v any %v of %v", lo, hi, any, k)
		}
	})
}

func TestUngroupedAggregatesOfI128(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		src := edgeI128(r, n)
		if n < 64 {
			for i := range src {
				src[i].Hi >>= 8
			}
		}
		k := kept(src, valid)
		sum := new(big.Int)
		for _, x := range k {
			sum.Add(sum, big128(x))
		}
		if got, ok := SumI128(src, valid); ok != fits128(sum) || ok && big128(got).Cmp(sum) != 0 {
			t.Fatalf("sum %v %v, want %v", big128(got), ok, sum)
		}
		lo, any := MinI128(src, valid)
		hi, any2 := MaxI128(src, valid)
		if any != (len(k) > 0) || any2 != any || any && (lo != slices.MinFunc(k, I128.Cmp) || hi != slices.MaxFunc(k, I128.Cmp)) {
			t.Fatalf("min %v max %v any %v", lo, hi, any)
		}
	})
}

func TestExtremesOfFloatsAndStrings(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		src := edgeFloats(r, n)
		k := kept(src, valid)
		numbers := slices.DeleteFunc(slices.Clone(k), func(x float64) bool { return x != x })
		check := func(what string, got float64, any bool, of []float64, pick func([]float64, func(a, b float64) int) float64) {
			t.Helper()
			if len(of) == 0 {
				of = k
			}
			if any != (len(k) > 0) || any && totalOrder(got, pick(of, totalOrder)) != 0 {
				t.Fatalf("%s is %v, %v", what, got, any)
			}
		}
		lo, any := MinFloat(src, valid)
		check("min", lo, any, k, slices.MinFunc)
		hi, any := MaxFloat(src, valid, false)
		check("max", hi, any, k, slices.MaxFunc)
		hi, any = MaxFloat(src, valid, true)
		check("max of numbers", hi, any, numbers, slices.MaxFunc)

		strs, views, bufs := randStrings(r, n)
		ks := kept(strs, valid)
		if i := MinView(views, bufs, valid); (i >= 0) != (len(ks) > 0) || i >= 0 && !bytes.Equal(strs[i], slices.MinFunc(ks, bytes.Compare)) {
			t.Fatalf("least string in row %d", i)
		}
		if i := MaxView(views, bufs, valid); (i >= 0) != (len(ks) > 0) || i >= 0 && !bytes.Equal(strs[i], slices.MaxFunc(ks, bytes.Compare)) {
			t.Fatalf("greatest string in row %d", i)
		}
	})
}

// rowsOf are the valid rows of a group, their number and the first of them or -1.
func rowsOf(k uint32, g []uint32, valid []uint64) (mine []uint64, rows, first int) {
	mine, first = make([]uint64, Words(len(g))), -1
	for i, x := range g {
		if x == k && bitAt(valid, i) {
			SetBit(mine, i)
			rows++
			if first < 0 {
				first = i
			}
		}
	}
	return mine, rows, first
}

func TestGroupedAggregates(t *testing.T) {
	const groups = 7
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		g := randSel(r, n, groups, false)
		ints, floats, wide, flags := edgeInts[int64](r, n), edgeFloats(r, n), edgeI128(r, n), randBits(r, n)
		for i := range wide {
			wide[i].Hi >>= 12
		}
		count, sum32, sum128, wides := make([]int64, groups), make([]int64, groups), make([]I128, groups), make([]I128, groups)
		lo, hi := repeat(int64(math.MaxInt64), groups), repeat(int64(math.MinInt64), groups)
		flo, fhi, fnum := repeat(math.NaN(), groups), repeat(math.Inf(-1), groups), repeat(math.NaN(), groups)
		wlo, whi := repeat(I128{math.MaxUint64, math.MaxInt64}, groups), repeat(I128{0, math.MinInt64}, groups)
		and, or, seen, seen2 := []uint64{^uint64(0)}, []uint64{0}, []uint64{0}, []uint64{0}
		last, sel := make([]int64, groups), make([]uint32, n)
		small := smallInts[int32](r, n)
		CountGrouped(count, g, valid)
		SumGrouped(sum32, g, small, valid)
		SumI128Grouped(sum128, g, ints, valid, 0)
		if bad := AddI128Grouped(wides, g, wide, valid); bad >= 0 {
			t.Fatalf("128-bit sum overflows at %d", bad)
		}
		MinGrouped(lo, g, ints, valid)
		MaxGrouped(hi, g, ints, valid)
		MinFloatGrouped(flo, g, floats, valid)
		MaxFloatGrouped(fhi, g, floats, valid)
		MaxNumberGrouped(fnum, g, floats, valid)
		MinI128Grouped(wlo, g, wide, valid)
		MaxI128Grouped(whi, g, wide, valid)
		AndGrouped(and, g, flags, valid)
		OrGrouped(or, g, flags, valid)
		SeenGrouped(seen, g, valid)
		LastGrouped(last, g, ints, valid)
		sel = sel[:FirstOfGroups(sel, seen2, g, valid)]
		firsts := map[uint32]uint32{}
		for _, x := range sel {
			firsts[g[x]] = x
		}
		for k := range uint32(groups) {
			mine, rows, first := rowsOf(k, g, valid)
			if count[k] != int64(rows) || Bit(seen, int(k)) != (rows > 0) || Bit(seen2, int(k)) != (rows > 0) {
				t.Fatalf("group %d: %d rows, want %d", k, count[k], rows)
			}
			if rows == 0 {
				continue
			}
			wantLo, _ := Min(ints, mine)
			wantHi, _ := Max(ints, mine)
			wantFlo, _ := MinFloat(floats, mine)
			wantFhi, _ := MaxFloat(floats, mine, false)
			wantNum, _ := MaxFloat(floats, mine, true)
			wantWlo, _ := MinI128(wide, mine)
			wantWhi, _ := MaxI128(wide, mine)
			wantWide, _ := SumI128(wide, mine)
			same(t, "integers", []int64{lo[k], hi[k], sum32[k]}, []int64{wantLo, wantHi, int64(SumInt(small, mine).Lo)})
			same(t, "floats", []float64{flo[k], fhi[k], fnum[k]}, []float64{wantFlo, wantFhi, wantNum})
			same(t, "wide", []I128{wlo[k], whi[k], wides[k], sum128[k]}, []I128{wantWlo, wantWhi, wantWide, SumInt(ints, mine)})
			same(t, "first and last", []int64{ints[firsts[k]], last[k]}, []int64{ints[first], kept(ints, mine)[rows-1]})
			hit := dirty(n)
			BitmapAnd(hit, mine, flags, n)
			if Bit(or, int(k)) != AnyBits(hit, n) || Bit(and, int(k)) != (CountBits(hit, n) == rows) {
				t.Fatalf("group %d: and %v or %v", k, Bit(and, int(k)), Bit(or, int(k)))
			}
		}
	})
}

func TestInt64SumsStopAtTheOverflowingRowAndGoOnIn128Bits(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		g, src := randSel(r, n, 3, false), edgeInts[int64](r, n)
		s, want, got := make([]int64, 3), make([]I128, 3), make([]I128, 3)
		SumI128Grouped(want, g, src, valid, 0)
		at := SumInt64Grouped(s, g, src, valid)
		WidenI128(got, s)
		if at >= 0 {
			SumI128Grouped(got, g, src, valid, at)
		}
		same(t, "sums", got, want)
		for _, w := range want {
			if !w.IsInt64() && at < 0 {
				t.Fatal("an overflow went unseen")
			}
		}
	})
}
