package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// pushAggregate aggregates the rows of one input of joins before they are joined, where few groups of them agree in all columns that the joins and the
// keys above read: SELECT d.name, sum(f.x) FROM fact f JOIN dim d USING (k) GROUP BY d.name adds the rows of each k first, and joins one row for each k.
// The aggregate above adds the sums of groups. Groups and their order stay: all rows of an early group have the same partners, and its place is that of
// its first row.
type pushAggregate struct{}

// Name implements Rule.
func (pushAggregate) Name() string { return "push_aggregate" }

// Apply implements Rule.
func (pushAggregate) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	a, ok := n.(*plan.Aggregate)
	if !ok || len(a.Keys) == 0 || a.Sets != nil || volatile(a) {
		return n, nil
	}
	e := &early{c: c, agg: a, path: []plan.Node{a.Input}, calls: &plan.Aggregate{Aggs: a.Aggs}}
	best, saved, ids := n, 0.0, c.next
	for e.down() {
		if _, ok := e.path[len(e.path)-2].(*plan.Join); !ok {
			continue
		}
		if !e.split() {
			continue
		}
		if s := e.saves(); s > saved {
			best, saved = e.rewrite(), s
		}
	}
	if best == n {
		c.next = ids
	}
	return best, nil
}

// early is an aggregate with the way down to an input of joins whose rows may be aggregated first.
type early struct {
	c      *Ctx
	agg    *plan.Aggregate
	path   []plan.Node     // from the input of the aggregate down to that input
	side   []int           // which input of path[i] path[i+1] is
	calls  *plan.Aggregate // the aggregates over the columns of the last of path
	padded bool            // a join on the way makes rows in which the columns of that input are null

	need  []columnSet              // by place in path: the columns that are read above, other than by early aggregates
	first *plan.Aggregate          // over the last of path
	final *plan.Aggregate          // over what path[0] becomes
	after map[expr.ColID]expr.Expr // by column of the aggregate: what is computed from several columns of final
}

func volatile(n plan.Node) bool {
	found := false
	plan.Exprs(n, func(e expr.Expr) { found = found || expr.Volatile(e) })
	return found
}

// last is the input of which the rows may be aggregated.
func (e *early) last() plan.Node { return e.path[len(e.path)-1] }

// down goes one node further down.
func (e *early) down() bool {
	side := 0
	switch n := e.last().(type) {
	case *plan.Filter:
	case *plan.Project:
		m := substitution(n.Items)
		e.calls = plan.MapExprs(e.calls, func(x expr.Expr) expr.Expr { return expr.Substitute(x, m) }).(*plan.Aggregate)
	case *plan.Join:
		var ok bool
		if side, ok = e.sideOf(n); !ok {
			return false
		}
		e.padded = e.padded || n.Kind == defs.Left && side == 1 || n.Kind == defs.Right && side == 0
	default:
		return false
	}
	if volatile(e.last()) {
		return false
	}
	e.path, e.side = append(e.path, e.last().Inputs()[side]), append(e.side, side)
	return true
}

// sideOf is the input of j that all aggregates read that must see each row. If none of them does, it is the larger one.
func (e *early) sideOf(j *plan.Join) (side int, ok bool) {
	read := columnSet{}
	for _, a := range e.calls.Aggs {
		if !seesValues(a.Agg) {
			readsOf(a.Agg, read)
		}
	}
	l, r := plan.IDs(j.Left), plan.IDs(j.Right)
	inLeft, inRight := true, true
	for id := range read {
		inLeft, inRight = inLeft && l[id], inRight && r[id]
	}
	switch j.Kind {
	case defs.Inner, defs.Cross, defs.Left, defs.Right:
	case defs.Semi, defs.Anti, defs.Mark:
		inRight = false
	default:
		return 0, false
	}
	if inRight && (!inLeft || e.c.est.Rows(j.Right) > e.c.est.Rows(j.Left)) {
		return 1, true
	}
	return 0, inLeft
}

// seesValues reports aggregates that are the same however often a value occurs, and in whatever order.
func seesValues(a expr.Agg) bool {
	return a.Fn.Has(sig.IgnoresDup) && !a.Fn.Has(sig.OrderAware)
}

// readsOf adds the columns that an aggregate reads.
func readsOf(a expr.Agg, set columnSet) {
	plan.Exprs(&plan.Aggregate{Aggs: []plan.AggItem{{Agg: a}}}, func(x expr.Expr) { expr.Refs(x, set) })
}

// split divides the aggregates into early ones and those over their results, and finds the keys of the early ones. It reports whether that is possible.
func (e *early) split() bool {
	e.first, e.final, e.after = &plan.Aggregate{Input: e.last()}, &plan.Aggregate{Keys: e.agg.Keys}, map[expr.ColID]expr.Expr{}
	need := columnSet{}
	for _, k := range e.agg.Keys {
		expr.Refs(k.Expr, need)
	}
	for i, a := range e.agg.Aggs {
		switch call := e.calls.Aggs[i].Agg; {
		case call.Fn.Name == "avg" && e.mean(a.Col, call) || e.halved(a.Col, call):
		case seesValues(a.Agg):
			readsOf(a.Agg, need)
			e.final.Aggs = append(e.final.Aggs, a)
		default:
			return false
		}
	}
	e.need = []columnSet{need}
	for i, side := range e.side {
		e.need = append(e.need, inputNeeds(e.path[i], side, e.need[i]))
	}
	for _, c := range e.last().Cols() {
		if e.need[len(e.side)][c.ID] {
			if !oneSpelling(c.Type) {
				return false
			}
			e.first.Keys = append(e.first.Keys, plan.Item{Col: c, Expr: &expr.Ref{Col: c}})
		}
	}
	return len(e.first.Keys) > 0
}

// rewrite is the aggregate over the joins of early groups.
func (e *early) rewrite() plan.Node {
	out := *e.final
	out.Input = e.rebuilt(0)
	if len(e.after) == 0 {
		return &out
	}
	p := &plan.Project{Input: &out}
	for _, c := range e.agg.Cols() {
		it := plan.Item{Col: c, Expr: &expr.Ref{Col: c}}
		if x := e.after[c.ID]; x != nil {
			it.Expr = x
		}
		p.Items = append(p.Items, it)
	}
	return p
}

// rebuilt is path[i] with the results of the early aggregates among its columns, and without the columns that nobody reads.
func (e *early) rebuilt(i int) plan.Node {
	n := e.path[i]
	if i == len(e.side) {
		return e.first
	}
	ins := append([]plan.Node(nil), n.Inputs()...)
	ins[e.side[i]] = e.rebuilt(i + 1)
	p, ok := n.(*plan.Project)
	if !ok {
		return n.WithInputs(ins)
	}
	out := &plan.Project{Input: ins[0]}
	for _, it := range p.Items {
		if e.need[i][it.Col.ID] {
			out.Items = append(out.Items, it)
		}
	}
	for _, a := range e.first.Aggs {
		out.Items = append(out.Items, plan.Item{Col: a.Col, Expr: &expr.Ref{Col: a.Col}})
	}
	return out
}
