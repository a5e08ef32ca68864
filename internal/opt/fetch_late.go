package opt

import (
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// fetchLate reads columns of a table for the first rows of an order only: SELECT * FROM hits ORDER BY time LIMIT 10 finds the numbers of ten rows by their
// times, and then reads all other columns of those ten. Columns that only pass from a scan to the top-n, through filters and joins too, are replaced by the number
// of the row, and joined by it afterwards. The rows keep their order, which they are numbered in before.
type fetchLate struct{}

// Name implements Rule.
func (fetchLate) Name() string { return "fetch_late" }

const (
	// mostFetched is how many rows may be fetched: many more are in all parts of a table, which is then read two times.
	mostFetched = 10_000
	// leastDropped is how many rows a top-n must drop for each that it keeps, before it pays to read twice.
	leastDropped = 50
	// leastScanned is how many rows a table must have.
	leastScanned = 50_000
	// leastWeight is how much must not be read: a text counts two, other values one.
	leastWeight = 3
)

// Apply implements Rule.
func (fetchLate) Apply(c *Ctx, n plan.Node) (plan.Node, error) {
	s, ok := n.(*plan.Sort)
	if !ok || s.Limit <= 0 || s.Limit > mostFetched {
		return n, nil
	}
	read := columnSet{}
	for _, k := range s.Keys {
		expr.Refs(k.Expr, read)
	}
	var best *fetch
	of := map[*plan.Scan]*fetch{}
	for _, col := range s.Cols() {
		if read[col.ID] {
			continue
		}
		scan, at := source(s.Input, col.ID)
		if scan == nil {
			continue
		}
		f := of[scan]
		if f == nil {
			f = &fetch{c: c, sort: s, scan: scan, late: map[expr.ColID]int{}}
			of[scan] = f
		}
		f.late[col.ID] = at
		if f.weight += weightOf(col.Type); best == nil || f.weight > best.weight {
			best = f
		}
	}
	if best == nil || !best.pays() {
		return n, nil
	}
	return best.rewrite(), nil
}

func weightOf(t dtype.Type) int {
	if t.IsText() || t.IsNested() {
		return 2
	}
	return 1
}

// fetch is a top-n with a scan of which columns can be read later.
type fetch struct {
	c      *Ctx
	sort   *plan.Sort
	scan   *plan.Scan
	late   map[expr.ColID]int // by column of the top-n: place among the columns of the scan
	weight int
}

func (f *fetch) pays() bool {
	known := f.c.est.Table(f.scan.Table).Rows
	return f.weight >= leastWeight && known >= leastScanned && f.c.est.Rows(f.sort.Input) >= leastDropped*float64(f.sort.Limit)
}

// source returns the scan that a column of n comes from, and its place there, if no node on the way reads it and rows can be found again.
func source(n plan.Node, id expr.ColID) (*plan.Scan, int) {
	for {
		switch x := n.(type) {
		case *plan.Scan:
			return sourceIn(x, id)
		case *plan.Project:
			from, ok := passed(x, id)
			if !ok {
				return nil, 0
			}
			n, id = x.Input, from
			continue
		case *plan.Filter, *plan.Join:
			side, ok := passing(x, id)
			if !ok {
				return nil, 0
			}
			n = x.Inputs()[side]
		default:
			return nil, 0
		}
	}
}

func sourceIn(n *plan.Scan, id expr.ColID) (*plan.Scan, int) {
	if _, ok := n.Table.(spi.RowTable); !ok || n.Limit >= 0 {
		return nil, 0
	}
	for i, c := range n.Out {
		if c.ID != id {
			continue
		}
		for _, p := range n.Where {
			if predReads(p, n.Source[i]) {
				return nil, 0
			}
		}
		return n, i
	}
	return nil, 0
}

func predReads(p spi.Pred, col int) bool {
	for _, k := range p.Kids {
		if predReads(k, col) {
			return true
		}
	}
	return len(p.Kids) == 0 && p.Col == col
}

// passed returns the column that a projection hands on as id, if it does nothing else with it.
func passed(p *plan.Project, id expr.ColID) (from expr.ColID, ok bool) {
	for _, it := range p.Items {
		if r, is := it.Expr.(*expr.Ref); is && it.Col.ID == id {
			from, ok = r.Col.ID, true
		}
	}
	for _, it := range p.Items {
		refs := columnSet{}
		expr.Refs(it.Expr, refs)
		if ok && refs[from] && it.Col.ID != id {
			return from, false
		}
	}
	return from, ok
}

// passing returns the input of a filter or join that a column comes from, if the node neither reads it nor puts nulls in its place.
func passing(n plan.Node, id expr.ColID) (side int, ok bool) {
	read := columnSet{}
	plan.Exprs(n, func(e expr.Expr) { expr.Refs(e, read) })
	if read[id] {
		return 0, false
	}
	j, ok := n.(*plan.Join)
	if !ok {
		return 0, true
	}
	if !plan.HasCol(j.Left, id) {
		side = 1
	}
	switch j.Kind {
	case defs.Inner, defs.Cross:
		return side, true
	case defs.Left, defs.Semi, defs.Anti, defs.Mark:
		return side, side == 0
	case defs.Right:
		return side, side == 1
	default:
		return side, false
	}
}

// rewrite finds the numbers of the first rows and joins the late columns to them.
func (f *fetch) rewrite() plan.Node {
	table := f.scan.Table.(spi.RowTable).Numbered()
	row := f.c.newCol("row", dtype.Of(dtype.Int64))
	at := len(table.Schema().Fields) - 1
	narrow := *f.scan
	narrow.Table, narrow.Out, narrow.Source = table, nil, nil
	gone := map[int]bool{}
	for _, i := range f.late {
		gone[i] = true
	}
	wide := &plan.Scan{Table: table, Name: f.scan.Name, Limit: -1}
	wides := map[int]expr.Col{}
	for i, c := range f.scan.Out {
		if !gone[i] {
			narrow.Out, narrow.Source = append(narrow.Out, c), append(narrow.Source, f.scan.Source[i])
			continue
		}
		wides[i] = f.c.newCol(c.Name, c.Type)
		wide.Out, wide.Source = append(wide.Out, wides[i]), append(wide.Source, f.scan.Source[i])
	}
	narrow.Out, narrow.Source = append(narrow.Out, row), append(narrow.Source, at)
	again, place := f.c.newCol(row.Name, row.Type), f.c.newCol("place", row.Type)
	wide.Out, wide.Source = append(wide.Out, again), append(wide.Source, at)

	first := &plan.Sort{Input: f.without(f.sort.Input, &narrow, row), Keys: f.sort.Keys, Limit: f.sort.Limit}
	join := &plan.Join{Kind: defs.Inner, Left: wide, Right: &plan.RowIndex{Input: first, Col: place},
		On: []plan.On{{Left: &expr.Ref{Col: again}, Right: &expr.Ref{Col: row}}}}
	out := &plan.Project{Input: &plan.Sort{Input: join, Keys: []expr.SortKey{{Expr: &expr.Ref{Col: place}}}, Limit: -1}}
	for _, c := range f.sort.Cols() {
		e := &expr.Ref{Col: c}
		if i, ok := f.late[c.ID]; ok {
			e.Col = wides[i]
		}
		out.Items = append(out.Items, plan.Item{Col: c, Expr: e})
	}
	return out
}

// without is n over the narrow scan: it hands on the number of the row instead of the late columns.
func (f *fetch) without(n plan.Node, narrow *plan.Scan, row expr.Col) plan.Node {
	if n == plan.Node(f.scan) {
		return narrow
	}
	ins, found := append([]plan.Node(nil), n.Inputs()...), false
	for i, in := range ins {
		ins[i] = f.without(in, narrow, row)
		found = found || ins[i] != in
	}
	if !found {
		return n
	}
	p, ok := n.(*plan.Project)
	if !ok {
		return n.WithInputs(ins)
	}
	has := plan.IDs(ins[0])
	out := &plan.Project{Input: ins[0]}
	for _, it := range p.Items {
		if r, ok := it.Expr.(*expr.Ref); !ok || has[r.Col.ID] {
			out.Items = append(out.Items, it)
		}
	}
	out.Items = append(out.Items, plan.Item{Col: row, Expr: &expr.Ref{Col: row}})
	return out
}
