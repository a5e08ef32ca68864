package op

import (
	"context"
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
)

// frames computes the frame of every position.
func (r *winRun) frames(ctx context.Context) error {
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
		if p&0xfff == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		first, past := r.o.bounds(p)
		lo, err := start(ctx, p, first, past)
		if err != nil {
			return err
		}
		hi, err := end(ctx, p, first, past)
		if err != nil {
			return err
		}
		lo, hi = min(max(lo, first), past), min(max(hi, first), past)
		r.lo[p], r.hi[p] = uint32(lo), uint32(max(lo, hi))
	}
	return nil
}

// edge returns the position where the frame of row p of the order starts, or the one after its end; it may lie outside the partition [first, past).
type edge func(ctx context.Context, p, first, past int) (int, error)

// bound returns how one end of the frame is found; offsets are in column off.
func (r *winRun) bound(unit defs.FrameUnit, b expr.Bound, off int, end bool) (edge, error) {
	switch b.Kind {
	case defs.UnboundedPreceding:
		return func(_ context.Context, _, first, _ int) (int, error) { return first, nil }, nil
	case defs.UnboundedFollowing:
		return func(_ context.Context, _, _, past int) (int, error) { return past, nil }, nil
	case defs.CurrentRow:
		if unit == defs.FrameRows {
			return func(_ context.Context, p, _, _ int) (int, error) { return r.o.base + p + b2i(end), nil }, nil
		}
		return func(_ context.Context, p, _, _ int) (int, error) { return r.peerEdge(p, end), nil }, nil
	}
	sign := 1
	if b.Kind == defs.Preceding {
		sign = -1
	}
	switch unit {
	case defs.FrameRows:
		return func(_ context.Context, p, _, _ int) (int, error) {
			k, err := r.count(off, p)
			return r.o.base + p + sign*k + b2i(end), err
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

// count returns the offset of row p of the order for ROWS and GROUPS, cut to the number of rows.
func (r *winRun) count(col, p int) (int, error) {
	c, row := r.cols[col], int(r.o.rows[p])
	if c.IsNull(row) {
		return 0, badOffset()
	}
	v := c.Value(row)
	if v.I.Sign() < 0 {
		return 0, badOffset()
	}
	if n := r.total(); !v.I.IsInt64() || int64(v.I.Lo) > int64(n) {
		return n + 1, nil
	}
	return int(v.Int64()), nil
}

// groupEdge counts groups of peers.
func (r *winRun) groupEdge(off, sign int, end bool) edge {
	last := -1 // the end of the partition that least and most, its groups, are known of
	var least, most int
	return func(ctx context.Context, p, first, past int) (int, error) {
		k, err := r.count(off, p)
		if err != nil {
			return 0, err
		}
		if past != last {
			if least, err = r.group(ctx, first); err != nil {
				return 0, err
			}
			if most, err = r.group(ctx, past-1); err != nil {
				return 0, err
			}
			last = past
		}
		g := r.numbered().number[p] + sign*k
		switch {
		case g < least:
			return first, nil
		case g > most || g == most && end:
			return past, nil
		default:
			return r.groupStart(ctx, g+b2i(end))
		}
	}
}

// numbered returns the groups of peers of the rows at hand.
func (x *winRows) numbered() *winGroups {
	if x.groups == nil {
		x.groups = &winGroups{}
	}
	g := x.groups
	if g.number == nil {
		g.number = make([]int, x.n)
		for p := range x.n {
			if int(x.o.peer[p]) == x.o.base+p {
				g.starts = append(g.starts, x.o.peer[p])
			}
			g.number[p] = g.base + len(g.starts) - 1
		}
	}
	return g
}

// group returns the number of the group of position q.
func (r *winRun) group(ctx context.Context, q int) (int, error) {
	x, err := r.at(ctx, q)
	if err != nil {
		return 0, err
	}
	return x.numbered().number[q-x.o.base], nil
}

// groupStart returns the first position of a group.
func (r *winRun) groupStart(ctx context.Context, g int) (int, error) {
	x := r.winRows
	if r.tape != nil {
		var err error
		if x, err = r.read.page(ctx, r.tape.pageOfGroup(g)); err != nil {
			return 0, err
		}
	}
	n := x.numbered()
	return int(n.starts[g-n.base]), nil
}

// rangeEdge looks for the value at a distance from that of the row.
func (r *winRun) rangeEdge(off, sign int, end bool) (edge, error) {
	if len(r.call.order) != 1 {
		return nil, fault.New(fault.Type, "a RANGE frame with an offset needs exactly one ORDER BY key")
	}
	key := r.call.order[0]
	if _, err := r.axis(key, off); err != nil {
		return nil, err
	}
	desc := r.call.win.Order[0].Desc
	last, guess := -1, 0 // the end of the partition whose values are in [least, most), and the last answer
	var least, most int
	return func(ctx context.Context, p, first, past int) (int, error) {
		row := int(r.o.rows[p])
		if r.cols[key].IsNull(row) {
			return r.peerEdge(p, end), nil
		}
		a, err := r.axis(key, off)
		if err != nil {
			return 0, err
		}
		to, err := a.shifted(row, r.cols[off], (sign < 0) != desc)
		if err != nil {
			return 0, err
		}
		if past != last {
			if least, most, err = r.valued(ctx, key, first, past); err != nil {
				return 0, err
			}
			last, guess = past, least
		}
		guess, err = searchNear(least, most, guess, func(q int) (bool, error) {
			x, err := r.at(ctx, q)
			if err != nil {
				return false, err
			}
			a, err := x.axis(key, off)
			if err != nil {
				return false, err
			}
			c := a.compare(int(x.o.rows[q-x.o.base]), to)
			if desc {
				c = -c
			}
			return c > 0 || c == 0 && !end, nil
		})
		return guess, err
	}, nil
}

// valued returns the positions of a partition at which the key is not null: nulls stand at one end.
func (r *winRun) valued(ctx context.Context, key, first, past int) (lo, hi int, err error) {
	for lo, hi = first, past; lo < hi; {
		x, err := r.at(ctx, lo)
		if err != nil {
			return 0, 0, err
		}
		if p := lo - x.o.base; x.cols[key].IsNull(int(x.o.rows[p])) {
			lo = int(x.o.past[p])
			continue
		}
		if x, err = r.at(ctx, hi-1); err != nil {
			return 0, 0, err
		}
		p := hi - 1 - x.o.base
		if !x.cols[key].IsNull(int(x.o.rows[p])) {
			break
		}
		hi = int(x.o.peer[p])
	}
	return lo, hi, nil
}

// searchNear returns the first position in [lo, hi) at which past says true, as it does for all positions after it, or hi. It looks near guess first,
// since the next row's frame is hardly ever far from the last row's.
func searchNear(lo, hi, guess int, past func(q int) (bool, error)) (int, error) {
	up, near := 0, true // directions of the answers so far, and whether they were all the same
	for step, q := 1, min(max(guess, lo), hi-1); lo < hi; {
		ok, err := past(q)
		if err != nil {
			return 0, err
		}
		dir := 1
		if ok {
			hi, dir = q, -1
		} else {
			lo = q + 1
		}
		near = near && up*dir >= 0
		switch up = dir; {
		case !near:
			q = int(uint(lo+hi) >> 1)
		case ok:
			q = max(hi-step, lo)
		default:
			q = min(lo+step-1, hi-1)
		}
		step *= 2
	}
	return lo, nil
}

// axis returns the numbers of key column key for offsets in column off.
func (x *winRows) axis(key, off int) (*axis, error) {
	if a := x.axes[off]; a != nil {
		return a, nil
	}
	a, err := newAxis(x.cols[key], x.cols[off].Type)
	if err != nil {
		return nil, err
	}
	if x.axes == nil {
		x.axes = map[int]*axis{}
	}
	x.axes[off] = a
	return a, nil
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
