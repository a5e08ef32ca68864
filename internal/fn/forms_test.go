package fn

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/sig"
)

// candidateTypes are the argument types that random calls are made of.
var candidateTypes = []dtype.Type{dtype.Of(dtype.Bool), dtype.Of(dtype.Int8), dtype.Of(dtype.Int32), dtype.Of(dtype.Int64), dtype.Of(dtype.Int128),
	dtype.Of(dtype.Uint8), dtype.Of(dtype.Uint64), dtype.Of(dtype.Float32), dtype.Of(dtype.Float64), dtype.DecimalOf(5, 2), dtype.DecimalOf(15, 3), dtype.DecimalOf(30, 4),
	dtype.Of(dtype.String), dtype.Of(dtype.Binary), dtype.Of(dtype.Date), dtype.Of(dtype.Time), dtype.TimestampOf(dtype.Micro, ""),
	dtype.TimestampOf(dtype.Milli, ""), dtype.TimestampOf(dtype.Nano, ""), dtype.TimestampOf(dtype.Micro, "UTC"), dtype.TimestampOf(dtype.Milli, "Europe/Berlin"), dtype.DurationOf(dtype.Micro),
	dtype.Of(dtype.Interval), dtype.ListOf(dtype.Of(dtype.Int32)), dtype.ListOf(dtype.Of(dtype.String)), dtype.ListOf(dtype.Of(dtype.Int64)), dtype.ListOf(dtype.Of(dtype.Bool)),
	dtype.ListOf(dtype.Of(dtype.Float64)), dtype.ListOf(dtype.ListOf(dtype.Of(dtype.Int32))), dtype.MapOf(dtype.Of(dtype.String), dtype.Of(dtype.Int32)),
	dtype.StructOf(dtype.Field{Name: "a", Type: dtype.Of(dtype.Int32)}, dtype.Field{Name: "b", Type: dtype.Of(dtype.String)}),
	dtype.ListOf(dtype.StructOf(dtype.Field{Name: "k", Type: dtype.Of(dtype.Int32)}, dtype.Field{Name: "v", Type: dtype.Of(dtype.String)})),
	dtype.EnumOf("x", "y", "z"), dtype.Of(dtype.UUID), dtype.Of(dtype.JSON)}

var someTexts = []string{"", "a", "abc", "day", "month", "hour", "year", "%Y-%m-%d", "2020-02-29", "1d", "1mo", "-3h15m", "us", "Europe/Berlin", "UTC", "héllo wörld, this is long",
	`{"a": [1, {"b": "x"}], "c": null}`, "$.a[1].b", "[1, 2]", "a%", "%b_", "(a)(b)?", "i", "asc", "nulls first", "6162", "YWJj", "{} {:>5}", "%d %s", "straße ÄÖÜ", "aXbXc", "X", "12:30", "%H:%M", "second", "b"}

func randomScalar(r *rand.Rand, t dtype.Type, depth int) data.Scalar {
	if r.IntN(6) == 0 {
		return data.NullScalar(t)
	}
	s := data.Scalar{Type: t}
	small := int64(r.IntN(41) - 8)
	switch t.Kind {
	case dtype.Bool:
		s.I.Lo = uint64(r.IntN(2))
	case dtype.Float32, dtype.Float64:
		s.F = []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1.5, -2.25, float64(small), 1e10, 0.125}[r.IntN(10)]
	case dtype.String:
		s.S = someTexts[r.IntN(len(someTexts))]
	case dtype.JSON:
		s.S = []string{`{"a": [1, {"b": "x"}], "c": null}`, "[1, 2.5]", "null", `"x"`}[r.IntN(4)]
	case dtype.Binary:
		s.S = string([]byte{byte(r.IntN(256)), 'a', byte(r.IntN(256))}[:r.IntN(4)])
	case dtype.Date:
		s.I = data.Int128From([]int64{0, -1, 18321, 11016, data.DateInfinity, -data.DateInfinity, -100000, small * 31}[r.IntN(8)])
	case dtype.Timestamp, dtype.Time, dtype.Duration:
		v := []int64{0, -1, 1582934400, 951782399, small * 86400, 1585443600, 1603587600}[r.IntN(7)] * t.Unit.PerSecond()
		if t.Kind == dtype.Time {
			v = int64(r.IntN(86400)) * 1_000_000
		} else if t.Kind == dtype.Timestamp && r.IntN(8) == 0 {
			v = data.TimestampInfinity
		} else {
			v += int64(r.IntN(int(t.Unit.PerSecond())))
		}
		s.I = data.Int128From(v)
	case dtype.Interval:
		s.Iv = data.Interval{Months: int32(r.IntN(30) - 5), Days: int32(r.IntN(50) - 10), Micros: int64(r.IntN(1e11)) - 1e10}
		if r.IntN(2) == 0 {
			s.Iv.Months = 0
		}
	case dtype.List:
		for range r.IntN(4) {
			s.Kids = append(s.Kids, randomScalar(r, t.Elem(), depth+1))
		}
	case dtype.Map:
		for _, k := range []string{"a", "b", "abc"}[:r.IntN(4)] {
			s.Kids = append(s.Kids, data.Scalar{Type: t.Elem(), Kids: []data.Scalar{{Type: t.Fields[0].Type, S: k}, randomScalar(r, t.Fields[1].Type, depth+1)}})
		}
	case dtype.Struct:
		for _, f := range t.Fields {
			s.Kids = append(s.Kids, randomScalar(r, f.Type, depth+1))
		}
	case dtype.Enum:
		s.I.Lo = uint64(r.IntN(len(t.Values)))
	default:
		s.I = data.Int128From(small)
		if t.IsUnsigned() {
			s.I = data.Int128From(max(small, -small))
		}
	}
	return s
}

// randomArg makes a column of n rows in some form.
func randomArg(r *rand.Rand, t dtype.Type, n int) *data.Column {
	b := data.NewBuilder(t, n)
	switch r.IntN(3) {
	case 0:
		return data.ConstColumn(randomScalar(r, t, 0), n)
	case 1:
		for b.Len() < 3 {
			if s := randomScalar(r, t, 0); !s.Null {
				b.AppendScalar(s)
			}
		}
		codes, valid := make([]uint32, n), data.NewBitmap(n)
		for i := range codes {
			codes[i] = uint32(r.IntN(2)) // value 2 is in no row
			valid.SetTo(i, r.IntN(5) > 0)
		}
		return data.DictColumn(b.Build(), codes, valid)
	default:
		for range n {
			b.AppendScalar(randomScalar(r, t, 0))
		}
		return b.Build()
	}
}

// randomCall finds random argument columns that resolve to the overload.
func randomCall(r *rand.Rand, o *sig.Overload, n int) ([]*data.Column, sig.Resolved, bool) {
	for range 20000 {
		count := len(o.Params)
		if o.Rest != nil {
			count += r.IntN(3)
			if o.Rest.Name == "pair" {
				count = len(o.Params) + 2*(1+r.IntN(2))
			}
		}
		for count > 0 && count <= len(o.Params) && o.Params[count-1].Optional && r.IntN(2) == 0 {
			count--
		}
		args := make([]sig.Arg, count)
		for i := range args {
			p := o.Rest
			if i < len(o.Params) {
				p = &o.Params[i]
			}
			t := candidateTypes[r.IntN(len(candidateTypes))]
			for k := 0; k < 50 && (p.List && t.Kind != dtype.List || !p.List && !p.Accept(t)); k++ {
				t = candidateTypes[r.IntN(len(candidateTypes))]
			}
			if i > 0 && o.Params != nil && p.Same > 0 && r.IntN(4) > 0 {
				for k, q := range o.Params[:min(i, len(o.Params))] {
					if q.Same == p.Same && q.List == p.List {
						t = args[k].Type
					} else if q.Same == p.Same && q.List {
						t = args[k].Type.Elem()
					}
				}
			}
			if i%2 == len(o.Params)%2 && p.Name == "pair" {
				args[i].Type = dtype.Of(dtype.String)
				v := data.StringScalar(string(rune('m' + i)))
				args[i].Lit = &v
				continue
			}
			args[i].Type = t
			if p.Name == "pair" {
				continue
			}
			if p.Constant || o.RetLit != nil && t.Kind != dtype.Struct && i != 0 {
				v := randomScalar(r, t, 0)
				args[i].Lit = &v
			}
		}
		res, err := sig.ResolveLit(o.Name, args, sig.ScalarKind)
		if err != nil || res.Fn != o {
			continue
		}
		if cols := randomArgs(r, args, res, n); cols != nil {
			return cols, res, true
		}
	}
	return nil, sig.Resolved{}, false
}

// randomArgs makes columns of the types that the call was resolved to.
func randomArgs(r *rand.Rand, args []sig.Arg, res sig.Resolved, n int) []*data.Column {
	cols := make([]*data.Column, len(args))
	for i, a := range args {
		col := randomArg(r, a.Type, n)
		if a.Lit != nil {
			col = data.ConstColumn(*a.Lit, n)
		}
		if !col.Type.Equal(res.Args[i]) {
			var err error
			if col, err = compute.Cast(nil, col, res.Args[i], true); err != nil {
				return nil
			}
		}
		cols[i] = col
	}
	return cols
}

// prepareError is an error about a constant, from a Maker.
type prepareError struct{ error }

// run prepares and calls an overload. The result lives in s.
func run(s *compute.Scratch, res sig.Resolved, cols []*data.Column, n int) (out *data.Column, err error) {
	consts := make([]*data.Column, len(cols))
	for i, c := range cols {
		if c.Form == data.Const {
			consts[i] = &data.Column{Type: c.Type, Form: data.Const, Len: 1, Values: c.Values}
		}
	}
	maker, _ := Get(res.Fn.ID)
	impl, err := maker(consts, res.Ret)
	if err != nil {
		return nil, prepareError{err}
	}
	return impl(&Ctx{Scratch: s, Ret: res.Ret, Settings: oracleSettings}, cols, n)
}

func same(a, b data.Scalar) bool {
	if a.Null || b.Null || len(a.Kids) != len(b.Kids) {
		return a.Null == b.Null && len(a.Kids) == len(b.Kids)
	}
	for i := range a.Kids {
		if !same(a.Kids[i], b.Kids[i]) {
			return false
		}
	}
	return a.I == b.I && a.S == b.S && a.Iv == b.Iv && (a.F == b.F || a.F != a.F && b.F != b.F)
}

// TestEveryFunctionDoesRowsInAnyFormAsItDoesConstants calls every overload with random columns in random forms and compares each row with the
// result of the same values as constants. A batch must fail exactly if one of its rows does, and name a row that fails.
func TestEveryFunctionDoesRowsInAnyFormAsItDoesConstants(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const n = 66
	for _, o := range sig.All() {
		if o.Kind != sig.Scalar || o.Has(sig.Volatile) {
			continue
		}
		r := rand.New(rand.NewPCG(seed, uint64(len(o.ID))))
		for range 4 {
			cols, res, ok := randomCall(r, o, n)
			if !ok {
				t.Errorf("no arguments were found for %s", o.Spec)
				break
			}
			if msg := compareRows(res, cols, n); msg != "" {
				t.Errorf("seed %d: %s: %s", seed, o.ID, msg)
				break
			}
		}
	}
}

func compareRows(res sig.Resolved, cols []*data.Column, n int) string {
	out, err := run(&compute.Scratch{}, res, cols, n)
	var rowScratch compute.Scratch
	if err == nil && (!out.Type.Equal(res.Ret) || out.Len != n) {
		return fmt.Sprintf("returned %d rows of %s", out.Len, out.Type)
	}
	var failed *compute.RowError
	prepared := errors.As(err, new(prepareError))
	errors.As(err, &failed)
	anyFails := false
	for i := range n {
		one := make([]*data.Column, len(cols))
		text := ""
		for k, c := range cols {
			one[k] = data.ConstColumn(c.Value(i), 1)
			text += " " + c.Value(i).String()
		}
		rowScratch.Reset()
		want, rowErr := run(&rowScratch, res, one, 1)
		anyFails = anyFails || rowErr != nil
		switch {
		case errors.As(rowErr, new(prepareError)) && err == nil && out.IsNull(i), errors.As(rowErr, new(prepareError)) && infiniteRow(one):
			// A constant is refused even where the result would not depend on it.
		case rowErr != nil && err == nil:
			return fmt.Sprintf("row %d (%s) alone fails: %v; the batch does not", i, text, rowErr)
		case failed != nil && failed.Row == i && rowErr == nil:
			return fmt.Sprintf("the batch fails in row %d (%s): %v; the row alone does not", i, text, err)
		case err == nil && !same(out.Value(i), want.Value(0)):
			return fmt.Sprintf("row %d (%s) is %s, alone it is %s", i, text, out.Value(i), want.Value(0))
		}
	}
	if err != nil && !anyFails && !prepared {
		return fmt.Sprintf("the batch fails: %v; no row does", err)
	}
	return ""
}

// infiniteRow reports an argument that is infinite, which has no parts and no format.
func infiniteRow(args []*data.Column) bool {
	for _, a := range args {
		if (a.Type.Kind == dtype.Date || a.Type.Kind == dtype.Timestamp) && infinite(a.Values, 0) {
			return true
		}
	}
	return false
}
