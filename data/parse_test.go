package data

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/dtype"
)

func TestParseIntegersAgreeWithStrconv(t *testing.T) {
	seed := uint64(1)
	r := rand.New(rand.NewPCG(seed, 7))
	list := []string{"", "-", "+", "0", "-0", "+5", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "00000000000000000000001", "1234567a", "12345678:", "--1", "+-1", "-+1", "1_0", "99999999999999999999"}
	for range 3000 {
		list = append(list, strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10), strconv.FormatUint(r.Uint64()>>r.IntN(64), 10))
	}
	for _, s := range list {
		want, err := strconv.ParseInt(s, 10, 64)
		if got, ok := ParseInt64([]byte(s)); ok != (err == nil) || ok && got != want {
			t.Errorf("ParseInt64(%q) = %d, %v, want %d, %v", s, got, ok, want, err)
		}
		uwant, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 64)
		if strings.HasPrefix(s, "++") || strings.HasPrefix(s, "+-") {
			continue
		}
		if got, ok := ParseUint64([]byte(s)); ok != (err == nil) || ok && got != uwant {
			t.Errorf("ParseUint64(%q) = %d, %v, want %d, %v", s, got, ok, uwant, err)
		}
		b, isBig := new(big.Int).SetString(s, 10)
		if strings.Contains(s, "_") {
			isBig = false
		}
		if got, ok := ParseInt128([]byte(s)); ok != isBig || ok && got.String() != b.String() {
			t.Errorf("ParseInt128(%q) = %s, %v, want %v", s, got, ok, b)
		}
	}
	for s, ok := range map[string]bool{"170141183460469231731687303715884105727": true, "170141183460469231731687303715884105728": false,
		"-170141183460469231731687303715884105728": true, "340282366920938463463374607431768211456": false} {
		if _, got := ParseInt128([]byte(s)); got != ok {
			t.Errorf("ParseInt128(%q) ok = %v", s, got)
		}
	}
	if v, ok := ParseInt64([]byte("  42 ")); v != 42 || !ok {
		t.Errorf("spaces around a number: %d, %v", v, ok)
	}
}

func TestParseFloatsAgreeWithStrconv(t *testing.T) {
	seed := uint64(2)
	r := rand.New(rand.NewPCG(seed, 7))
	list := []string{"", ".", "1.", ".5", "-.5e1", "1e", "1e+", "1e5", "1E-5", "1e400", "-1e400", "1e-400", "0x10", "1_0", "1e 5", "nan", "-NaN", "Inf", "+infinity",
		"1.7976931348623157e308", "123456789012345678901234567890", "0.000000000000000000000000000001", "9007199254740993"}
	for range 3000 {
		f := math.Float64frombits(r.Uint64())
		list = append(list, strconv.FormatFloat(f, 'g', -1, 64), strconv.FormatFloat(r.Float64()*1000, 'f', r.IntN(20), 64))
	}
	for _, s := range list {
		want, err := strconv.ParseFloat(s, 64)
		if strings.ContainsAny(s, "x_") {
			err = strconv.ErrSyntax
		}
		if got, ok := ParseFloat64([]byte(s)); (ok != (err == nil) || ok && got != want && want == want) && s != "-NaN" {
			t.Errorf("ParseFloat64(%q) = %v, %v, want %v, %v", s, got, ok, want, err)
		}
		w32, err := strconv.ParseFloat(s, 32)
		if strings.ContainsAny(s, "x_") || s == "-NaN" {
			continue
		}
		if got, ok := ParseFloat32([]byte(s)); ok != (err == nil) || ok && got != float32(w32) && w32 == w32 {
			t.Errorf("ParseFloat32(%q) = %v, %v, want %v, %v", s, got, ok, w32, err)
		}
	}
}

// bigDecimal is the naive twin: exact rational arithmetic.
func bigDecimal(s string, precision, scale int) (string, bool) {
	q, ok := new(big.Rat).SetString(s)
	if !ok {
		return "", false
	}
	neg := q.Sign() < 0
	q.Abs(q)
	q.Mul(q, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
	q.Add(q, big.NewRat(1, 2))
	n := new(big.Int).Quo(q.Num(), q.Denom())
	if n.Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)) >= 0 {
		return "", false
	}
	if neg {
		n.Neg(n)
	}
	return n.String(), true
}

func TestParseDecimalAgreesWithRationals(t *testing.T) {
	seed := uint64(3)
	r := rand.New(rand.NewPCG(seed, 7))
	digit := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = '0' + byte(r.IntN(10))
		}
		return string(b)
	}
	for range 20000 {
		s := digit(r.IntN(25) + 1)
		if r.IntN(2) == 0 {
			s += "." + digit(r.IntN(30))
		}
		if r.IntN(4) == 0 {
			s += fmt.Sprintf("e%d", r.IntN(40)-20)
		}
		if r.IntN(2) == 0 {
			s = "-" + s
		}
		p := r.IntN(38) + 1
		scale := r.IntN(p + 1)
		want, wantOK := bigDecimal(s, p, scale)
		got, ok := ParseDecimal([]byte(s), p, scale)
		if ok != wantOK || ok && got.String() != want {
			t.Fatalf("ParseDecimal(%q, %d, %d) = %s, %v, want %s, %v (seed %d)", s, p, scale, got, ok, want, wantOK, seed)
		}
	}
	for _, s := range []string{"", "abc", "1.2.3", "1e", "--1", "1,5"} {
		if v, ok := ParseDecimal([]byte(s), 18, 3); ok {
			t.Errorf("ParseDecimal(%q) = %s", s, v)
		}
	}
}

func TestParseTimestampReadsWhatDifferentWritersWrite(t *testing.T) {
	at := func(s string) int64 {
		v, err := time.Parse("2006-01-02T15:04:05.999999999", s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixMicro()
	}
	for _, c := range []struct {
		in     string
		want   string
		offset bool
	}{
		{"2026-01-17T12:34:56.789Z", "2026-01-17T12:34:56.789", true},
		{"2026-01-17 12:34:56", "2026-01-17T12:34:56", false},
		{"2026-01-17 12:34:56.123456789", "2026-01-17T12:34:56.123456", false},
		{"2026-01-17 12:34:56+05:30", "2026-01-17T07:04:56", true},
		{"2026-01-17 12:34:56-08", "2026-01-17T20:34:56", true},
		{"2026-01-17 12:34:56 +0530", "2026-01-17T07:04:56", true},
		{"2026-01-17T12:34:56 UTC", "2026-01-17T12:34:56", true},
		{"2026-01-17T12:34", "2026-01-17T12:34:00", false},
		{" 2026-1-7 ", "2026-01-07T00:00:00", false},
		{"2026/01/17 1:02:03", "2026-01-17T01:02:03", false},
		{"2024-02-29 23:59:59.999999", "2024-02-29T23:59:59.999999", false},
		{"2026-01-17 24:00:00", "2026-01-18T00:00:00", false},
		{"0001-01-01 00:00:00", "0001-01-01T00:00:00", false},
		{"9999-12-31 23:59:59", "9999-12-31T23:59:59", false},
		{"epoch", "1970-01-01T00:00:00", false},
	} {
		v, off, ok := ParseTimestamp([]byte(c.in), dtype.Micro)
		if !ok || v != at(c.want) || off != c.offset {
			t.Errorf("ParseTimestamp(%q) = %s, %v, %v", c.in, AppendTimestamp(nil, v, dtype.TimestampOf(dtype.Micro, "")), off, ok)
		}
	}
	for _, s := range []string{"", "x", "2026-02-29 00:00:00", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32", "2026-01-17 25:00:00", "2026-01-17 12:60:00",
		"2026-01-17 12:00:60", "2026-01-17T12:34:56X", "2026-01-17T12:34:56+5:", "2026-01-17T12:34:5:", "2026-01-17 12:34:56.", "20260117", "2026-01/17", "2026-01-17x",
		"999999-01-01 00:00:00", "1900-02-29"} {
		if v, _, ok := ParseTimestamp([]byte(s), dtype.Micro); ok {
			t.Errorf("ParseTimestamp(%q) gave %d", s, v)
		}
	}
	if v, _, ok := ParseTimestamp([]byte("infinity"), dtype.Nano); !ok || v != TimestampInfinity {
		t.Errorf("infinity = %d, %v", v, ok)
	}
	if _, _, ok := ParseTimestamp([]byte("2300-01-01 00:00:00"), dtype.Nano); ok {
		t.Error("the year 2300 does not fit nanoseconds")
	}
}

func TestParseTimestampInvertsAppendTimestamp(t *testing.T) {
	seed := uint64(4)
	r := rand.New(rand.NewPCG(seed, 7))
	for range 20000 {
		unit := dtype.Unit(r.IntN(4))
		v := int64(r.Uint64()) >> (r.IntN(40) + 2)
		if unit == dtype.Second || unit == dtype.Milli {
			v >>= 16 // dates end in the year 5,881,580
		}
		text := AppendTimestamp(nil, v, dtype.TimestampOf(unit, ""))
		if got, _, ok := ParseTimestamp(text, unit); !ok || got != v {
			t.Fatalf("%s = %d, %v, want %d %s (seed %d)", text, got, ok, v, unit, seed)
		}
		days := int32(r.Uint32()) >> r.IntN(20)
		text = AppendDate(nil, int64(days))
		if got, ok := ParseDate(text); !ok || got != days {
			t.Fatalf("%s = %d, %v, want %d (seed %d)", text, got, ok, days, seed)
		}
		iv := Interval{int32(r.Uint32()) >> r.IntN(32), int32(r.Uint32()) >> r.IntN(32), int64(r.Uint64()) >> (r.IntN(60) + 2)}
		text = AppendInterval(nil, iv)
		if got, ok := ParseInterval(text); !ok || got != iv {
			t.Fatalf("%s = %v, %v, want %v (seed %d)", text, got, ok, iv, seed)
		}
	}
}

func TestParseDateTimeAndInterval(t *testing.T) {
	for in, want := range map[string]string{"2026-01-17": "2026-01-17", "2026-1-7": "2026-01-07", "2026-01-17 12:00:00": "2026-01-17", "0044-03-15 (BC)": "0044-03-15 (BC)",
		"infinity": "infinity", "-infinity": "-infinity", "2026-01-17 12:00:00 junk": "!", "2026-02-30": "!", "": "!", "2026-01-171": "!"} {
		v, ok := ParseDate([]byte(in))
		if got := string(AppendDate(nil, int64(v))); ok != (want != "!") || ok && got != want {
			t.Errorf("ParseDate(%q) = %s, %v", in, got, ok)
		}
	}
	for in, want := range map[string]int64{"12:34:56.5": 45296500000, "1:2:3": 3723000000, "24:00:00": 86400000000, "12:34": 45240000000, "24:00:01": -1, "12": -1, "12:34:56x": -1,
		"7:": 25200000000, "7:05:": 25500000000, "7: ": 25200000000, "7:x": -1, "2026-01-17": -1} {
		if v, ok := ParseTime([]byte(in)); ok != (want >= 0) || ok && v != want {
			t.Errorf("ParseTime(%q) = %d, %v", in, v, ok)
		}
	}
	for in, want := range map[string]int64{"7:05": 25500000000, "2026-01-17": 0, "2026-01-17 7:05": 25500000000, "2026-01-17T07:05:00.5Z": 25500500000, "2026-01-17 07:05+09:30": 25500000000,
		"07:05:00-03": 25500000000, "2026-01-17 noon": -1, "2026-02-30 07:05": -1, "2026-01-17x07:05": -1, "07:05 o'clock": -1} {
		if v, ok := ParseTimeOf([]byte(in)); ok != (want >= 0) || ok && v != want {
			t.Errorf("ParseTimeOf(%q) = %d, %v", in, v, ok)
		}
	}
	for in, want := range map[string]Interval{"1 year 2 months": {14, 0, 0}, "1.5 days": {0, 1, 43200000000}, "2 hours ago": {0, 0, -7200000000}, "1mo2d3h": {1, 2, 10800000000},
		"-1 day 04:05:06.7": {0, -1, 14706700000}, "1.5 months": {1, 15, 0}, "100 weeks": {0, 700, 0}, "1500 ns": {0, 0, 1}, "100": {0, 0, 100_000_000},
		"-2mseconds": {0, 0, -2000}, "2 millenniums": {24000, 0, 0}, "3:": {0, 0, 10800000000}, "1 day 0:30:": {0, 1, 1800000000}, "9223372036854775807 us": {0, 0, math.MaxInt64},
		"-9223372036854775808 us": {0, 0, math.MinInt64}} {
		if v, ok := ParseInterval([]byte(in)); !ok || v != want {
			t.Errorf("ParseInterval(%q) = %v, %v, want %v", in, v, ok, want)
		}
	}
	for _, in := range []string{"", "-", "five days", "1 fortnight", "1 day 1:00:00 2:00:00", "99999999999 years", ". days", "1:60:00", "9223372036854775808 us", "-9223372036854775809 us", "10000000000000000000 us"} {
		if v, ok := ParseInterval([]byte(in)); ok {
			t.Errorf("ParseInterval(%q) = %v", in, v)
		}
	}
}

func TestParseUUIDAndBool(t *testing.T) {
	const text = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
	for _, in := range []string{text, strings.ToUpper(text), "{" + text + "}", strings.ReplaceAll(text, "-", "")} {
		if v, ok := ParseUUID([]byte(in)); !ok || string(AppendUUID(nil, v)) != text {
			t.Errorf("ParseUUID(%q) = %s, %v", in, AppendUUID(nil, v), ok)
		}
	}
	for _, in := range []string{"", text[1:], text + "0", "g" + text[1:], "--" + text} {
		if _, ok := ParseUUID([]byte(in)); ok {
			t.Errorf("ParseUUID(%q) is ok", in)
		}
	}
	for in, want := range map[string]string{"true": "true", "T": "true", "yes": "true", "0": "false", "NO": "false", "False": "false", "2": "!", "tru": "!", "": "!"} {
		if v, ok := ParseBool([]byte(in)); ok != (want != "!") || ok && strconv.FormatBool(v) != want {
			t.Errorf("ParseBool(%q) = %v, %v", in, v, ok)
		}
	}
}

func TestParsersAllocateNothing(t *testing.T) {
	in := [][]byte{[]byte("2026-01-17T12:34:56.789Z"), []byte("1234567"), []byte("123.456"), []byte("1 day 02:03:04"), []byte("1234567890.123456789e5")}
	if n := testing.AllocsPerRun(100, func() {
		for _, b := range in {
			ParseTimestamp(b, dtype.Micro)
			ParseInt64(b)
			ParseFloat64(b)
			ParseDecimal(b, 18, 3)
			ParseInterval(b)
			ParseDate(b)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	run := func(name, text string, f func([]byte)) {
		in := make([][]byte, 2048)
		for i := range in {
			in[i] = []byte(text)
		}
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				f(in[i&2047])
			}
		})
	}
	run("timestamp_z", "2026-01-17T12:34:56.789Z", func(s []byte) { ParseTimestamp(s, dtype.Micro) })
	run("timestamp", "2026-01-17 12:34:56", func(s []byte) { ParseTimestamp(s, dtype.Micro) })
	run("timestamp_us_offset", "2026-01-17 12:34:56.123456+02:00", func(s []byte) { ParseTimestamp(s, dtype.Micro) })
	run("date", "2026-01-17", func(s []byte) { ParseDate(s) })
	run("int7", "1234567", func(s []byte) { ParseInt64(s) })
	run("int16", "1234567890123456", func(s []byte) { ParseInt64(s) })
	run("float", "12345.678", func(s []byte) { ParseFloat64(s) })
	run("decimal", "12345.67", func(s []byte) { ParseDecimal(s, 15, 2) })
}
