package bind

import (
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// output is one column of a select list.
type output struct {
	name  string
	syn   ast.Expr  // nil for columns that * brought in
	expr  expr.Expr // bound
	found bool      // has no aggregate; a key of GROUP BY ALL
}

// selecting is the state of binding one SELECT.
type selecting struct {
	b     *Binder
	x     *exprs
	sel   *ast.Select
	node  plan.Node
	outs  []output
	keys  []plan.Item
	sets  [][]int
	aggs  []plan.AggItem
	wins  []plan.WinItem
	items []plan.Item // of unnest
	pre   subqueries
	post  subqueries
}

// selectQuery binds SELECT … with the ORDER BY of its query, which may use input columns.
func (b *Binder) selectQuery(sel *ast.Select, order []ast.OrderItem, outer *scope) (plan.Node, error) {
	if sel.Sample != nil {
		return nil, b.failf(sel.Sample.Span, fault.Unsupported, "SAMPLE is not supported yet")
	}
	from, err := b.from(sel.From, outer)
	if err != nil {
		return nil, err
	}
	s := &selecting{b: b, sel: sel, node: from.node}
	s.x = b.newExprs(&scope{rels: from.rels, parent: outer}, "SELECT")
	if err := s.x.windowNames(sel.Windows); err != nil {
		return nil, err
	}
	if err := s.where(); err != nil {
		return nil, err
	}
	if err := s.bindOutputs(); err != nil {
		return nil, err
	}
	return s.assemble(order)
}

func (s *selecting) where() error {
	if s.sel.Where == nil {
		return nil
	}
	x := s.b.newExprs(s.x.scope, "WHERE")
	x.before = &s.pre
	x.aliases = map[string]expr.Expr{}
	s.addAliases(x) // lateral aliases of plain expressions may be filtered on
	e, err := x.bind(s.sel.Where)
	if err != nil {
		return err
	}
	if e, err = s.b.boolean(s.sel.Where.At(), "WHERE", e); err != nil {
		return err
	}
	s.node = &plan.Filter{Input: s.pre.attach(s.node), Cond: e}
	return nil
}

// addAliases binds the aliased select items that need nothing but input columns; the others are simply not visible in WHERE.
func (s *selecting) addAliases(x *exprs) {
	for _, it := range s.sel.Items {
		if it.Alias.Empty() {
			continue
		}
		probe := s.b.newExprs(s.x.scope, "WHERE")
		probe.aliases = x.aliases
		if e, err := probe.bind(it.X); err == nil {
			x.aliases[strings.ToLower(it.Alias.Name)] = e
		}
	}
}

// bindOutputs binds group keys and the select list.
func (s *selecting) bindOutputs() error {
	x := s.x
	x.aggs, x.wins, x.unnests = &s.aggs, &s.wins, &s.items
	x.before, x.after = &s.pre, &s.post
	x.aliases = map[string]expr.Expr{}
	items, err := s.expand()
	if err != nil {
		return err
	}
	if s.sel.GroupBy != nil && !s.sel.GroupBy.All {
		if err := s.groupBy(items); err != nil {
			return err
		}
	}
	if items, err = s.unnestItems(items); err != nil {
		return err
	}
	for _, it := range items {
		before, subs := len(s.aggs), len(s.post.joins)
		e := it.expr
		if e == nil {
			if e, err = x.bind(it.syn); err != nil {
				return err
			}
		}
		it.expr, it.found = e, len(s.aggs) == before && !s.usesAgg(e)
		if it.found && s.sel.GroupBy != nil && s.sel.GroupBy.All { // a key, so that its subqueries belong below the groups
			s.pre.joins = append(s.pre.joins, s.post.joins[subs:]...)
			s.post.joins = s.post.joins[:subs]
		}
		s.outs = append(s.outs, it)
		if key := strings.ToLower(it.name); x.aliases[key] == nil {
			x.aliases[key] = e
		}
	}
	if s.sel.GroupBy != nil && s.sel.GroupBy.All {
		for _, o := range s.outs {
			if o.found {
				s.addKey(o.expr, o.name)
			}
		}
	}
	return nil
}

// unnestItems replaces unnests of structs by a column for each field.
func (s *selecting) unnestItems(items []output) ([]output, error) {
	var outs []output
	for _, it := range items {
		more, ok, err := s.unnestItem(it)
		if err != nil {
			return nil, err
		}
		if !ok {
			more = []output{it}
		}
		outs = append(outs, more...)
	}
	return outs, nil
}

// usesAgg reports whether e reads the result of an aggregate.
func (s *selecting) usesAgg(e expr.Expr) bool {
	refs := map[expr.ColID]bool{}
	expr.Refs(e, refs)
	for _, a := range s.aggs {
		if refs[a.Col.ID] {
			return true
		}
	}
	for _, w := range s.wins {
		if refs[w.Col.ID] && s.winUsesAgg(w.Win) {
			return true
		}
	}
	return false
}

func (s *selecting) winUsesAgg(w expr.Win) bool {
	for _, list := range [][]expr.Expr{w.Args, w.Partition} {
		for _, e := range list {
			if s.usesAgg(e) {
				return true
			}
		}
	}
	for _, k := range w.Order {
		if s.usesAgg(k.Expr) {
			return true
		}
	}
	return false
}

// assemble builds the plan from the bound parts: aggregation, HAVING, windows, QUALIFY, projection, DISTINCT and ORDER BY.
func (s *selecting) assemble(order []ast.OrderItem) (plan.Node, error) {
	having, err := s.condition(s.sel.Having, "HAVING")
	if err != nil {
		return nil, err
	}
	qualify, err := s.condition(s.sel.Qualify, "QUALIFY")
	if err != nil {
		return nil, err
	}
	out := &plan.Project{}
	for _, o := range s.outs {
		out.Items = append(out.Items, s.item(out.Items, o))
	}
	sort, err := s.orderBy(order, out)
	if err != nil {
		return nil, err
	}
	on, err := s.distinctOn(out)
	if err != nil {
		return nil, err
	}
	if err := s.aggregate(out, &having, &qualify); err != nil {
		return nil, err
	}
	late := s.post.split(s.windowColumns())
	s.node = s.post.attach(s.node)
	if having != nil {
		s.node = &plan.Filter{Input: s.node, Cond: having}
	}
	if len(s.wins) > 0 {
		s.node = &plan.Window{Input: s.node, Items: s.wins}
	}
	s.node = late.attach(s.node)
	if qualify != nil {
		s.node = &plan.Filter{Input: s.node, Cond: qualify}
	}
	if len(s.items) > 0 {
		s.node = &plan.Unnest{Input: s.node, Items: s.items}
	}
	out.Input = s.node
	return s.finish(out, sort, on), nil
}

func (s *selecting) windowColumns() map[expr.ColID]bool {
	set := map[expr.ColID]bool{}
	for _, w := range s.wins {
		set[w.Col.ID] = true
	}
	return set
}

// finish adds DISTINCT and the sort, and removes columns that only they needed.
func (s *selecting) finish(out *plan.Project, sort []expr.SortKey, on []expr.ColID) plan.Node {
	var node plan.Node = out
	if s.sel.Distinct && len(on) == 0 {
		node = &plan.Distinct{Input: node}
	}
	if len(sort) > 0 {
		node = &plan.Sort{Input: node, Keys: sort, Limit: -1}
	}
	if len(on) > 0 {
		node = &plan.Distinct{Input: node, On: on}
	}
	if len(out.Items) == len(s.outs) {
		return node
	}
	strip := &plan.Project{Input: node}
	for _, it := range out.Items[:len(s.outs)] {
		strip.Items = append(strip.Items, plan.Item{Col: it.Col, Expr: &expr.Ref{Col: it.Col}})
	}
	return strip
}

// item makes an output column; a plain reference keeps its column unless it is renamed or there already.
func (s *selecting) item(items []plan.Item, o output) plan.Item {
	r, plain := o.expr.(*expr.Ref)
	if plain && r.Col.Name == o.name && !s.x.scope.outer(r.Col.ID) {
		for _, it := range items {
			plain = plain && it.Col.ID != r.Col.ID
		}
		if plain {
			return plan.Item{Col: r.Col, Expr: o.expr}
		}
	}
	return plan.Item{Col: s.b.col(o.name, o.expr.Type()), Expr: o.expr}
}

func (s *selecting) condition(e ast.Expr, clause string) (expr.Expr, error) {
	if e == nil {
		return nil, nil
	}
	s.x.clause = clause
	unnests := s.x.unnests
	s.x.unnests = nil // rows are expanded after they are filtered
	defer func() { s.x.unnests = unnests }()
	if clause == "HAVING" {
		wins := s.x.wins
		s.x.wins = nil
		defer func() { s.x.wins = wins }()
	}
	c, err := s.x.bind(e)
	if err != nil {
		return nil, err
	}
	return s.b.boolean(e.At(), clause, c)
}

// orderBy binds ORDER BY against output columns first, then anything that the select list could name.
func (s *selecting) orderBy(order []ast.OrderItem, out *plan.Project) ([]expr.SortKey, error) {
	s.x.clause = "ORDER BY"
	var keys []expr.SortKey
	for _, it := range order {
		if it.All {
			for _, o := range out.Items[:len(s.outs)] {
				keys = append(keys, expr.SortKey{Expr: &expr.Ref{Col: o.Col}, Order: s.b.order(it)})
			}
			continue
		}
		e, err := s.outputRef(it.X, "ORDER BY", out, s.sel.Distinct && len(s.sel.DistinctOn) == 0)
		if err != nil {
			return nil, err
		}
		keys = append(keys, expr.SortKey{Expr: e, Order: s.b.order(it)})
	}
	return keys, nil
}

// outputRef resolves an expression to an output column, adding a hidden one where it must.
func (s *selecting) outputRef(syn ast.Expr, clause string, out *plan.Project, fixed bool) (expr.Expr, error) {
	if c, ok := syn.(*ast.ColumnRef); ok && len(c.Parts) == 1 {
		if i := s.outputNamed(c.Parts[0].Name); i >= 0 {
			return &expr.Ref{Col: out.Items[i].Col}, nil
		}
	}
	var ref expr.Expr
	e, err := s.x.ordinalOr(syn, clause, len(s.outs), func(i int) (expr.Expr, error) {
		ref = &expr.Ref{Col: out.Items[i].Col}
		return ref, nil
	})
	if err != nil || ref != nil {
		return ref, err
	}
	for _, it := range out.Items {
		if expr.Equal(it.Expr, e) {
			return &expr.Ref{Col: it.Col}, nil
		}
	}
	if fixed {
		return nil, s.b.failf(syn.At(), fault.Usage, "with DISTINCT, %s may only use columns of the select list", clause)
	}
	it := s.item(out.Items, output{name: ast.ColumnName(syn), expr: e})
	out.Items = append(out.Items, it)
	return &expr.Ref{Col: it.Col}, nil
}

// outputNamed finds an output column: one with that alias before one that is just a column with that name.
func (s *selecting) outputNamed(name string) int {
	plain := -1
	for i, o := range s.outs {
		if !same(o.name, name) {
			continue
		}
		if ref, ok := o.syn.(*ast.ColumnRef); o.syn != nil && (!ok || !same(ref.Parts.Last().Name, name)) {
			return i
		}
		if plain < 0 {
			plain = i
		}
	}
	return plain
}

func (s *selecting) distinctOn(out *plan.Project) ([]expr.ColID, error) {
	var on []expr.ColID
	for _, e := range s.sel.DistinctOn {
		switch e.(type) {
		case *ast.String, *ast.Bool, *ast.Null:
			return nil, s.b.failf(e.At(), fault.Usage, "DISTINCT ON a constant makes no difference; name a column, or its position as a whole number")
		}
		ref, err := s.outputRef(e, "DISTINCT ON", out, false)
		if err != nil {
			return nil, err
		}
		on = append(on, ref.(*expr.Ref).Col.ID)
	}
	return on, nil
}
