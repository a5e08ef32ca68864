package kern

import (
	"math"
	"math/bits"
)

// Exact float sums. A FloatSum is a window of 128 bits into the sum, 16 bytes a group
// and no pointer: a fixed-point number whose least bit weighs 2^(base-1075). Every
// double with a biased exponent in [base, base+64) goes in without loss, so what is
// in there does not depend on order, batches or workers. The rest (tiny, huge, NaN,
// infinite, or a window that would overflow) goes to a BigSum, which takes all
// doubles; the kernels say which rows. Window plus BigSum, rounded once, is the
// correctly rounded exact sum whatever base is; a good base only keeps the BigSum
// from being needed. All windows of one aggregate should share one base: then
// they merge by one addition.

// FloatSum is the window: a two's-complement 128-bit number. The zero value is 0.
type FloatSum struct{ Lo, Hi uint64 }

// Bases lie in [1, baseMax], so that neither subnormal numbers nor infinities can
// enter a window. DefaultBase suits magnitudes from 2^-40 to 2^23.
const (
	DefaultBase = 1023 - 40
	baseMax     = 0x7fe - 63
)

// ChooseBase returns a base for data like src: its largest magnitude and all from
// 2^-40 to 2^23 times as much fit the window. Without a nonzero finite value it
// is DefaultBase.
func ChooseBase[T Float](src []T, valid []uint64) uint64 {
	top := uint64(0)
	for i, x := range src {
		if e := math.Float64bits(float64(x)) >> 52 & 0x7ff; e != 0x7ff && bitAt(valid, i) {
			top = max(top, e)
		}
	}
	if top == 0 {
		return DefaultBase
	}
	return min(max(top, 41)-40, baseMax)
}

// SumFloat adds the valid rows to s, or to big what does not fit.
func SumFloat[T Float](s *FloatSum, big *BigSum, base uint64, src []T, valid []uint64) {
	p := *s
	for i, x := range src {
		if !bitAt(valid, i) {
			continue
		}
		b := math.Float64bits(float64(x))
		sh := b>>52&0x7ff - base
		if sh > 63 {
			if b<<1 != 0 {
				big.Add(float64(x))
			}
			continue
		}
		m := b&(1<<52-1) | 1<<52
		neg := uint64(int64(b) >> 63)
		lo, c := bits.Sub64(m<<(sh&63)^neg, neg, 0)
		hi, _ := bits.Sub64(m>>1>>(63-sh&63)^neg, neg, c)
		nl, c := bits.Add64(p.Lo, lo, 0)
		nh, _ := bits.Add64(p.Hi, hi, c)
		if int64((nh^p.Hi)&(nh^hi)) < 0 {
			big.Add(float64(x))
			continue
		}
		p = FloatSum{nl, nh}
	}
	*s = p
}

// SumFloatGrouped adds the valid rows to the windows of their groups. It writes the
// rows that do not fit to spill, which has room for all, and returns how many;
// the caller adds those to BigSums of its own.
func SumFloatGrouped[T Float](s []FloatSum, g []uint32, base uint64, src []T, valid []uint64, spill []uint32) int {
	src, spill = src[:len(g)], spill[:len(g)]
	n := 0
	for i, x := range g {
		if !bitAt(valid, i) {
			continue
		}
		b := math.Float64bits(float64(src[i]))
		sh := b>>52&0x7ff - base
		if sh > 63 {
			if b<<1 != 0 {
				spill[n] = uint32(i)
				n++
			}
			continue
		}
		m := b&(1<<52-1) | 1<<52
		neg := uint64(int64(b) >> 63)
		lo, c := bits.Sub64(m<<(sh&63)^neg, neg, 0)
		hi, _ := bits.Sub64(m>>1>>(63-sh&63)^neg, neg, c)
		p := &s[x]
		nl, c := bits.Add64(p.Lo, lo, 0)
		nh, _ := bits.Add64(p.Hi, hi, c)
		if int64((nh^p.Hi)&(nh^hi)) < 0 {
			spill[n] = uint32(i)
			n++
			continue
		}
		p.Lo, p.Hi = nl, nh
	}
	return n
}

// MergeFloatSums adds src[i] to s[g[i]], all of one base. It writes the rows whose
// sum would overflow to spill, which has room for all, and returns how many.
func MergeFloatSums(s []FloatSum, g []uint32, src []FloatSum, spill []uint32) int {
	src, spill = src[:len(g)], spill[:len(g)]
	n := 0
	for i, x := range g {
		p, v := &s[x], src[i]
		lo, c := bits.Add64(p.Lo, v.Lo, 0)
		hi, _ := bits.Add64(p.Hi, v.Hi, c)
		if int64((hi^p.Hi)&(hi^v.Hi)) < 0 {
			spill[n] = uint32(i)
			n++
			continue
		}
		p.Lo, p.Hi = lo, hi
	}
	return n
}

// Round returns the double nearest to a window that has no BigSum beside it, ties
// to even. An empty or cancelled sum is +0.
func (p FloatSum) Round(base uint64) float64 {
	neg := uint64(int64(p.Hi) >> 63)
	lo, c := bits.Sub64(p.Lo^neg, neg, 0)
	hi, _ := bits.Sub64(p.Hi^neg, neg, c)
	e := int(base) - 1075
	if hi != 0 {
		n := bits.LeadingZeros64(hi)
		top := hi<<n | lo>>1>>(63-n)
		if lo<<n != 0 {
			top |= 1 // sticky: far below the rounding bit
		}
		lo, e = top, e+64-n
	}
	// A result below the normal range is a multiple of 2^-1074 that needs no rounding,
	// so Ldexp never rounds a second time.
	f := math.Ldexp(float64(lo), e)
	if neg != 0 {
		return -f
	}
	return f
}

// RoundFloatSums rounds windows that have no BigSum beside them.
func RoundFloatSums(dst []float64, s []FloatSum, base uint64) {
	s = s[:len(dst)]
	for i, p := range s {
		dst[i] = p.Round(base)
	}
}

// ProductExact splits the products of a and b into hi + lo without loss, unless a product
// is beyond the range of a double (then hi is infinite and lo 0) or below 2^-960.
// Exact sums of both give sums of products that no order can change.
func ProductExact(hi, lo, a, b []float64) {
	hi, lo, b = hi[:len(a)], lo[:len(a)], b[:len(a)]
	for i, x := range a {
		h := x * b[i]
		l := math.FMA(x, b[i], -h)
		if !(math.Abs(h) <= math.MaxFloat64) {
			l = 0
		}
		hi[i], lo[i] = h, l
	}
}
