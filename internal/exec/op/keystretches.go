package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

// keyStretches is an integer column of which several workers enter the rows into an array by key: each takes a range of keys, so that none writes where
// another does and the rows of a key keep their order. A stretch of rows whose least and greatest key lie on one side of a range costs nothing, as
// nearly all do where rows come in the order of their keys.
type keyStretches[T smallInt] struct {
	vals   []T
	valid  data.Bitmap
	lo, hi []T // by stretch of morselRows rows
	some   []bool
	ranges int
}

// stretchesOf finds the bounds of the stretches of a Flat column.
func stretchesOf[T smallInt](ctx context.Context, crew *exec.Crew, c *data.Column) (*keyStretches[T], error) {
	n := (c.Len + morselRows - 1) / morselRows
	s := &keyStretches[T]{vals: data.Slice[T](c), lo: make([]T, n), hi: make([]T, n), some: make([]bool, n), ranges: min(max(crew.Threads, 1), n/2+1)}
	if c.HasNulls() {
		s.valid = c.Valid
	}
	err := crew.Each(ctx, n, func(_ context.Context, _, i int) error {
		from, to := i*morselRows, min(len(s.vals), (i+1)*morselRows)
		var valid data.Bitmap
		if s.valid != nil {
			valid = s.valid[from>>6:]
		}
		s.lo[i], s.some[i] = kern.Min(s.vals[from:to], valid)
		s.hi[i], _ = kern.Max(s.vals[from:to], valid)
		return nil
	})
	return s, err
}

// bounds returns the least and the greatest key; some is false if all are null.
func (s *keyStretches[T]) bounds() (lo, hi T, some bool) {
	for i, ok := range s.some {
		switch {
		case !ok:
		case !some:
			lo, hi, some = s.lo[i], s.hi[i], true
		default:
			lo, hi = min(lo, s.lo[i]), max(hi, s.hi[i])
		}
	}
	return lo, hi, some
}

// divide lets each worker have a range [from, to) of the places 0..places-1, which begins at a multiple of 64.
func (s *keyStretches[T]) divide(ctx context.Context, crew *exec.Crew, places uint64, fn func(ctx context.Context, from, to uint64) error) error {
	each := (places/uint64(s.ranges) + 64) &^ 63
	return crew.Each(ctx, s.ranges, func(ctx context.Context, _, i int) error {
		from := min(uint64(i)*each, places)
		return fn(ctx, from, min(from+each, places))
	})
}

// rows hands the rows with keys at the places [from, to) after least to fn, the last stretch first: [lo, hi) of them if rows is nil, otherwise rows,
// which ascend.
func (s *keyStretches[T]) rows(ctx context.Context, least int64, from, to uint64, fn func(lo, hi int, rows []uint32)) error {
	var buf [data.BatchRows]uint32
	for i := len(s.some) - 1; i >= 0; i-- {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		first, last := uint64(int64(s.lo[i]))-uint64(least), uint64(int64(s.hi[i]))-uint64(least)
		lo, hi := i*morselRows, min(len(s.vals), (i+1)*morselRows)
		switch {
		case !s.some[i] || last < from || first >= to:
		case s.valid == nil && first >= from && last < to:
			fn(lo, hi, nil)
		default:
			for at := lo + (hi-lo-1)/len(buf)*len(buf); at >= lo; at -= len(buf) {
				if rows := s.pick(buf[:], at, min(hi, at+len(buf)), least, from, to); len(rows) > 0 {
					fn(at, hi, rows)
				}
			}
		}
	}
	return nil
}

// pick returns in dst the rows of [lo, hi) with keys at the places [from, to) after least. All places are below 1<<63.
func (s *keyStretches[T]) pick(dst []uint32, lo, hi int, least int64, from, to uint64) []uint32 {
	k := 0
	for r := lo; r < hi; r++ {
		at := uint64(int64(s.vals[r])) - uint64(least)
		in := ^(at - from) & (at - to) >> 63 // at is not below from, but below to
		if s.valid != nil {
			in &= s.valid[r>>6] >> (r & 63)
		}
		dst[k] = uint32(r)
		k += int(in & 1)
	}
	return dst[:k]
}
