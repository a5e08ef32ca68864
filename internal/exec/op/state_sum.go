package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/kern"
)

// sum returns the state of sum or sum_wrap.
func (s *aggSpec) sum(t dtype.Type) (state, error) {
	wrap := s.name == "sum_wrap"
	switch p := t.Phys(); p {
	case dtype.PhysF32, dtype.PhysF64:
		return &floatState{spec: s, rows: tally{counts: s.counts}, acc: floatAcc{base: &s.bases[0]}, zero: wrap}, nil
	case dtype.PhysNull, dtype.PhysView, dtype.PhysList, dtype.PhysArray, dtype.PhysStruct, dtype.PhysInterval:
		return nil, s.unsupported()
	default:
		return &sumState{spec: s, rows: tally{counts: s.counts}, zero: wrap, wraps: wrap && t.Kind != dtype.Decimal && s.typ.Phys() != dtype.PhysI128}, nil
	}
}

// sumState sums integers and decimals: in 64 bits while that is enough, then in 128. Wrapping sums stay in 64.
type sumState struct {
	spec   *aggSpec
	zero   bool // the sum of nothing is 0, not null
	wraps  bool
	rows   tally
	narrow []int64
	wide   []kern.I128 // takes the place of narrow once it is not nil
}

func (s *sumState) grow(n int) {
	s.rows.grow(n)
	if s.wide != nil {
		s.wide = widened(s.wide, n)
	} else {
		s.narrow = widened(s.narrow, n)
	}
}

// widen moves to 128 bits.
func (s *sumState) widen() {
	if s.wide != nil {
		return
	}
	s.wide = make([]kern.I128, len(s.narrow), cap(s.narrow)+1)
	kern.WidenI128(s.wide, s.narrow)
	s.narrow = nil
}

func (s *sumState) update(r *aggRows, g []uint32) error {
	c := r.args[0]
	s.rows.update(g, c.Valid, r.filtered)
	switch p := c.Type.Phys(); p {
	case dtype.PhysBits:
		for i, x := range g {
			if c.Bits.Get(i) && c.Valid.Get(i) {
				s.bump(x)
			}
		}
	case dtype.PhysI8:
		sumInts(s, g, data.Slice[int8](c), c.Valid)
	case dtype.PhysI16:
		sumInts(s, g, data.Slice[int16](c), c.Valid)
	case dtype.PhysI32:
		sumInts(s, g, data.Slice[int32](c), c.Valid)
	case dtype.PhysI64:
		sumInts(s, g, data.Slice[int64](c), c.Valid)
	case dtype.PhysU8:
		sumInts(s, g, data.Slice[uint8](c), c.Valid)
	case dtype.PhysU16:
		sumInts(s, g, data.Slice[uint16](c), c.Valid)
	case dtype.PhysU32:
		sumInts(s, g, data.Slice[uint32](c), c.Valid)
	case dtype.PhysU64:
		if s.wraps {
			kern.SumGrouped(s.narrow, g, data.Slice[int64](c), c.Valid)
			return nil
		}
		s.widen()
		kern.SumI128Grouped(s.wide, g, data.Slice[uint64](c), c.Valid, 0)
	case dtype.PhysI128:
		s.widen()
		if kern.AddI128Grouped(s.wide, g, kwide(data.Slice[data.Int128](c)), c.Valid) >= 0 {
			return s.overflow()
		}
	default:
		return bug.Errorf("sum of physical type %d", p)
	}
	return nil
}

func (s *sumState) bump(g uint32) {
	if s.wide != nil {
		s.wide[g] = s.wide[g].Add(kern.I128From(1))
	} else {
		s.narrow[g]++
	}
}

func sumInts[T kern.Signed | ~uint8 | ~uint16 | ~uint32](s *sumState, g []uint32, v []T, valid data.Bitmap) {
	if s.wraps {
		kern.SumGrouped(s.narrow, g, v, valid)
		return
	}
	if len(s.narrow) == 1 {
		// The sum of all rows has no chain through memory.
		total := kern.I128From(s.narrow[0]).Add(kern.SumInt(v[:len(g)], valid))
		if total.IsInt64() {
			s.narrow[0] = int64(total.Lo)
			return
		}
		s.widen()
		s.wide[0] = total
		return
	}
	at := 0
	if s.wide == nil {
		if at = kern.SumInt64Grouped(s.narrow, g, v, valid); at < 0 {
			return
		}
		s.widen()
	}
	kern.SumI128Grouped(s.wide, g, v, valid, at)
}

func (s *sumState) overflow() error { return overflows(s.spec) }

func overflows(s *aggSpec) error {
	return fault.New(fault.Value, "%s of %s overflows %s", s.name, s.args[0], s.typ)
}

func (s *sumState) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*sumState)
	s.rows.merge(&o.rows, lo, hi, g)
	if o.wide == nil {
		sumInts(s, g, o.narrow[lo:hi], nil)
		return nil
	}
	s.widen()
	if kern.AddI128Grouped(s.wide, g, o.wide[lo:hi], nil) >= 0 {
		return s.overflow()
	}
	return nil
}

func (s *sumState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	out := &sumState{spec: s.spec, zero: s.zero, wraps: s.wraps, rows: s.rows.arrange(rows)}
	if s.wide != nil {
		out.wide = arranged(s.wide, rows)
	} else {
		out.narrow = arranged(s.narrow, rows)
	}
	return out
}

// decimalMax is the first value that decimal(38) cannot hold.
var decimalMax = kern.Pow10(38)

func (s *sumState) result() (*data.Column, error) { return s.resultAs(s.spec) }

func (s *sumState) resultAs(spec *aggSpec) (*data.Column, error) {
	switch spec.name {
	case "avg":
		return s.average(spec.typ)
	case "count":
		return countColumn(s.rows.values()), nil
	}
	valid := s.rows.valid()
	if s.zero {
		valid = nil
	}
	t := spec.typ
	switch t.Phys() {
	case dtype.PhysI128:
		out := make([]data.Int128, s.rows.groups)
		if s.wide == nil {
			kern.WidenI128(kwide(out), s.narrow)
			return data.FlatColumn(t, out, valid), nil
		}
		copy(kwide(out), s.wide)
		if t.Kind == dtype.Decimal {
			for _, v := range s.wide {
				if !v.Less(decimalMax) || !decimalMax.Neg().Less(v) {
					return nil, overflows(spec)
				}
			}
		}
		return data.FlatColumn(t, out, valid), nil
	case dtype.PhysI64, dtype.PhysU64:
		out := make([]int64, s.rows.groups)
		if s.wide == nil {
			copy(out, s.narrow)
		} else if kern.NarrowI128(out, s.wide, nil) >= 0 {
			return nil, overflows(spec)
		}
		return data.FlatColumn(t, out, valid), nil
	default:
		return nil, bug.Errorf("sum as %s", t)
	}
}

func (s *sumState) bytes() int64 {
	return s.rows.bytes() + 8*int64(cap(s.narrow)) + 16*int64(cap(s.wide))
}

func (s *sumState) reset() {
	s.rows.reset()
	s.narrow = s.narrow[:0]
	if s.wide != nil {
		s.wide = s.wide[:0]
	}
}
