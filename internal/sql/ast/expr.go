package ast

// ColumnRef is a name in an expression: a, t.a, s.t.a, or a struct field path; only bind can tell which. A bare
// keyword-like function such as current_date is a ColumnRef too, when no column has that name.
type ColumnRef struct {
	Span
	Parts Name
}

// PositionalRef is #n: the n-th column (from 1) of the FROM clause.
type PositionalRef struct {
	Span
	N int
}

// Star is * or t.*, with its modifiers, in a select list or as an argument.
type Star struct {
	Span
	Qualifier Name
	Exclude   []Name
	Replace   []SelectItem
	Rename    []StarRename
}

// StarRename is one element of * RENAME (from AS to).
type StarRename struct {
	From Name
	To   Ident
}

// Columns is COLUMNS(x): the expression around it is repeated for every selected column. X is a Star, a pattern, a list of
// names, or a lambda.
type Columns struct {
	Span
	Qualifier Name
	X         Expr
}

// Unpack is *COLUMNS(x) or UNPACK(x): the selected columns become separate arguments of the call around it.
type Unpack struct {
	Span
	X Expr
}

// Param is a placeholder. Exactly one of Name and Index is set; ? is numbered from 1 in order of appearance.
type Param struct {
	Span
	Name  string
	Index int
}

// Unary is a prefix operator, or the postfix OpFactorial.
type Unary struct {
	Span
	Op Op
	X  Expr
}

// Binary is an infix operator. OpArrow is either JSON extraction or a lambda: see AsLambda.
type Binary struct {
	Span
	Op   Op
	L, R Expr
}

// Logic is a chain of AND, or of OR, with two or more operands.
type Logic struct {
	Span
	Or   bool
	Args []Expr
}

// IsNull is x IS [NOT] NULL, and x IS [NOT] UNKNOWN.
type IsNull struct {
	Span
	X   Expr
	Not bool
}

// IsBool is x IS [NOT] TRUE or FALSE.
type IsBool struct {
	Span
	X     Expr
	Value bool
	Not   bool
}

// Between is x [NOT] BETWEEN lo AND hi.
type Between struct {
	Span
	X, Lo, Hi Expr
	Not       bool
}

// In is x [NOT] IN (list), or x [NOT] IN (query) when Query is set. x IN value, without parentheses, is the call
// contains(value, x) instead.
type In struct {
	Span
	X     Expr
	List  []Expr
	Query *Query
	Not   bool
}

// Match is x [NOT] LIKE pattern [ESCAPE escape], and its relatives.
type Match struct {
	Span
	Kind    LikeKind
	X       Expr
	Pattern Expr
	Escape  Expr
	Not     bool
}

// Quantified is x op ANY|ALL (query) or x op ANY|ALL (list value). Exactly one of Query and Operand is set. When Match
// is set the operator is [NOT] LIKE or ILIKE, given by Kind and Not, and Op is OpNone.
type Quantified struct {
	Span
	X       Expr
	Op      Op
	Match   bool
	Kind    LikeKind
	Not     bool
	All     bool
	Query   *Query
	Operand Expr
}

// Case is CASE [operand] WHEN … THEN … [ELSE …] END. Operand and Else may be nil.
type Case struct {
	Span
	Operand Expr
	Whens   []When
	Else    Expr
}

// When is one arm of a Case.
type When struct{ Cond, Then Expr }

// Cast is CAST, TRY_CAST, ::, and typed literals such as DATE '2026-01-01'.
type Cast struct {
	Span
	X    Expr
	Type *TypeName
	Try  bool
}

// Collate is x COLLATE name.
type Collate struct {
	Span
	X         Expr
	Collation Name
}

// Index is x[i].
type Index struct {
	Span
	X, I Expr
}

// Slice is x[lo:hi:step]; the three bounds may be nil. x[lo:-:step], which leaves the upper bound open, is the same as x[lo::step].
type Slice struct {
	Span
	X, Lo, Hi, Step Expr
}

// Field is .name on an expression that is not a plain name.
type Field struct {
	Span
	X    Expr
	Name Ident
}

// Lambda is lambda x, y: body.
type Lambda struct {
	Span
	Params []Ident
	Body   Expr
}

// ListComp is [value FOR x, i IN list IF cond]; Cond may be nil.
type ListComp struct {
	Span
	Value Expr
	Vars  []Ident
	List  Expr
	Cond  Expr
}

// Subquery is a scalar (SELECT …), or ARRAY(SELECT …) when Array is set.
type Subquery struct {
	Span
	Query *Query
	Array bool
}

// Exists is EXISTS (query).
type Exists struct {
	Span
	Query *Query
}

func (*ColumnRef) expr()     {}
func (*PositionalRef) expr() {}
func (*Star) expr()          {}
func (*Columns) expr()       {}
func (*Unpack) expr()        {}
func (*Param) expr()         {}
func (*Unary) expr()         {}
func (*Binary) expr()        {}
func (*Logic) expr()         {}
func (*IsNull) expr()        {}
func (*IsBool) expr()        {}
func (*Between) expr()       {}
func (*In) expr()            {}
func (*Match) expr()         {}
func (*Quantified) expr()    {}
func (*Case) expr()          {}
func (*Cast) expr()          {}
func (*Collate) expr()       {}
func (*Index) expr()         {}
func (*Slice) expr()         {}
func (*Field) expr()         {}
func (*Lambda) expr()        {}
func (*ListComp) expr()      {}
func (*Subquery) expr()      {}
func (*Exists) expr()        {}

// AsLambda reads e as a lambda where the callee wants one: lambda x: body, or the arrow form x -> body and
// (x, y) -> body, whose syntax is otherwise JSON extraction.
func AsLambda(e Expr) (*Lambda, bool) {
	switch e := e.(type) {
	case *Lambda:
		return e, true
	case *Binary:
		if e.Op != OpArrow {
			return nil, false
		}
		params := lambdaParams(e.L)
		if params == nil {
			return nil, false
		}
		return &Lambda{Span: e.Span, Params: params, Body: e.R}, true
	}
	return nil, false
}

func lambdaParams(e Expr) []Ident {
	switch e := e.(type) {
	case *ColumnRef:
		if len(e.Parts) == 1 {
			return e.Parts[:1:1]
		}
	case *Row:
		var params []Ident
		for _, item := range e.Items {
			one := lambdaParams(item)
			if len(one) != 1 {
				return nil
			}
			params = append(params, one[0])
		}
		return params
	}
	return nil
}
