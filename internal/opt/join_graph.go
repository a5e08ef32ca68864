package opt

import (
	"math/bits"
	"sort"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// relSet is a set of the inputs of a join tree, by position.
type relSet uint64

func (s relSet) has(i int) bool    { return s>>i&1 != 0 }
func (s relSet) with(i int) relSet { return s | 1<<i }
func (s relSet) one() bool         { return s&(s-1) == 0 }
func (s relSet) first() int        { return bits.TrailingZeros64(uint64(s)) }

// joinGraph is what is known about the inputs of a tree of inner joins and about the conditions between them.
type joinGraph struct {
	rels    []rel
	classes []*class
	others  []condition
	adj     []relSet // by input: those that share a class with it
	cards   map[relSet]float64
}

// rel is an input.
type rel struct {
	node       plan.Node
	rows, base float64
}

// class is expressions that are equal in every row of the join: a.x = b.y and b.y = c.z make one class. Any two inputs with a member can be joined by it, whatever
// equality was written.
type class struct {
	nullSafe bool
	members  []member // by input, at most one for each
	in       relSet
}

type member struct {
	rel    int
	e      expr.Expr
	domain float64
}

// condition is anything but an equality of two inputs.
type condition struct {
	e    expr.Expr
	over relSet
}

// otherShare is the share of pairs for which a condition holds that is no equality.
const otherShare = 0.3

// newJoinGraph sorts the conditions over the inputs. Inputs are put in the order of their first columns, so that the graph does not depend on the order in which a tree
// has them now.
func (c *Ctx) newJoinGraph(leaves []plan.Node, conds []expr.Expr) *joinGraph {
	sort.SliceStable(leaves, func(a, b int) bool { return firstID(leaves[a]) < firstID(leaves[b]) })
	g := &joinGraph{cards: map[relSet]float64{}, adj: make([]relSet, len(leaves))}
	of := map[expr.ColID]int{}
	for i, n := range leaves {
		for _, col := range n.Cols() {
			of[col.ID] = i
		}
	}
	local := make([][]expr.Expr, len(leaves))
	m := &classMaker{of: of, byText: map[string]int{}}
	for _, e := range conds {
		over := relsOf(e, of)
		switch {
		case over != 0 && over.one():
			local[over.first()] = append(local[over.first()], e)
		case !m.equality(e):
			g.others = append(g.others, condition{e, over})
		}
	}
	g.classes = m.finish(local)
	for i, n := range leaves {
		n = above(n, local[i])
		est := c.est.Of(n)
		g.rels = append(g.rels, rel{n, max(est.Rows, 1), max(est.Base, est.Rows, 1)})
	}
	for _, k := range g.classes {
		for i := range k.members {
			x := &k.members[i]
			x.domain = c.est.Of(g.rels[x.rel].node).Domain(x.e)
			g.adj[x.rel] |= k.in &^ (1 << x.rel)
		}
	}
	return g
}

func firstID(n plan.Node) expr.ColID {
	first := expr.ColID(1<<31 - 1)
	plan.EachCol(n, func(c *expr.Col) { first = min(first, c.ID) })
	return first
}

// relsOf returns the inputs that e reads.
func relsOf(e expr.Expr, of map[expr.ColID]int) relSet {
	var s relSet
	refs := columnSet{}
	expr.Refs(e, refs)
	for id := range refs {
		s = s.with(of[id])
	}
	return s
}

// classMaker unites the sides of equalities.
type classMaker struct {
	of     map[expr.ColID]int
	list   []*class
	byText map[string]int // class by member
}

// equality adds e if it is an equality of expressions over one input each.
func (m *classMaker) equality(e expr.Expr) bool {
	call, ok := e.(*expr.Call)
	if !ok || call.Fn.Name != "eq" && call.Fn.Name != "is_not_distinct" {
		return false
	}
	for _, a := range call.Args {
		if s := relsOf(a, m.of); s == 0 || !s.one() {
			return false
		}
	}
	nullSafe := call.Fn.Name != "eq"
	a, b := m.classOf(call.Args[0], nullSafe), m.classOf(call.Args[1], nullSafe)
	if a == b {
		return true
	}
	for text, k := range m.byText {
		if k == b {
			m.byText[text] = a
		}
	}
	m.list[a].members = append(m.list[a].members, m.list[b].members...)
	m.list[b].members = nil
	return true
}

func (m *classMaker) classOf(e expr.Expr, nullSafe bool) int {
	text := expr.Format(e)
	if nullSafe {
		text = "null-safe " + text
	}
	if k, ok := m.byText[text]; ok {
		return k
	}
	m.byText[text] = len(m.list)
	m.list = append(m.list, &class{nullSafe: nullSafe, members: []member{{rel: relsOf(e, m.of).first(), e: e}}})
	return len(m.list) - 1
}

// finish returns the classes in an order of their own. Two members of one input are equal within it, which becomes a filter there.
func (m *classMaker) finish(local [][]expr.Expr) []*class {
	var out []*class
	for _, k := range m.list {
		sort.Slice(k.members, func(i, j int) bool {
			a, b := &k.members[i], &k.members[j]
			return a.rel < b.rel || a.rel == b.rel && expr.Format(a.e) < expr.Format(b.e)
		})
		var kept []member
		for _, x := range k.members {
			if n := len(kept); n > 0 && kept[n-1].rel == x.rel {
				on := plan.On{Left: kept[n-1].e, Right: x.e, NullSafe: k.nullSafe}
				local[x.rel] = append(local[x.rel], on.Cond())
				continue
			}
			kept = append(kept, x)
			k.in = k.in.with(x.rel)
		}
		if k.members = kept; len(kept) > 1 {
			out = append(out, k)
		}
	}
	sort.Slice(out, func(a, b int) bool { return expr.Format(out[a].members[0].e) < expr.Format(out[b].members[0].e) })
	return out
}

// member returns the member of the class with the fewest values among the inputs of s.
func (k *class) member(s relSet) *member {
	var best *member
	for i := range k.members {
		if x := &k.members[i]; s.has(x.rel) && (best == nil || x.domain < best.domain) {
			best = x
		}
	}
	return best
}

// neighbours are the inputs outside s that share a class with one in it.
func (g *joinGraph) neighbours(s relSet) relSet {
	var out relSet
	for r := s; r != 0; r &= r - 1 {
		out |= g.adj[r.first()]
	}
	return out &^ s
}

// card estimates the rows of the join of s. It does not depend on the order of the joins: the smallest input that leaves the others connected is thought to be
// joined last.
func (g *joinGraph) card(s relSet) float64 {
	if s.one() {
		return g.rels[s.first()].rows
	}
	if v, ok := g.cards[s]; ok {
		return v
	}
	last := -1
	for r := s; r != 0; r &= r - 1 {
		i := r.first()
		if g.connected(s&^(1<<i)) && (last < 0 || g.rels[i].rows < g.rels[last].rows) {
			last = i
		}
	}
	if last < 0 { // several parts without a key between them
		last = s.first()
	}
	rest := s &^ (1 << last)
	v := max(g.card(rest)*g.rels[last].rows*g.share(rest, last), 1)
	g.cards[s] = v
	return v
}

// connected reports whether the inputs of s hang together by classes.
func (g *joinGraph) connected(s relSet) bool {
	if s == 0 {
		return false
	}
	seen := relSet(1) << s.first()
	for {
		next := seen | g.neighbours(seen)&s
		if next == seen {
			return seen == s
		}
		seen = next
	}
}

// share is the share of pairs of the join of s and an input that match. As in stats.Pairs, the keys together are thought to be the key of one side.
func (g *joinGraph) share(s relSet, r int) float64 {
	dr, ds, keyed := 1.0, 1.0, false
	covering := s // inputs that have all the keys
	for _, k := range g.classes {
		if !k.in.has(r) || k.in&s == 0 {
			continue
		}
		keyed = true
		dr *= k.member(1 << r).domain
		ds *= k.member(s).domain
		covering &= k.in
	}
	out := 1.0
	if keyed {
		dr = min(dr, g.rels[r].base)
		for c := covering; c != 0; c &= c - 1 {
			ds = min(ds, g.rels[c.first()].base)
		}
		out = 1 / max(min(dr, ds), 1)
	}
	for _, o := range g.others {
		if o.over.has(r) && o.over&^s.with(r) == 0 {
			out *= otherShare
		}
	}
	return out
}
