package stats

import (
	"math"
	"slices"
	"strings"

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
	prefixShare = 0.05
	otherShare  = 0.3

	betweenShare  = 0.05 // of the smaller one, what two bounds have in common at least
	containsShare = 0.05 // a text that contains another
	inShare       = 0.4  // one of a list of values, at most, however many of them
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
		if c.Distinct <= 0 {
			s = min(s, inShare)
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

// predsShare is the share of a table's rows that pass all predicates.
func predsShare(list []spi.Pred, cols []Col) float64 {
	all := conjunction{}
	for _, p := range list {
		if isRange(p.Op) && cols[p.Col].Bounds {
			all.bound(p.Col, p.Op, cols[p.Col].share(p.Op, p.Values))
			continue
		}
		all.and(predShare(p, cols))
	}
	return all.share()
}

// conjunction collects the shares of conditions that must all hold. Two bounds of one column leave what lies between them; other conditions are
// thought to be independent.
type conjunction struct {
	others []float64
	bounds map[any]*[2]float64 // by column: the shares below the upper and above the lower bound
}

func isRange(op spi.PredOp) bool {
	return op == spi.PredLt || op == spi.PredLe || op == spi.PredGt || op == spi.PredGe
}

func (c *conjunction) and(share float64) { c.others = append(c.others, share) }

func (c *conjunction) bound(col any, op spi.PredOp, share float64) {
	if c.bounds == nil {
		c.bounds = map[any]*[2]float64{}
	}
	b := c.bounds[col]
	if b == nil {
		b = &[2]float64{1, 1}
		c.bounds[col] = b
	}
	side := 0
	if op == spi.PredGt || op == spi.PredGe {
		side = 1
	}
	b[side] = min(b[side], share)
}

// share multiplies in the order of size, so that the result does not depend on the order of a map.
func (c *conjunction) share() float64 {
	list := c.others
	for _, b := range c.bounds {
		list = append(list, between(b[0], b[1]))
	}
	slices.Sort(list)
	s := 1.0
	for _, x := range list {
		s *= x
	}
	return s
}

// between is the share of rows within two bounds of which each alone passes so many. Bounds that exclude each other as far as is known leave a little.
func between(below, above float64) float64 {
	if below == 1 || above == 1 {
		return below * above
	}
	return max(below+above-1, min(below, above)*betweenShare)
}

// predShare is the share of a table's rows that pass a predicate.
func predShare(p spi.Pred, cols []Col) float64 {
	switch p.Op {
	case spi.PredAnd:
		return predsShare(p.Kids, cols)
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
		return e.conjunction(c.Args)
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

// conjunction is the share of rows for which all conditions are true.
func (e *Estimate) conjunction(list []expr.Expr) float64 {
	all := conjunction{}
	for _, k := range list {
		if call, ok := k.(*expr.Call); ok && isRange(comparisons[call.Fn.Name]) {
			if r, ok := call.Args[0].(*expr.Ref); ok && e.Col(r.Col.ID).Bounds {
				if _, lit := call.Args[1].(*expr.Lit); lit {
					all.bound(r.Col.ID, comparisons[call.Fn.Name], e.selectivity(k))
					continue
				}
			}
		}
		all.and(e.selectivity(k))
	}
	return all.share()
}

func (e *Estimate) call(c *expr.Call) float64 {
	op, ok := comparisons[c.Fn.Name]
	if !ok {
		return patternShare(c)
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

// patternShare is for tests of texts: each piece of text that a pattern asks for makes it rarer.
func patternShare(c *expr.Call) float64 {
	name, not := strings.CutPrefix(c.Fn.Name, "not_")
	share := otherShare
	switch name {
	case "like", "ilike":
		if l, ok := c.Args[1].(*expr.Lit); ok && !l.Value.Null {
			pieces := strings.FieldsFunc(l.Value.S, func(r rune) bool { return r == '%' || r == '_' })
			share = math.Pow(containsShare, float64(min(len(pieces), 2)))
		}
	case "contains", "ends_with", "regexp_matches":
		share = containsShare
	case "starts_with":
		share = prefixShare
	}
	if not {
		return 1 - share
	}
	return share
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
