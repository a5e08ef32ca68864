package slt

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/internal/mem"
)

// TestMain gives the collector less to do: thousands of small engines live for a moment each.
func TestMain(m *testing.M) {
	mem.RaiseHeapFloor(8 << 30)
	os.Exit(m.Run())
}

// Our own files give their rows and messages with the optimiser on and off, for one and several workers.
func TestOwnFiles(t *testing.T) {
	files, err := Find([]string{"../../slt"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := DialectByName("siksik")
	if err != nil {
		t.Fatal(err)
	}
	for _, optimise := range []string{"true", "false"} {
		for _, threads := range []int{1, 3} {
			t.Run(fmt.Sprintf("optimizer=%s/threads=%d", optimise, threads), func(t *testing.T) {
				o := Options{Dialect: d, Threads: threads, Memory: 1 << 30, Limit: time.Minute, Settings: map[string]string{"optimizer": optimise}}
				reports, err := Run(context.Background(), files, runtime.GOMAXPROCS(0), o, nil)
				if err != nil {
					t.Fatal(err)
				}
				var b strings.Builder
				if err := WriteFailures(&b, reports); err != nil {
					t.Fatal(err)
				}
				if b.Len() > 0 {
					t.Error(b.String())
				}
			})
		}
	}
}

// corpora returns the folder of conformance corpora, or skips the test.
func corpora(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("SIKSIK_CONFORMANCE"), "../../../shared/conformance"} {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() {
			abs, err := filepath.Abs(dir)
			if err != nil {
				t.Fatal(err)
			}
			return abs
		}
	}
	t.Skip("skipped: no conformance corpora")
	return ""
}

// In the files of other projects at least as many records pass as before, and none crashes. make slt-update writes the lists again.
func TestCorporaPassAsBefore(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the corpora take minutes")
	}
	root := corpora(t)
	for _, name := range []string{"duckdb", "sqlite"} {
		t.Run(name, func(t *testing.T) {
			d, err := DialectByName(name)
			if err != nil {
				t.Fatal(err)
			}
			before, err := ReadRatchet(filepath.Join("../../slt/ratchet", name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			files, err := Find([]string{filepath.Join(root, name, "test")})
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(filepath.Join(root, name))
			reports, err := Run(context.Background(), files, runtime.GOMAXPROCS(0), Options{Dialect: d, Threads: 2, Memory: 2 << 30, Limit: 20 * time.Second}, nil)
			if err != nil {
				t.Fatal(err)
			}
			report(t, before, reports)
		})
	}
}

func report(t *testing.T, before Ratchet, reports []*FileReport) {
	s := Summarize(reports)
	var b strings.Builder
	s.WriteReasons(&b, 10)
	t.Logf("%s%s", b.String(), s)
	worse, better := before.Check(RatchetOf(reports))
	for _, w := range worse {
		t.Error(w)
	}
	if better > 0 {
		t.Logf("%d records more than before; write the list again with make slt-update", better)
	}
	if s.Failed[Crash] > 0 {
		t.Errorf("%d records crash", s.Failed[Crash])
	}
}
