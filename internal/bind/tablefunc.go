package bind

import (
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/spi"
)

// readers are the table functions that read files, with the format that they imply.
var readers = map[string]string{"read_csv": "csv", "read_csv_auto": "csv", "read_json": "ndjson", "read_json_auto": "ndjson", "read_ndjson": "ndjson",
	"read_ndjson_auto": "ndjson", "read_json_objects": "ndjson", "read_parquet": "parquet", "parquet_scan": "parquet", "read_ipc": "ipc", "read_arrow": "ipc",
	"read_file": ""}

// tableFunc binds a call in FROM.
func (b *Binder) tableFunc(t *ast.TableFunc, outer *scope) (bound, error) {
	if !t.Ordinality {
		return b.tableCall(t, outer)
	}
	plain := *t
	plain.Ordinality, plain.Alias = false, ast.Alias{}
	in, err := b.tableCall(&plain, outer)
	if err != nil {
		return in, err
	}
	number := b.col("ordinality", dtype.Of(dtype.Int64))
	out := &plan.Project{Input: &plan.RowIndex{Input: in.node, Col: number, Offset: 1}}
	for _, c := range append(slices.Clone(in.node.Cols()), number) {
		out.Items = append(out.Items, plan.Item{Col: c, Expr: &expr.Ref{Col: c}})
	}
	return b.alias(t.Span, t.Alias, in.rels[len(in.rels)-1].name, out)
}

// tableCall is tableFunc without WITH ORDINALITY.
func (b *Binder) tableCall(t *ast.TableFunc, outer *scope) (bound, error) {
	name := strings.ToLower(t.Call.Name.Last().Name)
	if format, ok := readers[name]; ok {
		node, file, err := b.readFunc(t, format)
		if err != nil {
			return bound{}, err
		}
		return b.alias(t.Span, t.Alias, file, node)
	}
	switch name {
	case "range", "generate_series":
		node, err := b.series(t, name, outer)
		if err != nil {
			return bound{}, err
		}
		return b.alias(t.Span, t.Alias, name, node)
	case "unnest":
		if len(t.Call.Args) > 1 && !t.Call.Args[1].Name.Empty() {
			return bound{}, b.failf(t.Span, fault.Unsupported, "the options of unnest are not supported in FROM yet")
		}
		if len(t.Call.Args) != 1 {
			return bound{}, b.failf(t.Span, fault.Usage, "unnest takes one list")
		}
		list, err := b.newExprs(&scope{parent: outer}, "FROM").bind(t.Call.Args[0].Value)
		if err != nil {
			return bound{}, err
		}
		return b.unnestOver(bound{node: &plan.Values{Rows: [][]expr.Expr{{}}}}, t, list)
	}
	known := []string{"range", "generate_series", "unnest"}
	for n := range readers {
		known = append(known, n)
	}
	err := &fault.Error{Code: fault.Name, Msg: "no table function \"" + name + "\"", Hint: fault.DidYouMean(name, known)}
	return bound{}, b.fail(t.Call.Name.At(), err)
}

// readFunc opens the files of read_csv and its kin: a path or a list of paths, then named options.
func (b *Binder) readFunc(t *ast.TableFunc, format string) (plan.Node, string, error) {
	var paths []string
	opts := spi.Options{}
	for i, a := range t.Call.Args {
		if a.Name.Empty() && i > 0 {
			return nil, "", b.failf(a.Value.At(), fault.Usage, "options of %s are written name = value", t.Call.Name.Last().Name)
		}
		v, err := b.constant(a.Value, "an argument of a table function")
		if err != nil {
			return nil, "", err
		}
		if a.Name.Empty() {
			paths = append(paths, texts(v)...)
			continue
		}
		key := strings.ToLower(a.Name.Name)
		if opts[key], err = b.option(key, v); err != nil {
			return nil, "", b.place(a.Value.At(), err)
		}
	}
	if len(paths) == 0 {
		return nil, "", b.failf(t.Span, fault.Usage, "%s needs a path", t.Call.Name.Last().Name)
	}
	if f, ok := opts["format"].(string); ok && (f == "csv" || f == "parquet" || f == "ipc") {
		format = f
		delete(opts, "format")
	}
	tab, err := b.cat.OpenFiles(b.ctx, paths, format, opts)
	if err != nil {
		return nil, "", b.place(t.Span, err)
	}
	return b.scan(tab, strings.Join(paths, ", ")), fileName(paths[0]), nil
}

// texts returns a text, or the texts of a list.
func texts(v data.Scalar) []string {
	if v.Type.Kind != dtype.List {
		return []string{v.S}
	}
	var out []string
	for _, k := range v.Kids {
		out = append(out, k.S)
	}
	return out
}

// option converts a constant to what readers take. A struct of type names becomes a schema, which keeps the order of its fields, and a list of them types.
func (b *Binder) option(name string, v data.Scalar) (any, error) {
	switch name {
	case "columns", "types", "dtypes", "column_types":
	default:
		return PlainValue(v), nil
	}
	var schema dtype.Schema
	var list []dtype.Type
	for i, k := range v.Kids {
		if v.Type.Kind == dtype.List && k.Type.Kind != dtype.String {
			return nil, fault.New(fault.Usage, "option %s requires a list of types, not of %s", name, k.Type)
		}
		t, err := ParseType(k.S)
		if err != nil {
			return nil, err
		}
		if list = append(list, t); v.Type.Kind == dtype.Struct {
			schema.Fields = append(schema.Fields, dtype.Field{Name: v.Type.Fields[i].Name, Type: t})
		}
	}
	switch v.Type.Kind {
	case dtype.Struct:
		return schema, nil
	case dtype.List:
		return list, nil
	}
	return PlainValue(v), nil
}

// PlainValue converts a constant to the Go values that spi.Options hold: string, int64, float64, bool, []any, map[string]any or nil.
func PlainValue(v data.Scalar) any {
	switch {
	case v.Null:
		return nil
	case v.Type.Kind == dtype.Bool:
		return v.Bool()
	case v.Type.IsInteger():
		return v.Int64()
	case v.Type.IsFloat():
		return v.F
	case v.Type.Kind == dtype.List, v.Type.Kind == dtype.Array:
		out := []any{}
		for _, k := range v.Kids {
			out = append(out, PlainValue(k))
		}
		return out
	case v.Type.Kind == dtype.Struct:
		out := map[string]any{}
		for i, f := range v.Type.Fields {
			out[f.Name] = PlainValue(v.Kids[i])
		}
		return out
	default:
		return string(data.AppendText(nil, data.ConstColumn(v, 1), 0))
	}
}

// series binds range(start, stop, step), which excludes stop, and generate_series, which includes it, as the expansion of a list.
func (b *Binder) series(t *ast.TableFunc, name string, outer *scope) (plan.Node, error) {
	var args []expr.Expr
	for _, a := range t.Call.Args {
		e, err := b.newExprs(&scope{parent: outer}, name).bind(a.Value)
		if err != nil {
			return nil, err
		}
		if e, err = b.fold(a.Value.At(), e); err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	if len(args) == 3 && isZero(args[2]) {
		return nil, b.failf(t.Call.Args[2].Value.At(), fault.Value, "the step of %s must not be zero", name)
	}
	if s, ok := seriesTable(name, args); ok {
		return b.scan(s, name), nil
	}
	list, err := b.call(t.Span, name, args...)
	if err != nil {
		return nil, err
	}
	col := b.col(name, list.Type().Elem())
	return &plan.Unnest{Input: &plan.Values{Rows: [][]expr.Expr{{}}}, Items: []plan.Item{{Col: col, Expr: list}}}, nil
}

// isZero reports whether a step is zero, with which a series would not end.
func isZero(step expr.Expr) bool {
	l, ok := step.(*expr.Lit)
	if !ok || l.Value.Null {
		return false
	}
	if l.Value.Type.Kind == dtype.Interval {
		return l.Value.Iv == data.Interval{}
	}
	return l.Value.Type.IsInteger() && l.Value.I == data.Int128{}
}

// seriesTable returns the table of a series of whole numbers, or of timestamps that are the same time apart; anything else (months, nulls) is
// left to the list function.
func seriesTable(name string, args []expr.Expr) (*catalog.Series, bool) {
	if len(args) == 3 {
		if start, stop, step, ok := evenTimes(args); ok {
			return evenSeries(name, dtype.TimestampOf(dtype.Micro, ""), start, stop, step)
		}
	}
	v := []int64{0, 0, 1}
	if len(args) < 1 || len(args) > 3 {
		return nil, false
	}
	for i, a := range args {
		l, ok := a.(*expr.Lit)
		if !ok || l.Value.Null || !l.Value.Type.IsInteger() || !l.Value.I.IsInt64() {
			return nil, false
		}
		v[i] = l.Value.Int64()
	}
	start, stop, step := v[0], v[1], v[2]
	if len(args) == 1 {
		start, stop = 0, v[0]
	}
	return evenSeries(name, dtype.Of(dtype.Int64), start, stop, step)
}

// evenTimes returns the bounds and the step in microseconds of a series of finite timestamps whose step has no months and one sign.
func evenTimes(args []expr.Expr) (start, stop, step int64, ok bool) {
	const dayMicros = 24 * 60 * 60 * 1_000_000
	var at [2]int64
	for i, a := range args[:2] {
		l, ok := a.(*expr.Lit)
		if !ok || l.Value.Null {
			return 0, 0, 0, false
		}
		switch t := l.Value.Type; {
		case t.Kind == dtype.Timestamp && t.Unit == dtype.Micro && t.Zone == "":
			at[i] = l.Value.Int64()
		case t.Kind == dtype.Date && abs(l.Value.Int64()) < math.MaxInt64/dayMicros:
			at[i] = l.Value.Int64() * dayMicros
		default:
			return 0, 0, 0, false
		}
		if at[i] == data.TimestampInfinity || at[i] == -data.TimestampInfinity {
			return 0, 0, 0, false
		}
	}
	l, ok := args[2].(*expr.Lit)
	if !ok || l.Value.Null || l.Value.Type.Kind != dtype.Interval {
		return 0, 0, 0, false
	}
	iv := l.Value.Iv
	days := int64(iv.Days)
	mixed := days > 0 && iv.Micros < 0 || days < 0 && iv.Micros > 0
	step = days*dayMicros + iv.Micros
	if iv.Months != 0 || mixed || abs(days) > math.MaxInt64/dayMicros/2 || abs(iv.Micros) > math.MaxInt64/2 {
		return 0, 0, 0, false
	}
	return at[0], at[1], step, true
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// evenSeries returns the table of the values of type t from start to stop; step is not zero.
func evenSeries(name string, t dtype.Type, start, stop, step int64) (*catalog.Series, bool) {
	span := new(big.Int).Sub(big.NewInt(stop), big.NewInt(start))
	last := big.NewInt(0) // of an inclusive series the stop itself may be the last value
	if name == "range" {
		last.SetInt64(1)
	}
	if step < 0 {
		span.Neg(span)
	}
	span.Sub(span, last)
	s := &catalog.Series{Name: name, Type: t, First: start, Step: step}
	if span.Sign() >= 0 {
		n := span.Div(span, new(big.Int).Abs(big.NewInt(step)))
		if n.Add(n, big.NewInt(1)); !n.IsInt64() {
			return nil, false
		}
		s.Count = n.Int64()
	}
	return s, true
}
