package fn

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // for machines without time zones
	"unicode"
	"unicode/utf8"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/sig"
)

// callRows resolves and calls a function on columns.
func callRows(t *testing.T, name string, cols ...*data.Column) *data.Column {
	t.Helper()
	args := make([]sig.Arg, len(cols))
	for i, c := range cols {
		args[i].Type = c.Type
		if c.Form == data.Const {
			v := c.Value(0)
			args[i].Lit = &v
		}
	}
	res, err := sig.ResolveLit(name, args, sig.ScalarKind)
	if err != nil {
		t.Fatal(err)
	}
	for i := range cols {
		if !cols[i].Type.Equal(res.Args[i]) {
			if cols[i], err = compute.Cast(nil, cols[i], res.Args[i], false); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := run(&compute.Scratch{}, res, cols, cols[0].Len)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func textCol(vals []string) *data.Column {
	b := data.NewBuilder(dtype.Of(dtype.String), len(vals))
	for _, v := range vals {
		b.AppendString(v)
	}
	return b.Build()
}

func constStr(v string, n int) *data.Column { return data.ConstColumn(data.StringScalar(v), n) }

func newRand(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// randomTimes gives microseconds from the year -500 to 4500.
func randomTimes(r *rand.Rand, n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = (r.Int64N(5000*365*86400) - 2470*365*86400) * 1_000_000
		if r.IntN(2) == 0 {
			out[i] = r.Int64N(60*365*86400) * 1_000_000
		}
		out[i] += r.Int64N(1_000_000)
	}
	return out
}

func TestPartsOfTimestampsAgreeWithPackageTime(t *testing.T) {
	r := newRand(t)
	v := randomTimes(r, 2000)
	col := data.FlatColumn(dtype.TimestampOf(dtype.Micro, ""), v, nil)
	for name, f := range map[string]func(x time.Time) int{"year": time.Time.Year, "month": func(x time.Time) int { return int(x.Month()) }, "day": time.Time.Day,
		"hour": time.Time.Hour, "minute": time.Time.Minute, "second": time.Time.Second, "dayofyear": time.Time.YearDay,
		"dow": func(x time.Time) int { return int(x.Weekday()) }, "week": func(x time.Time) int { _, w := x.ISOWeek(); return w },
		"isoyear": func(x time.Time) int { y, _ := x.ISOWeek(); return y }, "microsecond": func(x time.Time) int { return x.Second()*1_000_000 + x.Nanosecond()/1000 },
		"quarter": func(x time.Time) int { return (int(x.Month()) + 2) / 3 }} {
		got := callRows(t, name, col)
		for i, x := range v {
			if want := f(time.UnixMicro(x).UTC()); got.Value(i).Int64() != int64(want) {
				t.Errorf("%s of %s is %s, want %d", name, col.Value(i), got.Value(i), want)
			}
		}
	}
}

func TestCivilIsThatOfPackageData(t *testing.T) {
	r := newRand(t)
	for i := range 200_000 {
		d := int64(int32(r.Uint32()))
		if i%2 == 0 {
			d = int64(i - 100_000)
		}
		y, m, x := civil(d)
		if y2, m2, x2 := data.CivilFromDays(d); y != y2 || m != m2 || x != x2 {
			t.Fatalf("day %d is %d-%d-%d, want %d-%d-%d", d, y, m, x, y2, m2, x2)
		}
	}
}

func TestTruncationAgreesWithPackageTimeInAnyZone(t *testing.T) {
	r := newRand(t)
	for _, zone := range []string{"", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"} {
		v := randomTimes(r, 300)
		col := data.FlatColumn(dtype.TimestampOf(dtype.Micro, zone), v, nil)
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for part, start := range map[string]func(x time.Time) time.Time{
			"day":   func(x time.Time) time.Time { return time.Date(x.Year(), x.Month(), x.Day(), 0, 0, 0, 0, loc) },
			"month": func(x time.Time) time.Time { return time.Date(x.Year(), x.Month(), 1, 0, 0, 0, 0, loc) },
			"year":  func(x time.Time) time.Time { return time.Date(x.Year(), 1, 1, 0, 0, 0, 0, loc) },
			"week": func(x time.Time) time.Time {
				return time.Date(x.Year(), x.Month(), x.Day()-(int(x.Weekday())+6)%7, 0, 0, 0, 0, loc)
			},
			"minute": func(x time.Time) time.Time {
				return x.Add(-time.Duration(x.Second())*time.Second - time.Duration(x.Nanosecond()))
			},
		} {
			got := callRows(t, "date_trunc", constStr(part, len(v)), col)
			frames := callRows(t, "dt_truncate", col, constStr(map[string]string{"day": "1d", "month": "1mo", "year": "1y", "week": "1w", "minute": "1m"}[part], len(v)))
			for i, x := range v {
				at := time.UnixMicro(x).In(loc)
				if _, off := at.Zone(); off%60 != 0 {
					continue // local mean time before zones had whole minutes
				}
				if want := start(at).UnixMicro(); got.Value(i).Int64() != want || frames.Value(i).Int64() != want {
					t.Errorf("%s %s of %s is %s and %s, want %s", zone, part, at, got.Value(i), frames.Value(i), time.UnixMicro(want).In(loc))
				}
			}
		}
	}
}

func TestWhatStrftimeWritesStrptimeReads(t *testing.T) {
	r := newRand(t)
	v := make([]int64, 500)
	for i := range v {
		v[i] = r.Int64N(8000*365*86400*1_000_000) - 1900*365*86400*1_000_000
	}
	col := data.FlatColumn(dtype.TimestampOf(dtype.Micro, ""), v, nil)
	for _, format := range []string{"%Y-%m-%d %H:%M:%S.%f", "%d/%m/%Y %I:%M:%S %p.%f", "%A, %d %B %Y %H.%M.%S %f", "%j %Y %H%M%S%f", "%Y %U %w %H:%M:%S.%f", "%Y %W %u %H:%M:%S.%f",
		"%G %V %u %H:%M:%S.%f", "%-d %b %Y %-H:%-M:%-S.%f", "%F %T%.6f"} {
		text := callRows(t, "strftime", col, constStr(format, len(v)))
		back := callRows(t, "strptime", text, constStr(format, len(v)))
		for i, x := range v {
			if back.Value(i).Int64() != x {
				t.Fatalf("%s written as %s by %s reads as %s", col.Value(i), text.Value(i), format, back.Value(i))
			}
		}
	}
}

// randomText draws from few characters, so that patterns match now and then.
func randomText(r *rand.Rand, letters string, most int) string {
	var b strings.Builder
	all := []rune(letters)
	for range r.IntN(most + 1) {
		b.WriteRune(all[r.IntN(len(all))])
	}
	return b.String()
}

func TestLikeAgreesWithARegularExpression(t *testing.T) {
	r := newRand(t)
	texts := make([]string, 400)
	for i := range texts {
		texts[i] = randomText(r, "aAbBéÉ xk", 20)
	}
	col := textCol(texts)
	for range 300 {
		pattern := randomText(r, "abé%%_A", 6)
		var src strings.Builder
		for _, c := range pattern {
			switch c {
			case '%':
				src.WriteString(`(?s:.*)`)
			case '_':
				src.WriteString(`(?s:.)`)
			default:
				src.WriteString(regexp.QuoteMeta(string(c)))
			}
		}
		for name, flag := range map[string]string{"like": "", "ilike": "(?i)"} {
			re := regexp.MustCompile(flag + `\A` + src.String() + `\z`)
			got := callRows(t, name, col, constStr(pattern, len(texts)))
			rows := callRows(t, name, col, data.ConstColumn(data.StringScalar(pattern), len(texts)).Flatten())
			for i, s := range texts {
				if want := re.MatchString(s); got.Value(i).Bool() != want || rows.Value(i).Bool() != want {
					t.Fatalf("%q %s %q is %t, by rows %t, want %t", s, name, pattern, got.Value(i).Bool(), rows.Value(i).Bool(), want)
				}
			}
		}
	}
}

func TestCaseAndLengthAndSlicesAgreeWithRunes(t *testing.T) {
	r := newRand(t)
	texts := make([]string, 1000)
	for i := range texts {
		texts[i] = randomText(r, []string{"azAZ@[`{09 ", "aZéÉ日本ßſK"}[r.IntN(2)], 30)
	}
	col := textCol(texts)
	lower, upper, length := callRows(t, "lower", col), callRows(t, "upper", col), callRows(t, "length", col)
	for range 20 {
		from, count := int64(r.IntN(40)-20), int64(r.IntN(20)-3)
		part := callRows(t, "substr", col, data.ConstColumn(data.IntScalar(dtype.Of(dtype.Int64), from), 1000), data.ConstColumn(data.IntScalar(dtype.Of(dtype.Int64), count), 1000))
		for i, s := range texts {
			if want := naiveSubstr(s, from, count); part.Value(i).S != want {
				t.Fatalf("substr(%q, %d, %d) is %q, want %q", s, from, count, part.Value(i).S, want)
			}
		}
	}
	for i, s := range texts {
		if want := strings.Map(unicode.ToLower, s); lower.Value(i).S != want {
			t.Errorf("lower %q is %q", s, lower.Value(i).S)
		}
		if want := strings.ReplaceAll(strings.Map(unicode.ToUpper, s), "ß", "ẞ"); upper.Value(i).S != want {
			t.Errorf("upper %q is %q", s, upper.Value(i).S)
		}
		if want := utf8.RuneCountInString(s); length.Value(i).Int64() != int64(want) {
			t.Errorf("length %q is %s", s, length.Value(i))
		}
	}
}

// naiveSubstr picks characters by their positions on an unbounded line.
func naiveSubstr(s string, from, count int64) string {
	all := []rune(s)
	start, end := from-1, from-1+count
	if from < 0 {
		start, end = int64(len(all))+from, int64(len(all))+from+count
	} else if from == 0 && count < 0 {
		start, end = 0, count
	}
	if start > end {
		start, end = end, start
	}
	var b strings.Builder
	for i, c := range all {
		if int64(i) >= start && int64(i) < end {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func TestBitsAndDigitsAgreeWithPackageStrconv(t *testing.T) {
	r := newRand(t)
	v := make([]int64, 500)
	for i := range v {
		v[i] = int64(r.Uint64() >> r.IntN(64))
	}
	col := data.FlatColumn(dtype.Of(dtype.Int64), v, nil)
	hex, bin := callRows(t, "hex", col), callRows(t, "bin", col)
	for i, x := range v {
		if want := fmt.Sprintf("%X", uint64(x)); hex.Value(i).S != want {
			t.Errorf("hex %d is %s", x, hex.Value(i).S)
		}
		if want := fmt.Sprintf("%b", uint64(x)); bin.Value(i).S != want {
			t.Errorf("bin %d is %s", x, bin.Value(i).S)
		}
	}
}

func TestJSONIsValidWhenPackageJSONSaysSo(t *testing.T) {
	r := newRand(t)
	seeds := []string{`{"a": [1, -2.5e+3, {"b": "x\\u00e9\\n"}], "c": null}`, `[true, false, []]`, ` "text" `, `0.5`, `{}`, `[[[1]]]`, `"\\ud83d\\ude00"`}
	for range 20_000 {
		s := []byte(seeds[r.IntN(len(seeds))])
		for range r.IntN(3) {
			k := r.IntN(len(s))
			switch r.IntN(3) {
			case 0:
				s = append(s[:k:k], s[k+1:]...)
			case 1:
				s[k] = "{}[],:\"\\0123e.- tfnu"[r.IntN(20)]
			default:
				s = append(s[:k:k], append([]byte{"{}[],:\"0 "[r.IntN(9)]}, s[k:]...)...)
			}
			if len(s) == 0 {
				break
			}
		}
		if got, want := checkJSON(s) == nil, json.Valid(s); got != want {
			t.Fatalf("%q is valid: %t, package json says %t", s, got, want)
		} else if got {
			var want bytes.Buffer
			_ = json.Compact(&want, s)
			if min := string(appendMinified(nil, s)); min != want.String() {
				t.Fatalf("%q without white space is %q, want %q", s, min, want.String())
			}
		}
	}
}

// TestFrameFunctions evaluates functions that DuckDB does not have: call and result.
func TestFrameFunctions(t *testing.T) {
	for _, line := range []string{
		"str_slice('héllo', 1, 3) → éll", "str_slice('hello', -3, 2) → ll", "str_slice('hello', -10, 7) → he", "str_slice('hello', 9) → ",
		"str_slice('hello', 1) → ello", "strip_chars(' \t a \n') → a", "strip_chars('xyaxy', 'xy') → a", "strip_prefix('abc', 'ab') → c", "strip_suffix('abc', 'x') → abc",
		"str_extract('a12b', '([0-9])([0-9])', 2) → 2", "str_extract('ab', '([0-9])', 1) → NULL", "str_replace_regex('a1b2', '([0-9])', '<$1>', 1) → a<1>b2",
		"str_replace_regex('a1b2', '([0-9])', '<$1>', -1) → a<1>b<2>", "replace_n('aaa', 'a', 'b', 2) → bba", "str_find('abc', 'c') → 2", "str_find('abc', 'x') → NULL",
		"str_count('abab', 'ab') → 2", "floordiv_null(-7, 2) → -4", "floordiv_null(1, 0) → NULL", "mod_null(-7, 2) → 1", "mod_null(7, 0) → NULL", "mod_null(-7.5::double, 2::double) → 0.5",
		"add_wrap(127::tinyint, 1::tinyint) → -128", "sub_wrap(date '2020-01-02', date '2020-01-01') → 1 day", "sub_wrap(timestamp '2020-01-02 00:00:00', timestamp '2020-01-01 12:00:00') → 12:00:00",
		"abs_wrap(-128::tinyint) → -128", "neg_wrap(-128::tinyint) → -128", "list_get([1, 2, 3], 0) → 1", "list_get([1, 2, 3], -1) → 3", "list_get([1, 2, 3], 3) → NULL",
		"list_head([1, 2, 3], 2) → [1, 2]", "list_tail([1, 2, 3], 2) → [2, 3]", "list_gather([1, 2, 3], [2, -3]) → [3, 1]", "list_n_unique([1, 1, NULL]) → 2",
		"list_drop_nulls([1, NULL]) → [1]", "list_count_matches([1, 1, 2], 1) → 2", "dt_truncate(timestamp '2020-01-01 10:44:00', '1h15m') → 2020-01-01 09:30:00",
		"dt_truncate(date '2020-05-17', '1q') → 2020-04-01", "dt_truncate(date '2020-05-17', '2w') → 2020-05-11", "dt_round(timestamp '2020-01-01 12:00:00', '1d') → 2020-01-02 00:00:00",
		"dt_offset_by(date '2020-01-31', '1mo') → 2020-02-29", "dt_offset_by(date '2020-03-31', '-1mo1d') → 2020-02-28", "dt_date(timestamp '2020-01-31 23:00:00') → 2020-01-31",
		"dt_time(timestamp '2020-01-31 23:00:01') → 23:00:01", "dt_timestamp(timestamp '1970-01-01 00:00:01', 'ms') → 1000", "clip(5, 1, 3) → 3", "fill_null(NULL, 2) → 2",
		"fill_nan('nan'::double, 0::double) → 0.0", "from_epoch(1, 's') → 1970-01-01 00:00:01", "from_epoch(1, 'd') → 1970-01-02",
		"str_to_date('03/02/2020', '%d/%m/%Y') → 2020-02-03", "str_to_time('10:11:12.5', '%H:%M:%S%.f') → 10:11:12.5", "try_str_to_date('x', '%d/%m/%Y') → NULL",
		"dt_replace_time_zone(timestamp '2020-07-01 00:00:00', 'Europe/Berlin') → 2020-07-01 00:00:00+02",
		"dt_convert_time_zone(timestamp '2020-07-01 00:00:00', 'Europe/Berlin') → 2020-07-01 02:00:00+02", "dt_combine(date '2020-01-01', time '10:00:00') → 2020-01-01 10:00:00",
		"map_contains(map(['a'], [1]), 'a') → true", "map_contains(map(['a'], [1]), 'b') → false", "dt_cast_time_unit(timestamp '2020-01-01 00:00:00', 'ms') → 2020-01-01 00:00:00",
	} {
		text, want, _ := strings.Cut(line, " → ")
		for _, how := range []form{constants, flats} {
			r := reader{s: text}
			v, err := r.expr().eval(t, how)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				break
			}
			if got := show(v); got != want {
				t.Errorf("form %d: %s is %s, want %s", how, text, got, want)
			}
		}
	}
}
