package op

import (
	"math"
	"math/bits"
	"slices"
)

const (
	selectBits = 10
	selectSort = 48 // values up to which sorting is as quick
)

// rankFinder finds values by rank without sorting: it counts values by their leading bits, and goes on with those of the one count that has the rank.
type rankFinder struct {
	buf   []int64
	count [1 << selectBits]uint32
}

// pair returns the values of ranks k and k+1, or twice the last one.
func (s *rankFinder) pair(v []int64, k int) (a, b int64) {
	a = s.value(v, k)
	if k+1 == len(v) {
		return a, a
	}
	most, next := 0, int64(math.MaxInt64)
	for _, x := range v {
		if x <= a {
			most++
		} else {
			next = min(next, x)
		}
	}
	if most > k+1 {
		return a, a
	}
	return a, next
}

// value returns the value of rank k; v is not changed.
func (s *rankFinder) value(v []int64, k int) int64 {
	for own := false; ; own = true {
		if len(v) <= selectSort {
			s.buf = append(s.buf[:0], v...)
			slices.Sort(s.buf)
			return s.buf[k]
		}
		lo, hi := v[0], v[0]
		for _, x := range v {
			lo, hi = min(lo, x), max(hi, x)
		}
		shift := uint(max(bits.Len64(uint64(hi)-uint64(lo))-selectBits, 0))
		clear(s.count[:])
		for _, x := range v {
			s.count[(uint64(x)-uint64(lo))>>shift]++
		}
		at := uint64(0)
		for k >= int(s.count[at]) {
			k -= int(s.count[at])
			at++
		}
		if shift == 0 {
			return int64(uint64(lo) + at)
		}
		if !own {
			s.buf = sized(s.buf, len(v)+1)
		}
		n := 0
		buf := s.buf[:len(v)]
		for _, x := range v {
			buf[n] = x
			if (uint64(x)-uint64(lo))>>shift == at {
				n++
			}
			if n == len(buf) {
				break
			}
		}
		v = buf[:n]
	}
}
