package sig

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// Kind says where a function may be called.
type Kind uint8

// The kinds of function.
const (
	Scalar    Kind = iota // one result per row
	Aggregate             // one result per group; also usable over a window
	Window                // only over a window: row_number, rank, lag, ...
)

// Props are what the optimiser may rely on.
type Props uint16

// The properties of an overload.
const (
	Strict      Props = 1 << iota // a null argument gives null; the implementation sees validity already combined
	Volatile                      // may differ between calls with equal arguments: never folded, never shared, never moved
	Fallible                      // may fail for some values: not evaluated for rows that a filter or case excludes
	Monotone                      // non-decreasing in its first argument, the others being constant
	Commutative                   // arguments of a two-argument function may be swapped
	OrderAware                    // aggregate: depends on row order (first, last, list, string_agg)
	PerQuery                      // depends on the query's settings (its start, its time zone): calls agree within one query, and only there
	IgnoresDup                    // aggregate: DISTINCT makes no difference (min, max, any)
)

// Overload is one implementation of a function for a family of argument types. Overloads are compared by pointer and found by ID.
// They are made in this package's tables and never changed. internal/fn and internal/exec/op have one implementation for each ID.
type Overload struct {
	ID     string // unique, the name and, behind a dot, what tells the overload from others: "add.num", "date_trunc.timestamp"
	Name   string // the function's canonical name, e.g. "add"
	Kind   Kind
	Props  Props
	Params []Param
	Rest   *Param // type of further arguments of a variadic function, or nil
	// Ret computes the result type from the argument types after coercion.
	Ret func(args []dtype.Type) dtype.Type
	Doc string // one line, for the generated function list
	// Bind, if set, settles argument and result types in place of Params and Ret (which then only serve the documentation). It returns
	// false if the arguments do not fit.
	Bind func(args []Arg) (types []dtype.Type, ret dtype.Type, ok bool)
	// RetLit, if set, computes the result type from coerced arguments and literal values in place of Ret; its error is the user's.
	RetLit func(args []Arg) (dtype.Type, error)
	// Group is the heading of the function list that the overload stands under.
	Group string
	// Spec is the signature as it is shown to people, e.g. "substr(string string, bigint start, bigint length?) string".
	Spec string
}

// Arg is an argument of a call that is being resolved.
type Arg struct {
	Type dtype.Type
	Lit  *data.Scalar // the value, if the argument is a constant
	Bare bool         // a literal as written in the query, which adapts to what is around it: 1 fits a tinyint, '2026-01-01' a date
	// Apart says that text does not become another type by itself, nor another type text, to choose from or to order, which is so in SQL.
	Apart bool
}

// Has reports whether all of p hold.
func (o *Overload) Has(p Props) bool { return o.Props&p == p }

// Param describes one parameter.
type Param struct {
	Name     string
	Accept   func(t dtype.Type) bool // types taken as they are
	Coerce   dtype.Type              // otherwise the argument is implicitly cast to this, if Kind is not Null and the cast is allowed
	Same     int                     // >0: shares its type with all parameters of the same group (common type)
	Constant bool                    // must be a literal after folding
	Optional bool
	List     bool       // with Same: a list whose elements have the type of the group
	Compare  bool       // with Same: text meets another type in that type instead of in text
	Ordered  bool       // with Compare: except where text meets no other type (Arg.Apart)
	Class    string     // how the parameter's type is shown: "bigint", "int", "any", "T[]"
	null     dtype.Type // what a bare NULL becomes; the null type keeps it
}

// Resolved is a call whose types are settled.
type Resolved struct {
	Fn   *Overload
	Args []dtype.Type // what each argument must be cast to before the call
	Ret  dtype.Type
}
