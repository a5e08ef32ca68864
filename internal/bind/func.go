package bind

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// function binds a call: syntax-like functions first, then registered ones, aggregates, window and scalar functions.
func (x *exprs) function(e *ast.Func) (expr.Expr, error) {
	name := strings.ToLower(e.Name.Last().Name)
	args := e.Args
	if len(e.Name) > 1 && !same(e.Name[0].Name, "main") { // a method call: t.a.f(x) is f(t.a, x)
		recv := &ast.ColumnRef{Span: ast.Span{Start: e.Start, End: e.Name[len(e.Name)-2].End}, Parts: e.Name[:len(e.Name)-1]}
		args = append([]ast.Arg{{Value: recv}}, args...)
	}
	if out, done, err := x.syntaxFunction(e, name, args); done || err != nil {
		return out, err
	}
	if f := x.b.cat.Func(name); f != nil {
		return x.udf(e, f, args)
	}
	kind, err := x.kindOf(e, name)
	if err != nil {
		return nil, err
	}
	switch {
	case e.Over != nil:
		return x.window(e, name, args)
	case kind == sig.Aggregate:
		return x.aggregate(e, name, args)
	case kind == sig.Window:
		return nil, x.b.failf(e.Span, fault.Syntax, "%s needs a window: write %s(…) OVER (…)", name, name)
	case e.Distinct || e.Filter != nil || len(e.OrderBy) > 0 || e.Nulls != ast.NullsDefault:
		return nil, x.b.failf(e.Span, fault.Syntax, "DISTINCT, ORDER BY, FILTER and IGNORE NULLS are for aggregates, and %s is not one", name)
	}
	in, err := x.values(args)
	if err != nil {
		return nil, err
	}
	switch name {
	case "concat":
		return x.concat(e.Span, in)
	case "list_concat", "list_cat", "array_concat", "array_cat":
		if !slices.ContainsFunc(in, func(a expr.Expr) bool { return a.Type().Kind != dtype.Null }) {
			return &expr.Lit{Value: data.NullScalar(dtype.Type{})}, nil // nothing says that it is a list
		}
	}
	return x.b.call(e.Span, name, in...)
}

// concat joins texts, or lists if the arguments are lists.
func (x *exprs) concat(at ast.Span, in []expr.Expr) (expr.Expr, error) {
	lists, others := 0, 0
	for _, a := range in {
		switch t := a.Type(); {
		case isList(t):
			lists++
		case t.Kind != dtype.Null:
			others++
		}
	}
	switch {
	case lists == 0:
		return x.b.call(at, "concat", in...)
	case others > 0:
		return nil, x.b.failf(at, fault.Type, "concat takes lists, or values that are texts, and not both")
	}
	return x.b.call(at, "list_concat", in...)
}

// kindOf finds what a function name means, or reports it unknown with the nearest name.
func (x *exprs) kindOf(e *ast.Func, name string) (sig.Kind, error) {
	list := sig.Lookup(name)
	if len(list) > 0 {
		return list[0].Kind, nil
	}
	err := &fault.Error{Code: fault.Name, Msg: "no function " + strconv.Quote(name)}
	err.Hint = fault.DidYouMean(name, append(sig.Names(), x.b.cat.FuncNames()...))
	return 0, x.b.fail(e.Name.At(), err)
}

func (x *exprs) values(args []ast.Arg) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(args))
	for i, a := range args {
		if !a.Name.Empty() {
			return nil, x.b.failf(a.Name.Span, fault.Syntax, "this function takes no named argument %q", a.Name.Name)
		}
		var err error
		if out[i], err = x.bind(a.Value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// syntaxFunction binds the functions that are not plain calls.
func (x *exprs) syntaxFunction(e *ast.Func, name string, args []ast.Arg) (expr.Expr, bool, error) {
	switch name {
	case "if", "iif":
		if len(args) != 3 {
			return nil, true, x.b.failf(e.Span, fault.Usage, "%s takes a condition and two results", name)
		}
		out, err := x.caseWhen(&ast.Case{Span: e.Span, Whens: []ast.When{{Cond: args[0].Value, Then: args[1].Value}}, Else: args[2].Value})
		return out, true, err
	case "nullif":
		if len(args) != 2 {
			return nil, true, x.b.failf(e.Span, fault.Usage, "nullif takes two values")
		}
		eq := &ast.Binary{Span: e.Span, Op: ast.OpEq, L: args[0].Value, R: args[1].Value}
		out, err := x.caseWhen(&ast.Case{Span: e.Span, Whens: []ast.When{{Cond: eq, Then: &ast.Null{Span: e.Span}}}, Else: args[0].Value})
		return out, true, err
	case "struct_pack":
		out, err := x.structPack(args)
		return out, true, err
	case "row":
		items := make([]ast.Expr, len(args))
		for i, a := range args {
			items[i] = a.Value
		}
		out, err := x.row(&ast.Row{Span: e.Span, Items: items})
		return out, true, err
	case "typeof":
		in, err := x.values(args)
		if err != nil || len(in) != 1 {
			return nil, true, orElse(err, x.b.failf(e.Span, fault.Usage, "typeof takes one value"))
		}
		return &expr.Lit{Value: data.StringScalar(in[0].Type().SQL())}, true, nil
	case "unnest":
		out, err := x.unnest(e, args)
		return out, true, err
	case "contains":
		if q := x.tableNamed(args); q != nil { // x IN t, which is parsed as contains(t, x)
			out, err := x.inSubquery(e.Span, args[1].Value, q)
			return out, true, err
		}
	case "current_setting":
		out, err := x.setting(e, args)
		return out, true, err
	}
	return nil, false, nil
}

// tableNamed returns the rows of the table that the first of two arguments names, if it names no column.
func (x *exprs) tableNamed(args []ast.Arg) *ast.Query {
	if len(args) != 2 {
		return nil
	}
	ref, ok := args[0].Value.(*ast.ColumnRef)
	if !ok || len(ref.Parts) != 1 || x.b.cat.Get(ref.Parts[0].Name) == nil {
		return nil
	}
	for s := x.scope; s != nil; s = s.parent {
		if out, err := x.columnOf(s, ref); out != nil || err != nil {
			return nil
		}
	}
	sel := &ast.Select{Span: ref.Span, Items: []ast.SelectItem{{X: &ast.Star{Span: ref.Span}}}, From: []ast.TableRef{&ast.Table{Span: ref.Span, Name: ref.Parts}}}
	return &ast.Query{Span: ref.Span, Body: sel}
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func (x *exprs) structPack(args []ast.Arg) (expr.Expr, error) {
	fields := make([]dtype.Field, len(args))
	in := make([]expr.Expr, len(args))
	for i, a := range args {
		var err error
		if in[i], err = x.bind(a.Value); err != nil {
			return nil, err
		}
		name := a.Name.Name
		if name == "" {
			name = ast.ColumnName(a.Value)
		}
		fields[i] = dtype.Field{Name: name, Type: in[i].Type()}
		if err := x.b.fieldOnce(a.Value.At(), fields[:i], name); err != nil {
			return nil, err
		}
	}
	return packStruct(fields, in), nil
}

func (x *exprs) setting(e *ast.Func, args []ast.Arg) (expr.Expr, error) {
	if len(args) != 1 {
		return nil, x.b.failf(e.Span, fault.Usage, "current_setting takes the name of a setting")
	}
	v, err := x.b.constant(args[0].Value, "the name of the setting")
	if err != nil {
		return nil, err
	}
	s, ok := x.b.opts.Settings[strings.ToLower(v.S)]
	if !ok {
		return nil, x.b.failf(e.Span, fault.Name, "no setting %q", v.S)
	}
	return &expr.Lit{Value: data.StringScalar(s)}, nil
}

// udf binds a call of a registered function.
func (x *exprs) udf(e *ast.Func, f *catalog.Func, args []ast.Arg) (expr.Expr, error) {
	in, err := x.values(args)
	if err != nil {
		return nil, err
	}
	if len(in) != len(f.In) {
		return nil, x.b.failf(e.Span, fault.Type, "%s takes %d arguments, not %d", f.Name, len(f.In), len(in))
	}
	for i := range in {
		implicit, ok := sig.CanCast(in[i].Type(), f.In[i])
		if !ok || !implicit && !isTextLiteral(in[i]) && !(in[i].Type().IsNumeric() && f.In[i].IsNumeric()) {
			return nil, x.b.failf(args[i].Value.At(), fault.Type, "argument %d of %s must be %s, not %s", i+1, f.Name, f.In[i], in[i].Type())
		}
		in[i] = castTo(in[i], f.In[i])
	}
	return &expr.UDF{Name: f.Name, Fn: f.Fn, Args: in, Typ: f.Out, Pure: f.Pure}, nil
}

// within binds the arguments of an aggregate or window function, where aggregates and windows cannot nest, except that a
// window function may be over aggregates.
func (x *exprs) within(what string, aggs *[]plan.AggItem) *exprs {
	in := *x
	in.inside, in.aggs, in.wins, in.after = what, aggs, nil, nil
	return &in
}

// aggregate binds a call to an aggregate and returns a reference to its result.
func (x *exprs) aggregate(e *ast.Func, name string, args []ast.Arg) (expr.Expr, error) {
	if x.aggs == nil && x.scope.parent == nil {
		return nil, x.noAggregate(e, name)
	}
	in := x.within("an aggregate", nil)
	agg, err := in.aggCall(e, name, args)
	if err != nil {
		return nil, err
	}
	if x = x.aggregating(agg); x.aggs == nil {
		return nil, x.noAggregate(e, name)
	}
	return x.addAgg(agg, ast.ColumnName(e)), nil
}

func (x *exprs) noAggregate(e *ast.Func, name string) error {
	where := "in " + x.clause
	if x.inside != "" {
		where = "inside " + x.inside
	}
	return x.b.failf(e.Span, fault.Usage, "the aggregate %s is not allowed %s", name, where)
}

// aggregating returns the clause that an aggregate belongs to: of the innermost query that has a column it reads. In (SELECT sum(t.a)) over a t of the query around,
// it is that query that aggregates.
func (x *exprs) aggregating(agg expr.Agg) *exprs {
	refs := map[expr.ColID]bool{}
	for _, a := range agg.Args {
		expr.Refs(a, refs)
	}
	if agg.Filter != nil {
		expr.Refs(agg.Filter, refs)
	}
	for _, k := range agg.Order {
		expr.Refs(k.Expr, refs)
	}
	outer := false
	for id := range refs {
		known := false
		for p := x.scope.parent; p != nil && !known; p = p.parent {
			known = p.has(id)
		}
		if !known {
			return x
		}
		outer = true
	}
	for p := x.scope.parent; outer && p != nil; p = p.parent {
		for id := range refs {
			switch {
			case p.has(id) && p.exprs != nil:
				return p.exprs
			case p.has(id): // a table of the same FROM: there are no groups yet
				return &exprs{b: x.b, scope: x.scope, clause: "FROM, over columns of another table there"}
			}
		}
	}
	return x
}

// addAgg returns a reference to the aggregate, reusing an equal one.
func (x *exprs) addAgg(agg expr.Agg, name string) expr.Expr {
	text := agg.Format()
	for _, a := range *x.aggs {
		if a.Agg.Format() == text {
			return &expr.Ref{Col: a.Col}
		}
	}
	c := x.b.col(name, agg.Typ)
	*x.aggs = append(*x.aggs, plan.AggItem{Col: c, Agg: agg})
	return &expr.Ref{Col: c}
}

// aggCall binds the parts of an aggregate call; x is already inside the aggregate.
func (x *exprs) aggCall(e *ast.Func, name string, args []ast.Arg) (expr.Agg, error) {
	var agg expr.Agg
	if name == "count" && (len(args) == 0 || isStar(args[0].Value)) {
		if e.Distinct {
			return agg, x.b.failf(e.Span, fault.Usage, "count(DISTINCT *) is not defined; count the rows of SELECT DISTINCT *")
		}
		name, args = "count_star", nil
	}
	in, err := x.values(args)
	if err != nil {
		return agg, err
	}
	order := e.OrderBy
	if len(e.WithinGroup) > 0 { // percentile_cont(0.5) WITHIN GROUP (ORDER BY x)
		v, err := x.bind(e.WithinGroup[0].X)
		if err != nil {
			return agg, err
		}
		in = append([]expr.Expr{v}, in...)
		switch desc := e.WithinGroup[0].Dir == ast.Desc; {
		case len(e.WithinGroup) > 1:
			return agg, x.b.failf(e.Span, fault.Usage, "WITHIN GROUP takes one value to order by")
		case name == "mode":
			order = e.WithinGroup
		case len(in) == 2:
			if in[1], err = x.b.quantiles(e.Span, name, in[1], desc); err != nil {
				return agg, err
			}
		}
	}
	if err := x.b.foldTail(e.Span, in); err != nil {
		return agg, err
	}
	fn, out, ret, err := x.b.resolve(name, in, sig.AggregateKind|sig.WindowKind)
	if err != nil {
		return agg, x.b.place(e.Span, err)
	}
	if err := x.b.foldTail(e.Span, out); err != nil {
		return agg, err
	}
	agg = expr.Agg{Fn: fn, Args: out, Distinct: e.Distinct && !fn.Has(sig.IgnoresDup), Typ: ret}
	if fn.Has(sig.OrderAware) {
		if agg.Order, err = x.sortKeys(order, in); err != nil {
			return agg, err
		}
	}
	if e.Filter != nil {
		f, err := x.bind(e.Filter)
		if err != nil {
			return agg, err
		}
		if agg.Filter, err = x.b.boolean(e.Filter.At(), "FILTER", f); err != nil {
			return agg, err
		}
	}
	return agg, x.nullTreatment(e, &agg)
}

// nullTreatment applies IGNORE NULLS and RESPECT NULLS. An aggregate that ignores nulls does not see the rows whose first argument is null; one that skips
// them anyhow cannot respect them. Window functions read their own mark.
func (x *exprs) nullTreatment(e *ast.Func, agg *expr.Agg) error {
	switch {
	case e.Nulls == ast.NullsDefault || agg.Fn.Kind == sig.Window && len(agg.Args) > 0:
		return nil
	case len(agg.Args) == 0:
		return x.b.failf(e.Span, fault.Usage, "IGNORE NULLS and RESPECT NULLS are about the nulls of a value, and %s takes none here", agg.Fn.Name)
	case e.Nulls == ast.NullsRespect:
		switch agg.Fn.Name {
		case "first", "last", "list", "implode", "head", "tail":
			return nil
		}
		return x.b.failf(e.Span, fault.Unsupported, "%s skips nulls and cannot respect them; first, last and list do", agg.Fn.Name)
	}
	seen := expr.Expr(&expr.IsNull{Arg: agg.Args[0], Negate: true})
	if agg.Filter != nil {
		seen = expr.AndAll([]expr.Expr{agg.Filter, seen})
	}
	agg.Filter = seen
	return nil
}

// quantiles reads a constant quantile or list of them, in descending order as what quantile_cont and quantile_disc take: 1-q, and a negative one, which is
// counted from the largest value.
func (b *Binder) quantiles(at ast.Span, name string, e expr.Expr, desc bool) (expr.Expr, error) {
	v, err := b.fold(at, e)
	if err != nil {
		return nil, err
	}
	lit, ok := v.(*expr.Lit)
	if !ok || lit.Value.Null {
		return e, nil // which the aggregate refuses
	}
	kids := []data.Scalar{lit.Value}
	if isList(lit.Value.Type) {
		kids = lit.Value.Kids
	}
	out := make([]data.Scalar, len(kids))
	for i, k := range kids {
		f, err := b.fold(at, castTo(&expr.Lit{Value: k}, dtype.Of(dtype.Float64)))
		if err != nil {
			return nil, err
		}
		q, ok := f.(*expr.Lit)
		if !ok || q.Value.Null || !(q.Value.F >= 0 && q.Value.F <= 1) {
			return nil, b.failf(at, fault.Value, "%s needs a quantile between 0 and 1", name)
		}
		switch out[i] = q.Value; {
		case desc && name == "percentile_disc":
			out[i].F = math.Copysign(out[i].F, -1)
		case desc:
			out[i].F = 1 - out[i].F
		}
	}
	if isList(lit.Value.Type) {
		return &expr.Lit{Value: data.Scalar{Type: dtype.ListOf(dtype.Of(dtype.Float64)), Kids: out}}, nil
	}
	return &expr.Lit{Value: out[0]}, nil
}

// foldTail evaluates all arguments but the first where they are constant: separators, quantiles, counts.
func (b *Binder) foldTail(at ast.Span, args []expr.Expr) error {
	for i := 1; i < len(args); i++ {
		f, err := b.fold(at, args[i])
		if err != nil {
			return err
		}
		args[i] = f
	}
	return nil
}

func isStar(e ast.Expr) bool {
	s, ok := e.(*ast.Star)
	return ok && len(s.Exclude)+len(s.Replace)+len(s.Rename) == 0
}

// sortKeys binds ORDER BY inside a call or window. ORDER BY ALL is by the arguments of the call, in their order.
func (x *exprs) sortKeys(items []ast.OrderItem, args []expr.Expr) ([]expr.SortKey, error) {
	var keys []expr.SortKey
	for _, it := range items {
		if it.All {
			if args == nil {
				return nil, x.b.failf(it.At(), fault.Unsupported, "ORDER BY ALL is not supported in a window")
			}
			for _, a := range args {
				keys = append(keys, expr.SortKey{Expr: a, Order: x.b.order(it)})
			}
			continue
		}
		k, err := x.bind(it.X)
		if err != nil {
			return nil, err
		}
		keys = append(keys, expr.SortKey{Expr: k, Order: x.b.order(it)})
	}
	return keys, nil
}

// order is the direction of a sort key: as written, or as the settings default_order and default_null_order have it.
func (b *Binder) order(it ast.OrderItem) defs.Order {
	o := defs.Order{Desc: it.Dir == ast.Desc, NullsFirst: it.Nulls == ast.NullsFirst}
	if it.Dir == ast.DirDefault {
		o.Desc = b.opts.Settings["default_order"] == "DESC"
	}
	if it.Nulls == ast.NullsOrderDefault {
		switch b.opts.Settings["default_null_order"] {
		case "NULLS_FIRST":
			o.NullsFirst = true
		case "NULLS_FIRST_ON_ASC_LAST_ON_DESC":
			o.NullsFirst = !o.Desc
		case "NULLS_LAST_ON_ASC_FIRST_ON_DESC":
			o.NullsFirst = o.Desc
		}
	}
	return o
}
