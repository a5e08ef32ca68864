package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/bench/peer"
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

func names(engines []peer.Engine) string {
	var out []string
	for _, e := range engines {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestSettingsChooseWorkloadsAndEngines(t *testing.T) {
	s, err := parseSettings(strings.Fields("scan -only csv-all,dau -engines chdb,siksik -rounds 1"))
	if err != nil {
		t.Fatal(err)
	}
	scan := suitesOf("scan")[0]
	list, err := scan.chosen(s, "")
	if err != nil || len(list) != 1 || list[0].Name != "csv-all" || !s.optional {
		t.Fatalf("%+v: %v", list, err)
	}
	if got := names(s.suited("bench", binary{}, scan)); got != "chdb siksik" {
		t.Errorf("engines: %s", got)
	}
}

func TestEverySuiteHasItsEngines(t *testing.T) {
	usual := "duckdb polars datafusion siksik"
	for _, c := range []struct{ args, suite, want string }{
		{"all", "tpch", usual}, {"all", "clicks", usual}, {"dau", "dau", "duckdb polars datafusion pandas siksik siksik-run"},
		{"scaling", "scaling", "siksik-1 siksik-2"}, {"h2o -optional", "h2o", "duckdb polars datafusion chdb pyspark siksik"},
		{"sort -peerless", "sort", "siksik"}, {"dau -peerless", "dau", "siksik siksik-run"},
	} {
		s, err := parseSettings(strings.Fields(c.args))
		if err != nil {
			t.Fatal(err)
		}
		if got := names(s.suited("bench", binary{}, suitesOf(c.suite)[0])); got != c.want {
			t.Errorf("%s: %s, want %s", c.args, got, c.want)
		}
	}
	if n := len(suitesOf("all")); n != len(suites)-1 {
		t.Errorf("all runs %d suites", n)
	}
}

func TestWrongCommandLinesSayWhatThereIs(t *testing.T) {
	for args, want := range map[string]string{
		"":                         "usage",
		"bench":                    "usage",
		"all -engines duckdv":      "duckdb",
		"scan -only dau":           "dau",
		"all -rounds 0":            "-rounds",
		"gen -what lines.json":     "logs.ndjson",
		"gen -what tpch/x.parquet": "logs.ndjson",
	} {
		if err := command(t.Context(), strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gave %v, want it to name %q", args, err, want)
		}
	}
}
