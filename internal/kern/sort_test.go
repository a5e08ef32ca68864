package kern

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestKeysKeepTheOrderOfValues(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		i8, u32, i64, f, w, flags := edgeInts[int8](r, n), edgeInts[uint32](r, n), edgeInts[int64](r, n), edgeFloats(r, n), edgeI128(r, n), randBits(r, n)
		strs, views, bufs := randStrings(r, n)
		k, lo := make([]uint64, n), make([]uint64, n)
		check := func(what string, desc bool, key func(i, j int) int, want func(i, j int) int) {
			t.Helper()
			for i := 1; i < n; i++ {
				j := r.IntN(i)
				c := want(i, j)
				if desc {
					c = -c
				}
				if got := key(i, j); got != c {
					t.Fatalf("%s desc %v: rows %d and %d compare as %d, want %d", what, desc, i, j, got, c)
				}
			}
		}
		word := func(i, j int) int { return cmp.Compare(k[i], k[j]) }
		for _, desc := range []bool{false, true} {
			KeyInt(k, i8, desc)
			check("int8", desc, word, func(i, j int) int { return cmp.Compare(i8[i], i8[j]) })
			for _, x := range k {
				if x > 255 {
					t.Fatalf("key of int8 is %x", x)
				}
			}
			KeyInt(k, u32, desc)
			check("uint32", desc, word, func(i, j int) int { return cmp.Compare(u32[i], u32[j]) })
			KeyInt(k, i64, desc)
			check("int64", desc, word, func(i, j int) int { return cmp.Compare(i64[i], i64[j]) })
			KeyFloat(k, f, desc)
			check("float64", desc, word, func(i, j int) int { return totalOrder(f[i], f[j]) })
			KeyBool(k, flags, desc)
			check("bool", desc, word, func(i, j int) int { return cmp.Compare(b2u(Bit(flags, i)), b2u(Bit(flags, j))) })
			KeyI128(k, lo, w, desc)
			check("I128", desc, func(i, j int) int { return cmp.Or(word(i, j), cmp.Compare(lo[i], lo[j])) }, func(i, j int) int { return w[i].Cmp(w[j]) })
			for _, at := range []int{0, 4, 8, 16, 30} {
				KeyView(k, views, bufs, at, desc)
				part := func(s []byte) []byte {
					p := make([]byte, 8)
					copy(p, s[min(at, len(s)):])
					return p
				}
				check("string", desc, word, func(i, j int) int { return bytes.Compare(part(strs[i]), part(strs[j])) })
			}
		}
	})
}

func TestRadixSortsAreStable(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		for _, width := range []int{1, 8, 13, 32, 64} {
			keys := make([]uint64, n)
			for i := range keys {
				keys[i] = r.Uint64() >> (64 - width)
				if r.IntN(2) == 0 {
					keys[i] &= 0xF0F
				}
			}
			in := make([]KeyRow, n)
			KeyRows(in, keys, 100)
			want := slices.Clone(in)
			slices.SortStableFunc(want, func(a, b KeyRow) int { return cmp.Compare(a.Key, b.Key) })
			s := slices.Clone(in)
			SortMSD(s, make([]KeyRow, n), width)
			same(t, "SortMSD", s, want)
			same(t, "SortLSD", SortLSD(slices.Clone(in), make([]KeyRow, n)), want)
		}
	})
}
