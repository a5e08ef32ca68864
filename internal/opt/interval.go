package opt

import (
	"math"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// interval encloses the values of an expression that are not null.
type interval struct{ lo, hi float64 }

// cannotFail reports whether e never fails over the rows of in, because of what it does or of the bounds that tables state for their columns.
func (c *Ctx) cannotFail(in plan.Node, e expr.Expr) bool {
	if !expr.Fallible(e) {
		return true
	}
	_, ok := c.interval(in, e)
	return ok
}

// interval encloses whole numbers and decimals that are computed from columns with stated bounds. It is not ok if any step may leave its type.
func (c *Ctx) interval(in plan.Node, e expr.Expr) (interval, bool) {
	if t := e.Type(); !t.IsInteger() && t.Kind != dtype.Decimal {
		return interval{}, false
	}
	switch e := e.(type) {
	case *expr.Ref:
		return c.columnInterval(in, e.Col.ID)
	case *expr.Lit:
		if e.Value.Null {
			return interval{}, true
		}
		v := float64(e.Value.I.Hi)*(1<<64) + float64(e.Value.I.Lo)
		if e.Value.Type.Kind == dtype.Decimal {
			v /= math.Pow10(int(e.Value.Type.Scale))
		}
		return interval{v, v}, true
	case *expr.Cast:
		if from := e.Arg.Type(); e.To.IsInteger() && !from.IsInteger() || from.Scale > e.To.Scale { // it would round
			return interval{}, false
		}
		v, ok := c.interval(in, e.Arg)
		return v, ok && v.fits(e.To)
	case *expr.Case:
		return c.caseInterval(in, e)
	case *expr.Call:
		return c.callInterval(in, e)
	default:
		return interval{}, false
	}
}

func (c *Ctx) caseInterval(in plan.Node, e *expr.Case) (interval, bool) {
	list := []expr.Expr{}
	for _, w := range e.Whens {
		if expr.Fallible(w.Cond) {
			return interval{}, false
		}
		list = append(list, w.Then)
	}
	if e.Else != nil {
		list = append(list, e.Else)
	}
	var all interval
	for i, x := range list {
		v, ok := c.interval(in, x)
		if !ok {
			return interval{}, false
		}
		if i == 0 {
			all = v
		}
		all = interval{min(all.lo, v.lo), max(all.hi, v.hi)}
	}
	return all, true
}

func (c *Ctx) callInterval(in plan.Node, e *expr.Call) (interval, bool) {
	if len(e.Args) != 2 {
		return interval{}, false
	}
	a, ok1 := c.interval(in, e.Args[0])
	b, ok2 := c.interval(in, e.Args[1])
	var v interval
	switch e.Fn.Name {
	case "add":
		v = interval{a.lo + b.lo, a.hi + b.hi}
	case "sub":
		v = interval{a.lo - b.hi, a.hi - b.lo}
	case "mul":
		p, q, r, s := a.lo*b.lo, a.lo*b.hi, a.hi*b.lo, a.hi*b.hi
		v = interval{min(p, q, r, s), max(p, q, r, s)}
	default:
		return interval{}, false
	}
	return v, ok1 && ok2 && v.fits(e.Typ)
}

// fits reports whether the interval lies well within a type: its ends are not exact.
func (v interval) fits(t dtype.Type) bool {
	const nearly = 0.999
	lo, hi := 0.0, 0.0
	switch {
	case t.Kind == dtype.Decimal:
		hi = math.Pow10(int(t.Precision - t.Scale))
		lo = -hi
	case t.Kind == dtype.Int128:
		lo, hi = -math.MaxInt64, math.MaxInt64
	default:
		b, _ := rangeOf(t)
		lo, hi = float64(b.lo), float64(b.hi)
	}
	return v.lo >= lo*nearly && v.hi <= hi*nearly
}

// columnInterval is the bounds that a table states for a column of n.
func (c *Ctx) columnInterval(n plan.Node, id expr.ColID) (interval, bool) {
	switch n := n.(type) {
	case *plan.Filter, *plan.Sort, *plan.Limit:
		return c.columnInterval(n.Inputs()[0], id)
	case *plan.Project:
		for _, it := range n.Items {
			if it.Col.ID == id {
				return c.interval(n.Input, it.Expr)
			}
		}
	case *plan.Join:
		if plan.HasCol(n.Left, id) {
			return c.columnInterval(n.Left, id)
		}
		return c.columnInterval(n.Right, id)
	case *plan.Scan:
		s := c.est.Of(n).Col(id)
		return interval{s.Min, s.Max}, s.Bounds && c.est.Table(n.Table).Exact
	}
	return interval{}, false
}
