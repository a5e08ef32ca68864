package bind

import (
	"slices"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// exprs binds the SQL expressions of one clause.
type exprs struct {
	b       *Binder
	scope   *scope
	clause  string               // for messages
	aggs    *[]plan.AggItem      // collects aggregates; nil where they are not allowed
	wins    *[]plan.WinItem      // collects window calls; nil where they are not allowed
	unnests *[]plan.Item         // collects unnest(list); nil where it is not allowed
	aliases map[string]expr.Expr // output columns that may be named, by lower-case name
	windows []ast.NamedWindow
	before  *subqueries // joins for subqueries inside aggregate arguments and WHERE
	after   *subqueries // joins for subqueries elsewhere; nil means before
	inside  string      // "an aggregate" or "a window function" while binding its arguments
}

func (b *Binder) newExprs(s *scope, clause string) *exprs {
	return &exprs{b: b, scope: s, clause: clause}
}

// bind resolves names and types in e.
func (x *exprs) bind(e ast.Expr) (out expr.Expr, err error) {
	err = x.b.nested(e.At(), func() error {
		out, err = x.bindNode(e)
		return err
	})
	return out, err
}

// bindNode dispatches on the kind of expression.
func (x *exprs) bindNode(e ast.Expr) (expr.Expr, error) {
	switch e := e.(type) {
	case *ast.Null:
		return &expr.Lit{Value: data.NullScalar(dtype.Type{})}, nil
	case *ast.Bool:
		return &expr.Lit{Value: data.BoolScalar(e.Value)}, nil
	case *ast.Number:
		return x.b.number(e.Span, e.Text, false)
	case *ast.String:
		return &expr.Lit{Value: data.StringScalar(e.Value)}, nil
	case *ast.Blob:
		return &expr.Lit{Value: data.Scalar{Type: dtype.Of(dtype.Binary), S: e.Value}}, nil
	case *ast.Interval:
		return x.interval(e)
	case *ast.ColumnRef:
		return x.column(e)
	case *ast.Param:
		return x.param(e)
	case *ast.Unary:
		return x.unary(e)
	case *ast.Binary:
		return x.binary(e)
	case *ast.Logic:
		return x.logic(e)
	case *ast.IsNull:
		arg, err := x.bind(e.X)
		return &expr.IsNull{Arg: arg, Negate: e.Not}, err
	case *ast.IsBool:
		return x.isBool(e)
	case *ast.Between:
		return x.between(e)
	case *ast.In:
		return x.in(e)
	case *ast.Match:
		return x.match(e)
	case *ast.Case:
		return x.caseWhen(e)
	case *ast.Cast:
		return x.cast(e)
	case *ast.Collate:
		return nil, x.unsupported(e.Span, "COLLATE")
	case *ast.List:
		args, err := x.list(e.Items)
		if err != nil {
			return nil, err
		}
		return x.b.listOf(e.Span, args)
	case *ast.Struct:
		return x.structLit(e)
	case *ast.Map:
		return x.mapLit(e)
	case *ast.Row:
		return x.row(e)
	case *ast.Index:
		return x.index(e)
	case *ast.Slice:
		return x.slice(e)
	case *ast.Field:
		arg, err := x.bind(e.X)
		if err != nil {
			return nil, err
		}
		return x.b.structField(e.Name.Span, arg, e.Name.Name)
	case *ast.Func:
		return x.function(e)
	case *ast.Subquery:
		return x.scalarSubquery(e)
	case *ast.Exists:
		return x.exists(e)
	case *ast.Quantified:
		return x.quantified(e)
	case *ast.Star, *ast.Columns, *ast.Unpack:
		return nil, x.b.failf(e.At(), fault.Syntax, "* is only allowed in a select list or in count(*)")
	case *ast.Lambda, *ast.ListComp:
		return nil, x.unsupported(e.At(), "a lambda")
	case *ast.PositionalRef:
		cols := x.scope.columns()
		if e.N < 1 || e.N > len(cols) {
			return nil, x.b.failf(e.Span, fault.Name, "#%d is out of range: there are %d columns", e.N, len(cols))
		}
		return &expr.Ref{Col: cols[e.N-1].plain}, nil
	case *ast.Default:
		return nil, x.b.failf(e.Span, fault.Syntax, "DEFAULT is only allowed in INSERT and UPDATE")
	default:
		return nil, bug.Errorf("unknown expression %T", e)
	}
}

func (x *exprs) unsupported(at ast.Span, what string) error {
	return x.b.failf(at, fault.Unsupported, "%s is not supported here yet", what)
}

func (x *exprs) list(items []ast.Expr) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(items))
	for i, it := range items {
		var err error
		if out[i], err = x.bind(it); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// columnOf resolves a name in one scope only; nil without an error means that it is unknown there.
func (x *exprs) columnOf(s *scope, e *ast.ColumnRef) (expr.Expr, error) {
	m, ok, err := s.find(x.b, e.Span, e.Parts)
	if err != nil || !ok {
		return nil, err
	}
	ref := &expr.Ref{Col: m.col}
	x.b.spans[ref] = e.Span
	return x.b.fields(e.Span, ref, e.Parts[m.used:])
}

// column resolves a name: column, output alias, enclosing query, then functions without parentheses.
func (x *exprs) column(e *ast.ColumnRef) (expr.Expr, error) {
	if ref, err := x.columnOf(x.scope, e); ref != nil || err != nil {
		return ref, err
	}
	if v, ok := x.aliases[strings.ToLower(e.Parts[0].Name)]; ok {
		if volatile(v) {
			err := fault.New(fault.Usage, "%q is another value each time it is computed, so that it cannot be used again here", e.Parts[0].Name)
			return nil, x.b.fail(e.Span, err.WithHint("compute it in a subquery"))
		}
		return x.b.fields(e.Span, v, e.Parts[1:])
	}
	for p := x.scope.parent; p != nil; p = p.parent {
		if ref, err := x.columnOf(p, e); ref != nil || err != nil {
			return ref, err
		}
	}
	if len(e.Parts) == 1 && !e.Parts[0].Quoted && bareFunctions[strings.ToLower(e.Parts[0].Name)] {
		return x.b.call(e.Span, e.Parts[0].Name)
	}
	return nil, x.scope.columnError(x.b, e.Span, e.Parts)
}

// volatile reports whether an expression gives another value each time.
func volatile(e expr.Expr) bool {
	if c, ok := e.(*expr.Call); ok && c.Fn.Has(sig.Volatile) {
		return true
	}
	for _, k := range e.Kids() {
		if k != nil && volatile(k) {
			return true
		}
	}
	return false
}

var bareFunctions = map[string]bool{"current_date": true, "current_timestamp": true, "current_time": true, "localtime": true,
	"localtimestamp": true, "today": true}

func (x *exprs) param(e *ast.Param) (expr.Expr, error) {
	name := e.Name
	if name == "" {
		name = itoa(e.Index)
	}
	if v, ok := x.b.opts.Params[name]; ok {
		return &expr.Lit{Value: v, Typed: !asWritten(v)}, nil
	}
	var names []string
	for n := range x.b.opts.Params {
		names = append(names, n)
	}
	err := fault.New(fault.Name, "no value was given for parameter $%s", name)
	return nil, x.b.fail(e.Span, err.WithHint("%s", fault.DidYouMean(name, names)))
}

// asWritten reports whether a value has the type that it has as a literal in a query.
func asWritten(v data.Scalar) bool {
	if v.Null || !v.Type.IsInteger() {
		return true
	}
	return v.Type.Kind == wholeKind(v.I)
}

func (x *exprs) unary(e *ast.Unary) (expr.Expr, error) {
	if n, ok := e.X.(*ast.Number); ok && e.Op == ast.OpNeg {
		return x.b.number(e.Span, n.Text, true)
	}
	arg, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case ast.OpNot:
		arg, err = x.b.boolean(e.X.At(), "the operand of NOT", arg)
		return &expr.Not{Arg: arg}, err
	case ast.OpPlus:
		if t := arg.Type(); !t.IsNumeric() && t.Kind != dtype.Null {
			return nil, x.b.failf(e.Span, fault.Type, "+ needs a number, not %s", t)
		}
		return arg, nil
	case ast.OpNeg:
		return x.b.call(e.Span, "neg", arg)
	case ast.OpBitNot:
		return x.b.call(e.Span, "bitnot", arg)
	case ast.OpAbs:
		return x.b.call(e.Span, "abs", arg)
	case ast.OpFactorial:
		return x.b.call(e.Span, "factorial", arg)
	default:
		return nil, bug.Errorf("unknown unary operator %d", e.Op)
	}
}

// opFunctions are the functions of the operators that are plain calls.
var opFunctions = map[ast.Op]string{ast.OpEq: "eq", ast.OpNe: "ne", ast.OpLt: "lt", ast.OpLe: "le", ast.OpGt: "gt", ast.OpGe: "ge",
	ast.OpDistinct: "is_distinct", ast.OpNotDistinct: "is_not_distinct", ast.OpConcat: "concat_op", ast.OpAdd: "add", ast.OpSub: "sub", ast.OpMul: "mul",
	ast.OpDiv: "div", ast.OpIntDiv: "floordiv", ast.OpMod: "mod", ast.OpPow: "pow", ast.OpPowStars: "pow", ast.OpBitAnd: "bitand",
	ast.OpBitOr: "bitor", ast.OpShiftLeft: "shl", ast.OpShiftRight: "shr", ast.OpRegex: "regexp_matches",
	ast.OpArrow: "json_extract", ast.OpArrowText: "json_extract_string", ast.OpContains: "list_has_all", ast.OpStartsWith: "starts_with",
	ast.OpOverlaps: "list_has_any"}

func (x *exprs) binary(e *ast.Binary) (expr.Expr, error) {
	if l, ok := e.L.(*ast.Row); ok && (e.Op == ast.OpEq || e.Op == ast.OpNe) {
		if r, ok := e.R.(*ast.Row); ok {
			return x.rows(e.Span, e.Op, l, r)
		}
	}
	args, err := x.list([]ast.Expr{e.L, e.R})
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case ast.OpNotRegex:
		m, err := x.b.call(e.Span, "regexp_matches", args...)
		return &expr.Not{Arg: m}, err
	case ast.OpContainedBy:
		return x.b.call(e.Span, "list_has_all", args[1], args[0])
	case ast.OpDiv:
		if x.b.opts.Settings["integer_division"] == "true" && args[0].Type().IsInteger() && args[1].Type().IsInteger() {
			return x.b.call(e.Span, "floordiv", args...)
		}
	}
	name, ok := opFunctions[e.Op]
	if !ok {
		return nil, x.unsupported(e.Span, "the operator "+e.Op.String())
	}
	return x.b.call(e.Span, name, args...)
}

// rows compares tuples element by element. As in the comparison of structs, a null inside of a tuple equals a null, so that the result is never null.
func (x *exprs) rows(at ast.Span, op ast.Op, l, r *ast.Row) (expr.Expr, error) {
	if len(l.Items) != len(r.Items) {
		return nil, x.b.failf(at, fault.Type, "the tuples have %d and %d elements", len(l.Items), len(r.Items))
	}
	var parts []expr.Expr
	for i := range l.Items {
		eq, err := x.binary(&ast.Binary{Span: at, Op: ast.OpNotDistinct, L: l.Items[i], R: r.Items[i]})
		if err != nil {
			return nil, err
		}
		parts = append(parts, eq)
	}
	all := expr.AndAll(parts)
	if op == ast.OpNe {
		return &expr.Not{Arg: all}, nil
	}
	return all, nil
}

func (x *exprs) logic(e *ast.Logic) (expr.Expr, error) {
	args, err := x.list(e.Args)
	if err != nil {
		return nil, err
	}
	what := "an operand of AND"
	if e.Or {
		what = "an operand of OR"
	}
	for i := range args {
		if args[i], err = x.b.boolean(e.Args[i].At(), what, args[i]); err != nil {
			return nil, err
		}
	}
	if e.Or {
		return &expr.Or{Args: args}, nil
	}
	return &expr.And{Args: args}, nil
}

// isBool binds IS [NOT] TRUE and FALSE, which are never null.
func (x *exprs) isBool(e *ast.IsBool) (expr.Expr, error) {
	arg, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	if arg, err = x.b.boolean(e.X.At(), "the operand of IS", arg); err != nil {
		return nil, err
	}
	name := "is_not_distinct"
	if e.Not {
		name = "is_distinct"
	}
	return x.b.call(e.Span, name, arg, &expr.Lit{Value: data.BoolScalar(e.Value)})
}

func (x *exprs) between(e *ast.Between) (expr.Expr, error) {
	args, err := x.list([]ast.Expr{e.X, e.Lo, e.Hi})
	if err != nil {
		return nil, err
	}
	lo, err := x.b.call(e.Span, "ge", args[0], args[1])
	if err != nil {
		return nil, err
	}
	hi, err := x.b.call(e.Span, "le", args[0], args[2])
	if err != nil {
		return nil, err
	}
	return negateIf(e.Not, &expr.And{Args: []expr.Expr{lo, hi}}), nil
}

func negateIf(not bool, e expr.Expr) expr.Expr {
	if not {
		return &expr.Not{Arg: e}
	}
	return e
}

func (x *exprs) match(e *ast.Match) (expr.Expr, error) {
	args, err := x.list([]ast.Expr{e.X, e.Pattern})
	if err != nil {
		return nil, err
	}
	if e.Escape != nil {
		esc, err := x.bind(e.Escape)
		if err != nil {
			return nil, err
		}
		args = append(args, esc)
	}
	name := [...]string{ast.Like: "like", ast.ILike: "ilike", ast.Glob: "glob", ast.Similar: "regexp_full_match"}[e.Kind]
	m, err := x.b.call(e.Span, name, args...)
	return negateIf(e.Not, m), err
}

func (x *exprs) caseWhen(e *ast.Case) (expr.Expr, error) {
	var results []expr.Expr
	c := &expr.Case{}
	var operand expr.Expr
	if e.Operand != nil {
		var err error
		if operand, err = x.bind(e.Operand); err != nil {
			return nil, err
		}
	}
	for _, w := range e.Whens {
		cond, err := x.bind(w.Cond)
		if err != nil {
			return nil, err
		}
		if operand != nil {
			cond, err = x.b.call(w.Cond.At(), "eq", operand, cond)
		} else {
			cond, err = x.b.boolean(w.Cond.At(), "a condition of CASE", cond)
		}
		if err != nil {
			return nil, err
		}
		then, err := x.bind(w.Then)
		if err != nil {
			return nil, err
		}
		c.Whens, results = append(c.Whens, expr.When{Cond: cond}), append(results, then)
	}
	var last expr.Expr = &expr.Lit{Value: data.NullScalar(dtype.Type{})}
	if e.Else != nil {
		var err error
		if last, err = x.bind(e.Else); err != nil {
			return nil, err
		}
	}
	return x.b.finishCase(e.Span, c, append(results, last))
}

// finishCase gives the results (the last is ELSE) their common type.
func (b *Binder) finishCase(at ast.Span, c *expr.Case, results []expr.Expr) (expr.Expr, error) {
	if _, err := b.common(at, "CASE", results); err != nil {
		return nil, err
	}
	for i := range c.Whens {
		c.Whens[i].Then = results[i]
	}
	c.Else = results[len(results)-1]
	return c, nil
}

func (x *exprs) cast(e *ast.Cast) (expr.Expr, error) {
	arg, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	to, err := x.b.typeOf(e.Type)
	if err != nil {
		return nil, err
	}
	if sig.IsCount(arg.Type(), to) {
		if e.Try { // no value of the type can be made of a number: its text is none
			return &expr.Cast{Arg: &expr.Cast{Arg: arg, To: numbersAsText(arg.Type())}, To: to, Try: true}, nil
		}
		err := fault.New(fault.Type, "cannot cast %s to %s", arg.Type(), to)
		return nil, x.b.fail(e.Span, err.WithHint("say what it counts, as in DATE '1970-01-01' + days or make_timestamp(microseconds)"))
	}
	return x.b.castExplicit(e.Span, arg, to, e.Try)
}

// numbersAsText is a type with text in place of its numbers.
func numbersAsText(t dtype.Type) dtype.Type {
	if t.IsNumeric() {
		return dtype.Of(dtype.String)
	}
	fields := slices.Clone(t.Fields)
	for i := range fields {
		fields[i].Type = numbersAsText(fields[i].Type)
	}
	t.Fields = fields
	return t
}

// castExplicit checks that the cast exists and folds it when its argument is constant, so that literals have their final type.
func (b *Binder) castExplicit(at ast.Span, arg expr.Expr, to dtype.Type, try bool) (expr.Expr, error) {
	if arg.Type().Equal(to) {
		return typed(arg), nil
	}
	if _, ok := sig.CanCast(arg.Type(), to); !ok {
		return nil, b.failf(at, fault.Type, "cannot cast %s to %s", arg.Type(), to)
	}
	c := &expr.Cast{Arg: arg, To: to, Try: try}
	if _, ok := arg.(*expr.Lit); !ok || to.Kind == dtype.String { // a text that was asked for is no literal, which would take any type
		return c, nil
	}
	out, err := b.opts.Fold(c)
	if err != nil { // it fails where a row gets to it, which may be none
		if e, ok := b.place(at, err).(*fault.Error); ok {
			b.doubts = append(b.doubts, e)
		}
		return c, nil
	}
	return typed(out), nil
}

// typed marks an integer that a CAST gave its type: 3::BIGINT meets a tinyint in bigint.
func typed(e expr.Expr) expr.Expr {
	if l, ok := e.(*expr.Lit); ok && l.Value.Type.IsInteger() {
		return &expr.Lit{Value: l.Value, Typed: true}
	}
	return e
}

func (x *exprs) in(e *ast.In) (expr.Expr, error) {
	if e.Query != nil {
		m, err := x.inSubquery(e.Span, e.X, e.Query)
		return negateIf(e.Not, m), err
	}
	if l, ok := e.X.(*ast.Row); ok {
		return x.inRows(e, l)
	}
	args, err := x.list(append([]ast.Expr{e.X}, e.List...))
	if err != nil {
		return nil, err
	}
	in, err := x.b.inList(e.Span, args[0], args[1:])
	return negateIf(e.Not, in), err
}

// inRows expands a tuple IN a list of tuples.
func (x *exprs) inRows(e *ast.In, l *ast.Row) (expr.Expr, error) {
	var parts []expr.Expr
	for _, it := range e.List {
		r, ok := it.(*ast.Row)
		if !ok {
			return nil, x.b.failf(it.At(), fault.Type, "a tuple can only be IN a list of tuples")
		}
		eq, err := x.rows(e.Span, ast.OpEq, l, r)
		if err != nil {
			return nil, err
		}
		parts = append(parts, eq)
	}
	if len(parts) == 1 {
		return negateIf(e.Not, parts[0]), nil
	}
	return negateIf(e.Not, &expr.Or{Args: parts}), nil
}

// inList makes a set test of constants and equalities for the rest.
func (b *Binder) inList(at ast.Span, arg expr.Expr, items []expr.Expr) (expr.Expr, error) {
	if len(items) == 0 {
		return &expr.Lit{Value: data.BoolScalar(false)}, nil
	}
	all := append([]expr.Expr{arg}, items...)
	if _, err := b.meet(at, "IN", all, sig.InOther); err != nil {
		return nil, err
	}
	in := &expr.In{Arg: all[0]}
	var rest []expr.Expr
	for _, it := range all[1:] {
		f, err := b.opts.Fold(it)
		if err != nil { // it fails for the rows that equal nothing before it
			f = it
		}
		l, ok := f.(*expr.Lit)
		switch {
		case ok && l.Value.Null:
			in.HasNull = true
		case ok:
			in.Values = append(in.Values, l.Value)
		default:
			eq, err := b.call(at, "eq", all[0], it)
			if err != nil {
				return nil, err
			}
			rest = append(rest, eq)
		}
	}
	if len(rest) == 0 {
		return in, nil
	}
	if len(in.Values) > 0 || in.HasNull {
		rest = append([]expr.Expr{in}, rest...)
	}
	if len(rest) == 1 {
		return rest[0], nil
	}
	return &expr.Or{Args: rest}, nil
}
