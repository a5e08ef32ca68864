package op

import (
	"math"
	"sort"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
)

// frames computes the frame of every position.
func (r *winRun) frames() error {
	f := r.call.frame()
	r.lo, r.hi = make([]uint32, r.n), make([]uint32, r.n)
	start, err := r.bound(f.Unit, f.Start, r.call.start, false)
	if err != nil {
		return err
	}
	end, err := r.bound(f.Unit, f.End, r.call.end, true)
	if err != nil {
		return err
	}
	for p := range r.n {
		first, past := r.o.parts[r.o.part[p]], r.o.parts[r.o.part[p]+1]
		lo, err := start(p, first, past)
		if err != nil {
			return err
		}
		hi, err := end(p, first, past)
		if err != nil {
			return err
		}
		lo, hi = min(max(lo, first), past), min(max(hi, first), past)
		r.lo[p], r.hi[p] = uint32(lo), uint32(max(lo, hi))
	}
	return nil
}

// edge returns the position where the frame of p starts, or the one after its end; it may lie outside the partition [first, past).
type edge func(p, first, past int) (int, error)

// bound returns how one end of the frame is found; offsets are in column off.
func (r *winRun) bound(unit defs.FrameUnit, b expr.Bound, off int, end bool) (edge, error) {
	switch b.Kind {
	case defs.UnboundedPreceding:
		return func(_, first, _ int) (int, error) { return first, nil }, nil
	case defs.UnboundedFollowing:
		return func(_, _, past int) (int, error) { return past, nil }, nil
	case defs.CurrentRow:
		if unit == defs.FrameRows {
			return func(p, _, _ int) (int, error) { return p + b2i(end), nil }, nil
		}
		return func(p, _, _ int) (int, error) { return r.peerEdge(p, end), nil }, nil
	}
	sign := 1
	if b.Kind == defs.Preceding {
		sign = -1
	}
	switch unit {
	case defs.FrameRows:
		return func(p, _, _ int) (int, error) {
			k, err := r.count(off, p)
			return p + sign*k + b2i(end), err
		}, nil
	case defs.FrameGroups:
		return r.groupEdge(off, sign, end), nil
	default:
		return r.rangeEdge(off, sign, end)
	}
}

func (r *winRun) peerEdge(p int, end bool) int {
	if end {
		return int(r.o.past[p])
	}
	return int(r.o.peer[p])
}

// badOffset is the error for an offset that is null or negative.
func badOffset() error {
	return fault.New(fault.Value, "the offset of a window frame must not be null or negative")
}

// count returns the offset of position p for ROWS and GROUPS, cut to the number of rows.
func (r *winRun) count(col, p int) (int, error) {
	c, row := r.cols[col], int(r.o.rows[p])
	if c.IsNull(row) {
		return 0, badOffset()
	}
	v := c.Value(row)
	if v.I.Sign() < 0 {
		return 0, badOffset()
	}
	if !v.I.IsInt64() || int64(v.I.Lo) > int64(r.n) {
		return r.n + 1, nil
	}
	return int(v.Int64()), nil
}

// groupEdge counts groups of peers.
func (r *winRun) groupEdge(off, sign int, end bool) edge {
	number := make([]int, r.n) // by position: number of its group
	var starts []int
	for p := range r.n {
		if int(r.o.peer[p]) == p {
			starts = append(starts, p)
		}
		number[p] = len(starts) - 1
	}
	starts = append(starts, r.n)
	return func(p, first, past int) (int, error) {
		k, err := r.count(off, p)
		if err != nil {
			return 0, err
		}
		g := number[p] + sign*k
		switch {
		case g < number[first]:
			return first, nil
		case g > number[past-1]:
			return past, nil
		case end:
			return starts[g+1], nil
		default:
			return starts[g], nil
		}
	}
}

// rangeEdge looks for the value at a distance from that of the row.
func (r *winRun) rangeEdge(off, sign int, end bool) (edge, error) {
	if len(r.call.order) != 1 {
		return nil, fault.New(fault.Type, "a RANGE frame with an offset needs exactly one ORDER BY key")
	}
	key := r.cols[r.call.order[0]]
	axis, err := newAxis(key, r.cols[off].Type)
	if err != nil {
		return nil, err
	}
	desc := r.call.win.Order[0].Desc
	return func(p, first, past int) (int, error) {
		row := int(r.o.rows[p])
		if key.IsNull(row) {
			return r.peerEdge(p, end), nil
		}
		to, err := axis.shifted(row, r.cols[off], (sign < 0) != desc)
		if err != nil {
			return 0, err
		}
		// Nulls stand at one end of the partition, outside of [lo, hi).
		lo, hi := first, past
		for lo < hi && key.IsNull(int(r.o.rows[lo])) {
			lo = int(r.o.past[lo])
		}
		for lo < hi && key.IsNull(int(r.o.rows[hi-1])) {
			hi = int(r.o.peer[hi-1])
		}
		return lo + sort.Search(hi-lo, func(i int) bool {
			c := axis.compare(int(r.o.rows[lo+i]), to)
			if desc {
				c = -c
			}
			return c > 0 || c == 0 && !end
		}), nil
	}, nil
}

// axis is the numbers that a RANGE frame measures on.
type axis struct {
	key   *data.Column
	float bool
	ints  []int64
	nums  []float64
	day   bool // dates, measured in microseconds
}

// axisPoint is a value on an axis.
type axisPoint struct {
	i int64
	f float64
}

func newAxis(key *data.Column, off dtype.Type) (*axis, error) {
	a := &axis{key: key, float: key.Type.IsFloat(), day: key.Type.Kind == dtype.Date}
	p := key.Type.Phys()
	fits := a.float || key.Type.IsTemporal() || key.Type.Kind == dtype.Duration || (key.Type.IsInteger() || key.Type.Kind == dtype.Decimal) && p != dtype.PhysI128
	if !fits || off.Phys() == dtype.PhysI128 {
		return nil, fault.New(fault.Unsupported, "a RANGE frame over %s with an offset of %s is not supported", key.Type, off)
	}
	if a.float {
		a.nums = make([]float64, key.Len)
		for i := range a.nums {
			a.nums[i] = key.Value(i).F
		}
		return a, nil
	}
	a.ints = make([]int64, key.Len)
	for i := range a.ints {
		a.ints[i] = key.Value(i).Int64()
		if a.day {
			a.ints[i] *= dayMicros
		}
	}
	return a, nil
}

const dayMicros = 86400 * 1_000_000

// shifted returns the value of a row plus or minus its offset.
func (a *axis) shifted(row int, off *data.Column, minus bool) (axisPoint, error) {
	if off.IsNull(row) {
		return axisPoint{}, badOffset()
	}
	v := off.Value(row)
	if a.float {
		f := v.F
		if !v.Type.IsFloat() {
			f = float64(v.Int64())
		}
		if f < 0 || f != f {
			return axisPoint{}, badOffset()
		}
		if minus {
			f = -f
		}
		return axisPoint{f: a.nums[row] + f}, nil
	}
	d := v.Int64()
	if v.Type.Kind == dtype.Interval {
		if v.Iv.Months < 0 || v.Iv.Days < 0 || v.Iv.Micros < 0 {
			return axisPoint{}, badOffset()
		}
		return axisPoint{i: a.addInterval(a.ints[row], v.Iv, minus)}, nil
	}
	if d < 0 {
		return axisPoint{}, badOffset()
	}
	switch {
	case v.Type.Kind == dtype.Decimal || a.key.Type.Kind == dtype.Decimal:
		for s := v.Type.Scale; s < a.key.Type.Scale; s++ {
			d = saturated(d, 9*d, false) // ten times
		}
	case a.day:
		d *= dayMicros
	}
	return axisPoint{i: saturated(a.ints[row], d, minus)}, nil
}

// saturated is a+b or a-b for b >= 0, cut to the range of int64.
func saturated(a, b int64, minus bool) int64 {
	switch {
	case minus && a < math.MinInt64+b:
		return math.MinInt64
	case minus:
		return a - b
	case a > math.MaxInt64-b:
		return math.MaxInt64
	default:
		return a + b
	}
}

// addInterval moves a date or timestamp by a calendar interval.
func (a *axis) addInterval(v int64, iv data.Interval, minus bool) int64 {
	perSecond := int64(1_000_000)
	if !a.day {
		perSecond = a.key.Type.Unit.PerSecond()
	}
	day := 86400 * perSecond
	if iv.Months != 0 {
		days := v / day
		if v%day < 0 {
			days--
		}
		rest := v - days*day
		y, m, d := data.CivilFromDays(days)
		months := y*12 + int64(m) - 1
		if minus {
			months -= int64(iv.Months)
		} else {
			months += int64(iv.Months)
		}
		y, m = months/12, int(months%12)
		if m < 0 {
			y, m = y-1, m+12
		}
		v = data.DaysFromCivil(y, m+1, min(d, data.DaysInMonth(y, m+1)))*day + rest
	}
	return saturated(v, int64(iv.Days)*day+iv.Micros*perSecond/1_000_000, minus)
}

// compare orders a row against a point.
func (a *axis) compare(row int, p axisPoint) int {
	if a.float {
		return compareFloats(a.nums[row], p.f)
	}
	switch v := a.ints[row]; {
	case v < p.i:
		return -1
	case v > p.i:
		return 1
	default:
		return 0
	}
}
