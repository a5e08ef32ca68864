package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/phys"
)

// distinct is an aggregate over the On columns that takes the other columns from the first or last row of each group. The rows it keeps stay
// in the order of the input.
func (b *builder) distinct(n *phys.Distinct) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	in := n.Input.Info().Out
	a := b.newHashAgg(n.ID, "distinct", n.Ordered)
	var keys, others []expr.Col
	for _, c := range in {
		on := n.On == nil
		for _, id := range n.On {
			on = on || id == c.ID
		}
		switch {
		case on:
			keys = append(keys, c)
		case position(n.Out, c.ID) >= 0:
			others = append(others, c)
		}
	}
	all := append(append([]expr.Col{}, keys...), others...)
	var list []expr.Expr
	for i, c := range all {
		list = append(list, &expr.Ref{Col: c})
		if i >= len(keys) {
			spec := &aggSpec{name: "first", typ: c.Type, args: []dtype.Type{c.Type}}
			if n.Keep == defs.KeepLast {
				spec.name = "last"
			}
			a.calls = append(a.calls, aggCall{spec: spec, args: []int{i}, filter: -1})
		} else {
			a.keyTypes = append(a.keyTypes, c.Type)
		}
	}
	if a.exprs, err = compile(list, in); err != nil {
		return nil, err
	}
	a.keys, a.types = len(keys), exprTypes(list)
	extra := ""
	switch n.Keep {
	case defs.KeepLast:
		extra = lastPlaceName
	case defs.KeepNone:
		extra = "count_star"
	case defs.KeepFirst:
	default:
		return nil, bug.Errorf("unknown keep %d", n.Keep)
	}
	if extra != "" {
		a.calls = append(a.calls, aggCall{spec: &aggSpec{name: extra, typ: dtype.Of(dtype.Uint64)}, filter: -1})
	}
	at, err := picks(n.Out, all)
	if err != nil {
		return nil, err
	}
	a.after = func(c *chunk) { keepRows(c, n.Keep, len(all), at) }
	a.setup(b, n.ID, [][]int{span(0, a.keys)})
	return b.breaker(n, "distinct", legs, a), nil
}

// keepRows turns groups into the rows that a distinct keeps; width columns are rows, and one more tells about the group.
func keepRows(c *chunk, keep defs.Keep, width int, at []int) {
	switch keep {
	case defs.KeepLast:
		c.first = data.Slice[uint64](c.cols[width])
	case defs.KeepNone:
		n := data.Slice[int64](c.cols[width])
		rows := make([]uint32, 0, c.n)
		for i, x := range n {
			if x == 1 {
				rows = append(rows, uint32(i))
			}
		}
		c.gather(rows)
	case defs.KeepFirst:
	}
	c.cols = c.cols[:width]
	if at == nil {
		return
	}
	out := make([]*data.Column, len(at))
	for i, p := range at {
		out[i] = c.cols[p]
	}
	c.cols = out
}

// lastPlaceName is an aggregate that only distinct uses: the place of the last row.
const lastPlaceName = "last place"

type lastPlaceState struct{ at []uint64 }

func (s *lastPlaceState) grow(n int) { s.at = widened(s.at, n) }

func (s *lastPlaceState) update(r *aggRows, g []uint32) error {
	for i, x := range g {
		s.at[x] = max(s.at[x], r.place(i))
	}
	return nil
}

func (s *lastPlaceState) merge(src state, lo, hi int, g []uint32) error {
	kern.MaxGrouped(s.at, g, src.(*lastPlaceState).at[lo:hi], nil)
	return nil
}

func (s *lastPlaceState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	return &lastPlaceState{at: arranged(s.at, rows)}
}

func (s *lastPlaceState) result() (*data.Column, error) {
	return data.FlatColumn(dtype.Of(dtype.Uint64), s.at, nil), nil
}

func (s *lastPlaceState) bytes() int64 { return 8 * int64(cap(s.at)) }
