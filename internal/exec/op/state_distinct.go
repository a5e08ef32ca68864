package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
)

// distinctState keeps the distinct combinations of group and arguments in one table, with the place of the first, and feeds them to the
// plain aggregate at the end.
type distinctState struct {
	spec  *aggSpec
	t     *table
	k     *keyBatch
	n     int
	at    []uint64
	rows  *keyRows // after arrange, in the order of groups
	start []uint32 // after arrange: the pairs of group i are rows [start[i], start[i+1])
	cols  []*data.Column
	group data.Column
}

func newDistinctState(s *aggSpec) *distinctState {
	l := newKeyLayout(append([]dtype.Type{dtype.Of(dtype.Uint32)}, s.args...))
	return &distinctState{spec: s, t: newTable(l), k: newKeyBatch(l), group: data.Column{Type: dtype.Of(dtype.Uint32)}}
}

func (s *distinctState) grow(n int) { s.n = n }

func (s *distinctState) update(r *aggRows, g []uint32) error {
	if len(g) == 0 {
		return nil
	}
	s.group.Len, s.group.Buf = len(g), data.FixedBytes(g)
	s.cols = append(append(s.cols[:0], &s.group), r.args...)
	s.k.set(s.cols, len(g))
	s.t.find(s.k)
	for _, i := range s.t.fresh {
		s.at = append(s.at, r.place(int(i)))
	}
	return nil
}

// groupBits are the bits of a pair's group in its first word.
const groupBits = 1<<32 - 1

func (s *distinctState) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*distinctState)
	at := o.start[lo]
	group := lo
	for end := o.start[hi]; at < end; {
		to := min(at+data.BatchRows, end)
		o.rows.load(s.k, int(at), int(to))
		w := s.k.words[0]
		for i := range w {
			for at+uint32(i) >= o.start[group+1] {
				group++
			}
			w[i] = w[i]&^groupBits | uint64(g[group-lo])
		}
		s.k.rehash()
		known := uint32(len(s.at))
		for i, x := range s.t.find(s.k) {
			place := o.at[at+uint32(i)]
			switch {
			case x < known:
				s.at[x] = min(s.at[x], place)
			case x == uint32(len(s.at)):
				s.at = append(s.at, place)
			}
		}
		at = to
	}
	return nil
}

func (s *distinctState) arrange(rows []uint32) state {
	rank := rows
	if rows != nil {
		rank = make([]uint32, s.n)
		for i, r := range rows {
			rank[r] = uint32(i)
		}
	}
	keys := s.t.rows()
	log := logState{g: make([]uint32, keys.n), n: s.n}
	for i := range log.g {
		log.g[i] = uint32(keys.words[i*keys.lay.words])
	}
	order, start := log.byGroup(rank, s.n)
	out := &distinctState{spec: s.spec, n: s.n, start: start, rows: keys.gather(order), at: arranged(s.at, order)}
	return out
}

func (s *distinctState) result() (*data.Column, error) {
	inner, err := s.spec.plain()
	if err != nil {
		return nil, err
	}
	inner.grow(s.n)
	keys := s.t.rows()
	r := &aggRows{n: keys.n, filtered: true, places: s.at, scratch: &compute.Scratch{}}
	for j := range s.spec.args {
		r.args = append(r.args, keys.column(j+1))
	}
	for _, a := range s.spec.orderArg {
		r.order = append(r.order, r.args[a])
	}
	g := data.Slice[uint32](keys.column(0))
	if err := inner.update(r, g); err != nil {
		return nil, err
	}
	return inner.result()
}

func (s *distinctState) bytes() int64 {
	n := 8 * int64(cap(s.at))
	if s.t != nil {
		n += s.t.bytes()
	}
	if s.rows != nil {
		n += s.rows.bytes()
	}
	return n
}
