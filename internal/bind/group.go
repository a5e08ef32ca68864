package bind

import (
	"slices"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// setsMax is the most grouping sets of a query: the elements of GROUP BY multiply.
const setsMax = 1<<16 - 1

// groupBy binds the elements of GROUP BY: expressions, ordinals, output aliases, and grouping sets.
func (s *selecting) groupBy(items []output) error {
	g := s.sel.GroupBy
	s.x.clause = "GROUP BY"
	defer func() { s.x.clause = "SELECT" }()
	sets := [][]int{{}}
	grouped := false
	for _, el := range g.Elements {
		next, err := s.groupElement(el, items)
		if err != nil {
			return err
		}
		grouped = grouped || el.Kind != ast.GroupExpr
		var product [][]int
		for _, a := range sets {
			for _, b := range next {
				product = append(product, union(a, b))
			}
		}
		if len(product) > setsMax {
			return s.b.failf(el.Span, fault.Usage, "GROUP BY has more than %d grouping sets", setsMax)
		}
		sets = product
	}
	if grouped {
		s.sets = sets
	}
	return nil
}

func union(a, b []int) []int {
	out := slices.Clone(a)
	for _, k := range b {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// groupElement returns the alternatives that an element stands for, as sets of key positions.
func (s *selecting) groupElement(el ast.GroupElement, items []output) ([][]int, error) {
	switch el.Kind {
	case ast.GroupEmpty:
		return [][]int{{}}, nil
	case ast.GroupExpr:
		set, err := s.groupSet(el.X, items)
		return [][]int{set}, err
	case ast.GroupSets:
		var out [][]int
		for _, k := range el.Elements {
			sets, err := s.groupElement(k, items)
			if err != nil {
				return nil, err
			}
			out = append(out, sets...)
		}
		return out, nil
	default: // ROLLUP and CUBE
		return s.rollupCube(el, items)
	}
}

func (s *selecting) rollupCube(el ast.GroupElement, items []output) ([][]int, error) {
	var parts [][]int
	for _, k := range el.Elements {
		if k.Kind != ast.GroupExpr && k.Kind != ast.GroupEmpty {
			return nil, s.b.failf(k.Span, fault.Usage, "ROLLUP and CUBE cannot stand inside of each other")
		}
		sets, err := s.groupElement(k, items)
		if err != nil {
			return nil, err
		}
		parts = append(parts, sets[0])
	}
	var out [][]int
	if el.Kind == ast.GroupRollup {
		for n := len(parts); n >= 0; n-- {
			set := []int{}
			for _, p := range parts[:n] {
				set = union(set, p)
			}
			out = append(out, set)
		}
		return out, nil
	}
	const most = 12
	if len(parts) > most {
		return nil, s.b.failf(el.Span, fault.Unsupported, "CUBE takes at most %d elements", most)
	}
	for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
		set := []int{}
		for i, p := range parts {
			if mask>>(len(parts)-1-i)&1 == 1 {
				set = union(set, p)
			}
		}
		out = append(out, set)
	}
	return out, nil
}

// groupSet adds the keys of one expression, or of a tuple within grouping sets.
func (s *selecting) groupSet(e ast.Expr, items []output) ([]int, error) {
	if row, ok := e.(*ast.Row); ok {
		set := []int{}
		for _, it := range row.Items {
			k, err := s.groupSet(it, items)
			if err != nil {
				return nil, err
			}
			set = union(set, k)
		}
		return set, nil
	}
	k, name, err := s.groupKey(e, items)
	if err != nil {
		return nil, err
	}
	return []int{s.addKey(k, name)}, nil
}

// groupKey binds one key: an ordinal or alias means the expression of that output column.
func (s *selecting) groupKey(e ast.Expr, items []output) (expr.Expr, string, error) {
	s.x.aggs = nil
	s.x.wins, s.x.after = nil, nil
	defer func() { s.x.aggs, s.x.wins, s.x.after = &s.aggs, &s.wins, &s.post }()
	if c, ok := e.(*ast.ColumnRef); ok && len(c.Parts) == 1 {
		if _, found, _ := s.x.scope.findPlain(s.b, c.Span, c.Parts[0]); !found {
			for i, it := range items {
				if same(it.name, c.Parts[0].Name) && it.syn != nil {
					k, err := s.itemKey(&items[i])
					return k, it.name, err
				}
			}
		}
	}
	name := ast.ColumnName(e)
	k, err := s.x.ordinalOr(e, "GROUP BY", len(items), func(i int) (expr.Expr, error) {
		name = items[i].name
		return s.itemKey(&items[i])
	})
	return k, name, err
}

// itemKey binds an output column that is a key, once: a subquery in it must not be computed again above the groups.
func (s *selecting) itemKey(it *output) (expr.Expr, error) {
	if it.expr != nil {
		return it.expr, nil
	}
	k, err := s.x.bind(it.syn)
	it.expr = k
	return k, err
}

// addKey returns the position of a key, adding it if no equal one is there. With grouping sets a key may be null where its column is not,
// so keys always get columns of their own unless they are plain references without sets.
func (s *selecting) addKey(k expr.Expr, name string) int {
	for i, it := range s.keys {
		if expr.Equal(it.Expr, k) {
			return i
		}
	}
	c := s.b.col(name, k.Type())
	s.keys = append(s.keys, plan.Item{Col: c, Expr: k})
	return len(s.keys) - 1
}

// aggregate puts the Aggregate into the plan, if the query has one, and rewrites everything above it to use its columns.
func (s *selecting) aggregate(out *plan.Project, having, qualify *expr.Expr) error {
	s.node = s.pre.attach(s.node)
	if s.sel.GroupBy == nil && len(s.aggs) == 0 && s.sel.Having == nil {
		return nil
	}
	s.expandKeys()
	r := s.newRewriter(s.node)
	s.node = &plan.Aggregate{Input: s.node, Keys: s.keys, Aggs: s.aggs, Sets: s.sets}
	for i := range out.Items {
		if err := r.item(&out.Items[i]); err != nil {
			return err
		}
	}
	for i := range s.items {
		if err := r.item(&s.items[i]); err != nil {
			return err
		}
	}
	for i := range s.wins {
		if err := r.win(&s.wins[i].Win); err != nil {
			return err
		}
	}
	for i := range s.post.joins {
		if err := r.subquery(&s.post.joins[i]); err != nil {
			return err
		}
	}
	for _, c := range []*expr.Expr{having, qualify} {
		if *c == nil {
			continue
		}
		if err := r.expr(c); err != nil {
			return err
		}
	}
	return nil
}

// expandKeys expands the lists whose elements are group keys before the rows are grouped.
func (s *selecting) expandKeys() {
	var now, later []plan.Item
	for _, it := range s.items {
		if slices.ContainsFunc(s.keys, func(k plan.Item) bool { return reads(k.Expr, it.Col.ID) }) {
			now = append(now, it)
		} else {
			later = append(later, it)
		}
	}
	if len(now) > 0 {
		s.node, s.items = &plan.Unnest{Input: s.node, Items: now}, later
	}
}

// rewriter replaces group keys by the columns of the Aggregate and checks that nothing else of the input is used.
type rewriter struct {
	s     *selecting
	keys  map[string]expr.Col
	input map[expr.ColID]bool // columns that are gone after the Aggregate
}

func (s *selecting) newRewriter(input plan.Node) *rewriter {
	r := &rewriter{s: s, keys: map[string]expr.Col{}, input: plan.IDs(input)}
	for _, k := range s.keys {
		r.keys[expr.Format(k.Expr)] = k.Col
	}
	return r
}

// subquery rewrites what a subquery above the Aggregate reads of the query around it.
func (r *rewriter) subquery(a *plan.Apply) error {
	if a.Cond != nil {
		if err := r.expr(&a.Cond); err != nil {
			return err
		}
	}
	var failed error
	right, err := plan.BottomUp(a.Right, func(n plan.Node) (plan.Node, error) {
		return plan.MapExprs(n, func(e expr.Expr) expr.Expr {
			out, err := r.rewriteOuter(e)
			if err != nil && failed == nil {
				failed = err
			}
			if out == nil {
				return e
			}
			return out
		}), nil
	})
	a.Right = right
	return orElse(failed, err)
}

// rewriteOuter leaves alone what reads no column of the query around, such as an equal constant.
func (r *rewriter) rewriteOuter(e expr.Expr) (expr.Expr, error) {
	refs := map[expr.ColID]bool{}
	expr.Refs(e, refs)
	for id := range refs {
		if r.input[id] {
			return r.rewrite(e)
		}
	}
	return e, nil
}

// item rewrites an output column. A column that kept the identity of an input column now has that of the key.
func (r *rewriter) item(it *plan.Item) error { return r.expr(&it.Expr) }

func (r *rewriter) win(w *expr.Win) error {
	w.Args, w.Partition, w.Order = slices.Clone(w.Args), slices.Clone(w.Partition), slices.Clone(w.Order)
	for i := range w.Args {
		if err := r.expr(&w.Args[i]); err != nil {
			return err
		}
	}
	for i := range w.Partition {
		if err := r.expr(&w.Partition[i]); err != nil {
			return err
		}
	}
	for i := range w.Order {
		if err := r.expr(&w.Order[i].Expr); err != nil {
			return err
		}
	}
	if w.Filter != nil {
		return r.expr(&w.Filter)
	}
	return nil
}

func (r *rewriter) expr(e *expr.Expr) error {
	out, err := r.rewrite(*e)
	if err == nil {
		*e = out
	}
	return err
}

// rewrite works from the top, so that a key that is an expression is found before its parts.
func (r *rewriter) rewrite(e expr.Expr) (expr.Expr, error) {
	if c, ok := r.keys[expr.Format(e)]; ok {
		return &expr.Ref{Col: c}, nil
	}
	if ref, ok := e.(*expr.Ref); ok {
		if !r.input[ref.Col.ID] {
			return e, nil
		}
		err := fault.New(fault.Usage, "column %q must appear in GROUP BY or be used in an aggregate", ref.Col.Name)
		err = err.WithHint("add it to GROUP BY, or write any_value(%s)", dtype.QuoteName(ref.Col.Name))
		return nil, r.s.b.fail(r.s.b.spans[ref], err)
	}
	kids := slices.Clone(e.Kids())
	for i := range kids {
		k, err := r.rewrite(kids[i])
		if err != nil {
			return nil, err
		}
		kids[i] = k
	}
	if len(kids) == 0 {
		return e, nil
	}
	return e.WithKids(kids), nil
}

// columnPattern returns the test of COLUMNS('regex') or COLUMNS(['a', 'b']).
func (b *Binder) columnPattern(at ast.Span, v columnSelector) (func(string) bool, error) {
	if v.Type.Kind == dtype.List {
		return func(name string) bool {
			for _, k := range v.Kids {
				if strings.EqualFold(k.S, name) {
					return true
				}
			}
			return false
		}, nil
	}
	if v.Type.Kind != dtype.String {
		return nil, b.failf(at, fault.Type, "COLUMNS takes *, a regular expression or a list of names, not %s", v.Type)
	}
	if v.Null {
		return nil, b.failf(at, fault.Value, "COLUMNS takes no null as a regular expression")
	}
	return b.regexTest(at, v.S)
}
