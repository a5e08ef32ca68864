package refimpl

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
)

// row is the values of a row by column id.
type row map[expr.ColID]data.Scalar

// unsupported is a function or node that the reference does not know; the random generator does not use it.
type unsupported struct{ what string }

func (u unsupported) Error() string { return "the reference does not know " + u.what }

var boolean = dtype.Of(dtype.Bool)

// eval computes e for one row.
func eval(e expr.Expr, r row) (data.Scalar, error) {
	switch e := e.(type) {
	case *expr.Ref:
		v, ok := r[e.Col.ID]
		if !ok {
			return v, fmt.Errorf("no column %s#%d", e.Col.Name, e.Col.ID)
		}
		return v, nil
	case *expr.Lit:
		return e.Value, nil
	case *expr.And:
		return kleene(e.Args, r, false)
	case *expr.Or:
		return kleene(e.Args, r, true)
	case *expr.Not:
		v, err := eval(e.Arg, r)
		if err != nil || v.Null {
			return data.NullScalar(boolean), err
		}
		return data.BoolScalar(!v.Bool()), nil
	case *expr.IsNull:
		v, err := eval(e.Arg, r)
		return data.BoolScalar(v.Null != e.Negate), err
	case *expr.In:
		return in(e, r)
	case *expr.Case:
		for _, w := range e.Whens {
			c, err := eval(w.Cond, r)
			if err != nil {
				return c, err
			}
			if c.Bool() {
				return eval(w.Then, r)
			}
		}
		return eval(e.Else, r)
	case *expr.Cast:
		v, err := eval(e.Arg, r)
		if err != nil {
			return v, err
		}
		out, err := cast(v, e.To)
		if err != nil && e.Try {
			return data.NullScalar(e.To), nil
		}
		return out, err
	case *expr.Call:
		return call(e, r)
	default:
		return data.Scalar{}, unsupported{fmt.Sprintf("%T", e)}
	}
}

// kleene folds AND (absorbing false) and OR (absorbing true). Operands after an absorbing one are not evaluated.
func kleene(args []expr.Expr, r row, absorbing bool) (data.Scalar, error) {
	null := false
	for _, a := range args {
		v, err := eval(a, r)
		switch {
		case err != nil:
			return v, err
		case v.Null:
			null = true
		case v.Bool() == absorbing:
			return data.BoolScalar(absorbing), nil
		}
	}
	if null {
		return data.NullScalar(boolean), nil
	}
	return data.BoolScalar(!absorbing), nil
}

func in(e *expr.In, r row) (data.Scalar, error) {
	v, err := eval(e.Arg, r)
	if err != nil {
		return v, err
	}
	if v.Null {
		return data.NullScalar(boolean), nil
	}
	for _, x := range e.Values {
		if Compare(v, x) == 0 {
			return data.BoolScalar(true), nil
		}
	}
	if e.HasNull {
		return data.NullScalar(boolean), nil
	}
	return data.BoolScalar(false), nil
}

// Compare orders two values of one type that are not null: NaN equals itself and is above all numbers; lists and structs compare
// element by element, null elements last.
func Compare(a, b data.Scalar) int {
	switch t := a.Type; {
	case t.IsFloat():
		return compareFloat(a.F, b.F)
	case t.Kind == dtype.String, t.Kind == dtype.Binary, t.Kind == dtype.JSON:
		return strings.Compare(a.S, b.S)
	case t.IsUnsigned():
		return compareUint(a.I, b.I)
	case t.Kind == dtype.Interval:
		return big128(span(a.Iv)).Cmp(big128(span(b.Iv)))
	case t.IsNested():
		return compareKids(a.Kids, b.Kids)
	default:
		return a.I.Cmp(b.I)
	}
}

func span(v data.Interval) data.Int128 {
	days := int64(v.Months)*30 + int64(v.Days)
	n := new(big.Int).Add(new(big.Int).Mul(big.NewInt(days), big.NewInt(86_400_000_000)), big.NewInt(v.Micros))
	return fromBig(n)
}

func compareUint(a, b data.Int128) int {
	switch {
	case a.Lo < b.Lo:
		return -1
	case a.Lo > b.Lo:
		return 1
	default:
		return 0
	}
}

func compareKids(a, b []data.Scalar) int {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i].Null && b[i].Null:
		case a[i].Null:
			return 1
		case b[i].Null:
			return -1
		default:
			if c := Compare(a[i], b[i]); c != 0 {
				return c
			}
		}
	}
	return len(a) - len(b)
}

func compareFloat(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b), a == b:
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b), a < b:
		return -1
	default:
		return 1
	}
}

func big128(v data.Int128) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(v.Hi), 64)
	return n.Add(n, new(big.Int).SetUint64(v.Lo))
}

// fromBig is the inverse of big128 for values that fit.
func fromBig(n *big.Int) data.Int128 {
	m := new(big.Int).And(n, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1)))
	lo := new(big.Int).And(m, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	return data.Int128{Lo: lo, Hi: int64(new(big.Int).Rsh(m, 64).Uint64())}
}

// integer makes a value of an integer type, or an overflow error.
func integer(t dtype.Type, n *big.Int) (data.Scalar, error) {
	bits := map[dtype.Kind]uint{dtype.Int8: 7, dtype.Int16: 15, dtype.Int32: 31, dtype.Int64: 63, dtype.Int128: 127}
	hi := new(big.Int)
	lo := new(big.Int)
	if t.IsUnsigned() {
		width := map[dtype.Kind]uint{dtype.Uint8: 8, dtype.Uint16: 16, dtype.Uint32: 32, dtype.Uint64: 64}[t.Kind]
		hi.Lsh(big.NewInt(1), width)
	} else {
		hi.Lsh(big.NewInt(1), bits[t.Kind])
		lo.Neg(hi)
	}
	if n.Cmp(lo) < 0 || n.Cmp(hi) >= 0 {
		return data.Scalar{}, fmt.Errorf("%s does not fit %s", n, t)
	}
	return data.Scalar{Type: t, I: fromBig(n)}, nil
}

// call applies a scalar function. All functions here but those of the first switch give null for a null argument.
func call(e *expr.Call, r row) (data.Scalar, error) {
	args := make([]data.Scalar, len(e.Args))
	for i, a := range e.Args {
		if e.Fn.Name == "coalesce" && i > 0 && !args[i-1].Null {
			return args[i-1], nil
		}
		v, err := eval(a, r)
		if err != nil {
			return v, err
		}
		args[i] = v
	}
	switch e.Fn.Name {
	case "coalesce":
		return args[len(args)-1], nil
	case "is_distinct", "is_not_distinct":
		same := args[0].Null && args[1].Null || !args[0].Null && !args[1].Null && Compare(args[0], args[1]) == 0
		return data.BoolScalar(same == (e.Fn.Name == "is_not_distinct")), nil
	}
	for _, a := range args {
		if a.Null {
			return data.NullScalar(e.Typ), nil
		}
	}
	switch e.Fn.Name {
	case "eq", "ne", "lt", "le", "gt", "ge":
		c := Compare(args[0], args[1])
		return data.BoolScalar(map[string]bool{"eq": c == 0, "ne": c != 0, "lt": c < 0, "le": c <= 0, "gt": c > 0, "ge": c >= 0}[e.Fn.Name]), nil
	case "add", "sub", "mul", "neg", "abs", "div", "floordiv_null", "mod_null":
		return arithmetic(e.Fn.Name, e.Typ, args)
	case "mean_of":
		if args[1].I.Sign() == 0 {
			return data.NullScalar(e.Typ), nil
		}
		sum, _ := new(big.Float).SetInt(big128(args[0].I)).Float64()
		return data.FloatScalar(sum / float64(args[1].Int64())), nil
	case "concat_op":
		return data.StringScalar(args[0].S + args[1].S), nil
	case "lower":
		return data.StringScalar(strings.ToLower(args[0].S)), nil
	case "upper":
		return data.StringScalar(strings.ToUpper(args[0].S)), nil
	case "length":
		return data.IntScalar(e.Typ, int64(utf8.RuneCountInString(args[0].S))), nil
	case "starts_with":
		return data.BoolScalar(strings.HasPrefix(args[0].S, args[1].S)), nil
	default:
		return data.Scalar{}, unsupported{"the function " + e.Fn.ID}
	}
}

// arithmetic computes on integers exactly and on floats in IEEE.
func arithmetic(name string, t dtype.Type, a []data.Scalar) (data.Scalar, error) {
	if a[0].Type.IsFloat() {
		return floats(name, t, a)
	}
	x := big128(a[0].I)
	if name == "neg" {
		return integer(t, x.Neg(x))
	}
	if name == "abs" {
		return integer(t, x.Abs(x))
	}
	y := big128(a[1].I)
	switch name {
	case "add":
		return integer(t, x.Add(x, y))
	case "sub":
		return integer(t, x.Sub(x, y))
	case "mul":
		return integer(t, x.Mul(x, y))
	}
	if y.Sign() == 0 {
		return data.NullScalar(t), nil
	}
	q, m := new(big.Int).DivMod(x, y, new(big.Int)) // Euclidean
	if m.Sign() != 0 && y.Sign() < 0 {              // to floored
		q.Sub(q, big.NewInt(1))
		m.Add(m, y)
	}
	if name == "mod_null" {
		return integer(t, m)
	}
	return integer(t, q)
}

func floats(name string, t dtype.Type, a []data.Scalar) (data.Scalar, error) {
	x, y := a[0].F, 0.0
	if len(a) > 1 {
		y = a[1].F
	}
	switch name {
	case "add":
		x += y
	case "sub":
		x -= y
	case "mul":
		x *= y
	case "div":
		x /= y
	case "neg":
		x = -x
	case "abs":
		x = math.Abs(x)
	default:
		return data.Scalar{}, unsupported{name + " of floats"}
	}
	if t.Kind == dtype.Float32 {
		x = float64(float32(x))
	}
	return data.Scalar{Type: t, F: x}, nil
}

// cast converts between integers, floats, bool and text.
func cast(v data.Scalar, to dtype.Type) (data.Scalar, error) {
	switch {
	case v.Null:
		return data.NullScalar(to), nil
	case v.Type.Equal(to):
		return v, nil
	case to.Kind == dtype.String:
		return data.StringScalar(text(v)), nil
	case v.Type.Kind == dtype.String && to.IsInteger():
		n, ok := new(big.Int).SetString(strings.TrimSpace(v.S), 10)
		if !ok {
			return v, fmt.Errorf("%q is no integer", v.S)
		}
		return integer(to, n)
	case (v.Type.IsInteger() || v.Type.Kind == dtype.Bool) && to.IsInteger():
		return integer(to, big128(v.I))
	case v.Type.IsInteger() && to.IsFloat():
		f, _ := new(big.Float).SetInt(big128(v.I)).Float64()
		return data.Scalar{Type: to, F: f}, nil
	case v.Type.IsFloat() && to.IsInteger():
		f := math.RoundToEven(v.F)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return v, fmt.Errorf("%v is no integer", f)
		}
		n, _ := big.NewFloat(f).Int(nil)
		return integer(to, n)
	case v.Type.IsInteger() && to.Kind == dtype.Bool:
		return data.BoolScalar(v.I.Sign() != 0), nil
	default:
		return v, unsupported{fmt.Sprintf("the cast from %s to %s", v.Type, to)}
	}
}

func text(v data.Scalar) string {
	switch {
	case v.Type.Kind == dtype.Bool:
		return strconv.FormatBool(v.Bool())
	case v.Type.IsUnsigned():
		return strconv.FormatUint(v.I.Lo, 10)
	case v.Type.IsInteger():
		return big128(v.I).String()
	default:
		return string(data.AppendText(nil, data.ConstColumn(v, 1), 0))
	}
}
