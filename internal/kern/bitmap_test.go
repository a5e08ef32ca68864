package kern

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBitmapAlgebra(t *testing.T) {
	ops := []struct {
		name  string
		fn    func(dst, a, b []uint64, n int)
		naive func(x, y bool) bool
	}{
		{"And", BitmapAnd, func(x, y bool) bool { return x && y }},
		{"Or", BitmapOr, func(x, y bool) bool { return x || y }},
		{"Xor", BitmapXor, func(x, y bool) bool { return x != y }},
		{"Xnor", BitmapXnor, func(x, y bool) bool { return x == y }},
		{"AndNot", BitmapAndNot, func(x, y bool) bool { return x && !y }},
		{"OrNot", BitmapOrNot, func(x, y bool) bool { return x || !y }},
		{"Not", func(dst, a, _ []uint64, n int) { BitmapNot(dst, a, n) }, func(x, _ bool) bool { return !x }},
	}
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		a, b, c := randBits(r, n), randBits(r, n), randBits(r, n)
		d := dirty(n)
		for _, o := range ops {
			o.fn(d, a, b, n)
			sameBits(t, o.name, d, n, func(i int) bool { return o.naive(Bit(a, i), Bit(b, i)) })
		}
		BitmapBlend(d, c, a, b, n)
		sameBits(t, "Blend", d, n, func(i int) bool { return Bit(c, i) && Bit(a, i) || !Bit(c, i) && Bit(b, i) })
		FillBits(d, n, true)
		sameBits(t, "Fill", d, n, func(int) bool { return true })
		FillBits(d, n, false)
		sameBits(t, "Fill", d, n, func(int) bool { return false })
		ones, both := 0, 0
		for i := range n {
			ones += int(b2u(Bit(a, i)))
			both += int(b2u(Bit(a, i) && bitAt(valid, i)))
		}
		if got := CountBits(a, n); got != ones {
			t.Fatalf("%d ones, want %d", got, ones)
		}
		if got := CountBitsAnd(a, valid, n); got != both {
			t.Fatalf("%d ones in both, want %d", got, both)
		}
		if AnyBits(a, n) != (ones > 0) || AllBits(a, n) != (ones == n) {
			t.Fatalf("any %v all %v with %d of %d", AnyBits(a, n), AllBits(a, n), ones, n)
		}
		if got, want := FirstAndNot(valid, a, n), firstWhere(n, valid, func(i int) bool { return !Bit(a, i) }); got != want {
			t.Fatalf("first failure %d, want %d", got, want)
		}
	})
}

func TestBitRangesMoveAtAnyOffset(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		for range 20 {
			off, srcOff := r.IntN(130), r.IntN(130)
			src := randBits(r, srcOff+n)
			dst := randBits(r, off+n+70)
			before := slices.Clone(dst)
			CopyBits(dst, off, src, srcOff, n)
			for i := range len(dst) * 64 {
				want := Bit(before, i)
				if i >= off && i < off+n {
					want = Bit(src, srcOff+i-off)
				}
				if Bit(dst, i) != want {
					t.Fatalf("copy of %d from %d to %d: bit %d is %v", n, srcOff, off, i, !want)
				}
			}
			d := dirty(n)
			ShiftBits(d, src, srcOff, n)
			sameBits(t, "ShiftBits", d, n, func(i int) bool { return Bit(src, srcOff+i) })
			copy(dst, before)
			SetBits(dst, off, n, srcOff&1 == 0)
			for i := range len(dst) * 64 {
				want := Bit(before, i)
				if i >= off && i < off+n {
					want = srcOff&1 == 0
				}
				if Bit(dst, i) != want {
					t.Fatalf("set of %d from %d: bit %d is %v", n, off, i, !want)
				}
			}
		}
	})
}

func TestKleeneLogic(t *testing.T) {
	// 0 is false, 1 true, 2 null.
	and := [3][3]int{{0, 0, 0}, {0, 1, 2}, {0, 2, 2}}
	or := [3][3]int{{0, 1, 2}, {1, 1, 1}, {2, 1, 2}}
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, aok []uint64) {
		a, b := randBits(r, n), randBits(r, n)
		for _, bok := range [][]uint64{nil, randBits(r, n)} {
			for _, o := range []struct {
				name string
				fn   func(dst, dok, a, aok, b, bok []uint64, n int)
				want [3][3]int
			}{{"and", KleeneAnd, and}, {"or", KleeneOr, or}} {
				d, ok := dirty(n), dirty(n)
				o.fn(d, ok, a, aok, b, bok, n)
				at := func(i int) int { return o.want[boolCode(a, aok, i)][boolCode(b, bok, i)] }
				sameBits(t, o.name+" value", d, n, func(i int) bool { return at(i) == 1 })
				sameBits(t, o.name+" validity", ok, n, func(i int) bool { return at(i) != 2 })
			}
		}
		d := dirty(n)
		KleeneNot(d, a, aok, n)
		sameBits(t, "not", d, n, func(i int) bool { return bitAt(aok, i) && !Bit(a, i) })
	})
}

func TestSelections(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		for range 4 {
			a, b := randBits(r, n), randBits(r, n)
			var want, both []uint32
			for i := range n {
				if Bit(a, i) {
					want = append(want, uint32(i))
					if Bit(b, i) {
						both = append(both, uint32(i))
					}
				}
			}
			sel := make([]uint32, n)
			sel = sel[:SelFromBits(sel, a, n)]
			same(t, "SelFromBits", sel, want)
			d := dirty(n)
			BitsFromSel(d, sel, n)
			sameBits(t, "BitsFromSel", d, n, func(i int) bool { return Bit(a, i) })
			same(t, "SelFilter", sel[:SelFilter(sel, sel, b)], both)
		}
		for i, x := range run(n, func(d []uint32) { SelIota(d, 5) }) {
			if x != uint32(5+i) {
				t.Fatalf("SelIota: row %d is %d", i, x)
			}
		}
	})
}
