package kern

import (
	"math"
	"math/bits"
)

// bigWords holds every double (2,098 bits from 2^-1074 up) with 78 bits to spare, so
// that 2^77 of them cannot overflow.
const bigWords = 34

// BigSum is an exact sum of any doubles: a two's-complement fixed-point number whose
// least bit weighs 2^-1074, and flags for what is not finite. It is the escape of
// FloatSum; the zero value is 0. It has no pointers, so it can be stored as words.
type BigSum struct {
	W       [bigWords]uint64
	Special uint64 // the flags below
}

// Flags of BigSum.Special.
const (
	sawNaN = 1 << iota
	sawInf
	sawNegInf
)

// Add adds v.
func (s *BigSum) Add(v float64) {
	b := math.Float64bits(v)
	e, m := b>>52&0x7ff, b&(1<<52-1)
	switch {
	case e == 0x7ff && m != 0:
		s.Special |= sawNaN
	case e == 0x7ff && int64(b) < 0:
		s.Special |= sawNegInf
	case e == 0x7ff:
		s.Special |= sawInf
	case e == 0:
		s.addAt(0, m, 0, int64(b) < 0)
	default:
		s.addAt(uint(e-1), m|1<<52, 0, int64(b) < 0)
	}
}

// AddWindow adds a window of the given base.
func (s *BigSum) AddWindow(p FloatSum, base uint64) {
	neg := uint64(int64(p.Hi) >> 63)
	lo, c := bits.Sub64(p.Lo^neg, neg, 0)
	hi, _ := bits.Sub64(p.Hi^neg, neg, c)
	s.addAt(uint(base-1), lo, hi, neg != 0)
}

// addAt adds or subtracts {hi, lo} << p.
func (s *BigSum) addAt(p uint, lo, hi uint64, neg bool) {
	i, k := p>>6, p&63
	w := [3]uint64{lo << k, hi<<k | lo>>1>>(63-k), hi >> 1 >> (63 - k)}
	var c uint64
	if neg {
		for j := uint(0); i+j < bigWords && (j < 3 || c != 0); j++ {
			var x uint64
			if j < 3 {
				x = w[j]
			}
			s.W[i+j], c = bits.Sub64(s.W[i+j], x, c)
		}
		return
	}
	for j := uint(0); i+j < bigWords && (j < 3 || c != 0); j++ {
		var x uint64
		if j < 3 {
			x = w[j]
		}
		s.W[i+j], c = bits.Add64(s.W[i+j], x, c)
	}
}

// Merge adds another sum.
func (s *BigSum) Merge(o *BigSum) {
	var c uint64
	for i, x := range &o.W {
		s.W[i], c = bits.Add64(s.W[i], x, c)
	}
	s.Special |= o.Special
}

// Round returns the double nearest to the sum, ties to even: infinite beyond the
// largest double, NaN when a NaN or infinities of both signs went in, +0 when all
// cancelled.
func (s *BigSum) Round() float64 {
	switch s.Special {
	case 0:
	case sawInf:
		return math.Inf(1)
	case sawNegInf:
		return math.Inf(-1)
	default:
		return math.NaN()
	}
	w := s.W
	neg := int64(w[bigWords-1]) < 0
	if neg {
		var c uint64
		for i := range w {
			w[i], c = bits.Sub64(0, w[i], c)
		}
	}
	top := bigWords - 1
	for top > 0 && w[top] == 0 {
		top--
	}
	n := top<<6 + bits.Len64(w[top])
	var f float64
	switch {
	case n <= 53:
		// Up to 2^53, a multiple of 2^-1074 has itself as its bit pattern.
		f = math.Float64frombits(w[0])
	case n <= 64:
		f = math.Ldexp(float64(w[0]), -1074)
	default:
		k := uint(bits.LeadingZeros64(w[top]))
		x := w[top]<<k | w[top-1]>>1>>(63-k)
		sticky := w[top-1] << k
		for _, y := range w[:top-1] {
			sticky |= y
		}
		if sticky != 0 {
			x |= 1
		}
		f = math.Ldexp(float64(x), n-64-1074)
	}
	if neg {
		return -f
	}
	return f
}
