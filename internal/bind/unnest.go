package bind

import (
	"math"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// unnesting is how deep unnest(…, recursive := b, max_depth := n, keep_parent_names := b) goes: a list and a struct are a level each.
type unnesting struct {
	depth   int
	parents bool // fields are called after the structs around them too
}

// unnestOptions reads the named arguments of unnest.
func (b *Binder) unnestOptions(at ast.Span, args []ast.Arg) (unnesting, error) {
	u := unnesting{depth: 1}
	if len(args) == 0 {
		return u, b.failf(at, fault.Usage, "unnest takes a list")
	}
	for _, a := range args[1:] {
		name := strings.ToLower(a.Name.Name)
		if a.Name.Empty() {
			return u, b.failf(a.Value.At(), fault.Usage, "unnest takes one list; recursive, max_depth and keep_parent_names are named: recursive := true")
		}
		v, err := b.constant(a.Value, name)
		if err != nil {
			return u, err
		}
		switch {
		case name == "max_depth" && v.Type.IsInteger():
			if u.depth = int(min(v.Int64(), math.MaxInt32)); u.depth < 1 {
				return u, b.failf(a.Value.At(), fault.Usage, "max_depth must be at least 1")
			}
		case name == "recursive" && v.Type.Kind == dtype.Bool:
			if v.Bool() {
				u.depth = max(u.depth, math.MaxInt32)
			}
		case name == "keep_parent_names" && v.Type.Kind == dtype.Bool:
			u.parents = v.Bool()
		case name == "max_depth" || name == "recursive" || name == "keep_parent_names":
			return u, b.failf(a.Value.At(), fault.Type, "%s cannot be %s", name, v)
		default:
			return u, b.failf(a.Name.Span, fault.Usage, "unnest has no option %q; it has recursive, max_depth and keep_parent_names", a.Name.Name)
		}
	}
	return u, nil
}

// unnest makes an output column of a list's elements; the SELECT expands the rows. What is left of a nested value below max_depth stays as it is.
func (x *exprs) unnest(e *ast.Func, args []ast.Arg) (expr.Expr, error) {
	out, _, err := x.unnestList(e, args)
	if _, element := out.(*expr.Ref); err == nil && (!element || !x.expanded(out)) {
		return nil, x.b.failf(e.Span, fault.Type, "unnest of %s gives several columns, so that it stands alone in a select list", out.Type())
	}
	return out, err
}

// expanded reports whether an expression is an element that unnest gave.
func (x *exprs) expanded(e expr.Expr) bool {
	for _, it := range *x.unnests {
		if r, ok := e.(*expr.Ref); ok && r.Col.ID == it.Col.ID {
			return true
		}
	}
	return false
}

// unnestList expands the lists of an unnest and also returns the options with the levels that are left.
func (x *exprs) unnestList(e *ast.Func, args []ast.Arg) (expr.Expr, unnesting, error) {
	if x.unnests == nil || x.inside != "" {
		return nil, unnesting{}, x.b.failf(e.Span, fault.Unsupported, "unnest is only allowed in a select list and in FROM")
	}
	u, err := x.b.unnestOptions(e.Span, args)
	if err != nil {
		return nil, u, err
	}
	in, err := x.values(args[:1])
	if err != nil {
		return nil, u, err
	}
	list := in[0]
	if list.Type().Kind == dtype.Struct {
		return list, u, nil
	}
	if list, err = x.b.flattened(e.Span, list, &u); err != nil {
		return nil, u, err
	}
	if len(*x.unnests) > 0 && (list != in[0] || isFlattened((*x.unnests)[0].Expr)) {
		return nil, u, x.unsupported(e.Span, "an unnest of several levels beside another unnest")
	}
	for _, it := range *x.unnests {
		if expr.Equal(it.Expr, list) { // one expansion, which a group key and the select list may share
			return &expr.Ref{Col: it.Col}, u, nil
		}
		if reads(list, it.Col.ID) {
			err := fault.New(fault.Unsupported, "unnest cannot be inside of another unnest").WithHint("unnest in a subquery first")
			return nil, u, x.b.fail(e.Span, err)
		}
	}
	c := x.b.col(ast.ColumnName(&ast.Func{Span: e.Span, Name: e.Name, Args: e.Args[:min(len(e.Args), 1)]}), list.Type().Elem())
	*x.unnests = append(*x.unnests, plan.Item{Col: c, Expr: list})
	return &expr.Ref{Col: c}, u, nil
}

// flattened joins the levels of a nested list that unnest goes through, so that one expansion is left, and counts them.
func (b *Binder) flattened(at ast.Span, list expr.Expr, u *unnesting) (expr.Expr, error) {
	if k := list.Type().Kind; k != dtype.List && k != dtype.Array {
		return nil, b.failf(at, fault.Type, "unnest takes a list, not %s", list.Type())
	}
	u.depth--
	for isList(list.Type().Elem()) && u.depth > 0 {
		var err error
		if list, err = b.call(at, "flatten", list); err != nil {
			return nil, err
		}
		u.depth--
	}
	return list, nil
}

// isFlattened reports whether unnest goes through several levels of a list.
func isFlattened(list expr.Expr) bool {
	c, ok := list.(*expr.Call)
	return ok && c.Fn.Name == "flatten"
}

func isList(t dtype.Type) bool { return t.Kind == dtype.List || t.Kind == dtype.Array }

// unnestItem binds a select item that is an unnest of structs, which gives a column for each field; ok is false if it is a single column.
func (s *selecting) unnestItem(it output) (outs []output, ok bool, err error) {
	f, is := it.syn.(*ast.Func)
	if !is || !same(f.Name.Last().Name, "unnest") || len(f.Name) > 1 || f.Over != nil {
		return nil, false, nil
	}
	v, u, err := s.x.unnestList(f, f.Args)
	if err != nil {
		return nil, false, err
	}
	if v.Type().Kind != dtype.Struct || u.depth < 1 {
		it.expr = v
		return []output{it}, true, nil
	}
	outs, err = s.structFields(f.Span, v, "", u)
	return outs, true, err
}

// structFields makes output columns of a struct's fields, of their fields while there are levels left.
func (s *selecting) structFields(at ast.Span, v expr.Expr, parent string, u unnesting) ([]output, error) {
	u.depth--
	var outs []output
	for i, f := range v.Type().Fields {
		fe, err := s.b.structAt(at, v, i)
		if err != nil {
			return nil, err
		}
		name := f.Name
		if name == "" {
			name = "element" + strconv.Itoa(i+1)
		}
		full := name
		if u.parents && parent != "" {
			full = parent + "." + name
		}
		if f.Type.Kind == dtype.Struct && u.depth > 0 {
			under := full
			if f.Name == "" {
				under = parent
			}
			more, err := s.structFields(at, fe, under, u)
			if err != nil {
				return nil, err
			}
			outs = append(outs, more...)
			continue
		}
		outs = append(outs, output{name: full, expr: fe})
	}
	return outs, nil
}
