package kern

import (
	"math/rand/v2"
	"testing"
)

// randSel picks n rows below m, some of them NoRow when opt is set.
func randSel(r *rand.Rand, n, m int, opt bool) []uint32 {
	s := make([]uint32, n)
	for i := range s {
		s[i] = uint32(r.IntN(m))
		if opt && r.IntN(3) == 0 {
			s[i] = NoRow
		}
	}
	return s
}

func TestGatherAndScatter(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		const m = 100
		src, bits := edgeI128(r, m), randBits(r, m)
		_, views, _ := randStrings(r, m)
		sel, opt := randSel(r, n, m, false), randSel(r, n, m, true)
		same(t, "Take", run(n, func(d []I128) { Take(d, src, sel) }), mapped(sel, sel, func(x, _ uint32) I128 { return src[x] }))
		same(t, "Take views", run(n, func(d []View) { Take(d, views, sel) }), mapped(sel, sel, func(x, _ uint32) View { return views[x] }))
		same(t, "TakeOpt", run(n, func(d []I128) { TakeOpt(d, src, opt) }), mapped(opt, opt, func(x, _ uint32) (v I128) {
			if x != NoRow {
				v = src[x]
			}
			return v
		}))
		d := dirty(n)
		TakeBits(d, bits, sel)
		sameBits(t, "TakeBits", d, n, func(i int) bool { return Bit(bits, int(sel[i])) })
		TakeBitsOpt(d, bits, opt)
		sameBits(t, "TakeBitsOpt", d, n, func(i int) bool { return opt[i] != NoRow && Bit(bits, int(opt[i])) })
		TakeBitsOpt(d, nil, opt)
		sameBits(t, "TakeBitsOpt nil", d, n, func(i int) bool { return opt[i] != NoRow })

		vals, flags := edgeI128(r, n), randBits(r, n)
		got, want, gotBits, wantBits := make([]I128, m), make([]I128, m), randBits(r, m), map[uint32]bool{}
		Scatter(got, vals, sel)
		before := append([]uint64(nil), gotBits...)
		ScatterBits(gotBits, flags, sel)
		for i, x := range sel {
			want[x] = vals[i]
			wantBits[x] = Bit(flags, i)
		}
		same(t, "Scatter", got, want)
		for i := range m {
			if w, ok := wantBits[uint32(i)]; ok && Bit(gotBits, i) != w || !ok && Bit(gotBits, i) != Bit(before, i) {
				t.Fatalf("ScatterBits: bit %d", i)
			}
		}
		ScatterConst(got, I128{7, 7}, sel)
		for _, x := range sel {
			if got[x] != (I128{7, 7}) {
				t.Fatalf("ScatterConst: row %d", x)
			}
		}
	})
}

func TestCompressKeepsMarkedRowsInOrder(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		for range 4 {
			src, marks, bits := edgeInts[int32](r, n), randBits(r, n), randBits(r, n)
			var want []int32
			var wantBits []bool
			for i, x := range src {
				if Bit(marks, i) {
					want = append(want, x)
					wantBits = append(wantBits, Bit(bits, i))
				}
			}
			d := make([]int32, n)
			same(t, "Compress", d[:Compress(d, src, marks)], want)
			same(t, "Compress in place", src[:Compress(src, src, marks)], want)
			b := dirty(n)
			k := CompressBits(b, bits, marks, n)
			if k != len(want) {
				t.Fatalf("CompressBits: %d bits, want %d", k, len(want))
			}
			sameBits(t, "CompressBits", b[:Words(k)], k, func(i int) bool { return wantBits[i] })
		}
	})
}

func TestBlend(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, _ []uint64) {
		a, b, cond := edgeInts[int64](r, n), edgeInts[int64](r, n), randBits(r, n)
		want := make([]int64, n)
		wantConst := make([]int64, n)
		for i := range want {
			want[i], wantConst[i] = b[i], b[i]
			if Bit(cond, i) {
				want[i], wantConst[i] = a[i], 42
			}
		}
		same(t, "Blend", run(n, func(d []int64) { Blend(d, cond, a, b) }), want)
		same(t, "BlendConst", run(n, func(d []int64) { copy(d, b); BlendConst(d, cond, 42) }), wantConst)
		same(t, "BlendInto", run(n, func(d []int64) { copy(d, b); BlendInto(d, cond, a) }), want)
		same(t, "Fill", run(n, func(d []int64) { Fill(d, 9) }), repeat(int64(9), n))
	})
}

func TestListOffsets(t *testing.T) {
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		lens := make([]int64, n)
		total := 0
		for i := range lens {
			lens[i] = int64(max(r.IntN(6)-2, 0))
			total += int(lens[i])
		}
		off := make([]int32, n+1)
		if bad := OffsetsFromLengths(off, lens); bad >= 0 || int(off[n]) != total {
			t.Fatalf("offsets end at %d, first bad %d", off[n], bad)
		}
		same(t, "Lengths", run(n, func(d []int64) { Lengths(d, off) }), lens)
		for _, outer := range []bool{false, true} {
			var wantRows, wantElems []uint32
			for i, k := range lens {
				if !bitAt(valid, i) {
					k = 0
				}
				for j := range k {
					wantRows, wantElems = append(wantRows, uint32(i)), append(wantElems, uint32(off[i])+uint32(j))
				}
				if k == 0 && outer {
					wantRows, wantElems = append(wantRows, uint32(i)), append(wantElems, NoRow)
				}
			}
			rows, elems := make([]uint32, total+n), make([]uint32, total+n)
			k := ExplodeRows(rows, elems, off, valid, outer)
			same(t, "rows", rows[:k], wantRows)
			same(t, "elements", elems[:k], wantElems)
			if outer || valid != nil {
				continue
			}
			same(t, "RepeatRows", rows[:RepeatRows(rows, lens)], wantRows)
		}
	})
	if bad := OffsetsFromLengths(make([]int32, 4), []int64{1 << 30, 1<<30 - 1, 1}); bad != 2 {
		t.Errorf("offset overflow at %d, want 2", bad)
	}
}
