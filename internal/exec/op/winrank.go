package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
)

// ranks computes row_number, rank and dense_rank.
func (r *winRun) ranks(name string) *data.Column {
	out := make([]int64, r.n)
	dense := r.o.dense
	for p, row := range r.o.rows {
		first, _ := r.o.bounds(p)
		at := r.o.base + p
		if at == first {
			dense = 0
		}
		if int(r.o.peer[p]) == at {
			dense++
		}
		switch name {
		case "row_number":
			out[row] = int64(at-first) + 1
		case "rank":
			out[row] = int64(int(r.o.peer[p])-first) + 1
		default:
			out[row] = dense
		}
	}
	return data.FlatColumn(r.call.win.Typ, out, nil)
}

// shares computes percent_rank and cume_dist.
func (r *winRun) shares(name string) *data.Column {
	out := make([]float64, r.n)
	for p, row := range r.o.rows {
		first, past := r.o.bounds(p)
		size := float64(past - first)
		switch {
		case name == "cume_dist":
			out[row] = float64(int(r.o.past[p])-first) / size
		case past-first > 1:
			out[row] = float64(int(r.o.peer[p])-first) / (size - 1)
		}
	}
	return data.FlatColumn(r.call.win.Typ, out, nil)
}

// ntile deals the rows of each partition into buckets whose sizes differ by at most one, larger ones first.
func (r *winRun) ntile() (*data.Column, error) {
	out := make([]int64, r.n)
	valid := data.NewBitmap(r.n)
	buckets := r.cols[r.call.args[0]]
	for p, row := range r.o.rows {
		if buckets.IsNull(int(row)) {
			continue
		}
		k := data.Slice[int64](buckets)[row]
		if k <= 0 {
			return nil, fault.New(fault.Value, "ntile needs a positive number of buckets, not %d", k)
		}
		first, past := r.o.bounds(p)
		i, size := int64(r.o.base+p-first), int64(past-first)
		small, larger := size/k, size%k
		valid.Set(int(row))
		if i < larger*(small+1) {
			out[row] = i/(small+1) + 1
		} else {
			out[row] = larger + (i-larger*(small+1))/small + 1
		}
	}
	return data.FlatColumn(r.call.win.Typ, out, valid), nil
}

// ints returns the value of an integer argument by row; missing ones give def, nulls give ok false.
func (r *winRun) ints(arg int, def int64) func(row uint32) (int64, bool) {
	if arg >= len(r.call.args) {
		return func(uint32) (int64, bool) { return def, true }
	}
	c := r.cols[r.call.args[arg]]
	return func(row uint32) (int64, bool) { return data.Slice[int64](c)[row], !c.IsNull(int(row)) }
}

// shifted computes lag and lead.
func (r *winRun) shifted(ctx context.Context, back bool) (*data.Column, error) {
	offset := r.ints(1, 1)
	from := make([]int64, r.n)
	known := r.known(r.call.args[0])
	var other []int32 // rows of the values, then of the defaults
	if len(r.call.args) > 2 {
		other = make([]int32, r.n)
	}
	for p, row := range r.o.rows {
		k, ok := offset(row)
		from[row] = -1
		if other != nil {
			other[row] = int32(row)
		}
		if !ok {
			continue
		}
		if back {
			k = -k
		}
		first, past := r.o.bounds(p)
		q := int64(r.o.base+p) + k
		if known != nil && k != 0 {
			var err error
			if q, err = known.step(ctx, int64(r.o.base+p), k); err != nil {
				return nil, err
			}
		}
		if q >= int64(first) && q < int64(past) {
			from[row] = q
		} else if other != nil {
			other[row] += int32(r.n)
		}
	}
	val, err := r.valuesAt(ctx, r.call.args[0], from)
	if err != nil || other == nil {
		return val, err
	}
	val = compute.Concat(nil, val.Type, []*data.Column{val, r.cols[r.call.args[2]]})
	return compute.Flatten(nil, compute.GatherNullable(nil, val, other)), nil
}

// knownRows helps to skip nulls: positions with a value, and how many there are before each position.
type knownRows struct {
	at     []int64
	before []int32
	pages  *knownPages // instead, if the rows are on a tape
}

// known returns the positions at which a collected column is not null, or nil if nulls are not ignored.
func (r *winRun) known(col int) *knownRows {
	if !r.call.win.IgnoreNulls {
		return nil
	}
	if r.tape != nil {
		return &knownRows{pages: &knownPages{c: r.read, col: col, before: r.tape.known[col]}}
	}
	val := r.cols[col]
	k := &knownRows{before: make([]int32, r.n+1)}
	for p, row := range r.o.rows {
		k.before[p] = int32(len(k.at))
		if !val.IsNull(int(row)) {
			k.at = append(k.at, int64(p))
		}
	}
	k.before[r.n] = int32(len(k.at))
	return k
}

// count returns how many values there are before position q.
func (k *knownRows) count(ctx context.Context, q int64) (int64, error) {
	if k.pages != nil {
		return k.pages.count(ctx, q)
	}
	return int64(k.before[q]), nil
}

// find returns the position of value i, or -1 if there is none.
func (k *knownRows) find(ctx context.Context, i int64) (int64, error) {
	if k.pages != nil {
		return k.pages.find(ctx, i)
	}
	if i < 0 || i >= int64(len(k.at)) {
		return -1, nil
	}
	return k.at[i], nil
}

// step returns the position of the n-th value after p, or before it if n is negative; -1 if there is none.
func (k *knownRows) step(ctx context.Context, p, n int64) (int64, error) {
	from, less := p+1, int64(1)
	if n < 0 {
		from, less = p, 0
	}
	i, err := k.count(ctx, from)
	if err != nil {
		return 0, err
	}
	return k.find(ctx, i-less+n)
}

// framed computes first_value, last_value and nth_value.
func (r *winRun) framed(ctx context.Context, name string) (*data.Column, error) {
	if err := r.frames(ctx); err != nil {
		return nil, err
	}
	nth := r.ints(1, 1)
	from := make([]int64, r.n)
	known := r.known(r.call.args[0])
	exclude := r.call.frame().Exclude
	var ranges []frameRange
	for p, row := range r.o.rows {
		if p&0xfff == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		ranges = r.ranges(ranges[:0], p, exclude)
		k, ok := nth(row)
		if name == "nth_value" && ok && k < 1 {
			return nil, fault.New(fault.Value, "nth_value counts from 1, not %d", k)
		}
		from[row] = -1
		if !ok {
			continue
		}
		var err error
		if from[row], err = pickIn(ctx, ranges, known, k, name == "last_value"); err != nil {
			return nil, err
		}
	}
	return r.valuesAt(ctx, r.call.args[0], from)
}

// pickIn returns the k-th position of the ranges, or the last; -1 if there is none. With known only positions with a value count.
func pickIn(ctx context.Context, ranges []frameRange, known *knownRows, k int64, last bool) (int64, error) {
	found := int64(-1)
	for _, f := range ranges {
		lo, hi := int64(f.lo), int64(f.hi)
		if known != nil {
			var err error
			if lo, err = known.count(ctx, lo); err != nil {
				return 0, err
			}
			if hi, err = known.count(ctx, hi); err != nil {
				return 0, err
			}
		}
		if hi <= lo {
			continue
		}
		switch {
		case last:
			found = hi - 1
			continue
		case k > hi-lo:
			k -= hi - lo
			continue
		}
		found = lo + k - 1
		break
	}
	if known == nil || found < 0 {
		return found, nil
	}
	return known.find(ctx, found)
}

// frameRange is positions [lo, hi).
type frameRange struct{ lo, hi int }

// ranges appends the frame of row p of the order as up to three ranges, in order.
func (r *winRun) ranges(out []frameRange, p int, x defs.Exclude) []frameRange {
	lo, hi := int(r.lo[p]), int(r.hi[p])
	at := r.o.base + p
	cutLo, cutHi := at, at+1
	if x == defs.ExcludeGroup || x == defs.ExcludeTies {
		cutLo, cutHi = int(r.o.peer[p]), int(r.o.past[p])
	}
	if x == defs.ExcludeNone || cutHi <= lo || cutLo >= hi {
		return append(out, frameRange{lo, hi})
	}
	if cutLo > lo {
		out = append(out, frameRange{lo, cutLo})
	}
	if x == defs.ExcludeTies && at >= lo && at < hi {
		out = append(out, frameRange{at, at + 1})
	}
	if cutHi < hi {
		out = append(out, frameRange{cutHi, hi})
	}
	return out
}
