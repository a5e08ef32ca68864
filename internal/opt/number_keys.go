package opt

import (
	"slices"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// numberKeys groups the rows of a join by a number instead of the texts of one input: each combination of texts of that input gets a number before the
// join, and the groups get their texts back afterwards. It pays where the join repeats the rows of the input, as in GROUP BY brand, type over parts with their
// suppliers: texts are hashed, copied and compared once for each part, and not for each of its suppliers. The groups and their order stay, since numbers and
// combinations are one to one.
type numberKeys struct{}

// Name implements Rule.
func (numberKeys) Name() string { return "number_keys" }

const (
	// leastNumbers is how many combinations there must be: fewer stay in the cache with their texts.
	leastNumbers = 4_000
	// leastRepeat is how many times a join must repeat the rows of its input.
	leastRepeat = 3
	// mostNumbers is the most rows that get numbers, which are kept until the groups have their texts back.
	mostNumbers = 1 << 19
)

// Apply implements Rule.
func (numberKeys) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	a, ok := n.(*plan.Aggregate)
	if !ok || a.Sets != nil || !overJoin(a.Input) {
		return n, nil
	}
	for _, k := range a.Keys {
		r, ok := k.Expr.(*expr.Ref)
		if !ok || !r.Col.Type.IsText() {
			continue
		}
		t := &numbering{c: c, agg: a, path: []plan.Node{a.Input}}
		if !t.descend(r.Col.ID) || len(t.path) == 1 {
			continue
		}
		keys := t.keys()
		t.group(keys)
		if t.pays() {
			return t.rewrite(keys), nil
		}
	}
	return n, nil
}

// numbering is an aggregate with the way down to the input that has keys of it.
type numbering struct {
	c    *Ctx
	agg  *plan.Aggregate
	path []plan.Node // from the input of the aggregate to the input of joins
	side []int       // which input of path[i] path[i+1] is

	moved  map[expr.ColID]int // by column of the aggregate: position among the keys of the leaf
	groups *plan.Aggregate    // the combinations of them
	again  plan.Node          // the leaf, with groups reading it too
}

// overJoin reports a join, or filters and projections over one.
func overJoin(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Join:
		return true
	case *plan.Filter:
		return overJoin(n.Input)
	case *plan.Project:
		return onlyRefs(n.Items) && overJoin(n.Input)
	default:
		return false
	}
}

// descend follows a column to the input of the lowest join. No join on the way pads that input with nulls or hides it.
func (t *numbering) descend(id expr.ColID) bool {
	for {
		n, side := t.leaf(), 0
		if !overJoin(n) {
			return true
		}
		switch x := n.(type) {
		case *plan.Project:
			id = renamedFrom(x, id)
		case *plan.Join:
			if !plan.HasCol(x.Left, id) {
				side = 1
			}
			if x.Kind != defs.Inner && x.Kind != defs.Cross && (side == 1 || !keepsLeftRows(x.Kind)) {
				return false
			}
		}
		t.path, t.side = append(t.path, n.Inputs()[side]), append(t.side, side)
	}
}

// keepsLeftRows reports joins whose left columns come out as they are.
func keepsLeftRows(k defs.JoinKind) bool {
	return k == defs.Left || k == defs.Semi || k == defs.Anti || k == defs.Mark
}

func renamedFrom(p *plan.Project, id expr.ColID) expr.ColID {
	for _, it := range p.Items {
		if it.Col.ID == id {
			return it.Expr.(*expr.Ref).Col.ID
		}
	}
	return id
}

// leaf is the input that has the keys.
func (t *numbering) leaf() plan.Node { return t.path[len(t.path)-1] }

func (t *numbering) pays() bool {
	if t.c.ShareFrom < 0 {
		return true
	}
	rows, from := t.c.est.Rows(t.agg.Input), t.c.est.Rows(t.leaf())
	return rows >= leastRepeat*from && from <= mostNumbers && t.c.est.Rows(t.groups) >= leastNumbers && !t.c.guessed(t.agg.Input)
}

// guessed reports plans of which nobody can tell how many rows they have: with joins that leave any number of them, or over tables of unknown size.
func (c *Ctx) guessed(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Join:
		if n.Kind == defs.Semi || n.Kind == defs.Mark {
			return true
		}
	case *plan.Scan:
		return c.est.Table(n.Table).Rows < 0
	}
	return slices.ContainsFunc(n.Inputs(), c.guessed)
}

// below returns the column of the leaf that a column of the aggregate's input is, if it is one.
func (t *numbering) below(col expr.Col) (expr.Col, bool) {
	id := col.ID
	for _, n := range t.path {
		if p, ok := n.(*plan.Project); ok && n != t.leaf() {
			id = renamedFrom(p, id)
		}
	}
	for _, c := range t.leaf().Cols() {
		if c.ID == id {
			return c, exactlyEqual(c.Type)
		}
	}
	return expr.Col{}, false
}

// exactlyEqual reports types of which equal values are the same value, unlike 0 and -0.
func exactlyEqual(t dtype.Type) bool {
	return t.Kind == dtype.String || t.Kind == dtype.Bool || t.Kind == dtype.Date || t.IsInteger()
}

// keys are the columns of the leaf that the aggregate groups by.
func (t *numbering) keys() []expr.Col {
	var keys []expr.Col
	t.moved = map[expr.ColID]int{}
	for _, k := range t.agg.Keys {
		if r, ok := k.Expr.(*expr.Ref); ok {
			if col, ok := t.below(r.Col); ok {
				t.moved[k.Col.ID] = len(keys)
				keys = append(keys, col)
			}
		}
	}
	return keys
}

// rewrite numbers the keys of the leaf.
func (t *numbering) rewrite(keys []expr.Col) plan.Node {
	out := &plan.Aggregate{Aggs: t.agg.Aggs}
	for _, k := range t.agg.Keys {
		if _, ok := t.moved[k.Col.ID]; !ok {
			out.Keys = append(out.Keys, k)
		}
	}
	numbers, leaf, number := t.numbers(keys)
	out.Input = t.rebuilt(0, leaf, number)
	group := t.c.newCol(number.Name, number.Type)
	out.Keys = append(out.Keys, plan.Item{Col: group, Expr: &expr.Ref{Col: number}})
	texts := t.c.use(numbers)
	p := &plan.Project{Input: &plan.Join{Kind: defs.Inner, Left: out, Right: texts,
		On: []plan.On{{Left: &expr.Ref{Col: group}, Right: &expr.Ref{Col: texts.Out[0]}}}}}
	for _, col := range t.agg.Cols() {
		e := &expr.Ref{Col: col}
		if i, ok := t.moved[col.ID]; ok {
			e.Col = texts.Out[1+i]
		}
		p.Items = append(p.Items, plan.Item{Col: col, Expr: e})
	}
	return p
}

// numbers returns the plan of the number and the texts of each combination, and the leaf with its number as a further column.
func (t *numbering) numbers(keys []expr.Col) (numbers *plan.Shared, leaf plan.Node, number expr.Col) {
	index := &plan.RowIndex{Input: t.groups, Col: t.c.newCol("number", dtype.Of(dtype.Int64))}
	t.c.shares++
	numbers = &plan.Shared{ID: t.c.shares, Input: index, Out: index.Cols()}
	names := t.c.use(numbers)
	j := &plan.Join{Kind: defs.Inner, Left: t.again, Right: names}
	for i, k := range keys {
		j.On = append(j.On, plan.On{Left: &expr.Ref{Col: k}, Right: &expr.Ref{Col: names.Out[1+i]}, NullSafe: true})
	}
	return numbers, j, names.Out[0]
}

// group makes the combinations of keys of the leaf, which is read two times.
func (t *numbering) group(keys []expr.Col) {
	first := plan.Node(nil)
	if t.c.cheapAgain(t.leaf(), true) {
		first, t.again = t.c.copied(t.leaf()), t.leaf()
	} else {
		t.c.shares++
		s := &plan.Shared{ID: t.c.shares, Input: t.leaf(), Out: t.leaf().Cols()}
		first, t.again = t.c.use(s), s
	}
	here := map[expr.ColID]expr.Col{}
	for i, c := range t.leaf().Cols() {
		here[c.ID] = first.Cols()[i]
	}
	t.groups = &plan.Aggregate{Input: first}
	for _, k := range keys {
		t.groups.Keys = append(t.groups.Keys, plan.Item{Col: t.c.newCol(k.Name, k.Type), Expr: &expr.Ref{Col: here[k.ID]}})
	}
}

// use is another use of a shared plan.
func (c *Ctx) use(s *plan.Shared) *plan.Shared {
	return &plan.Shared{ID: s.ID, Input: s.Input, Out: c.newCols(s.Out)}
}

// rebuilt is path[i] over the new leaf, with the number among its columns.
func (t *numbering) rebuilt(i int, leaf plan.Node, number expr.Col) plan.Node {
	if i == len(t.path)-1 {
		return leaf
	}
	n := t.path[i]
	ins := append([]plan.Node(nil), n.Inputs()...)
	ins[t.side[i]] = t.rebuilt(i+1, leaf, number)
	if p, ok := n.(*plan.Project); ok {
		items := append(p.Items[:len(p.Items):len(p.Items)], plan.Item{Col: number, Expr: &expr.Ref{Col: number}})
		return &plan.Project{Input: ins[0], Items: items}
	}
	return n.WithInputs(ins)
}
