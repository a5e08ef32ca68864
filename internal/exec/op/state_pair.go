package op

import (
	"math/big"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// The exact sums of a pairState: of the values, and of their products in two parts each.
const (
	pairX = iota
	pairY
	pairXX
	pairYY = pairXX + 2
	pairXY = pairYY + 2
	pairs  = pairXY + 2
)

// pairState is the statistics of pairs of floats. Its sums are exact, so results depend neither on the order of rows nor
// on the size of the values.
type pairState struct {
	spec   *aggSpec
	n      []int64
	sums   [pairs]floatAcc
	both   data.Bitmap
	hi, lo []float64
}

func newPairState(s *aggSpec) *pairState {
	out := &pairState{spec: s}
	for i := range out.sums {
		out.sums[i].base = &s.bases[i]
	}
	return out
}

func (s *pairState) grow(n int) {
	s.n = widened(s.n, n)
	for i := range s.sums {
		s.sums[i].grow(n)
	}
}

func (s *pairState) update(r *aggRows, g []uint32) error {
	y, x := r.args[0], r.args[1]
	valid := bothValid(&s.both, x, y, r.n)
	xs, ys := data.Slice[float64](x), data.Slice[float64](y)
	kern.CountGrouped(s.n, g, valid)
	addFloats(&s.sums[pairX], g, xs, valid)
	addFloats(&s.sums[pairY], g, ys, valid)
	s.hi, s.lo = sized(s.hi, r.n), sized(s.lo, r.n)
	for _, p := range [...]struct {
		at   int
		a, b []float64
	}{{pairXX, xs, xs}, {pairYY, ys, ys}, {pairXY, xs, ys}} {
		kern.ProductExact(s.hi, s.lo, p.a, p.b)
		addFloats(&s.sums[p.at], g, s.hi, valid)
		addFloats(&s.sums[p.at+1], g, s.lo, valid)
	}
	return nil
}

func (s *pairState) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*pairState)
	kern.SumGrouped(s.n, g, o.n[lo:hi], nil)
	for i := range s.sums {
		s.sums[i].merge(&o.sums[i], lo, hi, g)
	}
	return nil
}

func (s *pairState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	out := &pairState{spec: s.spec, n: arranged(s.n, rows)}
	for i := range s.sums {
		out.sums[i] = s.sums[i].arrange(rows)
	}
	return out
}

func (s *pairState) bytes() int64 {
	n := 8 * int64(cap(s.n))
	for i := range s.sums {
		n += s.sums[i].bytes()
	}
	return n
}

func (s *pairState) kinds(dst []wordKind) []wordKind {
	dst = append(dst, wordPlain)
	for i := range s.sums {
		dst = s.sums[i].kinds(dst)
	}
	return dst
}

func (s *pairState) pack(_ *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	dst = append(dst, plainCol(s.n[lo:hi]))
	for i := range s.sums {
		dst = s.sums[i].pack(dst, lo, hi)
	}
	return dst
}

func (s *pairState) absorb(p *packedRows, g []uint32) error {
	kern.SumGrouped(s.n, g, data.FixedSlice[int64](p.fixed(8)), nil)
	for i := range s.sums {
		s.sums[i].absorb(p, g)
	}
	return nil
}

func (s *pairState) result() (*data.Column, error) { return s.resultAs(s.spec) }

func (s *pairState) resultAs(spec *aggSpec) (*data.Column, error) { return pairResult(spec, s.n, s) }

func (s *pairState) totals(i int) (x, y float64) {
	return s.sums[pairX].round(i), s.sums[pairY].round(i)
}

func (s *pairState) spreads(i int) (xx, yy, xy *big.Float) {
	n := s.n[i]
	return s.spread(i, n, pairX, pairX, pairXX), s.spread(i, n, pairY, pairY, pairYY), s.spread(i, n, pairX, pairY, pairXY)
}

func (s *pairState) narrow(int) (xx, yy, xy float64, ok bool) { return 0, 0, 0, false }

// spread is n·Σab − Σa·Σb of group i, or nil where a value or a product is not finite.
func (s *pairState) spread(i int, n int64, a, b, ab int) *big.Float {
	return spread(i, n, &s.sums[a], &s.sums[b], &s.sums[ab], &s.sums[ab+1])
}

// spread is n·Σab − Σa·Σb of group i, without the cancellation that doubles would suffer; hi and lo are the two parts of
// Σab. It is nil where a sum is not finite.
func spread(i int, n int64, a, b, hi, lo *floatAcc) *big.Float {
	sumA, okA := exactly(i, a)
	sumB, okB := exactly(i, b)
	sum, okHi := exactly(i, hi)
	low, okLo := exactly(i, lo)
	if !okA || !okB || !okHi || !okLo {
		return nil
	}
	sum.Add(sum, low)
	sum.Mul(sum, new(big.Float).SetInt64(n))
	return sum.Sub(sum, sumA.Mul(sumA, sumB))
}

// exactly is a sum to about 106 bits, or false if it is not finite.
func exactly(i int, a *floatAcc) (*big.Float, bool) {
	hi, lo := a.pair(i)
	if hi-hi != 0 {
		return nil, false
	}
	v := new(big.Float).SetPrec(400).SetFloat64(hi)
	return v.Add(v, new(big.Float).SetFloat64(lo)), true
}
