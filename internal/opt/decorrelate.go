package opt

import (
	"context"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/stats"
)

// decorrelate replaces every Apply by joins, inner ones first. It is no choice: nothing that follows knows Apply, so its pass is always run. How it is done
// is a matter of the rules in applyRules, which can be switched off; what none of them takes goes the general way (see domain).
type decorrelate struct{}

// Name implements Rule.
func (decorrelate) Name() string { return "decorrelate" }

// Apply implements Rule. n is the root.
func (decorrelate) Apply(c *Ctx, n plan.Node) (plan.Node, error) { return c.decorrelated(n) }

// Decorrelate only replaces dependent joins, for plans that are to run as they are written.
func Decorrelate(c *Ctx, root plan.Node) (plan.Node, error) {
	if c.Context == nil {
		c.Context = context.Background()
	}
	if c.est = c.Stats; c.est == nil {
		c.est = stats.New(c.Context)
	}
	c.next = plan.MaxID(root)
	return c.decorrelated(root)
}

// subqueries is how an Apply is replaced, once that is linked.
var subqueries atomic.Pointer[applyWays]

type applyWays struct {
	replace func(c *Ctx, a *plan.Apply, used map[string]bool) (plan.Node, error)
	rules   []Rule
}

// LinkSubqueries lets plans have subqueries. Only SQL makes them, so programs without SQL do not link what replaces them.
func LinkSubqueries() {
	subqueries.Store(&applyWays{(*Ctx).withoutApply, applyRules()})
}

// applyRules are the special ways, tried in this order. Each gets an Apply whose right side is correlated with its left side and has no Apply inside.
func applyRules() []Rule {
	return []Rule{applyCondition{}, applyAggregate{}, applyRows{}, domainFromKeys{}}
}

func (c *Ctx) decorrelated(root plan.Node) (plan.Node, error) {
	applies := 0
	plan.Walk(root, func(n plan.Node) bool {
		switch n := n.(type) {
		case *plan.Apply:
			applies++
		case *plan.Shared:
			c.shares = max(c.shares, n.ID)
		}
		return true
	})
	if applies == 0 {
		return root, nil
	}
	how := subqueries.Load()
	if how == nil {
		return nil, bug.Errorf("the plan has subqueries, and nothing called opt.LinkSubqueries")
	}
	used := map[string]bool{}
	out, err := plan.BottomUp(root, func(n plan.Node) (plan.Node, error) {
		a, ok := n.(*plan.Apply)
		if !ok {
			return n, nil
		}
		next, err := how.replace(c, a, used)
		if err != nil {
			return nil, err
		}
		return sameCols(next, a.Cols()), nil
	})
	if err == nil && c.Trace != nil {
		for _, r := range how.rules {
			if used[r.Name()] {
				c.Trace(r.Name(), root, out)
			}
		}
	}
	return out, err
}

// withoutApply replaces one Apply.
func (c *Ctx) withoutApply(a *plan.Apply, used map[string]bool) (plan.Node, error) {
	if len(outerOf(a)) == 0 {
		return independent(c, a), nil
	}
	a = c.hoisted(a)
	for _, r := range applyRules() {
		if c.Disabled[r.Name()] {
			continue
		}
		next, err := r.Apply(c, a)
		if err != nil {
			return nil, err
		}
		if next != plan.Node(a) {
			used[r.Name()] = true
			return next, nil
		}
	}
	return c.overDomain(a, false)
}

// outerOf returns the columns of the left side that the right side reads.
func outerOf(a *plan.Apply) columnSet {
	set := columnSet{}
	plan.Outer(a.Right, plan.IDs(a.Left), set)
	return set
}

// independent makes the join of a right side that does not depend on the left one.
func independent(c *Ctx, a *plan.Apply) plan.Node {
	if len(condsOf(a)) == 0 && (a.Kind == defs.Mark || a.Kind == defs.Semi || a.Kind == defs.Anti) {
		return exists(c, a)
	}
	return joined(c, &plan.Join{Kind: a.Kind, Left: a.Left, Right: a.Right, Mark: a.Mark}, condsOf(a), nil)
}

// condsOf returns the conditions of a, without those that are always true.
func condsOf(a *plan.Apply) []expr.Expr {
	var out []expr.Expr
	if a.Cond != nil {
		for _, e := range expr.Conjuncts(a.Cond) {
			if !isLit(e, true) {
				out = append(out, e)
			}
		}
	}
	return out
}

// exists asks once whether the right side has a row.
func exists(c *Ctx, a *plan.Apply) plan.Node {
	n := c.newCol("exists", dtype.Of(dtype.Int64))
	count := &plan.Aggregate{Input: &plan.Limit{Input: a.Right, Count: 1},
		Aggs: []plan.AggItem{{Col: n, Agg: expr.Agg{Fn: sig.Lookup("count_star")[0], Typ: n.Type}}}}
	cross := &plan.Join{Kind: defs.Cross, Left: a.Left, Right: count}
	some := plan.Compare("gt", &expr.Ref{Col: n}, &expr.Lit{Value: data.IntScalar(n.Type, 0)})
	switch a.Kind {
	case defs.Mark:
		return &plan.Project{Input: cross, Items: append(plan.PassThrough(a.Left.Cols()), plan.Item{Col: a.Mark, Expr: some})}
	case defs.Semi:
		return &plan.Filter{Input: cross, Cond: some}
	default:
		return &plan.Filter{Input: cross, Cond: plan.Compare("eq", &expr.Ref{Col: n}, &expr.Lit{Value: data.IntScalar(n.Type, 0)})}
	}
}

// joined gives j its conditions: conds, of which an unknown one leaves a mark unknown, and where, of which an unknown one only counts as false. That is the
// difference between x IN (…) and a WHERE within the subquery; other joins do not know it.
func joined(c *Ctx, j *plan.Join, conds, where []expr.Expr) plan.Node {
	split := splitSafe
	if keys, _ := splitSafe(j, append(conds[:len(conds):len(conds)], where...)); len(keys)+len(j.On) == 0 {
		split = splitAny // the alternative is to try every pair
	}
	on, rest := split(j, conds)
	j.On = append(j.On, on...)
	on, other := split(j, where)
	if j.Kind != defs.Mark {
		j.On, rest = append(j.On, on...), append(rest, other...)
	} else {
		for _, o := range on {
			j.On, j.Right = append(j.On, plan.On{Left: o.Left, Right: o.Right, NullSafe: true}), notNull(j.Right, o)
		}
		for _, e := range other {
			rest = append(rest, plan.Compare("is_not_distinct", e, expr.True))
		}
	}
	if len(rest) > 0 {
		j.Residual = expr.AndAll(rest)
	}
	if j.Kind == defs.Inner && len(j.On) == 0 && j.Residual == nil {
		j.Kind = defs.Cross
	}
	return j
}

// notNull drops rows whose key is null, which an equality that is not null-safe would not have matched.
func notNull(n plan.Node, on plan.On) plan.Node {
	if on.NullSafe {
		return n
	}
	return &plan.Filter{Input: n, Cond: &expr.IsNull{Arg: on.Right, Negate: true}}
}

// splitSafe is plan.SplitOn that makes no keys of what may fail: a key is computed for rows that have no partner.
func splitSafe(j *plan.Join, conds []expr.Expr) (on []plan.On, rest []expr.Expr) {
	var safe []expr.Expr
	for _, e := range conds {
		if expr.Fallible(e) {
			rest = append(rest, e)
		} else {
			safe = append(safe, e)
		}
	}
	on, more := splitAny(j, safe)
	return on, append(more, rest...)
}

// splitAny makes keys of equalities that may fail as well.
func splitAny(j *plan.Join, conds []expr.Expr) (on []plan.On, rest []expr.Expr) {
	for _, e := range conds {
		if expr.Volatile(e) {
			rest = append(rest, e)
			continue
		}
		o, r := plan.SplitOn(j.Left, j.Right, []expr.Expr{e})
		on, rest = append(on, o...), append(rest, r...)
	}
	return on, rest
}

// hoisted computes what the right side only computes from outer columns on the left side, once for each left row. Then equalities with such a value can become
// join keys, as those with a plain column.
func (c *Ctx) hoisted(a *plan.Apply) *plan.Apply {
	outer := plan.IDs(a.Left)
	h := &hoister{c: c, outer: outer, seen: map[string]*expr.Ref{}}
	right, _ := plan.BottomUp(a.Right, func(n plan.Node) (plan.Node, error) {
		return plan.MapExprs(n, h.replace), nil
	})
	if len(h.items) == 0 {
		return a
	}
	out := *a
	out.Left = &plan.Project{Input: a.Left, Items: append(plan.PassThrough(a.Left.Cols()), h.items...)}
	out.Right = right
	return &out
}

type hoister struct {
	c     *Ctx
	outer columnSet
	items []plan.Item
	seen  map[string]*expr.Ref
}

// replace works from the top, so that the largest expressions are hoisted.
func (h *hoister) replace(e expr.Expr) expr.Expr {
	if plain(e) {
		return e
	}
	if plan.ReadsOnly(e, h.outer, true) && !expr.Fallible(e) && !expr.Volatile(e) {
		key := expr.Format(e)
		if h.seen[key] == nil {
			col := h.c.newCol("outer", e.Type())
			h.items = append(h.items, plan.Item{Col: col, Expr: e})
			h.seen[key] = &expr.Ref{Col: col}
		}
		return h.seen[key]
	}
	kids := e.Kids()
	changed := false
	next := make([]expr.Expr, len(kids))
	for i, k := range kids {
		next[i] = h.replace(k)
		changed = changed || next[i] != k
	}
	if !changed {
		return e
	}
	return e.WithKids(next)
}
