package expr

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/sig"
)

// ColID identifies a column within one plan. IDs are unique over the whole plan and are never reused with another meaning.
type ColID int32

// Col describes a column that a plan node puts out.
type Col struct {
	ID   ColID
	Name string // for people and for the final output
	Type dtype.Type
}

// Expr is a node of a bound expression. The set of implementations is closed: Ref, Lit, Call, Cast, Case, And, Or, Not, IsNull, In, UDF.
type Expr interface {
	// Type is the type of the result.
	Type() dtype.Type
	// Kids returns the direct inputs in order.
	Kids() []Expr
	// WithKids returns a copy with other inputs, as many as Kids returned.
	WithKids(kids []Expr) Expr
	sealed()
}

// Ref is the value of a column of the input.
type Ref struct{ Col Col }

// Lit is a constant.
type Lit struct {
	Value data.Scalar
	Typed bool // a CAST gave it its type, so that it does not adapt to what is around it
}

// Call applies a scalar function. Args have exactly the types that sig.Resolve asked for.
type Call struct {
	Fn   *sig.Overload
	Args []Expr
	Typ  dtype.Type
}

// Cast converts Arg to To. A value that does not convert is an error, or null if Try is set.
type Cast struct {
	Arg Expr
	To  dtype.Type
	Try bool
}

// When is one branch of a Case.
type When struct{ Cond, Then Expr }

// Case is the first branch whose condition is true, else Else (never nil; a null literal where none was written).
// All results have the type of the Case. A branch is evaluated only for the rows that reach it.
type Case struct {
	Whens []When
	Else  Expr
}

// And is Kleene conjunction of two or more.
type And struct{ Args []Expr }

// Or is Kleene disjunction of two or more.
type Or struct{ Args []Expr }

// Not is Kleene negation.
type Not struct{ Arg Expr }

// IsNull tests for null; Negate makes it IS NOT NULL. Never null itself.
type IsNull struct {
	Arg    Expr
	Negate bool
}

// In tests Arg against constants of its own type, none of which is null. HasNull says that the list had a null, so that a miss is unknown.
type In struct {
	Arg     Expr
	Values  []data.Scalar
	HasNull bool
}

// UDF calls a function that the program registered. Fn gets columns of n rows in any form, borrowed, and returns one of type Typ with n rows.
// It is called from several goroutines at once. Pure functions may be folded and shared.
type UDF struct {
	Name string
	Fn   func(ctx context.Context, args []*data.Column, n int) (*data.Column, error)
	Args []Expr
	Typ  dtype.Type
	Pure bool
}

// Agg is an aggregate call; it stands in plan.Aggregate, not in expressions.
type Agg struct {
	Fn       *sig.Overload
	Args     []Expr
	Distinct bool
	Filter   Expr      // bool, or nil
	Order    []SortKey // within the group, for order-aware functions; empty means input order
	Typ      dtype.Type
}

// SortKey is an expression with its order.
type SortKey struct {
	Expr Expr
	defs.Order
}

// Win is a window call; it stands in plan.Window.
type Win struct {
	Fn          *sig.Overload // aggregate or window function
	Args        []Expr
	Distinct    bool
	IgnoreNulls bool
	Filter      Expr
	Partition   []Expr
	Order       []SortKey
	Frame       Frame
	Typ         dtype.Type
}

// Frame is a window frame. Offsets are constants or, for RANGE, values of a type that can be added to the order key.
type Frame struct {
	Unit       defs.FrameUnit
	Start, End Bound
	Exclude    defs.Exclude
}

// Bound is one end of a Frame; Offset is set for Preceding and Following.
type Bound struct {
	Kind   defs.BoundKind
	Offset Expr
}

// True and False are the bool literals.
var (
	True  Expr = &Lit{Value: data.BoolScalar(true)}
	False Expr = &Lit{Value: data.BoolScalar(false)}
)

var boolean = dtype.Of(dtype.Bool)

// Type implements Expr.
func (e *Ref) Type() dtype.Type    { return e.Col.Type }
func (e *Lit) Type() dtype.Type    { return e.Value.Type }
func (e *Call) Type() dtype.Type   { return e.Typ }
func (e *Cast) Type() dtype.Type   { return e.To }
func (e *Case) Type() dtype.Type   { return e.Else.Type() }
func (e *And) Type() dtype.Type    { return boolean }
func (e *Or) Type() dtype.Type     { return boolean }
func (e *Not) Type() dtype.Type    { return boolean }
func (e *IsNull) Type() dtype.Type { return boolean }
func (e *In) Type() dtype.Type     { return boolean }
func (e *UDF) Type() dtype.Type    { return e.Typ }

// Kids implements Expr.
func (e *Ref) Kids() []Expr    { return nil }
func (e *Lit) Kids() []Expr    { return nil }
func (e *Call) Kids() []Expr   { return e.Args }
func (e *Cast) Kids() []Expr   { return []Expr{e.Arg} }
func (e *And) Kids() []Expr    { return e.Args }
func (e *Or) Kids() []Expr     { return e.Args }
func (e *Not) Kids() []Expr    { return []Expr{e.Arg} }
func (e *IsNull) Kids() []Expr { return []Expr{e.Arg} }
func (e *In) Kids() []Expr     { return []Expr{e.Arg} }
func (e *UDF) Kids() []Expr    { return e.Args }

// Kids returns cond, then, cond, then, …, else.
func (e *Case) Kids() []Expr {
	kids := make([]Expr, 0, 2*len(e.Whens)+1)
	for _, w := range e.Whens {
		kids = append(kids, w.Cond, w.Then)
	}
	return append(kids, e.Else)
}

// WithKids implements Expr.
func (e *Ref) WithKids([]Expr) Expr    { return e }
func (e *Lit) WithKids([]Expr) Expr    { return e }
func (e *Call) WithKids(k []Expr) Expr { return &Call{Fn: e.Fn, Args: k, Typ: e.Typ} }
func (e *Cast) WithKids(k []Expr) Expr { return &Cast{Arg: k[0], To: e.To, Try: e.Try} }
func (e *And) WithKids(k []Expr) Expr  { return &And{k} }
func (e *Or) WithKids(k []Expr) Expr   { return &Or{k} }
func (e *Not) WithKids(k []Expr) Expr  { return &Not{k[0]} }
func (e *IsNull) WithKids(k []Expr) Expr {
	return &IsNull{Arg: k[0], Negate: e.Negate}
}
func (e *In) WithKids(k []Expr) Expr {
	return &In{Arg: k[0], Values: e.Values, HasNull: e.HasNull}
}
func (e *UDF) WithKids(k []Expr) Expr {
	c := *e
	c.Args = k
	return &c
}

// WithKids implements Expr.
func (e *Case) WithKids(k []Expr) Expr {
	c := &Case{Whens: make([]When, len(e.Whens)), Else: k[len(k)-1]}
	for i := range c.Whens {
		c.Whens[i] = When{k[2*i], k[2*i+1]}
	}
	return c
}

func (*Ref) sealed()    {}
func (*Lit) sealed()    {}
func (*Call) sealed()   {}
func (*Cast) sealed()   {}
func (*Case) sealed()   {}
func (*And) sealed()    {}
func (*Or) sealed()     {}
func (*Not) sealed()    {}
func (*IsNull) sealed() {}
func (*In) sealed()     {}
func (*UDF) sealed()    {}
