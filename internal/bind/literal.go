package bind

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

func itoa(n int) string { return strconv.Itoa(n) }

// number makes the literal of a numeric text: the narrowest of int32, int64 and int128 for whole numbers, decimal for a point, double for
// an exponent or too many digits.
func (b *Binder) number(at ast.Span, text string, neg bool) (expr.Expr, error) {
	clean := strings.ReplaceAll(text, "_", "")
	low := strings.ToLower(clean)
	hex := strings.HasPrefix(low, "0x") || strings.HasPrefix(low, "0b")
	switch {
	case !hex && strings.ContainsAny(low, "e"):
		return b.floatLiteral(at, clean, neg)
	case !hex && strings.Contains(clean, "."):
		return b.decimalLiteral(at, clean, neg)
	}
	base := 10
	if hex {
		base = map[byte]int{'x': 16, 'b': 2}[low[1]]
		clean = clean[2:]
	}
	n, ok := new(big.Int).SetString(clean, base)
	if !ok {
		return nil, b.failf(at, fault.Syntax, "malformed number %q", text)
	}
	if neg {
		n.Neg(n)
	}
	if least := neg && n.BitLen() == 128 && n.TrailingZeroBits() == 127; n.BitLen() > 127 && !least {
		return b.floatLiteral(at, clean, neg)
	}
	v := int128(n)
	return &expr.Lit{Value: data.Scalar{Type: dtype.Of(wholeKind(v)), I: v}}, nil
}

// wholeKind is the type of a whole number in a query: the narrowest of int32, int64 and int128 that has it.
func wholeKind(v data.Int128) dtype.Kind {
	switch {
	case !v.IsInt64():
		return dtype.Int128
	case int64(int32(v.Lo)) != int64(v.Lo):
		return dtype.Int64
	default:
		return dtype.Int32
	}
}

// int128 converts a number of at most 127 bits.
func int128(n *big.Int) data.Int128 {
	a := new(big.Int).Abs(n)
	lo := new(big.Int).And(a, new(big.Int).SetUint64(^uint64(0))).Uint64()
	v := data.Int128{Lo: lo, Hi: int64(new(big.Int).Rsh(a, 64).Uint64())}
	if n.Sign() < 0 {
		v = v.Neg()
	}
	return v
}

func (b *Binder) floatLiteral(at ast.Span, text string, neg bool) (expr.Expr, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, b.failf(at, fault.Value, "number %s is out of range", text)
	}
	if neg {
		f = -f
	}
	return &expr.Lit{Value: data.FloatScalar(f)}, nil
}

func (b *Binder) decimalLiteral(at ast.Span, text string, neg bool) (expr.Expr, error) {
	whole, frac, _ := strings.Cut(text, ".")
	whole = strings.TrimLeft(whole, "0")
	precision := max(len(whole)+len(frac), 1)
	if precision > 38 {
		return b.floatLiteral(at, text, neg)
	}
	n, ok := new(big.Int).SetString("0"+whole+frac, 10)
	if !ok {
		return nil, b.failf(at, fault.Syntax, "malformed number %q", text)
	}
	if neg {
		n.Neg(n)
	}
	return &expr.Lit{Value: data.Scalar{Type: dtype.DecimalOf(precision, len(frac)), I: int128(n)}}, nil
}

// unitFunctions make an interval from a count.
var unitFunctions = [...]string{ast.Microsecond: "to_microseconds", ast.Millisecond: "to_milliseconds", ast.Second: "to_seconds",
	ast.Minute: "to_minutes", ast.Hour: "to_hours", ast.Day: "to_days", ast.Week: "to_weeks", ast.Month: "to_months",
	ast.Quarter: "to_quarters", ast.Year: "to_years", ast.Decade: "to_decades", ast.Century: "to_centuries",
	ast.Millennium: "to_millennia"}

// interval binds INTERVAL value unit.
func (x *exprs) interval(e *ast.Interval) (expr.Expr, error) {
	arg, err := x.bind(e.Value)
	if err != nil {
		return nil, err
	}
	if arg.Type().Kind == dtype.String { // '3' DAY: let the interval parser read it
		text, err := x.b.call(e.Span, "concat_op", arg, &expr.Lit{Value: data.StringScalar(" " + e.Unit.String())})
		if err != nil {
			return nil, err
		}
		return x.b.fold(e.Span, &expr.Cast{Arg: text, To: dtype.Of(dtype.Interval)})
	}
	v, err := x.b.call(e.Span, unitFunctions[e.Unit], arg)
	if err != nil {
		return nil, err
	}
	return x.b.fold(e.Span, v)
}

// listOf makes a list of values that get a common type.
func (b *Binder) listOf(at ast.Span, items []expr.Expr) (expr.Expr, error) {
	if _, err := b.common(at, "the list", items); err != nil {
		return nil, err
	}
	return b.call(at, "list_value", items...)
}

// structField binds s.name, ignoring case when no field matches exactly.
func (b *Binder) structField(at ast.Span, e expr.Expr, name string) (expr.Expr, error) {
	t := e.Type()
	if t.Kind == dtype.JSON {
		return b.call(at, "json_extract", e, &expr.Lit{Value: data.StringScalar(name)})
	}
	if t.Kind != dtype.Struct {
		return nil, b.failf(at, fault.Type, "a value of type %s has no field %q", t, name)
	}
	i := dtype.NewSchema(t.Fields...).IndexFold(name)
	if i < 0 {
		return nil, b.fail(at, unknownColumn(name, "in the struct", dtype.NewSchema(t.Fields...).Names()))
	}
	return b.call(at, "struct_extract", e, &expr.Lit{Value: data.StringScalar(t.Fields[i].Name)})
}

// structAt takes a field by its position from 0.
func (b *Binder) structAt(at ast.Span, e expr.Expr, i int) (expr.Expr, error) {
	return b.call(at, "struct_extract", e, &expr.Lit{Value: data.IntScalar(dtype.Of(dtype.Int64), int64(i)+1)})
}

func (x *exprs) structLit(e *ast.Struct) (expr.Expr, error) {
	if len(e.Fields) == 0 {
		return nil, x.b.failf(e.Span, fault.Syntax, "a struct needs a field, as in {'a': 1}")
	}
	fields := make([]dtype.Field, len(e.Fields))
	args := make([]expr.Expr, len(e.Fields))
	for i, f := range e.Fields {
		var err error
		if args[i], err = x.bind(f.Value); err != nil {
			return nil, err
		}
		if f.Name.Name == "" {
			return nil, x.b.failf(f.Value.At(), fault.Syntax, "a field of a struct needs a name; row(…) makes a struct without names")
		}
		fields[i] = dtype.Field{Name: f.Name.Name, Type: args[i].Type()}
		if err := x.b.fieldOnce(f.Value.At(), fields[:i], f.Name.Name); err != nil {
			return nil, err
		}
	}
	return packStruct(fields, args), nil
}

// fieldOnce refuses a field whose name, ignoring case, another one of its struct has: nothing could tell the two apart.
func (b *Binder) fieldOnce(at ast.Span, before []dtype.Field, name string) error {
	for _, f := range before {
		if same(f.Name, name) {
			return b.failf(at, fault.Usage, "the struct has a field %q already; give this one another name", f.Name)
		}
	}
	return nil
}

// packStruct makes a struct of named values; the function takes names and values in turn.
func packStruct(fields []dtype.Field, args []expr.Expr) expr.Expr {
	var pairs []expr.Expr
	for i, a := range args {
		pairs = append(pairs, &expr.Lit{Value: data.StringScalar(fields[i].Name)}, a)
	}
	return &expr.Call{Fn: sig.Lookup("struct_pack")[0], Args: pairs, Typ: dtype.StructOf(fields...)}
}

func (x *exprs) mapLit(e *ast.Map) (expr.Expr, error) {
	var keys, values []expr.Expr
	for _, en := range e.Entries {
		kv, err := x.list([]ast.Expr{en.Key, en.Value})
		if err != nil {
			return nil, err
		}
		keys, values = append(keys, kv[0]), append(values, kv[1])
	}
	k, err := x.b.listOf(e.Span, keys)
	if err != nil {
		return nil, err
	}
	v, err := x.b.listOf(e.Span, values)
	if err != nil {
		return nil, err
	}
	return x.b.call(e.Span, "map", k, v)
}

// row makes a struct whose fields have no names.
func (x *exprs) row(e *ast.Row) (expr.Expr, error) {
	args, err := x.list(e.Items)
	if err != nil {
		return nil, err
	}
	return x.b.call(e.Span, "row", args...)
}

func (x *exprs) index(e *ast.Index) (expr.Expr, error) {
	args, err := x.list([]ast.Expr{e.X, e.I})
	if err != nil {
		return nil, err
	}
	switch args[0].Type().Kind {
	case dtype.Struct:
		if l, ok := args[1].(*expr.Lit); ok && l.Value.Type.Kind == dtype.String {
			return x.b.structField(e.I.At(), args[0], l.Value.S)
		}
		return x.b.call(e.Span, "struct_extract_at", args...)
	case dtype.Map:
		return x.b.call(e.Span, "map_extract_value", args...)
	case dtype.JSON:
		return x.b.call(e.Span, "json_extract", args...)
	default:
		return x.b.call(e.Span, "list_extract", args...)
	}
}

func (x *exprs) slice(e *ast.Slice) (expr.Expr, error) {
	parts := []ast.Expr{e.X, e.Lo, e.Hi, e.Step}
	open := []int64{0, 1, -1}
	if e.Step != nil && (e.Lo == nil || e.Hi == nil) {
		v, err := x.bind(e.Step)
		if err != nil {
			return nil, err
		}
		if v, err = x.b.fold(e.Span, v); err != nil {
			return nil, err
		}
		switch l, ok := v.(*expr.Lit); {
		case !ok:
			return x.openSlice(e)
		case l.Value.Type.IsInteger() && !l.Value.Null && l.Value.Int64() < 0:
			open = []int64{0, -1, 1}
		}
	}
	var args []expr.Expr
	for i, p := range parts {
		if p == nil && i == 3 {
			break
		}
		if p == nil { // an open bound: from the first, to the last
			args = append(args, &expr.Lit{Value: data.IntScalar(dtype.Of(dtype.Int64), open[i])})
			continue
		}
		a, err := x.bind(p)
		if err != nil {
			return nil, err
		}
		args = append(args, a)
	}
	return x.b.call(e.Span, "list_slice", args...)
}

// openSlice is a slice with an open bound and a step that may be of either sign: a negative one goes from the last element to the first.
func (x *exprs) openSlice(e *ast.Slice) (expr.Expr, error) {
	one := &ast.Number{Span: e.Span, Text: "1"}
	end := &ast.Unary{Span: e.Span, Op: ast.OpNeg, X: one}
	up, down := *e, *e
	if e.Lo == nil {
		up.Lo, down.Lo = one, end
	}
	if e.Hi == nil {
		up.Hi, down.Hi = end, one
	}
	negative := &ast.Binary{Span: e.Span, Op: ast.OpLt, L: e.Step, R: &ast.Number{Span: e.Span, Text: "0"}}
	return x.caseWhen(&ast.Case{Span: e.Span, Whens: []ast.When{{Cond: negative, Then: &down}}, Else: &up})
}
