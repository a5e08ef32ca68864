package peer

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Sample is one run of one workload.
type Sample struct {
	Version   string
	Seconds   float64 // from the start of the query to its last row, inside the engine
	Wall      float64 // seconds of the whole process, with its start
	PeakBytes int64
	Result    [][]string
}

// Engine runs workloads, each in a new process.
type Engine interface {
	// Name is what the engine is called on the command line and in tables.
	Name() string
	// Run runs w over the files in the absolute directory data, with so many threads, 0 for the engine's own choice.
	Run(ctx context.Context, w Workload, data string, threads int) (Sample, error)
}

// Python is an engine driven by a script peers/run_<name>.py.
type Python struct {
	Engine      string
	Interpreter string // of the virtual environment
	Scripts     string // the directory of the scripts
}

// Name implements Engine.
func (p Python) Name() string { return p.Engine }

// Run implements Engine.
func (p Python) Run(ctx context.Context, w Workload, data string, threads int) (Sample, error) {
	script := filepath.Join(p.Scripts, "run_"+p.Engine+".py")
	m, err := measure(ctx, exec.CommandContext(ctx, p.Interpreter, script, w.Name, data, strconv.Itoa(threads)))
	if err != nil {
		return Sample{}, err
	}
	var out struct {
		Version string
		Seconds float64
		Result  [][]string
	}
	if err := json.Unmarshal([]byte(lastLine(m.stdout)), &out); err != nil {
		return Sample{}, fmt.Errorf("reading the answer of %s: %w", script, err)
	}
	return Sample{Version: out.Version, Seconds: out.Seconds, Wall: m.wall.Seconds(), PeakBytes: m.peakBytes, Result: out.Result}, nil
}

// Siksik is the command siksik, running a workload as SQL.
type Siksik struct {
	Binary  string
	Version string
}

// Name implements Engine.
func (s Siksik) Name() string { return "siksik" }

var timing = regexp.MustCompile(`(?m)^time: ([0-9.]+) s, rows: ([0-9]+)\s*$`)

// Run implements Engine.
func (s Siksik) Run(ctx context.Context, w Workload, data string, threads int) (Sample, error) {
	args := []string{"sql", "--timing", "--format", "csv"}
	if threads > 0 {
		args = append(args, "--threads", strconv.Itoa(threads))
	}
	m, err := measure(ctx, exec.CommandContext(ctx, s.Binary, append(args, "-c", w.SQL(data))...))
	if err != nil {
		return Sample{}, err
	}
	seconds, err := parseTiming(string(m.stderr))
	if err != nil {
		return Sample{}, err
	}
	result, err := parseCSV(string(m.stdout))
	if err != nil {
		return Sample{}, err
	}
	return Sample{Version: s.Version, Seconds: seconds, Wall: m.wall.Seconds(), PeakBytes: m.peakBytes, Result: result}, nil
}

// parseTiming adds up the times of the statements in siksik's standard error.
func parseTiming(text string) (float64, error) {
	found := timing.FindAllStringSubmatch(text, -1)
	if found == nil {
		return 0, fmt.Errorf("siksik printed no line of the form %q, only %q", "time: 0.123 s, rows: 42", text)
	}
	var sum float64
	for _, m := range found {
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, fmt.Errorf("reading siksik's time: %w", err)
		}
		sum += v
	}
	return sum, nil
}

// parseCSV returns the rows after the header.
func parseCSV(text string) ([][]string, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading siksik's result: %w", err)
	}
	if len(rows) == 0 {
		return nil, errors.New("siksik printed no result, not even a header")
	}
	return rows[1:], nil
}

// SiksikRun is the command siksik, running the main job as a pipeline into an SQLite file. Its time is that of the
// whole process.
type SiksikRun struct {
	Binary  string
	Version string
}

// Name implements Engine.
func (s SiksikRun) Name() string { return "siksik-run" }

// Run implements Engine. It knows only the workload dau.
func (s SiksikRun) Run(ctx context.Context, w Workload, data string, threads int) (Sample, error) {
	if w.Name != "dau" {
		return Sample{}, fmt.Errorf("the pipeline is the workload dau, not %s", w.Name)
	}
	dir, err := os.MkdirTemp("", "siksik-bench-")
	if err != nil {
		return Sample{}, fmt.Errorf("making a directory for the pipeline: %w", err)
	}
	defer os.RemoveAll(dir)
	spec, database := filepath.Join(dir, "dau.yaml"), filepath.Join(dir, "dau.db")
	if err := os.WriteFile(spec, []byte(dauPipeline(data, database)), 0o644); err != nil {
		return Sample{}, fmt.Errorf("writing the pipeline: %w", err)
	}
	args := []string{"run", spec}
	if threads > 0 {
		args = append(args, "--threads", strconv.Itoa(threads))
	}
	m, err := measure(ctx, exec.CommandContext(ctx, s.Binary, args...))
	if err != nil {
		return Sample{}, err
	}
	query := fmt.Sprintf("SELECT day, country, dau FROM 'sqlite://%s?table=daily_active_users' ORDER BY ALL", database)
	loaded, err := measure(ctx, exec.CommandContext(ctx, s.Binary, "sql", "--format", "csv", "-c", query))
	if err != nil {
		return Sample{}, fmt.Errorf("reading what the pipeline loaded: %w", err)
	}
	result, err := parseCSV(string(loaded.stdout))
	if err != nil {
		return Sample{}, err
	}
	return Sample{Version: s.Version, Seconds: m.wall.Seconds(), Wall: m.wall.Seconds(), PeakBytes: m.peakBytes, Result: result}, nil
}
