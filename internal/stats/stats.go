package stats

import (
	"context"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// Estimator estimates nodes of one plan. It remembers its answers by node, so nodes must not be changed. It is not safe for concurrent use.
type Estimator struct {
	ctx    context.Context
	nodes  map[plan.Node]*Estimate
	tables map[spi.Table]spi.Stats
}

// New returns an Estimator that reads the statistics of tables with ctx.
func New(ctx context.Context) *Estimator {
	return &Estimator{ctx: ctx, nodes: map[plan.Node]*Estimate{}, tables: map[spi.Table]spi.Stats{}}
}

// Estimate is what is believed about the output of a node. Cols lacks the columns about which nothing is known.
type Estimate struct {
	Rows float64
	Cols map[expr.ColID]Col
	// Base is how many rows there were before any filter, at least Rows: the most values that several columns together can have.
	Base float64
}

// Col is what is believed about the values of a column.
type Col struct {
	Distinct float64 // number of distinct values, or -1
	Domain   float64 // how many values there may be at most where the column comes from: of the table, whatever filters dropped since; or 0
	Nulls    float64 // share of rows that are null, or -1
	Min, Max float64 // numbers, dates and timestamps on the line of numbers, if Bounds
	Bounds   bool
}

// unknown is a column about which nothing is known.
var unknown = Col{Distinct: -1, Nulls: -1}

// Col returns what is known about a column.
func (e *Estimate) Col(id expr.ColID) Col {
	if c, ok := e.Cols[id]; ok {
		return c
	}
	return unknown
}

// Table returns the statistics of a table, read once. A table that cannot tell is unknown: estimates are no reason to fail.
func (e *Estimator) Table(t spi.Table) spi.Stats {
	if s, ok := e.tables[t]; ok {
		return s
	}
	s, err := t.Stats(e.ctx)
	if err != nil {
		s = spi.Stats{Rows: -1, Bytes: -1}
	}
	e.tables[t] = s
	return s
}

// Rows estimates the output rows of n.
func (e *Estimator) Rows(n plan.Node) float64 { return e.Of(n).Rows }

// Of estimates the output of n. The result must not be changed.
func (e *Estimator) Of(n plan.Node) *Estimate {
	if est := e.nodes[n]; est != nil {
		return est
	}
	est := e.node(n)
	est.Rows = max(est.Rows, 0)
	est.Base = max(est.Base, est.Rows)
	e.nodes[n] = est
	return est
}

// Sizes for which nothing better is known.
const (
	defaultRows     = 100_000
	bytesPerRow     = 100
	defaultListLen  = 4
	defaultGroupsIn = 10 // rows a group
	denseShare      = 4  // whole numbers that are about so many of all in their range are probably all
)

func (e *Estimator) node(n plan.Node) *Estimate {
	switch n := n.(type) {
	case *plan.Scan:
		return e.scan(n)
	case *plan.Memory:
		rows := 0
		for _, b := range n.Batches {
			rows += b.Len
		}
		return &Estimate{Rows: float64(rows)}
	case *plan.Values:
		return &Estimate{Rows: float64(len(n.Rows))}
	case *plan.Filter:
		in := e.Of(n.Input)
		return in.scaled(in.selectivity(n.Cond))
	case *plan.Project:
		return e.project(n)
	case *plan.Aggregate:
		return e.aggregate(n)
	case *plan.Join:
		return e.join(n)
	case *plan.Sort:
		return e.Of(n.Input).limited(0, n.Limit)
	case *plan.Limit:
		return e.Of(n.Input).limited(n.Offset, n.Count)
	case *plan.Union:
		return e.union(n)
	case *plan.Distinct:
		return e.distinct(n)
	case *plan.Unnest:
		in := e.Of(n.Input)
		return &Estimate{Rows: in.Rows * defaultListLen, Cols: in.Cols, Base: in.Base}
	case *plan.Shared:
		return e.shared(n)
	case *plan.Write:
		return &Estimate{Rows: 1}
	default: // Window and RowIndex keep the rows and the columns
		in := e.Of(n.Inputs()[0])
		return &Estimate{Rows: in.Rows, Cols: in.Cols, Base: in.Base}
	}
}

func (e *Estimator) scan(n *plan.Scan) *Estimate {
	s := e.Table(n.Table)
	est := &Estimate{Rows: defaultRows, Cols: map[expr.ColID]Col{}}
	switch {
	case s.Rows >= 0:
		est.Rows = float64(s.Rows)
	case s.Bytes >= 0:
		est.Rows = float64(s.Bytes) / bytesPerRow
	}
	all := make([]Col, n.Table.Schema().Len())
	for i := range all {
		all[i] = unknown
		if i < len(s.Cols) {
			all[i] = colOf(s.Cols[i], est.Rows)
		}
		all[i].Domain = max(all[i].Distinct, 1)
		if all[i].Distinct < 0 {
			all[i].Domain = max(est.Rows, 1)
		}
	}
	for i, c := range n.Out {
		est.Cols[c.ID] = all[n.Source[i]]
	}
	est.Base = est.Rows
	return est.scaled(predsShare(n.Where, all)).limited(0, n.Limit)
}

func colOf(s spi.ColStats, rows float64) Col {
	c := unknown
	if s.Distinct >= 0 {
		c.Distinct = float64(s.Distinct)
	}
	if s.Nulls >= 0 && rows > 0 {
		c.Nulls = float64(s.Nulls) / rows
	}
	if s.HasBounds {
		lo, ok1 := number(s.Min)
		hi, ok2 := number(s.Max)
		c.Min, c.Max, c.Bounds = lo, hi, ok1 && ok2
		if t := s.Min.Type; c.Bounds && isWhole(t) { // no more values than the range has room for
			room := min(max(hi-lo+1, 1), max(rows, 1))
			if c.Distinct*denseShare > room || c.Distinct < 0 {
				c.Distinct = room
			}
		}
	}
	return c
}

// scaled keeps a share of the rows; a column loses distinct values only where rows get scarce.
func (e *Estimate) scaled(share float64) *Estimate {
	if share >= 1 {
		return e
	}
	return &Estimate{Rows: max(e.Rows*share, min(e.Rows, 1)), Cols: e.Cols, Base: e.Base}
}

func (e *Estimate) limited(offset, count int64) *Estimate {
	rows := max(e.Rows-float64(offset), 0)
	if count >= 0 {
		rows = min(rows, float64(count))
	}
	return &Estimate{Rows: rows, Cols: e.Cols, Base: e.Base}
}

func (e *Estimator) project(n *plan.Project) *Estimate {
	in := e.Of(n.Input)
	return &Estimate{Rows: in.Rows, Cols: in.items(n.Items), Base: in.Base}
}

// items carries statistics over to computed columns: a reference keeps them, a computation has no more values than its inputs together.
func (e *Estimate) items(items []plan.Item) map[expr.ColID]Col {
	out := map[expr.ColID]Col{}
	for _, it := range items {
		if r, ok := it.Expr.(*expr.Ref); ok {
			if c, ok := e.Cols[r.Col.ID]; ok {
				out[it.Col.ID] = c
			}
			continue
		}
		if d := e.exprDistinct(it.Expr); d >= 0 {
			out[it.Col.ID] = Col{Distinct: d, Domain: d, Nulls: -1}
		}
	}
	return out
}

// exprDistinct bounds the distinct values of e, or returns -1.
func (e *Estimate) exprDistinct(x expr.Expr) float64 {
	refs := map[expr.ColID]bool{}
	expr.Refs(x, refs)
	d := 1.0
	for id := range refs {
		c := e.Col(id)
		if c.Distinct < 0 {
			d = -1
			break
		}
		d *= max(c.Distinct, 1)
	}
	if most := e.calendarDistinct(x); d < 0 || most >= 0 && most < d {
		d = most
	}
	if d < 0 {
		return -1
	}
	return min(d, max(e.Rows, 1))
}

func (e *Estimator) aggregate(n *plan.Aggregate) *Estimate {
	in := e.Of(n.Input)
	if len(n.Keys) == 0 {
		return &Estimate{Rows: 1}
	}
	cols := in.items(n.Keys)
	ids := make([]expr.ColID, len(n.Keys))
	for i, k := range n.Keys {
		ids[i] = k.Col.ID
	}
	rows := groups(in.Rows, cols, ids)
	if n.Sets != nil {
		rows *= float64(max(len(n.Sets), 1))
	}
	return &Estimate{Rows: rows, Cols: cols, Base: groups(in.Base, cols, ids)}
}

func (e *Estimator) distinct(n *plan.Distinct) *Estimate {
	in := e.Of(n.Input)
	ids := n.On
	if ids == nil {
		for _, c := range n.Cols() {
			ids = append(ids, c.ID)
		}
	}
	return &Estimate{Rows: groups(in.Rows, in.Cols, ids), Cols: in.Cols, Base: groups(in.Base, in.Cols, ids)}
}

// groups estimates the number of combinations of the columns in so many rows.
func groups(rows float64, cols map[expr.ColID]Col, ids []expr.ColID) float64 {
	if rows <= 1 {
		return rows
	}
	n, blind := 1.0, false
	for _, id := range ids {
		if c, ok := cols[id]; ok && c.Distinct >= 0 {
			n *= max(c.Distinct, 1)
		} else {
			blind = true
		}
	}
	if blind {
		n = max(n, rows/defaultGroupsIn)
	}
	return clamp(n, 1, rows)
}

func (e *Estimator) union(n *plan.Union) *Estimate {
	est := &Estimate{Cols: map[expr.ColID]Col{}}
	for k, in := range n.Ins {
		one := e.Of(in)
		est.Rows += one.Rows
		for i, c := range in.Cols() {
			est.Cols[n.Out[i].ID] = joinCols(est.Cols[n.Out[i].ID], one.Col(c.ID), k == 0)
		}
	}
	return est
}

// joinCols describes the values of two inputs of a union together.
func joinCols(a, b Col, first bool) Col {
	if first {
		return b
	}
	out := unknown
	if a.Distinct >= 0 && b.Distinct >= 0 {
		out.Distinct = max(a.Distinct, b.Distinct)
	}
	out.Domain = max(a.Domain, b.Domain)
	if a.Bounds && b.Bounds {
		out.Min, out.Max, out.Bounds = min(a.Min, b.Min), max(a.Max, b.Max), true
	}
	return out
}

func (e *Estimator) shared(n *plan.Shared) *Estimate {
	in := e.Of(n.Input)
	est := &Estimate{Rows: in.Rows, Cols: map[expr.ColID]Col{}, Base: in.Base}
	for i, c := range n.Input.Cols() {
		if s, ok := in.Cols[c.ID]; ok && i < len(n.Out) {
			est.Cols[n.Out[i].ID] = s
		}
	}
	return est
}

// clamp cuts v to a range.
func clamp(v, lo, hi float64) float64 { return min(max(v, lo), hi) }
