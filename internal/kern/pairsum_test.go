package kern

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// bigSpread is n·Σab − Σa·Σb by big numbers.
func bigSpread(a, b []int64) *big.Int {
	sum := func(f func(i int) *big.Int) *big.Int {
		out := new(big.Int)
		for i := range a {
			out.Add(out, f(i))
		}
		return out
	}
	x := sum(func(i int) *big.Int { return big.NewInt(a[i]) })
	y := sum(func(i int) *big.Int { return big.NewInt(b[i]) })
	xy := sum(func(i int) *big.Int { return new(big.Int).Mul(big.NewInt(a[i]), big.NewInt(b[i])) })
	xy.Mul(xy, big.NewInt(int64(len(a))))
	return xy.Sub(xy, x.Mul(x, y))
}

func asBig(v I128) *big.Int {
	out := new(big.Int).Lsh(big.NewInt(v.Hi), 64)
	return out.Add(out, new(big.Int).SetUint64(v.Lo))
}

func TestSumsOfPairsAreExactHoweverTheyAreDivided(t *testing.T) {
	const groups = 3
	eachCase(t, func(t *testing.T, r *rand.Rand, n int, valid []uint64) {
		g, x, y := randSel(r, n, groups, false), make([]int32, n), make([]int32, n)
		for i := range x {
			x[i], y[i] = int32(r.Uint32()), []int32{math.MinInt32, math.MaxInt32, 0, 7}[r.IntN(4)]
		}
		var pairs [2][]PairSums
		var squares [2][]SquareSums
		half := n / 128 * 64
		for w, span := range [2][2]int{{0, half}, {half, n}} {
			lo, hi := span[0], span[1]
			pairs[w], squares[w] = make([]PairSums, groups), make([]SquareSums, groups)
			var mine []uint64
			if valid != nil {
				mine = valid[lo>>6:]
			}
			SumPairsGrouped(pairs[w], g[lo:hi], x[lo:hi], y[lo:hi], mine)
			SumSquaresGrouped(squares[w], g[lo:hi], x[lo:hi], mine)
		}
		all := []uint32{0, 1, 2}
		MergePairs(pairs[0], all, pairs[1])
		MergeSquares(squares[0], all, squares[1])
		for k := range uint32(groups) {
			var a, b []int64
			for i := range x {
				if g[i] == k && bitAt(valid, i) {
					a, b = append(a, int64(x[i])), append(b, int64(y[i]))
				}
			}
			p, q := &pairs[0][k], &squares[0][k]
			xx, yy, xy := p.Spreads()
			for _, c := range []struct {
				name string
				got  I128
				want *big.Int
			}{{"x", xx, bigSpread(a, a)}, {"y", yy, bigSpread(b, b)}, {"both", xy, bigSpread(a, b)}, {"squares", q.Spread(), bigSpread(a, a)}} {
				if asBig(c.got).Cmp(c.want) != 0 {
					t.Fatalf("group %d, spread of %s: %v, want %v", k, c.name, asBig(c.got), c.want)
				}
			}
			if p.N != int64(len(a)) || q.N != p.N || q.X != p.X {
				t.Fatalf("group %d: %d and %d pairs of %d, sums %d and %d", k, p.N, q.N, len(a), p.X, q.X)
			}
		}
	})
}
