package op

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) limit(n *phys.Limit) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	lo, hi := n.Offset, int64(math.MaxInt64)
	if n.Count >= 0 && n.Count < hi-lo {
		hi = lo + n.Count
	}
	s := &sequence{mem: b.account(n.ID, "limit"), most: -1, place: func() placer {
		return func(start int64, b *data.Batch, emit exec.Emit) error { return cut(lo, hi, start, b, emit) }
	}}
	if hi < math.MaxInt64 {
		s.most = hi
	}
	return b.stage(n, legs, s), nil
}

// cut emits the rows of b whose numbers, counted from start, are in [lo, hi), and stops once hi is reached.
func cut(lo, hi, start int64, b *data.Batch, emit exec.Emit) error {
	end := start + int64(b.Len)
	from, to := max(lo, start), min(hi, end)
	if from < to {
		skipped := int(from - start)
		if from > start || to < end {
			b = b.Slice(skipped, int(to-start))
		}
		if err := emit(b); err != nil {
			return exec.Trace(err, func(row int) int { return skipped + row })
		}
	}
	if end >= hi {
		return exec.Stop
	}
	return nil
}
