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
	sizes    *dataset.Sizes
	rounds   int
	threads  int
	memory   string
	timeout  time.Duration
	engines  []string // nil: those of the suite
	only     []string // nil: all workloads
	binary   string
	data     string // directory; empty: data in the bench directory
	results  string // directory; empty: results in the bench directory
	optional bool
	peerless bool
	strict   bool
}

func parseSettings(args []string) (settings, error) {
	var s settings
	known := slices.Concat(pythonEngines, optionalEngines, ourEngines)
	flags := flag.NewFlagSet("bench "+args[0], flag.ContinueOnError)
	s.sizes = sizeFlags(flags)
	flags.IntVar(&s.rounds, "rounds", 3, "runs of each engine, of which the best counts; slow engines run once")
	flags.IntVar(&s.threads, "threads", 0, "threads of each engine; 0: the engine's own choice")
	flags.StringVar(&s.memory, "memory", "", "memory limit of the engines that know one, such as 1GB")
	flags.DurationVar(&s.timeout, "timeout", 10*time.Minute, "longest time of one run")
	flags.StringVar(&s.binary, "siksik", "", "siksik binary to measure (default: built from this repository)")
	flags.StringVar(&s.data, "data", "", "directory of the data (default: bench/data)")
	flags.StringVar(&s.results, "results", "", "directory of the results (default: bench/results)")
	flags.BoolVar(&s.optional, "optional", false, "also run chdb and pyspark, which needs Java; installs them at first")
	flags.BoolVar(&s.peerless, "peerless", false, "run only siksik and install nothing; siksik also makes the Parquet files")
	flags.BoolVar(&s.strict, "strict", false, "fail when an engine failed or results differ")
	engines := flags.String("engines", "", "comma-separated engines of "+strings.Join(known, ", ")+" (default: those that suit the workload)")
	only := flags.String("only", "", "comma-separated workloads, such as ndjson-all,csv-one or q1,q6")
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
	if *only != "" {
		s.only = strings.Split(*only, ",")
	}
	return s, nil
}

// begin reads the arguments of a command and builds what it runs, which may fail: see binary.
func begin(ctx context.Context, args []string) (s settings, home string, built binary, err error) {
	if s, err = parseSettings(args); err != nil {
		return s, "", built, err
	}
	if home, err = benchDir(); err != nil {
		return s, "", built, err
	}
	s.place(home)
	return s, home, build(ctx, home, s), nil
}

// measure makes what is missing, runs the workloads and reports.
func measure(ctx context.Context, args []string) error {
	s, home, built, err := begin(ctx, args)
	if err != nil {
		return err
	}
	plan, err := planned(ctx, home, s, built, args[0], suitesOf(args[0]))
	if err != nil {
		return err
	}
	run := report.Run{
		Command: args[0], Time: time.Now(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Rounds: s.rounds,
		Threads: s.threads, Memory: s.memory,
	}
	for _, u := range suitesOf(args[0]) {
		for _, w := range plan[u.name] {
			outcomes, err := peer.Bench(ctx, w, s.suited(home, built, u), peer.Options{
				Setting: peer.Setting{Data: s.data, Threads: s.threads, Memory: s.memory}, Rounds: s.rounds, Timeout: s.timeout, Log: os.Stderr,
			})
			if err != nil {
				return err
			}
			run.Workloads = append(run.Workloads, report.NewTable(u.name, w, sizeOf(s.data, w.Files), outcomes))
		}
	}
	return finish(run, s)
}

// planned returns the workloads of each suite that the settings leave, and makes the data that they read.
func planned(ctx context.Context, home string, s settings, built binary, command string, list []suite) (map[string][]peer.Workload, error) {
	plan := map[string][]peer.Workload{}
	var files []string
	for _, u := range list {
		chosen, err := u.chosen(s, home)
		if err != nil {
			return nil, err
		}
		plan[u.name] = chosen
		for _, w := range chosen {
			files = append(files, w.Files...)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no workload %q", command, strings.Join(s.only, ","))
	}
	slices.Sort(files)
	return plan, prepare(ctx, home, s, built, slices.Compact(files))
}

// finish prints and writes what was measured.
func finish(run report.Run, s settings) error {
	if err := run.Print(os.Stdout); err != nil {
		return err
	}
	paths, err := run.Write(s.results)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "results written to", strings.Join(paths, " and "))
	if s.strict && !run.Sound() {
		return errors.New("an engine failed or results differ")
	}
	return nil
}

// place completes the directories.
func (s *settings) place(home string) {
	for _, d := range []struct {
		path *string
		name string
	}{{&s.data, "data"}, {&s.results, "results"}} {
		if *d.path == "" {
			*d.path = filepath.Join(home, d.name)
		} else if abs, err := filepath.Abs(*d.path); err == nil {
			*d.path = abs
		}
	}
}

// prepare installs the peers and makes the data, in a process of its own: this one must stay small, see peer.measure.
func prepare(ctx context.Context, home string, s settings, b binary, files []string) error {
	venv := peersVenv(home)
	args := append([]string{"gen", "-dir", s.data, "-what", strings.Join(files, ",")}, sizeArgs(s.sizes)...)
	if s.peerless {
		if b.err != nil {
			return b.err
		}
		args = append(args, "-converter", b.path)
	} else if err := venv.Install(ctx); err != nil {
		return err
	}
	if s.optional && !s.peerless {
		venv.Requirements = filepath.Join(home, "peers", "requirements-optional.txt")
		if err := venv.Install(ctx); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("making the data: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
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
	// As `make build` does: what is measured is what is released.
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-pgo="+profilePath(home), "-ldflags=-s -w", "-o", b.path, ".")
	cmd.Dir = filepath.Join(root, "cmd", "siksik")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOEXPERIMENT=simd")
	if text, err := cmd.CombinedOutput(); err != nil {
		b.err = fmt.Errorf("building siksik: %w: %s", err, strings.TrimSpace(string(text)))
	}
	return b
}

// suited returns the engines that run a suite.
func (s settings) suited(home string, b binary, u suite) []peer.Engine {
	var out []peer.Engine
	for _, name := range u.enginesOf(s) {
		var e peer.Engine
		switch {
		case name == "siksik-run":
			e = peer.SiksikRun{Binary: b.path, Version: b.version}
		case strings.HasPrefix(name, "siksik"):
			threads, _ := strconv.Atoi(strings.TrimPrefix(name, "siksik-"))
			e = peer.Siksik{Binary: b.path, Version: b.version, Threads: threads}
		default:
			e = peer.Python{Engine: name, Interpreter: peersVenv(home).Program("python"), Scripts: filepath.Join(home, "peers")}
		}
		if b.err != nil && strings.HasPrefix(name, "siksik") {
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
func (u unbuilt) Run(context.Context, peer.Workload, peer.Setting) (peer.Sample, error) {
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
