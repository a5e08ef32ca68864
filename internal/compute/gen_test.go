package compute

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

func TestLayoutsOfDataAndKernAgree(t *testing.T) {
	v, k := data.InlineView([]byte("abc")), kern.MakeView([]byte("abc"), 0, 0)
	if v.A != k.A || v.B != k.B || unsafe.Sizeof(v) != unsafe.Sizeof(k) || unsafe.Offsetof(v.B) != unsafe.Offsetof(k.B) {
		t.Error("views differ")
	}
	if unsafe.Offsetof(data.Int128{}.Hi) != unsafe.Offsetof(kern.I128{}.Hi) || unsafe.Sizeof(data.Int128{}) != unsafe.Sizeof(kern.I128{}) {
		t.Error("128-bit integers differ")
	}
}

var lengths = []int{0, 1, 63, 64, 65, 150}

// allTypes is one type of every representation and every kind with rules of its own.
var allTypes = []dtype.Type{
	dtype.Of(dtype.Null), dtype.Of(dtype.Bool), dtype.Of(dtype.Int8), dtype.Of(dtype.Int16), dtype.Of(dtype.Int32), dtype.Of(dtype.Int64), dtype.Of(dtype.Int128),
	dtype.Of(dtype.Uint8), dtype.Of(dtype.Uint16), dtype.Of(dtype.Uint32), dtype.Of(dtype.Uint64), dtype.Of(dtype.Float32), dtype.Of(dtype.Float64),
	dtype.DecimalOf(5, 2), dtype.DecimalOf(15, 2), dtype.DecimalOf(30, 4), dtype.Of(dtype.String), dtype.Of(dtype.Binary), dtype.Of(dtype.Date), dtype.Of(dtype.Time),
	dtype.TimestampOf(dtype.Micro, ""), dtype.DurationOf(dtype.Milli), dtype.Of(dtype.Interval), dtype.Of(dtype.UUID), dtype.EnumOf("red", "green", "blue"),
	dtype.ListOf(dtype.Of(dtype.Int32)), dtype.ListOf(dtype.Of(dtype.String)), dtype.ArrayOf(dtype.Of(dtype.Int16), 3),
	dtype.StructOf(dtype.Field{Name: "a", Type: dtype.Of(dtype.Int64)}, dtype.Field{Name: "b", Type: dtype.Of(dtype.String)}),
	dtype.MapOf(dtype.Of(dtype.String), dtype.Of(dtype.Float64)), dtype.ListOf(dtype.ListOf(dtype.Of(dtype.Bool))),
}

// randomScalar draws from few values, so that equal ones meet, with the edges of the type among them.
func randomScalar(r *rand.Rand, t dtype.Type, nulls float64) data.Scalar {
	if t.Kind == dtype.Null || r.Float64() < nulls {
		return data.NullScalar(t)
	}
	s := data.Scalar{Type: t}
	small := int64(r.IntN(13) - 6)
	switch t.Kind {
	case dtype.Bool:
		s.I.Lo = uint64(r.IntN(2))
	case dtype.Float32, dtype.Float64:
		s.F = []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 0.5, 1e30, float64(small)}[r.IntN(8)]
		if t.Kind == dtype.Float32 {
			s.F = float64(float32(s.F))
		}
	case dtype.String, dtype.Binary:
		s.S = []string{"", "a", "b", "abcdefghijkl", "abcdefghijklm", "abcdefghijkln", "zz", "a longer text than twelve bytes", "äö"}[r.IntN(9)]
	case dtype.Interval:
		s.Iv = data.Interval{Months: int32(r.IntN(3) - 1), Days: int32(r.IntN(3)-1) * 30, Micros: int64(r.IntN(3)-1) * dayMicros}
	case dtype.List:
		for range r.IntN(4) {
			s.Kids = append(s.Kids, randomScalar(r, t.Elem(), nulls))
		}
	case dtype.Map:
		for range r.IntN(3) {
			k := data.Scalar{Type: t.Elem(), Kids: []data.Scalar{randomScalar(r, t.Fields[0].Type, 0), randomScalar(r, t.Fields[1].Type, nulls)}}
			s.Kids = append(s.Kids, k)
		}
	case dtype.Array:
		for range t.Len {
			s.Kids = append(s.Kids, randomScalar(r, t.Elem(), nulls))
		}
	case dtype.Struct:
		for _, f := range t.Fields {
			s.Kids = append(s.Kids, randomScalar(r, f.Type, nulls))
		}
	case dtype.Enum:
		s.I.Lo = uint64(r.IntN(len(t.Values)))
	case dtype.Decimal:
		s.I = data.Int128From(small * 50)
	case dtype.Time:
		s.I = data.Int128From(int64(r.IntN(5)) * 3_600_000_000)
	default:
		s.I = data.Int128From(small)
		if r.IntN(30) == 0 {
			s.I = temporalEdge(t, edge(t, r.IntN(2) == 0))
		}
		if t.IsUnsigned() && s.I.Hi < 0 {
			s.I = s.I.Neg()
		}
	}
	return s
}

// temporalEdge keeps dates and times within what their text can say.
func temporalEdge(t dtype.Type, v data.Int128) data.Int128 {
	neg := v.Hi < 0
	switch {
	case t.Kind == dtype.Date:
		v = data.Int128From(math.MaxInt32 - 1)
	case t.Kind == dtype.Timestamp && (t.Unit == dtype.Micro || t.Unit == dtype.Nano):
		v = data.Int128From(math.MaxInt64 - 1)
	case t.Kind == dtype.Timestamp && t.Zone != "":
		return data.Int128From(1 << 33) // before there were whole-minute offsets, the text drops seconds
	case t.Kind == dtype.Timestamp || t.Kind == dtype.Duration:
		v = data.Int128From(1 << 40)
	default:
		return v
	}
	if neg {
		return v.Neg()
	}
	return v
}

// edge is the least or greatest value of an integer type.
func edge(t dtype.Type, top bool) data.Int128 {
	w := uint(t.Phys().Width() * 8)
	switch {
	case t.IsUnsigned() && top:
		return data.Int128{Lo: ^uint64(0) >> (64 - w)}
	case t.IsUnsigned():
		return data.Int128{}
	case w == 128 && top:
		return data.Int128{Lo: ^uint64(0), Hi: math.MaxInt64}
	case w == 128:
		return data.Int128{Hi: math.MinInt64}
	case top:
		return data.Int128From(int64(1)<<(w-1) - 1)
	default:
		return data.Int128From(-1 << (w - 1))
	}
}

// randomColumn returns n rows in the form, with or without nulls.
func randomColumn(r *rand.Rand, t dtype.Type, form data.Form, n int, nulls float64) *data.Column {
	if t.Kind == dtype.Null {
		form = data.Const
	}
	switch form {
	case data.Const:
		return data.ConstColumn(randomScalar(r, t, nulls), n)
	case data.Dict:
		k := r.IntN(8) + 1
		b := data.NewBuilder(t, k)
		for range k {
			b.AppendScalar(randomScalar(r, t, 0))
		}
		codes := make([]uint32, n)
		var valid data.Bitmap
		if nulls > 0 {
			valid = data.NewBitmap(n)
		}
		for i := range codes {
			codes[i] = uint32(r.IntN(k))
			if nulls > 0 {
				valid.SetTo(i, r.Float64() >= nulls)
			}
		}
		return data.DictColumn(b.Build(), codes, valid)
	default:
		b := data.NewBuilder(t, n)
		for range n {
			b.AppendScalar(randomScalar(r, t, nulls))
		}
		return b.Build()
	}
}

var forms = []data.Form{data.Flat, data.Const, data.Dict}

// eachColumn runs f over types, forms, lengths and null densities. Its seed is in the name of the case.
func eachColumn(t *testing.T, types []dtype.Type, f func(t *testing.T, r *rand.Rand, c *data.Column)) {
	for ti, typ := range types {
		t.Run(typ.String(), func(t *testing.T) {
			for fi, form := range forms {
				for ni, n := range lengths {
					for k, nulls := range []float64{0, 0.3, 1} {
						seed := uint64(ti*1000 + fi*100 + ni*10 + k)
						r := rand.New(rand.NewPCG(seed, 1))
						c := randomColumn(r, typ, form, n, nulls)
						f(t, r, c)
						if t.Failed() {
							t.Fatalf("form %d, %d rows, seed %d", form, n, seed)
						}
					}
				}
			}
		})
	}
}

// same reports whether two scalars are the same value, NaN being NaN.
func same(a, b data.Scalar) bool {
	if a.Null || b.Null {
		return a.Null == b.Null
	}
	if len(a.Kids) != len(b.Kids) {
		return false
	}
	for i := range a.Kids {
		if !same(a.Kids[i], b.Kids[i]) {
			return false
		}
	}
	return a.I == b.I && a.S == b.S && a.Iv == b.Iv && (a.F == b.F || a.F != a.F && b.F != b.F)
}

// checkColumn verifies the rules of data.Column and that every row is want(i).
func checkColumn(t *testing.T, c *data.Column, typ dtype.Type, n int, want func(i int) data.Scalar) {
	t.Helper()
	if c.Len != n || !c.Type.Equal(typ) {
		t.Errorf("%d rows of %s, want %d of %s", c.Len, c.Type, n, typ)
		return
	}
	if msg := broken(c); msg != "" {
		t.Errorf("not a well-formed column: %s", msg)
		return
	}
	for i := range n {
		if got, w := c.Value(i), want(i); !same(got, w) {
			t.Errorf("row %d of %d: %s, want %s", i, n, got, w)
			return
		}
	}
}

// broken says which rule of data.Column c violates.
func broken(c *data.Column) string {
	switch c.Form {
	case data.Const:
		if c.Values.Len != 1 || c.Values.Form != data.Flat || c.Valid != nil {
			return "constant"
		}
		return broken(c.Values)
	case data.Dict:
		if len(c.Codes) < c.Len || c.Values.Len < 1 || c.Values.HasNulls() || c.Values.Form != data.Flat {
			return "dictionary"
		}
		for _, x := range c.Codes[:c.Len] {
			if int(x) >= c.Values.Len {
				return "code out of range"
			}
		}
		return broken(c.Values)
	}
	switch p := c.Type.Phys(); p {
	case dtype.PhysView:
		for i, v := range data.Slice[data.View](c) {
			if c.IsNull(i) && v != (data.View{}) {
				return fmt.Sprintf("null view of row %d is not zero", i)
			}
		}
	case dtype.PhysList:
		for i := range c.Len {
			if d := c.Offsets[i+1] - c.Offsets[i]; d < 0 || d > 0 && c.IsNull(i) {
				return fmt.Sprintf("offsets of row %d", i)
			}
		}
		return broken(c.Kids[0])
	case dtype.PhysArray:
		if c.Kids[0].Len != c.Len*c.Type.Len {
			return "array length"
		}
	case dtype.PhysStruct:
		for _, k := range c.Kids {
			if k.Len != c.Len {
				return "field length"
			}
		}
	default:
		if len(c.Buf) < c.Len*p.Width() {
			return "buffer too short"
		}
	}
	return ""
}
