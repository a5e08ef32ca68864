package physplan

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// join chooses between a hash table and trying every pair.
func (p *planner) join(n *plan.Join, w want) (phys.Node, error) {
	b := p.base(n)
	b.Out = w.only(b.Out)
	probe, build := 0, 1 // inputs
	if n.BuildLeft && buildsLeft(n.Kind, w.ordered) && len(n.On) > 0 {
		probe, build = 1, 0
	}
	ins := n.Inputs()
	probeNode, err := p.node(ins[probe], inputWant(n, probe, w))
	if err != nil {
		return nil, err
	}
	buildNode, err := p.node(ins[build], inputWant(n, build, w))
	if err != nil {
		return nil, err
	}
	if len(n.On) == 0 {
		return &phys.LoopJoin{Base: b, Kind: n.Kind, Probe: probeNode, Build: buildNode, Residual: n.Residual, Mark: n.Mark}, nil
	}
	j := &phys.HashJoin{Base: b, Kind: n.Kind, Probe: probeNode, Build: buildNode, On: n.On, Residual: n.Residual, Mark: n.Mark, BuildLeft: probe == 1,
		Ordered: w.ordered}
	p.consider(n, j)
	return j, nil
}

// buildsLeft reports whether a join may build its left input: where only left rows come out, they come in their order either way; otherwise the order of
// rows changes.
func buildsLeft(k defs.JoinKind, ordered bool) bool {
	switch k {
	case defs.Semi, defs.Anti:
		return true
	case defs.Inner:
		return !ordered
	default:
		return false
	}
}

// candidate is a join whose build keys may drop rows of a scan on its probe side while it runs.
type candidate struct {
	join  *phys.HashJoin
	scan  *phys.Scan
	cols  []int   // by key: schema position in the scan, or -1
	share float64 // estimated share of probe rows that have a match
}

// consider notes a runtime filter if probe rows without a match are of no use and a probe key is a column of a scan. All keys must be of one scan, because
// one set of predicates is handed over; others are left out.
func (p *planner) consider(n *plan.Join, j *phys.HashJoin) {
	if !dropsProbe(j) {
		return
	}
	c := candidate{join: j, cols: make([]int, len(j.On))}
	for i, on := range j.On {
		c.cols[i] = -1
		key := on.Left
		if j.BuildLeft {
			key = on.Right
		}
		r, ok := key.(*expr.Ref)
		if !ok || on.NullSafe || !comparable(r) {
			continue
		}
		scan, at := scanOf(j.Probe, r.Col.ID)
		if scan == nil || c.scan != nil && c.scan != scan {
			continue
		}
		c.scan, c.cols[i] = scan, at
	}
	if c.scan == nil {
		return
	}
	probe, build := n.Left, n.Right
	if j.BuildLeft {
		probe, build = build, probe
	}
	c.share = p.est.MatchShare(probe, build, turned(j.On, j.BuildLeft))
	p.filters = append(p.filters, c)
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

// scanOf follows a column down to a scan through nodes that, when the scan drops rows by this column, put out the same rows without those that have
// the dropped values: never through limits, top-n, distinct, aggregates, windows, shared plans, or to a side that a join pads with nulls.
func scanOf(n phys.Node, id expr.ColID) (*phys.Scan, int) {
	switch n := n.(type) {
	case *phys.Scan:
		for i, c := range n.Out {
			if c.ID == id && n.Limit < 0 {
				return n, n.Source[i]
			}
		}
	case *phys.Filter:
		return scanOf(n.Input, id)
	case *phys.Project:
		for _, it := range n.Items {
			if r, ok := it.Expr.(*expr.Ref); ok && it.Col.ID == id {
				return scanOf(n.Input, r.Col.ID)
			}
		}
	case *phys.HashJoin:
		switch {
		case n.Kind == defs.Inner && has(n.Build, id):
			return scanOf(n.Build, id)
		case n.Kind == defs.Inner, !n.BuildLeft && keepsLeft(n.Kind):
			return scanOf(n.Probe, id)
		}
	case *phys.LoopJoin:
		if n.Kind == defs.Cross || n.Kind == defs.Inner || keepsLeft(n.Kind) {
			return scanOf(n.Probe, id)
		}
	}
	return nil, -1
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

// attachFilters gives each scan the runtime filter that promises to drop most; a scan listens to one.
func (p *planner) attachFilters() {
	best := map[*phys.Scan]candidate{}
	for _, c := range p.filters {
		if b, ok := best[c.scan]; !ok || c.share < b.share {
			best[c.scan] = c
		}
	}
	for _, c := range p.filters {
		if best[c.scan].join == c.join {
			d := &spi.Dynamic{}
			c.scan.Dynamic, c.join.Filter, c.join.FilterCol = d, d, c.cols
		}
	}
}
