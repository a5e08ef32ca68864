package op

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// avg returns the state of avg.
func (s *aggSpec) avg(t dtype.Type) (state, error) {
	switch t.Phys() {
	case dtype.PhysF32, dtype.PhysF64:
		return &floatState{spec: s, rows: tally{counts: true}, acc: floatAcc{base: &s.bases[0]}}, nil
	case dtype.PhysNull, dtype.PhysView, dtype.PhysList, dtype.PhysArray, dtype.PhysStruct, dtype.PhysInterval:
		return nil, s.unsupported()
	default:
		return &sumState{spec: s, rows: tally{counts: true}}, nil
	}
}

// average divides the sums of integers by the counts: to a double, or in whole units for times.
func (s *sumState) average(t dtype.Type) (*data.Column, error) {
	n, counts := s.rows.groups, s.rows.values()
	valid := s.rows.valid()
	if t.Phys() == dtype.PhysF64 {
		scale := 1.0
		if a := s.spec.args[0]; a.Kind == dtype.Decimal {
			scale = math.Pow10(int(a.Scale))
		}
		out := make([]float64, n)
		if s.wide == nil {
			kern.Convert(out, s.narrow)
		} else {
			kern.I128ToFloat(out, s.wide, 1)
		}
		for i, c := range counts {
			out[i] = out[i] / (float64(c) * scale)
		}
		return data.FlatColumn(t, out, valid), nil
	}
	s.widen()
	unit := kern.I128From(1)
	if s.spec.args[0].Kind == dtype.Date {
		unit = kern.I128From(86400 * t.Unit.PerSecond())
	}
	out := make([]int64, n)
	for i, c := range counts {
		if c > 0 {
			q, r := s.wide[i].Mul(unit).QuoRem(kern.I128From(c))
			out[i] = int64(q.Lo)
			if r.Hi < 0 {
				out[i]-- // towards the past, whatever the sign
			}
		}
	}
	return data.FlatColumn(t, out, valid), nil
}
