package opt

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// simplifier simplifies expressions bottom-up, keeping their value for every row, null included.
type simplifier struct{ folder Folder }

func (s *simplifier) simplify(e expr.Expr) expr.Expr { return expr.Map(e, s.node) }

// node simplifies an expression whose inputs are simple already.
func (s *simplifier) node(e expr.Expr) expr.Expr {
	switch e := e.(type) {
	case *expr.And:
		return s.logic(e, e.Args, false)
	case *expr.Or:
		return s.logic(e, e.Args, true)
	case *expr.Not:
		return s.not(e)
	case *expr.IsNull:
		return s.isNull(e)
	case *expr.Case:
		return s.caseWhen(e)
	case *expr.Cast:
		if e.Arg.Type().Equal(e.To) {
			return e.Arg
		}
		if isNull(e.Arg) {
			return &expr.Lit{Value: data.NullScalar(e.To)}
		}
		return s.fold(wholeDay(e))
	case *expr.In:
		return s.in(e)
	case *expr.Call:
		return s.call(e)
	default:
		return s.fold(e)
	}
}

// fold evaluates an expression of constants.
func (s *simplifier) fold(e expr.Expr) expr.Expr {
	if s.folder == nil || plain(e) || expr.Volatile(e) {
		return e
	}
	for _, k := range e.Kids() {
		if _, ok := k.(*expr.Lit); !ok {
			return e
		}
	}
	out, err := s.folder.Fold(e)
	if _, ok := out.(*expr.Lit); err != nil || !ok || !out.Type().Equal(e.Type()) {
		return e
	}
	return out
}

// negated are the comparisons that are true where another is false; unknown stays unknown.
var negated = map[string]string{"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "is_distinct": "is_not_distinct",
	"is_not_distinct": "is_distinct", "like": "not_like", "not_like": "like", "ilike": "not_ilike", "not_ilike": "ilike"}

// not moves a negation towards the leaves.
func (s *simplifier) not(n *expr.Not) expr.Expr {
	switch e := n.Arg.(type) {
	case *expr.Lit:
		if e.Value.Null {
			return e
		}
		return boolLit(!e.Value.Bool())
	case *expr.Not:
		return e.Arg
	case *expr.IsNull:
		return &expr.IsNull{Arg: e.Arg, Negate: !e.Negate}
	case *expr.And:
		return s.logic(nil, s.notAll(e.Args), true)
	case *expr.Or:
		return s.logic(nil, s.notAll(e.Args), false)
	case *expr.Call:
		if name, ok := negated[e.Fn.Name]; ok && e.Fn.Name != "like" && e.Fn.Name != "ilike" {
			if fn := overload(name, e.Fn); fn != nil {
				return &expr.Call{Fn: fn, Args: e.Args, Typ: e.Typ}
			}
		}
	}
	return n
}

func (s *simplifier) notAll(args []expr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(args))
	for i, a := range args {
		out[i] = s.not(&expr.Not{Arg: a})
	}
	return out
}

// overload finds the overload of a function that takes what like takes.
func overload(name string, like *sig.Overload) *sig.Overload {
	return sig.ByID(name + like.ID[len(like.Name):])
}

// isNull decides IS NULL for what is known never or always to be null.
func (s *simplifier) isNull(e *expr.IsNull) expr.Expr {
	switch a := e.Arg.(type) {
	case *expr.Lit:
		return boolLit(a.Value.Null != e.Negate)
	case *expr.IsNull:
		return boolLit(e.Negate)
	case *expr.Call:
		if (a.Fn.Name == "is_distinct" || a.Fn.Name == "is_not_distinct") && !expr.Fallible(a) && !expr.Volatile(a) {
			return boolLit(e.Negate)
		}
	}
	return e
}

// caseWhen drops branches that are never taken and everything behind one that always is.
func (s *simplifier) caseWhen(e *expr.Case) expr.Expr {
	var whens []expr.When
	last := e.Else
	for _, w := range e.Whens {
		if isLit(w.Cond, false) || isNull(w.Cond) {
			continue
		}
		if isLit(w.Cond, true) {
			last = w.Then
			break
		}
		whens = append(whens, w)
	}
	switch {
	case len(whens) == 0:
		return last
	case len(whens) == len(e.Whens):
		return e
	default:
		return &expr.Case{Whens: whens, Else: last}
	}
}

// in makes an equality of a single value and drops repeated values.
func (s *simplifier) in(e *expr.In) expr.Expr {
	if isNull(e.Arg) {
		return &expr.Lit{Value: data.NullScalar(dtype.Of(dtype.Bool))}
	}
	if len(e.Values) == 0 && !e.HasNull && !expr.Fallible(e.Arg) && !expr.Volatile(e.Arg) {
		return notNullAnd(e.Arg, false)
	}
	if u := s.unwrapIn(e); u != e {
		return u
	}
	if len(e.Values) == 1 && !e.HasNull {
		return s.call(plan.Compare("eq", e.Arg, &expr.Lit{Value: e.Values[0]}).(*expr.Call))
	}
	var values []data.Scalar
	seen := map[string]bool{}
	for _, v := range e.Values {
		if key := v.String(); !seen[key] {
			seen[key] = true
			values = append(values, v)
		}
	}
	if len(values) < len(e.Values) {
		e = &expr.In{Arg: e.Arg, Values: values, HasNull: e.HasNull}
	}
	return s.fold(e)
}

// notNullAnd is the constant v, or null where arg is null.
func notNullAnd(arg expr.Expr, v bool) expr.Expr {
	null := &expr.Lit{Value: data.NullScalar(dtype.Of(dtype.Bool))}
	return &expr.Case{Whens: []expr.When{{Cond: &expr.IsNull{Arg: arg}, Then: null}}, Else: boolLit(v)}
}

// mirrored are the comparisons with their sides swapped.
var mirrored = map[string]string{"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "is_distinct": "is_distinct",
	"is_not_distinct": "is_not_distinct"}

// call simplifies function calls.
func (s *simplifier) call(e *expr.Call) expr.Expr {
	if e.Fn.Has(sig.Strict) && !expr.Volatile(e) && slices.ContainsFunc(e.Args, isNull) {
		return &expr.Lit{Value: data.NullScalar(e.Typ)}
	}
	if folded := s.fold(e); folded != expr.Expr(e) {
		return folded
	}
	if name, ok := mirrored[e.Fn.Name]; ok && len(e.Args) == 2 {
		_, left := e.Args[0].(*expr.Lit)
		_, right := e.Args[1].(*expr.Lit)
		if left && !right {
			return s.call(plan.Compare(name, e.Args[1], e.Args[0]).(*expr.Call))
		}
		return s.comparison(e)
	}
	switch e.Fn.Name {
	case "coalesce":
		return coalesce(e)
	case "if":
		if l, ok := e.Args[0].(*expr.Lit); ok {
			if l.Value.Bool() {
				return e.Args[1]
			}
			return e.Args[2]
		}
	}
	return e
}

// comparison simplifies a comparison whose constant, if any, is on the right.
func (s *simplifier) comparison(e *expr.Call) expr.Expr {
	l, ok := e.Args[1].(*expr.Lit)
	if !ok {
		return e
	}
	if l.Value.Type.Kind == dtype.Bool && !l.Value.Null {
		switch {
		case e.Fn.Name == "eq" && l.Value.Bool(), e.Fn.Name == "ne" && !l.Value.Bool():
			return e.Args[0]
		case e.Fn.Name == "eq", e.Fn.Name == "ne":
			return s.not(&expr.Not{Arg: e.Args[0]})
		}
	}
	if l.Value.Null { // strict comparisons with null were folded before
		return &expr.IsNull{Arg: e.Args[0], Negate: e.Fn.Name == "is_distinct"}
	}
	return s.unwrap(e, l.Value)
}

// coalesce drops nulls and everything behind the first constant.
func coalesce(e *expr.Call) expr.Expr {
	var args []expr.Expr
	for _, a := range e.Args {
		if isNull(a) {
			continue
		}
		args = append(args, a)
		if _, ok := a.(*expr.Lit); ok {
			break
		}
	}
	switch {
	case len(args) == 0:
		return &expr.Lit{Value: data.NullScalar(e.Typ)}
	case len(args) == 1 && args[0].Type().Equal(e.Typ):
		return args[0]
	case len(args) == len(e.Args):
		return e
	default:
		return &expr.Call{Fn: e.Fn, Args: args, Typ: e.Typ}
	}
}
