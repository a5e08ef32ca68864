package op

import (
	"math"
	"math/big"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// wordSums is the sums of several things by group, side by side in words.
type wordSums[T kern.PairSums | kern.SquareSums] struct {
	s     []T
	words int                              // of a T
	add   func(s []T, g []uint32, src []T) // adds groups to groups
}

func (s *wordSums[T]) grow(n int) { s.s = widened(s.s, n) }

func (s *wordSums[T]) bytes() int64 { return 8 * int64(s.words*cap(s.s)) }

func (s *wordSums[T]) reset() { s.s = s.s[:0] }

func (s *wordSums[T]) kinds(dst []wordKind) []wordKind {
	for range s.words {
		dst = append(dst, wordPlain)
	}
	return dst
}

func (s *wordSums[T]) pack(_ *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	w := wordsOf(s.s[lo:hi])
	for i := range s.words {
		dst = append(dst, wordCol{v: w[i:], stride: s.words})
	}
	return dst
}

func (s *wordSums[T]) absorb(p *packedRows, g []uint32) error {
	packed := make([]T, len(g))
	w := wordsOf(packed)
	for c := range s.words {
		for i, v := range p.next() {
			w[i*s.words+c] = v
		}
	}
	s.add(s.s, g, packed)
	return nil
}

func (s *wordSums[T]) arranged(rows []uint32) wordSums[T] {
	return wordSums[T]{s: arranged(s.s, rows), words: s.words, add: s.add}
}

// intPairState is the statistics of pairs of integers of at most 32 bits, from sums in words, which are exact.
type intPairState struct {
	wordSums[kern.PairSums]
	spec *aggSpec
	both data.Bitmap
	x, y []int32
}

func newIntPairState(s *aggSpec) *intPairState {
	return &intPairState{spec: s, wordSums: wordSums[kern.PairSums]{words: kern.PairWords, add: kern.MergePairs}}
}

func (s *intPairState) update(r *aggRows, g []uint32) error {
	y, x := r.args[0], r.args[1]
	valid := bothValid(&s.both, x, y, r.n)
	kern.SumPairsGrouped(s.s, g, int32s(&s.x, x, r.n), int32s(&s.y, y, r.n), valid)
	return nil
}

// bothValid returns the validity of pairs of n values, in buf if it is that of neither column.
func bothValid(buf *data.Bitmap, x, y *data.Column, n int) data.Bitmap {
	switch {
	case x.Valid == nil:
		return y.Valid
	case y.Valid == nil:
		return x.Valid
	}
	*buf = sized(*buf, data.Words(n))
	kern.BitmapAnd(*buf, x.Valid, y.Valid, n)
	return *buf
}

// int32s returns the n integers of a Flat column that fit 32 bits, in buf if they are narrower.
func int32s(buf *[]int32, c *data.Column, n int) []int32 {
	if c.Type.Phys() == dtype.PhysI32 {
		return data.Slice[int32](c)
	}
	*buf = sized(*buf, n)
	switch out := *buf; c.Type.Phys() {
	case dtype.PhysI8:
		kern.Convert(out, data.Slice[int8](c))
	case dtype.PhysI16:
		kern.Convert(out, data.Slice[int16](c))
	case dtype.PhysU8:
		kern.Convert(out, data.Slice[uint8](c))
	default:
		kern.Convert(out, data.Slice[uint16](c))
	}
	return *buf
}

func (s *intPairState) merge(src state, lo, hi int, g []uint32) error {
	s.add(s.s, g, src.(*intPairState).s[lo:hi])
	return nil
}

func (s *intPairState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	return &intPairState{spec: s.spec, wordSums: s.arranged(rows)}
}

func (s *intPairState) result() (*data.Column, error) { return s.resultAs(s.spec) }

func (s *intPairState) resultAs(spec *aggSpec) (*data.Column, error) {
	n := make([]int64, len(s.s))
	for i := range n {
		n[i] = s.s[i].N
	}
	return pairResult(spec, n, s)
}

func (s *intPairState) totals(i int) (x, y float64) { return float64(s.s[i].X), float64(s.s[i].Y) }

func (s *intPairState) spreads(i int) (xx, yy, xy *big.Float) {
	a, b, c := s.s[i].Spreads()
	return bigOf128(a), bigOf128(b), bigOf128(c)
}

func (s *intPairState) narrow(i int) (xx, yy, xy float64, ok bool) {
	a, b, c := s.s[i].Spreads()
	return a.Float64(), b.Float64(), c.Float64(), inDouble(a) && inDouble(b) && inDouble(c)
}

// inDouble reports whether v is of a size at which doubles hold all integers.
func inDouble(v kern.I128) bool {
	const most = 1 << 53
	return v.IsInt64() && v.Lo+most <= 2*most
}

// bigOf128 is v as a number of the precision that spreads have.
func bigOf128(v kern.I128) *big.Float {
	hi := new(big.Float).SetPrec(400).SetInt64(v.Hi)
	return hi.Add(hi.SetMantExp(hi, 64), new(big.Float).SetUint64(v.Lo))
}

// intVarState is variance and standard deviation of integers of at most 32 bits.
type intVarState struct {
	wordSums[kern.SquareSums]
	spec *aggSpec
	x    []int32
}

func newIntVarState(s *aggSpec) *intVarState {
	return &intVarState{spec: s, wordSums: wordSums[kern.SquareSums]{words: kern.SquareWords, add: kern.MergeSquares}}
}

func (s *intVarState) update(r *aggRows, g []uint32) error {
	c := r.args[0]
	kern.SumSquaresGrouped(s.s, g, int32s(&s.x, c, r.n), c.Valid)
	return nil
}

func (s *intVarState) merge(src state, lo, hi int, g []uint32) error {
	s.add(s.s, g, src.(*intVarState).s[lo:hi])
	return nil
}

func (s *intVarState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	return &intVarState{spec: s.spec, wordSums: s.arranged(rows)}
}

func (s *intVarState) result() (*data.Column, error) { return s.resultAs(s.spec) }

func (s *intVarState) resultAs(spec *aggSpec) (*data.Column, error) {
	n := make([]int64, len(s.s))
	for i := range n {
		n[i] = s.s[i].N
	}
	return varResult(spec, n, func(i int, n, by int64) float64 {
		v := s.s[i].Spread()
		if inDouble(v) && n < 1<<26 {
			return v.Float64() / float64(n*by)
		}
		return quotient(bigOf128(v), n, by)
	})
}

// varResult returns variances or standard deviations; variance tells that of group i, whose spread is divided by n and by.
func varResult(s *aggSpec, n []int64, variance func(i int, n, by int64) float64) (*data.Column, error) {
	out := make([]float64, len(n))
	valid := data.NewBitmap(len(n))
	sample := strings.HasSuffix(s.name, "_samp")
	root := strings.HasPrefix(s.name, "std")
	for i, n := range n {
		less := int64(0)
		if sample {
			less = 1
		}
		if n <= less {
			continue
		}
		valid.Set(i)
		out[i] = variance(i, n, n-less)
		if root {
			out[i] = math.Sqrt(out[i])
		}
	}
	return data.FlatColumn(s.typ, out, valid), nil
}
