//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// loadsOf lists commands that write more than a disk can hold, with what they write.
func loadsOf(dir string) map[string][]string {
	query := "SELECT range AS i, 'some text ' || (range * 7919) AS t FROM range(300000)"
	return map[string][]string{
		"out.ndjson":    {"sql", "-o", dir + "/out.ndjson", "-c", query},
		"out.csv.gz":    {"sql", "-o", dir + "/out.csv.gz", "-c", query},
		"out.csv":       {"sql", "-c", "COPY (" + query + ") TO '" + dir + "/out.csv'"},
		"out.json":      {"sql", "-o", dir + "/out.json", "-c", query},
		"out.parquet":   {"sql", "-o", dir + "/out.parquet", "-c", "SELECT i, md5(i::VARCHAR) AS t FROM range(300000) r(i)"},
		"out.db":        {"convert", "in.ndjson", "sqlite://" + dir + "/out.db?table=t"},
		"rejected.json": {"sql", "-c", "SELECT count(*) FROM read_json('bad.ndjson', columns={'id': 'BIGINT'}, on_error='reject-file', reject_file='" + dir + "/rejected.json')"},
	}
}

// inputs writes what loadsOf reads.
func inputs(t *testing.T) string {
	dir := t.TempDir()
	put(t, dir, "in.ndjson", []byte(lines(100_000)))
	put(t, dir, "bad.ndjson", []byte("{\"id\":1}\n"+strings.Repeat("{\"id\":\"x\"}\n", 100_000)))
	return dir
}

// limited makes a command fail to write files beyond 64 kB. The shell sets the limit, because only the process itself can.
func limited(t *testing.T, dir string, args ...string) result {
	c := program(t, dir, nil, args...)
	limit := exec.Command("/bin/sh", append([]string{"-c", `ulimit -f 128; exec "$0" "$@"`, c.Path}, args...)...)
	limit.Dir, limit.Env = c.Dir, c.Env
	return finish(t, limit)
}

func TestWritesThatFailLeaveNothing(t *testing.T) {
	dir := inputs(t)
	for _, old := range []bool{false, true} {
		for target, args := range loadsOf("out") {
			if err := os.Mkdir(filepath.Join(dir, "out"), 0o777); err != nil {
				t.Fatal(err)
			}
			want := ""
			if old && target != "out.db" {
				put(t, dir, filepath.Join("out", target), []byte(kept))
				want = target
			}
			refused(t, limited(t, dir, args...), `(?i)file too large|disk|full`)
			if got := names(t, filepath.Join(dir, "out")); got != want {
				t.Errorf("%s: there is %q, and there was %q", target, got, want)
			}
			if b, err := os.ReadFile(filepath.Join(dir, "out", target)); want != "" && string(b) != kept {
				t.Errorf("%s: the old file is now %.100q, %v", target, b, err)
			}
			if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// smallDisk mounts a file system of a megabyte, if this process may.
func smallDisk(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("skipped: only root can mount a small disk; TestWritesThatFailLeaveNothing covers failing writes")
	}
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("skipped: no disk can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("unmounting: %s", out)
		}
	})
	return disk
}

func TestAFullDiskIsSaidSoAndNothingIsLeft(t *testing.T) {
	disk, dir := smallDisk(t), inputs(t)
	for target, args := range loadsOf(disk) {
		refused(t, invoke(t, dir, nil, args...), `(?i)disk is full`)
		if got := names(t, disk); got != "" {
			t.Errorf("%s: there is %q", target, got)
		}
	}
	// A pipeline with several sinks leaves none of them.
	put(t, dir, "p.yaml", []byte(fmt.Sprintf(`name: full
sources: {in: {uri: in.ndjson}}
steps:
  - {name: few, sql: "SELECT * FROM \"in\" LIMIT 3"}
sinks:
  - {from: few, uri: %[1]s/few.ndjson}
  - {from: in, uri: %[1]s/all.ndjson}
`, disk)))
	refused(t, invoke(t, dir, nil, "run", "p.yaml"), `(?i)disk is full`, `all\.ndjson`)
	if got := names(t, disk); got != "" {
		t.Errorf("there is %q", got)
	}
}

func TestResultsThatCannotBePrintedAreAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("skipped: there is no /dev/full")
	}
	defer full.Close()
	for _, format := range formats {
		c := program(t, t.TempDir(), nil, "sql", "--format", format, "-c", "SELECT range FROM range(100)")
		c.Stdout = full
		var errs strings.Builder
		c.Stderr = &errs
		_ = c.Run()
		refused(t, result{stderr: errs.String(), code: c.ProcessState.ExitCode()}, `(?i)no space|disk is full`)
	}
}
