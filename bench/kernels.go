package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// kernelPackages are measured unless others are named.
const kernelPackages = "./internal/kern ./internal/compute ./internal/eval ./internal/fn ./internal/exec/op"

// kernel is what one Go benchmark measured, as the median of its runs.
type kernel struct {
	Name          string  `json:"name"`
	Nanos         float64 `json:"ns_per_op"`
	NanosPerRow   float64 `json:"ns_per_row,omitempty"` // of benchmarks that report it
	Bytes         float64 `json:"bytes_per_op"`
	Allocs        float64 `json:"allocs_per_op"`
	BytesPerMRows float64 `json:"bytes_per_million_rows,omitempty"` // of benchmarks that report ns/row
}

// kernels runs the Go benchmarks of inner packages, keeps what they print and the bytes that they allocate for a million
// rows, and compares both with the run before.
func kernels(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench kernels", flag.ContinueOnError)
	count := flags.Int("count", 3, "runs of each benchmark")
	length := flags.String("benchtime", "100ms", "length of each run")
	pattern := flags.String("bench", ".", "regular expression of benchmarks")
	packages := flags.String("packages", kernelPackages, "packages, separated by spaces")
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
	cmd := exec.CommandContext(ctx, "go", append([]string{
		"test", "-run", "^$", "-bench", *pattern, "-benchmem",
		"-count", strconv.Itoa(*count), "-benchtime", *length,
	}, strings.Fields(*packages)...)...)
	cmd.Dir, cmd.Stderr = filepath.Dir(home), os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("running the benchmarks: %w\n%s", err, text)
	}
	return keepKernels(ctx, *dir, text, time.Now(), os.Stdout)
}

// keepKernels writes the results and prints them beside those of the run before.
func keepKernels(ctx context.Context, dir string, text []byte, now time.Time, w io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the directory of results: %w", err)
	}
	earlier, _ := filepath.Glob(filepath.Join(dir, "*-kernels.txt"))
	base := filepath.Join(dir, now.UTC().Format("20060102T150405.000Z")+"-kernels")
	list := parseKernels(string(text))
	figures, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	err = errors.Join(os.WriteFile(base+".txt", text, 0o644), os.WriteFile(base+".json", append(figures, '\n'), 0o644))
	if err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	var before []kernel
	if len(earlier) > 0 {
		old, err := os.ReadFile(slices.Max(earlier))
		if err != nil {
			return fmt.Errorf("reading the run before: %w", err)
		}
		before = parseKernels(string(old))
	}
	if err := printKernels(w, list, before); err != nil {
		return err
	}
	fmt.Fprintln(w, "results written to", base+".txt and .json")
	if tool, err := exec.LookPath("benchstat"); err == nil && before != nil {
		cmd := exec.CommandContext(ctx, tool, slices.Max(earlier), base+".txt")
		cmd.Stdout, cmd.Stderr = w, w
		return cmd.Run()
	}
	return nil
}

// parseKernels reads the output of go test -bench.
func parseKernels(text string) []kernel {
	runs, order := map[string][]kernel{}, []string{}
	pkg := ""
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 2 && f[0] == "pkg:" {
			pkg = f[1][strings.LastIndexByte(f[1], '/')+1:]
		}
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		k := kernel{Name: pkg + "." + strings.TrimPrefix(f[0], "Benchmark")}
		for i := 2; i+1 < len(f); i += 2 {
			v, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				continue
			}
			switch f[i+1] {
			case "ns/op":
				k.Nanos = v
			case "ns/row":
				k.NanosPerRow = v
			case "B/op":
				k.Bytes = v
			case "allocs/op":
				k.Allocs = v
			}
		}
		if k.NanosPerRow > 0 && k.Nanos > 0 {
			k.BytesPerMRows = k.Bytes * k.NanosPerRow / k.Nanos * 1e6
		}
		if runs[k.Name] == nil {
			order = append(order, k.Name)
		}
		runs[k.Name] = append(runs[k.Name], k)
	}
	out := make([]kernel, 0, len(order))
	for _, name := range order {
		r := runs[name]
		slices.SortFunc(r, func(a, b kernel) int {
			if a.Nanos < b.Nanos {
				return -1
			}
			return 1
		})
		out = append(out, r[len(r)/2])
	}
	return out
}

// printKernels prints a line for each benchmark, with the change since the run before.
func printKernels(w io.Writer, list, before []kernel) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "benchmark\tns/op\tns/row\tB per million rows\tallocs/op\ttime\tbytes\t")
	for _, k := range list {
		change, changeB := "", ""
		if i := slices.IndexFunc(before, func(b kernel) bool { return b.Name == k.Name }); i >= 0 {
			change, changeB = changed(before[i].Nanos, k.Nanos), changed(before[i].Bytes, k.Bytes)
		}
		fmt.Fprintf(tw, "%s\t%.0f\t%.2f\t%.0f\t%.0f\t%s\t%s\t\n", k.Name, k.Nanos, k.NanosPerRow, k.BytesPerMRows, k.Allocs, change, changeB)
	}
	return tw.Flush()
}

func changed(old, now float64) string {
	if old == 0 {
		return ""
	}
	return fmt.Sprintf("%+.0f %%", 100*(now/old-1))
}
