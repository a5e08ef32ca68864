package kern

import (
	"bytes"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

func TestEqualValuesHashAlike(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		strs, views, bufs := randStrings(r, n)
		ints, floats, wide, flags := edgeInts[int32](r, n), edgeFloats(r, n), edgeI128(r, n), randBits(r, n)
		prior := make([]uint64, n)
		HashInt(prior, edgeInts[int64](r, n), nil)
		cols := []struct {
			name    string
			hash    func(dst []uint64, valid []uint64)
			combine func(dst []uint64, valid []uint64)
			equal   func(i, j int) bool
		}{
			{"int", func(d, v []uint64) { HashInt(d, ints, v) }, func(d, v []uint64) { CombineInt(d, ints, v) }, func(i, j int) bool { return ints[i] == ints[j] }},
			{"float", func(d, v []uint64) { HashFloat(d, floats, v) }, func(d, v []uint64) { CombineFloat(d, floats, v) }, func(i, j int) bool { return totalOrder(floats[i], floats[j]) == 0 }},
			{"i128", func(d, v []uint64) { HashI128(d, wide, v) }, func(d, v []uint64) { CombineI128(d, wide, v) }, func(i, j int) bool { return wide[i] == wide[j] }},
			{"bool", func(d, v []uint64) { HashBool(d, flags, v, n) }, func(d, v []uint64) { CombineBool(d, flags, v, n) }, func(i, j int) bool { return Bit(flags, i) == Bit(flags, j) }},
			{"view", func(d, v []uint64) { HashView(d, views, bufs, v) }, func(d, v []uint64) { CombineView(d, views, bufs, v) }, func(i, j int) bool { return bytes.Equal(strs[i], strs[j]) }},
		}
		for _, c := range cols {
			h, m := make([]uint64, n), append([]uint64(nil), prior...)
			c.hash(h, valid)
			c.combine(m, valid)
			for i := 1; i < n; i++ {
				j := r.IntN(i)
				a, b := bitAt(valid, i), bitAt(valid, j)
				want := a == b && (!a || c.equal(i, j))
				if (h[i] == h[j]) != want {
					t.Fatalf("%s: rows %d and %d hash alike: %v, want %v", c.name, i, j, !want, want)
				}
				if same := want && prior[i] == prior[j]; (m[i] == m[j]) != same {
					t.Fatalf("%s: rows %d and %d combine alike: %v, want %v", c.name, i, j, !same, same)
				}
			}
		}
		h := make([]uint64, n)
		HashView(h, views, bufs, nil)
		for i, s := range strs {
			if h[i] != HashBytes(s) {
				t.Fatalf("HashBytes(%q) differs", s)
			}
		}
		CombineHash(h, prior)
	})
}

func TestHashMergesZerosAndNaNs(t *testing.T) {
	h := make([]uint64, 4)
	HashFloat(h, []float64{0, math.Copysign(0, -1), math.NaN(), math.Float64frombits(0xFFF0000000000001)}, nil)
	if h[0] != h[1] || h[2] != h[3] || h[0] == h[2] {
		t.Errorf("%x", h)
	}
	g := make([]uint64, 1)
	HashFloat(g, []float32{float32(math.NaN())}, nil)
	if g[0] != h[2] {
		t.Error("NaN of float32 differs")
	}
}

func TestCombinedHashesDependOnTheOrderOfColumns(t *testing.T) {
	a, b := []uint64{HashWord(1)}, []uint64{HashWord(2)}
	x, y := []uint64{HashWord(1)}, []uint64{HashWord(2)}
	CombineHash(x, b)
	CombineHash(y, a)
	if x[0] == y[0] {
		t.Error("(1, 2) and (2, 1) hash alike")
	}
	z := []uint64{HashWord(1)}
	CombineHash(z, a)
	w := []uint64{HashWord(2)}
	CombineHash(w, b)
	if z[0] == w[0] {
		t.Error("(1, 1) and (2, 2) hash alike")
	}
}

// TestHashBitsSpread counts how evenly sequential keys fall by the slot, partition and
// salt bits; a chi-square this large has odds below one in a million.
func TestHashBitsSpread(t *testing.T) {
	const n = 1 << 16
	for _, step := range []int64{1, 8, 1 << 20, 1 << 32, -1} {
		keys, h := make([]int64, n), make([]uint64, n)
		for i := range keys {
			keys[i] = int64(i) * step
		}
		HashInt(h, keys, nil)
		for _, shift := range []int{0, HashPartShift, HashSaltShift} {
			var count [256]int
			for _, x := range h {
				count[byte(x>>shift)]++
			}
			chi := 0.0
			for _, c := range count {
				d := float64(c) - n/256
				chi += d * d / (n / 256)
			}
			if chi > 380 {
				t.Errorf("step %d, bits from %d: chi-square %.0f for 255", step, shift, chi)
			}
		}
	}
}

func TestStringHashesDoNotCollide(t *testing.T) {
	seen := map[uint64]string{}
	for i := range 100_000 {
		for _, s := range []string{fmt.Sprintf("id%d", i), fmt.Sprintf("customer-name-%09d", i), fmt.Sprintf("%013d", i)} {
			h := HashBytes([]byte(s))
			if o, dup := seen[h]; dup {
				t.Fatalf("%q and %q hash alike", o, s)
			}
			seen[h] = s
		}
	}
	if x := HashBytes([]byte("a")) ^ HashBytes([]byte("b")); bits.OnesCount64(x) < 12 {
		t.Errorf("one byte changes %d bits only", bits.OnesCount64(x))
	}
}
