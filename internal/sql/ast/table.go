package ast

// Alias is [AS] name [(columns)] after a table reference. Types is set, and as long as Columns, for name(a INT, b TEXT).
type Alias struct {
	Name    Ident
	Columns []Ident
	Types   []*TypeName
}

// Table is a named table: catalog.schema.table, or a file in quotes, in which case Name is empty.
type Table struct {
	Span
	Name Name
	// File is the text of a string literal in FROM.
	File   string
	Alias  Alias
	Sample *Sample
}

// TableFunc is a call in FROM.
type TableFunc struct {
	Span
	Call       *Func
	Lateral    bool
	Ordinality bool
	Alias      Alias
	Sample     *Sample
}

// TableQuery is a subquery, or VALUES, in FROM.
type TableQuery struct {
	Span
	Query   *Query
	Lateral bool
	Alias   Alias
	Sample  *Sample
}

// JoinKind is the kind of a Join.
type JoinKind uint8

// The kinds of join.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	SemiJoin
	AntiJoin
	CrossJoin
	PositionalJoin
)

var joinText = [...]string{"", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI", "CROSS", "POSITIONAL"}

// String returns the keyword before JOIN; it is empty for an inner join.
func (k JoinKind) String() string { return joinText[k] }

// Join joins two table references.
type Join struct {
	Span
	Kind JoinKind
	// Asof matches each left row with the nearest right row; Natural joins on all common columns.
	Asof, Natural bool
	L, R          TableRef
	// At most one of On and Using is set.
	On    Expr
	Using []Ident
	// Alias names the result of a parenthesised join.
	Alias Alias
}

// Pivot is PIVOT in FROM or as a statement.
type Pivot struct {
	Span
	Source TableRef
	// Using holds the aggregates.
	Using   []SelectItem
	On      []PivotColumn
	GroupBy []Expr
	Alias   Alias
}

// PivotColumn says which values of X (or of the tuple X) become columns: those of In, those of the enum type Enum, those of
// Query, or all that occur.
type PivotColumn struct {
	X     Expr
	In    []SelectItem
	Enum  Ident
	Query *Query
}

// Unpivot is UNPIVOT in FROM or as a statement: for each element of On, a row with its name in Names and its values in Values.
type Unpivot struct {
	Span
	Source       TableRef
	IncludeNulls bool
	Values       []Ident
	Names        []Ident
	On           []SelectItem
	Alias        Alias
}

func (*Table) tableRef()      {}
func (*TableFunc) tableRef()  {}
func (*TableQuery) tableRef() {}
func (*Join) tableRef()       {}
func (*Pivot) tableRef()      {}
func (*Unpivot) tableRef()    {}
