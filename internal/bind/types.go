package bind

import (
	"slices"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

// typeOf resolves a type name.
func (b *Binder) typeOf(t *ast.TypeName) (dtype.Type, error) {
	switch t.Kind {
	case ast.TypeList, ast.TypeArray:
		elem, err := b.typeOf(t.Elem)
		if err != nil || t.Kind == ast.TypeList {
			return dtype.ListOf(elem), err
		}
		return dtype.ArrayOf(elem, int(t.Size)), nil
	case ast.TypeStruct:
		return b.structType(t)
	case ast.TypeMap:
		key, err := b.typeOf(t.Key)
		if err != nil {
			return dtype.Type{}, err
		}
		value, err := b.typeOf(t.Elem)
		return dtype.MapOf(key, value), err
	case ast.TypeEnum:
		if t.Values != nil {
			return dtype.Type{}, b.failf(t.Span, fault.Unsupported, "ENUM of a query is not supported; list the values")
		}
		return dtype.EnumOf(t.Labels...), nil
	case ast.TypeUnion:
		return dtype.Type{}, b.failf(t.Span, fault.Unsupported, "UNION types are not supported")
	default:
		args := make([]int, len(t.Args))
		for i, a := range t.Args {
			args[i] = int(a)
		}
		out, err := dtype.Named(t.Name, args...)
		switch {
		case err != nil:
			return out, b.place(t.Span, err)
		case len(t.Labels) > 0, len(args) > 0 && (out.IsInteger() || out.Kind == dtype.Bool || out.Kind == dtype.Date):
			return out, b.failf(t.Span, fault.Type, "the type %s does not take these parameters", t.Name)
		}
		return out, nil
	}
}

func (b *Binder) structType(t *ast.TypeName) (dtype.Type, error) {
	fields := make([]dtype.Field, len(t.Fields))
	for i, f := range t.Fields {
		ft, err := b.typeOf(f.Type)
		if err != nil {
			return dtype.Type{}, err
		}
		fields[i] = dtype.Field{Name: f.Name.Name, Type: ft}
	}
	return dtype.StructOf(fields...), nil
}

// ParseType resolves a type written as text, as in read_csv's columns or a pipeline.
func ParseType(text string) (dtype.Type, error) {
	t, err := parse.Type(text)
	if err != nil {
		return dtype.Type{}, err
	}
	b := &Binder{text: text}
	return b.typeOf(t)
}

// castTo converts e implicitly; null literals just take the type.
func castTo(e expr.Expr, to dtype.Type) expr.Expr {
	if e.Type().Equal(to) {
		return e
	}
	if l, ok := e.(*expr.Lit); ok && l.Value.Null {
		return &expr.Lit{Value: data.NullScalar(to)}
	}
	return &expr.Cast{Arg: e, To: to}
}

// common finds the type in which expressions meet and casts them to it. Literals adapt to the others.
func (b *Binder) common(at ast.Span, what string, list []expr.Expr) (dtype.Type, error) {
	how := sig.InText
	if b.apart {
		how = sig.Apart
	}
	return b.meet(at, what, list, how)
}

// meet is common for a way in which text meets other types.
func (b *Binder) meet(at ast.Span, what string, list []expr.Expr, how sig.Meeting) (dtype.Type, error) {
	t, ok := sig.CommonTypes(b.sigArgs(list), how)
	if !ok {
		var names []string
		for _, e := range list {
			if n := e.Type().String(); !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		return t, b.failf(at, fault.Type, "%s mixes %s, which have no common type; cast one of them", what, strings.Join(names, " and "))
	}
	for i := range list {
		list[i] = castTo(list[i], t)
	}
	return t, nil
}

// sigArgs describes expressions for the resolution of types.
func (b *Binder) sigArgs(list []expr.Expr) []sig.Arg {
	out := make([]sig.Arg, len(list))
	for i, a := range list {
		out[i].Type, out[i].Apart = a.Type(), b.apart
		if l, ok := a.(*expr.Lit); ok {
			out[i].Lit = &l.Value
			out[i].Bare = !l.Typed && (l.Value.Type.Kind == dtype.String || l.Value.Type.IsInteger())
		}
	}
	return out
}

func isTextLiteral(e expr.Expr) bool {
	l, ok := e.(*expr.Lit)
	return ok && l.Value.Type.Kind == dtype.String && !l.Value.Null
}

// resolve picks the overload of a function for bound arguments and casts them.
func (b *Binder) resolve(name string, args []expr.Expr, kinds sig.Kinds) (*sig.Overload, []expr.Expr, dtype.Type, error) {
	r, err := sig.ResolveLit(name, b.sigArgs(args), kinds)
	if err != nil {
		return nil, nil, dtype.Type{}, err
	}
	out := make([]expr.Expr, len(args))
	for i := range args {
		out[i] = castTo(args[i], r.Args[i])
	}
	return r.Fn, out, r.Ret, nil
}

// call binds a call of a scalar function by its canonical or SQL name.
func (b *Binder) call(at ast.Span, name string, args ...expr.Expr) (expr.Expr, error) {
	fn, out, ret, err := b.resolve(name, args, sig.ScalarKind)
	if err != nil {
		return nil, b.place(at, err)
	}
	if fn.Name == "coalesce" && !cheap(out[1:]) {
		return firstPresent(out), nil
	}
	return &expr.Call{Fn: fn, Args: out, Typ: ret}, nil
}

// cheap reports whether all expressions are columns or constants, which cannot fail.
func cheap(list []expr.Expr) bool {
	for _, e := range list {
		switch e.(type) {
		case *expr.Ref, *expr.Lit:
		default:
			return false
		}
	}
	return true
}

// firstPresent writes coalesce as a CASE, so that an argument is only evaluated for the rows that need it.
func firstPresent(args []expr.Expr) expr.Expr {
	c := &expr.Case{Else: args[len(args)-1]}
	for _, a := range args[:len(args)-1] {
		c.Whens = append(c.Whens, expr.When{Cond: &expr.IsNull{Arg: a, Negate: true}, Then: a})
	}
	return c
}

// boolean casts a condition, which may be of any type that converts to bool.
func (b *Binder) boolean(at ast.Span, what string, e expr.Expr) (expr.Expr, error) {
	t := e.Type()
	if t.Kind == dtype.Bool {
		return e, nil
	}
	if t.Kind == dtype.Null || t.IsInteger() || isTextLiteral(e) {
		return castTo(e, dtype.Of(dtype.Bool)), nil
	}
	return nil, b.failf(at, fault.Type, "%s must be a boolean, not %s", what, t)
}

// fold evaluates e if it is constant.
func (b *Binder) fold(at ast.Span, e expr.Expr) (expr.Expr, error) {
	out, err := b.opts.Fold(e)
	if err != nil {
		return nil, b.place(at, err)
	}
	return out, nil
}

// constant binds an expression that must be constant. what names its role in messages.
func (b *Binder) constant(e ast.Expr, what string) (data.Scalar, error) {
	x, err := b.newExprs(&scope{}, what).bind(e)
	if err != nil {
		return data.Scalar{}, err
	}
	if x, err = b.fold(e.At(), x); err != nil {
		return data.Scalar{}, err
	}
	l, ok := x.(*expr.Lit)
	if !ok {
		return data.Scalar{}, b.failf(e.At(), fault.Usage, "%s must be a constant", what)
	}
	return l.Value, nil
}
