package eval

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/spi"
)

// FromPreds returns the condition that all predicates hold, with cols[i] as the column at schema position i. Without predicates it is True.
func FromPreds(preds []spi.Pred, cols []expr.Col) expr.Expr {
	list := make([]expr.Expr, len(preds))
	for i, p := range preds {
		list[i] = fromPred(p, cols)
	}
	return expr.AndAll(list)
}

var predCalls = [...]string{spi.PredEq: "eq", spi.PredNe: "ne", spi.PredLt: "lt", spi.PredLe: "le", spi.PredGt: "gt", spi.PredGe: "ge", spi.PredPrefix: "starts_with"}

func fromPred(p spi.Pred, cols []expr.Col) expr.Expr {
	switch p.Op {
	case spi.PredAnd, spi.PredOr:
		return connective(p, cols)
	case spi.PredNot:
		return &expr.Not{Arg: fromPred(p.Kids[0], cols)}
	}
	ref := &expr.Ref{Col: cols[p.Col]}
	t := ref.Type()
	switch p.Op {
	case spi.PredIsNull, spi.PredNotNull:
		return &expr.IsNull{Arg: ref, Negate: p.Op == spi.PredNotNull}
	case spi.PredIn:
		return &expr.In{Arg: ref, Values: p.Values}
	}
	r, err := sig.Resolve(predCalls[p.Op], []dtype.Type{t, t}, sig.ScalarKind)
	if err != nil {
		bug.Panicf("a predicate on %s: %s", t, err)
	}
	v := p.Values[0]
	v.Type = t
	return &expr.Call{Fn: r.Fn, Args: []expr.Expr{ref, &expr.Lit{Value: v}}, Typ: r.Ret}
}

// connective joins the kids; no kids are true for AND and false for OR.
func connective(p spi.Pred, cols []expr.Col) expr.Expr {
	kids := make([]expr.Expr, len(p.Kids))
	for i, k := range p.Kids {
		kids[i] = fromPred(k, cols)
	}
	switch {
	case len(kids) == 1:
		return kids[0]
	case len(kids) == 0:
		return &expr.Lit{Value: data.BoolScalar(p.Op == spi.PredAnd)}
	case p.Op == spi.PredAnd:
		return &expr.And{Args: kids}
	default:
		return &expr.Or{Args: kids}
	}
}

// withoutRow drops the row number from the error of a constant.
func withoutRow(err error) error {
	f, ok := err.(*fault.Error)
	if !ok {
		return err
	}
	c := *f
	c.Pos.Row = 0
	return &c
}
