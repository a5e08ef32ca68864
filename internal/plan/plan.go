package plan

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/spi"
)

// Node is a relational operator. The set of implementations is closed: Scan, Memory, Values, Filter, Project, Aggregate, Join, Sort, Limit, Union,
// Distinct, Window, Unnest, RowIndex, Shared, Write, and Apply, which only plans that are not optimised yet have.
type Node interface {
	// Inputs returns the input nodes in order.
	Inputs() []Node
	// WithInputs returns a copy with other inputs, as many as Inputs returned.
	WithInputs(in []Node) Node
	// Cols returns the output columns in order.
	Cols() []expr.Col
	sealed()
}

// Item is an output column with the expression that computes it.
type Item struct {
	Col  expr.Col
	Expr expr.Expr
}

// Scan reads a table. Out[i] is the column at position Source[i] of Table.Schema(). Rows for which a Where predicate is not true are left out;
// predicates refer to schema positions and may be on columns that are not in Out.
type Scan struct {
	Table  spi.Table
	Name   string // for people
	Out    []expr.Col
	Source []int
	Where  []spi.Pred
	Limit  int64 // at most this many rows are needed, or -1; a hint that never changes the result
}

// Memory is rows that are in memory already. Batches have exactly the columns Out.
type Memory struct {
	Name    string
	Out     []expr.Col
	Batches []*data.Batch
}

// Values is rows of expressions without column references; every row has the types of Out.
type Values struct {
	Out  []expr.Col
	Rows [][]expr.Expr
}

// Filter keeps the rows for which Cond is true.
type Filter struct {
	Input Node
	Cond  expr.Expr
}

// Project computes the output columns from the input row.
type Project struct {
	Input Node
	Items []Item
}

// AggItem is an output column of Aggregate.
type AggItem struct {
	Col expr.Col
	Agg expr.Agg
}

// Aggregate groups by Keys; without keys there is one group, even for no rows. Output: the keys, then the aggregates. Groups come in the order
// in which they first appear in the input. Sets, if not nil, lists grouping sets as positions in Keys; keys outside a set are null, and the groups of all sets are concatenated.
type Aggregate struct {
	Input Node
	Keys  []Item
	Aggs  []AggItem
	Sets  [][]int
}

// On is one equality of a join: Left reads only left columns, Right only right columns, and both have one type. NullSafe makes null equal to null.
type On struct {
	Left, Right expr.Expr
	NullSafe    bool
}

// Join combines two inputs. A pair matches if all of On hold and Residual (over the columns of both, may be nil) is true. Output: for Semi and Anti the
// left columns; for Mark the left columns and Mark; otherwise the columns of both. Rows come in the order of the left input (for Right and Full, unmatched right rows
// follow in their order), matches of one row in the order of the right input.
type Join struct {
	Kind        defs.JoinKind
	Left, Right Node
	On          []On
	Residual    expr.Expr
	Mark        expr.Col // for Mark
	BuildLeft   bool     // hash table over the left side; set by the optimiser. The output order is the same only where no order is observed
}

// Sort orders rows; equal rows keep their order. Limit >= 0 keeps only the first Limit rows (a top-n).
type Sort struct {
	Input Node
	Keys  []expr.SortKey
	Limit int64
}

// Limit skips Offset rows and keeps Count (or all if -1), in input order.
type Limit struct {
	Input         Node
	Offset, Count int64
}

// Union concatenates inputs. Column i of the output is column i of each input, all of one type.
type Union struct {
	Ins []Node
	Out []expr.Col
}

// Distinct keeps one row (see Keep) for each combination of the On columns, or of all columns if On is nil. Nulls are equal.
type Distinct struct {
	Input Node
	On    []expr.ColID
	Keep  defs.Keep
}

// WinItem is an output column of Window.
type WinItem struct {
	Col expr.Col
	Win expr.Win
}

// Window adds columns to every row, which keep their order. Output: the input's columns, then Items.
type Window struct {
	Input Node
	Items []WinItem
}

// Unnest makes a row for each element of the lists Items (several lists run in parallel, shorter ones padded with null). With Outer, a row whose
// lists are all empty or null yields one row of nulls instead of none. Output: the input's columns without Drop, then Items.
type Unnest struct {
	Input Node
	Items []Item // Expr has a list type, Col its element type
	Drop  []expr.ColID
	Outer bool
}

// RowIndex adds an int64 column that numbers the rows from Offset in input order. Output: Col, then the input's columns.
type RowIndex struct {
	Input  Node
	Col    expr.Col
	Offset int64
}

// Shared marks a subplan that is used several times. All Shared nodes with one ID have the same Input, which runs once. Out renames
// its columns for this use, in order.
type Shared struct {
	ID    int
	Input Node
	Out   []expr.Col
}

// Write loads the input into a sink and puts out one row with the number of rows written.
type Write struct {
	Input Node
	Sink  spi.Sink
	Spec  spi.LoadSpec
	Name  string // for people
	Out   []expr.Col
}

// Inputs implements Node.
func (n *Scan) Inputs() []Node      { return nil }
func (n *Memory) Inputs() []Node    { return nil }
func (n *Values) Inputs() []Node    { return nil }
func (n *Filter) Inputs() []Node    { return []Node{n.Input} }
func (n *Project) Inputs() []Node   { return []Node{n.Input} }
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }
func (n *Join) Inputs() []Node      { return []Node{n.Left, n.Right} }
func (n *Sort) Inputs() []Node      { return []Node{n.Input} }
func (n *Limit) Inputs() []Node     { return []Node{n.Input} }
func (n *Union) Inputs() []Node     { return n.Ins }
func (n *Distinct) Inputs() []Node  { return []Node{n.Input} }
func (n *Window) Inputs() []Node    { return []Node{n.Input} }
func (n *Unnest) Inputs() []Node    { return []Node{n.Input} }
func (n *RowIndex) Inputs() []Node  { return []Node{n.Input} }
func (n *Shared) Inputs() []Node    { return []Node{n.Input} }
func (n *Write) Inputs() []Node     { return []Node{n.Input} }

// WithInputs implements Node.
func (n *Scan) WithInputs([]Node) Node      { return n }
func (n *Memory) WithInputs([]Node) Node    { return n }
func (n *Values) WithInputs([]Node) Node    { return n }
func (n *Filter) WithInputs(in []Node) Node { return &Filter{in[0], n.Cond} }
func (n *Project) WithInputs(in []Node) Node {
	return &Project{in[0], n.Items}
}
func (n *Aggregate) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *Join) WithInputs(in []Node) Node      { c := *n; c.Left, c.Right = in[0], in[1]; return &c }
func (n *Sort) WithInputs(in []Node) Node      { c := *n; c.Input = in[0]; return &c }
func (n *Limit) WithInputs(in []Node) Node     { c := *n; c.Input = in[0]; return &c }
func (n *Union) WithInputs(in []Node) Node     { return &Union{in, n.Out} }
func (n *Distinct) WithInputs(in []Node) Node  { c := *n; c.Input = in[0]; return &c }
func (n *Window) WithInputs(in []Node) Node    { c := *n; c.Input = in[0]; return &c }
func (n *Unnest) WithInputs(in []Node) Node    { c := *n; c.Input = in[0]; return &c }
func (n *RowIndex) WithInputs(in []Node) Node  { c := *n; c.Input = in[0]; return &c }
func (n *Shared) WithInputs(in []Node) Node    { c := *n; c.Input = in[0]; return &c }
func (n *Write) WithInputs(in []Node) Node     { c := *n; c.Input = in[0]; return &c }

// Cols implements Node.
func (n *Scan) Cols() []expr.Col     { return n.Out }
func (n *Memory) Cols() []expr.Col   { return n.Out }
func (n *Values) Cols() []expr.Col   { return n.Out }
func (n *Filter) Cols() []expr.Col   { return n.Input.Cols() }
func (n *Sort) Cols() []expr.Col     { return n.Input.Cols() }
func (n *Limit) Cols() []expr.Col    { return n.Input.Cols() }
func (n *Union) Cols() []expr.Col    { return n.Out }
func (n *Distinct) Cols() []expr.Col { return n.Input.Cols() }
func (n *Shared) Cols() []expr.Col   { return n.Out }
func (n *Write) Cols() []expr.Col    { return n.Out }

// Cols implements Node.
func (n *Project) Cols() []expr.Col { return listCols(n) }

// Cols implements Node.
func (n *Aggregate) Cols() []expr.Col { return listCols(n) }

// Cols implements Node.
func (n *Join) Cols() []expr.Col { return listCols(n) }

// Cols implements Node.
func (n *Window) Cols() []expr.Col {
	out := append([]expr.Col(nil), n.Input.Cols()...)
	for _, it := range n.Items {
		out = append(out, it.Col)
	}
	return out
}

// Cols implements Node.
func (n *Unnest) Cols() []expr.Col {
	var out []expr.Col
	for _, c := range n.Input.Cols() {
		dropped := false
		for _, d := range n.Drop {
			dropped = dropped || d == c.ID
		}
		if !dropped {
			out = append(out, c)
		}
	}
	for _, it := range n.Items {
		out = append(out, it.Col)
	}
	return out
}

// Cols implements Node.
func (n *RowIndex) Cols() []expr.Col { return append([]expr.Col{n.Col}, n.Input.Cols()...) }

func (*Scan) sealed()      {}
func (*Memory) sealed()    {}
func (*Values) sealed()    {}
func (*Filter) sealed()    {}
func (*Project) sealed()   {}
func (*Aggregate) sealed() {}
func (*Join) sealed()      {}
func (*Sort) sealed()      {}
func (*Limit) sealed()     {}
func (*Union) sealed()     {}
func (*Distinct) sealed()  {}
func (*Window) sealed()    {}
func (*Unnest) sealed()    {}
func (*RowIndex) sealed()  {}
func (*Shared) sealed()    {}
func (*Write) sealed()     {}
