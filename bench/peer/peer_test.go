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
	case "hold memory":
		held := make([]byte, 64<<20)
		for i := range held {
			held[i] = byte(i)
		}
		fmt.Printf("n\n%d\n", held[len(held)/3])
		fmt.Fprintln(os.Stderr, "time: 0.001 s, rows: 1")
		runtime.KeepAlive(held)
	case "no timing":
		fmt.Println("n\n1")
	case "fail":
		fmt.Fprintln(os.Stderr, "error: no column \"latncy\"")
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
	s, err := playing(t, "answer").Run(t.Context(), anyWorkload, "/data", 2)
	if err != nil {
		t.Fatal(err)
	}
	if s.Seconds != 0.75 || s.Wall <= 0 || s.Version != "test" {
		t.Errorf("times %v and %v, version %q", s.Seconds, s.Wall, s.Version)
	}
	want := [][]string{{"1", "sql --timing --format csv --threads 2 -c"}}
	if d := Difference(s.Result, want); d != "" {
		t.Error(d)
	}
}

func TestPeakMemoryIsThatOfTheChild(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("the peak is not known on windows and reported as 0")
	}
	s, err := playing(t, "hold memory").Run(t.Context(), anyWorkload, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if mb := s.PeakBytes >> 20; runtime.GOOS != "windows" && (mb < 64 || mb > 200) {
		t.Fatalf("peak of %d MB for a process that holds 64", mb)
	}
}

func TestAFailingEngineTellsItsLastWords(t *testing.T) {
	_, err := playing(t, "fail").Run(t.Context(), anyWorkload, "", 0)
	if err == nil || !strings.Contains(err.Error(), `no column "latncy"`) {
		t.Fatalf("got %v", err)
	}
	_, err = playing(t, "no timing").Run(t.Context(), anyWorkload, "", 0)
	if err == nil || !strings.Contains(err.Error(), "time:") {
		t.Fatalf("got %v", err)
	}
	_, err = Siksik{Binary: filepath.Join(t.TempDir(), "missing")}.Run(t.Context(), anyWorkload, "", 0)
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

func (s *scripted) Run(context.Context, Workload, string, int) (Sample, error) {
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

func TestResultsAreEqualWhenTheirValuesAre(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"x", "x", true}, {"x", "y", false}, {"", "", true}, {"", "0", false},
		{"1", "1.0", true}, {"901.00", "901.0", true}, {"667578566.2690101", "667578566.269", true}, {"1.5", "1.6", false},
		{"2026-01-02", "2026-01-02 00:00:00", true}, {"2026-01-02", "2026-01-02 00:00:01", false},
		{"18005322964949", "18005322964950", false}, // integers must be exact, whatever their size
	} {
		if got := Difference([][]string{{c.a}}, [][]string{{c.b}}) == ""; got != c.same {
			t.Errorf("%q and %q are the same: %t, want %t", c.a, c.b, got, c.same)
		}
	}
	if Difference([][]string{{"1"}}, [][]string{{"1"}, {"2"}}) == "" || Difference([][]string{{"1"}}, [][]string{{"1", "2"}}) == "" {
		t.Error("results of different shape are equal")
	}
}

func TestEveryWorkloadIsKnownToEveryPeer(t *testing.T) {
	for _, engine := range []string{"duckdb", "polars", "datafusion", "pandas", "chdb", "pyspark"} {
		script, err := os.ReadFile(filepath.Join("..", "peers", "run_"+engine+".py"))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range Workloads {
			if !bytes.Contains(script, []byte(`"`+w.Name+`": `)) {
				t.Errorf("run_%s.py lacks the workload %s", engine, w.Name)
			}
		}
	}
}

func TestEveryWorkloadReadsTheFilesThatItNames(t *testing.T) {
	for _, w := range Workloads {
		sql := w.SQL("/data")
		for _, f := range w.Files {
			if !strings.Contains(sql, "/data/"+f) {
				t.Errorf("%s does not read %s: %s", w.Name, f, sql)
			}
		}
	}
	if sql := parquetAllSQL("/d"); strings.Count(sql, "l_") != 16 {
		t.Errorf("not all 16 columns: %s", sql)
	}
}

func TestMeasureReportsTheTimeOfTheWholeProcess(t *testing.T) {
	m, err := measure(t.Context(), exec.CommandContext(t.Context(), "go", "version"))
	if err != nil || m.wall <= 0 || !bytes.HasPrefix(m.stdout, []byte("go version")) {
		t.Fatalf("%s in %s: %v", m.stdout, m.wall, err)
	}
}
