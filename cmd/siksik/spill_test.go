//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// spilling is a query that needs far more than the memory it gets.
func spilling(dir string, more ...string) []string {
	query := "SELECT range AS i, md5(range::VARCHAR) AS t FROM range(1000000) ORDER BY t"
	return append([]string{"sql", "--memory", "4MB", "--spill-dir", dir, "-o", "out.csv", "-c", query}, more...)
}

func TestSpillingToAFullDiskSaysSoAndLeavesNothing(t *testing.T) {
	disk, dir := smallDisk(t), t.TempDir()
	refused(t, invoke(t, dir, nil, spilling(disk, "--spill-limit", "1GB")...), `cannot spill rows of the sort to `+disk, `no space left`, `--spill-dir`)
	refused(t, invoke(t, dir, nil, spilling(disk)...), `would pass the limit of 9\d\d\.\d kB for `+disk, `--spill-limit`)
	if left := names(t, disk) + names(t, dir); left != "" {
		t.Errorf("there is %s", left)
	}
}

func TestSpillDirectoriesThatCannotBeMadeAreNamed(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "file", nil)
	refused(t, invoke(t, dir, nil, spilling("file/below")...), `cannot make a spill directory in file/below`, `--spill-dir`)
	refused(t, invoke(t, dir, nil, spilling("spill", "--spill-limit", "300kB")...), `would pass the limit of 300\.0 kB for spill`)
	if left := names(t, dir); left != "file spill" || names(t, filepath.Join(dir, "spill")) != "" {
		t.Errorf("there is %s", left)
	}
}

// spilled has a query for each kind of operator, with the start of the names of its files in the spill directory.
var spilled = []struct{ operator, query string }{
	{"sort-", "SELECT i, t FROM r ORDER BY t"},
	{"aggregate-", "SELECT t, count(*), min(i) FROM r GROUP BY t"},
	{"", "SELECT i % 7, count(DISTINCT t) FROM r GROUP BY 1"},
	{"aggregate-", "SELECT i // 2, median(i), list(t) FROM r GROUP BY 1"},
	{"", "SELECT DISTINCT t, i FROM r"},
	{"", "SELECT t FROM r INTERSECT SELECT md5(range::VARCHAR) FROM range(2000000)"},
	{"", "SELECT count(*) FROM r JOIN (SELECT md5(range::VARCHAR) AS t, range AS j FROM range(2000000)) b ON r.t = b.t AND b.j >= r.i"},
	{"top-n-", "SELECT i, t FROM r ORDER BY t LIMIT 900000"},
	{"window-", "SELECT t, row_number() OVER (PARTITION BY i % 1000 ORDER BY t) FROM r"},
	{"window-", "SELECT t, lag(t) OVER (ORDER BY t) FROM r"},
	{"shared-rows-", "WITH c AS MATERIALIZED (SELECT * FROM r) SELECT count(*) FROM c a JOIN c b ON a.t = b.t"},
}

// spillsBy is the command of query k of spilled, which has far too little memory.
func spillsBy(k int, dir string, more ...string) []string {
	query := "WITH r AS (SELECT range AS i, md5(range::VARCHAR) AS t FROM range(1000000)) " + spilled[k].query
	if rest, ok := strings.CutPrefix(spilled[k].query, "WITH "); ok {
		query = "WITH r AS (SELECT range AS i, md5(range::VARCHAR) AS t FROM range(1000000)), " + rest
	}
	return append([]string{"sql", "--memory", "8MB", "--threads", "2", "--spill-dir", dir, "-o", "out.csv", "-c", query}, more...)
}

// some calls fn for the queries of spilled, and for a third of them in the quick round.
func some(t *testing.T, fn func(t *testing.T, k int)) {
	for k := range spilled {
		if !testing.Short() || k%3 == 0 {
			t.Run(spilled[k].query, func(t *testing.T) { fn(t, k) })
		}
	}
}

func TestTheNextStartRemovesWhatAKilledQueryHasSpilled(t *testing.T) {
	some(t, func(t *testing.T, k int) {
		dir := t.TempDir()
		c := program(t, dir, nil, spillsBy(k, "spill")...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(30 * time.Second); ; <-tick.C {
			if runs, _ := filepath.Glob(filepath.Join(dir, "spill", "*", "*", "query*", spilled[k].operator+"*")); len(runs) > 1 {
				break
			}
			if time.Now().After(end) {
				t.Error("the query does not spill")
				break
			}
		}
		_ = c.Process.Kill()
		_ = c.Wait()
		if names(t, filepath.Join(dir, "spill")) == "" {
			t.Fatal("the query ended before it was killed")
		}
		if r := invoke(t, dir, nil, "sql", "--spill-dir", "spill", "-c", "SELECT 1"); r.code != 0 {
			t.Fatal(r.stderr)
		}
		if left := names(t, filepath.Join(dir, "spill")); left != "" {
			t.Errorf("there is %s", left)
		}
	})
}

// The shell's limit of 64 kB a file is met by every operator, as is a disk of a megabyte.
func TestEveryOperatorThatCannotWriteItsRowsSaysSoAndLeavesNothing(t *testing.T) {
	some(t, func(t *testing.T, k int) {
		dir := t.TempDir()
		refused(t, limited(t, dir, spillsBy(k, "spill")...), `cannot spill rows of the [a-z -]+ to spill`, `file too large`, `--spill-dir`)
		if left := names(t, filepath.Join(dir, "spill")) + names(t, dir); left != "spill" {
			t.Errorf("there is %s", left)
		}
		disk := smallDisk(t)
		refused(t, invoke(t, dir, nil, spillsBy(k, disk, "--spill-limit", "1GB")...), `cannot spill rows of the [a-z -]+ to `+disk, `no space left`, `--spill-dir`)
		if left := names(t, disk) + names(t, dir); left != "spill" {
			t.Errorf("there is %s", left)
		}
	})
}

func TestAQueryThatSpillsWritesTheSameAsOneThatDoesNot(t *testing.T) {
	dir := t.TempDir()
	query := "SELECT range % 1000 AS k, range AS i, 'text ' || range AS t FROM range(200000) ORDER BY k DESC"
	for _, more := range [][]string{{"-o", "a.csv"}, {"-o", "b.csv", "--memory", "3MB", "--threads", "1"}, {"-o", "c.csv", "--memory", "6MB", "--threads", "7"}} {
		if r := invoke(t, dir, nil, append([]string{"sql", "--spill-dir", "spill", "-c", query}, more...)...); r.code != 0 {
			t.Fatal(r.stderr)
		}
	}
	want, err := os.ReadFile(filepath.Join(dir, "a.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b.csv", "c.csv"} {
		if got, _ := os.ReadFile(filepath.Join(dir, name)); string(got) != string(want) {
			t.Errorf("%s differs", name)
		}
	}
}
