package siksik

import (
	"math"
	"reflect"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// getter returns a function that copies a value that is not null into a T.
func getter[T any](t dtype.Type) (func(dst *T, c *data.Column, i int), error) {
	set, err := setter(reflect.TypeFor[T](), t)
	if err != nil {
		return nil, err
	}
	return func(dst *T, c *data.Column, i int) { _ = set(reflect.ValueOf(dst).Elem(), c, i) }, nil
}

type setFunc = func(v reflect.Value, c *data.Column, i int) error

// setter returns the conversion from a column type to a Go type, or an error if a value could be changed by it.
func setter(g reflect.Type, t dtype.Type) (setFunc, error) {
	if g.Kind() == reflect.Pointer {
		inner, err := setter(g.Elem(), t)
		if err != nil {
			return nil, err
		}
		return func(v reflect.Value, c *data.Column, i int) error {
			if c.IsNull(i) {
				v.SetZero()
				return nil
			}
			v.Set(reflect.New(g.Elem()))
			return inner(v.Elem(), c, i)
		}, nil
	}
	set, err := plainSetter(g, t)
	if err != nil {
		return nil, err
	}
	return func(v reflect.Value, c *data.Column, i int) error {
		if c.IsNull(i) {
			return fault.New(fault.Value, "the value is null").WithHint("make the Go field a pointer")
		}
		return set(v, c, i)
	}, nil
}

// plainSetter converts values that are not null.
func plainSetter(g reflect.Type, t dtype.Type) (setFunc, error) {
	switch g {
	case reflect.TypeFor[time.Time]():
		return timeSetter(g, t)
	case reflect.TypeFor[time.Duration]():
		if t.Kind != dtype.Duration {
			break
		}
		scale := int64(time.Second) / t.Unit.PerSecond()
		return func(v reflect.Value, c *data.Column, i int) error {
			v.SetInt(c.Value(i).Int64() * scale)
			return nil
		}, nil
	case reflect.TypeFor[data.Scalar]():
		return func(v reflect.Value, c *data.Column, i int) error {
			v.Set(reflect.ValueOf(c.Value(i)))
			return nil
		}, nil
	}
	return kindSetter(g, t)
}

func mismatch(g reflect.Type, t dtype.Type) error {
	return fault.New(fault.Type, "it is %s, which a Go %s cannot hold", t, g)
}

// timeSetter reads dates and timestamps as time.Time in UTC or the column's zone.
func timeSetter(g reflect.Type, t dtype.Type) (setFunc, error) {
	switch t.Kind {
	case dtype.Date:
		return func(v reflect.Value, c *data.Column, i int) error {
			v.Set(reflect.ValueOf(time.Unix(c.Value(i).Int64()*86400, 0).UTC()))
			return nil
		}, nil
	case dtype.Timestamp:
		loc := time.UTC
		if t.Zone != "" {
			l, err := data.LoadZone(t.Zone)
			if err != nil {
				return nil, err
			}
			loc = l
		}
		per := t.Unit.PerSecond()
		return func(v reflect.Value, c *data.Column, i int) error {
			n := c.Value(i).Int64()
			s, r := n/per, n%per
			v.Set(reflect.ValueOf(time.Unix(s, r*(int64(time.Second)/per)).In(loc)))
			return nil
		}, nil
	}
	return nil, mismatch(g, t)
}

// kindSetter converts by the kind of the Go type. Integers are range-checked value by value.
func kindSetter(g reflect.Type, t dtype.Type) (setFunc, error) {
	switch {
	case g.Kind() == reflect.Bool && t.Kind == dtype.Bool:
		return func(v reflect.Value, c *data.Column, i int) error { v.SetBool(c.Value(i).Bool()); return nil }, nil
	case g.Kind() == reflect.String && (t.IsText() || t.Kind == dtype.Enum || t.Kind == dtype.UUID):
		return func(v reflect.Value, c *data.Column, i int) error {
			v.SetString(string(data.AppendText(nil, c, i)))
			return nil
		}, nil
	case g == reflect.TypeFor[[]byte]() && (t.Kind == dtype.Binary || t.IsText()):
		return func(v reflect.Value, c *data.Column, i int) error {
			v.SetBytes(append([]byte(nil), c.Bytes(i)...))
			return nil
		}, nil
	case isInt(g) && (t.IsInteger() || t.Kind == dtype.Decimal && t.Scale == 0):
		return intSetter(g), nil
	case (g.Kind() == reflect.Float64 || g.Kind() == reflect.Float32) && t.IsNumeric():
		return floatSetter(t), nil
	case g.Kind() == reflect.Slice && t.Kind == dtype.List:
		return listSetter(g, t)
	case g.Kind() == reflect.Struct && t.Kind == dtype.Struct:
		return structSetter(g, t)
	}
	return nil, mismatch(g, t)
}

func isInt(g reflect.Type) bool {
	return g.Kind() >= reflect.Int && g.Kind() <= reflect.Uint64
}

func intSetter(g reflect.Type) setFunc {
	unsigned := g.Kind() >= reflect.Uint
	return func(v reflect.Value, c *data.Column, i int) error {
		n := c.Value(i).I
		switch {
		case unsigned && n.Hi == 0 && !v.OverflowUint(n.Lo):
			v.SetUint(n.Lo)
		case !unsigned && n.IsInt64() && !v.OverflowInt(int64(n.Lo)):
			v.SetInt(int64(n.Lo))
		default:
			return fault.New(fault.Value, "%s does not fit a Go %s", n, g)
		}
		return nil
	}
}

func floatSetter(t dtype.Type) setFunc {
	scale := math.Pow10(int(t.Scale))
	return func(v reflect.Value, c *data.Column, i int) error {
		s := c.Value(i)
		if t.IsFloat() {
			v.SetFloat(s.F)
			return nil
		}
		v.SetFloat((float64(s.I.Hi)*18446744073709551616 + float64(s.I.Lo)) / scale)
		return nil
	}
}

func listSetter(g reflect.Type, t dtype.Type) (setFunc, error) {
	set, err := setter(g.Elem(), t.Elem())
	if err != nil {
		return nil, err
	}
	return func(v reflect.Value, c *data.Column, i int) error {
		f, j := c.Row(i)
		lo, hi := int(f.Offsets[j]), int(f.Offsets[j+1])
		v.Set(reflect.MakeSlice(g, hi-lo, hi-lo))
		for k := lo; k < hi; k++ {
			if err := set(v.Index(k-lo), f.Kids[0], k); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func structSetter(g reflect.Type, t dtype.Type) (setFunc, error) {
	fields, err := structFields(g)
	if err != nil {
		return nil, err
	}
	schema := dtype.NewSchema(t.Fields...)
	type member struct {
		index []int
		kid   int
		set   setFunc
	}
	var members []member
	for _, f := range fields {
		k := schema.IndexFold(f.name)
		if k < 0 {
			_, err := schema.Lookup(f.name)
			return nil, err
		}
		set, err := setter(g.FieldByIndex(f.index).Type, t.Fields[k].Type)
		if err != nil {
			return nil, fault.Wrap(fault.Type, err, "field %q", f.name)
		}
		members = append(members, member{f.index, k, set})
	}
	return func(v reflect.Value, c *data.Column, i int) error {
		f, j := c.Row(i)
		for _, m := range members {
			if err := m.set(v.FieldByIndex(m.index), f.Kids[m.kid], j); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
