package opt

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
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
		return s.fold(e)
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
	if s.folder == nil || plain(e) || volatile(e) {
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

// logic simplifies the AND of args, or the OR with or: nested ones are flattened, neutral and repeated operands dropped, and the absorbing constant
// wins. It returns e, if not nil, when nothing changes.
func (s *simplifier) logic(e expr.Expr, args []expr.Expr, or bool) expr.Expr {
	var out []expr.Expr
	for _, a := range flatten(args, or) {
		switch {
		case isLit(a, or):
			return boolLit(or)
		case isLit(a, !or):
			continue
		case !volatile(a) && slices.ContainsFunc(out, func(o expr.Expr) bool { return expr.Equal(o, a) }):
			continue
		}
		out = append(out, a)
	}
	if or {
		out = mergeEqualities(out)
		if f := factor(out); f != nil {
			return s.logic(nil, f, false)
		}
	}
	switch {
	case len(out) == 0:
		return boolLit(!or)
	case len(out) == 1:
		return out[0]
	case e != nil && slices.Equal(out, args):
		return e
	case or:
		return &expr.Or{Args: out}
	default:
		return &expr.And{Args: out}
	}
}

func boolLit(v bool) expr.Expr {
	if v {
		return expr.True
	}
	return expr.False
}

// flatten opens nested ANDs, or ORs with or.
func flatten(args []expr.Expr, or bool) []expr.Expr {
	var out []expr.Expr
	for _, a := range args {
		if kids := operands(a, or); len(kids) > 1 {
			out = append(out, flatten(kids, or)...)
			continue
		}
		out = append(out, a)
	}
	return out
}

// operands returns the arguments of an AND, or of an OR with or; anything else is its own operand.
func operands(e expr.Expr, or bool) []expr.Expr {
	switch e := e.(type) {
	case *expr.And:
		if !or {
			return e.Args
		}
	case *expr.Or:
		if or {
			return e.Args
		}
	}
	return []expr.Expr{e}
}

// factor takes conditions that all alternatives share out of an OR: (a and b) or (a and c) is a and (b or c). It returns nil if there are none.
func factor(alternatives []expr.Expr) []expr.Expr {
	if len(alternatives) < 2 {
		return nil
	}
	var common []expr.Expr
	for _, c := range operands(alternatives[0], false) {
		shared := !volatile(c)
		for _, a := range alternatives[1:] {
			shared = shared && slices.ContainsFunc(operands(a, false), func(o expr.Expr) bool { return expr.Equal(o, c) })
		}
		if shared {
			common = append(common, c)
		}
	}
	if len(common) == 0 {
		return nil
	}
	var rest []expr.Expr
	for _, a := range alternatives {
		var own []expr.Expr
		for _, o := range operands(a, false) {
			if !slices.ContainsFunc(common, func(c expr.Expr) bool { return expr.Equal(o, c) }) {
				own = append(own, o)
			}
		}
		if len(own) == 0 { // this alternative asks for nothing else
			return common
		}
		rest = append(rest, expr.AndAll(own))
	}
	return append(common, &expr.Or{Args: rest})
}

// mergeEqualities makes one IN of the equalities of one column with constants in an OR.
func mergeEqualities(args []expr.Expr) []expr.Expr {
	var out []expr.Expr
	at := map[string]int{} // position in out by column
	merged := false
	for _, a := range args {
		ref, values, null := constants(a)
		if ref == nil {
			out = append(out, a)
			continue
		}
		key := expr.Format(ref)
		i, seen := at[key]
		if !seen {
			at[key] = len(out)
			out = append(out, a)
			continue
		}
		_, old, oldNull := constants(out[i])
		out[i] = &expr.In{Arg: ref, Values: append(slices.Clone(old), values...), HasNull: null || oldNull}
		merged = true
	}
	if !merged {
		return args
	}
	return out
}

// constants returns the column of an equality or IN and the values it is tested against.
func constants(e expr.Expr) (ref *expr.Ref, values []data.Scalar, null bool) {
	switch e := e.(type) {
	case *expr.In:
		if r, ok := e.Arg.(*expr.Ref); ok {
			return r, e.Values, e.HasNull
		}
	case *expr.Call:
		if e.Fn.Name != "eq" {
			return nil, nil, false
		}
		r, ok := e.Args[0].(*expr.Ref)
		l, lit := e.Args[1].(*expr.Lit)
		if ok && lit && !l.Value.Null {
			return r, []data.Scalar{l.Value}, false
		}
	}
	return nil, nil, false
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

// compare makes a comparison; both sides have one type.
func compare(name string, a, b expr.Expr) expr.Expr {
	return &expr.Call{Fn: sig.ByID(name + ".any"), Args: []expr.Expr{a, b}, Typ: dtype.Of(dtype.Bool)}
}

// isNull decides IS NULL for what is known never or always to be null.
func (s *simplifier) isNull(e *expr.IsNull) expr.Expr {
	switch a := e.Arg.(type) {
	case *expr.Lit:
		return boolLit(a.Value.Null != e.Negate)
	case *expr.IsNull:
		return boolLit(e.Negate)
	case *expr.Call:
		if (a.Fn.Name == "is_distinct" || a.Fn.Name == "is_not_distinct") && !fallible(a) && !volatile(a) {
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
	if len(e.Values) == 0 && !e.HasNull && !fallible(e.Arg) && !volatile(e.Arg) {
		return notNullAnd(e.Arg, false)
	}
	if u := s.unwrapIn(e); u != e {
		return u
	}
	if len(e.Values) == 1 && !e.HasNull {
		return s.call(compare("eq", e.Arg, &expr.Lit{Value: e.Values[0]}).(*expr.Call))
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
	if e.Fn.Has(sig.Strict) && !volatile(e) && slices.ContainsFunc(e.Args, isNull) {
		return &expr.Lit{Value: data.NullScalar(e.Typ)}
	}
	if folded := s.fold(e); folded != expr.Expr(e) {
		return folded
	}
	if name, ok := mirrored[e.Fn.Name]; ok && len(e.Args) == 2 {
		_, left := e.Args[0].(*expr.Lit)
		_, right := e.Args[1].(*expr.Lit)
		if left && !right {
			return s.call(compare(name, e.Args[1], e.Args[0]).(*expr.Call))
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
