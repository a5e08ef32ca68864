package opt

import (
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// unifyScans reads the columns of both with the predicates of both; what only one has is left over.
func (c *Ctx) unifyScans(a, b *plan.Scan) (*unified, bool) {
	if a.Table != b.Table || a.Limit >= 0 || b.Limit >= 0 {
		return nil, false
	}
	u := newUnified()
	s := &plan.Scan{Table: a.Table, Name: a.Name, Limit: -1}
	fields := a.Table.Schema().Fields
	column := func(source int) expr.Expr {
		for i, have := range s.Source {
			if have == source {
				return &expr.Ref{Col: s.Out[i]}
			}
		}
		s.Source = append(s.Source, source)
		s.Out = append(s.Out, c.newCol(fields[source].Name, fields[source].Type))
		return &expr.Ref{Col: s.Out[len(s.Out)-1]}
	}
	for i, n := range []*plan.Scan{a, b} {
		for k, col := range n.Out {
			u.cols[i][col.ID] = column(n.Source[k])
		}
	}
	names := a.Table.Schema().Names()
	var ok bool
	if s.Where, u.rest[0], ok = leftOver(a.Where, b.Where, names, column); !ok {
		return nil, false
	}
	if _, u.rest[1], ok = leftOver(b.Where, a.Where, names, column); !ok {
		return nil, false
	}
	u.node = s
	return u, true
}

// leftOver divides predicates into those that are among others too and conditions that say the rest.
func leftOver(mine, others []spi.Pred, names []string, column func(int) expr.Expr) (both []spi.Pred, rest []expr.Expr, ok bool) {
	have := map[string]bool{}
	for _, p := range others {
		have[p.Format(names)] = true
	}
	for _, p := range mine {
		if have[p.Format(names)] {
			both = append(both, p)
			continue
		}
		cond, ok := condOf(p, column)
		if !ok {
			return nil, nil, false
		}
		rest = append(rest, cond)
	}
	return both, rest, true
}

// condOf is a predicate of a source as a condition.
func condOf(p spi.Pred, column func(int) expr.Expr) (expr.Expr, bool) {
	for name, op := range predOps {
		if op == p.Op {
			return plan.Compare(name, column(p.Col), &expr.Lit{Value: p.Values[0]}), true
		}
	}
	switch p.Op {
	case spi.PredIn:
		return &expr.In{Arg: column(p.Col), Values: p.Values}, true
	case spi.PredIsNull, spi.PredNotNull:
		return &expr.IsNull{Arg: column(p.Col), Negate: p.Op == spi.PredNotNull}, true
	case spi.PredAnd, spi.PredOr, spi.PredNot:
		kids := make([]expr.Expr, len(p.Kids))
		for i, k := range p.Kids {
			var ok bool
			if kids[i], ok = condOf(k, column); !ok {
				return nil, false
			}
		}
		switch p.Op {
		case spi.PredAnd:
			return expr.AndAll(kids), true
		case spi.PredNot:
			return &expr.Not{Arg: kids[0]}, true
		default:
			return &expr.Or{Args: kids}, true
		}
	default:
		return nil, false
	}
}
