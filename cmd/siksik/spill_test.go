//go:build unix

package main

import (
	"os"
	"path/filepath"
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

func TestTheNextStartRemovesWhatAKilledQueryHasSpilled(t *testing.T) {
	dir := t.TempDir()
	c := program(t, dir, nil, spilling("spill")...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-tick.C {
		if runs, _ := filepath.Glob(filepath.Join(dir, "spill", "*", "*", "query*", "sort-*")); len(runs) > 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the query does not spill")
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
