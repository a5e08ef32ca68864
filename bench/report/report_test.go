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
	return NewTable("scan", peer.Workload{Name: "w", Title: "a workload"}, 12e6,
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
	r := Run{Workloads: []Table{sample()}}
	if err := r.Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"w: a workload (12 MB)", "0.25×", "FAILED", "DIFFERS", "datafusion failed: out of memory", "pandas differs: row 1"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if r.Sound() {
		t.Error("a run with a failure is sound")
	}
	ok := NewTable("scan", peer.Workload{}, 0, []peer.Outcome{outcome("polars", 1)})
	if !(Run{Workloads: []Table{ok}}).Sound() || ok.Lines[0].VsDuckDB != 0 {
		t.Errorf("without DuckDB: %+v", ok)
	}
}

// many is a suite of nine workloads: siksik fails one, and takes a half of DuckDB's and of Polars' time in the others.
func many() Run {
	r := Run{Command: "tpch", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), System: "linux/amd64", CPUs: 2, Rounds: 3, Memory: "1GB"}
	for i := range 9 {
		us := outcome("siksik", 1)
		us.Best.GC, us.Best.AllocBytes, us.Best.CPU = 0.031, 1, 1.75
		if i == 4 {
			us = peer.Outcome{Engine: "siksik", Failure: "error: <no> such thing"}
		}
		w := peer.Workload{Suite: "tpch", Name: "q" + string(rune('1'+i))}
		r.Workloads = append(r.Workloads, NewTable("tpch", w, 0, []peer.Outcome{outcome("duckdb", 2), outcome("polars", 4), us}))
	}
	return r
}

func TestASuiteOfManyWorkloadsIsOneTableWithTotals(t *testing.T) {
	var b strings.Builder
	if err := many().Print(&b); err != nil {
		t.Fatal(err)
	}
	var total, mean, failed string
	for line := range strings.Lines(b.String()) {
		switch f := strings.Fields(line); {
		case len(f) > 0 && f[0] == "total":
			total = strings.Join(f, " ")
		case len(f) > 1 && f[0] == "geo.":
			mean = strings.Join(f, " ")
		case len(f) > 0 && f[0] == "q5":
			failed = strings.Join(f, " ")
		}
	}
	// Ratios are over the eight workloads that both answer; the 5 MB and the collector's share are the largest.
	if want := "total 18.000 36.000 8.000 (8 of 9) 0.50× 0.50× 5 5 5 0.00 0.00 14.00 3.1 %"; total != want {
		t.Errorf("totals are\n%s\nwant\n%s", total, want)
	}
	if mean != "geo. mean 0.50× 0.50×" || !strings.Contains(failed, "FAILED") {
		t.Errorf("%s\n%s", mean, failed)
	}
	if !strings.Contains(b.String(), "q5: siksik failed: error: <no> such thing") {
		t.Errorf("the failure is not explained:\n%s", b.String())
	}
}

func TestScalingIsTheQuotientOfFewAndManyWorkers(t *testing.T) {
	s := Suite{Name: "scaling"}
	for range 8 {
		s.Tables = append(s.Tables, NewTable("scaling", peer.Workload{Name: "q"}, 0, []peer.Outcome{outcome("siksik-1", 3), outcome("siksik-2", 1.5)}))
	}
	rows := s.matrix()
	if head := strings.Join(rows[0], "|"); !strings.Contains(head, "|siksik-1 / siksik-2|") || strings.Contains(head, "DuckDB") {
		t.Error(head)
	}
	if sum := strings.Join(rows[9], "|"); !strings.HasPrefix(sum, "total|24.000|12.000|2.00×|") {
		t.Error(sum)
	}
	for i, r := range rows {
		if len(r) != len(rows[0]) {
			t.Errorf("row %d has %d cells, the header %d", i, len(r), len(rows[0]))
		}
	}
}

func TestThePageStandsAloneAndEscapesWhatEnginesSay(t *testing.T) {
	page, err := many().page()
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for _, want := range []string{"prefers-color-scheme: dark", "<svg", "q9 · duckdb: 2.000 s", "memory limit 1GB", "error: &lt;no&gt; such thing", "0.50×", "8.000 (8 of 9)"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	for _, never := range []string{"http://", "https://", "<script", "NaN", "Inf", "%!"} {
		if strings.Contains(text, never) {
			t.Errorf("%q on the page", never)
		}
	}
	if n := strings.Count(text, "<rect"); n < 9*3*3 {
		t.Errorf("%d bars", n)
	}
	if _, err := (Run{Command: "x", Workloads: []Table{{Suite: "s"}}}).page(); err != nil {
		t.Errorf("a run without outcomes: %v", err)
	}
}

func TestResultsAreWrittenAsJSONAndAsAPage(t *testing.T) {
	r := Run{Command: "scan", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), CPUs: 2, Workloads: []Table{sample()}}
	paths, err := r.Write(t.TempDir() + "/results")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 2 || !strings.HasSuffix(paths[1], "20260102T030405.000Z-scan.html") {
		t.Fatalf("wrote %q", paths)
	}
	text, err := os.ReadFile(paths[0])
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
