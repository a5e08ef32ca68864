package op

import (
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

func newWaveletMatrix(vals []int64) *waveletMatrix {
	m := &waveletMatrix{values: slices.Compact(slices.Sorted(slices.Values(vals)))}
	codes, next := make([]uint32, len(vals)), make([]uint32, len(vals))
	for i, v := range vals {
		at, _ := slices.BinarySearch(m.values, v)
		codes[i] = uint32(at)
	}
	for bit := bits.Len(uint(max(len(m.values)-1, 0))) - 1; bit >= 0; bit-- {
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
