package testkit

import (
	"math/rand/v2"
	"strconv"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/opt"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// Random makes random plans over random data. The same seed makes the same plan.
type Random struct {
	rng  *rand.Rand
	next expr.ColID
	// outer has the columns of the rows around a correlated subquery.
	outer []expr.Col
	// Rows is the most rows of a table.
	Rows int
}

// NewRandom returns a generator for the seed. Its plans use subqueries and any function, so it links them all.
func NewRandom(seed uint64) *Random {
	opt.LinkSubqueries()
	fn.All()
	return &Random{rng: rand.New(rand.NewPCG(seed, 0x5351534b)), Rows: 120}
}

var (
	int64s  = dtype.Of(dtype.Int64)
	int32s  = dtype.Of(dtype.Int32)
	texts   = dtype.Of(dtype.String)
	doubles = dtype.Of(dtype.Float64)
	bools   = dtype.Of(dtype.Bool)
	kinds   = []dtype.Type{int64s, int32s, texts, doubles, bools}
)

func (g *Random) n(n int) int { return g.rng.IntN(n) }

func (g *Random) chance(percent int) bool { return g.n(100) < percent }

func (g *Random) col(t dtype.Type) expr.Col {
	g.next++
	return expr.Col{ID: g.next, Name: "c" + strconv.Itoa(int(g.next)), Type: t}
}

// Value returns a random value of a type, from a small domain so that values repeat.
func (g *Random) Value(t dtype.Type) data.Scalar {
	if g.chance(12) {
		return data.NullScalar(t)
	}
	switch t.Kind {
	case dtype.String:
		return data.StringScalar([]string{"", "a", "b", "Ab", "abc", "a longer text of the heap", "zoë", "a longer text of the hear"}[g.n(8)])
	case dtype.Float64:
		return data.FloatScalar([]float64{0, -1.5, 0.25, 1e9, 3, -7, 0.1, 12.75}[g.n(8)])
	case dtype.Bool:
		return data.BoolScalar(g.chance(50))
	default:
		return data.IntScalar(t, int64(g.n(12)-3))
	}
}

// Table returns rows in memory, cut into batches of random sizes whose columns have random forms.
func (g *Random) Table() *plan.Memory {
	m := &plan.Memory{Name: "t"}
	for range 2 + g.n(3) {
		m.Out = append(m.Out, g.col(kinds[g.n(len(kinds))]))
	}
	rows := g.n(g.Rows + 1)
	if g.chance(8) {
		rows = 0
	}
	for rows > 0 {
		n := min(rows, 1+g.n(40))
		b := &data.Batch{Len: n}
		for _, c := range m.Out {
			b.Cols = append(b.Cols, g.column(c.Type, n))
		}
		m.Batches = append(m.Batches, b)
		rows -= n
	}
	return m
}

// column returns a column of n rows in a random form.
func (g *Random) column(t dtype.Type, n int) *data.Column {
	if g.chance(10) {
		return data.ConstColumn(g.Value(t), n)
	}
	if g.chance(25) {
		return g.dict(t, n)
	}
	b := data.NewBuilder(t, n)
	for range n {
		b.AppendScalar(g.Value(t))
	}
	return b.Build()
}

func (g *Random) dict(t dtype.Type, n int) *data.Column {
	b := data.NewBuilder(t, 4)
	for b.Len() < 4 {
		if v := g.Value(t); !v.Null {
			b.AppendScalar(v)
		}
	}
	codes, valid := make([]uint32, n), data.NewBitmap(n)
	for i := range codes {
		codes[i] = uint32(g.n(4))
		valid.SetTo(i, g.chance(85))
	}
	return data.DictColumn(b.Build(), codes, valid)
}

// Call resolves a scalar function over typed arguments.
func Call(name string, args ...expr.Expr) expr.Expr {
	in := make([]dtype.Type, len(args))
	for i, a := range args {
		in[i] = a.Type()
	}
	r, err := sig.Resolve(name, in, sig.ScalarKind)
	bug.Assert(err == nil, "test function "+name+" does not resolve")
	for i := range args {
		if !args[i].Type().Equal(r.Args[i]) {
			args[i] = &expr.Cast{Arg: args[i], To: r.Args[i]}
		}
	}
	return &expr.Call{Fn: r.Fn, Args: args, Typ: r.Ret}
}

// Expr returns a random expression of type t over cols.
func (g *Random) Expr(t dtype.Type, cols []expr.Col, depth int) expr.Expr {
	if depth <= 0 || g.chance(25) {
		return g.leaf(t, cols)
	}
	sub := func(t dtype.Type) expr.Expr { return g.Expr(t, cols, depth-1) }
	if g.chance(12) {
		return &expr.Case{Whens: []expr.When{{Cond: sub(bools), Then: sub(t)}}, Else: sub(t)}
	}
	if g.chance(8) {
		return Call("coalesce", sub(t), sub(t))
	}
	switch t.Kind {
	case dtype.Bool:
		return g.condition(cols, depth-1)
	case dtype.Int64:
		switch g.n(6) {
		case 0:
			return Call("length", sub(texts))
		case 1:
			return &expr.Cast{Arg: sub(int32s), To: int64s}
		case 2:
			return Call("mod_null", sub(int64s), sub(int64s))
		case 3:
			return Call("floordiv_null", sub(int64s), sub(int64s))
		}
		return Call([]string{"add", "sub"}[g.n(2)], sub(int64s), sub(int64s))
	case dtype.Float64:
		if g.chance(30) {
			return &expr.Cast{Arg: sub(int64s), To: doubles}
		}
		return Call([]string{"add", "sub", "mul"}[g.n(3)], sub(doubles), sub(doubles))
	case dtype.String:
		if g.chance(40) {
			return Call([]string{"lower", "upper"}[g.n(2)], sub(texts))
		}
		return Call("concat_op", sub(texts), sub(texts))
	default:
		return g.leaf(t, cols)
	}
}

func (g *Random) leaf(t dtype.Type, cols []expr.Col) expr.Expr {
	var fit []expr.Col
	if len(g.outer) > 0 && g.chance(35) {
		cols = g.outer
	}
	for _, c := range cols {
		if c.Type.Equal(t) {
			fit = append(fit, c)
		}
	}
	if len(fit) > 0 && g.chance(80) {
		return &expr.Ref{Col: fit[g.n(len(fit))]}
	}
	return &expr.Lit{Value: g.Value(t)}
}

// condition returns a random expression of type bool.
func (g *Random) condition(cols []expr.Col, depth int) expr.Expr {
	sub := func(t dtype.Type) expr.Expr { return g.Expr(t, cols, depth) }
	t := kinds[g.n(len(kinds))]
	switch g.n(9) {
	case 0:
		return &expr.And{Args: []expr.Expr{sub(bools), sub(bools)}}
	case 1:
		return &expr.Or{Args: []expr.Expr{sub(bools), sub(bools), sub(bools)}}
	case 2:
		return &expr.Not{Arg: sub(bools)}
	case 3:
		return &expr.IsNull{Arg: sub(t), Negate: g.chance(50)}
	case 4:
		in := &expr.In{Arg: sub(t), HasNull: g.chance(20)}
		for len(in.Values) < 1+g.n(3) {
			if v := g.Value(t); !v.Null {
				in.Values = append(in.Values, v)
			}
		}
		return in
	case 5:
		return Call([]string{"is_distinct", "is_not_distinct"}[g.n(2)], sub(t), sub(t))
	case 6:
		return Call("starts_with", sub(texts), sub(texts))
	default:
		return Call([]string{"eq", "ne", "lt", "le", "gt", "ge"}[g.n(6)], sub(t), sub(t))
	}
}

// Plan returns a random plan.
func (g *Random) Plan(depth int) plan.Node {
	if depth <= 0 {
		return g.Table()
	}
	in := g.Plan(depth - 1)
	cols := in.Cols()
	switch g.n(16) {
	case 14, 15:
		return g.apply(in, depth-1)
	case 0, 1:
		return &plan.Filter{Input: in, Cond: g.condition(cols, 2)}
	case 2, 3:
		return g.project(in)
	case 4, 5:
		return g.aggregate(in)
	case 6, 7, 8:
		return g.join(in, g.Plan(depth-1-g.n(2)))
	case 9:
		return &plan.Sort{Input: in, Keys: g.keys(cols), Limit: []int64{-1, 0, 3, 20}[g.n(4)]}
	case 10:
		return &plan.Limit{Input: in, Offset: int64(g.n(5)), Count: int64(g.n(30) - 1)}
	case 11:
		return g.distinct(in)
	case 12:
		return g.window(in)
	default:
		return g.union(in)
	}
}

func (g *Random) project(in plan.Node) plan.Node {
	p := &plan.Project{Input: in}
	for _, c := range in.Cols() {
		if g.chance(60) {
			p.Items = append(p.Items, plan.Item{Col: c, Expr: &expr.Ref{Col: c}})
		}
	}
	for range 1 + g.n(2) {
		t := kinds[g.n(len(kinds))]
		p.Items = append(p.Items, plan.Item{Col: g.col(t), Expr: g.Expr(t, in.Cols(), 2)})
	}
	return p
}

// Agg resolves an aggregate over typed arguments.
func Agg(name string, args ...expr.Expr) expr.Agg {
	in := make([]dtype.Type, len(args))
	for i, a := range args {
		in[i] = a.Type()
	}
	r, err := sig.Resolve(name, in, sig.AggregateKind|sig.WindowKind)
	bug.Assert(err == nil, "test aggregate "+name+" does not resolve")
	for i := range args {
		if !args[i].Type().Equal(r.Args[i]) {
			args[i] = &expr.Cast{Arg: args[i], To: r.Args[i]}
		}
	}
	return expr.Agg{Fn: r.Fn, Args: args, Typ: r.Ret}
}

// agg returns a random aggregate call.
func (g *Random) agg(cols []expr.Col) expr.Agg {
	t := kinds[g.n(len(kinds))]
	num := []dtype.Type{int64s, doubles, int32s}[g.n(3)]
	var a expr.Agg
	switch g.n(9) {
	case 0:
		a = Agg("count_star")
	case 1:
		a = Agg("count", g.Expr(t, cols, 1))
		a.Distinct = g.chance(50)
	case 2, 3:
		a = Agg([]string{"sum", "avg", "sum_wrap"}[g.n(3)], g.Expr(num, cols, 1))
		a.Distinct = g.chance(15)
	case 4:
		a = Agg([]string{"first", "last"}[g.n(2)], g.Expr(t, cols, 1))
	case 5:
		a = Agg("list", g.Expr(t, cols, 1))
	case 6:
		a = Agg([]string{"bool_and", "bool_or"}[g.n(2)], g.Expr(bools, cols, 1))
	case 7:
		a = Agg("nunique", g.Expr(t, cols, 1))
	default:
		a = Agg([]string{"min", "max"}[g.n(2)], g.Expr(t, cols, 1))
	}
	if g.chance(15) {
		a.Filter = g.condition(cols, 1)
	}
	return a
}

func (g *Random) aggregate(in plan.Node) plan.Node {
	a := &plan.Aggregate{Input: in}
	for range g.n(3) {
		t := kinds[g.n(len(kinds))]
		a.Keys = append(a.Keys, plan.Item{Col: g.col(t), Expr: g.Expr(t, in.Cols(), 1)})
	}
	for range g.n(3) + 1 - min(len(a.Keys), 1) {
		call := g.agg(in.Cols())
		a.Aggs = append(a.Aggs, plan.AggItem{Col: g.col(call.Typ), Agg: call})
	}
	if len(a.Keys) == 2 && g.chance(20) {
		a.Sets = [][]int{{0, 1}, {0}, {}}
	}
	return a
}

func (g *Random) join(l, r plan.Node) plan.Node {
	j := &plan.Join{Kind: []defs.JoinKind{defs.Inner, defs.Inner, defs.Left, defs.Right, defs.Full, defs.Semi, defs.Anti, defs.Mark}[g.n(8)], Left: l, Right: r}
	around := g.outer
	g.outer = nil // keys are of one side each
	for range g.n(3) {
		t := kinds[g.n(len(kinds))]
		on := plan.On{Left: g.leaf(t, l.Cols()), Right: g.leaf(t, r.Cols()), NullSafe: g.chance(20)}
		if _, ok := on.Left.(*expr.Ref); !ok {
			continue
		}
		if _, ok := on.Right.(*expr.Ref); ok {
			j.On = append(j.On, on)
		}
	}
	g.outer = around
	if len(j.On) == 0 && g.chance(70) || g.chance(15) {
		j.Residual = g.condition(append(append([]expr.Col(nil), l.Cols()...), r.Cols()...), 1)
	}
	if len(j.On) == 0 { // keep products small
		j.Left, j.Right = &plan.Limit{Input: l, Count: 25}, &plan.Limit{Input: r, Count: 25}
	}
	if j.Kind == defs.Inner && len(j.On) == 0 && j.Residual == nil {
		j.Kind = defs.Cross
	}
	if j.Kind == defs.Mark {
		j.Mark = g.col(bools)
	}
	return j
}

// apply makes a subquery for each row of l, which reads columns of l and of the rows around l.
func (g *Random) apply(l plan.Node, depth int) plan.Node {
	a := &plan.Apply{Left: &plan.Limit{Input: l, Count: 20},
		Kind: []defs.JoinKind{defs.Inner, defs.Left, defs.Semi, defs.Anti, defs.Mark, defs.Single}[g.n(6)]}
	around, rows := g.outer, g.Rows
	g.outer, g.Rows = append(append([]expr.Col(nil), l.Cols()...), around...), 20
	a.Right = g.Plan(min(depth, 3))
	if g.chance(60) {
		a.Right = g.correlatedFilter(a.Right)
	}
	if a.Kind == defs.Single {
		a.Right = g.oneRow(a.Right)
	}
	g.outer, g.Rows = around, rows
	if a.Kind != defs.Single && g.chance(40) {
		t := kinds[g.n(len(kinds))]
		a.Cond = Call("eq", g.leaf(t, l.Cols()), g.leaf(t, a.Right.Cols()))
		if g.chance(30) {
			a.Cond = g.condition(append(append([]expr.Col(nil), l.Cols()...), a.Right.Cols()...), 1)
		}
	}
	if a.Kind == defs.Mark {
		a.Mark = g.col(bools)
	}
	return a
}

// correlatedFilter compares columns of n with columns of the rows around.
func (g *Random) correlatedFilter(n plan.Node) plan.Node {
	f := &plan.Filter{Input: n}
	var conds []expr.Expr
	for range 1 + g.n(2) {
		own, outer := n.Cols()[g.n(len(n.Cols()))], g.outer[g.n(len(g.outer))]
		for _, c := range g.outer {
			if c.Type.Equal(own.Type) && g.chance(60) {
				outer = c
			}
		}
		if own.Type.Equal(outer.Type) {
			name := []string{"eq", "eq", "eq", "ne", "lt", "is_not_distinct"}[g.n(6)]
			conds = append(conds, Call(name, &expr.Ref{Col: own}, &expr.Ref{Col: outer}))
		}
	}
	f.Cond = expr.AndAll(conds)
	return f
}

// oneRow makes at most one row of n, as a scalar subquery has.
func (g *Random) oneRow(n plan.Node) plan.Node {
	if g.chance(40) {
		return &plan.Sort{Input: n, Keys: g.keys(n.Cols()), Limit: 1}
	}
	a := &plan.Aggregate{Input: n}
	for range 1 + g.n(2) {
		call := g.agg(n.Cols())
		a.Aggs = append(a.Aggs, plan.AggItem{Col: g.col(call.Typ), Agg: call})
	}
	if g.chance(40) {
		p := &plan.Project{Input: a}
		for range 1 + g.n(2) {
			t := kinds[g.n(len(kinds))]
			p.Items = append(p.Items, plan.Item{Col: g.col(t), Expr: g.Expr(t, a.Cols(), 2)})
		}
		return p
	}
	return a
}

func (g *Random) keys(cols []expr.Col) []expr.SortKey {
	var keys []expr.SortKey
	for range 1 + g.n(2) {
		t := kinds[g.n(len(kinds))]
		keys = append(keys, expr.SortKey{Expr: g.Expr(t, cols, 1), Order: defs.Order{Desc: g.chance(50), NullsFirst: g.chance(50)}})
	}
	return keys
}

func (g *Random) distinct(in plan.Node) plan.Node {
	d := &plan.Distinct{Input: in}
	if g.chance(50) {
		for _, c := range in.Cols() {
			if g.chance(40) {
				d.On = append(d.On, c.ID)
			}
		}
		d.Keep = defs.Keep(g.n(3))
	}
	return d
}

func (g *Random) window(in plan.Node) plan.Node {
	cols := in.Cols()
	w := expr.Win{Frame: expr.Frame{Unit: defs.FrameRows, Start: expr.Bound{Kind: defs.UnboundedPreceding}, End: expr.Bound{Kind: defs.UnboundedFollowing}}}
	if g.chance(60) {
		t := kinds[g.n(len(kinds))]
		w.Partition = []expr.Expr{g.Expr(t, cols, 1)}
	}
	if g.chance(60) {
		w.Order = g.keys(cols)
		w.Frame.Unit = []defs.FrameUnit{defs.FrameRows, defs.FrameRange}[g.n(2)]
		w.Frame.End.Kind = defs.CurrentRow
	}
	call := Agg([]string{"row_number", "rank", "dense_rank"}[g.n(3)])
	if g.chance(60) {
		call = Agg([]string{"sum", "count", "min", "max", "first", "last"}[g.n(6)], g.Expr(int64s, cols, 1))
	}
	w.Fn, w.Args, w.Typ = call.Fn, call.Args, call.Typ
	return &plan.Window{Input: in, Items: []plan.WinItem{{Col: g.col(w.Typ), Win: w}}}
}

// union appends the input to a copy of itself that is shared, or to a filtered use of it.
func (g *Random) union(in plan.Node) plan.Node {
	var ins []plan.Node
	for range 2 {
		s := &plan.Shared{ID: int(in.Cols()[0].ID), Input: in}
		for _, c := range in.Cols() {
			s.Out = append(s.Out, g.col(c.Type))
		}
		ins = append(ins, s)
	}
	ins[1] = &plan.Filter{Input: ins[1], Cond: g.condition(ins[1].Cols(), 1)}
	u := &plan.Union{Ins: ins}
	for _, c := range in.Cols() {
		u.Out = append(u.Out, g.col(c.Type))
	}
	return u
}
