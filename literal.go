package siksik

import (
	"reflect"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// scalarOf converts a Go value to a literal.
func scalarOf(v any) (data.Scalar, error) {
	switch v := v.(type) {
	case nil:
		return data.NullScalar(dtype.Type{}), nil
	case data.Scalar:
		return v, nil
	case time.Time:
		return data.IntScalar(dtype.TimestampOf(dtype.Micro, ""), v.UTC().UnixMicro()), nil
	case time.Duration:
		return data.IntScalar(dtype.DurationOf(dtype.Nano), int64(v)), nil
	case []byte:
		return data.Scalar{Type: dtype.Of(dtype.Binary), S: string(v)}, nil
	case bool:
		return data.BoolScalar(v), nil
	case string:
		return data.StringScalar(v), nil
	}
	return reflected(v)
}

// reflected converts numbers, named basic types, pointers and slices.
func reflected(v any) (data.Scalar, error) {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Int, reflect.Int64:
		return data.IntScalar(intLiteral(r.Int()), r.Int()), nil
	case reflect.Int8, reflect.Int16, reflect.Int32:
		t, _ := basicType(r.Type())
		return data.IntScalar(t, r.Int()), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		t, _ := basicType(r.Type())
		return data.Scalar{Type: t, I: data.Int128{Lo: r.Uint()}}, nil
	case reflect.Float32:
		return data.Scalar{Type: dtype.Of(dtype.Float32), F: r.Float()}, nil
	case reflect.Float64:
		return data.FloatScalar(r.Float()), nil
	case reflect.Bool:
		return data.BoolScalar(r.Bool()), nil
	case reflect.String:
		return data.StringScalar(r.String()), nil
	case reflect.Pointer:
		if r.IsNil() {
			t, ok := basicType(r.Type().Elem())
			if !ok {
				return literalError(v)
			}
			return data.NullScalar(t), nil
		}
		return scalarOf(r.Elem().Interface())
	case reflect.Slice, reflect.Array:
		return listLiteral(r)
	}
	return literalError(v)
}

// intLiteral is the type of an untyped Go int: int32 if it fits, so that it does not widen narrower columns, else int64.
func intLiteral(v int64) dtype.Type {
	if int64(int32(v)) == v {
		return dtype.Of(dtype.Int32)
	}
	return dtype.Of(dtype.Int64)
}

func listLiteral(r reflect.Value) (data.Scalar, error) {
	elem, _ := basicType(r.Type().Elem())
	out := data.Scalar{}
	for i := range r.Len() {
		s, err := scalarOf(r.Index(i).Interface())
		if err != nil {
			return s, err
		}
		if elem.Kind != dtype.Null {
			s.Type = elem
		} else if i == 0 {
			elem = s.Type
		}
		out.Kids = append(out.Kids, s)
	}
	out.Type = dtype.ListOf(elem)
	return out, nil
}

// basicType returns the column type of a Go basic type.
func basicType(t reflect.Type) (dtype.Type, bool) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return dtype.TimestampOf(dtype.Micro, ""), true
	case reflect.TypeFor[time.Duration]():
		return dtype.DurationOf(dtype.Nano), true
	case reflect.TypeFor[[]byte]():
		return dtype.Of(dtype.Binary), true
	case reflect.TypeFor[data.Int128]():
		return dtype.Of(dtype.Int128), true
	}
	k, ok := goKinds[t.Kind()]
	return dtype.Of(k), ok
}

var goKinds = map[reflect.Kind]dtype.Kind{reflect.Bool: dtype.Bool, reflect.Int: dtype.Int64, reflect.Int8: dtype.Int8, reflect.Int16: dtype.Int16,
	reflect.Int32: dtype.Int32, reflect.Int64: dtype.Int64, reflect.Uint: dtype.Uint64, reflect.Uint8: dtype.Uint8, reflect.Uint16: dtype.Uint16,
	reflect.Uint32: dtype.Uint32, reflect.Uint64: dtype.Uint64, reflect.Float32: dtype.Float32, reflect.Float64: dtype.Float64,
	reflect.String: dtype.String}
