package op

import (
	"cmp"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/expr"
)

// logState keeps every value with its group and place, and computes the aggregate at the end over the values of each group in order: the
// order inside the aggregate if there is one, else that of the rows. It serves all aggregates that need to see the values together.
type logState struct {
	spec   *aggSpec
	finish finisher
	nulls  bool // null values are kept
	placed bool // the order of the rows matters
	n      int
	g      []uint32
	at     []uint64
	vals   pieces
	keys   []pieces
	start  []uint32 // after arrange: rows of group i are [start[i], start[i+1])
}

func newLogState(s *aggSpec) (state, error) {
	f, nulls, err := finisherOf(s)
	if err != nil {
		return nil, err
	}
	l := &logState{spec: s, finish: f, nulls: nulls, placed: true, vals: pieces{typ: s.args[0]}}
	switch s.name {
	case "median", "quantile_cont", "quantile_disc":
		l.placed = false
	}
	for _, k := range s.orderBy {
		l.keys = append(l.keys, pieces{typ: k.Expr.Type()})
	}
	return l, nil
}

func (s *logState) grow(n int) { s.n = n }

func (s *logState) update(r *aggRows, g []uint32) error {
	c := r.args[0]
	var keep []uint32
	if !s.nulls && c.HasNulls() {
		keep = make([]uint32, 0, r.n)
		for i := range r.n {
			if !c.IsNull(i) {
				keep = append(keep, uint32(i))
			}
		}
		if len(keep) == 0 {
			return nil
		}
		for _, i := range keep {
			s.g = append(s.g, g[i])
			if s.placed {
				s.at = append(s.at, r.place(int(i)))
			}
		}
	} else {
		s.g = append(s.g, g...)
		for i := range g {
			if s.placed {
				s.at = append(s.at, r.place(i))
			}
		}
	}
	s.vals.add(c, keep)
	for i := range s.keys {
		s.keys[i].add(r.order[i], keep)
	}
	return nil
}

func (s *logState) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*logState)
	from, to := o.start[lo], o.start[hi]
	if from == to {
		return nil
	}
	for i := lo; i < hi; i++ {
		for range o.start[i+1] - o.start[i] {
			s.g = append(s.g, g[i-lo])
		}
	}
	if s.placed {
		s.at = append(s.at, o.at[from:to]...)
	}
	s.vals.adopt(o.vals.cols[0].Slice(int(from), int(to)))
	for i := range s.keys {
		s.keys[i].adopt(o.keys[i].cols[0].Slice(int(from), int(to)))
	}
	return nil
}

// byGroup returns the rows of the log ordered by rank[group] (the group itself if rank is nil) and where each rank starts; stable.
func (s *logState) byGroup(rank []uint32, groups int) (rows, start []uint32) {
	start = make([]uint32, groups+1)
	of := func(g uint32) uint32 {
		if rank == nil {
			return g
		}
		return rank[g]
	}
	for _, g := range s.g {
		start[of(g)+1]++
	}
	for i := range groups {
		start[i+1] += start[i]
	}
	next := append([]uint32(nil), start...)
	rows = make([]uint32, len(s.g))
	for i, g := range s.g {
		p := &next[of(g)]
		rows[*p] = uint32(i)
		*p++
	}
	return rows, start
}

func (s *logState) arrange(rows []uint32) state {
	var rank []uint32
	if rows != nil {
		rank = make([]uint32, s.n)
		for i, r := range rows {
			rank[r] = uint32(i)
		}
	}
	log, start := s.byGroup(rank, s.n)
	out := &logState{spec: s.spec, finish: s.finish, nulls: s.nulls, placed: s.placed, n: s.n, start: start}
	out.g = arranged(s.g, log)
	if s.placed {
		out.at = arranged(s.at, log)
	}
	for i, g := range out.g {
		if rank != nil {
			out.g[i] = rank[g]
		}
	}
	one := func(p *pieces) pieces {
		q := pieces{typ: p.typ}
		if len(log) > 0 {
			q.add(p.all(), log)
		}
		return q
	}
	out.vals = one(&s.vals)
	for i := range s.keys {
		out.keys = append(out.keys, one(&s.keys[i]))
	}
	return out
}

func (s *logState) result() (*data.Column, error) {
	rows, start := s.byGroup(nil, s.n)
	keys := make([]*data.Column, len(s.keys))
	for i := range s.keys {
		keys[i] = s.keys[i].all()
	}
	order := func(a, b uint32) int {
		if c := compareKeys(s.spec.orderBy, keys, a, b); c != 0 {
			return c
		}
		return cmp.Compare(s.at[a], s.at[b])
	}
	for i := range s.n {
		if !s.placed {
			break
		}
		if part := rows[start[i]:start[i+1]]; !slices.IsSortedFunc(part, order) {
			slices.SortFunc(part, order)
		}
	}
	vals := s.vals.all()
	s.vals = pieces{typ: s.vals.typ}
	return s.finish(s.spec, compute.Flatten(nil, compute.Gather(nil, vals, rows)), start)
}

// compareKeys orders rows a and b by sort keys.
func compareKeys(orders []expr.SortKey, keys []*data.Column, a, b uint32) int {
	for i, c := range keys {
		o := orders[i]
		an, bn := c.IsNull(int(a)), c.IsNull(int(b))
		switch {
		case an && bn:
			continue
		case an || bn:
			if an == o.NullsFirst {
				return -1
			}
			return 1
		}
		if r := compute.CompareRow(c, int(a), c, int(b)); r != 0 {
			if o.Desc {
				return -r
			}
			return r
		}
	}
	return 0
}

func (s *logState) bytes() int64 {
	n := 4*int64(cap(s.g)) + 8*int64(cap(s.at)) + s.vals.size
	for i := range s.keys {
		n += s.keys[i].size
	}
	return n
}

// sortedRows sorts rows of c by value, stably; null is last.
func sortedRows(c *data.Column, rows []uint32) {
	switch c.Type.Phys() {
	case dtype.PhysI64:
		v := data.Slice[int64](c)
		slices.SortStableFunc(rows, func(a, b uint32) int { return cmp.Compare(v[a], v[b]) })
	case dtype.PhysI32:
		v := data.Slice[int32](c)
		slices.SortStableFunc(rows, func(a, b uint32) int { return cmp.Compare(v[a], v[b]) })
	default:
		slices.SortStableFunc(rows, func(a, b uint32) int { return compute.CompareRow(c, int(a), c, int(b)) })
	}
}
