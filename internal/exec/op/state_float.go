package op

import (
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// floatAcc is exact float sums by group, the same in any order: windows of kern.FloatSum, with a BigSum beside those few that need one.
type floatAcc struct {
	base *atomic.Uint64 // shared by all states of the aggregate; 0 until the first values
	s    []kern.FloatSum
	big  map[uint32]*kern.BigSum
	out  []uint32
}

func (a *floatAcc) grow(n int) { a.s = widened(a.s, n) }

func (a *floatAcc) bigOf(g uint32) *kern.BigSum {
	if a.big == nil {
		a.big = map[uint32]*kern.BigSum{}
	}
	b := a.big[g]
	if b == nil {
		b = &kern.BigSum{}
		a.big[g] = b
	}
	return b
}

func addFloats[T kern.Float](a *floatAcc, g []uint32, v []T, valid data.Bitmap) {
	if len(g) == 0 {
		return
	}
	base := a.base.Load()
	if base == 0 {
		a.base.CompareAndSwap(0, kern.ChooseBase(v, valid))
		base = a.base.Load()
	}
	a.out = sized(a.out, len(g))
	for _, i := range a.out[:kern.SumFloatGrouped(a.s, g, base, v, valid, a.out)] {
		a.bigOf(g[i]).Add(float64(v[i]))
	}
}

func (a *floatAcc) merge(o *floatAcc, lo, hi int, g []uint32) {
	a.out = sized(a.out, len(g))
	for _, i := range a.out[:kern.MergeFloatSums(a.s, g, o.s[lo:hi], a.out)] {
		a.bigOf(g[i]).AddWindow(o.s[lo+int(i)], a.base.Load())
	}
	if len(o.big) == 0 {
		return
	}
	for i := lo; i < hi; i++ {
		if b := o.big[uint32(i)]; b != nil {
			a.bigOf(g[i-lo]).Merge(b)
		}
	}
}

func (a *floatAcc) arrange(rows []uint32) floatAcc {
	out := floatAcc{base: a.base, s: arranged(a.s, rows)}
	if len(a.big) == 0 {
		return out
	}
	out.big = map[uint32]*kern.BigSum{}
	for i, r := range rows {
		if b := a.big[r]; b != nil {
			out.big[uint32(i)] = b
		}
	}
	return out
}

// round returns the sum of group i as the nearest double.
func (a *floatAcc) round(i int) float64 {
	base := a.base.Load()
	if b := a.big[uint32(i)]; b != nil {
		sum := *b
		sum.AddWindow(a.s[i], base)
		return sum.Round()
	}
	if base == 0 {
		return 0
	}
	return a.s[i].Round(base)
}

// pair returns the sum of group i as two doubles, which hold it to about 106 bits.
func (a *floatAcc) pair(i int) (hi, lo float64) {
	var sum kern.BigSum
	if b := a.big[uint32(i)]; b != nil {
		sum = *b
	}
	if base := a.base.Load(); base != 0 {
		sum.AddWindow(a.s[i], base)
	}
	hi = sum.Round()
	if hi-hi != 0 {
		return hi, 0
	}
	sum.Add(-hi)
	return hi, sum.Round()
}

func (a *floatAcc) reset() { a.s, a.big = a.s[:0], nil }

func (a *floatAcc) bytes() int64 { return 16*int64(cap(a.s)) + 300*int64(len(a.big)) }

// floatState is sum, sum_wrap and avg of floats.
type floatState struct {
	spec *aggSpec
	rows tally
	acc  floatAcc
	zero bool
}

func (s *floatState) grow(n int) {
	s.rows.grow(n)
	s.acc.grow(n)
}

func (s *floatState) update(r *aggRows, g []uint32) error {
	c := r.args[0]
	s.rows.update(g, c.Valid, r.filtered)
	if c.Type.Phys() == dtype.PhysF32 {
		addFloats(&s.acc, g, data.Slice[float32](c), c.Valid)
	} else {
		addFloats(&s.acc, g, data.Slice[float64](c), c.Valid)
	}
	return nil
}

func (s *floatState) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*floatState)
	s.rows.merge(&o.rows, lo, hi, g)
	s.acc.merge(&o.acc, lo, hi, g)
	return nil
}

func (s *floatState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	return &floatState{spec: s.spec, zero: s.zero, rows: s.rows.arrange(rows), acc: s.acc.arrange(rows)}
}

func (s *floatState) result() (*data.Column, error) { return s.resultAs(s.spec) }

func (s *floatState) resultAs(spec *aggSpec) (*data.Column, error) {
	if spec.name == "count" {
		return countColumn(s.rows.values()), nil
	}
	out := make([]float64, s.rows.groups)
	if base := s.acc.base.Load(); base != 0 {
		kern.RoundFloatSums(out, s.acc.s, base)
	}
	for g := range s.acc.big {
		out[g] = s.acc.round(int(g))
	}
	valid := s.rows.valid()
	if s.zero {
		valid = nil
	}
	if spec.name == "avg" {
		for i, c := range s.rows.values() {
			out[i] /= float64(max(c, 1))
		}
	}
	if spec.typ.Phys() == dtype.PhysF32 {
		small := make([]float32, len(out))
		kern.Convert(small, out)
		return data.FlatColumn(spec.typ, small, valid), nil
	}
	return data.FlatColumn(spec.typ, out, valid), nil
}

func (s *floatState) bytes() int64 { return s.rows.bytes() + s.acc.bytes() }

func (s *floatState) reset() {
	s.rows.reset()
	s.acc.reset()
}
