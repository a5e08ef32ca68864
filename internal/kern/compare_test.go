package kern

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"testing"
)

// order6 says what each comparison makes of a three-way result.
var order6 = []struct {
	name string
	want func(c int) bool
}{
	{"Eq", func(c int) bool { return c == 0 }},
	{"Ne", func(c int) bool { return c != 0 }},
	{"Lt", func(c int) bool { return c < 0 }},
	{"Le", func(c int) bool { return c <= 0 }},
	{"Gt", func(c int) bool { return c > 0 }},
	{"Ge", func(c int) bool { return c >= 0 }},
}

func TestComparisonsOfIntegers(t *testing.T) {
	t.Run("int8", func(t *testing.T) { testCompare[int8](t) })
	t.Run("int32", func(t *testing.T) { testCompare[int32](t) })
	t.Run("int64", func(t *testing.T) { testCompare[int64](t) })
	t.Run("uint16", func(t *testing.T) { testCompare[uint16](t) })
	t.Run("uint64", func(t *testing.T) { testCompare[uint64](t) })
}

func testCompare[T Integer](t *testing.T) {
	vv := []func([]uint64, []T, []T){Eq[T], Ne[T], Lt[T], Le[T], Gt[T], Ge[T]}
	vc := []func([]uint64, []T, T){EqConst[T], NeConst[T], LtConst[T], LeConst[T], GtConst[T], GeConst[T]}
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		a, b, c := edgeInts[T](r, n), edgeInts[T](r, n), edgeInts[T](r, 1)[0]
		for k, o := range order6 {
			d := dirty(n)
			vv[k](d, a, b)
			sameBits(t, o.name, d, n, func(i int) bool { return o.want(cmp.Compare(a[i], b[i])) })
			vc[k](d, a, c)
			sameBits(t, o.name+"Const", d, n, func(i int) bool { return o.want(cmp.Compare(a[i], c)) })
		}
	})
}

// totalOrder has NaN equal to itself and greater than all numbers.
func totalOrder(x, y float64) int {
	switch {
	case x != x && y != y:
		return 0
	case x != x:
		return 1
	case y != y:
		return -1
	}
	return cmp.Compare(x, y)
}

func TestComparisonsOfFloatsPutNaNLast(t *testing.T) {
	vv := []func([]uint64, []float64, []float64){TotalEq[float64], TotalNe[float64], TotalLt[float64], TotalLe[float64], TotalGt[float64], TotalGe[float64]}
	vc := []func([]uint64, []float64, float64){TotalEqConst[float64], TotalNeConst[float64], TotalLtConst[float64], TotalLeConst[float64], TotalGtConst[float64], TotalGeConst[float64]}
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		a, b := edgeFloats(r, n), edgeFloats(r, n)
		for k, o := range order6 {
			d := dirty(n)
			vv[k](d, a, b)
			sameBits(t, o.name, d, n, func(i int) bool { return o.want(totalOrder(a[i], b[i])) })
			for _, c := range edgeFloats(r, 20) {
				vc[k](d, a, c)
				sameBits(t, o.name+"Const", d, n, func(i int) bool { return o.want(totalOrder(a[i], c)) })
			}
		}
		for i, x := range run(n, func(d []float64) { LeastFloat(d, a, b) }) {
			if totalOrder(x, a[i]) > 0 || totalOrder(x, b[i]) > 0 {
				t.Fatalf("least of %v and %v is %v", a[i], b[i], x)
			}
		}
		for i, x := range run(n, func(d []float64) { GreatestFloat(d, a, b) }) {
			if totalOrder(x, a[i]) < 0 || totalOrder(x, b[i]) < 0 {
				t.Fatalf("greatest of %v and %v is %v", a[i], b[i], x)
			}
		}
	})
}

func TestPlainComparisonsOfFloatsFollowIEEE(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		a, b, d := edgeFloats(r, n), edgeFloats(r, n), dirty(n)
		Lt(d, a, b)
		sameBits(t, "Lt", d, n, func(i int) bool { return a[i] < b[i] })
		Ne(d, a, b)
		sameBits(t, "Ne", d, n, func(i int) bool { return a[i] != b[i] })
		IsNaN(d, a)
		sameBits(t, "IsNaN", d, n, func(i int) bool { return a[i] != a[i] })
	})
}

func TestComparisonsOfI128(t *testing.T) {
	vv := []func([]uint64, []I128, []I128){EqI128, NeI128, LtI128, LeI128, GtI128, GeI128}
	vc := []func([]uint64, []I128, I128){EqI128Const, NeI128Const, LtI128Const, LeI128Const, GtI128Const, GeI128Const}
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		a, b, c := edgeI128(r, n), edgeI128(r, n), edgeI128(r, 1)[0]
		for k, o := range order6 {
			d := dirty(n)
			vv[k](d, a, b)
			sameBits(t, o.name, d, n, func(i int) bool { return o.want(big128(a[i]).Cmp(big128(b[i]))) })
			vc[k](d, a, c)
			sameBits(t, o.name+"Const", d, n, func(i int) bool { return o.want(big128(a[i]).Cmp(big128(c))) })
		}
	})
}

// randStrings are strings of 0 to 40 bytes with many equal, near-equal and
// prefix-sharing pairs, as views over several buffers.
func randStrings(r *rand.Rand, n int) (strs [][]byte, views []View, bufs [][]byte) {
	bufs = make([][]byte, 3)
	for range n {
		s := make([]byte, r.IntN(40))
		for i := range s {
			s[i] = "aab\x00\xff"[r.IntN(5)]
			if r.IntN(4) > 0 {
				s[i] = 'a'
			}
		}
		k := r.IntN(len(bufs))
		views = append(views, MakeView(s, k, len(bufs[k])))
		bufs[k] = append(bufs[k], s...)
		strs = append(strs, s)
	}
	return strs, views, bufs
}

func TestComparisonsOfStringsFollowBytes(t *testing.T) {
	vv := []func([]uint64, []View, [][]byte, []View, [][]byte){EqView, NeView, LtView, LeView, GtView, GeView}
	vc := []func([]uint64, []View, [][]byte, View, [][]byte){EqViewConst, NeViewConst, LtViewConst, LeViewConst, GtViewConst, GeViewConst}
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		as, a, abufs := randStrings(r, n)
		bs, b, bbufs := randStrings(r, n)
		cs, c, cbufs := randStrings(r, 8)
		for k, o := range order6 {
			d := dirty(n)
			vv[k](d, a, abufs, b, bbufs)
			sameBits(t, o.name, d, n, func(i int) bool { return o.want(bytes.Compare(as[i], bs[i])) })
			for j := range c {
				vc[k](d, a, abufs, c[j], cbufs)
				sameBits(t, o.name+"Const", d, n, func(i int) bool { return o.want(bytes.Compare(as[i], cs[j])) })
			}
		}
	})
}

func TestViewsKeepTheirBytes(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		strs, views, bufs := randStrings(r, n)
		long := 0
		for i, s := range strs {
			if got := views[i].Bytes(bufs); !bytes.Equal(got, s) || views[i].Len() != len(s) {
				t.Fatalf("%q became %q", s, got)
			}
			if len(s) > InlineMax && bitAt(valid, i) {
				long += len(s)
			}
		}
		if got := LongBytes(views, valid); got != long {
			t.Fatalf("%d long bytes, want %d", got, long)
		}
		moved := make([]View, n)
		ShiftViews(moved, views, 2)
		for i, s := range strs {
			if got := moved[i].Bytes(append([][]byte{nil, nil}, bufs...)); !bytes.Equal(got, s) {
				t.Fatalf("%q became %q two buffers on", s, got)
			}
		}
		same(t, "LenViews", run(n, func(d []int64) { LenViews(d, views) }), mapped(strs, strs, func(s, _ []byte) int64 { return int64(len(s)) }))
	})
}

func FuzzCompareBytes(f *testing.F) {
	f.Add([]byte("customer-name-1"), []byte("customer-name-2"))
	f.Add([]byte("a"), []byte("a\x00"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		want := bytes.Compare(a, b)
		x, y := MakeView(a, 0, 0), MakeView(b, 0, 0)
		for _, got := range []int{CompareBytes(a, b), CompareView(x, [][]byte{a}, y, [][]byte{b})} {
			if cmp.Compare(got, 0) != want {
				t.Fatalf("%q against %q is %d, want %d", a, b, got, want)
			}
		}
		if got := EqualView(x, [][]byte{a}, y, [][]byte{b}); got != (want == 0) {
			t.Fatalf("%q equal %q: %v", a, b, got)
		}
	})
}
