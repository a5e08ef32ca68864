package ast

// Query is a complete query: WITH, body, ORDER BY and LIMIT. It is a statement, and the content of every subquery.
type Query struct {
	Span
	With    *With
	Body    Body
	OrderBy []OrderItem
	Limit   *Limit
}

// With is the list of common table expressions.
type With struct {
	Span
	Recursive bool
	CTEs      []CTE
}

// CTE is one common table expression. Query may be any statement that returns rows.
type CTE struct {
	Span
	Name    Ident
	Columns []Ident
	// Key holds the columns of USING KEY in a recursive expression.
	Key          []Expr
	Materialized Materialize
	Statement    Statement
}

// Materialize is the MATERIALIZED hint of a common table expression.
type Materialize uint8

// The materialisation hints.
const (
	MaterializeDefault Materialize = iota
	MaterializeAlways
	MaterializeNever
)

// OrderItem is an element of ORDER BY. ORDER BY ALL is a single item with All set.
type OrderItem struct {
	Span
	X     Expr
	All   bool
	Dir   Direction
	Nulls NullsOrder
}

// Direction is ASC, DESC, or what the session's default says.
type Direction uint8

// The sort directions.
const (
	DirDefault Direction = iota
	Asc
	Desc
)

// NullsOrder is NULLS FIRST, NULLS LAST, or what the session's default says.
type NullsOrder uint8

// The places of NULL in an order.
const (
	NullsOrderDefault NullsOrder = iota
	NullsFirst
	NullsLast
)

// Limit is LIMIT count [%] OFFSET offset; either expression may be nil.
type Limit struct {
	Span
	Count   Expr
	Percent bool
	Offset  Expr
}

// Select is SELECT … FROM …, in either order of the two clauses. FROM without SELECT selects *.
type Select struct {
	Span
	Distinct bool
	// DistinctOn holds the expressions of DISTINCT ON.
	DistinctOn []Expr
	Items      []SelectItem
	// From lists the comma-separated tables; it is empty without a FROM clause.
	From    []TableRef
	Where   Expr
	GroupBy *GroupBy
	Having  Expr
	Windows []NamedWindow
	Qualify Expr
	Sample  *Sample
}

// SelectItem is an output column: an expression and its alias, if it has one.
type SelectItem struct {
	X     Expr
	Alias Ident
}

// NamedWindow is an element of the WINDOW clause.
type NamedWindow struct {
	Name   Ident
	Window *Window
}

// GroupBy is the GROUP BY clause: ALL, or a list of elements.
type GroupBy struct {
	Span
	All      bool
	Elements []GroupElement
}

// GroupKind tells the elements of GROUP BY apart.
type GroupKind uint8

// The elements of GROUP BY.
const (
	// GroupExpr is one expression. Inside ROLLUP, CUBE and GROUPING SETS a Row is a set of several.
	GroupExpr GroupKind = iota
	// GroupEmpty is (), the grand total.
	GroupEmpty
	// GroupRollup, GroupCube and GroupSets hold Elements.
	GroupRollup
	GroupCube
	GroupSets
)

// GroupElement is one element of GROUP BY.
type GroupElement struct {
	Span
	Kind     GroupKind
	X        Expr
	Elements []GroupElement
}

// SetKind is the operator of a SetOp.
type SetKind uint8

// The set operators.
const (
	Union SetKind = iota
	Intersect
	Except
)

var setText = [...]string{"UNION", "INTERSECT", "EXCEPT"}

// String returns the keyword of the operator.
func (k SetKind) String() string { return setText[k] }

// SetOp combines two queries row by row.
type SetOp struct {
	Span
	Kind SetKind
	// All keeps duplicates; ByName matches columns by name instead of position.
	All, ByName bool
	L, R        Body
}

// Values is VALUES (…), (…).
type Values struct {
	Span
	Rows [][]Expr
}

// Sample is USING SAMPLE or TABLESAMPLE.
type Sample struct {
	Span
	// Method is reservoir, bernoulli, system, or empty.
	Method Ident
	Size   Expr
	// Percent says that Size is a percentage rather than a number of rows.
	Percent bool
	// Seed is the argument of REPEATABLE, or nil.
	Seed Expr
}

func (*Query) statement() {}
func (*Query) body()      {}
func (*Select) body()     {}
func (*SetOp) body()      {}
func (*Values) body()     {}
