package compute

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

func TestEveryTypeHasOneFormInJSON(t *testing.T) {
	str, i64 := dtype.Of(dtype.String), dtype.Of(dtype.Int64)
	text := func(s string) data.Scalar { return data.StringScalar(s) }
	of := func(typ dtype.Type, v int64) data.Scalar { return data.IntScalar(typ, v) }
	list := dtype.ListOf(i64)
	pair := dtype.StructOf(dtype.Field{Name: `a"b`, Type: i64}, dtype.Field{Name: "c", Type: list})
	dict := dtype.MapOf(i64, str)
	entry := dict.Elem()
	for _, c := range []struct {
		v    data.Scalar
		want string
	}{
		{data.NullScalar(i64), `null`},
		{data.BoolScalar(true), `true`},
		{of(i64, math.MinInt64), `-9223372036854775808`},
		{of(dtype.DecimalOf(9, 3), -1500), `-1.500`},
		{of(dtype.DecimalOf(38, 2), 7), `0.07`},
		{data.FloatScalar(0.5), `0.5`},
		{data.FloatScalar(math.NaN()), `"nan"`},
		{data.FloatScalar(math.Inf(-1)), `"-inf"`},
		{of(dtype.Of(dtype.Date), 1), `"1970-01-02"`},
		{of(dtype.TimestampOf(dtype.Micro, ""), 1_500_000), `"1970-01-01 00:00:01.5"`},
		{text("a\"\\\n\r\t\x01é漢"), `"a\"\\\n\r\t\u0001é漢"`},
		{data.Scalar{Type: dtype.Of(dtype.JSON), S: "{\"a\":\n1}"}, "{\"a\":\n1}"},
		{data.Scalar{Type: dtype.Of(dtype.Binary), S: "a\x00"}, `"a\\x00"`},
		{data.Scalar{Type: list, Kids: []data.Scalar{of(i64, 1), data.NullScalar(i64)}}, `[1,null]`},
		{data.Scalar{Type: list}, `[]`},
		{data.Scalar{Type: pair, Kids: []data.Scalar{of(i64, 1), {Type: list}}}, `{"a\"b":1,"c":[]}`},
		{data.Scalar{Type: dict, Kids: []data.Scalar{{Type: entry, Kids: []data.Scalar{of(i64, 5), text("x")}}}}, `{"5":"x"}`},
	} {
		if got := string(AppendJSON(nil, data.ConstColumn(c.v, 3), 2)); got != c.want {
			t.Errorf("%v %v: %s, want %s", c.v.Type, c.v, got, c.want)
		}
	}
}

func TestWritersOfJSONChooseTimestampsNumbersAndLineEnds(t *testing.T) {
	w := JSON{
		Timestamp: func(dst []byte, v int64, _ *dtype.Type) []byte { return fmt.Appendf(dst, "T%d", v) },
		NotNumber: func(dst []byte, v float64) []byte { return fmt.Appendf(dst, "no(%v)", v) },
		OneLine:   true,
	}
	list := dtype.ListOf(dtype.Of(dtype.Float64))
	for want, v := range map[string]data.Scalar{
		`"T7"`:          data.IntScalar(dtype.TimestampOf(dtype.Nano, "UTC"), 7),
		`[no(NaN),1.0]`: {Type: list, Kids: []data.Scalar{data.FloatScalar(math.NaN()), data.FloatScalar(1)}},
		`{"a":  "\n"}`:  {Type: dtype.Of(dtype.JSON), S: "{\"a\":\r\n\"\\n\"}"},
	} {
		if got := string(w.Append(nil, data.ConstColumn(v, 1), 0)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestQuotedTextIsReadBackByPackageJSON holds for any bytes: package json reads those that are no UTF-8 as replacement characters too.
func TestQuotedTextIsReadBackByPackageJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", "\"", "\\", "\n", "\x00", "\x1f", "\x7f", "é", "漢", "😀", "\xff", "\xc3", "\xed\xa0\x80", "long plain text "}
	for range 20_000 {
		s := ""
		for range r.IntN(8) {
			s += parts[r.IntN(len(parts))]
		}
		var got string
		q := AppendQuoted([]byte("x"), s)[1:]
		if err := json.Unmarshal(q, &got); err != nil || got != string([]rune(s)) {
			t.Fatalf("%q was written as %s, which reads as %q (%v)", s, q, got, err)
		}
	}
}

// TestStringsOfJSONAreReadAsPackageJSONReadsThem holds for halves of surrogate pairs too: they take nothing of what follows with them.
func TestStringsOfJSONAreReadAsPackageJSONReadsThem(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	parts := []string{"a", `\"`, `\\`, `\/`, `\b\f\n\r\t`, `\u00e9`, `\ud83d\ude00`, `\ud83d`, `\ude00`, `\u0041`, `\uD83D`, "漢", "long plain text "}
	for range 20_000 {
		s := `"`
		for range r.IntN(8) {
			s += parts[r.IntN(len(parts))]
		}
		s += `"`
		var want string
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			t.Fatal(err)
		}
		if got := string(AppendUnquoted([]byte("x"), []byte(s))[1:]); got != want {
			t.Fatalf("%s was read as %q, want %q", s, got, want)
		}
	}
}

func TestBrokenStringsOfJSONAreReadToTheirEnd(t *testing.T) {
	for _, s := range []string{`""`, `"\"`, `"a\u12"`, `"\ud83d\u1"`, `"\ud83d\"`} {
		AppendUnquoted(nil, []byte(s))
	}
}
