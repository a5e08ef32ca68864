package sig

import (
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// arg reads an argument: a type name, a bare literal ('x' or 1), or a type and the word const with a text.
func arg(t *testing.T, text string) Arg {
	t.Helper()
	if text[0] == '\'' {
		s := data.StringScalar(strings.Trim(text, "'"))
		return Arg{Type: s.Type, Lit: &s, Bare: true}
	}
	if text[0] >= '0' && text[0] <= '9' {
		v := int64(0)
		for _, c := range text {
			v = v*10 + int64(c-'0')
		}
		s := data.IntScalar(dtype.Of(dtype.Int32), v)
		return Arg{Type: s.Type, Lit: &s, Bare: true}
	}
	return Arg{Type: typ(t, text)}
}

func typ(t *testing.T, text string) dtype.Type {
	t.Helper()
	if inner, ok := strings.CutSuffix(text, "[]"); ok {
		return dtype.ListOf(typ(t, inner))
	}
	name, rest, _ := strings.Cut(text, ":")
	var args []int
	for _, c := range strings.Split(rest, ".") {
		n := 0
		for _, d := range c {
			n = n*10 + int(d-'0')
		}
		if c != "" {
			args = append(args, n)
		}
	}
	out, err := dtype.Named(name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestResultTypesAreDuckDBs has one line a call: function, arguments, and the result type that DuckDB 2.0 reports, or "error".
func TestResultTypesAreDuckDBs(t *testing.T) {
	for _, line := range []string{
		"+ int int → int32", "+ int bigint → int64", "+ tinyint 1 → tinyint", "+ tinyint 1000 → int32", "+ utinyint 1000 → int32", "+ ubigint int → int128",
		"+ bigint float → float32", "+ decimal:2.1 int → decimal(12,1)", "* decimal:2.1 int → decimal(12,1)", "% decimal:2.1 int → decimal(11,1)",
		"* decimal:15.2 decimal:16.2 → decimal(18,4)", "- int decimal:15.2 → decimal(16,2)", "+ decimal:38.2 decimal:38.2 → decimal(38,2)",
		"* decimal:20.10 decimal:20.10 → decimal(38,20)", "+ decimal:5.1 double → float64", "+ null null → int64", "- null → int64", "+ bool int → error",
		"/ int int → float64", "/ float float → float32", "/ float int → float32", "/ decimal:5.1 int → float64", "// int int → int32",
		"// decimal:2.1 int → float64", "+ date int → date", "+ date interval → timestamp", "- date date → int64", "- timestamp timestamp → interval",
		"+ date time → timestamp", "* interval int → interval", "* interval double → interval", "+ timestamptz interval → timestamp with time zone",
		"sum int → int128", "sum bool → int128", "sum float → float64", "sum decimal:4.1 → decimal(38,1)", "sum null → int128", "avg decimal:4.1 → float64",
		"avg date → timestamp", "min varchar → varchar", "max null → null", "count varchar → int64", "median int → float64", "median decimal:4.1 → decimal(4,1)",
		"median date → timestamp", "mode int → int32", "histogram int → map(int32, uint64)", "list int → int32[]", "approx_count_distinct int → int64",
		"date_trunc varchar timestamp → timestamp", "date_trunc varchar date → timestamp", "date_trunc varchar timestamptz → timestamp with time zone",
		"date_part 'year' date → int64", "date_part 'epoch' date → float64", "epoch date → float64", "epoch_ms date → int64", "epoch_ms 1000 → timestamp",
		"strptime varchar '%Y' → timestamp", "strptime varchar '%z' → timestamp with time zone", "last_day timestamp → date", "time_bucket interval date → date",
		"age date date → interval", "timezone varchar timestamp → timestamp with time zone", "timezone varchar timestamptz → timestamp",
		"upper int → error", "length varchar → int64", "length int[] → int64", "ascii varchar → int32", "concat int varchar → varchar", "|| int int → varchar",
		"|| int[] int[] → int32[]", "greatest int decimal:2.1 → decimal(11,1)", "coalesce int decimal:2.1 → decimal(11,1)", "nullif int decimal:2.1 → int32",
		"round int → int32", "round decimal:5.2 1 → decimal(5,1)", "round decimal:10.4 → decimal(10,0)", "ceil decimal:2.1 → decimal(2,0)", "ceil int → float64",
		"floor float → float32", "trunc int → int32", "abs decimal:2.1 → decimal(2,1)", "sign decimal:2.1 → tinyint", "pow int int → float64",
		"factorial int → int128", "bit_count int → tinyint", "<< tinyint 2 → tinyint", "gcd int int → int64", "list_extract int[] 1 → int32",
		"list_position int[] 1 → int32", "list_sum int[] → int128", "list_unique int[] → uint64", "range 3 → int64[]", "range 1 3 → int64[]",
		"range date date interval → timestamp[]", "flatten int[][] → int32[]", "list_contains varchar[] 'a' → boolean", "list_value int decimal:2.1 → decimal(11,1)[]",
		"json_array_length json → uint64", "json_extract varchar '$.a' → json", "typeof int → varchar", "hash int varchar → uint64", "if bool int bigint → int64",
		"= int '1' → boolean", "= date varchar → boolean", "= date int → error", "lag int → int32", "ntile int → int64", "row_number → int64",
		"add_wrap int bigint → int64", "sub_wrap date date → duration", "sub_wrap decimal:5.2 decimal:5.2 → decimal(6,2)", "floordiv_null int int → int32",
		"sum_wrap tinyint → int64", "to_base64 varchar → varchar", "substr varchar int → varchar", "substr int int int → error",
	} {
		call, want, _ := strings.Cut(line, " → ")
		fields := strings.Fields(call)
		var args []Arg
		for _, f := range fields[1:] {
			args = append(args, arg(t, f))
		}
		r, err := ResolveLit(fields[0], args, AnyKind)
		got := "error"
		if err == nil {
			got = r.Ret.String()
		} else if fault.CodeOf(err) != fault.Type {
			t.Errorf("%s: error of code %q: %v", call, fault.CodeOf(err), err)
		}
		if got != want {
			t.Errorf("%s is %s, want %s (%v)", call, got, want, err)
		}
		if err == nil && len(r.Args) != len(args) {
			t.Errorf("%s: %d argument types", call, len(r.Args))
		}
	}
}

func TestUnknownFunctionNamesTheNearest(t *testing.T) {
	_, err := Resolve("uper", []dtype.Type{dtype.Of(dtype.String)}, AnyKind)
	if err == nil || !strings.Contains(err.Error(), `did you mean "upper"?`) {
		t.Errorf("got %v", err)
	}
}

func TestWrongArgumentsListTheCandidates(t *testing.T) {
	_, err := Resolve("LEFT", []dtype.Type{dtype.Of(dtype.String)}, AnyKind)
	if err == nil || !strings.Contains(err.Error(), "left cannot be called with (varchar); candidates: left(s string, count bigint) string") {
		t.Errorf("got %v", err)
	}
}

func TestAggregateOutOfPlaceIsExplained(t *testing.T) {
	for name, kinds := range map[string]Kinds{"sum": ScalarKind, "row_number": ScalarKind | AggregateKind, "upper": AggregateKind} {
		if _, err := Resolve(name, []dtype.Type{dtype.Of(dtype.Int32)}, kinds); fault.CodeOf(err) != fault.Type {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCommonTypeIsSymmetricAndHoldsBoth(t *testing.T) {
	names := []string{"null", "bool", "tinyint", "smallint", "int", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "float", "double",
		"decimal:5.2", "decimal:38.10", "varchar", "blob", "date", "time", "timestamp", "timestamp_ns", "timestamptz", "duration", "duration_ns", "interval",
		"uuid", "json", "int[]", "varchar[]"}
	for _, a := range names {
		for _, b := range names {
			x, y := typ(t, a), typ(t, b)
			u, ok := CommonType(x, y)
			v, ok2 := CommonType(y, x)
			if ok != ok2 || !u.Equal(v) {
				t.Errorf("%s with %s is %s, the other way %s", a, b, u, v)
			}
			if w, ok3 := CommonType(u, x); ok && (!ok3 || !w.Equal(u)) {
				t.Errorf("%s with %s is %s, which does not absorb %s", a, b, u, a)
			}
			if _, explicit := CanCast(x, u); ok && !explicit {
				t.Errorf("%s with %s is %s, to which %s does not cast", a, b, u, a)
			}
		}
	}
}

func TestImplicitCastsNeverNarrow(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{{"int", "bigint", true}, {"bigint", "int", false}, {"bigint", "uinteger", false}, {"uinteger", "bigint", true}, {"ubigint", "bigint", false},
		{"int", "decimal:10.0", true}, {"int", "decimal:9.0", false}, {"decimal:9.2", "double", true}, {"double", "bigint", false}, {"varchar", "int", false},
		{"int", "varchar", false}, {"date", "timestamp", true}, {"timestamp", "date", false}, {"timestamp", "timestamptz", true}, {"int[]", "bigint[]", true},
		{"bigint[]", "int[]", false}, {"null", "int[]", true}} {
		if got, _ := CanCast(typ(t, c.from), typ(t, c.to)); got != c.want {
			t.Errorf("%s to %s: %t", c.from, c.to, got)
		}
	}
}

func TestEveryOverloadIsReachableAndDocumented(t *testing.T) {
	for _, o := range All() {
		if o.Doc == "" || !strings.HasSuffix(o.Doc, ".") && !strings.HasSuffix(o.Doc, "…") {
			t.Errorf("%s: description %q", o.ID, o.Doc)
		}
		if ByID(o.ID) != o || len(Lookup(strings.ToUpper(o.Name))) == 0 {
			t.Errorf("%s cannot be found", o.ID)
		}
	}
}
