package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/kern"
)

// varState is variance and standard deviation from exact sums of the values and of their squares, which are split in two doubles without loss.
type varState struct {
	spec   *aggSpec
	n      []int64
	sum    floatAcc
	hi, lo floatAcc // squares
	sq, sr []float64
}

func newVarState(s *aggSpec) *varState {
	return &varState{spec: s, sum: floatAcc{base: &s.bases[0]}, hi: floatAcc{base: &s.bases[1]}, lo: floatAcc{base: &s.bases[2]}}
}

func (s *varState) grow(n int) {
	s.n = widened(s.n, n)
	s.sum.grow(n)
	s.hi.grow(n)
	s.lo.grow(n)
}

func (s *varState) update(r *aggRows, g []uint32) error {
	c := r.args[0]
	v := data.Slice[float64](c)
	kern.CountGrouped(s.n, g, c.Valid)
	addFloats(&s.sum, g, v, c.Valid)
	s.sq, s.sr = sized(s.sq, r.n), sized(s.sr, r.n)
	kern.ProductExact(s.sq, s.sr, v, v)
	addFloats(&s.hi, g, s.sq, c.Valid)
	addFloats(&s.lo, g, s.sr, c.Valid)
	return nil
}

func (s *varState) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*varState)
	kern.SumGrouped(s.n, g, o.n[lo:hi], nil)
	s.sum.merge(&o.sum, lo, hi, g)
	s.hi.merge(&o.hi, lo, hi, g)
	s.lo.merge(&o.lo, lo, hi, g)
	return nil
}

func (s *varState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	return &varState{spec: s.spec, n: arranged(s.n, rows), sum: s.sum.arrange(rows), hi: s.hi.arrange(rows), lo: s.lo.arrange(rows)}
}

func (s *varState) result() (*data.Column, error) { return s.resultAs(s.spec) }

func (s *varState) resultAs(spec *aggSpec) (*data.Column, error) {
	return varResult(spec, s.n, s.variance)
}

// variance is (sum of squares - sum²/n) / by, without the cancellation that doubles would suffer.
func (s *varState) variance(i int, n, by int64) float64 {
	v := spread(i, n, &s.sum, &s.sum, &s.hi, &s.lo)
	if v != nil && v.Sign() <= 0 {
		return 0
	}
	return quotient(v, n, by)
}

func (s *varState) bytes() int64 {
	return 8*int64(cap(s.n)) + s.sum.bytes() + s.hi.bytes() + s.lo.bytes()
}
