package kern

import "math/bits"

// PairSums is the exact sums of pairs of 32-bit integers: how many, the sums of x and y, of their squares, and of their
// products. 2^31 pairs cannot overflow it. The zero value has seen none.
type PairSums struct {
	N, X, Y    int64
	XX, YY, XY I128
}

// PairWords is the size of PairSums in words.
const PairWords = 9

// SumPairsGrouped adds the valid pairs to the sums of their groups. From 0.
func SumPairsGrouped(s []PairSums, g []uint32, x, y []int32, valid []uint64) {
	x, y = x[:len(g)], y[:len(g)]
	for i, k := range g {
		if !bitAt(valid, i) {
			continue
		}
		a, b := int64(x[i]), int64(y[i])
		p := &s[k]
		p.N++
		p.X += a
		p.Y += b
		p.XX.addWord(a * a)
		p.YY.addWord(b * b)
		p.XY.addWord(a * b)
	}
}

// MergePairs adds src[i] to s[g[i]].
func MergePairs(s []PairSums, g []uint32, src []PairSums) {
	src = src[:len(g)]
	for i, k := range g {
		p, q := &s[k], &src[i]
		p.N, p.X, p.Y = p.N+q.N, p.X+q.X, p.Y+q.Y
		p.XX, p.YY, p.XY = p.XX.Add(q.XX), p.YY.Add(q.YY), p.XY.Add(q.XY)
	}
}

// Spreads returns n·Σx² − (Σx)², the same of y, and n·Σxy − Σx·Σy, exactly.
func (p *PairSums) Spreads() (xx, yy, xy I128) {
	return crossSpread(p.N, p.X, p.X, p.XX), crossSpread(p.N, p.Y, p.Y, p.YY), crossSpread(p.N, p.X, p.Y, p.XY)
}

// SquareSums is the exact sums of 32-bit integers: how many, their sum, and that of their squares. 2^31 of them cannot
// overflow it. The zero value has seen none.
type SquareSums struct {
	N, X int64
	XX   I128
}

// SquareWords is the size of SquareSums in words.
const SquareWords = 4

// SumSquaresGrouped adds the valid integers to the sums of their groups. From 0.
func SumSquaresGrouped(s []SquareSums, g []uint32, x []int32, valid []uint64) {
	x = x[:len(g)]
	for i, k := range g {
		if !bitAt(valid, i) {
			continue
		}
		a := int64(x[i])
		p := &s[k]
		p.N++
		p.X += a
		p.XX.addWord(a * a)
	}
}

// MergeSquares adds src[i] to s[g[i]].
func MergeSquares(s []SquareSums, g []uint32, src []SquareSums) {
	src = src[:len(g)]
	for i, k := range g {
		p, q := &s[k], &src[i]
		p.N, p.X, p.XX = p.N+q.N, p.X+q.X, p.XX.Add(q.XX)
	}
}

// Spread returns n·Σx² − (Σx)², exactly.
func (p *SquareSums) Spread() I128 { return crossSpread(p.N, p.X, p.X, p.XX) }

// crossSpread is n·ab − a·b of sums of words.
func crossSpread(n, a, b int64, ab I128) I128 {
	return I128From(n).Mul(ab).Sub(I128From(a).Mul(I128From(b)))
}

// addWord adds a signed word, wrapping.
func (x *I128) addWord(v int64) {
	lo, c := bits.Add64(x.Lo, uint64(v), 0)
	x.Lo, x.Hi = lo, x.Hi+v>>63+int64(c)
}
