package op

import (
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/kern"
)

// state is one aggregate for many groups, which have dense numbers. A state belongs to one worker at a time.
type state interface {
	// grow makes room for groups below n; new ones are as if they had seen no row. n never falls.
	grow(n int)
	// update adds rows; row i belongs to group g[i]. grow was called for all groups, and a new group has a row in the batch in which it is new
	// unless rows are filtered.
	update(r *aggRows, g []uint32) error
	// merge adds groups [lo, hi) of src, a state of the same aggregate, to groups g. src may be used from several goroutines for different ranges
	// after arrange.
	merge(src state, lo, hi int, g []uint32) error
	// arrange returns the groups in the order of rows as a state that merge can read, or the state itself if rows is nil.
	arrange(rows []uint32) state
	// result returns the values of all groups in order.
	result() (*data.Column, error)
	// bytes is the memory in use.
	bytes() int64
}

// sharer is a state from which several aggregates of the same rows are computed; see hashAgg.share.
type sharer interface {
	state
	// resultAs returns the values of the aggregate that s describes.
	resultAs(s *aggSpec) (*data.Column, error)
}

// resetter is a state whose memory can be used again after arrange has copied its groups.
type resetter interface {
	// reset makes the state empty.
	reset()
}

// aggRows is the rows of one update.
type aggRows struct {
	args     []*data.Column // Flat
	order    []*data.Column // the keys of ORDER BY inside the aggregate
	n        int
	filtered bool     // rows were left out, so that groups without a row may exist
	first    uint64   // place of row 0
	rows     []uint32 // row i is at first+rows[i]; nil: first+i
	places   []uint64 // if set, the places
	scratch  *compute.Scratch
}

// place returns where row i stands.
func (r *aggRows) place(i int) uint64 {
	switch {
	case r.places != nil:
		return r.places[i]
	case r.rows != nil:
		return r.first + uint64(r.rows[i])
	default:
		return r.first + uint64(i)
	}
}

// aggSpec describes one aggregate of a plan.
type aggSpec struct {
	name     string
	typ      dtype.Type
	args     []dtype.Type   // of exprs
	exprs    []expr.Expr    // the arguments without parameters
	lits     []*data.Scalar // by argument: the value of a parameter, such as a separator
	distinct bool
	counts   bool // a sum that counts its values as well
	orderBy  []expr.SortKey
	orderArg []int // for DISTINCT: the argument that each order key is
	// Bases of float sums are chosen by the first batch that any worker sees; they never change a result, see kern.FloatSum.
	bases [pairs]atomic.Uint64
}

// newSpec checks an aggregate call.
func newSpec(a *expr.Agg) (*aggSpec, error) {
	s := &aggSpec{name: a.Fn.Name, typ: a.Typ, distinct: a.Distinct, orderBy: a.Order}
	for i, x := range asIntegers(s.name, a.Args) {
		l, ok := x.(*expr.Lit)
		if ok && i > 0 && s.name != "arg_min" && s.name != "arg_max" && !isPairStatistic(s.name) {
			s.lits = append(s.lits, &l.Value)
			continue
		}
		s.lits = append(s.lits, nil)
		s.args, s.exprs = append(s.args, x.Type()), append(s.exprs, x)
	}
	switch s.name {
	case "min", "max", "min_skipnan", "max_skipnan", "any_value", "bool_and", "bool_or", "bit_and", "bit_or":
		s.distinct = false
	case "nunique", "approx_count_distinct":
		s.distinct = true
	}
	if s.distinct {
		for _, k := range s.orderBy {
			at := -1
			for i, x := range s.exprs {
				if expr.Equal(k.Expr, x) {
					at = i
				}
			}
			if at < 0 {
				return nil, fault.New(fault.Unsupported, "%s with DISTINCT can be ordered by its arguments only", s.name)
			}
			s.orderArg = append(s.orderArg, at)
		}
	}
	_, err := s.newState()
	return s, err
}

// newState returns an empty state.
func (s *aggSpec) newState() (state, error) {
	if s.distinct {
		return newDistinctState(s), nil
	}
	return s.plain()
}

// plain returns an empty state that counts equal rows as often as they come.
func (s *aggSpec) plain() (state, error) {
	var t dtype.Type
	if len(s.args) > 0 {
		t = s.args[0]
	}
	switch s.name {
	case "count_star", "nunique":
		return &countState{all: true}, nil
	case lastPlaceName:
		return &lastPlaceState{}, nil
	case "count", "approx_count_distinct":
		return &countState{}, nil
	case "count_if":
		return &countState{truth: true, typ: s.typ}, nil
	case "sum", "sum_wrap":
		return s.sum(t)
	case "avg":
		return s.avg(t)
	case "min", "max", "min_skipnan", "max_skipnan":
		return s.extreme(t)
	case "bool_and", "bool_or":
		return &boolState{and: s.name == "bool_and"}, nil
	case "bit_and", "bit_or", "bit_xor":
		return newBitState(s)
	case "std_samp", "std_pop", "var_samp", "var_pop":
		if t.Phys() == dtype.PhysF64 {
			return newVarState(s), nil
		}
		return newIntVarState(s), nil
	case "first", "last", "any_value", "arg_min", "arg_max":
		if len(s.orderBy) > 0 {
			return newLogState(s)
		}
		return newPickState(s), nil
	default:
		switch {
		case !isPairStatistic(s.name):
			return newLogState(s)
		case t.Phys() == dtype.PhysF64:
			return newPairState(s), nil
		default:
			return newIntPairState(s), nil
		}
	}
}

// literal returns the value of argument i, if it is a parameter.
func (s *aggSpec) literal(i int) (data.Scalar, bool) {
	if i >= len(s.lits) || s.lits[i] == nil {
		return data.Scalar{}, false
	}
	return *s.lits[i], true
}

// unsupported is the error for an aggregate over a type that has no implementation.
func (s *aggSpec) unsupported() error {
	t := ""
	if len(s.args) > 0 {
		t = s.args[0].String()
	}
	return fault.New(fault.Unsupported, "%s(%s) is not supported", s.name, t)
}

// seenSet tells which groups have had a row. As long as no row was null or filtered, all groups have, and it costs nothing.
type seenSet struct {
	bits  data.Bitmap
	some  bool // bits is in use
	n     int
	first int // groups before the last grow
}

func (s *seenSet) grow(n int) {
	s.first = s.n
	s.n = n
	if s.some {
		s.bits = widened(s.bits, data.Words(n))
	}
}

// begin starts to keep bits; the groups before the current batch are all seen.
func (s *seenSet) begin() {
	if s.some {
		return
	}
	s.some = true
	s.bits = widened(s.bits[:0], data.Words(s.n))
	for i := range s.first {
		s.bits.Set(i)
	}
}

func (s *seenSet) update(g []uint32, valid data.Bitmap, filtered bool) {
	if !s.some && (valid != nil || filtered) {
		s.begin()
	}
	if s.some {
		kern.SeenGrouped(s.bits, g, valid)
	}
	s.first = s.n
}

// has reports whether group i has had a row.
func (s *seenSet) has(i int) bool {
	if !s.some {
		return i < s.first
	}
	return s.bits.Get(i)
}

func (s *seenSet) merge(o *seenSet, lo, hi int, g []uint32) {
	if !s.some && !o.some && o.first >= hi {
		s.first = s.n
		return
	}
	s.begin()
	for i := lo; i < hi; i++ {
		if o.has(i) {
			s.bits.Set(int(g[i-lo]))
		}
	}
	s.first = s.n
}

func (s *seenSet) arrange(rows []uint32) seenSet {
	if !s.some && s.first == s.n {
		return seenSet{n: len(rows), first: len(rows)}
	}
	out := seenSet{n: len(rows), first: len(rows), some: true, bits: data.NewBitmap(len(rows))}
	for i, r := range rows {
		out.bits.SetTo(i, s.has(int(r)))
	}
	return out
}

// valid returns the validity of results: null for groups without a row.
func (s *seenSet) valid() data.Bitmap {
	if !s.some && s.first == s.n {
		return nil
	}
	out := data.NewBitmap(s.n)
	all := true
	for i := range s.n {
		ok := s.has(i)
		out.SetTo(i, ok)
		all = all && ok
	}
	if all {
		return nil
	}
	return out
}

func (s *seenSet) reset() { *s = seenSet{bits: s.bits[:0]} }

func (s *seenSet) bytes() int64 { return 8 * int64(cap(s.bits)) }

// arranged returns the elements of src at rows.
func arranged[T any](src []T, rows []uint32) []T {
	out := make([]T, len(rows))
	kern.Take(out, src, rows)
	return out
}
