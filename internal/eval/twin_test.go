package eval

import (
	"context"
	"errors"
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/sig"
)

// The twin interprets an expression for one row with plain Go values: nil, int64, bool, string. It is lazy where the language is, and shares
// nothing with the evaluator.

var errTwin = errors.New("fails")

func twin(e expr.Expr, row map[expr.ColID]any) (any, error) {
	switch e := e.(type) {
	case *expr.Ref:
		return row[e.Col.ID], nil
	case *expr.Lit:
		return plain(e.Value), nil
	case *expr.And, *expr.Or:
		return twinConnective(e, row)
	case *expr.Not:
		v, err := twin(e.Arg, row)
		if v == nil || err != nil {
			return nil, err
		}
		return !v.(bool), nil
	case *expr.IsNull:
		v, err := twin(e.Arg, row)
		return (v == nil) != e.Negate, err
	case *expr.In:
		return twinIn(e, row)
	case *expr.Case:
		for _, w := range e.Whens {
			c, err := twin(w.Cond, row)
			if err != nil {
				return nil, err
			}
			if c == true {
				return twin(w.Then, row)
			}
		}
		return twin(e.Else, row)
	case *expr.Cast:
		v, err := twin(e.Arg, row)
		if err != nil {
			return nil, err
		}
		return twinCast(v, e)
	case *expr.Call:
		return twinCall(e, row)
	}
	panic("unknown node")
}

func plain(s data.Scalar) any {
	switch {
	case s.Null:
		return nil
	case s.Type.Kind == dtype.Bool:
		return s.Bool()
	case s.Type.Kind == dtype.String:
		return s.S
	default:
		return s.Int64()
	}
}

func twinConnective(e expr.Expr, row map[expr.ColID]any) (any, error) {
	_, or := e.(*expr.Or)
	var acc any = !or
	for _, k := range e.Kids() {
		v, err := twin(k, row)
		if err != nil {
			return nil, err
		}
		if v == or {
			return or, nil
		}
		if v == nil {
			acc = nil
		}
	}
	return acc, nil
}

func twinIn(e *expr.In, row map[expr.ColID]any) (any, error) {
	v, err := twin(e.Arg, row)
	if v == nil || err != nil {
		return nil, err
	}
	for _, x := range e.Values {
		if plain(x) == v {
			return true, nil
		}
	}
	if e.HasNull {
		return nil, nil
	}
	return false, nil
}

func twinCast(v any, e *expr.Cast) (any, error) {
	i, ok := v.(int64)
	if !ok || e.To.Kind != dtype.Int32 || i == int64(int32(i)) {
		return v, nil
	}
	if e.Try {
		return nil, nil
	}
	return nil, errTwin
}

func twinCall(e *expr.Call, row map[expr.ColID]any) (any, error) {
	if e.Fn.Name == "coalesce" {
		for _, a := range e.Args {
			if v, err := twin(a, row); v != nil || err != nil {
				return v, err
			}
		}
		return nil, nil
	}
	args := make([]any, len(e.Args))
	for i, a := range e.Args {
		v, err := twin(a, row)
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	for _, a := range args {
		if a == nil {
			return nil, nil
		}
	}
	return twinStrict(e, args[0], args[1])
}

func twinStrict(e *expr.Call, x, y any) (any, error) {
	switch e.Fn.Name {
	case "eq":
		return x == y, nil
	case "lt":
		if s, ok := x.(string); ok {
			return strings.Compare(s, y.(string)) < 0, nil
		}
		return x.(int64) < y.(int64), nil
	}
	a, b := x.(int64), y.(int64)
	var r int64
	ok := true
	switch e.Fn.Name {
	case "add":
		r = a + b
		ok = (r > a) == (b > 0) || b == 0
	case "sub":
		r = a - b
		ok = (r < a) == (b > 0) || b == 0
	case "mul":
		hi, lo := bits.Mul64(uint64(max(a, -a)), uint64(max(b, -b)))
		r = a * b
		ok = hi == 0 && lo <= math.MaxInt64
	case "floordiv":
		if ok = b != 0; ok {
			r = a / b
		}
	}
	if e.Typ.Kind == dtype.Int32 && r != int64(int32(r)) {
		ok = false
	}
	if !ok {
		return nil, errTwin
	}
	return r, nil
}

var (
	i64, i32, str, boolean = dtype.Of(dtype.Int64), dtype.Of(dtype.Int32), dtype.Of(dtype.String), dtype.Of(dtype.Bool)

	columns = []expr.Col{{ID: 1, Name: "a", Type: i64}, {ID: 2, Name: "b", Type: i64}, {ID: 3, Name: "c", Type: i32}, {ID: 4, Name: "s", Type: str}, {ID: 5, Name: "t", Type: str}, {ID: 6, Name: "p", Type: boolean}}
)

func call(name string, args ...expr.Expr) *expr.Call {
	types := make([]dtype.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
	}
	r, err := sig.Resolve(name, types, sig.ScalarKind)
	if err != nil {
		panic(err)
	}
	return &expr.Call{Fn: r.Fn, Args: args, Typ: r.Ret}
}

func ref(i int) expr.Expr { return &expr.Ref{Col: columns[i]} }

func lit(t dtype.Type, v int64) expr.Expr { return &expr.Lit{Value: data.IntScalar(t, v)} }

// generator makes random expressions of a type.
type generator struct{ r *rand.Rand }

func (g generator) expr(t dtype.Type, depth int) expr.Expr {
	if depth == 0 || g.r.IntN(6) == 0 {
		return g.leaf(t)
	}
	d := depth - 1
	switch k := g.r.IntN(8); {
	case k == 0:
		c := &expr.Case{Else: g.expr(t, d)}
		for range g.r.IntN(3) + 1 {
			c.Whens = append(c.Whens, expr.When{Cond: g.expr(boolean, d), Then: g.expr(t, d)})
		}
		return c
	case k == 1:
		return call("coalesce", g.expr(t, d), g.expr(t, d), g.expr(t, d))
	case t.Kind == dtype.Bool:
		return g.condition(d)
	case t.Kind == dtype.String:
		return g.leaf(t)
	case k == 2 && t.Kind == dtype.Int32:
		return &expr.Cast{Arg: g.expr(i64, d), To: i32, Try: g.r.IntN(2) == 0}
	case k == 2:
		return &expr.Cast{Arg: g.expr(i32, d), To: i64}
	default:
		return call([]string{"add", "sub", "mul", "floordiv"}[g.r.IntN(4)], g.expr(t, d), g.expr(t, d))
	}
}

func (g generator) condition(d int) expr.Expr {
	switch g.r.IntN(7) {
	case 0:
		return &expr.And{Args: []expr.Expr{g.expr(boolean, d), g.expr(boolean, d), g.expr(boolean, d)}}
	case 1:
		return &expr.Or{Args: []expr.Expr{g.expr(boolean, d), g.expr(boolean, d)}}
	case 2:
		return &expr.Not{Arg: g.expr(boolean, d)}
	case 3:
		return &expr.IsNull{Arg: g.expr([]dtype.Type{i64, i32, str}[g.r.IntN(3)], d), Negate: g.r.IntN(2) == 0}
	case 4:
		in := &expr.In{Arg: g.expr(i64, d), HasNull: g.r.IntN(3) == 0}
		for range g.r.IntN(12) {
			in.Values = append(in.Values, data.IntScalar(i64, int64(g.r.IntN(9)-4)))
		}
		return in
	default:
		t := []dtype.Type{i64, i32, str}[g.r.IntN(3)]
		return call([]string{"eq", "lt"}[g.r.IntN(2)], g.expr(t, d), g.expr(t, d))
	}
}

func (g generator) leaf(t dtype.Type) expr.Expr {
	for g.r.IntN(4) > 0 {
		if i := g.r.IntN(len(columns)); columns[i].Type.Kind == t.Kind {
			return ref(i)
		}
	}
	if g.r.IntN(6) == 0 {
		return &expr.Lit{Value: data.NullScalar(t)}
	}
	switch t.Kind {
	case dtype.Bool:
		return &expr.Lit{Value: data.BoolScalar(g.r.IntN(2) == 0)}
	case dtype.String:
		return &expr.Lit{Value: data.StringScalar([]string{"", "x", "a string of some length"}[g.r.IntN(3)])}
	default:
		return lit(t, []int64{0, 1, -1, 2, 3, 1000, math.MaxInt32}[g.r.IntN(7)])
	}
}

// batch returns n random rows of columns, in random forms.
func (g generator) batch(n int) *data.Batch {
	b := &data.Batch{Len: n}
	for _, c := range columns {
		nulls := []float64{0, 0.2, 1}[g.r.IntN(12)/5]
		scalar := func() data.Scalar {
			switch {
			case g.r.Float64() < nulls:
				return data.NullScalar(c.Type)
			case c.Type.Kind == dtype.Bool:
				return data.BoolScalar(g.r.IntN(2) == 0)
			case c.Type.Kind == dtype.String:
				return data.StringScalar([]string{"", "x", "yy", "a string of some length"}[g.r.IntN(4)])
			case g.r.IntN(200) == 0:
				return data.IntScalar(c.Type, math.MaxInt32)
			default:
				return data.IntScalar(c.Type, int64(g.r.IntN(9)-4))
			}
		}
		switch g.r.IntN(3) {
		case 0:
			b.Cols = append(b.Cols, data.ConstColumn(scalar(), n))
		case 1:
			values := data.NewBuilder(c.Type, 4)
			keep := nulls
			nulls = 0
			for range 4 {
				values.AppendScalar(scalar())
			}
			nulls = keep
			codes, valid := make([]uint32, n), data.NewBitmap(n)
			for i := range codes {
				codes[i] = uint32(g.r.IntN(4))
				valid.SetTo(i, g.r.Float64() >= nulls)
			}
			b.Cols = append(b.Cols, data.DictColumn(values.Build(), codes, valid))
		default:
			col := data.NewBuilder(c.Type, n)
			for range n {
				col.AppendScalar(scalar())
			}
			b.Cols = append(b.Cols, col.Build())
		}
	}
	return b
}

func rowOf(b *data.Batch, i int) map[expr.ColID]any {
	row := map[expr.ColID]any{}
	for k, c := range b.Cols {
		row[columns[k].ID] = plain(c.Value(i))
	}
	return row
}

var background = context.Background()
