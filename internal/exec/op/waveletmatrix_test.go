package op

import (
	"slices"
	"testing"
)

func TestWaveletMatrixFindsWhatSortingFinds(t *testing.T) {
	r := seeded(t)
	for range 300 {
		v := make([]int64, 1+r.IntN(500))
		most := []int{1, 2, 7, 100, 1 << 40}[r.IntN(5)]
		for i := range v {
			v[i] = int64(r.IntN(most)) - int64(most/2)
		}
		m := newWaveletMatrix(t.Context(), v)
		a, b, c := r.IntN(len(v)+1), r.IntN(len(v)+1), r.IntN(len(v)+1)
		cut := []int{a, b, c}
		slices.Sort(cut)
		ranges := []frameRange{{0, cut[0]}, {cut[1], cut[2]}}
		in := slices.Concat(v[:cut[0]], v[cut[1]:cut[2]])
		slices.Sort(in)
		for k, want := range in {
			if got := m.rank(slices.Clone(ranges), k); got != want {
				t.Fatalf("rank %d of %v: %d, want %d", k, in, got, want)
			}
		}
	}
}
