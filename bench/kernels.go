package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kernelPackages are measured unless others are named.
const kernelPackages = "./internal/kern ./internal/compute ./internal/eval ./internal/fn ./internal/exec/op"

// kernelRuns is how the Go benchmarks are run.
type kernelRuns struct {
	count                     int
	length, pattern, packages string
}

// kernels runs the Go benchmarks of inner packages, keeps what they print and the bytes that they allocate for a million rows, and compares both with
// another commit, which it measures in turns with this tree, or else with the run before.
func kernels(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench kernels", flag.ContinueOnError)
	var runs kernelRuns
	flags.IntVar(&runs.count, "count", 4, "runs of each benchmark; benchstat knows how sure a difference is from 4 on, and 6 are better")
	flags.StringVar(&runs.length, "benchtime", "50ms", "length of each run")
	flags.StringVar(&runs.pattern, "bench", ".", "regular expression of benchmarks")
	flags.StringVar(&runs.packages, "packages", kernelPackages, "packages, separated by spaces")
	base := flags.String("base", "", "commit or branch to compare with, such as HEAD~1 (default: the run before)")
	dir := flags.String("results", "", "directory of the results (default: bench/results)")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	home, err := benchDir()
	if err != nil {
		return err
	}
	if *dir == "" {
		*dir = filepath.Join(home, "results")
	}
	trees := []string{filepath.Dir(home)}
	if *base != "" {
		tree, remove, err := checkOut(ctx, trees[0], *base)
		if err != nil {
			return err
		}
		defer remove()
		trees = append(trees, tree)
	}
	texts, err := runs.measure(ctx, trees)
	if err != nil {
		return err
	}
	files, err := keepKernels(*dir, texts, time.Now(), os.Stdout)
	if err != nil || len(files) < 2 {
		return err
	}
	return benchstat(ctx, home, files, os.Stdout)
}

// checkOut puts the tree of a commit into a new directory, until remove.
func checkOut(ctx context.Context, repo, commit string) (dir string, remove func(), err error) {
	temp, err := os.MkdirTemp("", "siksik-base-")
	if err != nil {
		return "", nil, fmt.Errorf("making a directory for %s: %w", commit, err)
	}
	dir = filepath.Join(temp, "tree")
	git := func(args ...string) error {
		out, err := exec.CommandContext(context.WithoutCancel(ctx), "git", append([]string{"-C", repo, "worktree"}, args...)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("checking out %s: %w\n%s", commit, err, out)
		}
		return nil
	}
	if err := git("add", "--detach", dir, commit); err != nil {
		os.RemoveAll(temp)
		return "", nil, err
	}
	return dir, func() {
		_ = git("remove", "--force", dir)
		os.RemoveAll(temp)
	}, nil
}

// measure runs the benchmarks of each tree, by turns so that what else the machine does is shared, and returns what they print.
func (k kernelRuns) measure(ctx context.Context, trees []string) ([]string, error) {
	texts := make([]string, len(trees))
	for range k.count {
		for i, tree := range trees {
			cmd := exec.CommandContext(ctx, "go", append([]string{
				"test", "-run", "^$", "-bench", k.pattern, "-benchmem", "-count", "1", "-benchtime", k.length,
			}, strings.Fields(k.packages)...)...)
			cmd.Dir, cmd.Stderr = tree, os.Stderr
			out, err := cmd.Output()
			if err != nil {
				return nil, fmt.Errorf("running the benchmarks: %w\n%s", err, out)
			}
			texts[i] += withRates(string(out))
		}
	}
	return texts, nil
}

// withRates adds to the line of each benchmark that reports ns/row the bytes that it allocates for a million rows, so that benchstat compares them too.
func withRates(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if k, ok := parseKernel(line); ok && k.NanosPerRow > 0 {
			line = strings.TrimRight(line, "\n") + "\t" + strconv.FormatFloat(k.Bytes*k.NanosPerRow/k.Nanos*1e6, 'f', 0, 64) + " " + rateUnit + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

// keepKernels writes the results of this tree and of the base, if texts has both, and prints them beside the base or the run before. It returns the
// files to compare, the older first.
func keepKernels(dir string, texts []string, now time.Time, w io.Writer) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the directory of results: %w", err)
	}
	earlier, _ := filepath.Glob(filepath.Join(dir, "*-kernels.txt"))
	path := filepath.Join(dir, now.UTC().Format("20060102T150405.000Z")+"-kernels")
	list := parseKernels(texts[0])
	if err := writeKernels(path, texts[0], list); err != nil {
		return nil, err
	}
	files := []string{path + ".txt"}
	var before []kernel
	switch {
	case len(texts) > 1:
		old := path + "-base.txt"
		if err := os.WriteFile(old, []byte(texts[1]), 0o644); err != nil {
			return nil, fmt.Errorf("writing results: %w", err)
		}
		files, before = []string{old, files[0]}, parseKernels(texts[1])
	case len(earlier) > 0:
		old := slices.Max(earlier)
		text, err := os.ReadFile(old)
		if err != nil {
			return nil, fmt.Errorf("reading the run before: %w", err)
		}
		files, before = []string{old, files[0]}, parseKernels(string(text))
	}
	if err := printKernels(w, list, before); err != nil {
		return nil, err
	}
	fmt.Fprintln(w, "results written to", path+".txt and .json")
	return files, nil
}

// benchstat prints how sure the differences between two files are.
func benchstat(ctx context.Context, home string, files []string, w io.Writer) error {
	cmd := exec.CommandContext(ctx, "go", "tool", "benchstat", "old="+files[0], "new="+files[1])
	cmd.Dir, cmd.Env = filepath.Join(home, "..", "tools", "benchstat"), append(os.Environ(), "GOWORK=off")
	cmd.Stdout, cmd.Stderr = w, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("comparing with benchstat (the table above stands): %w", err)
	}
	return nil
}
