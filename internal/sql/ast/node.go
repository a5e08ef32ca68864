package ast

// Span is a half-open range of bytes in the source text. Nodes embed it, so that every error can point at its text.
type Span struct{ Start, End int }

// At returns the span itself; through embedding it makes every node a Node.
func (s Span) At() Span { return s }

// Node is anything with a place in the source text.
type Node interface{ At() Span }

// Ident is a name as written. Names compare without regard to case, but keep their case for output.
type Ident struct {
	Span
	// Name is the text without quotes, with doubled quotes undone.
	Name string
	// Quoted says that the source had it in double quotes.
	Quoted bool
}

// Empty reports whether the identifier is absent (an optional alias that was not given, for example).
func (id Ident) Empty() bool { return id.Name == "" && !id.Quoted }

// Name is a possibly qualified name, outermost part first: catalog, schema, table or column.
type Name []Ident

// Last returns the rightmost part, or an empty identifier for an empty name.
func (n Name) Last() Ident {
	if len(n) == 0 {
		return Ident{}
	}
	return n[len(n)-1]
}

// At returns the span from the first part to the last.
func (n Name) At() Span {
	if len(n) == 0 {
		return Span{}
	}
	return Span{n[0].Start, n[len(n)-1].End}
}

// Expr is a scalar expression. The set of implementations is closed: a type switch over it lists them all.
type Expr interface {
	Node
	expr()
}

// Statement is one complete SQL statement, without its semicolon.
type Statement interface {
	Node
	statement()
}

// Body is what a query computes before its ORDER BY and LIMIT: *Select, *SetOp, *Values, a nested *Query, or
// a *Describe or *Summarize or *Show used as a table.
type Body interface {
	Node
	body()
}

// TableRef is an element of FROM: *Table, *TableFunc, *TableQuery, *Join, *Pivot or *Unpivot.
type TableRef interface {
	Node
	tableRef()
}
