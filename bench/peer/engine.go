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
	Version    string
	Seconds    float64 // from the start of the query to its last row, inside the engine
	Wall       float64 // seconds of the whole process, with its start
	CPU        float64 // processor seconds of the whole process, in user mode
	PeakBytes  int64
	GC         float64 // share of the process's processor time that went to the garbage collector; siksik only
	AllocBytes int64   // allocated on the heap by the whole process; siksik only
	Kinds      []Kind  // of the result's columns; nil where they are not known
	Result     [][]string
}

// Engine runs workloads, each in a new process.
type Engine interface {
	// Name is what the engine is called on the command line and in tables.
	Name() string
	// Run runs w over the files of the setting.
	Run(ctx context.Context, w Workload, s Setting) (Sample, error)
}

// Python is an engine driven by a script peers/run_<name>.py.
type Python struct {
	Engine      string
	Interpreter string // of the virtual environment
	Scripts     string // the directory of the scripts
}

// Name implements Engine.
func (p Python) Name() string { return p.Engine }

// request is what a script is told, as JSON in its only argument.
type request struct {
	Suite      string            `json:"suite"`
	Workload   string            `json:"workload"`
	Data       string            `json:"data"`
	Threads    int               `json:"threads"` // 0: the engine's default
	Memory     int64             `json:"memory"`  // bytes; 0: the engine's default
	Tables     map[string]string `json:"tables"`  // paths by name
	Statements []string          `json:"statements"`
	Discard    bool              `json:"discard"`
}

func newRequest(w Workload, s Setting) (request, error) {
	r := request{Suite: w.Suite, Workload: w.Name, Data: s.Data, Threads: s.Threads, Statements: w.Statements, Discard: w.Discard}
	r.Tables = make(map[string]string, len(w.Tables))
	for _, t := range w.Tables {
		r.Tables[t.Name] = filepath.Join(s.Data, t.File)
	}
	var err error
	r.Memory, err = parseBytes(w.memory(s))
	return r, err
}

// Run implements Engine.
func (p Python) Run(ctx context.Context, w Workload, s Setting) (Sample, error) {
	script := filepath.Join(p.Scripts, "run_"+p.Engine+".py")
	r, err := newRequest(w, s)
	if err != nil {
		return Sample{}, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return Sample{}, fmt.Errorf("writing the request for %s: %w", script, err)
	}
	m, err := measure(ctx, exec.CommandContext(ctx, p.Interpreter, script, string(text)))
	if err != nil {
		return Sample{}, err
	}
	var out struct {
		Version string
		Seconds float64
		Kinds   []Kind
		Result  [][]string
	}
	if err := json.Unmarshal([]byte(lastLine(m.stdout)), &out); err != nil {
		return Sample{}, fmt.Errorf("reading the answer of %s: %w", script, err)
	}
	sample := m.sample(out.Version)
	sample.Seconds, sample.Kinds, sample.Result = out.Seconds, out.Kinds, out.Result
	return sample, nil
}

// Siksik is the command siksik, running a workload as SQL.
type Siksik struct {
	Binary  string
	Version string
	Threads int // more than 0: part of the engine's name, whatever the setting says

	// CPUProfile is the file that a profile of the run's processor time goes to; empty for none. Times of such a run are
	// not for tables.
	CPUProfile string
}

// Name implements Engine.
func (s Siksik) Name() string {
	if s.Threads > 0 {
		return fmt.Sprintf("siksik-%d", s.Threads)
	}
	return "siksik"
}

// Run implements Engine.
func (s Siksik) Run(ctx context.Context, w Workload, set Setting) (Sample, error) {
	args := []string{"sql", "--timing", "--stats", "--format", "csv"}
	if w.Discard {
		args[4] = "arrow"
	}
	threads := set.Threads
	if s.Threads > 0 {
		threads = s.Threads
	}
	if threads > 0 {
		args = append(args, "--threads", strconv.Itoa(threads))
	}
	if limit := w.memory(set); limit != "" {
		args = append(args, "--memory", limit)
	}
	if s.CPUProfile != "" {
		args = append(args, "--cpuprofile", s.CPUProfile)
	}
	cmd := exec.CommandContext(ctx, s.Binary, append(args, "-c", w.siksikSQL(set.Data))...)
	if s.CPUProfile != "" {
		// Where signals wait for the processor together, a preemption would take the blame for the loop it stopped.
		cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1")
	}
	run := measure
	if w.Discard {
		run = measureSilent
	}
	m, err := run(ctx, cmd)
	if err != nil {
		return Sample{}, err
	}
	return s.answer(m, w.Discard)
}

// answer reads what the command printed.
func (s Siksik) answer(m measured, discarded bool) (Sample, error) {
	t, err := parseTiming(string(m.stderr))
	if err != nil {
		return Sample{}, err
	}
	sample := m.sample(s.Version)
	sample.Seconds, sample.Kinds, sample.AllocBytes = t.seconds, t.kinds, t.stats.AllocBytes
	// The collector's time is an estimate by the clock, as is the busy time; on a loaded machine both are too long.
	if busy := max((m.user + m.system).Seconds(), t.stats.BusySeconds); busy > 0 {
		sample.GC = t.stats.GCSeconds / busy
	}
	if discarded {
		sample.Kinds, sample.Result = nil, [][]string{{strconv.FormatInt(t.rows, 10)}}
		return sample, nil
	}
	sample.Result, err = parseCSV(string(m.stdout))
	return sample, err
}

// siksikTiming is what siksik said about a run on its standard error.
type siksikTiming struct {
	seconds float64 // of all statements
	rows    int64   // of all statements
	kinds   []Kind  // of the last result's columns
	stats   struct {
		Types       []string `json:"types"`
		GCSeconds   float64  `json:"gc_cpu_seconds"`
		BusySeconds float64  `json:"busy_cpu_seconds"`
		AllocBytes  int64    `json:"allocated_bytes"`
	}
}

var (
	timingLine = regexp.MustCompile(`(?m)^time: ([0-9.]+) s, rows: ([0-9]+)\s*$`)
	statsLine  = regexp.MustCompile(`(?m)^stats: (\{.*\})\s*$`)
)

// parseTiming reads siksik's standard error.
func parseTiming(text string) (siksikTiming, error) {
	var t siksikTiming
	found, stats := timingLine.FindAllStringSubmatch(text, -1), statsLine.FindStringSubmatch(text)
	if found == nil || stats == nil {
		return t, fmt.Errorf("siksik printed no lines of the form %q and %q, only %q", "time: 0.123 s, rows: 42", "stats: {}", text)
	}
	for _, m := range found {
		seconds, errS := strconv.ParseFloat(m[1], 64)
		rows, errR := strconv.ParseInt(m[2], 10, 64)
		if err := errors.Join(errS, errR); err != nil {
			return t, fmt.Errorf("reading siksik's time: %w", err)
		}
		t.seconds += seconds
		t.rows += rows
	}
	if err := json.Unmarshal([]byte(stats[1]), &t.stats); err != nil {
		return t, fmt.Errorf("reading siksik's figures: %w", err)
	}
	for _, typ := range t.stats.Types {
		t.kinds = append(t.kinds, kindOfType(typ))
	}
	return t, nil
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

// parseBytes reads a size such as 1GB or 256MB; empty is 0.
func parseBytes(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	units := map[string]float64{"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}
	i := strings.LastIndexAny(s, "0123456789.") + 1
	unit, ok := units[strings.ToUpper(strings.TrimSpace(s[i:]))]
	v, err := strconv.ParseFloat(s[:i], 64)
	if err != nil || !ok || v <= 0 {
		return 0, fmt.Errorf("memory of %q: write a size such as 1GB or 256MB", s)
	}
	return int64(v * unit), nil
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
func (s SiksikRun) Run(ctx context.Context, w Workload, set Setting) (Sample, error) {
	if w.Name != "dau" {
		return Sample{}, fmt.Errorf("the pipeline is the workload dau, not %s", w.Name)
	}
	dir, err := os.MkdirTemp("", "siksik-bench-")
	if err != nil {
		return Sample{}, fmt.Errorf("making a directory for the pipeline: %w", err)
	}
	defer os.RemoveAll(dir)
	spec, database := filepath.Join(dir, "dau.yaml"), filepath.Join(dir, "dau.db")
	if err := os.WriteFile(spec, []byte(dauPipeline(set.Data, database)), 0o644); err != nil {
		return Sample{}, fmt.Errorf("writing the pipeline: %w", err)
	}
	args := []string{"run", spec}
	if set.Threads > 0 {
		args = append(args, "--threads", strconv.Itoa(set.Threads))
	}
	if limit := w.memory(set); limit != "" {
		args = append(args, "--memory", limit)
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
	sample := m.sample(s.Version)
	sample.Seconds, sample.Result = sample.Wall, result
	return sample, nil
}
