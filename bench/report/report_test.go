package report

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/bench/peer"
)

func outcome(engine string, seconds float64) peer.Outcome {
	return peer.Outcome{
		Engine: engine, All: []float64{seconds},
		Best: peer.Sample{Version: "1", Seconds: seconds, Wall: seconds + 1, PeakBytes: 5e6, Result: [][]string{{"1"}}},
	}
}

func sample() Table {
	wrong, broken := outcome("pandas", 0.1), outcome("datafusion", 0.2)
	wrong.Difference, broken.Failure = "row 1", "out of memory"
	return NewTable(peer.Workload{Name: "w", Title: "a workload"}, 12e6,
		[]peer.Outcome{outcome("duckdb", 2), outcome("polars", 1), wrong, broken, outcome("siksik", 0.5)})
}

func TestRatiosCompareWithSoundPeersOnly(t *testing.T) {
	lines := map[string]Line{}
	for _, l := range sample().Lines {
		lines[l.Engine] = l
	}
	if s := lines["siksik"]; s.VsDuckDB != 0.25 || s.VsBest != 0.5 {
		t.Errorf("siksik: %+v", s)
	}
	if p := lines["polars"]; p.VsBest != 1 {
		t.Errorf("polars: %+v", p)
	}
	if d := lines["datafusion"]; d.Seconds != 0 || d.VsDuckDB != 0 || d.Failure == "" {
		t.Errorf("a failed engine has figures: %+v", d)
	}
}

func TestTheTableShowsFailuresAndDifferences(t *testing.T) {
	var b strings.Builder
	if err := sample().Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"w: a workload (12 MB)", "0.25×", "FAILED", "DIFFERS", "datafusion failed: out of memory", "pandas differs: row 1"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if sample().Sound() {
		t.Error("a table with a failure is sound")
	}
	ok := NewTable(peer.Workload{}, 0, []peer.Outcome{outcome("polars", 1)})
	if !ok.Sound() || ok.Lines[0].VsDuckDB != 0 {
		t.Errorf("without DuckDB: %+v", ok)
	}
}

func TestResultsAreWrittenAsJSON(t *testing.T) {
	r := Run{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), CPUs: 2, Workloads: []Table{sample()}}
	path, err := r.Write(t.TempDir() + "/results")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back Run
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Workloads) != 1 || len(back.Workloads[0].Lines) != 5 || back.Workloads[0].Lines[4].VsDuckDB != 0.25 {
		t.Fatalf("read back %+v", back)
	}
}
