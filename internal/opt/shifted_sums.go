package opt

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/spi"
)

// shiftedSums computes the sums of x + 1, x + 2 and so on from one sum and one count of x. It asks that no such sum can leave its type, which types
// and the bounds in statistics tell: otherwise a row that fails as written would not.
type shiftedSums struct{}

// Name implements Rule.
func (shiftedSums) Name() string { return "shifted_sums" }

// Apply implements Rule.
func (shiftedSums) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	agg, ok := n.(*plan.Aggregate)
	if !ok {
		return n, nil
	}
	shifts := make([]*shift, len(agg.Aggs))
	same := map[string]int{} // by argument and filter
	for i, a := range agg.Aggs {
		if shifts[i] = c.shift(agg.Input, a.Agg); shifts[i] != nil {
			same[shifts[i].of.Format()]++
		}
	}
	out := *agg
	out.Aggs = nil
	instead := map[expr.ColID]expr.Expr{}
	parts := map[string]expr.Expr{} // the sum of x and the count of x as an int128, by the aggregate
	for i, a := range agg.Aggs {
		s := shifts[i]
		if s == nil || same[s.of.Format()] < 2 {
			out.Aggs = append(out.Aggs, a)
			continue
		}
		key := s.of.Format()
		if parts[key] == nil {
			sum, count := c.newCol("sum", a.Agg.Typ), c.newCol("count", dtype.Of(dtype.Int64))
			counted := s.of
			counted.Fn, counted.Typ = sig.Lookup("count")[0], count.Type
			out.Aggs = append(out.Aggs, plan.AggItem{Col: sum, Agg: s.of}, plan.AggItem{Col: count, Agg: counted})
			parts[key], parts["count of "+key] = &expr.Ref{Col: sum}, &expr.Cast{Arg: &expr.Ref{Col: count}, To: a.Agg.Typ}
		}
		by := &expr.Lit{Value: data.IntScalar(a.Agg.Typ, s.by)}
		instead[a.Col.ID] = arithmetic("add", parts[key], arithmetic("mul", parts["count of "+key], by))
	}
	if len(instead) == 0 {
		return n, nil
	}
	p := &plan.Project{Input: &out}
	for _, col := range agg.Cols() {
		it := plan.Item{Col: col, Expr: &expr.Ref{Col: col}}
		if e := instead[col.ID]; e != nil {
			it.Expr = e
		}
		p.Items = append(p.Items, it)
	}
	return p, nil
}

// arithmetic applies an operator to two operands of the same type, which is that of the result.
func arithmetic(name string, a, b expr.Expr) expr.Expr {
	return &expr.Call{Fn: sig.ByID(name + ".int"), Args: []expr.Expr{a, b}, Typ: a.Type()}
}

// shift is the sum of a column, of which every value has a constant added.
type shift struct {
	of expr.Agg // the sum without the constant
	by int64
}

// shift recognises sum(x + c), sum(c + x) and sum(x - c) over the rows of in; nil is anything else.
func (c *Ctx) shift(in plan.Node, a expr.Agg) *shift {
	if a.Fn.Name != "sum" || a.Distinct || len(a.Order) > 0 || a.Typ.Kind != dtype.Int128 || len(a.Args) != 1 {
		return nil
	}
	call, ok := a.Args[0].(*expr.Call)
	if !ok || len(call.Args) != 2 || call.Fn.Name != "add" && call.Fn.Name != "sub" || !call.Typ.IsInteger() || call.Typ.Kind == dtype.Int128 {
		return nil
	}
	x, lit := call.Args[0], call.Args[1]
	if _, first := x.(*expr.Lit); first && call.Fn.Name == "add" {
		x, lit = lit, x
	}
	l, ok := lit.(*expr.Lit)
	if !ok || l.Value.Null || !l.Value.Type.IsInteger() || !x.Type().Equal(call.Typ) {
		return nil
	}
	by, ok := small(l.Value)
	if !ok {
		return nil
	}
	if call.Fn.Name == "sub" {
		by = -by
	}
	has, ok := c.range64(in, x)
	room, _ := rangeOf(call.Typ)
	if !ok || has.lo+by < room.lo || has.hi+by > room.hi {
		return nil
	}
	of := a
	of.Args = []expr.Expr{x}
	return &shift{of: of, by: by}
}

// bounds64 are bounds of whole numbers, far enough from the ends of int64 that a small constant can be added to both.
type bounds64 struct{ lo, hi int64 }

// quarter is the largest size of the numbers that the rule calculates with; two of them add up in an int64.
const quarter = math.MaxInt64 / 4

// small returns a constant whose size is at most a quarter of the range.
func small(v data.Scalar) (int64, bool) {
	if v.Type.Kind == dtype.Int128 || v.Type.Kind == dtype.Uint64 {
		return 0, false
	}
	i := v.Int64()
	return i, i >= -quarter && i <= quarter
}

// rangeOf is the range of an integer type, cut to int64; ok means that it is small.
func rangeOf(t dtype.Type) (b bounds64, ok bool) {
	switch t.Kind {
	case dtype.Int8:
		return bounds64{math.MinInt8, math.MaxInt8}, true
	case dtype.Int16:
		return bounds64{math.MinInt16, math.MaxInt16}, true
	case dtype.Int32:
		return bounds64{math.MinInt32, math.MaxInt32}, true
	case dtype.Uint8:
		return bounds64{0, math.MaxUint8}, true
	case dtype.Uint16:
		return bounds64{0, math.MaxUint16}, true
	case dtype.Uint32:
		return bounds64{0, math.MaxUint32}, true
	case dtype.Uint64:
		return bounds64{0, math.MaxInt64}, false
	default:
		return bounds64{math.MinInt64, math.MaxInt64}, false
	}
}

// range64 bounds the values of e, a column or a column made wider, over the rows of in.
func (c *Ctx) range64(in plan.Node, e expr.Expr) (bounds64, bool) {
	switch e := e.(type) {
	case *expr.Ref:
		if b, ok := c.columnRange(in, e.Col.ID); ok {
			return b, true
		}
		return rangeOf(e.Col.Type)
	case *expr.Cast:
		if e.Arg.Type().IsInteger() && widens(e.Arg.Type(), e.To) {
			return c.range64(in, e.Arg)
		}
	}
	return bounds64{}, false
}

// columnRange finds the bounds that a table states for a column.
func (c *Ctx) columnRange(n plan.Node, id expr.ColID) (bounds64, bool) {
	switch n := n.(type) {
	case *plan.Filter:
		return c.columnRange(n.Input, id)
	case *plan.Project:
		for _, it := range n.Items {
			if it.Col.ID == id {
				return c.range64(n.Input, it.Expr)
			}
		}
	case *plan.Scan:
		if s, ok := c.stated(n, id); ok && c.est.Table(n.Table).Exact {
			return statedRange(s)
		}
	}
	return bounds64{}, false
}

func statedRange(s spi.ColStats) (bounds64, bool) {
	if !s.HasBounds || !s.Min.Type.IsInteger() || !s.Max.Type.IsInteger() {
		return bounds64{}, false
	}
	lo, ok1 := small(s.Min)
	hi, ok2 := small(s.Max)
	return bounds64{lo, hi}, ok1 && ok2
}
