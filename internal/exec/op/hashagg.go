package op

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) hashAgg(n *phys.HashAgg) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	a := b.newHashAgg(n.ID, "aggregate", n.Ordered)
	list := aggExprs{list: itemExprs(n.Keys)}
	a.keys, a.keyTypes = len(n.Keys), exprTypes(list.list)
	for i := range n.Aggs {
		g := &n.Aggs[i].Agg
		spec, err := newSpec(g)
		if err != nil {
			return nil, err
		}
		c := aggCall{spec: spec, filter: -1}
		for _, x := range spec.exprs {
			c.args = append(c.args, list.add(x))
		}
		for _, k := range g.Order {
			c.order = append(c.order, list.add(k.Expr))
		}
		if g.Filter != nil {
			c.filter = list.add(g.Filter)
		}
		a.calls = append(a.calls, c)
	}
	if a.exprs, err = compile(list.list, n.Input.Info().Out); err != nil {
		return nil, err
	}
	a.types = exprTypes(list.list)
	a.share()
	sets := n.Sets
	if sets == nil {
		sets = [][]int{span(0, len(n.Keys))}
	}
	a.setup(b, n.ID, sets)
	return b.breaker(n, "aggregate", legs, a), nil
}

// aggExprs is what an aggregate computes from its input, each once.
type aggExprs struct{ list []expr.Expr }

// add returns the position of x.
func (l *aggExprs) add(x expr.Expr) int {
	for i, y := range l.list {
		if expr.Equal(x, y) {
			return i
		}
	}
	l.list = append(l.list, x)
	return len(l.list) - 1
}

// span returns the numbers from lo to hi-1.
func span(lo, hi int) []int {
	out := make([]int, 0, hi-lo)
	for i := lo; i < hi; i++ {
		out = append(out, i)
	}
	return out
}

// hashAgg is the sink of an aggregate. Each worker has a table of bounded size for each grouping set, with one state per aggregate. When a table is
// full its groups move to a store, divided by hash; when looking rows up does not pay, the rows themselves do. At the end each partition of all
// stores is merged on its own, by any worker. Stores go to disk when memory is refused.
//
// Aggregates with DISTINCT see the distinct combinations of keys and arguments only, which an aggregate of its own without states finds first.
type hashAgg struct {
	mem      *exec.Account
	space    *spill.Space
	slabs    *mem.Slabs
	exprs    *exprs       // keys, then what the calls refer to; nil for the pairs of a feed
	types    []dtype.Type // of exprs
	keys     int
	keyTypes []dtype.Type
	calls    []aggCall // each has a state
	outs     []aggOut  // the results
	feeds    []aggFeed
	sets     []*aggSet
	ordered  bool
	places   bool         // the places of the groups are put out as a last column
	after    func(*chunk) // changes the merged groups before they are ordered, or nil

	placed    bool // groups keep the places of their first rows
	rowPlaces bool // stored rows keep their places
	packs     bool // all states are packers
	fed       bool // all groups come from a feed, so that the rows of the input need not be looked up

	tableMax int64 // bytes of a worker's table

	squeeze atomic.Uint64 // counts the times that a worker was refused memory
	spilled atomic.Bool
}

func (b *builder) newHashAgg(node int, name string, ordered bool) *hashAgg {
	a := &hashAgg{ordered: ordered, tableMax: math.MaxInt64}
	a.mem, a.space = b.spillable(node, name)
	a.slabs = b.slabs
	if a.space != nil {
		a.tableMax = max(b.budget.Limit()/int64(8*b.threads), 32<<10)
	}
	return a
}

// aggCall is one aggregate; the numbers are positions in hashAgg.exprs.
type aggCall struct {
	spec   *aggSpec
	args   []int
	order  []int
	filter int // or -1
	feed   int
}

// aggSet is the shared part of one grouping set.
type aggSet struct {
	keys    []int // positions of keys
	lay     *keyLayout
	depth   int        // of recursive division
	pairs   []*hashAgg // by feed, nil for feed 0
	mu      sync.Mutex
	done    []*aggCore           // of the workers that have combined
	sorters int                  // workers of sorts so far
	sorts   []*valueSort         // by call, see aggsorted.go
	sorted  map[int]*sortedState // by call: their results
}

// setup divides the calls over feeds and lays out the grouping sets.
func (a *hashAgg) setup(b *builder, node int, sets [][]int) {
	if a.outs == nil {
		for i := range a.calls {
			a.outs = append(a.outs, aggOut{i, a.calls[i].spec})
		}
	}
	a.placed = a.ordered || a.places
	a.rowPlaces, a.packs = a.placed, true
	a.feeds = make([]aggFeed, 1)
	for i := range a.calls {
		a.assign(i)
		s := a.newState(i)
		_, ok := s.(packer)
		a.packs = a.packs && ok
		if usesPlaces(s) {
			a.rowPlaces = true
			a.feeds[a.calls[i].feed].placed = true
		}
	}
	for f := 1; f < len(a.feeds) && len(a.feeds[0].calls) == 0 && !a.fed; f++ {
		if a.feeds[f].filter < 0 {
			a.fed = true
			a.feeds[f].placed = a.feeds[f].placed || a.placed
		}
	}
	for _, keys := range sets {
		var types []dtype.Type
		for _, k := range keys {
			types = append(types, a.keyTypes[k])
		}
		s := &aggSet{keys: keys, lay: newKeyLayout(types), pairs: make([]*hashAgg, len(a.feeds))}
		for f := 1; f < len(a.feeds); f++ {
			s.pairs[f] = a.newPairs(b, node, &a.feeds[f], types)
		}
		a.sets = append(a.sets, s)
		b.plan.Closers = append(b.plan.Closers, s.release)
	}
}

// assign puts call i into its feed.
func (a *hashAgg) assign(i int) {
	c := &a.calls[i]
	if c.spec.distinct {
		for f := 1; f < len(a.feeds) && c.feed == 0; f++ {
			if a.feeds[f].same(c) {
				c.feed = f
			}
		}
		if c.feed == 0 {
			a.feeds = append(a.feeds, aggFeed{args: c.args, filter: c.filter})
			c.feed = len(a.feeds) - 1
		}
	}
	f := &a.feeds[c.feed]
	f.calls = append(f.calls, i)
	f.add(c.args...)
	if c.feed == 0 {
		f.add(c.order...)
		if c.filter >= 0 {
			f.add(c.filter)
		}
	}
}

// newPairs returns the aggregate that finds the distinct rows of a feed for keys of the types.
func (a *hashAgg) newPairs(b *builder, node int, f *aggFeed, types []dtype.Type) *hashAgg {
	p := b.newHashAgg(node, "distinct aggregate", false)
	p.places = f.placed
	p.keyTypes = append(p.keyTypes, types...)
	for _, at := range f.args {
		p.keyTypes = append(p.keyTypes, a.types[at])
	}
	p.types, p.keys = p.keyTypes, len(p.keyTypes)
	p.setup(b, node, [][]int{span(0, p.keys)})
	return p
}

// newStates returns empty states for all calls.
func (a *hashAgg) newStates() []state {
	out := make([]state, len(a.calls))
	for i := range a.calls {
		out[i] = a.newState(i)
	}
	a.linkCounts(out)
	return out
}

// newState returns an empty state for call i.
func (a *hashAgg) newState(i int) state {
	s, err := a.calls[i].spec.plain()
	if err != nil {
		bug.Panicf("a state that was made before cannot be made: %v", err)
	}
	return s
}

// usesPlaces reports whether a state depends on the places of its rows.
func usesPlaces(s state) bool {
	switch s := s.(type) {
	case *pickState, *lastPlaceState:
		return true
	case *logState:
		return s.placed
	default:
		return false
	}
}

// Worker implements exec.Sink.
func (a *hashAgg) Worker(int) exec.Writer {
	w := &aggWriter{a: a, exprs: a.exprs.worker(), in: newAggInput(a)}
	for _, s := range a.sets {
		w.cores = append(w.cores, newAggCore(a, s, aggGroupsMax))
		w.pairs = append(w.pairs, newPairWriters(a, s))
	}
	if a.sifts() {
		w.sieve = &codeSieve{}
	}
	return w
}

// aggWriter is one worker's part.
type aggWriter struct {
	exec.PlainWriter
	a      *hashAgg
	exprs  *exprWorker
	in     *aggInput
	cores  []*aggCore
	pairs  [][]*pairWriter // by set and feed
	sieve  *codeSieve      // if hashAgg.sifts
	morsel uint64
	row    int64
	keys   []*data.Column
}

// Write implements exec.Writer.
func (w *aggWriter) Write(ctx context.Context, b *data.Batch) error {
	if b.Morsel != w.morsel {
		w.morsel, w.row = b.Morsel, 0
	}
	first := place(w.morsel, w.row)
	w.row += int64(b.Len)
	var err error
	if w.in.cols, err = w.exprs.eval(ctx, b); err != nil {
		return err
	}
	w.in.begin(0, b.Len, first, nil)
	if w.sieve != nil {
		key := w.a.sets[0].keys[0]
		if rows, some := w.sieve.fresh(w.in.cols[key], b.Len); some {
			if len(rows) == 0 {
				return nil
			}
			w.in.take(rows, first)
			w.in.cols[key] = compute.Gather(&w.in.scratch, w.in.cols[key], rows)
		}
	}
	if !w.a.fed {
		w.in.prepare()
	}
	for i, c := range w.cores {
		w.keys = w.keys[:0]
		for _, k := range w.a.sets[i].keys {
			w.keys = append(w.keys, w.in.cols[k])
		}
		if !w.a.fed {
			if err := c.add(ctx, w.in, w.keys); err != nil {
				return err
			}
		}
		for _, p := range w.pairs[i] {
			if err := p.add(ctx, w.in, w.keys); err != nil {
				return err
			}
		}
	}
	return nil
}

// Combine implements exec.Writer.
func (w *aggWriter) Combine(context.Context) error {
	for i, c := range w.cores {
		w.a.sets[i].combine(c)
		for _, p := range w.pairs[i] {
			p.a.sets[0].combine(p.core)
		}
	}
	return nil
}

func (s *aggSet) combine(c *aggCore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, c)
}
