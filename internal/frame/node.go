package frame

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/spi"
)

// Node is a relation. The set of implementations is closed: the types of this file, and those that embed Foreign.
type Node interface{ relation() }

// File reads files by path, glob or URL through the catalog. Format "" means by extension.
type File struct {
	Path    string
	Format  string
	Options spi.Options
}

// Table reads an opened table.
type Table struct {
	Table spi.Table
	Name  string
}

// Named reads a table or view of the engine's catalog.
type Named struct{ Name string }

// Memory is rows in memory.
type Memory struct {
	Schema  dtype.Schema
	Batches []*data.Batch
}

// Failed carries an error made while a LazyFrame was built; binding returns it.
type Failed struct{ Err error }

// Select computes exactly the expressions. An expression may expand to several columns. If all are aggregates or literals the result has one row.
type Select struct {
	Input Node
	Exprs []Expr
}

// WithColumns adds or replaces columns; replaced ones keep their place.
type WithColumns struct {
	Input Node
	Exprs []Expr
}

// Filter keeps rows for which all conditions are true.
type Filter struct {
	Input Node
	Conds []Expr
}

// GroupBy groups by keys; an aggregate expression may be any composition over aggregates. A bare column means its list of values.
type GroupBy struct {
	Input Node
	Keys  []Expr
	Aggs  []Expr
}

// Join joins on pairs of expressions; Cross has none. Semantics of output columns are those of the frames: keys are coalesced, equal names get Suffix.
type Join struct {
	Left, Right     Node
	Kind            defs.JoinKind
	LeftOn, RightOn []Expr
	NullsEqual      bool
	Suffix          string
}

// Sort orders rows, stably.
type Sort struct {
	Input Node
	Keys  []SortKey
}

// Slice keeps Count rows (or all if -1) from Offset; a negative offset counts from the end.
type Slice struct {
	Input         Node
	Offset, Count int64
}

// Unique keeps one row for each combination of Subset (all columns if empty).
type Unique struct {
	Input  Node
	Subset []string
	Keep   defs.Keep
}

// Drop removes columns; an unknown one is an error.
type Drop struct {
	Input Node
	Names []string
}

// Rename renames columns; From[i] becomes To[i].
type Rename struct {
	Input    Node
	From, To []string
}

// CastColumns converts columns; Types runs parallel to Names.
type CastColumns struct {
	Input Node
	Names []string
	Types []dtype.Type
	Try   bool
}

// DropNulls removes rows with a null in Subset (any column if empty).
type DropNulls struct {
	Input  Node
	Subset []string
}

// FillNull replaces nulls in all columns whose type takes the value.
type FillNull struct {
	Input Node
	Value Expr
}

// Concat appends relations by position; Diagonal aligns them by name and fills with null.
type Concat struct {
	Inputs   []Node
	Diagonal bool
}

// WithRowIndex puts a numbering column first.
type WithRowIndex struct {
	Input  Node
	Name   string
	Offset int64
}

// Explode expands list columns in parallel; empty lists and nulls give one row with null.
type Explode struct {
	Input Node
	Names []string
}

// Shared marks a relation that several others use; it runs once.
type Shared struct{ Input Node }

// Write loads the relation into a sink, by URL or path (through the catalog) or given.
type Write struct {
	Input   Node
	Path    string
	Format  string
	Sink    spi.Sink
	Mode    spi.Mode
	Key     []string
	Options spi.Options
}

func (*File) relation()         {}
func (*Table) relation()        {}
func (*Named) relation()        {}
func (*Memory) relation()       {}
func (*Failed) relation()       {}
func (*Select) relation()       {}
func (*WithColumns) relation()  {}
func (*Filter) relation()       {}
func (*GroupBy) relation()      {}
func (*Join) relation()         {}
func (*Sort) relation()         {}
func (*Slice) relation()        {}
func (*Unique) relation()       {}
func (*Drop) relation()         {}
func (*Rename) relation()       {}
func (*CastColumns) relation()  {}
func (*DropNulls) relation()    {}
func (*FillNull) relation()     {}
func (*Concat) relation()       {}
func (*WithRowIndex) relation() {}
func (*Explode) relation()      {}
func (*Shared) relation()       {}
func (*Write) relation()        {}

// Foreign is embedded by relations and expressions that another package defines and binds: those written in SQL (internal/bind).
type Foreign struct{}

func (Foreign) relation()   {}
func (Foreign) expression() {}
