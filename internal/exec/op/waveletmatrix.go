package op

import (
	"context"
	"math/bits"
	"slices"
)

// waveletMatrix finds the value of a rank among the values at given positions in as many steps as there are bits in the number of different values. It keeps
// a bit of every value a level, highest first; a level stands in the order of the bits before, zeros first. (Claude and Navarro, "The Wavelet Matrix", 2012.)
type waveletMatrix struct {
	values []int64 // different ones, sorted
	levels []bitLevel
}

// bitLevel is a bit of every value, with the number of ones before each word.
type bitLevel struct {
	bits  []uint64
	ones  []uint32
	zeros int
}

// before is the number of ones at positions less than i.
func (l *bitLevel) before(i int) int {
	w := i >> 6
	return int(l.ones[w]) + bits.OnesCount64(l.bits[w]&(1<<(uint(i)&63)-1))
}

// newWaveletMatrix makes the matrix of values; when the context ends it stops, and the matrix is of no use.
func newWaveletMatrix(ctx context.Context, vals []int64) *waveletMatrix {
	m := &waveletMatrix{}
	codes, next := m.encode(vals), make([]uint32, len(vals))
	for bit := bits.Len(uint(max(len(m.values)-1, 0))) - 1; bit >= 0 && ctx.Err() == nil; bit-- {
		l := bitLevel{bits: make([]uint64, len(vals)>>6+1), ones: make([]uint32, len(vals)>>6+1)}
		for i, c := range codes {
			b := uint64(c>>uint(bit)) & 1
			l.bits[i>>6] |= b << (uint(i) & 63)
			l.zeros += int(1 - b)
		}
		for w := 1; w < len(l.bits); w++ {
			l.ones[w] = l.ones[w-1] + uint32(bits.OnesCount64(l.bits[w-1]))
		}
		zero, one := 0, l.zeros
		for _, c := range codes {
			if c>>uint(bit)&1 == 0 {
				next[zero] = c
				zero++
			} else {
				next[one] = c
				one++
			}
		}
		codes, next = next, codes
		m.levels = append(m.levels, l)
	}
	return m
}

// encode numbers the different values in order and returns the number of each one. Values that lie close together are counted, others sorted.
func (m *waveletMatrix) encode(vals []int64) []uint32 {
	codes := make([]uint32, len(vals))
	if len(vals) == 0 {
		return codes
	}
	lo, hi := slices.Min(vals), slices.Max(vals)
	if span := uint64(hi) - uint64(lo); span <= uint64(len(vals)) {
		number := make([]uint32, span+1)
		for _, v := range vals {
			number[uint64(v)-uint64(lo)] = 1
		}
		for k, there := range number {
			if number[k] = uint32(len(m.values)); there != 0 {
				m.values = append(m.values, lo+int64(k))
			}
		}
		for i, v := range vals {
			codes[i] = number[uint64(v)-uint64(lo)]
		}
		return codes
	}
	m.values = slices.Compact(slices.Sorted(slices.Values(vals)))
	for i, v := range vals {
		at, _ := slices.BinarySearch(m.values, v)
		codes[i] = uint32(at)
	}
	return codes
}

// rank returns the value of rank k, from 0, among those at the positions of ranges, which it overwrites.
func (m *waveletMatrix) rank(ranges []frameRange, k int) int64 {
	code := 0
	for i := range m.levels {
		l := &m.levels[i]
		zeros := 0
		for _, r := range ranges {
			zeros += r.hi - r.lo - (l.before(r.hi) - l.before(r.lo))
		}
		code <<= 1
		one := k >= zeros
		if one {
			code |= 1
			k -= zeros
		}
		for j, r := range ranges {
			lo, hi := l.before(r.lo), l.before(r.hi)
			if one {
				ranges[j] = frameRange{l.zeros + lo, l.zeros + hi}
			} else {
				ranges[j] = frameRange{r.lo - lo, r.hi - hi}
			}
		}
	}
	return m.values[code]
}
