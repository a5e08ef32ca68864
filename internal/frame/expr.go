package frame

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
)

// Expr is an unbound expression. The set of implementations is closed: the types of this file, and those that embed Foreign.
type Expr interface{ expression() }

// Col names a column.
type Col struct{ Name string }

// Cols expands to several columns: all (Names nil) without Except, or Names.
type Cols struct{ Names, Except []string }

// Lit is a constant.
type Lit struct{ Value data.Scalar }

// Fn calls a function or aggregate by its canonical sig name. Constants such as patterns and indexes are Lit arguments.
type Fn struct {
	Name     string
	Args     []Expr
	Distinct bool
}

// Cast converts.
type Cast struct {
	Arg Expr
	To  dtype.Type
	Try bool
}

// When is a chain of conditions; Else may be nil (null).
type When struct {
	Conds, Thens []Expr
	Else         Expr
}

// Alias names the result.
type Alias struct {
	Arg  Expr
	Name string
}

// Over evaluates an expression of aggregates or window functions within partitions; every row gets the result of its partition.
type Over struct {
	Arg       Expr
	Partition []Expr
	Order     []SortKey
}

// SortKey is an expression with its order.
type SortKey struct {
	Expr Expr
	defs.Order
}

// SortBy reorders the values of Arg within the group (or frame) before an order-aware aggregate.
type SortBy struct {
	Arg  Expr
	Keys []SortKey
}

// FilterBy keeps only the values of Arg for which Cond is true, before an aggregate.
type FilterBy struct{ Arg, Cond Expr }

// IsIn tests membership in constants.
type IsIn struct {
	Arg    Expr
	Values []data.Scalar
}

// UDF is a Go function over columns; see expr.UDF. Ret computes the result type.
type UDF struct {
	Name string
	Args []Expr
	In   []dtype.Type // what each argument is cast to
	Out  dtype.Type
	Fn   func(ctx context.Context, args []*data.Column, n int) (*data.Column, error)
}

func (*Col) expression()      {}
func (*Cols) expression()     {}
func (*Lit) expression()      {}
func (*Fn) expression()       {}
func (*Cast) expression()     {}
func (*When) expression()     {}
func (*Alias) expression()    {}
func (*Over) expression()     {}
func (*SortBy) expression()   {}
func (*FilterBy) expression() {}
func (*IsIn) expression()     {}
func (*UDF) expression()      {}
