package siksik

import (
	"context"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/frame"
)

// Value is what a typed column may hold.
type Value interface {
	bool | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64 | string | time.Time | time.Duration
}

// TypedCol is a column whose Go type the compiler knows, so that comparing it with something else does not compile.
type TypedCol[T Value] struct{ name string }

// ColOf is the column called name, of type T: siksik.ColOf[int32]("status").Gt(499).
func ColOf[T Value](name string) TypedCol[T] { return TypedCol[T]{name} }

// Expr is the column as an expression without a Go type.
func (c TypedCol[T]) Expr() Expr { return Col(c.name) }

// Name is the column's name.
func (c TypedCol[T]) Name() string { return c.name }

// Eq is c = v.
func (c TypedCol[T]) Eq(v T) Expr { return c.Expr().Eq(v) }

// Ne is c <> v.
func (c TypedCol[T]) Ne(v T) Expr { return c.Expr().Ne(v) }

// Lt is c < v.
func (c TypedCol[T]) Lt(v T) Expr { return c.Expr().Lt(v) }

// Le is c <= v.
func (c TypedCol[T]) Le(v T) Expr { return c.Expr().Le(v) }

// Gt is c > v.
func (c TypedCol[T]) Gt(v T) Expr { return c.Expr().Gt(v) }

// Ge is c >= v.
func (c TypedCol[T]) Ge(v T) Expr { return c.Expr().Ge(v) }

// IsBetween is lo <= c <= hi.
func (c TypedCol[T]) IsBetween(lo, hi T) Expr { return c.Expr().IsBetween(lo, hi) }

// IsIn tests membership.
func (c TypedCol[T]) IsIn(values ...T) Expr {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return c.Expr().IsIn(list...)
}

// Scalar is what plain Go functions over columns take and return.
type Scalar interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64 | bool | string
}

var mapNames atomic.Int64

// Map applies a Go function to each value of an expression, in parallel; null gives null without a call. The column must be of type In, or convert to
// it without loss; the result is of type Out. The function must be safe for concurrent use.
func Map[In, Out Scalar](e Expr, f func(In) Out) Expr {
	in, out := typeFor[In](), typeFor[Out]()
	return udfExpr("map", []Expr{e}, []dtype.Type{in}, out, func(_ context.Context, args []*data.Column, n int) (*data.Column, error) {
		return map1(args[0], n, out, f), nil
	})
}

// Map2 is Map over two expressions.
func Map2[A, B, Out Scalar](a, b Expr, f func(A, B) Out) Expr {
	out := typeFor[Out]()
	return udfExpr("map", []Expr{a, b}, []dtype.Type{typeFor[A](), typeFor[B]()}, out,
		func(_ context.Context, args []*data.Column, n int) (*data.Column, error) {
			return map2(args[0], args[1], n, out, f), nil
		})
}

// MapBatch applies a Go function to whole columns: args are in any form, borrowed, of n rows each; the result must have type out and n rows.
func MapBatch(out dtype.Type, in []dtype.Type, f func(ctx context.Context, args []*data.Column, n int) (*data.Column, error), args ...Expr) Expr {
	return udfExpr("map_batch", args, in, out, f)
}

func udfExpr(name string, args []Expr, in []dtype.Type, out dtype.Type,
	f func(context.Context, []*data.Column, int) (*data.Column, error)) Expr {
	list, err := nodes(args)
	if err == nil && len(in) != len(args) {
		err = fault.New(fault.Usage, "the function declares %d inputs and gets %d expressions", len(in), len(args))
	}
	return Expr{&frame.UDF{Name: name + "_" + strconv.FormatInt(mapNames.Add(1), 10), Args: list, In: in, Out: out, Fn: f}, err}
}

// typeFor is the column type of a Go scalar type.
func typeFor[T Scalar]() dtype.Type {
	t, _ := basicType(reflect.TypeFor[T]())
	return t
}

// values reads a column as a slice of T; fixed-width Flat columns are used in place.
func values[T Scalar](c *data.Column, n int) []T {
	c = c.Flatten()
	out := make([]T, n)
	switch dst := any(out).(type) {
	case []bool:
		for i := range dst {
			dst[i] = c.Bits.Get(i)
		}
	case []string:
		for i := range dst {
			dst[i] = string(c.Bytes(i))
		}
	default:
		return fixedValues[T](c, n)
	}
	return out
}

// fixedValues views fixed-width memory as T, whose size is that of the column's representation.
func fixedValues[T Scalar](c *data.Column, n int) []T {
	var out any
	switch any(*new(T)).(type) {
	case int8:
		out = data.Slice[int8](c)
	case int16:
		out = data.Slice[int16](c)
	case int32:
		out = data.Slice[int32](c)
	case int64:
		out = data.Slice[int64](c)
	case uint8:
		out = data.Slice[uint8](c)
	case uint16:
		out = data.Slice[uint16](c)
	case uint32:
		out = data.Slice[uint32](c)
	case uint64:
		out = data.Slice[uint64](c)
	case float32:
		out = data.Slice[float32](c)
	case float64:
		out = data.Slice[float64](c)
	}
	return out.([]T)[:n]
}

// column makes a column of results; valid is shared with the input.
func column[T Scalar](t dtype.Type, vals []T, valid data.Bitmap) *data.Column {
	switch v := any(vals).(type) {
	case []bool:
		bits := data.NewBitmap(len(v))
		for i, x := range v {
			bits.SetTo(i, x)
		}
		return data.BoolColumn(bits, len(v), valid)
	case []string:
		b := data.NewBuilder(t, len(v))
		for i, s := range v {
			if valid.Get(i) {
				b.AppendString(s)
			} else {
				b.AppendNull()
			}
		}
		return b.Build()
	case []int8:
		return data.FlatColumn(t, v, valid)
	case []int16:
		return data.FlatColumn(t, v, valid)
	case []int32:
		return data.FlatColumn(t, v, valid)
	case []int64:
		return data.FlatColumn(t, v, valid)
	case []uint8:
		return data.FlatColumn(t, v, valid)
	case []uint16:
		return data.FlatColumn(t, v, valid)
	case []uint32:
		return data.FlatColumn(t, v, valid)
	case []uint64:
		return data.FlatColumn(t, v, valid)
	case []float32:
		return data.FlatColumn(t, v, valid)
	default:
		return data.FlatColumn(t, any(vals).([]float64), valid)
	}
}

func map1[In, Out Scalar](c *data.Column, n int, t dtype.Type, f func(In) Out) *data.Column {
	c = c.Flatten()
	in, out := values[In](c, n), make([]Out, n)
	if c.Valid == nil {
		for i, v := range in {
			out[i] = f(v)
		}
		return column(t, out, nil)
	}
	for i, v := range in {
		if c.Valid.Get(i) {
			out[i] = f(v)
		}
	}
	return column(t, out, c.Valid)
}

func map2[A, B, Out Scalar](a, b *data.Column, n int, t dtype.Type, f func(A, B) Out) *data.Column {
	a, b = a.Flatten(), b.Flatten()
	valid := bothValid(n, a, b)
	x, y, out := values[A](a, n), values[B](b, n), make([]Out, n)
	for i := range out {
		if valid.Get(i) {
			out[i] = f(x[i], y[i])
		}
	}
	return column(t, out, valid)
}

// bothValid is the intersection of the validity of Flat columns, nil if no row is null.
func bothValid(n int, cols ...*data.Column) data.Bitmap {
	var out data.Bitmap
	for _, c := range cols {
		if c.Valid == nil {
			continue
		}
		if out == nil {
			out = data.NewBitmap(n)
			out.FillOnes(n)
		}
		for i := range out {
			out[i] &= c.Valid[i]
		}
	}
	return out
}
