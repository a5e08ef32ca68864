package peer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// The test binary plays siksik when this variable tells it how to behave.
const actVariable = "SIKSIK_BENCH_TEST_ACT"

func TestMain(m *testing.M) {
	if act := os.Getenv(actVariable); act != "" {
		os.Exit(play(act, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// play acts as the command siksik.
func play(act string, args []string) int {
	switch act {
	case "answer":
		fmt.Println("n,args")
		fmt.Printf("1,%q\n", strings.ReplaceAll(strings.Join(args[:len(args)-1], " "), `"`, ""))
		fmt.Fprintln(os.Stderr, "warning: something\ntime: 0.250 s, rows: 1\ntime: 0.500 s, rows: 1")
		fmt.Fprintln(os.Stderr, `stats: {"types":["int64","decimal(15,2)"],"gc_cpu_seconds":5,"busy_cpu_seconds":100,"gc_cycles":3,"allocated_bytes":1024}`)
	case "hold memory":
		held := make([]byte, 64<<20)
		for i := range held {
			held[i] = byte(i)
		}
		fmt.Printf("n\n%d\n", held[len(held)/3])
		fmt.Fprintln(os.Stderr, "time: 0.001 s, rows: 1\nstats: {}")
		runtime.KeepAlive(held)
	case "no timing":
		fmt.Println("n\n1")
	case "fail":
		fmt.Fprintln(os.Stderr, "error: no column \"latncy\"\n  did you mean \"latency\"?")
		return 1
	case "hang":
		<-time.After(time.Hour)
	}
	return 0
}

// playing returns an engine whose binary is this test.
func playing(t *testing.T, act string) Siksik {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(actVariable, act)
	return Siksik{Binary: self, Version: "test"}
}

var anyWorkload = Workload{Name: "any", SQL: func(string) string { return "SELECT 1" }}

func TestSiksikIsCalledThroughItsCommandLine(t *testing.T) {
	s, err := playing(t, "answer").Run(t.Context(), anyWorkload, Setting{Data: "/data", Threads: 2, Memory: "1GB"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Seconds != 0.75 || s.Wall <= 0 || s.Version != "test" {
		t.Errorf("times %v and %v, version %q", s.Seconds, s.Wall, s.Version)
	}
	want := Sample{Result: [][]string{{"1", "sql --timing --stats --format csv --threads 2 --memory 1GB -c"}}}
	if d := anyWorkload.Difference(s, want); d != "" {
		t.Error(d)
	}
	if s.GC != 0.05 || s.AllocBytes != 1024 || fmt.Sprint(s.Kinds) != "[int decimal]" {
		t.Errorf("garbage %v of %d bytes, kinds %v", s.GC, s.AllocBytes, s.Kinds)
	}
}

func TestPeakMemoryIsThatOfTheChild(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("the peak is not known on windows and reported as 0")
	}
	s, err := playing(t, "hold memory").Run(t.Context(), anyWorkload, Setting{})
	if err != nil {
		t.Fatal(err)
	}
	if mb := s.PeakBytes >> 20; runtime.GOOS != "windows" && (mb < 64 || mb > 200) {
		t.Fatalf("peak of %d MB for a process that holds 64", mb)
	}
}

func TestAFailingEngineTellsItsLastWords(t *testing.T) {
	_, err := playing(t, "fail").Run(t.Context(), anyWorkload, Setting{})
	if err == nil || !strings.Contains(err.Error(), `no column "latncy"`) {
		t.Fatalf("got %v", err)
	}
	_, err = playing(t, "no timing").Run(t.Context(), anyWorkload, Setting{})
	if err == nil || !strings.Contains(err.Error(), "time:") {
		t.Fatalf("got %v", err)
	}
	_, err = Siksik{Binary: filepath.Join(t.TempDir(), "missing")}.Run(t.Context(), anyWorkload, Setting{})
	if !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}

func TestAnEngineThatHangsIsStoppedAtTheTimeout(t *testing.T) {
	out, err := Bench(t.Context(), anyWorkload, []Engine{playing(t, "hang")},
		Options{Rounds: 3, Timeout: 200 * time.Millisecond, Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out[0].Failure, "stopped after") || len(out[0].All) != 0 {
		t.Fatalf("got %+v", out[0])
	}
}

// scripted is an engine that answers from a list.
type scripted struct {
	name    string
	seconds []float64
	result  string
	err     error
	calls   *[]string
}

func (s *scripted) Name() string { return s.name }

func (s *scripted) Run(context.Context, Workload, Setting) (Sample, error) {
	*s.calls = append(*s.calls, s.name)
	if s.err != nil {
		return Sample{}, s.err
	}
	v := s.seconds[0]
	s.seconds = s.seconds[1:]
	return Sample{Seconds: v, Wall: v + 1, PeakBytes: int64(v * 100), Result: [][]string{{s.result}}}, nil
}

func TestBenchInterleavesEnginesAndKeepsTheBestRound(t *testing.T) {
	var calls []string
	w := Workload{Name: "w", Slow: []string{"slow"}}
	out, err := Bench(t.Context(), w, []Engine{
		&scripted{name: "a", seconds: []float64{3, 1, 2}, result: "1.0", calls: &calls},
		&scripted{name: "slow", seconds: []float64{9}, result: "1", calls: &calls},
		&scripted{name: "broken", err: errors.New("out of memory"), calls: &calls},
		&scripted{name: "wrong", seconds: []float64{1, 1, 1}, result: "2", calls: &calls},
	}, Options{Rounds: 3, Timeout: time.Minute, Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(calls, " "); got != "a slow broken wrong a wrong a wrong" {
		t.Errorf("order of runs: %s", got)
	}
	a := out[0]
	if a.Best.Seconds != 1 || a.Best.Wall != 2 || a.Best.PeakBytes != 300 || fmt.Sprint(a.All) != "[3 1 2]" || a.Difference != "" {
		t.Errorf("a: %+v", a)
	}
	if out[1].Difference != "" || out[2].Failure != "out of memory" || !strings.Contains(out[3].Difference, "column 1") {
		t.Errorf("others: %+v", out[1:])
	}
}

func TestBenchEndsWhenItIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var calls []string
	_, err := Bench(ctx, anyWorkload, []Engine{&scripted{name: "a", err: errors.New("killed"), calls: &calls}},
		Options{Rounds: 3, Timeout: time.Minute, Log: io.Discard})
	if !errors.Is(err, context.Canceled) || len(calls) > 1 {
		t.Fatalf("%v after %d runs", err, len(calls))
	}
}

func TestValuesOfUnknownKindAreEqualWhenTheyLookSo(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"x", "x", true}, {"x", "y", false}, {"", "", true}, {"", "0", false}, {"true", "True", true}, {"nan", "NaN", true},
		{"1", "1.0", true}, {"901.00", "901.0", true}, {"667578566.2690101", "667578566.269", true}, {"1.5", "1.6", false},
		{"2026-01-02", "2026-01-02 00:00:00", true}, {"2026-01-02", "2026-01-02 00:00:01", false},
		{"18005322964949", "18005322964950", false}, // integers must be exact, whatever their size
	} {
		if got := sameValue(c.a, c.b, Unknown, Unknown); got != c.same {
			t.Errorf("%q and %q are the same: %t, want %t", c.a, c.b, got, c.same)
		}
	}
}

func TestDecimalsAreExactAndFloatsHaveNineDigits(t *testing.T) {
	for _, c := range []struct {
		a, b         string
		kindA, kindB Kind
		same         bool
	}{
		{"53758257134.8700", "53758257134.8700", Decimal, Decimal, true},
		{"53758257134.8700", "53758257134.8701", Decimal, Decimal, false}, // ten digits agree, which is not enough
		{"53758257134.8700", "53758257134.87", Decimal, Decimal, true},
		{"25.522006", "25.522005853257337", Decimal, Float, true}, // the decimal has no more digits
		{"25.522016", "25.522005853257337", Decimal, Float, false},
		{"0.15", "0.1", Decimal, Float, false},
		{"123456789.123", "123456789.1231", Float, Float, true},
		{"1.00000001", "1.00000002", Float, Float, false},
		{"6202", "6202", Decimal, Integer, true}, {"6202", "6203", Decimal, Integer, false},
		{"1e-17", "0", Float, Float, true},
		{"12", "12.0", Text, Text, false},
	} {
		if got := sameValue(c.a, c.b, c.kindA, c.kindB); got != c.same {
			t.Errorf("%s %q and %s %q are the same: %t, want %t", c.kindA, c.a, c.kindB, c.b, got, c.same)
		}
	}
}

func TestOrderCountsAsFarAsTheQueryDemandsIt(t *testing.T) {
	rows := func(lines ...string) Sample {
		s := Sample{Kinds: []Kind{Text, Integer, Float}}
		for _, l := range lines {
			s.Result = append(s.Result, strings.Fields(l))
		}
		return s
	}
	a, b := rows("x 9 0.30000000000000004", "y 10 0.5", "z 10 0.1"), rows("x 9 0.3", "z 10 0.1", "y 10 0.5")
	for _, c := range []struct {
		w    Workload
		same bool
	}{
		{Workload{}, false}, {Workload{Unordered: true}, true},
		{Workload{Unordered: true, Keys: []int{1}}, true}, {Workload{Unordered: true, Keys: []int{0}}, false},
	} {
		if got := c.w.Difference(a, b) == ""; got != c.same {
			t.Errorf("%+v: same is %t, want %t", c.w, got, c.same)
		}
	}
	if d := (Workload{Unordered: true}).Difference(a, rows("x 9 0.3", "z 10 0.1", "y 11 0.5")); d == "" {
		t.Error("another value is not noticed")
	}
	if d := (Workload{CountOnly: true}).Difference(a, rows("u 1 1", "v 2 2", "w 3 3")); d != "" {
		t.Error(d)
	}
	w := Workload{}
	if w.Difference(a, rows("x 9 0.3")) == "" || w.Difference(rows("x 9"), rows("x 9 0.3")) == "" {
		t.Error("results of different shape are equal")
	}
}

func TestEveryScanIsKnownToEveryPeer(t *testing.T) {
	for _, engine := range []string{"duckdb", "polars", "datafusion", "pandas", "chdb", "pyspark"} {
		script, err := os.ReadFile(filepath.Join("..", "peers", "run_"+engine+".py"))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range append(Scans, DAU) {
			if !bytes.Contains(script, []byte(`"`+w.Name+`": `)) {
				t.Errorf("run_%s.py lacks the workload %s", engine, w.Name)
			}
		}
		if sql := bytes.Contains(script, []byte("def statements(request)")); sql == (engine == "pandas") {
			t.Errorf("run_%s.py runs statements: %t", engine, sql)
		}
	}
}

func TestEveryWorkloadReadsTheFilesThatItNames(t *testing.T) {
	for _, w := range slices.Concat(Scans, []Workload{DAU}, H2O, Clicks, Sort) {
		sql := w.siksikSQL("/data")
		for _, f := range w.Files {
			if !strings.Contains(sql, "/data/"+f) {
				t.Errorf("%s does not read %s: %s", w.Name, f, sql)
			}
		}
		if len(w.Files) == 0 || w.Title == "" {
			t.Errorf("%s reads nothing or has no title", w.Name)
		}
	}
	if sql := parquetAllSQL("/d"); strings.Count(sql, "l_") != 16 {
		t.Errorf("not all 16 columns: %s", sql)
	}
}

func TestTheQueryFilesHoldWhatTheirSuitesPromise(t *testing.T) {
	if len(H2O) != 15 || len(Clicks) != 43 || len(Sort) != 4 {
		t.Fatalf("%d, %d and %d queries", len(H2O), len(Clicks), len(Sort))
	}
	byName := map[string]Workload{}
	for _, w := range slices.Concat(H2O, Clicks, Sort) {
		if len(w.Statements) != 1 {
			t.Errorf("%s has %d statements", w.Name, len(w.Statements))
		}
		byName[w.Name] = w
	}
	if len(byName) != 15+43+4 {
		t.Error("two queries have the same name")
	}
	if w := byName["j5"]; fmt.Sprint(w.Files) != "[h2o-x.parquet h2o-big.parquet]" || !w.Unordered {
		t.Errorf("j5: %+v", w)
	}
	if !byName["c18"].CountOnly || !byName["c20"].Unordered || byName["c19"].Unordered {
		t.Error("the words in parentheses are not read")
	}
	if byName["one-key"].Memory != "" || byName["one-key-1GB"].Memory != "1GB" || !byName["one-key"].Discard {
		t.Error("sorts")
	}
}

func TestTPCHQueriesAreReadAsWrittenWithTheirTables(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tpch", "queries")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 22 {
		text := "select n_name from\n  nation,\n  region r where n_name = 'x';"
		if i == 14 {
			text = "create view v (a) as select 1 from supplier;\nselect * from lineitem l2 join v on true;\ndrop view v;"
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("q%d.sql", i+1)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found, err := FindTPCH(filepath.Join(dir, "..", ".."), "")
	if err != nil {
		t.Fatal(err)
	}
	list, err := TPCH(found, 10)
	if err != nil || len(list) != 22 {
		t.Fatalf("%d queries: %v", len(list), err)
	}
	if fmt.Sprint(list[0].Files) != "[tpch-sf10/nation.parquet tpch-sf10/region.parquet]" || list[0].Name != "q1" {
		t.Errorf("q1: %+v", list[0])
	}
	want := "CREATE VIEW lineitem AS FROM '/d/tpch-sf10/lineitem.parquet';\nCREATE VIEW supplier AS FROM '/d/tpch-sf10/supplier.parquet';\n" +
		"create view v (a) as select 1 from supplier;\nselect * from lineitem l2 join v on true;\ndrop view v;\n"
	if got := list[14].siksikSQL("/d"); got != want {
		t.Errorf("q15 is\n%s\nwant\n%s", got, want)
	}
	if _, err := FindTPCH(t.TempDir(), ""); err == nil || !strings.Contains(err.Error(), "SIKSIK_CONFORMANCE") {
		t.Errorf("got %v", err)
	}
}

func TestMemoryIsWrittenAsASize(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "1GB": 1e9, "256MB": 256e6, "1GiB": 1 << 30, "1.5gb": 15e8, "77": 77} {
		if got, err := parseBytes(text); err != nil || got != want {
			t.Errorf("%q is %d, want %d: %v", text, got, want, err)
		}
	}
	for _, text := range []string{"GB", "1XB", "-1GB", "one"} {
		if _, err := parseBytes(text); err == nil {
			t.Errorf("%q is a size", text)
		}
	}
	r, err := newRequest(Workload{Memory: "1GB", Tables: []Table{{"x", "x.parquet"}}}, Setting{Data: "/d", Memory: "2GB"})
	if err != nil || r.Memory != 1e9 || r.Tables["x"] != "/d/x.parquet" {
		t.Errorf("%+v: %v", r, err)
	}
}

func TestMeasureReportsTheTimeOfTheWholeProcess(t *testing.T) {
	m, err := measure(t.Context(), exec.CommandContext(t.Context(), "go", "version"))
	if err != nil || m.wall <= 0 || !bytes.HasPrefix(m.stdout, []byte("go version")) {
		t.Fatalf("%s in %s: %v", m.stdout, m.wall, err)
	}
}
