package fn

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/sig"
)

func init() { All() }

// hotCall is a prepared call on a batch of random rows.
type hotCall struct {
	name string
	call func() error
}

// hotCalls are the functions that queries spend their time in.
func hotCalls(t testing.TB) []hotCall {
	r := rand.New(rand.NewPCG(1, 2))
	n := data.BatchRows
	micros, days, floats := make([]int64, n), make([]int32, n), make([]float64, n)
	short, long, iso, path, js := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i := range n {
		micros[i] = 1_767_225_600_000_000 + int64(i)*60_000_000_000 + r.Int64N(1_000_000)
		days[i] = int32(18000 + r.IntN(2000))
		floats[i] = r.NormFloat64()
		short[i] = fmt.Sprintf("Key%07d", r.IntN(1e6))
		long[i] = fmt.Sprintf("Carefully final deposits %d sleep furiously special requests %d", r.IntN(1e6), r.IntN(100))
		iso[i] = time.UnixMicro(micros[i]).UTC().Format("2006-01-02 15:04:05.000")
		path[i] = fmt.Sprintf("/api/v1/users/%d/items", r.IntN(1e5))
		js[i] = fmt.Sprintf(`{"id": %d, "user": {"name": "n%d", "tags": ["a", "b"]}, "ok": true}`, i, r.IntN(1000))
	}
	ts, dates := data.FlatColumn(dtype.TimestampOf(dtype.Micro, ""), micros, nil), data.FlatColumn(dtype.Of(dtype.Date), days, nil)
	tz := data.FlatColumn(dtype.TimestampOf(dtype.Micro, "Europe/Berlin"), micros, nil)
	f := data.FlatColumn(dtype.Of(dtype.Float64), floats, nil)
	k := func(s string) *data.Column { return constStr(s, n) }
	i64 := func(v int64) *data.Column { return data.ConstColumn(data.IntScalar(dtype.Of(dtype.Int64), v), n) }
	i32 := func(v int64) *data.Column { return data.ConstColumn(data.IntScalar(dtype.Of(dtype.Int32), v), n) }
	var out []hotCall
	add := func(label, name string, cols ...*data.Column) { out = append(out, prepared(t, label, name, cols)) }
	add("date_trunc day", "date_trunc", k("day"), ts)
	add("date_trunc month", "date_trunc", k("month"), ts)
	add("date_trunc month of dates", "date_trunc", k("month"), dates)
	add("date_trunc day in a zone", "date_trunc", k("day"), tz)
	add("year", "year", ts)
	add("year of dates", "year", dates)
	add("hour", "hour", ts)
	add("dt_truncate 1h15m", "dt_truncate", ts, k("1h15m"))
	add("strptime", "strptime", textCol(iso), k("%Y-%m-%d %H:%M:%S.%f"))
	add("strftime", "strftime", ts, k("%Y-%m-%d %H:%M:%S"))
	add("lower short", "lower", textCol(short))
	add("lower long", "lower", textCol(long))
	add("length short", "length", textCol(short))
	add("length long", "length", textCol(long))
	add("contains", "contains", textCol(long), k("special"))
	add("like prefix", "like", textCol(long), k("Careful%"))
	add("like a%b%c", "like", textCol(long), k("%special%requests%"))
	add("ilike", "ilike", textCol(long), k("%FINAL%"))
	add("substr", "substr", textCol(long), i64(1), i64(5))
	add("concat_op", "concat_op", textCol(short), textCol(long))
	add("replace", "replace", textCol(long), k("final"), k("last"))
	add("split_part", "split_part", textCol(path), k("/"), i64(3))
	add("regexp_extract", "regexp_extract", textCol(path), k("/users/([0-9]+)"), i32(1))
	add("regexp_matches with literal", "regexp_matches", textCol(long), k("special.*7$"))
	add("json_extract_string", "json_extract_string", textCol(js), k("$.user.name"))
	add("coalesce", "coalesce", f, data.ConstColumn(data.FloatScalar(0), n))
	add("add", "add", f, f)
	add("greatest", "greatest", f, data.ConstColumn(data.FloatScalar(0), n))
	add("round 2", "round", f, i32(2))
	add("sqrt", "sqrt", f)
	return out
}

// prepared resolves and prepares a call.
func prepared(t testing.TB, label, name string, cols []*data.Column) hotCall {
	args, consts := make([]sig.Arg, len(cols)), make([]*data.Column, len(cols))
	for i, c := range cols {
		args[i].Type = c.Type
		if c.Form == data.Const {
			v := c.Value(0)
			args[i].Lit = &v
			consts[i] = data.ConstColumn(v, 1)
		}
	}
	res, err := sig.ResolveLit(name, args, sig.ScalarKind)
	if err != nil {
		t.Fatal(err)
	}
	maker, _ := Get(res.Fn.ID)
	impl, err := maker(consts, res.Ret)
	if err != nil {
		t.Fatal(err)
	}
	c := &Ctx{Scratch: &compute.Scratch{}, Ret: res.Ret, Settings: &Settings{}}
	return hotCall{label, func() error {
		c.Scratch.Reset()
		_, err := impl(c, cols, cols[0].Len)
		return err
	}}
}

func BenchmarkFunctions(b *testing.B) {
	for _, h := range hotCalls(b) {
		b.Run(h.name, func(b *testing.B) {
			b.ReportAllocs()
			if err := h.call(); err != nil { // what the scratch keeps from batch to batch is not counted
				b.Fatal(err)
			}
			for b.Loop() {
				if err := h.call(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/data.BatchRows, "ns/row")
		})
	}
}

// TestHotFunctionsAllocateFewTimesABatch allows a handful of closures for a batch of 2048 rows, and nothing for each row. Regular expressions
// are excepted: package regexp allocates the places of a match.
func TestHotFunctionsAllocateFewTimesABatch(t *testing.T) {
	for _, h := range hotCalls(t) {
		if err := h.call(); err != nil {
			t.Fatal(err)
		}
		got := testing.AllocsPerRun(5, func() { _ = h.call() })
		if most := 8.0; got > most && h.name != "regexp_extract" {
			t.Errorf("%s: %v allocations a batch", h.name, got)
		}
	}
}
