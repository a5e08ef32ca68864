package testkit

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/internal/engine"
)

var rewrite = flag.Bool("rewrite", false, "write the actual outcomes into the files of testdata")

// Every file of SQL gives its outcomes with the optimiser on and off, for one and several workers.
func TestSQLFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/sql/*.slt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range paths {
		for _, optimise := range []string{"true", "false"} {
			for _, threads := range []int{1, 3} {
				name := fmt.Sprintf("%s/optimizer=%s/threads=%d", filepath.Base(path), optimise, threads)
				t.Run(name, func(t *testing.T) { runFile(t, path, optimise, threads) })
			}
		}
	}
}

func runFile(t *testing.T, path, optimise string, threads int) {
	records, err := ReadRecords(path)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Config{Threads: threads, Memory: 1 << 30})
	defer e.Close()
	if err := e.Set("optimizer", optimise); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	updated := string(text)
	for _, r := range records {
		got, err := r.Outcome(context.Background(), e)
		switch {
		case err != nil:
			t.Errorf("%s: %v\n%s", path, err, r.SQL)
		case got == r.Want:
		case *rewrite:
			old := r.SQL + "\n----\n" + r.Want
			updated = strings.Replace(updated, strings.TrimSuffix(old, "\n"), strings.TrimSuffix(r.SQL+"\n----\n"+got, "\n"), 1)
		default:
			t.Errorf("%s:%d:\n%s\ngot:\n%s\nwant:\n%s", path, r.Line, r.SQL, got, r.Want)
		}
	}
	if *rewrite {
		if err := os.WriteFile(path, []byte(updated), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
