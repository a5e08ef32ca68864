package phys

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// Node is a physical operator. Expressions refer to columns by the ids of Base.Out of the inputs.
// The set of implementations is closed: the types of this file.
type Node interface {
	Info() *Base
	Inputs() []Node
	sealed()
}

// Base is what all nodes have.
type Base struct {
	ID   int        // unique in the plan, in pre-order from 0; metrics are kept by it
	Out  []expr.Col // output columns in order
	Rows float64    // estimated output rows, or -1
}

// Info returns b.
func (b *Base) Info() *Base { return b }

// Memory behaviour of a node, shown by explain.
const (
	Stream = "stream" // one batch at a time
	Buffer = "buffer" // keeps rows within the memory budget
	Spill  = "spill"  // keeps rows, and moves them to disk when the memory budget is used up
)

// Scan reads a table; see plan.Scan. Where and Tests are what the source is asked to apply. Dynamic is not nil if a join or top-n
// above may add predicates while it runs.
type Scan struct {
	Base
	Table   spi.Table
	Name    string
	Source  []int
	Where   []spi.Pred
	Tests   []ScanTest // of a spi.TestTable
	Limit   int64
	Dynamic *spi.Dynamic
}

// ScanTest is conditions that cannot fail, which a scan applies to rows before it reads the columns that no test needs.
type ScanTest struct {
	Conds  []expr.Expr
	Cols   []expr.Col // what they read
	Source []int      // positions of Cols in the schema of the table
}

// Memory yields batches that exist already.
type Memory struct {
	Base
	Name    string
	Batches []*data.Batch
}

// Values yields rows of constant expressions.
type Values struct {
	Base
	Rows [][]expr.Expr
}

// Filter keeps rows for which all Conds are true; they are evaluated in order, each on the rows that are left.
type Filter struct {
	Base
	Input Node
	Conds []expr.Expr
}

// Project computes its output columns.
type Project struct {
	Base
	Input Node
	Items []plan.Item
}

// HashAgg groups by keys. Ordered says that somebody observes the order of the groups, which must then be that of first appearance.
// Without keys it yields one row. See plan.Aggregate for Sets.
type HashAgg struct {
	Base
	Input   Node
	Keys    []plan.Item
	Aggs    []plan.AggItem
	Sets    [][]int
	Ordered bool
}

// HashJoin builds a table over Build and probes it with Probe. Kind is from the view of the plan's left input; Probe is the left input
// unless BuildLeft. Ordered says that somebody observes the order of plan.Join. Filters are the scans of the probe side that hear of the build keys.
type HashJoin struct {
	Base
	Kind      defs.JoinKind
	Probe     Node
	Build     Node
	On        []plan.On // Left and Right are of the plan's left and right input
	Residual  expr.Expr
	Mark      expr.Col
	BuildLeft bool
	Ordered   bool
	Filters   []RuntimeFilter
}

// RuntimeFilter is a scan below a join's probe side in which rows without a partner may be left out.
type RuntimeFilter struct {
	Slot  *spi.Slot // of the scan's Dynamic
	Keys  []int     // positions in HashJoin.On of the keys that are columns of the scan
	Cols  []int     // their positions in the schema of the scan's table
	Share float64   // estimated share of the scan's rows that have a partner
	Rows  float64   // estimated rows of the scan, or -1
}

// LoopJoin is a join without equalities: every pair is tried. Build is the side that is kept in memory (the plan's right input).
type LoopJoin struct {
	Base
	Kind     defs.JoinKind
	Probe    Node
	Build    Node
	Residual expr.Expr // nil: every pair matches
	Mark     expr.Col
}

// Sort orders all rows, stably.
type Sort struct {
	Base
	Input Node
	Keys  []expr.SortKey
}

// TopN keeps the first N rows of the order.
type TopN struct {
	Base
	Input  Node
	Keys   []expr.SortKey
	N      int64
	Bounds []TopBound
}

// TopBound is a scan below a TopN in which rows whose first key is past the first N so far may be left out.
type TopBound struct {
	Slot *spi.Slot // of the scan's Dynamic
	Col  int       // position of the key in the schema of the scan's table
}

// Limit skips and keeps rows in input order.
type Limit struct {
	Base
	Input         Node
	Offset, Count int64
}

// Union concatenates its inputs in order.
type Union struct {
	Base
	Ins []Node
}

// Distinct keeps one row for each combination of the On columns (all if nil).
type Distinct struct {
	Base
	Input   Node
	On      []expr.ColID
	Keep    defs.Keep
	Ordered bool
}

// Window computes window functions. With Top above 0 all of them are ranks along one order, and rows that rank above Top may be left out: nobody looks
// at them.
type Window struct {
	Base
	Input Node
	Items []plan.WinItem
	Top   int64
}

// Unnest expands lists; see plan.Unnest.
type Unnest struct {
	Base
	Input Node
	Items []plan.Item
	Drop  []expr.ColID
	Outer bool
}

// RowIndex numbers rows.
type RowIndex struct {
	Base
	Input  Node
	Col    expr.Col
	Offset int64
}

// Shared runs Input once for all nodes with the same Key and yields its rows, column by column under the names of Out.
type Shared struct {
	Base
	Key   int
	Input Node
}

// Write loads the input into a sink.
type Write struct {
	Base
	Input Node
	Sink  spi.Sink
	Spec  spi.LoadSpec
	Name  string
}

// Inputs implements Node.
func (n *Scan) Inputs() []Node     { return nil }
func (n *Memory) Inputs() []Node   { return nil }
func (n *Values) Inputs() []Node   { return nil }
func (n *Filter) Inputs() []Node   { return []Node{n.Input} }
func (n *Project) Inputs() []Node  { return []Node{n.Input} }
func (n *HashAgg) Inputs() []Node  { return []Node{n.Input} }
func (n *HashJoin) Inputs() []Node { return []Node{n.Probe, n.Build} }
func (n *LoopJoin) Inputs() []Node { return []Node{n.Probe, n.Build} }
func (n *Sort) Inputs() []Node     { return []Node{n.Input} }
func (n *TopN) Inputs() []Node     { return []Node{n.Input} }
func (n *Limit) Inputs() []Node    { return []Node{n.Input} }
func (n *Union) Inputs() []Node    { return n.Ins }
func (n *Distinct) Inputs() []Node { return []Node{n.Input} }
func (n *Window) Inputs() []Node   { return []Node{n.Input} }
func (n *Unnest) Inputs() []Node   { return []Node{n.Input} }
func (n *RowIndex) Inputs() []Node { return []Node{n.Input} }
func (n *Shared) Inputs() []Node   { return []Node{n.Input} }
func (n *Write) Inputs() []Node    { return []Node{n.Input} }

func (*Scan) sealed()     {}
func (*Memory) sealed()   {}
func (*Values) sealed()   {}
func (*Filter) sealed()   {}
func (*Project) sealed()  {}
func (*HashAgg) sealed()  {}
func (*HashJoin) sealed() {}
func (*LoopJoin) sealed() {}
func (*Sort) sealed()     {}
func (*TopN) sealed()     {}
func (*Limit) sealed()    {}
func (*Union) sealed()    {}
func (*Distinct) sealed() {}
func (*Window) sealed()   {}
func (*Unnest) sealed()   {}
func (*RowIndex) sealed() {}
func (*Shared) sealed()   {}
func (*Write) sealed()    {}
