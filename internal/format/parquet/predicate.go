package parquet

import (
	"math"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// pred is a predicate with the negations pushed down to its tests, which is right because a test that is unknown fails either way.
type pred struct {
	op     spi.PredOp // a test, PredAnd or PredOr
	negate bool       // of PredIn and PredPrefix
	col    int        // position in the table's schema
	values []data.Scalar
	kids   []*pred
}

// negated gives the test that is true exactly where the other is false.
var negated = map[spi.PredOp]spi.PredOp{spi.PredEq: spi.PredNe, spi.PredNe: spi.PredEq, spi.PredLt: spi.PredGe, spi.PredLe: spi.PredGt,
	spi.PredGt: spi.PredLe, spi.PredGe: spi.PredLt, spi.PredIsNull: spi.PredNotNull, spi.PredNotNull: spi.PredIsNull,
	spi.PredAnd: spi.PredOr, spi.PredOr: spi.PredAnd, spi.PredIn: spi.PredIn, spi.PredPrefix: spi.PredPrefix}

// compile returns p as a pred, or nil if it has something we do not evaluate.
func compile(p spi.Pred, not bool, schema dtype.Schema) *pred {
	if p.Op == spi.PredNot {
		if len(p.Kids) != 1 {
			return nil
		}
		return compile(p.Kids[0], !not, schema)
	}
	op := p.Op
	if not {
		op = negated[op]
	}
	if op == spi.PredAnd || op == spi.PredOr {
		out := &pred{op: op}
		for _, k := range p.Kids {
			c := compile(k, not, schema)
			if c == nil {
				return nil
			}
			out.kids = append(out.kids, c)
		}
		return out
	}
	if p.Col < 0 || p.Col >= len(schema.Fields) {
		return nil
	}
	out := &pred{op: op, negate: not, col: p.Col, values: p.Values}
	if !out.fits(schema.Fields[p.Col].Type) {
		return nil
	}
	return out
}

// fits reports whether we can test a column of type t this way.
func (p *pred) fits(t dtype.Type) bool {
	if p.op == spi.PredIsNull || p.op == spi.PredNotNull {
		return true
	}
	phys := t.Phys()
	switch phys {
	case dtype.PhysNull, dtype.PhysInterval, dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
		return false
	}
	if p.op == spi.PredPrefix && (phys != dtype.PhysView || len(p.values) != 1) {
		return false
	}
	if p.op != spi.PredIn && len(p.values) != 1 {
		return false
	}
	for _, v := range p.values {
		if v.Type.Phys() != phys || v.Type.Kind != t.Kind && !(v.Type.IsText() && t.IsText()) || v.Type.Scale != t.Scale ||
			v.Type.Unit != t.Unit {
			return false
		}
	}
	return true
}

// columns appends the distinct columns that p reads.
func (p *pred) columns(dst []int) []int {
	if p.op == spi.PredAnd || p.op == spi.PredOr {
		for _, k := range p.kids {
			dst = k.columns(dst)
		}
		return dst
	}
	for _, c := range dst {
		if c == p.col {
			return dst
		}
	}
	return append(dst, p.col)
}

// may reports whether a row can pass, given the bounds of the columns.
func (p *pred) may(of func(col int) bounds) bool {
	switch p.op {
	case spi.PredAnd:
		for _, k := range p.kids {
			if !k.may(of) {
				return false
			}
		}
		return true
	case spi.PredOr:
		for _, k := range p.kids {
			if k.may(of) {
				return true
			}
		}
		return false
	}
	return p.mayTest(of(p.col))
}

// mayTest is may for a single test.
func (p *pred) mayTest(b bounds) bool {
	if p.op == spi.PredIsNull {
		return b.nulls != 0
	}
	if b.rows >= 0 && b.nulls >= 0 && b.nulls >= b.rows {
		return false // nothing but nulls
	}
	if p.op == spi.PredNotNull {
		return true
	}
	if !b.ok {
		for _, v := range p.values {
			if v.Null && p.op != spi.PredIn {
				return false
			}
		}
		return true
	}
	if p.op == spi.PredIn {
		return p.mayIn(b)
	}
	v := p.values[0]
	if v.Null {
		return false
	}
	lo, hi := compareScalars(v, b.min), compareScalars(v, b.max) // of the value against the bounds
	isNaN := math.IsNaN(v.F)
	switch p.op {
	case spi.PredEq:
		return isNaN && b.nan || lo >= 0 && hi <= 0
	case spi.PredNe:
		return b.nan || lo != 0 || hi != 0 || v.Type.Phys() == dtype.PhysView
	case spi.PredLt:
		return lo > 0
	case spi.PredLe:
		return lo >= 0
	case spi.PredGt:
		return hi < 0 || b.nan && !isNaN
	case spi.PredGe:
		return hi <= 0 || b.nan
	case spi.PredPrefix:
		if p.negate {
			return true
		}
		return (b.max.S >= v.S || strings.HasPrefix(b.max.S, v.S)) && (b.min.S <= v.S || strings.HasPrefix(b.min.S, v.S))
	}
	return true
}

func (p *pred) mayIn(b bounds) bool {
	if p.negate {
		return true
	}
	for _, v := range p.values {
		if !v.Null && (math.IsNaN(v.F) && b.nan || compareScalars(v, b.min) >= 0 && compareScalars(v, b.max) <= 0) {
			return true
		}
	}
	return false
}
