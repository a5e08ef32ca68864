package siksik

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/frame"
)

// Expr is a column expression. It is immutable and may be used any number of times, from any goroutine. A mistake made while building it (a
// literal of an unsupported Go type, say) is reported when the frame that uses it runs.
type Expr struct {
	node frame.Expr
	err  error
}

// Operand is anything that expressions accept beside an Expr: Go values of the types that Lit takes, and typed columns.
type Operand = any

// Col is the column called name.
func Col(name string) Expr { return Expr{node: &frame.Col{Name: name}} }

// Cols is several columns at once: the expression around it is repeated for each.
func Cols(names ...string) Expr { return Expr{node: &frame.Cols{Names: names}} }

// All is every column, except those named.
func All(except ...string) Expr { return Expr{node: &frame.Cols{Except: except}} }

// Lit is a constant: nil, bool, any integer or float, string, []byte, time.Time, time.Duration, data.Scalar, or a slice of those (a list).
func Lit(v any) Expr {
	s, err := scalarOf(v)
	return Expr{&frame.Lit{Value: s}, err}
}

// Len counts rows.
func Len() Expr { return Expr{node: &frame.Fn{Name: "count_star"}} }

// SQLExpr is an expression written in SQL over the columns of the frame. Parameters are the values of $name in it.
func SQLExpr(text string, params ...Param) Expr {
	values, err := scalars(params)
	if err != nil {
		return Expr{err: err}
	}
	e, err := engine.SQLExpr(text, values)
	return Expr{e, err}
}

// operand turns what a method was given into an expression.
func operand(v Operand) Expr {
	switch v := v.(type) {
	case Expr:
		return v
	case interface{ Expr() Expr }:
		return v.Expr()
	default:
		return Lit(v)
	}
}

// call applies an aggregate, a comparison or a connective to e and operands; other functions are in sets, see use.
func (e Expr) call(name string, args ...Operand) Expr {
	list, err := []frame.Expr{e.node}, e.err
	for _, a := range args {
		o := operand(a)
		list = append(list, o.node)
		if err == nil {
			err = o.err
		}
	}
	return Expr{&frame.Fn{Name: name, Args: list}, err}
}

// use is call for a function of a set, which is linked into the programs that call the method that names it.
func (e Expr) use(set *fn.Set, name string, args ...Operand) Expr {
	set.Link()
	return e.call(name, args...)
}

// Alias names the result.
func (e Expr) Alias(name string) Expr { return Expr{&frame.Alias{Arg: e.node, Name: name}, e.err} }

// Cast converts to t; a value that does not convert is an error with its row.
func (e Expr) Cast(t dtype.Type) Expr { return Expr{&frame.Cast{Arg: e.node, To: t}, e.err} }

// TryCast converts to t; a value that does not convert becomes null.
func (e Expr) TryCast(t dtype.Type) Expr {
	return Expr{&frame.Cast{Arg: e.node, To: t, Try: true}, e.err}
}

// Add is e + o; integers wrap on overflow.
func (e Expr) Add(o Operand) Expr { return e.use(fn.Arithmetic, "add_wrap", o) }

// Sub is e - o; integers wrap on overflow. The difference of two timestamps is a duration.
func (e Expr) Sub(o Operand) Expr { return e.use(fn.Arithmetic, "sub_wrap", o) }

// Mul is e * o; integers wrap on overflow.
func (e Expr) Mul(o Operand) Expr { return e.use(fn.Arithmetic, "mul_wrap", o) }

// Div is the true quotient e / o, a float also for integers.
func (e Expr) Div(o Operand) Expr { return e.use(fn.Arithmetic, "div", o) }

// FloorDiv is the quotient rounded down; integer division by zero gives null.
func (e Expr) FloorDiv(o Operand) Expr { return e.use(fn.Arithmetic, "floordiv_null", o) }

// Mod is the remainder of FloorDiv; an integer remainder by zero gives null.
func (e Expr) Mod(o Operand) Expr { return e.use(fn.Arithmetic, "mod_null", o) }

// Pow is e to the power o, a float.
func (e Expr) Pow(o Operand) Expr { return e.use(fn.Math, "pow", o) }

// Neg is -e.
func (e Expr) Neg() Expr { return e.use(fn.Arithmetic, "neg_wrap") }

// Checked is arithmetic that fails on integer overflow instead of wrapping: Checked().Add(…).
func (e Expr) Checked() CheckedExpr { return CheckedExpr{e} }

// CheckedExpr offers arithmetic that fails on integer overflow, with the operation and the row.
type CheckedExpr struct{ e Expr }

// Add is e + o.
func (c CheckedExpr) Add(o Operand) Expr { return c.e.use(fn.Arithmetic, "add", o) }

// Sub is e - o.
func (c CheckedExpr) Sub(o Operand) Expr { return c.e.use(fn.Arithmetic, "sub", o) }

// Mul is e * o.
func (c CheckedExpr) Mul(o Operand) Expr { return c.e.use(fn.Arithmetic, "mul", o) }

// Abs is the absolute value.
func (e Expr) Abs() Expr { return e.use(fn.Rounding, "abs_wrap") }

// Sqrt is the square root.
func (e Expr) Sqrt() Expr { return e.use(fn.Math, "sqrt") }

// Exp is the natural exponential.
func (e Expr) Exp() Expr { return e.use(fn.Math, "exp") }

// Log is the natural logarithm.
func (e Expr) Log() Expr { return e.use(fn.Math, "ln") }

// Floor rounds down.
func (e Expr) Floor() Expr { return e.use(fn.Rounding, "floor") }

// Ceil rounds up.
func (e Expr) Ceil() Expr { return e.use(fn.Rounding, "ceil") }

// Round rounds to decimals digits after the point, half away from zero.
func (e Expr) Round(decimals int) Expr { return e.use(fn.Rounding, "round", int32(decimals)) }

// Clip limits values to [lo, hi].
func (e Expr) Clip(lo, hi Operand) Expr { return e.call("clip", lo, hi) }

// Eq is e = o; null if either is null.
func (e Expr) Eq(o Operand) Expr { return e.call("eq", o) }

// Ne is e <> o.
func (e Expr) Ne(o Operand) Expr { return e.call("ne", o) }

// Lt is e < o.
func (e Expr) Lt(o Operand) Expr { return e.call("lt", o) }

// Le is e <= o.
func (e Expr) Le(o Operand) Expr { return e.call("le", o) }

// Gt is e > o.
func (e Expr) Gt(o Operand) Expr { return e.call("gt", o) }

// Ge is e >= o.
func (e Expr) Ge(o Operand) Expr { return e.call("ge", o) }

// EqMissing is e = o with null equal to null; never null.
func (e Expr) EqMissing(o Operand) Expr { return e.call("is_not_distinct", o) }

// NeMissing is the negation of EqMissing.
func (e Expr) NeMissing(o Operand) Expr { return e.call("is_distinct", o) }

// And is Kleene conjunction: false wins over null.
func (e Expr) And(o Operand) Expr { return e.call("and", o) }

// Or is Kleene disjunction: true wins over null.
func (e Expr) Or(o Operand) Expr { return e.call("or", o) }

// Not is negation; null stays null.
func (e Expr) Not() Expr { return e.call("not") }

// IsNull tests for null.
func (e Expr) IsNull() Expr { return e.call("is_null") }

// IsNotNull tests for a value.
func (e Expr) IsNotNull() Expr { return e.call("is_not_null") }

// IsNaN tests floats for NaN.
func (e Expr) IsNaN() Expr { return e.use(fn.Math, "isnan") }

// IsBetween is lo <= e <= hi.
func (e Expr) IsBetween(lo, hi Operand) Expr { return e.Ge(lo).And(e.Le(hi)) }

// IsIn tests membership in constants.
func (e Expr) IsIn(values ...any) Expr {
	out, err := &frame.IsIn{Arg: e.node}, e.err
	for _, v := range values {
		s, bad := scalarOf(v)
		if err == nil {
			err = bad
		}
		out.Values = append(out.Values, s)
	}
	return Expr{out, err}
}

// FillNull replaces nulls.
func (e Expr) FillNull(o Operand) Expr { return e.call("coalesce", o) }

// Coalesce is the first of the expressions that is not null.
func Coalesce(first Operand, rest ...Operand) Expr { return operand(first).call("coalesce", rest...) }

// BitAnd, BitOr and BitXor combine the bits of integers.
func (e Expr) BitAnd(o Operand) Expr { return e.use(fn.Rounding, "bitand", o) }

// BitOr is the union of bits.
func (e Expr) BitOr(o Operand) Expr { return e.use(fn.Rounding, "bitor", o) }

// BitXor is the difference of bits.
func (e Expr) BitXor(o Operand) Expr { return e.use(fn.Rounding, "xor", o) }

// over makes a window of the expression.
func (e Expr) over(partition []Operand, order []SortKey) Expr {
	out, err := &frame.Over{Arg: e.node}, e.err
	for _, p := range partition {
		k := nameOrExpr(p)
		out.Partition = append(out.Partition, k.node)
		if err == nil {
			err = k.err
		}
	}
	keys, bad := sortKeys(order)
	if err == nil {
		err = bad
	}
	out.Order = keys
	return Expr{out, err}
}

// Over evaluates the aggregates in e within partitions by the columns (names or expressions); every row gets its partition's result.
func (e Expr) Over(partition ...Operand) Expr { return e.over(partition, nil) }

// OverOrdered is Over with rows ordered within the partition, for window functions such as RowNumber, Rank, Lag and Lead.
func (e Expr) OverOrdered(partition []Operand, order ...SortKey) Expr {
	return e.over(partition, order)
}

// SortBy orders the values of e within the group before First, Last, Head, Tail or Implode; outside aggregation use LazyFrame.Sort.
func (e Expr) SortBy(keys ...SortKey) Expr {
	k, err := sortKeys(keys)
	if e.err != nil {
		err = e.err
	}
	return Expr{&frame.SortBy{Arg: e.node, Keys: k}, err}
}

// Sort orders the values of e itself within the group.
func (e Expr) Sort(desc bool) Expr {
	key := frame.SortKey{Expr: e.node, Order: defs.Order{Desc: desc, NullsFirst: true}}
	return Expr{&frame.SortBy{Arg: e.node, Keys: []frame.SortKey{key}}, e.err}
}

// Filter keeps only the values for which cond is true, before an aggregate.
func (e Expr) Filter(cond Expr) Expr {
	err := e.err
	if err == nil {
		err = cond.err
	}
	return Expr{&frame.FilterBy{Arg: e.node, Cond: cond.node}, err}
}

// nameOrExpr reads a string as a column name.
func nameOrExpr(v Operand) Expr {
	if s, ok := v.(string); ok {
		return Col(s)
	}
	return operand(v)
}

// SortKey orders rows by an expression.
type SortKey struct {
	expr Expr
	desc bool
	last bool
}

// Asc orders ascending by a column name or expression, nulls first.
func Asc(by Operand) SortKey { return SortKey{expr: nameOrExpr(by)} }

// Desc orders descending by a column name or expression, nulls first.
func Desc(by Operand) SortKey { return SortKey{expr: nameOrExpr(by), desc: true} }

// NullsLast puts nulls at the end.
func (k SortKey) NullsLast() SortKey {
	k.last = true
	return k
}

func sortKeys(keys []SortKey) ([]frame.SortKey, error) {
	var out []frame.SortKey
	for _, k := range keys {
		if k.expr.err != nil {
			return nil, k.expr.err
		}
		out = append(out, frame.SortKey{Expr: k.expr.node, Order: defs.Order{Desc: k.desc, NullsFirst: !k.last}})
	}
	return out, nil
}

// Then is a conditional whose result is being given.
type Then struct {
	w   *frame.When
	err error
}

// Conditional is a conditional that already has a result; it is an expression with null for rows that no condition takes.
type Conditional struct{ Expr }

// When starts a conditional: When(cond).Then(a).When(cond2).Then(b).Otherwise(c).
func When(cond Expr) Then {
	return Then{&frame.When{Conds: []frame.Expr{cond.node}}, cond.err}
}

// Then gives the result for the last condition.
func (t Then) Then(v Operand) Conditional {
	o := operand(v)
	w := *t.w
	w.Thens = append(append([]frame.Expr(nil), w.Thens...), o.node)
	err := t.err
	if err == nil {
		err = o.err
	}
	return Conditional{Expr{&w, err}}
}

// When adds a condition for the rows that the earlier ones left.
func (c Conditional) When(cond Expr) Then {
	w := *c.node.(*frame.When)
	w.Conds = append(append([]frame.Expr(nil), w.Conds...), cond.node)
	err := c.err
	if err == nil {
		err = cond.err
	}
	return Then{&w, err}
}

// Otherwise gives the result for the remaining rows.
func (c Conditional) Otherwise(v Operand) Expr {
	o := operand(v)
	w := *c.node.(*frame.When)
	w.Else = o.node
	err := c.err
	if err == nil {
		err = o.err
	}
	return Expr{&w, err}
}

// literalError reports a Go value that no literal can hold.
func literalError(v any) (data.Scalar, error) {
	return data.NullScalar(dtype.Type{}), fault.New(fault.Usage, "a Go value of type %T cannot be a literal", v)
}
