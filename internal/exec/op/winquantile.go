package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
)

// quantile reports whether the call is a quantile between values, over frames of any kind.
func (r *winRun) quantile(s state) bool {
	_, log := s.(*logState)
	name := r.call.spec.name
	return log && (name == "median" || name == "quantile_cont")
}

// quantiles finds the quantiles of each frame by rank, without collecting its values: O(log n) a row and quantile.
func (r *winRun) quantiles(ctx context.Context, x defs.Exclude) (*data.Column, error) {
	spec := r.call.spec
	qs, list := []float64{0.5}, false
	if spec.name != "median" {
		var err error
		if qs, list, err = constantQuantiles(spec); err != nil {
			return nil, err
		}
	}
	groups := &frameRanks{ctx: ctx, run: r, exclude: x}
	vals := groups.keep()
	out, err := interpolated(spec, qs, vals, func(keys []int64) ranked {
		groups.matrix = newWaveletMatrix(ctx, keys)
		return groups
	})
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil && list {
		out, err = quantileLists(spec, out, len(qs), groups)
	}
	if err != nil {
		return nil, err
	}
	return r.byRow(out), nil
}

// frameRanks are the frames of all positions as groups of the values that are not null and pass the filter.
type frameRanks struct {
	ctx     context.Context
	run     *winRun
	exclude defs.Exclude
	upto    []uint32 // values kept before each position
	matrix  *waveletMatrix
	frame   []frameRange
	scratch []frameRange
	asked   int
	ended   bool // the query was cancelled
}

// keep returns the values that count, in window order.
func (f *frameRanks) keep() *data.Column {
	r := f.run
	all := compute.Flatten(nil, compute.Gather(nil, r.cols[r.call.args[0]], r.o.rows))
	pass := r.counted()
	f.upto = make([]uint32, r.n+1)
	rows := make([]uint32, 0, r.n)
	for p := range r.n {
		if pass.Get(p) && !all.IsNull(p) {
			rows = append(rows, uint32(p))
		}
		f.upto[p+1] = uint32(len(rows))
	}
	return compute.Flatten(nil, compute.Gather(nil, all, rows))
}

func (f *frameRanks) count() int { return f.run.n }

// size finds the frame of a position, of which pair is asked next.
func (f *frameRanks) size(p int) int {
	f.frame = f.run.ranges(f.frame[:0], p, f.exclude)
	n := 0
	for i, r := range f.frame {
		lo, hi := f.upto[min(r.lo, f.run.n)], f.upto[max(min(r.hi, f.run.n), min(r.lo, f.run.n))]
		f.frame[i] = frameRange{int(lo), int(hi)}
		n += int(hi - lo)
	}
	return n
}

func (f *frameRanks) pair(p, k int) (a, b int64) {
	if f.asked++; f.asked&0xfff == 1 {
		f.ended = f.ctx.Err() != nil
	}
	if f.ended {
		return 0, 0 // the caller sees the cancellation
	}
	n := 0
	for _, r := range f.frame {
		n += r.hi - r.lo
	}
	f.scratch = append(f.scratch[:0], f.frame...)
	a = f.matrix.rank(f.scratch, k)
	if k+1 == n {
		return a, a
	}
	f.scratch = append(f.scratch[:0], f.frame...)
	return a, f.matrix.rank(f.scratch, k+1)
}
