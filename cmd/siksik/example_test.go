package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// pipelineOfExamples is the dau.yaml that examples of help name.
const pipelineOfExamples = `name: dau
params: {since: 2026-01-01, target: dau.csv}
sources:
  logs: {uri: logs.csv}
steps:
  - {name: dau, sql: "SELECT status, count(*) AS hits FROM logs WHERE ts >= CAST($since AS DATE) GROUP BY ALL ORDER BY ALL"}
sinks:
  - {from: dau, uri: "${target}"}
`

// TestExamplesOfHelpRun copies each example of the help into a shell, in a folder that has the files it names. Examples of servers and the one that
// opens the shell of SQL are left out.
func TestExamplesOfHelpRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: no shell")
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin")
	for path, text := range map[string]string{
		"logs.csv":   "ts,status,latency\n2026-02-03,500,1.5\n2026-02-04,200,2\n",
		"users.csv":  "user,country\n1,DE\n2,US\n",
		"data.txt":   "user,country\n3,FR\n",
		"report.sql": "SELECT status, avg(latency) AS ms FROM 'logs.csv' GROUP BY ALL;\n",
		"dau.yaml":   pipelineOfExamples,
	} {
		put(t, dir, path, []byte(text))
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "logs"), 0o755), os.Mkdir(bin, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "siksik")); err != nil {
		t.Fatal(err)
	}
	run := func(line string) {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), asProgram+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s\n%v: %s", line, err, out)
		}
	}
	run("siksik sql -c 'SELECT 1 AS x, current_date AS ts' -o logs/a.ndjson.gz; siksik sql -c 'SELECT range AS x FROM range(9)' -o big.parquet")
	run("siksik convert users.csv users.parquet; cp logs/a.ndjson.gz logs.ndjson.gz")
	ran := 0
	root := rootCommand()
	for _, c := range append(root.Commands(), root) {
		for line := range strings.Lines(c.Example) {
			if strings.Contains(line, "s3://") || strings.Contains(line, "postgres://") || strings.Contains(line, "# the shell") || strings.TrimSpace(line) == "" {
				continue
			}
			run(line)
			ran++
		}
	}
	if ran < 12 {
		t.Errorf("only %d examples ran", ran)
	}
}
