package op

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// quantilesOf returns the finisher of quantile_cont and quantile_disc with constant quantiles.
func quantilesOf(s *aggSpec) (finisher, bool, error) {
	qs, list, err := constantQuantiles(s)
	if err != nil {
		return nil, false, err
	}
	return finishQuantiles(qs, s.name == "quantile_disc", list), false, nil
}

// constantQuantiles returns the quantiles that an aggregate is asked for, and whether as a list.
func constantQuantiles(s *aggSpec) (qs []float64, list bool, err error) {
	v, ok := s.literal(1)
	bad := fault.New(fault.Value, "%s needs a constant quantile between 0 and 1, or a list of them", s.name)
	if !ok || v.Null {
		return nil, false, bad
	}
	list = v.Type.Kind == dtype.List
	kids := v.Kids
	if !list {
		kids = []data.Scalar{v}
	}
	for _, k := range kids {
		if k.Null || !(k.F >= 0 && k.F <= 1 || k.F >= -1 && math.Signbit(k.F) && s.name == "quantile_disc") {
			return nil, false, bad
		}
		qs = append(qs, k.F)
	}
	return qs, list, nil
}

// finishQuantiles computes quantiles of each group: by interpolation, or of values that occur.
func finishQuantiles(qs []float64, discrete, list bool) finisher {
	return func(s *aggSpec, vals *data.Column, start []uint32) (*data.Column, error) {
		var out *data.Column
		var err error
		if discrete {
			out = discreteQuantiles(qs, vals, start)
		} else {
			out, err = interpolated(s, qs, vals, func(keys []int64) ranked { return &groupRanks{vals: keys, start: start} })
		}
		if err != nil || !list {
			return out, err
		}
		return quantileLists(s, out, len(qs), &groupRanks{start: start})
	}
}

// quantileLists makes a list of the n quantiles of each group; a group without values has none.
func quantileLists(s *aggSpec, out *data.Column, n int, groups ranked) (*data.Column, error) {
	ends := make([]uint32, groups.count()+1)
	rows := make([]uint32, 0, out.Len)
	for g := range groups.count() {
		ends[g+1] = ends[g]
		if groups.size(g) == 0 {
			continue
		}
		ends[g+1] += uint32(n)
		for k := range n {
			rows = append(rows, uint32(g*n+k))
		}
	}
	return finishList(false)(s, compute.Flatten(nil, compute.Gather(nil, out, rows)), ends)
}

// ranked are groups of values that can be asked for by rank.
type ranked interface {
	count() int
	size(g int) int
	pair(g, k int) (a, b int64) // the values of ranks k and k+1 of a group, or twice the last one
}

// groupRanks are groups that stand one after the other.
type groupRanks struct {
	vals  []int64
	start []uint32
	sel   rankFinder
}

func (r *groupRanks) count() int     { return len(r.start) - 1 }
func (r *groupRanks) size(g int) int { return int(r.start[g+1] - r.start[g]) }
func (r *groupRanks) pair(g, k int) (a, b int64) {
	return r.sel.pair(r.vals[r.start[g]:r.start[g+1]], k)
}

// discreteQuantiles returns len(qs) rows for each group: the first value at which the share of values up to it reaches the quantile.
func discreteQuantiles(qs []float64, vals *data.Column, start []uint32) *data.Column {
	picks := make([]int32, 0, (len(start)-1)*len(qs))
	rows := make([]uint32, 0, data.BatchRows)
	for i := range len(start) - 1 {
		rows = rows[:0]
		for r := start[i]; r < start[i+1]; r++ {
			rows = append(rows, r)
		}
		sortedRows(vals, rows)
		for _, q := range qs {
			if len(rows) == 0 {
				picks = append(picks, -1)
				continue
			}
			picks = append(picks, int32(rows[discreteRank(q, len(rows))]))
		}
	}
	return compute.Flatten(nil, compute.GatherNullable(nil, vals, picks))
}

// discreteRank is the rank of a quantile that is one of n values; a negative one counts from the largest.
func discreteRank(q float64, n int) int {
	at := max(int(math.Ceil(math.Abs(q)*float64(n)))-1, 0)
	if math.Signbit(q) {
		at = n - 1 - at
	}
	return at
}

// interpolated returns len(qs) rows for each group; groupsOf makes the groups of the values as integers of the same order.
func interpolated(s *aggSpec, qs []float64, vals *data.Column, groupsOf func(keys []int64) ranked) (*data.Column, error) {
	t := s.typ
	if t.Kind == dtype.List {
		t = t.Elem()
	}
	in := s.args[0]
	switch {
	case t.IsFloat():
		f, err := asFloats(s, vals)
		if err != nil {
			return nil, err
		}
		keys := make([]int64, len(f))
		for i, x := range f {
			keys[i] = floatOrder(x)
		}
		groups := groupsOf(keys)
		out := eachQuantile(qs, groups, func(a, b int64, x float64) float64 {
			if a == b {
				return orderFloat(a) // also for infinities
			}
			lo, hi := orderFloat(a), orderFloat(b)
			return lo + (hi-lo)*x
		})
		return floatResult(t, out, validQuantiles(qs, groups)), nil
	case vals.Type.Phys() == dtype.PhysI128 || t.Kind == dtype.Interval:
		return nil, s.unsupported()
	}
	f := make([]int64, vals.Len)
	if vals.Type.Phys() == dtype.PhysI32 {
		kern.Convert(f, data.Slice[int32](vals))
	} else {
		copy(f, data.Slice[int64](vals))
	}
	if in.Kind == dtype.Date && t.Kind == dtype.Timestamp {
		for i := range f {
			f[i] *= 86400 * t.Unit.PerSecond()
		}
	}
	groups := groupsOf(f)
	out := eachQuantile(qs, groups, func(a, b int64, x float64) int64 {
		return a + int64(math.RoundToEven(float64(b-a)*x))
	})
	if t.Phys() == dtype.PhysI32 {
		small := make([]int32, len(out))
		kern.Convert(small, out)
		return data.FlatColumn(t, small, validQuantiles(qs, groups)), nil
	}
	return data.FlatColumn(t, out, validQuantiles(qs, groups)), nil
}

func validQuantiles(qs []float64, groups ranked) data.Bitmap {
	n := groups.count() * len(qs)
	out := data.NewBitmap(n)
	for i := range n {
		out.SetTo(i, groups.size(i/len(qs)) > 0)
	}
	if out.All(n) {
		return nil
	}
	return out
}

// eachQuantile interpolates between the values of each group at (n-1)·q.
func eachQuantile[T int64 | float64](qs []float64, groups ranked, mix func(a, b int64, x float64) T) []T {
	n := groups.count()
	out := make([]T, 0, n*len(qs))
	for i := range n {
		size := groups.size(i)
		for _, q := range qs {
			var r T
			if size > 0 {
				at := q * float64(size-1)
				lo := math.Floor(at)
				a, b := groups.pair(i, int(lo))
				if at == lo {
					b = a
				}
				r = mix(a, b, at-lo)
			}
			out = append(out, r)
		}
	}
	return out
}

// floatOrder maps doubles to integers of the same order: zeros are equal, NaN is above all.
func floatOrder(x float64) int64 {
	b := int64(math.Float64bits(x))
	switch {
	case x == 0:
		return 0
	case x != x:
		return math.MaxInt64
	}
	return b ^ int64(uint64(b>>63)>>1)
}

// orderFloat is the inverse of floatOrder.
func orderFloat(k int64) float64 {
	if k == math.MaxInt64 {
		return math.NaN()
	}
	return math.Float64frombits(uint64(k ^ int64(uint64(k>>63)>>1)))
}

// compareFloats is the total order: NaN equals NaN and is above all numbers.
func compareFloats(a, b float64) int {
	switch {
	case a < b || b != b && a == a:
		return -1
	case a > b || a != a && b == b:
		return 1
	default:
		return 0
	}
}

// asFloats copies numbers as doubles.
func asFloats(s *aggSpec, c *data.Column) ([]float64, error) {
	out := make([]float64, c.Len)
	switch c.Type.Phys() {
	case dtype.PhysF64:
		copy(out, data.Slice[float64](c))
	case dtype.PhysF32:
		kern.Convert(out, data.Slice[float32](c))
	case dtype.PhysI8:
		kern.Convert(out, data.Slice[int8](c))
	case dtype.PhysI16:
		kern.Convert(out, data.Slice[int16](c))
	case dtype.PhysI32:
		kern.Convert(out, data.Slice[int32](c))
	case dtype.PhysI64:
		kern.Convert(out, data.Slice[int64](c))
	case dtype.PhysU8:
		kern.Convert(out, data.Slice[uint8](c))
	case dtype.PhysU16:
		kern.Convert(out, data.Slice[uint16](c))
	case dtype.PhysU32:
		kern.Convert(out, data.Slice[uint32](c))
	case dtype.PhysU64:
		kern.Convert(out, data.Slice[uint64](c))
	case dtype.PhysI128:
		kern.I128ToFloat(out, kwide(data.Slice[data.Int128](c)), 1)
	default:
		return nil, s.unsupported()
	}
	return out, nil
}

func floatResult(t dtype.Type, v []float64, valid data.Bitmap) *data.Column {
	if t.Phys() == dtype.PhysF32 {
		small := make([]float32, len(v))
		kern.Convert(small, v)
		return data.FlatColumn(t, small, valid)
	}
	return data.FlatColumn(t, v, valid)
}
