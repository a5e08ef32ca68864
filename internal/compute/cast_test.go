package compute

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	_ "time/tzdata" // for machines without time zones

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

var numberTypes = []dtype.Type{boolType, dtype.Of(dtype.Int8), dtype.Of(dtype.Int16), dtype.Of(dtype.Int32), dtype.Of(dtype.Int64), dtype.Of(dtype.Int128),
	dtype.Of(dtype.Uint8), dtype.Of(dtype.Uint16), dtype.Of(dtype.Uint32), dtype.Of(dtype.Uint64), dtype.Of(dtype.Float32), dtype.Of(dtype.Float64),
	dtype.DecimalOf(4, 2), dtype.DecimalOf(9, 0), dtype.DecimalOf(15, 2), dtype.DecimalOf(18, 6), dtype.DecimalOf(30, 4), dtype.DecimalOf(38, 0)}

// twinNumber casts one number by way of rationals; ok is false where it does not fit.
func twinNumber(v data.Scalar, to dtype.Type) (data.Scalar, bool) {
	if v.Null {
		return data.NullScalar(to), true
	}
	from := v.Type
	if from.IsFloat() && (math.IsNaN(v.F) || math.IsInf(v.F, 0)) {
		if to.IsFloat() {
			return data.Scalar{Type: to, F: v.F}, true
		}
		if to.Kind == dtype.Bool {
			return data.BoolScalar(true), true
		}
		return data.Scalar{}, false
	}
	q := new(big.Rat)
	if from.IsFloat() {
		q.SetFloat64(v.F)
	} else {
		q.SetInt(bigOf(v.I))
		if from.Kind == dtype.Decimal {
			q.Quo(q, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(from.Scale)), nil)))
		}
	}
	switch {
	case to.Kind == dtype.Bool:
		return data.BoolScalar(q.Sign() != 0), true
	case to.Kind == dtype.Float64:
		f, _ := q.Float64()
		return data.Scalar{Type: to, F: f}, true
	case to.Kind == dtype.Float32:
		f, _ := q.Float32()
		return data.Scalar{Type: to, F: float64(f)}, !math.IsInf(float64(f), 0)
	case to.Kind == dtype.Decimal:
		q.Mul(q, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(to.Scale)), nil)))
	}
	n := roundRat(q, from.IsFloat() && to.Kind != dtype.Decimal)
	lo, hi := intRange(to)
	return ofBig(to, n), n.Cmp(lo) >= 0 && n.Cmp(hi) <= 0
}

// roundRat rounds halves away from zero, or to even.
func roundRat(q *big.Rat, even bool) *big.Int {
	two := big.NewInt(2)
	num, den := new(big.Int).Mul(q.Num(), two), new(big.Int).Mul(q.Denom(), two)
	num.Abs(num)
	num.Add(num, q.Denom())
	n, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	if even && rest.Sign() == 0 && n.Bit(0) == 1 {
		n.Sub(n, big.NewInt(1))
	}
	if q.Sign() < 0 {
		n.Neg(n)
	}
	return n
}

// close allows the double rounding of a decimal's value on its way to a float.
func close(a, b data.Scalar) bool {
	return same(a, b) || !a.Null && !b.Null && a.Type.IsFloat() && math.Abs(a.F-b.F) <= 1e-6*math.Abs(b.F)
}

func TestCastBetweenNumbersAgreesWithRationals(t *testing.T) {
	var s Scratch
	eachColumn(t, numberTypes, func(t *testing.T, r *rand.Rand, c *data.Column) {
		if c.Len > 65 {
			return
		}
		for _, to := range numberTypes {
			s.Reset()
			got, err := Cast(&s, c, to, false)
			bad := false
			for i := range c.Len {
				if _, ok := twinNumber(c.Value(i), to); !ok {
					bad = true
				}
			}
			if (err != nil) != bad {
				t.Errorf("%s to %s: error %v, want %v", c.Type, to, err, bad)
				return
			}
			tried, terr := Cast(&s, c, to, true)
			if terr != nil {
				t.Errorf("try_cast of %s to %s: %v", c.Type, to, terr)
				continue
			}
			for _, out := range []*data.Column{got, tried} {
				if out == nil {
					continue
				}
				if msg := broken(out); msg != "" || out.Len != c.Len || !out.Type.Equal(to) {
					t.Errorf("%s to %s: %s", c.Type, to, msg)
				}
				for i := range c.Len {
					want, ok := twinNumber(c.Value(i), to)
					if !ok {
						want = data.NullScalar(to)
					}
					if v := out.Value(i); !close(v, want) {
						t.Errorf("%s %s to %s: %s, want %s", c.Type, c.Value(i), to, v, want)
						return
					}
				}
			}
		}
	})
}

func TestTextReadsBackAsTheValueItWas(t *testing.T) {
	var s Scratch
	types := append(allTypes[1:len(allTypes):len(allTypes)], dtype.TimestampOf(dtype.Nano, ""), dtype.TimestampOf(dtype.Second, "Europe/Berlin"), dtype.TimestampOf(dtype.Micro, "UTC"))
	eachColumn(t, types, func(t *testing.T, r *rand.Rand, c *data.Column) {
		if hasText(c.Type) && c.Type.IsNested() || c.Type.Kind == dtype.Binary {
			return // text of nested text has no quotes, and binary holds bytes that are no ASCII
		}
		s.Reset()
		text, err := Cast(&s, c, dtype.Of(dtype.String), false)
		if err != nil {
			t.Error(err)
			return
		}
		checkColumn(t, text, dtype.Of(dtype.String), c.Len, func(i int) data.Scalar {
			if c.IsNull(i) {
				return data.NullScalar(text.Type)
			}
			return data.StringScalar(string(data.AppendText(nil, c, i)))
		})
		back, err := Cast(&s, text, c.Type, false)
		if err != nil {
			t.Error(err)
			return
		}
		checkColumn(t, back, c.Type, c.Len, func(i int) data.Scalar {
			v := c.Value(i)
			if v.F == 0 {
				v.F = 0 // the text of -0 is its own
			}
			return v
		})
	})
}

func hasText(t dtype.Type) bool {
	if t.IsText() {
		return true
	}
	for _, f := range t.Fields {
		if hasText(f.Type) {
			return true
		}
	}
	return false
}

func castText(t *testing.T, v data.Scalar, to dtype.Type) string {
	t.Helper()
	out, err := Cast(nil, data.ConstColumn(v, 1), to, false)
	if err != nil {
		return "error: " + err.Error()
	}
	if out.IsNull(0) {
		return "NULL"
	}
	return string(data.AppendText(nil, out, 0))
}

func parseScalar(t *testing.T, text string, typ dtype.Type) data.Scalar {
	t.Helper()
	out, err := Cast(nil, data.ConstColumn(data.StringScalar(text), 1), typ, false)
	if err != nil {
		t.Fatal(err)
	}
	return out.Value(0)
}

func TestCastTable(t *testing.T) {
	ts := dtype.TimestampOf(dtype.Micro, "")
	utc, berlin := dtype.TimestampOf(dtype.Micro, "UTC"), dtype.TimestampOf(dtype.Micro, "Europe/Berlin")
	str, i32 := dtype.Of(dtype.String), dtype.Of(dtype.Int32)
	st := dtype.StructOf(dtype.Field{Name: "a", Type: i32}, dtype.Field{Name: "b", Type: str})
	for _, c := range []struct {
		text     string
		from, to dtype.Type
		want     string
	}{
		{"2026-01-17T12:34:56.789Z", str, ts, "2026-01-17 12:34:56.789"},
		{"2026-01-17 12:34:56+02:00", str, ts, "2026-01-17 12:34:56"},
		{"2026-01-17 12:34:56", str, berlin, "2026-01-17 12:34:56+01"},
		{"2026-07-17 12:34:56", ts, berlin, "2026-07-17 12:34:56+02"},
		{"2026-07-17 12:34:56", berlin, ts, "2026-07-17 12:34:56"},
		{"2026-07-17 12:34:56", berlin, utc, "2026-07-17 10:34:56+00"},
		{"2026-07-17 00:30:00", berlin, dtype.Of(dtype.Date), "2026-07-17"},
		{"2026-07-17 12:34:56.7", ts, dtype.Of(dtype.Time), "12:34:56.7"},
		{"1969-12-31 23:59:59.4", ts, dtype.TimestampOf(dtype.Second, ""), "1969-12-31 23:59:59"},
		{"2024-05-10 11:06:33.523846", ts, dtype.TimestampOf(dtype.Milli, ""), "2024-05-10 11:06:33.524"},
		{"2024-05-10 11:06:33.5238469", dtype.TimestampOf(dtype.Nano, ""), ts, "2024-05-10 11:06:33.523846"},
		{"2026-01-17", dtype.Of(dtype.Date), dtype.TimestampOf(dtype.Nano, ""), "2026-01-17 00:00:00"},
		{"infinity", dtype.Of(dtype.Date), ts, "infinity"},
		{"-infinity", ts, dtype.Of(dtype.Date), "-infinity"},
		{"2400-01-01", dtype.Of(dtype.Date), dtype.TimestampOf(dtype.Nano, ""), "error: "},
		{"1.5", str, i32, "2"}, {"-1.5", str, i32, "-2"}, {"1e3", str, i32, "1000"}, {"3000000000", str, i32, "error: "}, {"abc", str, i32, "error: "}, {" 7 ", str, i32, "7"},
		{"", str, i32, "error: "}, {"yes", str, boolType, "true"}, {"1.005", str, dtype.DecimalOf(5, 2), "1.01"}, {"1000", str, dtype.DecimalOf(5, 2), "error: "},
		{"[1, NULL, 3]", str, dtype.ListOf(i32), "[1, NULL, 3]"}, {"[1, 2", str, dtype.ListOf(i32), "error: "}, {"[1, 2]", str, dtype.ArrayOf(i32, 3), "error: "},
		{"{'a': 1, 'b': x y}", str, st, "{'a': 1, 'b': x y}"}, {`{"b": "q\"x", "a": 7}`, str, st, `{'a': 7, 'b': 'q"x'}`}, {"{'c': 1}", str, st, "error: "},
		{"{1=12:30:00, 2=NULL}", str, dtype.MapOf(i32, dtype.Of(dtype.Time)), "{1='12:30:00', 2=NULL}"},
		{"[1, 2]", dtype.ListOf(i32), dtype.ListOf(str), "[1, 2]"}, {"[1, 2]", dtype.ListOf(i32), dtype.ArrayOf(dtype.Of(dtype.Int64), 2), "[1, 2]"},
		{"[1, 2]", dtype.ArrayOf(i32, 2), dtype.ListOf(dtype.Of(dtype.Float64)), "[1.0, 2.0]"}, {"[300]", dtype.ListOf(i32), dtype.ListOf(dtype.Of(dtype.Int8)), "error: "},
		{`{"x": 1}`, str, dtype.Of(dtype.JSON), `{"x": 1}`}, {`{"x": `, str, dtype.Of(dtype.JSON), "error: "}, {`"2026-01-17"`, dtype.Of(dtype.JSON), dtype.Of(dtype.Date), "2026-01-17"},
		{"null", dtype.Of(dtype.JSON), i32, "NULL"}, {`[1,2]`, dtype.Of(dtype.JSON), dtype.ListOf(i32), "[1, 2]"}, {"{'a': 1, 'b': q}", st, dtype.Of(dtype.JSON), `{"a":1,"b":"q"}`},
		{"0xFADE", str, i32, "64222"}, {"0b11110000_11110000", str, i32, "61680"}, {"1_000", str, i32, "1000"}, {"1__0", str, i32, "error: "}, {"_1", str, i32, "error: "},
		{"0x", str, i32, "error: "}, {"0b12", str, i32, "error: "}, {"0x8000000000000000", str, dtype.Of(dtype.Uint64), "9223372036854775808"},
		{"2024-05-10 11:06:33.846", str, dtype.TimestampOf(dtype.Second, ""), "2024-05-10 11:06:34"},
		{"{a:{b:DuckDB, c:12}, b:9}", str, dtype.StructOf(dtype.Field{Name: "a", Type: dtype.StructOf(dtype.Field{Name: "b", Type: str}, dtype.Field{Name: "c", Type: i32})}, dtype.Field{Name: "b", Type: i32}),
			"{'a': {'b': DuckDB, 'c': 12}, 'b': 9}"},
		{"[[Hello World!], hello]", str, dtype.ListOf(str), "['[Hello World!]', hello]"},
		{`\xAAb`, str, dtype.Of(dtype.Binary), `\xAAb`}, {`\xA`, str, dtype.Of(dtype.Binary), "error: "},
		{"green", str, dtype.EnumOf("red", "green"), "green"}, {"blue", str, dtype.EnumOf("red", "green"), "error: "}, {"green", dtype.EnumOf("red", "green"), dtype.EnumOf("green"), "green"},
		{"1 day 02:00:00", dtype.Of(dtype.Interval), dtype.DurationOf(dtype.Second), "1 day 02:00:00"}, {"1 month", dtype.Of(dtype.Interval), dtype.DurationOf(dtype.Micro), "error: "},
		{"f47ac10b-58cc-4372-a567-0e02b2c3d479", dtype.Of(dtype.UUID), dtype.Of(dtype.Binary), `\xF4z\xC1\x0BX\xCCCr\xA5g\x0E\x02\xB2\xC3\xD4y`},
	} {
		v := data.StringScalar(c.text)
		if c.from.Kind != dtype.String {
			v = parseScalar(t, c.text, c.from)
		}
		got := castText(t, v, c.to)
		if got != c.want && (c.want != "error: " || !strings.HasPrefix(got, "error: ")) {
			t.Errorf("%s %q to %s: %s, want %s", c.from, c.text, c.to, got, c.want)
		}
	}
}

func TestTryCastGivesNullForEachBadRowOnly(t *testing.T) {
	b := data.NewBuilder(dtype.Of(dtype.String), 4)
	for _, s := range []string{"1", "x", "", "99999999999", "-5", "1.5e400"} {
		b.AppendString(s)
	}
	b.AppendNull()
	c := b.Build()
	out, err := Cast(nil, c, dtype.Of(dtype.Int32), true)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"1", "NULL", "NULL", "NULL", "-5", "NULL", "NULL"} {
		if got := out.Value(i).String(); got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
	_, err = Cast(nil, c, dtype.Of(dtype.Int32), false)
	if re, ok := err.(*RowError); !ok || re.Row != 1 || !strings.Contains(err.Error(), "'x'") {
		t.Errorf("error %v", err)
	}
}

func TestDictionariesAreCastOnceAndUnusedBadEntriesDoNotFail(t *testing.T) {
	b := data.NewBuilder(dtype.Of(dtype.String), 3)
	b.AppendString("10")
	b.AppendString("bad")
	b.AppendString("20")
	dict := b.Build()
	c := data.DictColumn(dict, []uint32{0, 2, 0, 2}, nil)
	out, err := Cast(nil, c, dtype.Of(dtype.Int64), false)
	if err != nil || out.Value(1).Int64() != 20 {
		t.Fatalf("%v, %v", out, err)
	}
	c = data.DictColumn(dict.Slice(0, 1), []uint32{0, 0, 0, 0}, nil)
	if out, err = Cast(nil, c, dtype.Of(dtype.Int64), false); err != nil || out.Form != data.Dict || out.Values.Len != 1 {
		t.Errorf("form %d, %v", out.Form, err)
	}
}

func TestCalendarArithmetic(t *testing.T) {
	ts, date, iv := dtype.TimestampOf(dtype.Micro, ""), dtype.Of(dtype.Date), dtype.Of(dtype.Interval)
	one := func(text string, typ dtype.Type) *data.Column { return data.ConstColumn(parseScalar(t, text, typ), 1) }
	text := func(c *data.Column, err error) string {
		if err != nil {
			return "error"
		}
		return string(data.AppendText(nil, c, 0))
	}
	berlin := dtype.TimestampOf(dtype.Micro, "Europe/Berlin")
	for _, c := range []struct{ got, want string }{
		{text(AddInterval(nil, one("2026-01-31", date), one("1 month", iv), false, ts)), "2026-02-28 00:00:00"},
		{text(AddInterval(nil, one("2024-03-31 10:00:00", ts), one("1 month", iv), true, ts)), "2024-02-29 10:00:00"},
		{text(AddInterval(nil, one("2026-03-28 12:00:00", berlin), one("1 day", iv), false, berlin)), "2026-03-29 12:00:00+02"},
		{text(AddInterval(nil, one("2026-03-28 12:00:00", berlin), one("24 hours", iv), false, berlin)), "2026-03-29 13:00:00+02"},
		{text(AddInterval(nil, one("23:00:00", dtype.Of(dtype.Time)), one("2 hours", iv), false, dtype.Of(dtype.Time))), "01:00:00"},
		{text(AddInterval(nil, one("infinity", ts), one("2 hours", iv), false, ts)), "infinity"},
		{text(AddInterval(nil, one("290000-01-01", ts), one("9999 years", iv), false, ts)), "error"},
		{text(AddDays(nil, one("2026-01-31", date), one("-31", dtype.Of(dtype.Int32)), false)), "2025-12-31"},
		{text(AddDays(nil, one("5881580-07-10", date), one("1", dtype.Of(dtype.Int32)), false)), "error"},
		{text(SubDates(nil, one("2026-03-01", date), one("2026-02-01", date))), "28"},
		{text(SubTimestamps(nil, one("2026-03-01 12:00:00", ts), one("2026-02-01", ts), iv)), "28 days 12:00:00"},
		{text(AddTimeToDate(nil, one("2026-03-01", date), one("10:20:30", dtype.Of(dtype.Time)), ts)), "2026-03-01 10:20:30"},
		{text(AddIntervals(nil, one("1 month 2 days", iv), one("1 day 1 hour", iv), true)), "1 month 1 day -01:00:00"},
		{text(ScaleInterval(nil, one("1 month 2 days", iv), one("3", dtype.Of(dtype.Int64)), false)), "3 months 6 days"},
		{text(ScaleInterval(nil, one("1 month", iv), one("2", dtype.Of(dtype.Float64)), true)), "15 days"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

func TestShortIntegersAreReadOutOfTheView(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	for range 20000 {
		b := make([]byte, r.IntN(11))
		for i := range b {
			b[i] = "0123456789-+ ./:\x00\xff"[min(r.IntN(40), 17)*r.IntN(10)%18]
			if r.IntN(4) > 0 {
				b[i] = '0' + byte(r.IntN(10))
			}
		}
		got, ok := shortInt(data.InlineView(b))
		want, wantOK := data.ParseInt64(b)
		plain := len(b) >= 1 && len(b) <= 8 && strings.Trim(string(b), "0123456789") == ""
		if ok != plain || ok && (!wantOK || got != want) {
			t.Fatalf("%q: %d, %v, want %d, %v", b, got, ok, want, wantOK)
		}
	}
}
