package op

import (
	"context"
	"slices"

	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

const (
	sortDigit    = 10      // bits of the first, parallel pass
	sortParallel = 1 << 15 // rows from which it is worth it
)

// sortRows returns the rows 0..n-1 in the order of the levels; equal rows keep their order. The words of the first level come along in that order,
// or nil if they were not at hand.
func sortRows(ctx context.Context, crew *exec.Crew, levels []level, n int) (rows []uint32, words []kern.KeyRow, err error) {
	rows = make([]uint32, n)
	kern.SelIota(rows, 0)
	if len(levels) == 0 {
		return rows, nil, nil
	}
	if levels[0].words == nil || n < sortParallel {
		s := sorter{levels: levels}
		s.sort(rows, 0)
		return rows, nil, nil
	}
	words, err = sortParts(ctx, crew, levels, rows)
	return rows, words, err
}

// sorter sorts parts of the rows on one worker.
type sorter struct {
	levels []level
	a, b   []kern.KeyRow
}

// sort orders rows, which are equal on the levels before at.
func (s *sorter) sort(rows []uint32, at int) {
	if len(rows) < 2 || at == len(s.levels) {
		return
	}
	l := &s.levels[at]
	if l.words == nil {
		slices.SortStableFunc(rows, l.cmp)
		for lo := 0; lo < len(rows); {
			hi := lo + 1
			for hi < len(rows) && l.cmp(rows[lo], rows[hi]) == 0 {
				hi++
			}
			s.sort(rows[lo:hi], at+1)
			lo = hi
		}
		return
	}
	s.a, s.b = sized(s.a, len(rows)), sized(s.b, len(rows))
	for i, r := range rows {
		s.a[i] = kern.KeyRow{Key: l.words[r], Row: r}
	}
	kern.SortMSD(s.a, s.b, l.width)
	for i := range s.a {
		rows[i] = s.a[i].Row
	}
	s.ties(rows, l.words, at)
}

// ties sorts runs of equal words by the levels after at.
func (s *sorter) ties(rows []uint32, words []uint64, at int) {
	if at+1 == len(s.levels) {
		return
	}
	for lo := 0; lo < len(rows); {
		hi, w := lo+1, words[rows[lo]]
		for hi < len(rows) && words[rows[hi]] == w {
			hi++
		}
		s.sort(rows[lo:hi], at+1)
		lo = hi
	}
}

// sortParts deals the rows into parts by the first digit of the first word, stably and in parallel, and sorts the parts. It returns the sorted
// words.
func sortParts(ctx context.Context, crew *exec.Crew, levels []level, out []uint32) ([]kern.KeyRow, error) {
	n := len(out)
	l := &levels[0]
	shift := max(0, l.width-sortDigit)
	ranges := (n + morselRows - 1) / morselRows
	size := 1 << min(sortDigit, l.width)
	counts := make([]uint32, ranges*size)
	rangeOf := func(p int) (lo, hi int) { return p * morselRows, min(n, (p+1)*morselRows) }
	if err := crew.Each(ctx, ranges, func(_ context.Context, _, p int) error {
		lo, hi := rangeOf(p)
		c := counts[p*size : (p+1)*size]
		for _, w := range l.words[lo:hi] {
			c[w>>shift]++
		}
		return nil
	}); err != nil {
		return nil, err
	}
	start := make([]uint32, size+1)
	sum := uint32(0)
	for d := range size {
		start[d] = sum
		for p := range ranges {
			c := &counts[p*size+d]
			*c, sum = sum, sum+*c
		}
	}
	start[size] = sum
	keys, spare := make([]kern.KeyRow, n), make([]kern.KeyRow, n)
	if err := crew.Each(ctx, ranges, func(_ context.Context, _, p int) error {
		lo, hi := rangeOf(p)
		c := counts[p*size : (p+1)*size]
		for i, w := range l.words[lo:hi] {
			d := w >> shift
			keys[c[d]] = kern.KeyRow{Key: w, Row: uint32(lo + i)}
			c[d]++
		}
		return nil
	}); err != nil {
		return nil, err
	}
	workers := make([]sorter, max(crew.Threads, 1))
	return keys, crew.Each(ctx, size, func(_ context.Context, w, d int) error {
		lo, hi := start[d], start[d+1]
		part := keys[lo:hi]
		if len(part) == 0 {
			return nil
		}
		kern.SortMSD(part, spare[lo:hi], shift)
		for i := range part {
			out[int(lo)+i] = part[i].Row
		}
		workers[w].levels = levels
		workers[w].ties(out[lo:hi], l.words, 0)
		return nil
	})
}
