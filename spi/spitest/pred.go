package spitest

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// truth is a value of three-valued logic.
type truth int8

const (
	isFalse truth = iota - 1
	isUnknown
	isTrue
)

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// Holds reports whether the row of the batch, which has all columns of the table, passes the predicate. It is the naive reading of the
// contract of spi.Pred.
func Holds(p spi.Pred, b *data.Batch, row int) bool { return eval(p, b, row) == isTrue }

func eval(p spi.Pred, b *data.Batch, row int) truth {
	switch p.Op {
	case spi.PredAnd:
		out := isTrue
		for _, k := range p.Kids {
			out = min(out, eval(k, b, row))
		}
		return out
	case spi.PredOr:
		out := isFalse
		for _, k := range p.Kids {
			out = max(out, eval(k, b, row))
		}
		return out
	case spi.PredNot:
		return -eval(p.Kids[0], b, row)
	}
	v := b.Cols[p.Col].Value(row)
	switch {
	case p.Op == spi.PredIsNull:
		return truthOf(v.Null)
	case p.Op == spi.PredNotNull:
		return truthOf(!v.Null)
	case v.Null:
		return isUnknown
	case p.Op == spi.PredIn:
		for _, x := range p.Values {
			if compare(v, x) == 0 {
				return isTrue
			}
		}
		return isFalse
	case p.Op == spi.PredPrefix:
		return truthOf(strings.HasPrefix(v.S, p.Values[0].S))
	}
	c := compare(v, p.Values[0])
	return truthOf([...]bool{spi.PredEq: c == 0, spi.PredNe: c != 0, spi.PredLt: c < 0, spi.PredLe: c <= 0, spi.PredGt: c > 0, spi.PredGe: c >= 0}[p.Op])
}

// compare orders two values of one type that are not null.
func compare(a, b data.Scalar) int {
	switch a.Type.Phys() {
	case dtype.PhysF32, dtype.PhysF64:
		an, bn := math.IsNaN(a.F), math.IsNaN(b.F)
		switch {
		case an && bn || a.F == b.F:
			return 0
		case an || !bn && a.F > b.F:
			return 1
		default:
			return -1
		}
	case dtype.PhysView:
		return bytes.Compare([]byte(a.S), []byte(b.S))
	default:
		return a.I.Cmp(b.I)
	}
}

// Comparable reports whether predicates on columns of the type can be compared with literals.
func Comparable(t dtype.Type) bool {
	return !t.IsNested() && t.Kind != dtype.Null && t.Kind != dtype.Interval && t.Kind != dtype.JSON
}

// RandomPred returns a predicate on the columns, with literals that occur in the rows.
func RandomPred(r *rand.Rand, s dtype.Schema, rows []*data.Batch, depth int) spi.Pred {
	if depth > 0 && r.IntN(3) == 0 {
		op := [...]spi.PredOp{spi.PredAnd, spi.PredOr, spi.PredNot}[r.IntN(3)]
		n := 2
		if op == spi.PredNot {
			n = 1
		}
		p := spi.Pred{Op: op}
		for range n {
			p.Kids = append(p.Kids, RandomPred(r, s, rows, depth-1))
		}
		return p
	}
	col := r.IntN(s.Len())
	t := s.Fields[col].Type
	literal := func() data.Scalar {
		for range 50 {
			b := rows[r.IntN(len(rows))]
			if v := b.Cols[col].Value(r.IntN(b.Len)); !v.Null {
				return v
			}
		}
		for {
			if v := RandomScalar(r, t); !v.Null {
				return v
			}
		}
	}
	if !Comparable(t) {
		return spi.Pred{Op: [...]spi.PredOp{spi.PredIsNull, spi.PredNotNull}[r.IntN(2)], Col: col}
	}
	p := spi.Pred{Op: spi.PredOp(r.IntN(int(spi.PredPrefix) + 1)), Col: col}
	switch p.Op {
	case spi.PredIsNull, spi.PredNotNull:
	case spi.PredIn:
		p.Values = []data.Scalar{literal(), literal(), literal()}
	case spi.PredPrefix:
		if t.Kind != dtype.String {
			p.Op = spi.PredEq
		}
		v := literal()
		if p.Op == spi.PredPrefix && len(v.S) > 2 {
			v.S = v.S[:2]
		}
		p.Values = []data.Scalar{v}
	default:
		p.Values = []data.Scalar{literal()}
	}
	return p
}
