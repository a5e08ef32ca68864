package opt

import (
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/spi"
)

// columnSet is a set of columns.
type columnSet = map[expr.ColID]bool

// nullWith reports whether e is surely null when all columns of the set are null.
func nullWith(e expr.Expr, set columnSet) bool {
	switch e := e.(type) {
	case *expr.Ref:
		return set[e.Col.ID]
	case *expr.Lit:
		return e.Value.Null
	case *expr.Cast:
		return nullWith(e.Arg, set)
	case *expr.Not:
		return nullWith(e.Arg, set)
	case *expr.In:
		return nullWith(e.Arg, set)
	case *expr.Call:
		if !e.Fn.Has(sig.Strict) {
			return false
		}
		for _, a := range e.Args {
			if nullWith(a, set) {
				return true
			}
		}
	}
	return false
}

// rejectsNull reports whether e is surely not true when all columns of the set are null.
func rejectsNull(e expr.Expr, set columnSet) bool {
	if nullWith(e, set) || isLit(e, false) {
		return true
	}
	switch e := e.(type) {
	case *expr.And:
		for _, a := range e.Args {
			if rejectsNull(a, set) {
				return true
			}
		}
	case *expr.Or:
		for _, a := range e.Args {
			if !rejectsNull(a, set) {
				return false
			}
		}
		return true
	case *expr.IsNull:
		return e.Negate && nullWith(e.Arg, set)
	case *expr.Not:
		n, ok := e.Arg.(*expr.IsNull)
		return ok && !n.Negate && nullWith(n.Arg, set)
	}
	return false
}

// neverNull reports whether e, over the columns of n, is provably not null for any row.
func (c *Ctx) neverNull(n plan.Node, e expr.Expr) bool {
	switch e := e.(type) {
	case *expr.Ref:
		return c.columnNeverNull(n, e.Col.ID)
	case *expr.Lit:
		return !e.Value.Null
	case *expr.IsNull:
		return true
	case *expr.Cast:
		return !e.Try && e.Arg.Type().IsNumeric() && e.To.IsNumeric() && c.neverNull(n, e.Arg)
	default:
		return false
	}
}

// columnNeverNull follows a column down to where its values come from.
func (c *Ctx) columnNeverNull(n plan.Node, id expr.ColID) bool {
	switch n := n.(type) {
	case *plan.Scan:
		return c.scanNeverNull(n, id)
	case *plan.Values:
		return valuesNeverNull(n, id)
	case *plan.Filter:
		return rejectsNull(n.Cond, columnSet{id: true}) || c.columnNeverNull(n.Input, id)
	case *plan.Project:
		for _, it := range n.Items {
			if it.Col.ID == id {
				return c.neverNull(n.Input, it.Expr)
			}
		}
	case *plan.Aggregate:
		return c.aggregateNeverNull(n, id)
	case *plan.Join:
		return c.joinNeverNull(n, id)
	case *plan.Union:
		return c.unionNeverNull(n, id)
	case *plan.Shared:
		for i, o := range n.Out {
			if o.ID == id {
				return c.columnNeverNull(n.Input, n.Input.Cols()[i].ID)
			}
		}
	case *plan.Sort, *plan.Limit, *plan.Distinct:
		return c.columnNeverNull(n.Inputs()[0], id)
	case *plan.Window, *plan.Unnest, *plan.RowIndex:
		in := n.Inputs()[0]
		return plan.HasCol(in, id) && c.columnNeverNull(in, id)
	}
	return false
}

func (c *Ctx) scanNeverNull(n *plan.Scan, id expr.ColID) bool {
	for i, o := range n.Out {
		if o.ID != id {
			continue
		}
		at := n.Source[i]
		if n.Table.Schema().Fields[at].Required {
			return true
		}
		for _, p := range n.Where {
			if p.Op < spi.PredAnd && p.Op != spi.PredIsNull && p.Col == at {
				return true
			}
		}
		s := c.est.Table(n.Table)
		return s.Exact && at < len(s.Cols) && s.Cols[at].Nulls == 0
	}
	return false
}

func valuesNeverNull(n *plan.Values, id expr.ColID) bool {
	for i, o := range n.Out {
		if o.ID != id {
			continue
		}
		for _, row := range n.Rows {
			if l, ok := row[i].(*expr.Lit); !ok || l.Value.Null {
				return false
			}
		}
		return true
	}
	return false
}

func (c *Ctx) aggregateNeverNull(n *plan.Aggregate, id expr.ColID) bool {
	for _, k := range n.Keys {
		if k.Col.ID == id {
			return n.Sets == nil && c.neverNull(n.Input, k.Expr)
		}
	}
	for _, a := range n.Aggs {
		if a.Col.ID == id {
			return a.Agg.Fn.Name == "count" || a.Agg.Fn.Name == "count_star"
		}
	}
	return false
}

func (c *Ctx) joinNeverNull(n *plan.Join, id expr.ColID) bool {
	left := plan.HasCol(n.Left, id)
	switch n.Kind {
	case defs.Full:
		return false
	case defs.Left, defs.Single, defs.Mark:
		return left && c.columnNeverNull(n.Left, id)
	case defs.Right:
		return plan.HasCol(n.Right, id) && c.columnNeverNull(n.Right, id)
	case defs.Inner, defs.Semi:
		for _, on := range n.On {
			if !on.NullSafe && (nullWith(on.Left, columnSet{id: true}) || nullWith(on.Right, columnSet{id: true})) {
				return true
			}
		}
	}
	if left {
		return c.columnNeverNull(n.Left, id)
	}
	return plan.HasCol(n.Right, id) && c.columnNeverNull(n.Right, id)
}

func (c *Ctx) unionNeverNull(n *plan.Union, id expr.ColID) bool {
	for i, o := range n.Out {
		if o.ID != id {
			continue
		}
		for _, in := range n.Ins {
			if !c.columnNeverNull(in, in.Cols()[i].ID) {
				return false
			}
		}
		return true
	}
	return false
}
