package physplan

import (
	"slices"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// filterProbe lets the scans of j's probe side hear of the build keys, if probe rows without a match are of no use and probe keys are columns of scans.
func (p *planner) filterProbe(n *plan.Join, j *phys.HashJoin) {
	if !dropsProbe(j) {
		return
	}
	at := map[*phys.Scan]int{} // place in j.Filters, plus one
	for i, on := range j.On {
		key := on.Left
		if j.BuildLeft {
			key = on.Right
		}
		r, ok := key.(*expr.Ref)
		if !ok || on.NullSafe || !comparable(r) {
			continue
		}
		scansOf(j.Probe, r.Col.ID, func(s *phys.Scan, col int) {
			if at[s] == 0 {
				j.Filters = append(j.Filters, phys.RuntimeFilter{Slot: slotOf(s), Rows: s.Rows})
				at[s] = len(j.Filters)
			}
			f := &j.Filters[at[s]-1]
			f.Keys, f.Cols = append(f.Keys, i), append(f.Cols, col)
		})
	}
	if j.Filters == nil {
		return
	}
	probe, build := n.Left, n.Right
	if j.BuildLeft {
		probe, build = build, probe
	}
	share := p.est.MatchShare(probe, build, turned(j.On, j.BuildLeft))
	for i := range j.Filters {
		j.Filters[i].Share = share
	}
}

// boundScans lets the scans that the first key of a top-n comes from hear of its bound.
func boundScans(n *phys.TopN) {
	if n.N == 0 || len(n.Keys) == 0 {
		return
	}
	r, ok := n.Keys[0].Expr.(*expr.Ref)
	if !ok || !comparable(r) {
		return
	}
	scansOf(n.Input, r.Col.ID, func(s *phys.Scan, col int) {
		n.Bounds = append(n.Bounds, phys.TopBound{Slot: slotOf(s), Col: col})
	})
}

// slotOf adds a slot to the runtime filters of a scan.
func slotOf(s *phys.Scan) *spi.Slot {
	if s.Dynamic == nil {
		s.Dynamic = &spi.Dynamic{}
	}
	return s.Dynamic.Slot()
}

// comparable reports a key of a type that predicates of sources have.
func comparable(r *expr.Ref) bool {
	t := r.Col.Type
	return !t.IsNested() && (t.IsNumeric() || t.IsTemporal() || t.IsText())
}

func turned(on []plan.On, turn bool) []plan.On {
	if !turn {
		return on
	}
	out := make([]plan.On, len(on))
	for i, o := range on {
		out[i] = plan.On{Left: o.Right, Right: o.Left, NullSafe: o.NullSafe}
	}
	return out
}

// dropsProbe reports whether probe rows without a match never come out.
func dropsProbe(j *phys.HashJoin) bool {
	switch j.Kind {
	case defs.Inner, defs.Semi:
		return true
	case defs.Right, defs.Anti: // unmatched rows come out of the build side only
		return j.BuildLeft == (j.Kind == defs.Anti)
	default:
		return false
	}
}

// scansOf follows a column down to scans through nodes that, when a scan drops rows by this column, put out the same rows without those that have
// the dropped values: never through limits, top-n, windows, shared plans, or to a side that a join pads with nulls. Of aggregates and distincts whole
// groups are dropped by their keys.
func scansOf(n phys.Node, id expr.ColID, found func(s *phys.Scan, col int)) {
	through := func(in phys.Node, items []plan.Item) {
		for _, it := range items {
			if r, ok := it.Expr.(*expr.Ref); ok && it.Col.ID == id {
				scansOf(in, r.Col.ID, found)
				return
			}
		}
	}
	switch n := n.(type) {
	case *phys.Scan:
		for i, c := range n.Out {
			if c.ID == id && n.Limit < 0 {
				found(n, n.Source[i])
				return
			}
		}
	case *phys.Filter:
		scansOf(n.Input, id, found)
	case *phys.Sort:
		scansOf(n.Input, id, found)
	case *phys.Unnest:
		if has(n.Input, id) {
			scansOf(n.Input, id, found)
		}
	case *phys.Distinct:
		if n.On == nil || slices.Contains(n.On, id) {
			scansOf(n.Input, id, found)
		}
	case *phys.Project:
		through(n.Input, n.Items)
	case *phys.HashAgg:
		if n.Sets == nil {
			through(n.Input, n.Keys)
		}
	case *phys.Union:
		for i, c := range n.Out {
			if c.ID == id {
				for _, in := range n.Ins {
					scansOf(in, in.Info().Out[i].ID, found)
				}
			}
		}
	case *phys.HashJoin:
		switch {
		case n.Kind == defs.Inner && has(n.Build, id):
			scansOf(n.Build, id, found)
		case n.Kind == defs.Inner, !n.BuildLeft && keepsLeft(n.Kind):
			scansOf(n.Probe, id, found)
		case n.BuildLeft && (n.Kind == defs.Semi || n.Kind == defs.Anti):
			scansOf(n.Build, id, found)
		}
	case *phys.LoopJoin:
		if n.Kind == defs.Cross || n.Kind == defs.Inner || keepsLeft(n.Kind) {
			scansOf(n.Probe, id, found)
		}
	}
}

// keepsLeft reports joins in which a left row decides by itself which rows come of it, so that leaving it out only leaves those out.
func keepsLeft(k defs.JoinKind) bool {
	return k == defs.Left || k == defs.Semi || k == defs.Anti || k == defs.Mark
}

func has(n phys.Node, id expr.ColID) bool {
	for _, c := range n.Info().Out {
		if c.ID == id {
			return true
		}
	}
	return false
}
