package parquet

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/kern"
)

// rows reads the next n rows into the slots, without those that the tests exclude, and returns how many are left.
func (g *group) rows(n int) (int, error) {
	for i := range g.slots {
		g.slots[i].now = nil
	}
	left, all := n, true
	g.from, g.picked = g.at, false
	for _, t := range g.tests {
		if t.useless() {
			continue
		}
		for _, s := range t.slots {
			if err := g.read(&g.slots[s], n, all, left); err != nil {
				return 0, err
			}
		}
		t.e.eval(g.hits[:], func(col int) *data.Column { return g.slots[g.byCol[col]].now }, left)
		hit := kern.CountBits(g.hits[:], left)
		t.seen, t.hit = t.seen+left, t.hit+hit
		if hit == left {
			continue
		}
		idx := g.idx[:kern.SelFromBits(g.idx, g.hits[:], left)]
		for i := range g.slots {
			if s := &g.slots[i]; s.now != nil {
				s.now = s.comp.gather(s.now, idx)
			}
		}
		if all {
			g.sel = append(g.sel[:0], idx...)
		} else {
			for i, x := range idx {
				g.sel[i] = g.sel[x]
			}
			g.sel = g.sel[:hit]
		}
		left, all = hit, false
		if left == 0 {
			break
		}
	}
	for i := range g.slots {
		if err := g.read(&g.slots[i], n, all, left); err != nil {
			return 0, err
		}
	}
	g.picked = !all
	return left, nil
}

// useless reports a dynamic test that excludes too little to be worth its time.
func (t *rowTest) useless() bool {
	return t.dynamic && t.seen > 8*data.BatchRows && t.hit > t.seen/10*9
}

// read fills a slot with the left rows of the next n that are in sel, if it is not yet.
func (g *group) read(s *slot, n int, all bool, left int) (err error) {
	switch {
	case s.now != nil:
		return nil
	case left == 0:
		s.r.skip(n)
		return nil
	case all:
		s.now, err = s.r.read(n, nil)
	case left*2 > n:
		// Picking single values costs more than decoding all of them.
		if s.now, err = s.r.read(n, nil); err == nil {
			s.now = s.comp.gather(s.now, g.sel[:left])
		}
	default:
		s.now, err = s.r.read(n, g.sel[:left])
	}
	return g.fail(err, s)
}
