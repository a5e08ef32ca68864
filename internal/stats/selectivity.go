package stats

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/spi"
)

// Shares of rows for which nothing better is known.
const (
	eqShare     = 0.1
	rangeShare  = 0.3
	nullShare   = 0.05
	prefixShare = 0.1
	otherShare  = 0.3
)

// number places a value on the line of numbers.
func number(s data.Scalar) (float64, bool) {
	if s.Null {
		return 0, false
	}
	switch t := s.Type; {
	case t.IsFloat():
		return s.F, !math.IsNaN(s.F)
	case t.Kind == dtype.Decimal:
		return whole(s.I) / math.Pow10(int(t.Scale)), true
	case t.IsInteger(), t.IsTemporal(), t.Kind == dtype.Duration, t.Kind == dtype.Bool:
		return whole(s.I), true
	default:
		return 0, false
	}
}

func whole(v data.Int128) float64 { return float64(v.Hi)*(1<<64) + float64(v.Lo) }

// isWhole reports types whose values are one apart.
func isWhole(t dtype.Type) bool {
	return t.IsInteger() || t.Kind == dtype.Date || t.Kind == dtype.Bool
}

// share is the share of rows of a column for which column ∘ value holds.
func (c Col) share(op spi.PredOp, values []data.Scalar) float64 {
	valid := 1.0
	if c.Nulls >= 0 {
		valid = 1 - c.Nulls
	}
	switch op {
	case spi.PredIsNull:
		if c.Nulls >= 0 {
			return c.Nulls
		}
		return nullShare
	case spi.PredNotNull:
		if c.Nulls >= 0 {
			return valid
		}
		return 1 - nullShare
	case spi.PredEq:
		return valid * c.equal(values[0])
	case spi.PredNe:
		return valid * (1 - c.equal(values[0]))
	case spi.PredIn:
		s := 0.0
		for _, v := range values {
			s += c.equal(v)
		}
		return valid * min(s, 1)
	case spi.PredPrefix:
		return valid * prefixShare
	default:
		return valid * c.below(op, values[0])
	}
}

func (c Col) equal(v data.Scalar) float64 {
	if x, ok := number(v); ok && c.Bounds && (x < c.Min || x > c.Max) {
		return 0
	}
	if c.Distinct > 0 {
		return 1 / c.Distinct
	}
	return eqShare
}

// below interpolates a range between the bounds.
func (c Col) below(op spi.PredOp, v data.Scalar) float64 {
	x, ok := number(v)
	if !ok || !c.Bounds || c.Max < c.Min {
		return rangeShare
	}
	width, step := c.Max-c.Min, 0.0
	if isWhole(v.Type) {
		width, step = width+1, 1
	}
	if width == 0 {
		width = 1
	}
	var share float64
	switch op {
	case spi.PredLt:
		share = (x - c.Min) / width
	case spi.PredLe:
		share = (x + step - c.Min) / width
	case spi.PredGt:
		share = (c.Max - x) / width
	default:
		share = (c.Max + step - x) / width
	}
	return clamp(share, 0, 1)
}

// predShare is the share of a table's rows that pass a predicate.
func predShare(p spi.Pred, cols []Col) float64 {
	switch p.Op {
	case spi.PredAnd:
		s := 1.0
		for _, k := range p.Kids {
			s *= predShare(k, cols)
		}
		return s
	case spi.PredOr:
		s := 1.0
		for _, k := range p.Kids {
			s *= 1 - predShare(k, cols)
		}
		return 1 - s
	case spi.PredNot:
		return 1 - predShare(p.Kids[0], cols)
	default:
		return cols[p.Col].share(p.Op, p.Values)
	}
}

var comparisons = map[string]spi.PredOp{"eq": spi.PredEq, "ne": spi.PredNe, "lt": spi.PredLt, "le": spi.PredLe, "gt": spi.PredGt, "ge": spi.PredGe}

// selectivity is the share of rows for which a condition is true.
func (e *Estimate) selectivity(cond expr.Expr) float64 {
	switch c := cond.(type) {
	case *expr.And:
		s := 1.0
		for _, k := range c.Args {
			s *= e.selectivity(k)
		}
		return s
	case *expr.Or:
		s := 1.0
		for _, k := range c.Args {
			s *= 1 - e.selectivity(k)
		}
		return 1 - s
	case *expr.Not:
		return 1 - e.selectivity(c.Arg)
	case *expr.Lit:
		if c.Value.Bool() {
			return 1
		}
		return 0
	case *expr.IsNull:
		op := spi.PredIsNull
		if c.Negate {
			op = spi.PredNotNull
		}
		return e.operand(c.Arg).share(op, nil)
	case *expr.In:
		return e.operand(c.Arg).share(spi.PredIn, c.Values)
	case *expr.Call:
		return e.call(c)
	default:
		return otherShare
	}
}

func (e *Estimate) call(c *expr.Call) float64 {
	op, ok := comparisons[c.Fn.Name]
	if !ok {
		return otherShare
	}
	if l, ok := c.Args[1].(*expr.Lit); ok && !l.Value.Null {
		return e.operand(c.Args[0]).share(op, []data.Scalar{l.Value})
	}
	if op != spi.PredEq {
		return rangeShare
	}
	d := max(e.operand(c.Args[0]).Distinct, e.operand(c.Args[1]).Distinct)
	if d > 0 {
		return 1 / d
	}
	return eqShare
}

// operand describes the values of an expression.
func (e *Estimate) operand(x expr.Expr) Col {
	if r, ok := x.(*expr.Ref); ok {
		return e.Col(r.Col.ID)
	}
	c := unknown
	c.Distinct = e.exprDistinct(x)
	if c.Distinct >= e.Rows { // as good as no knowledge
		c.Distinct = -1
	}
	return c
}
