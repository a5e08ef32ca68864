package opt

import (
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// pushScan hands conditions to a table as predicates. A condition that a predicate says only in part is handed over and stays.
func pushScan(f *plan.Filter, scan *plan.Scan, conds []expr.Expr) plan.Node {
	if scan.Limit >= 0 {
		return f
	}
	p := &predicates{source: map[expr.ColID]int{}}
	for i, c := range scan.Out {
		p.source[c.ID] = scan.Source[i]
	}
	names := scan.Table.Schema().Names()
	have := map[string]bool{}
	for _, w := range scan.Where {
		have[w.Format(names)] = true
	}
	c := *scan
	c.Where = scan.Where[:len(scan.Where):len(scan.Where)]
	var stay []expr.Expr
	for _, cond := range conds {
		pred, exact, ok := p.of(cond, false)
		if ok && !have[pred.Format(names)] {
			have[pred.Format(names)] = true
			c.Where = append(c.Where, pred)
		}
		if !ok || !exact {
			stay = append(stay, cond)
		}
	}
	if len(c.Where) == len(scan.Where) && len(stay) == len(conds) {
		return f
	}
	return above(&c, stay)
}

// predicates translates conditions into the predicates of sources.
type predicates struct{ source map[expr.ColID]int }

var predOps = map[string]spi.PredOp{"eq": spi.PredEq, "ne": spi.PredNe, "lt": spi.PredLt, "le": spi.PredLe, "gt": spi.PredGt, "ge": spi.PredGe}

// of translates e, or the negation of e with not. Without exact, the predicate is weaker than the condition: it lets through at least the rows that
// the condition lets through.
func (p *predicates) of(e expr.Expr, not bool) (pred spi.Pred, exact, ok bool) {
	switch e := e.(type) {
	case *expr.And:
		return p.all(e.Args, not, spi.PredAnd, spi.PredOr)
	case *expr.Or:
		return p.all(e.Args, not, spi.PredOr, spi.PredAnd)
	case *expr.Not:
		return p.of(e.Arg, !not)
	case *expr.Ref:
		if col, ok := p.column(e); ok && e.Col.Type.Kind == dtype.Bool {
			return spi.Pred{Op: spi.PredEq, Col: col, Values: []data.Scalar{data.BoolScalar(!not)}}, true, true
		}
	case *expr.IsNull:
		if col, ok := p.column(e.Arg); ok {
			if e.Negate != not {
				return spi.Pred{Op: spi.PredNotNull, Col: col}, true, true
			}
			return spi.Pred{Op: spi.PredIsNull, Col: col}, true, true
		}
	case *expr.In:
		return p.in(e, not)
	case *expr.Call:
		return p.call(e, not)
	}
	return spi.Pred{}, false, false
}

// all translates AND and OR. Of a conjunction, operands without translation may be left out; a disjunction needs all.
func (p *predicates) all(args []expr.Expr, not bool, op, negated spi.PredOp) (spi.Pred, bool, bool) {
	if not {
		op = negated
	}
	out, whole := spi.Pred{Op: op}, true
	for _, a := range args {
		k, exact, ok := p.of(a, not)
		switch {
		case ok:
			out.Kids = append(out.Kids, k)
			whole = whole && exact
		case op == spi.PredAnd:
			whole = false
		default:
			return spi.Pred{}, false, false
		}
	}
	if len(out.Kids) == 1 {
		return out.Kids[0], whole, true
	}
	return out, whole, len(out.Kids) > 0
}

// column returns the position of a column of a type that sources can compare.
func (p *predicates) column(e expr.Expr) (int, bool) {
	r, ok := e.(*expr.Ref)
	if !ok {
		return 0, false
	}
	switch k := r.Col.Type.Kind; {
	case r.Col.Type.IsNested(), k == dtype.Interval, k == dtype.Enum, k == dtype.JSON, k == dtype.Null:
		return 0, false
	}
	at, ok := p.source[r.Col.ID]
	return at, ok
}

func (p *predicates) in(e *expr.In, not bool) (spi.Pred, bool, bool) {
	col, ok := p.column(e.Arg)
	if !ok || len(e.Values) == 0 || not && e.HasNull {
		return spi.Pred{}, false, false
	}
	pred := spi.Pred{Op: spi.PredIn, Col: col, Values: e.Values}
	if not {
		pred = spi.Pred{Op: spi.PredNot, Kids: []spi.Pred{pred}}
	}
	return pred, true, true
}

func (p *predicates) call(e *expr.Call, not bool) (spi.Pred, bool, bool) {
	if len(e.Args) != 2 {
		return spi.Pred{}, false, false
	}
	col, ok := p.column(e.Args[0])
	lit, isLit := e.Args[1].(*expr.Lit)
	if !ok || !isLit || lit.Value.Null {
		return spi.Pred{}, false, false
	}
	name := e.Fn.Name
	if strings.HasPrefix(name, "not_") {
		name, not = name[len("not_"):], !not
	}
	if _, comparison := predOps[name]; comparison && not {
		name, not = negated[name], false
	}
	if op, ok := predOps[name]; ok {
		return spi.Pred{Op: op, Col: col, Values: []data.Scalar{lit.Value}}, true, true
	}
	prefix, exact := "", false
	switch name {
	case "like":
		prefix, exact = likePrefix(lit.Value.S)
	case "starts_with":
		prefix, exact = lit.Value.S, true
	}
	if prefix == "" || not && !exact {
		return spi.Pred{}, false, false
	}
	pred := spi.Pred{Op: spi.PredPrefix, Col: col, Values: []data.Scalar{data.StringScalar(prefix)}}
	if not {
		pred = spi.Pred{Op: spi.PredNot, Kids: []spi.Pred{pred}}
	}
	return pred, exact, true
}

// likePrefix returns the text before the first wildcard of a LIKE pattern, and whether the pattern is that text followed by anything.
func likePrefix(pattern string) (prefix string, exact bool) {
	i := strings.IndexAny(pattern, "%_")
	if i < 0 {
		return pattern, false
	}
	return pattern[:i], strings.Trim(pattern[i:], "%") == ""
}
