package opt

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/stats"
	"github.com/siksik-data/siksik/spi"
)

// shareCommon runs a part of the plan once that occurs several times, such as a view with the query for its maximum, if keeping its rows costs less than
// to compute them again. The parts may differ in their columns, and one may be a filter of the other. It runs when all else is done: a shared
// plan is closed to conditions and joins above it.
type shareCommon struct{}

// Name implements Rule.
func (shareCommon) Name() string { return "share_common" }

// Apply implements Rule. n is the root.
func (shareCommon) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	s := &sharing{c: c, tables: map[spi.Table]int{}, groups: map[string][]plan.Node{}, uses: map[plan.Node]plan.Node{}, taken: map[plan.Node]bool{},
		filtered: map[plan.Node]bool{}, shared: map[int]bool{}}
	s.find(n, false, false)
	// The largest parts come first: what is inside them is shared with them.
	sort.SliceStable(s.order, func(a, b int) bool { return len(s.order[a]) > len(s.order[b]) })
	for _, shape := range s.order {
		s.share(s.groups[shape])
	}
	if len(s.uses) == 0 {
		return n, nil
	}
	return plan.TopDown(n, func(n plan.Node) (plan.Node, error) {
		if use := s.uses[n]; use != nil {
			return use, nil
		}
		return n, nil
	})
}

// sharing finds parts that are alike.
type sharing struct {
	c      *Ctx
	tables map[spi.Table]int
	groups map[string][]plan.Node // by shape
	order  []string               // of the groups
	uses   map[plan.Node]plan.Node
	taken  map[plan.Node]bool // what is replaced, and all below

	filtered map[plan.Node]bool // parts that a join above may filter while it runs
	shared   map[int]bool       // shared plans that find has seen
}

// find groups the parts of a plan by shape. Parts of which a limit may need a few rows only are left out.
func (s *sharing) find(n plan.Node, stops, filtered bool) {
	switch x := n.(type) {
	case *plan.Limit:
		stops = true
	case *plan.Aggregate:
		stops, filtered = false, filtered && len(x.Keys) > 0
	case *plan.Sort, *plan.Window, *plan.Distinct:
		stops = false
	case *plan.Shared:
		if s.shared[x.ID] {
			return
		}
		s.shared[x.ID], stops, filtered = true, false, false
	}
	if shape := s.shape(n); shape != "" && !stops && worksOn(n) {
		if s.groups[shape] == nil {
			s.order = append(s.order, shape)
		}
		s.groups[shape], s.filtered[n] = append(s.groups[shape], n), filtered
	}
	j, _ := n.(*plan.Join)
	for i, in := range n.Inputs() {
		s.find(in, stops, filtered || j != nil && filtersInput(j, i))
	}
}

// filtersInput reports whether a join tells the scans of its input i which keys it needs: those of the side that it probes with.
func filtersInput(j *plan.Join, i int) bool {
	return len(j.On) > 0 && (j.Kind == defs.Inner || j.Kind == defs.Semi) && (i == 1) == j.BuildLeft
}

// worksOn reports nodes that are worth sharing at all: those that leave rows out or compute.
func worksOn(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Filter, *plan.Join, *plan.Aggregate:
		return true
	case *plan.Project:
		return !onlyRefs(n.Items)
	default:
		return false
	}
}

// shape is a text that is equal for plans that unify, or "" for a plan that does not.
func (s *sharing) shape(n plan.Node) string {
	name := ""
	switch n := n.(type) {
	case *plan.Scan:
		if s.tables[n.Table] == 0 {
			s.tables[n.Table] = len(s.tables) + 1
		}
		return fmt.Sprintf("t%d", s.tables[n.Table])
	case *plan.Memory:
		return fmt.Sprintf("m%d", len(n.Out))
	case *plan.Shared:
		return fmt.Sprintf("s%d", n.ID)
	case *plan.Filter:
		name = "filter"
	case *plan.Aggregate:
		name = fmt.Sprintf("by%d", len(n.Keys))
	case *plan.Join:
		name = fmt.Sprintf("%s%d", n.Kind, len(n.On))
	case *plan.Project:
		if onlyRefs(n.Items) {
			return s.shape(n.Input)
		}
		name = "project"
	default:
		return ""
	}
	parts := make([]string, len(n.Inputs()))
	for i, in := range n.Inputs() {
		if parts[i] = s.shape(in); parts[i] == "" {
			return ""
		}
	}
	return name + "(" + strings.Join(parts, " ") + ")"
}

// common is a part that the shared plan replaces.
type common struct {
	node plan.Node
	cols map[expr.ColID]expr.Expr // by column of node: that of the shared plan
	rest []expr.Expr              // over the columns of the shared plan
}

// share makes shared plans of the parts of one shape.
func (s *sharing) share(parts []plan.Node) {
	for i, first := range parts {
		if s.taken[first] {
			continue
		}
		node, members := first, []common{{node: first, cols: refsTo(first)}}
		for _, next := range parts[i+1:] {
			if s.taken[next] {
				continue
			}
			u, ok := s.c.unify(node, next)
			if !ok || !s.pays(u.node, first) || !s.pays(u.node, next) {
				continue
			}
			for k := range members {
				members[k] = members[k].over(u)
			}
			node, members = u.node, append(members, common{next, u.cols[1], u.rest[1]})
		}
		if len(members) > 1 {
			s.replace(node, members)
		}
	}
}

// over is a part of the first plan of u as one of u.
func (m common) over(u *unified) common {
	out := common{node: m.node, cols: map[expr.ColID]expr.Expr{}, rest: slices.Clone(u.rest[0])}
	for id, e := range m.cols {
		out.cols[id] = u.of(0, e)
	}
	for _, e := range m.rest {
		out.rest = append(out.rest, u.of(0, e))
	}
	return out
}

func refsTo(n plan.Node) map[expr.ColID]expr.Expr {
	out := map[expr.ColID]expr.Expr{}
	for _, c := range n.Cols() {
		out[c.ID] = &expr.Ref{Col: c}
	}
	return out
}

// replace puts a use of the shared plan in the place of each member.
func (s *sharing) replace(node plan.Node, members []common) {
	s.c.shares++
	for _, m := range members {
		use := &plan.Shared{ID: s.c.shares, Input: node, Out: s.c.newCols(node.Cols())}
		here := map[expr.ColID]expr.Expr{}
		for i, c := range node.Cols() {
			here[c.ID] = &expr.Ref{Col: use.Out[i]}
		}
		p := &plan.Project{Input: above(use, substituted(m.rest, here))}
		for _, c := range m.node.Cols() {
			p.Items = append(p.Items, plan.Item{Col: c, Expr: expr.Substitute(m.cols[c.ID], here)})
		}
		s.uses[m.node] = p
		plan.Walk(m.node, func(n plan.Node) bool {
			s.taken[n] = true
			return true
		})
	}
}

// The costs of sharing, in units of copying a number.
const (
	readCost  = 4 // a value from a file
	testCost  = 4 // a condition on a row
	matchCost = 8 // a row that is joined or grouped
	textCost  = 3 // copying a text
)

// How many times fewer rows a part must have than the largest table that it reads. One that joins above would filter must stand on its own.
const (
	leastDrop         = 2
	leastDropFiltered = 10
)

// mostShared is the most rows that are kept: more would take the memory that joins and groups need, and go to disk.
const mostShared = 1 << 20

// pays reports whether keeping the rows of a plan, and reading them once more, costs less than part, which it would replace.
func (s *sharing) pays(node, part plan.Node) bool {
	if s.c.ShareFrom < 0 {
		return true
	}
	width := 0.0
	for _, c := range node.Cols() {
		width++
		if c.Type.IsNested() || c.Type.IsText() {
			width += textCost - 1
		}
	}
	w := &work{est: s.c.est}
	w.add(part)
	rows, drop := s.c.est.Rows(node), leastDrop
	if s.filtered[part] {
		drop = leastDropFiltered
	}
	return w.cost >= s.c.ShareFrom && rows <= mostShared && rows*float64(drop) <= w.rows && 3*rows*width < w.cost
}

// work is what a plan costs.
type work struct {
	est  *stats.Estimator
	cost float64
	rows float64 // of its largest table
}

func (w *work) add(n plan.Node) {
	in := 0.0
	for _, x := range n.Inputs() {
		in += w.est.Rows(x)
	}
	switch n := n.(type) {
	case *plan.Scan:
		all := *n
		all.Where = nil
		rows := w.est.Rows(&all)
		w.rows = max(w.rows, rows)
		w.cost += rows * readCost * float64(len(n.Out)+len(n.Where))
		return
	case *plan.Shared:
		w.rows = max(w.rows, in)
		return
	case *plan.Filter:
		w.cost += in * testCost * float64(len(expr.Conjuncts(n.Cond)))
	case *plan.Join:
		w.cost += (in + w.est.Rows(n)) * matchCost
	case *plan.Aggregate:
		w.cost += in * matchCost
	}
	for _, x := range n.Inputs() {
		w.add(x)
	}
}
