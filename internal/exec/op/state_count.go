package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// countState counts rows: all of them, those that are not null, or those that are true.
type countState struct {
	all   bool
	truth bool
	typ   dtype.Type // of the result of count_if
	n     []int64
}

func (s *countState) grow(n int) { s.n = widened(s.n, n) }

func (s *countState) update(r *aggRows, g []uint32) error {
	switch {
	case s.all:
		kern.CountGrouped(s.n, g, nil)
	case s.truth:
		bits := r.args[0].Bits
		if v := r.args[0].Valid; v != nil {
			both := r.scratch.Bits(r.n)
			kern.BitmapAnd(both, bits, v, r.n)
			bits = both
		}
		kern.CountGrouped(s.n, g, bits)
	case r.args[0].Type.Kind == dtype.Null:
	default:
		kern.CountGrouped(s.n, g, r.args[0].Valid)
	}
	return nil
}

func (s *countState) merge(src state, lo, hi int, g []uint32) error {
	kern.SumGrouped(s.n, g, src.(*countState).n[lo:hi], nil)
	return nil
}

func (s *countState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	return &countState{all: s.all, truth: s.truth, typ: s.typ, n: arranged(s.n, rows)}
}

func (s *countState) result() (*data.Column, error) {
	if s.truth && s.typ.Phys() == dtype.PhysI128 {
		out := make([]data.Int128, len(s.n))
		kern.WidenI128(kwide(out), s.n)
		return data.FlatColumn(s.typ, out, nil), nil
	}
	return countColumn(s.n), nil
}

// countColumn returns counts as a column, which has a copy.
func countColumn(n []int64) *data.Column {
	return data.FlatColumn(dtype.Of(dtype.Int64), append([]int64(nil), n...), nil)
}

func (s *countState) bytes() int64 { return 8 * int64(cap(s.n)) }

func (s *countState) reset() { s.n = s.n[:0] }
