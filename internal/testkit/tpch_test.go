package testkit

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/slt"
)

var tpchTables = []string{"region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"}

// conformance returns a folder of the conformance corpora, or skips the test.
func conformance(t *testing.T, folder string) string {
	for _, dir := range []string{os.Getenv("SIKSIK_CONFORMANCE"), filepath.Join("..", "..", "..", "shared", "conformance")} {
		if path := filepath.Join(dir, folder); dir != "" && isDir(path) {
			return path
		}
	}
	t.Skip("skipped: no conformance corpora; SIKSIK_CONFORMANCE names their folder")
	return ""
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// tpchData returns a folder with the TPC-H tables at scale 0.1 as Parquet: that in SIKSIK_TPCH, or one that tpchgen-cli makes now.
func tpchData(t *testing.T) string {
	if dir := os.Getenv("SIKSIK_TPCH"); dir != "" {
		return dir
	}
	generator, err := exec.LookPath(filepath.Join("..", "..", "bench", "venv", "bin", "tpchgen-cli"))
	if err != nil {
		generator, err = exec.LookPath("tpchgen-cli")
	}
	if err != nil {
		t.Skip("skipped: no TPC-H data; SIKSIK_TPCH names a folder with scale 0.1 as Parquet, and with tpchgen-cli installed the test makes it")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), generator, "parquet", "-s", "0.1", "-o", dir).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", generator, err, out)
	}
	return dir
}

// The 22 queries of TPC-H give the published answers at scale 0.1, as they are written and in the form in which the answers have them.
func TestTPCHAnswersAtATenthOfScaleOne(t *testing.T) {
	corpus, dir := conformance(t, "tpch"), tpchData(t)
	for _, threads := range []int{1, 3} {
		e := engine.New(engine.Config{Threads: threads, Memory: 1 << 30})
		for _, table := range tpchTables {
			view := fmt.Sprintf("CREATE VIEW %s AS FROM '%s'", table, filepath.Join(dir, table+".parquet"))
			if _, err := slt.Text(t.Context(), e, view); err != nil {
				t.Fatal(err)
			}
		}
		for q := 1; q <= 22; q++ {
			t.Run(fmt.Sprintf("q%d/threads=%d", q, threads), func(t *testing.T) {
				query, want := tpchAnswer(t, filepath.Join(corpus, "answers-sf0.1", fmt.Sprintf("q%d.slt.part", q)))
				compareTPCH(t, e, query, want)
				if q == 8 { // its answer is rounded to two decimals by a cast that the query as written does not have
					return
				}
				written, err := os.ReadFile(filepath.Join(corpus, "queries", fmt.Sprintf("q%d.sql", q)))
				if err != nil {
					t.Fatal(err)
				}
				text, _, _ := strings.Cut(string(written), "drop view")
				compareTPCH(t, e, text, want)
			})
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// tpchAnswer reads the query and the rows of an answer file.
func tpchAnswer(t *testing.T, path string) (query string, rows []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\nquery ")
	_, rest, _ = strings.Cut(rest, "\n") // the types of the columns
	query, answer, ok := strings.Cut(rest, "\n----\n")
	if !ok {
		t.Fatalf("%s has no answer", path)
	}
	answer, _, _ = strings.Cut(answer, "\n\n")
	return query, strings.Split(strings.TrimSpace(answer), "\n")
}

// compareTPCH runs a query. Answers of ten rows are the first ones of perhaps more.
func compareTPCH(t *testing.T, e *engine.Engine, query string, want []string) {
	t.Helper()
	text, err := slt.Text(t.Context(), e, query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	got := strings.Split(text, "\n")
	if len(got) != len(want) && (len(want) != 10 || len(got) < 10) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if !sameFields(got[i], want[i]) {
			t.Errorf("row %d is\n%s\nwant\n%s", i+1, got[i], want[i])
			return
		}
	}
}

// sameFields compares words, numbers to six decimals.
func sameFields(got, want string) bool {
	g, w := strings.Fields(got), strings.Fields(want)
	if len(g) != len(w) {
		return false
	}
	for i := range g {
		if g[i] == w[i] {
			continue
		}
		a, err1 := strconv.ParseFloat(g[i], 64)
		b, err2 := strconv.ParseFloat(w[i], 64)
		if err1 != nil || err2 != nil || math.Abs(a-b) > 1.01e-6*max(1, math.Abs(b)/1e6) {
			return false
		}
	}
	return true
}
