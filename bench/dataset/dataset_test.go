package dataset

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileIsMadeOnceAndAgainWhenItsSizesChange(t *testing.T) {
	var log strings.Builder
	s := Set{Dir: t.TempDir(), Sizes: Sizes{Lines: 100, Users: 5, Seed: 1}, Log: &log}
	steps := []struct {
		change func()
		made   int
	}{
		{func() {}, 1},
		{func() {}, 1},
		{func() { s.Sizes.Lines = 200 }, 2},
		{func() { s.Sizes.SF = 7 }, 2}, // the log does not depend on it
		{func() { _ = os.Remove(filepath.Join(s.Dir, "logs.ndjson")) }, 3},
	}
	for i, step := range steps {
		step.change()
		if err := s.Make(t.Context(), []string{"logs.ndjson"}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(log.String(), "making logs.ndjson"); got != step.made {
			t.Fatalf("step %d: made %d times, want %d", i, got, step.made)
		}
	}
	text, err := os.ReadFile(filepath.Join(s.Dir, "logs.ndjson"))
	if err != nil || strings.Count(string(text), "\n") != 200 {
		t.Fatalf("%d lines: %v", strings.Count(string(text), "\n"), err)
	}
}

func TestAnUnknownFileIsRefusedWithTheKnownOnes(t *testing.T) {
	err := Set{Dir: t.TempDir(), Log: io.Discard}.Make(t.Context(), []string{"log.ndjson"})
	if err == nil || !strings.Contains(err.Error(), "logs.ndjson") {
		t.Fatalf("got %v", err)
	}
}

func TestAnInstalledEnvironmentIsNotInstalledAgain(t *testing.T) {
	dir := t.TempDir()
	pins := filepath.Join(dir, "requirements.txt")
	v := Venv{Dir: filepath.Join(dir, "venv"), Requirements: pins, Log: io.Discard}
	if err := os.MkdirAll(v.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pins, filepath.Join(v.Dir, "installed-requirements.txt")} {
		if err := os.WriteFile(path, []byte("duckdb==2.0.0\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// There is no interpreter in the directory, so any attempt to install would fail or create one.
	if err := v.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(v.Program("python")); !os.IsNotExist(err) {
		t.Fatalf("an interpreter appeared: %v", err)
	}
}
