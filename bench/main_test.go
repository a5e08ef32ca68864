package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSmallDataSetsAreMadeByName(t *testing.T) {
	dir := t.TempDir()
	err := command(t.Context(), strings.Fields("gen -dir "+dir+
		" -what logs,users.csv,endpoints.csv,clicks.jsonl,brands.csv,logs.ndjson -lines 1000 -users 20 -rows 50 -files 2 -gzip"))
	if err != nil {
		t.Fatal(err)
	}
	for name, lines := range map[string]int{"users.csv": 21, "endpoints.csv": 51, "clicks.jsonl": 50, "brands.csv": 51, "logs.ndjson": 1000} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if got := strings.Count(string(text), "\n"); err != nil || got != lines {
			t.Errorf("%s has %d lines, want %d (%v)", name, got, lines, err)
		}
	}
	parts, _ := filepath.Glob(filepath.Join(dir, "logs", "2026", "01", "part-*.ndjson.gz"))
	if len(parts) != 2 {
		t.Errorf("parts: %q", parts)
	}
}

func TestSettingsChooseWorkloadsAndEngines(t *testing.T) {
	scans := func(name string) bool { return name != "dau" }
	s, err := parseSettings(strings.Fields("scan -only csv-all,dau -engines chdb,siksik -rounds 1"), scans)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.workloads) != 1 || s.workloads[0].Name != "csv-all" || !s.optional {
		t.Fatalf("%+v", s)
	}
	var names []string
	for _, e := range s.suited("bench", binary{}, s.workloads[0]) {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "chdb siksik" {
		t.Errorf("engines: %s", got)
	}
}

func TestDefaultEnginesLeaveOutWhatTheWorkloadSkips(t *testing.T) {
	s, err := parseSettings([]string{"all"}, func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range s.workloads {
		var names []string
		for _, e := range s.suited("bench", binary{}, w) {
			names = append(names, e.Name())
		}
		want := "duckdb polars datafusion siksik"
		if w.Name == "dau" {
			want = "duckdb polars datafusion pandas siksik siksik-run"
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s, want %s", w.Name, got, want)
		}
	}
}

func TestWrongCommandLinesSayWhatThereIs(t *testing.T) {
	for args, want := range map[string]string{
		"":                     "usage",
		"bench":                "usage",
		"all -engines duckdv":  "duckdb",
		"scan -only dau":       "dau",
		"all -rounds 0":        "-rounds",
		"gen -what lines.json": "logs.ndjson",
	} {
		if err := command(t.Context(), strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gave %v, want it to name %q", args, err, want)
		}
	}
}
