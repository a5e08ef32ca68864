package opt

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// countFromMetadata answers count(*), and count of a column whose nulls are known, of a whole table without reading it.
type countFromMetadata struct{}

// Name implements Rule.
func (countFromMetadata) Name() string { return "count_from_metadata" }

// Apply implements Rule.
func (countFromMetadata) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	agg, ok := n.(*plan.Aggregate)
	if !ok || len(agg.Keys) > 0 || agg.Sets != nil || len(agg.Aggs) == 0 {
		return n, nil
	}
	row := make([]expr.Expr, len(agg.Aggs))
	for i, a := range agg.Aggs {
		count, ok := c.knownCount(agg.Input, a.Agg)
		if !ok {
			return n, nil
		}
		row[i] = &expr.Lit{Value: data.IntScalar(a.Agg.Typ, count)}
	}
	return &plan.Values{Out: agg.Cols(), Rows: [][]expr.Expr{row}}, nil
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
