package bind

import (
	"math"
	"slices"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/spi"
)

// frameNode binds a relation of the frame API.
func (b *Binder) frameNode(n frame.Node) (out plan.Node, err error) {
	apart := b.apart
	defer func() { b.apart = apart }()
	b.apart = false
	err = b.nested(ast.Span{}, func() error {
		out, err = b.frameDispatch(n)
		return err
	})
	return out, err
}

func (b *Binder) frameDispatch(n frame.Node) (plan.Node, error) {
	switch n := n.(type) {
	case *frame.File:
		return b.path(ast.Span{}, n.Path, n.Format, n.Options)
	case *frame.Table:
		return b.scan(n.Table, n.Name), nil
	case *frame.Named:
		e := b.cat.Get(n.Name)
		if e == nil {
			return nil, b.cat.Unknown(n.Name)
		}
		return b.entry(e)
	case *frame.Memory:
		m := &plan.Memory{Name: "memory", Batches: n.Batches}
		for _, f := range n.Schema.Fields {
			m.Out = append(m.Out, b.col(f.Name, f.Type))
		}
		return m, nil
	case *frame.Failed:
		return nil, n.Err
	case *frame.Shared:
		return b.frameShared(n)
	case *frame.Join:
		return b.frameJoin(n)
	case *frame.Concat:
		return b.frameConcat(n)
	case *frame.Write:
		return b.frameWrite(n)
	case ownNode:
		return n.bindNode(b)
	default:
		return b.frameUnary(n)
	}
}

// frameUnary binds the nodes with one input.
func (b *Binder) frameUnary(n frame.Node) (plan.Node, error) {
	switch n := n.(type) {
	case *frame.Select:
		return b.frameSelect(n)
	case *frame.WithColumns:
		return b.withColumns(n)
	case *frame.Filter:
		return b.frameFilter(n)
	case *frame.GroupBy:
		return b.frameGroupBy(n)
	case *frame.Sort:
		return b.frameSort(n)
	case *frame.Slice:
		return b.frameSlice(n)
	case *frame.Unique:
		return b.unique(n)
	case *frame.Drop:
		return b.drop(n)
	case *frame.Rename:
		return b.rename(n)
	case *frame.CastColumns:
		return b.castColumns(n)
	case *frame.DropNulls:
		return b.dropNulls(n)
	case *frame.FillNull:
		return b.fillNull(n)
	case *frame.WithRowIndex:
		in, err := b.frameNode(n.Input)
		if err != nil {
			return nil, err
		}
		return &plan.RowIndex{Input: in, Col: b.col(n.Name, dtype.Of(dtype.Int64)), Offset: n.Offset}, nil
	case *frame.Explode:
		return b.explode(n)
	default:
		return nil, bug.Errorf("unknown frame %T", n)
	}
}

// frameShared binds a shared relation once per query.
func (b *Binder) frameShared(n *frame.Shared) (plan.Node, error) {
	s := b.frames[n]
	if s == nil {
		in, err := b.frameNode(n.Input)
		if err != nil {
			return nil, err
		}
		s = b.share(in)
		b.frames[n] = s
	}
	return b.use(s, nil), nil
}

func refs(cols []expr.Col) []plan.Item {
	items := make([]plan.Item, len(cols))
	for i, c := range cols {
		items[i] = plan.Item{Col: c, Expr: &expr.Ref{Col: c}}
	}
	return items
}

// colNamed finds a column by its exact name.
func colNamed(cols []expr.Col, name string) (expr.Col, error) {
	names := make([]string, len(cols))
	for i, c := range cols {
		if c.Name == name {
			return c, nil
		}
		names[i] = c.Name
	}
	return expr.Col{}, unknownColumn(name, "", names)
}

// frameSelect computes exactly the given columns. If all of them reduce their input to one value, so does the result.
func (b *Binder) frameSelect(n *frame.Select) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	list, err := b.expandAll(n.Exprs, in.Cols())
	if err != nil {
		return nil, err
	}
	reduces, any := true, false
	for _, e := range list {
		r := reducing(e)
		reduces = reduces && r != rowwise
		any = any || r == reduced
	}
	if reduces && any {
		return b.aggregateFrame(in, nil, list)
	}
	x := &frameExprs{b: b, cols: in.Cols(), wins: &[]plan.WinItem{}}
	p := &plan.Project{}
	if p.Items, err = x.items(list); err != nil {
		return nil, err
	}
	p.Input = x.input(in)
	return p, uniqueItems(p.Items)
}

func uniqueItems(items []plan.Item) error {
	seen := map[string]bool{}
	for _, it := range items {
		if seen[it.Col.Name] {
			return fault.New(fault.Name, "two columns are called %q", it.Col.Name).WithHint("give one of them another name with Alias")
		}
		seen[it.Col.Name] = true
	}
	return nil
}

// withColumns replaces or adds columns.
func (b *Binder) withColumns(n *frame.WithColumns) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	list, err := b.expandAll(n.Exprs, in.Cols())
	if err != nil {
		return nil, err
	}
	x := &frameExprs{b: b, cols: in.Cols(), wins: &[]plan.WinItem{}}
	added, err := x.items(list)
	if err != nil {
		return nil, err
	}
	if err := uniqueItems(added); err != nil {
		return nil, err
	}
	items := refs(in.Cols())
	for _, it := range added {
		at := slices.IndexFunc(items, func(o plan.Item) bool { return o.Col.Name == it.Col.Name })
		if at >= 0 {
			items[at] = it
		} else {
			items = append(items, it)
		}
	}
	return &plan.Project{Input: x.input(in), Items: items}, nil
}

func (b *Binder) frameFilter(n *frame.Filter) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	list, err := b.expandAll(n.Conds, in.Cols())
	if err != nil {
		return nil, err
	}
	x := &frameExprs{b: b, cols: in.Cols(), wins: &[]plan.WinItem{}}
	var conds []expr.Expr
	for _, c := range list {
		e, err := x.bind(c)
		if err != nil {
			return nil, err
		}
		if e, err = b.boolean(ast.Span{}, "a filter", e); err != nil {
			return nil, err
		}
		conds = append(conds, e)
	}
	out := plan.Node(&plan.Filter{Input: x.input(in), Cond: expr.AndAll(conds)})
	if len(*x.wins) > 0 {
		out = &plan.Project{Input: out, Items: refs(in.Cols())}
	}
	return out, nil
}

func (b *Binder) frameGroupBy(n *frame.GroupBy) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	keyExprs, err := b.expandAll(n.Keys, in.Cols())
	if err != nil {
		return nil, err
	}
	x := &frameExprs{b: b, cols: in.Cols()}
	keys, err := x.items(keyExprs)
	if err != nil {
		return nil, err
	}
	for i := range keys { // a key is a column of its own
		keys[i].Col = b.col(keys[i].Col.Name, keys[i].Col.Type)
	}
	var rest []expr.Col // * means the columns that are not keys
	for _, c := range in.Cols() {
		if !slices.ContainsFunc(keys, func(k plan.Item) bool { return k.Col.Name == c.Name }) {
			rest = append(rest, c)
		}
	}
	list, err := b.expandAll(n.Aggs, rest)
	if err != nil {
		return nil, err
	}
	return b.aggregateFrame(in, keys, list)
}

// aggregateFrame groups by keys and computes expressions over aggregates; a bare column becomes the list of its values.
func (b *Binder) aggregateFrame(in plan.Node, keys []plan.Item, list []frame.Expr) (plan.Node, error) {
	x := &frameExprs{b: b, cols: in.Cols(), aggs: &[]plan.AggItem{}}
	items, err := x.items(list)
	if err != nil {
		return nil, err
	}
	agg := &plan.Aggregate{Input: in, Keys: keys, Aggs: *x.aggs}
	p := &plan.Project{Input: agg}
	for _, k := range keys {
		p.Items = append(p.Items, plan.Item{Col: k.Col, Expr: &expr.Ref{Col: k.Col}})
	}
	byKey := map[string]expr.Col{}
	for _, k := range keys {
		byKey[expr.Format(k.Expr)] = k.Col
	}
	known := map[expr.ColID]bool{}
	for _, a := range *x.aggs {
		known[a.Col.ID] = true
	}
	for _, it := range items {
		if err := b.implode(agg, &it, byKey, known); err != nil {
			return nil, err
		}
		p.Items = append(p.Items, it)
	}
	return p, uniqueItems(p.Items)
}

// implode replaces input columns that stand outside aggregates: keys by themselves, others by the list of their values.
func (b *Binder) implode(agg *plan.Aggregate, it *plan.Item, keys map[string]expr.Col, known map[expr.ColID]bool) error {
	bare := false
	expr.Walk(it.Expr, func(e expr.Expr) bool {
		if _, ok := keys[expr.Format(e)]; ok {
			return false
		}
		if r, ok := e.(*expr.Ref); ok && !known[r.Col.ID] {
			bare = true
		}
		return true
	})
	if bare {
		fn, args, ret, err := b.resolve("list", []expr.Expr{it.Expr}, sig.AggregateKind)
		if err != nil {
			return err
		}
		c := b.col(it.Col.Name, ret)
		agg.Aggs = append(agg.Aggs, plan.AggItem{Col: c, Agg: expr.Agg{Fn: fn, Args: args, Typ: ret}})
		known[c.ID] = true
		*it = plan.Item{Col: b.col(it.Col.Name, ret), Expr: &expr.Ref{Col: c}}
		return nil
	}
	it.Expr = expr.Map(it.Expr, func(e expr.Expr) expr.Expr {
		if c, ok := keys[expr.Format(e)]; ok {
			return &expr.Ref{Col: c}
		}
		return e
	})
	return nil
}

func (b *Binder) frameSort(n *frame.Sort) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	x := &frameExprs{b: b, cols: in.Cols(), wins: &[]plan.WinItem{}}
	keys, err := x.sortKeys(n.Keys)
	if err != nil {
		return nil, err
	}
	out := plan.Node(&plan.Sort{Input: x.input(in), Keys: keys, Limit: -1})
	if len(*x.wins) > 0 {
		out = &plan.Project{Input: out, Items: refs(in.Cols())}
	}
	return out, nil
}

// frameSlice takes rows by position; from the end it numbers the rows, ahead by as many as are wanted, and counts them.
func (b *Binder) frameSlice(n *frame.Slice) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	if n.Offset >= 0 {
		return &plan.Limit{Input: in, Offset: n.Offset, Count: n.Count}, nil
	}
	int64s := dtype.Of(dtype.Int64)
	at, total := b.col("position", int64s), b.col("total", int64s)
	count := plan.WinItem{Col: total, Win: expr.Win{Fn: sig.Lookup("count_star")[0], Typ: int64s, Frame: wholePartition}}
	node := plan.Node(&plan.Window{Input: &plan.RowIndex{Input: in, Col: at, Offset: -max(n.Offset, -math.MaxInt64)}, Items: []plan.WinItem{count}})
	cond, err := b.call(ast.Span{}, "ge", &expr.Ref{Col: at}, &expr.Ref{Col: total})
	if err != nil {
		return nil, err
	}
	node = &plan.Project{Input: &plan.Filter{Input: node, Cond: cond}, Items: refs(in.Cols())}
	if n.Count >= 0 {
		node = &plan.Limit{Input: node, Count: n.Count}
	}
	return node, nil
}

func (b *Binder) frameConcat(n *frame.Concat) (plan.Node, error) {
	var ins []plan.Node
	for _, f := range n.Inputs {
		in, err := b.frameNode(f)
		if err != nil {
			return nil, err
		}
		ins = append(ins, in)
	}
	if len(ins) == 0 {
		return nil, fault.New(fault.Usage, "Concat needs at least one frame")
	}
	if n.Diagonal {
		var names []string
		for _, in := range ins {
			for _, c := range in.Cols() {
				if !slices.Contains(names, c.Name) {
					names = append(names, c.Name)
				}
			}
		}
		for i := range ins {
			ins[i] = b.pick(ins[i], names)
		}
	}
	for i, in := range ins {
		if len(in.Cols()) != len(ins[0].Cols()) {
			return nil, fault.New(fault.Type, "frame %d of Concat has %d columns, the first has %d", i+1, len(in.Cols()), len(ins[0].Cols()))
		}
	}
	ins, out, err := b.alignTypes(ast.Span{}, "Concat", ins)
	if err != nil {
		return nil, err
	}
	return &plan.Union{Ins: ins, Out: out}, nil
}

// frameWrite opens the sink and loads the input.
func (b *Binder) frameWrite(n *frame.Write) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	return b.Write(in, n)
}

// Write makes the plan that loads in into the sink of n, whose Input is not used.
func (b *Binder) Write(in plan.Node, n *frame.Write) (plan.Node, error) {
	sink := n.Sink
	if sink == nil {
		var err error
		if sink, err = b.cat.OpenSink(b.ctx, n.Path, n.Format, n.Options); err != nil {
			return nil, err
		}
	}
	w := &plan.Write{Input: in, Sink: sink, Name: n.Path, Spec: spi.LoadSpec{Mode: n.Mode, Key: n.Key, Options: n.Options},
		Out: []expr.Col{b.col("count", dtype.Of(dtype.Int64))}}
	for _, c := range in.Cols() {
		w.Spec.Schema.Fields = append(w.Spec.Schema.Fields, dtype.Field{Name: c.Name, Type: c.Type})
	}
	for _, k := range n.Key {
		if _, err := colNamed(in.Cols(), k); err != nil {
			return nil, err
		}
	}
	if n.Mode == spi.Upsert && len(n.Key) == 0 {
		return nil, fault.New(fault.Usage, "an upsert needs key columns")
	}
	return w, nil
}
