package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// interrupted starts siksik run on a pipeline in dir, waits until ready is true, sends Ctrl-C, and returns how long the program then took.
func interrupted(t *testing.T, dir, spec string, ready func() bool) (took time.Duration, code int, stderr string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "p.yaml"), []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	c := exec.Command(exe, "run", "p.yaml")
	c.Dir, c.Stderr, c.Env = dir, &errs, append(os.Environ(), asProgram+"=1")
	hold, err := c.StdinPipe() // stays open, so that reading it blocks
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ready() {
		select {
		case <-tick.C:
		case err := <-done:
			t.Fatalf("the program ended by itself: %v\n%s", err, errs.String())
		case <-deadline:
			_ = c.Process.Kill()
			t.Fatalf("the program did not get going\n%s", errs.String())
		}
	}
	start := time.Now()
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case err = <-done:
	case <-time.After(10 * time.Second):
		_ = c.Process.Kill()
		t.Fatal("the program goes on after Ctrl-C")
	}
	took = time.Since(start)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	return took, code, errs.String()
}

// written returns how many bytes the files of a folder have, without the pipeline.
func written(dir string) int64 {
	n := int64(0)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.Name() != "p.yaml" {
			n += info.Size()
		}
	}
	return n
}

func TestCtrlCEndsARunAtOnceAndLeavesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no way to send Ctrl-C to another process")
	}
	for _, c := range []struct{ name, sink string }{
		{"file", "out.ndjson"},
		{"compressed file", "out.ndjson.gz"},
		{"SQLite", "sqlite://out.db?table=t"},
	} {
		t.Run(c.name, func(t *testing.T) {
			quickly(t, func() time.Duration { return endless(t, c.sink) })
		})
	}
}

// quickly checks that a run ends within 200 ms. On a machine that is busy with other things one of several tries must be that quick.
func quickly(t *testing.T, try func() time.Duration) {
	t.Helper()
	var all []time.Duration
	for range 4 {
		took := try()
		if took <= 200*time.Millisecond {
			return
		}
		all = append(all, took)
	}
	t.Errorf("it took %v to end", all)
}

// endless interrupts a run that would never end, checks that nothing is left of it, and returns how long it took to end.
func endless(t *testing.T, sink string) time.Duration {
	t.Helper()
	dir := t.TempDir()
	begun := time.Now()
	took, code, stderr := interrupted(t, dir, `name: endless
steps:
  - {name: s, sql: "SELECT a.i, 'some text ' || b.i AS t FROM range(2000) a(i), range(2000) b(i), range(2000) c(i), range(2000) d(i)"}
sinks:
  - {from: s, uri: "`+sink+`"}
`, func() bool {
		// A database collects its rows elsewhere before the commit.
		return written(dir) > 100_000 || strings.HasPrefix(sink, "sqlite") && time.Since(begun) > time.Second
	})
	if code != exitFailed || !strings.Contains(stderr, "error: interrupted") {
		t.Errorf("exit code %d, stderr %s", code, stderr)
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != "p.yaml" {
			t.Errorf("%s is left", e.Name())
		}
	}
	return took
}

func TestCtrlCEndsARunThatWaitsForInput(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no way to send Ctrl-C to another process")
	}
	quickly(t, func() time.Duration { return waiting(t) })
}

// waiting interrupts a run that reads a pipe to which nobody writes.
func waiting(t *testing.T) time.Duration {
	t.Helper()
	dir := t.TempDir()
	begun := time.Now()
	took, code, stderr := interrupted(t, dir, `name: waiting
sources: {in: {uri: "-", format: ndjson, columns: {id: bigint}}}
sinks:
  - {from: in, uri: out.ndjson}
`, func() bool { return time.Since(begun) > 500*time.Millisecond })
	if code != exitFailed {
		t.Errorf("exit code %d, stderr %s", code, stderr)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("there are files left: %v", entries)
	}
	return took
}
