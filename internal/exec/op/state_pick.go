package op

import (
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// pickState takes the value of one row: first, last, any_value by the place of the row; arg_min and arg_max by another value, the earliest row
// winning ties. Values are copied into pieces when they win; losers are dropped when they are many.
type pickState struct {
	spec  *aggSpec
	last  bool // the later row wins
	by    bool // decided by the second argument
	least bool // of by
	solid bool // rows with a null value do not count
	ref   []uint32
	at    []uint64
	vals  pieces
	bys   pieces
	live  int // groups with a row

	win  []uint32 // rows of the batch that won
	mark []uint32 // by group: number+1 in win
	who  []uint32 // groups that have a winner in the batch
}

func newPickState(s *aggSpec) *pickState {
	p := &pickState{spec: s, last: s.name == "last", by: strings.HasPrefix(s.name, "arg_"), least: s.name == "arg_min",
		solid: s.name == "any_value" || strings.HasPrefix(s.name, "arg_")}
	p.vals.typ = s.args[0]
	if p.by {
		p.bys.typ = s.args[1]
	}
	return p
}

func (s *pickState) grow(n int) {
	old := len(s.ref)
	s.ref, s.at, s.mark = widened(s.ref, n), widened(s.at, n), widened(s.mark, n)
	kern.Fill(s.ref[old:], kern.NoRow)
}

// candidates is rows that compete, from a batch or from another state.
type candidates struct {
	val, by *data.Column
	place   func(i int) uint64
	row     func(i int) uint32 // row of val and by
}

func (s *pickState) update(r *aggRows, g []uint32) error {
	c := candidates{val: r.args[0], place: r.place, row: func(i int) uint32 { return uint32(i) }}
	if s.by {
		c.by = r.args[1]
	}
	s.compete(c, len(g), g)
	return nil
}

// compete lets n candidates win groups.
func (s *pickState) compete(c candidates, n int, g []uint32) {
	s.win, s.who = s.win[:0], s.who[:0]
	for i := range n {
		row := c.row(i)
		if row == kern.NoRow || s.solid && c.val.IsNull(int(row)) || s.by && c.by.IsNull(int(row)) {
			continue
		}
		x := g[i]
		if !s.beats(&c, i, int(row), x) {
			continue
		}
		s.at[x] = c.place(i)
		if m := s.mark[x]; m != 0 {
			s.win[m-1] = row
			continue
		}
		s.win, s.who = append(s.win, row), append(s.who, x)
		s.mark[x] = uint32(len(s.win))
	}
	if len(s.win) == 0 {
		return
	}
	first := s.vals.add(c.val, s.win)
	if s.by {
		s.bys.add(c.by, s.win)
	}
	for i, x := range s.who {
		if s.ref[x] == kern.NoRow {
			s.live++
		}
		s.ref[x] = uint32(first + i)
		s.mark[x] = 0
	}
	if s.vals.n > 2*s.live+4*data.BatchRows || len(s.vals.cols) > 1024 {
		s.compact()
	}
}

// beats reports whether candidate i takes group x.
func (s *pickState) beats(c *candidates, i, row int, x uint32) bool {
	m := s.mark[x]
	if m == 0 && s.ref[x] == kern.NoRow {
		return true
	}
	if s.by {
		col, at := c.by, 0
		if m != 0 {
			at = int(s.win[m-1])
		} else {
			col, at = s.bys.at(int(s.ref[x]))
		}
		order := compute.CompareRow(c.by, row, col, at)
		if order != 0 {
			return (order < 0) == s.least
		}
	}
	return (c.place(i) > s.at[x]) == s.last
}

// compact drops the values that lost.
func (s *pickState) compact() {
	rows := make([]uint32, 0, s.live)
	for x, r := range s.ref {
		if r != kern.NoRow {
			s.ref[x] = uint32(len(rows))
			rows = append(rows, r)
		}
	}
	keep := func(p *pieces) {
		all := p.all()
		*p = pieces{typ: p.typ}
		p.add(all, rows)
	}
	keep(&s.vals)
	if s.by {
		keep(&s.bys)
	}
}

func (s *pickState) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*pickState)
	if o.vals.n == 0 {
		return nil
	}
	c := candidates{val: o.vals.cols[0], place: func(i int) uint64 { return o.at[lo+i] }, row: func(i int) uint32 { return o.ref[lo+i] }}
	if s.by {
		c.by = o.bys.cols[0]
	}
	s.compete(c, hi-lo, g)
	return nil
}

func (s *pickState) arrange(rows []uint32) state {
	s.vals.all()
	s.bys.all()
	if rows == nil {
		return s
	}
	out := newPickState(s.spec)
	out.ref, out.at = arranged(s.ref, rows), arranged(s.at, rows)
	out.mark = make([]uint32, len(rows))
	out.vals, out.bys, out.live = s.vals.clone(), s.bys.clone(), s.live
	return out
}

func (s *pickState) result() (*data.Column, error) {
	rows := make([]int32, len(s.ref))
	for i, r := range s.ref {
		rows[i] = int32(r)
	}
	c := compute.GatherNullable(nil, s.vals.all(), rows)
	return compute.Flatten(nil, c), nil
}

func (s *pickState) bytes() int64 {
	return 4*int64(cap(s.ref)+cap(s.mark)) + 8*int64(cap(s.at)) + s.vals.size + s.bys.size
}
