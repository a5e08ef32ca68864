package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siksik-data/siksik/bench/peer"
	"github.com/siksik-data/siksik/bench/report"
)

// The test binary plays the bench command, which calls itself to make data, when this variable is set.
const actVariable = "SIKSIK_BENCH_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(actVariable) == "" {
		code := m.Run()
		_ = os.RemoveAll(builtOnce.dir)
		os.Exit(code)
	}
	if err := command(context.Background(), os.Args[1:]); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
}

// tiny are sizes at which every suite runs in seconds.
const tiny = " -lines 2000 -users 200 -sf 0.01 -h2o-rows 20000 -hits 60000 -sort-rows 50000 -rounds 1 -threads 2"

// builtOnce is the program that all tests of this package share.
var builtOnce struct {
	sync.Once
	dir, path string
	err       error
}

// buildSiksik returns the path of the program.
func buildSiksik(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: building takes long")
	}
	b := &builtOnce
	b.Do(func() {
		var home string
		if home, b.err = benchDir(); b.err != nil {
			return
		}
		if b.dir, b.err = os.MkdirTemp("", "siksik-bench-test-"); b.err != nil {
			return
		}
		b.path = filepath.Join(b.dir, "siksik")
		cmd := exec.Command("go", "build", "-trimpath", "-o", b.path, ".")
		cmd.Dir = filepath.Join(filepath.Dir(home), "cmd", "siksik")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.err = fmt.Errorf("building siksik: %w\n%s", err, out)
		}
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.path
}

// runSuite runs a command at tiny sizes and returns what it wrote.
func runSuite(t *testing.T, args string) report.Run {
	t.Helper()
	t.Setenv(actVariable, "1")
	results := t.TempDir()
	if err := command(t.Context(), strings.Fields(args+tiny+" -results "+results)); err != nil {
		t.Fatalf("%s: %v", args, err)
	}
	pages, _ := filepath.Glob(filepath.Join(results, "*.html"))
	figures, _ := filepath.Glob(filepath.Join(results, "*.json"))
	if len(pages) != 1 || len(figures) != 1 {
		t.Fatalf("wrote %q and %q", pages, figures)
	}
	text, err := os.ReadFile(figures[0])
	if err != nil {
		t.Fatal(err)
	}
	var run report.Run
	if err := json.Unmarshal(text, &run); err != nil {
		t.Fatal(err)
	}
	return run
}

// venvReady tells whether the peers are installed; the tests never install them.
func venvReady() bool {
	home, err := benchDir()
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(home, "venv", "installed-requirements.txt"))
	return err == nil
}

func TestEverySuiteRunsOnSiksikAlone(t *testing.T) {
	binary, data := buildSiksik(t), t.TempDir()
	for suite, want := range map[string]int{"h2o": len(peer.H2O), "clicks": len(peer.Clicks), "sort": len(peer.Sort)} {
		run := runSuite(t, suite+" -peerless -siksik "+binary+" -data "+data)
		if len(run.Workloads) != want {
			t.Errorf("%s: %d workloads, want %d", suite, len(run.Workloads), want)
		}
		for _, w := range run.Workloads {
			l := w.Lines[0]
			if l.Failure != "" {
				t.Errorf("%s %s: %s", suite, w.Name, l.Failure)
			} else if w.Bytes == 0 || l.Seconds < 0 || l.PeakBytes == 0 || l.AllocBytes == 0 {
				t.Errorf("%s %s: %+v", suite, w.Name, l)
			}
		}
	}
}

func TestPeersAgreeWithSiksikOnTinyData(t *testing.T) {
	if !venvReady() {
		t.Skip("skipped: the peers are not installed; bench scan installs them")
	}
	binary, data := buildSiksik(t), t.TempDir()
	for _, args := range []string{
		"scan -only ndjson-one", "h2o -only g8,j3", "clicks -only c29", "sort -only two-keys-1GB",
	} {
		for _, w := range runSuite(t, args+" -siksik "+binary+" -data "+data).Workloads {
			if len(w.Lines) != 4 {
				t.Errorf("%s: %d engines", w.Name, len(w.Lines))
			}
			for _, l := range w.Lines {
				if l.Failure != "" || l.Difference != "" {
					t.Errorf("%s: %s: %s%s", w.Name, l.Engine, l.Failure, l.Difference)
				}
			}
		}
	}
}

func TestTPCHRunsAsWrittenOnAllEngines(t *testing.T) {
	home, err := benchDir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := peer.FindTPCH(os.Getenv("SIKSIK_CONFORMANCE"), home); err != nil || !venvReady() {
		t.Skip("skipped: no conformance corpora, or the peers with the data generator are not installed")
	}
	run := runSuite(t, "tpch -memory 1GB -only q1,q15 -siksik "+buildSiksik(t)+" -data "+t.TempDir())
	if !run.Sound() || len(run.Workloads) != 2 || run.Memory != "1GB" {
		t.Errorf("%+v", run)
	}
}

func TestKernelsKeepBytesPerMillionRowsAndCompareRuns(t *testing.T) {
	const output = `goos: linux
pkg: example.com/x/internal/kern
BenchmarkAdd/int64-2     100    2048 ns/op    1.000 ns/row    4096 B/op    2 allocs/op
BenchmarkAdd/int64-2     100    4096 ns/op    2.000 ns/row    4096 B/op    2 allocs/op
BenchmarkAdd/int64-2     100    9000 ns/op    4.400 ns/row    4096 B/op    2 allocs/op
BenchmarkOther-2         100    50 ns/op    0 B/op    0 allocs/op
PASS
`
	dir := t.TempDir()
	var first, second, third strings.Builder
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now, slower := withRates(output), withRates(strings.ReplaceAll(output, " 4096 ns/op", " 8192 ns/op"))
	if files, err := keepKernels(dir, []string{now}, start, &first); err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if files, err := keepKernels(dir, []string{slower}, start.Add(time.Hour), &second); err != nil || len(files) != 2 || !slices.IsSorted(files) {
		t.Fatal(files, err)
	}
	if files, err := keepKernels(dir, []string{slower, slower}, start.Add(2*time.Hour), &third); err != nil || !strings.HasSuffix(files[0], "-base.txt") {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "20260101T000000.000Z-kernels.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []kernel
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Name != "kern.Add/int64-2" || list[0].Nanos != 4096 || *list[0].BytesPerMRows != 2e6 || list[1].BytesPerMRows != nil {
		t.Errorf("%+v", list)
	}
	if strings.Contains(first.String(), "+100 %") || !strings.Contains(second.String(), "+100 %") || !strings.Contains(third.String(), "+0 %") {
		t.Errorf("first\n%s\nsecond\n%s\nthird\n%s", first.String(), second.String(), third.String())
	}
}
