package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/siksik-data/siksik/bench/dataset"
	"github.com/siksik-data/siksik/bench/peer"
	"github.com/siksik-data/siksik/bench/report"
)

// settings are what the flags of a measuring command say.
type settings struct {
	sizes     *dataset.Sizes
	rounds    int
	threads   int
	timeout   time.Duration
	engines   []string // empty: those that the workload names
	workloads []peer.Workload
	binary    string
	optional  bool
	strict    bool
}

// The peers in the order in which they run. The optional ones are large and run only when they are named, or all asked
// for.
var (
	pythonEngines   = []string{"duckdb", "polars", "datafusion", "pandas"}
	optionalEngines = []string{"chdb", "pyspark"}
	ourEngines      = []string{"siksik", "siksik-run"}
)

func parseSettings(args []string, wanted func(workload string) bool) (settings, error) {
	var s settings
	known := slices.Concat(pythonEngines, optionalEngines, ourEngines)
	flags := flag.NewFlagSet("bench "+args[0], flag.ContinueOnError)
	s.sizes = sizeFlags(flags)
	flags.IntVar(&s.rounds, "rounds", 3, "runs of each engine, of which the best counts; slow engines run once")
	flags.IntVar(&s.threads, "threads", 0, "threads of each engine; 0: the engine's own choice")
	flags.DurationVar(&s.timeout, "timeout", 10*time.Minute, "longest time of one run")
	flags.StringVar(&s.binary, "siksik", "", "siksik binary to measure (default: built from this repository)")
	flags.BoolVar(&s.optional, "optional", false, "also run chdb and pyspark, which needs Java; installs them at first")
	flags.BoolVar(&s.strict, "strict", false, "fail when an engine failed or results differ")
	engines := flags.String("engines", "", "comma-separated engines of "+strings.Join(known, ", ")+" (default: those that suit the workload)")
	only := flags.String("only", "", "comma-separated workloads, such as ndjson-all,csv-one")
	if err := flags.Parse(args[1:]); err != nil {
		return s, err
	}
	if s.rounds < 1 {
		return s, errors.New("-rounds must be at least 1")
	}
	if *engines != "" {
		s.engines = strings.Split(*engines, ",")
		for _, e := range s.engines {
			if !slices.Contains(known, e) {
				return s, fmt.Errorf("there is no engine %q; there are %s", e, strings.Join(known, ", "))
			}
			s.optional = s.optional || slices.Contains(optionalEngines, e)
		}
	}
	names := strings.Split(*only, ",")
	for _, w := range peer.Workloads {
		if wanted(w.Name) && (*only == "" || slices.Contains(names, w.Name)) {
			s.workloads = append(s.workloads, w)
		}
	}
	if len(s.workloads) == 0 {
		return s, fmt.Errorf("%s has no workload %q", args[0], *only)
	}
	return s, nil
}

// measure makes what is missing, runs the workloads and reports.
func measure(ctx context.Context, args []string, wanted func(workload string) bool) error {
	s, err := parseSettings(args, wanted)
	if err != nil {
		return err
	}
	home, err := benchDir()
	if err != nil {
		return err
	}
	if err := prepare(ctx, home, s); err != nil {
		return err
	}
	data := filepath.Join(home, "data")
	run := report.Run{
		Time: time.Now(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Rounds: s.rounds, Threads: s.threads,
	}
	built := build(ctx, home, s)
	sound := true
	for _, w := range s.workloads {
		outcomes, err := peer.Bench(ctx, w, s.suited(home, built, w), peer.Options{
			Data: data, Rounds: s.rounds, Threads: s.threads, Timeout: s.timeout, Log: os.Stderr,
		})
		if err != nil {
			return err
		}
		t := report.NewTable(w, sizeOf(data, w.Files), outcomes)
		if err := t.Print(os.Stdout); err != nil {
			return err
		}
		run.Workloads = append(run.Workloads, t)
		sound = sound && t.Sound()
	}
	path, err := run.Write(filepath.Join(home, "results"))
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "results written to", path)
	if s.strict && !sound {
		return errors.New("an engine failed or results differ")
	}
	return nil
}

// prepare installs the peers and makes the data, in a process of its own: this one must stay small, see peer.measure.
func prepare(ctx context.Context, home string, s settings) error {
	venv := peersVenv(home)
	if err := venv.Install(ctx); err != nil {
		return err
	}
	if s.optional {
		venv.Requirements = filepath.Join(home, "peers", "requirements-optional.txt")
		if err := venv.Install(ctx); err != nil {
			return err
		}
	}
	var files []string
	for _, w := range s.workloads {
		files = append(files, w.Files...)
	}
	slices.Sort(files)
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("making the data: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "gen", "-what", strings.Join(slices.Compact(files), ","),
		"-lines", strconv.Itoa(s.sizes.Lines), "-users", strconv.Itoa(s.sizes.Users),
		"-sf", fmt.Sprintf("%g", s.sizes.SF), "-seed", strconv.FormatUint(s.sizes.Seed, 10))
	cmd.Stderr, cmd.Dir = os.Stderr, home
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("making the data: %w", err)
	}
	return nil
}

// binary is the siksik that is measured, or why there is none.
type binary struct {
	path, version string
	err           error
}

// build builds siksik from this repository, unless a binary was given. A failure is siksik's outcome, not the end.
func build(ctx context.Context, home string, s settings) binary {
	root := filepath.Dir(home)
	out, err := exec.CommandContext(ctx, "git", "-C", root, "describe", "--always", "--dirty").Output()
	b := binary{path: s.binary, version: strings.TrimSpace(string(out))}
	if err != nil {
		b.version = "unknown"
	}
	if b.path != "" {
		b.path, b.err = filepath.Abs(b.path)
		return b
	}
	b.path = filepath.Join(root, "build", "bench", "siksik")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.path, ".")
	cmd.Dir = filepath.Join(root, "cmd", "siksik")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		b.err = fmt.Errorf("building siksik: %w: %s", err, strings.TrimSpace(string(text)))
	}
	return b
}

// suited returns the engines that run a workload.
func (s settings) suited(home string, b binary, w peer.Workload) []peer.Engine {
	venv := peersVenv(home)
	names := pythonEngines
	if s.optional {
		names = slices.Concat(names, optionalEngines)
	}
	var all []peer.Engine
	for _, name := range names {
		all = append(all, peer.Python{Engine: name, Interpreter: venv.Program("python"), Scripts: filepath.Join(home, "peers")})
	}
	all = append(all, peer.Siksik{Binary: b.path, Version: b.version})
	if w.Name == "dau" {
		all = append(all, peer.SiksikRun{Binary: b.path, Version: b.version})
	}
	var out []peer.Engine
	for _, e := range all {
		chosen := slices.Contains(s.engines, e.Name()) || len(s.engines) == 0 && !slices.Contains(w.Skip, e.Name())
		if !chosen {
			continue
		}
		if b.err != nil && strings.HasPrefix(e.Name(), "siksik") {
			e = unbuilt{e, b.err}
		}
		out = append(out, e)
	}
	return out
}

// unbuilt is an engine that could not be built.
type unbuilt struct {
	peer.Engine
	err error
}

// Run implements peer.Engine.
func (u unbuilt) Run(context.Context, peer.Workload, string, int) (peer.Sample, error) {
	return peer.Sample{}, u.err
}

func sizeOf(dir string, files []string) int64 {
	var n int64
	for _, name := range files {
		if st, err := os.Stat(filepath.Join(dir, name)); err == nil {
			n += st.Size()
		}
	}
	return n
}
