package opt

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// answerFromMetadata answers count(*), count of a column whose nulls are known, and the least and greatest value of a column whose exact bounds are known,
// of a whole table without reading it.
type answerFromMetadata struct{}

// Name implements Rule.
func (answerFromMetadata) Name() string { return "answer_from_metadata" }

// Apply implements Rule.
func (answerFromMetadata) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	agg, ok := n.(*plan.Aggregate)
	if !ok || len(agg.Keys) > 0 || agg.Sets != nil || len(agg.Aggs) == 0 {
		return n, nil
	}
	row := make([]expr.Expr, len(agg.Aggs))
	for i, a := range agg.Aggs {
		v, ok := c.known(agg.Input, a.Agg)
		if !ok {
			return n, nil
		}
		row[i] = &expr.Lit{Value: v}
	}
	return &plan.Values{Out: agg.Cols(), Rows: [][]expr.Expr{row}}, nil
}

// known returns the value of an aggregate over n if metadata has it.
func (c *Ctx) known(n plan.Node, a expr.Agg) (data.Scalar, bool) {
	if a.Fn.Name == "min" || a.Fn.Name == "max" {
		return c.knownExtreme(n, a)
	}
	count, ok := c.knownCount(n, a)
	return data.IntScalar(a.Typ, count), ok
}

// knownExtreme returns the least or greatest value of a column of a table if that states it.
func (c *Ctx) knownExtreme(n plan.Node, a expr.Agg) (data.Scalar, bool) {
	scan, isScan := n.(*plan.Scan)
	if a.Filter != nil || len(a.Args) != 1 || !isScan {
		return data.Scalar{}, false
	}
	ref, isRef := a.Args[0].(*expr.Ref)
	rows, ok := c.knownRows(n)
	if !ok || !isRef {
		return data.Scalar{}, false
	}
	s, ok := c.stated(scan, ref.Col.ID)
	if ok && s.Nulls == rows {
		return data.NullScalar(a.Typ), true
	}
	v := s.Min
	if a.Fn.Name == "max" {
		v = s.Max
	}
	return v, ok && s.Exact && v.Type.Equal(a.Typ)
}

// knownCount returns the value of a count over n if metadata has it.
func (c *Ctx) knownCount(n plan.Node, a expr.Agg) (int64, bool) {
	if a.Distinct || a.Filter != nil || a.Fn.Name != "count_star" && a.Fn.Name != "count" {
		return 0, false
	}
	rows, ok := c.knownRows(n)
	if !ok || a.Fn.Name == "count_star" {
		return rows, ok
	}
	if c.neverNull(n, a.Args[0]) {
		return rows, true
	}
	ref, ok := a.Args[0].(*expr.Ref)
	scan, isScan := n.(*plan.Scan)
	if !ok || !isScan {
		return 0, false
	}
	s, ok := c.stated(scan, ref.Col.ID)
	return rows - s.Nulls, ok && s.Nulls >= 0
}

// stated returns what the table of a scan states about a column.
func (c *Ctx) stated(n *plan.Scan, id expr.ColID) (spi.ColStats, bool) {
	s := c.est.Table(n.Table)
	for i, o := range n.Out {
		if at := n.Source[i]; o.ID == id && at < len(s.Cols) {
			return s.Cols[at], true
		}
	}
	return spi.ColStats{}, false
}

// knownRows returns the exact number of rows of n, if it is known without running it.
func (c *Ctx) knownRows(n plan.Node) (int64, bool) {
	switch n := n.(type) {
	case *plan.Scan:
		s := c.est.Table(n.Table)
		return s.Rows, s.Exact && s.Rows >= 0 && len(n.Where) == 0 && n.Limit < 0
	case *plan.Memory:
		rows := 0
		for _, b := range n.Batches {
			rows += b.Len
		}
		return int64(rows), true
	case *plan.Project:
		for _, it := range n.Items {
			if expr.Fallible(it.Expr) || expr.Volatile(it.Expr) {
				return 0, false
			}
		}
		return c.knownRows(n.Input)
	case *plan.Window, *plan.RowIndex:
		return c.knownRows(n.Inputs()[0])
	case *plan.Union:
		total := int64(0)
		for _, in := range n.Ins {
			rows, ok := c.knownRows(in)
			if !ok {
				return 0, false
			}
			total += rows
		}
		return total, true
	default:
		return 0, false
	}
}
