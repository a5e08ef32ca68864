package siksik

import (
	"context"
	"reflect"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
)

// FuncOption describes a registered function.
type FuncOption func(*catalog.Func)

// Pure says that equal arguments give equal results, so that calls may be shared and evaluated early.
func Pure() FuncOption { return func(f *catalog.Func) { f.Pure = true } }

// RegisterFunc makes a plain Go function callable from SQL on this engine: eng.RegisterFunc("haversine", func(lat1, lon1, lat2, lon2 float64) float64 {…}).
// Parameters and result are bool, integers, floats or string; a second result of type error fails the query with the row. A null argument gives null
// without a call. Functions of up to four float64 are called without reflection. The function must be safe for concurrent use.
func (e *Engine) RegisterFunc(name string, f any, opts ...FuncOption) error {
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Func || v.Type().IsVariadic() {
		return fault.New(fault.Usage, "RegisterFunc takes a function with a fixed number of parameters, not %T", f)
	}
	t := v.Type()
	fails := t.NumOut() == 2 && t.Out(1) == reflect.TypeFor[error]()
	if t.NumOut() != 1 && !fails {
		return fault.New(fault.Usage, "%s must return one value, or a value and an error", t)
	}
	def := &catalog.Func{Name: name}
	for i := range t.NumIn() {
		in, err := scalarType(t.In(i))
		if err != nil {
			return err
		}
		def.In = append(def.In, in)
	}
	out, err := scalarType(t.Out(0))
	if err != nil {
		return err
	}
	def.Out = out
	if def.Fn = floatFunc(f, out); def.Fn == nil {
		def.Fn = reflectFunc(v, def, fails)
	}
	for _, o := range opts {
		o(def)
	}
	e.inner.Catalog().PutFunc(def)
	return nil
}

// RegisterBatchFunc makes a function over whole columns callable from SQL; see MapBatch.
func (e *Engine) RegisterBatchFunc(name string, in []dtype.Type, out dtype.Type,
	f func(ctx context.Context, args []*data.Column, n int) (*data.Column, error), opts ...FuncOption) {
	def := &catalog.Func{Name: name, In: in, Out: out, Fn: f}
	for _, o := range opts {
		o(def)
	}
	e.inner.Catalog().PutFunc(def)
}

func scalarType(t reflect.Type) (dtype.Type, error) {
	k, ok := goKinds[t.Kind()]
	if !ok {
		return dtype.Type{}, fault.New(fault.Type, "a registered function takes and returns bool, integers, floats and strings, not %s", t)
	}
	return dtype.Of(k), nil
}

type batchFunc = func(ctx context.Context, args []*data.Column, n int) (*data.Column, error)

// floatFunc wraps functions of one to four float64, the common case in geometry and statistics.
func floatFunc(f any, out dtype.Type) batchFunc {
	var call func(a [4][]float64, i int) float64
	switch f := f.(type) {
	case func(float64) float64:
		call = func(a [4][]float64, i int) float64 { return f(a[0][i]) }
	case func(float64, float64) float64:
		call = func(a [4][]float64, i int) float64 { return f(a[0][i], a[1][i]) }
	case func(float64, float64, float64) float64:
		call = func(a [4][]float64, i int) float64 { return f(a[0][i], a[1][i], a[2][i]) }
	case func(float64, float64, float64, float64) float64:
		call = func(a [4][]float64, i int) float64 { return f(a[0][i], a[1][i], a[2][i], a[3][i]) }
	default:
		return nil
	}
	return func(_ context.Context, args []*data.Column, n int) (*data.Column, error) {
		var in [4][]float64
		flat := make([]*data.Column, len(args))
		for k, c := range args {
			flat[k] = c.Flatten()
			in[k] = data.Slice[float64](flat[k])
		}
		valid, vals := bothValid(n, flat...), make([]float64, n)
		for i := range vals {
			if valid.Get(i) {
				vals[i] = call(in, i)
			}
		}
		return data.FlatColumn(out, vals, valid), nil
	}
}

// reflectFunc calls any other function by reflection.
func reflectFunc(v reflect.Value, def *catalog.Func, fails bool) batchFunc {
	t := v.Type()
	return func(_ context.Context, args []*data.Column, n int) (*data.Column, error) {
		set := make([]setFunc, len(args))
		for k := range args {
			s, err := setter(t.In(k), def.In[k])
			if err != nil {
				return nil, err
			}
			set[k] = s
		}
		b := data.NewBuilder(def.Out, n)
		for i := range n {
			if err := callRow(b, v, args, set, i, fails); err != nil {
				e := fault.Wrap(fault.Value, err, "%s failed", def.Name)
				e.Pos.Row = int64(i + 1)
				return nil, e
			}
		}
		return b.Build(), nil
	}
}

func callRow(b *data.Builder, v reflect.Value, args []*data.Column, set []setFunc, i int, fails bool) error {
	in := make([]reflect.Value, len(args))
	for k, c := range args {
		if c.IsNull(i) {
			b.AppendNull()
			return nil
		}
		in[k] = reflect.New(v.Type().In(k)).Elem()
		if err := set[k](in[k], c, i); err != nil {
			return err
		}
	}
	out := v.Call(in)
	if fails && !out[1].IsNil() {
		return out[1].Interface().(error)
	}
	appendValue(b, out[0])
	return nil
}
