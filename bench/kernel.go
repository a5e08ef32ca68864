package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// rateUnit is the unit of bytes that a benchmark allocates for a million rows.
const rateUnit = "B/Mrow"

// kernel is what one Go benchmark measured, as the median of its runs.
type kernel struct {
	Name          string   `json:"name"`
	Nanos         float64  `json:"ns_per_op"`
	NanosPerRow   float64  `json:"ns_per_row,omitempty"` // of benchmarks that report it
	Bytes         float64  `json:"bytes_per_op"`
	Allocs        float64  `json:"allocs_per_op"`
	BytesPerMRows *float64 `json:"bytes_per_million_rows,omitempty"` // of benchmarks that report ns/row
}

// parseKernel reads the line of a benchmark.
func parseKernel(line string) (k kernel, ok bool) {
	f := strings.Fields(line)
	if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
		return k, false
	}
	k.Name = strings.TrimPrefix(f[0], "Benchmark")
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
		case rateUnit:
			k.BytesPerMRows = &v
		}
	}
	return k, k.Nanos > 0
}

// parseKernels reads the output of go test -bench, of which it takes the median run of each benchmark.
func parseKernels(text string) []kernel {
	runs, order := map[string][]kernel{}, []string{}
	pkg := ""
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "pkg:" {
			pkg = f[1][strings.LastIndexByte(f[1], '/')+1:]
		}
		k, ok := parseKernel(line)
		if !ok {
			continue
		}
		k.Name = pkg + "." + k.Name
		if runs[k.Name] == nil {
			order = append(order, k.Name)
		}
		runs[k.Name] = append(runs[k.Name], k)
	}
	out := make([]kernel, 0, len(order))
	for _, name := range order {
		r := runs[name]
		slices.SortFunc(r, func(a, b kernel) int { return cmp.Compare(a.Nanos, b.Nanos) })
		out = append(out, r[len(r)/2])
	}
	return out
}

// writeKernels writes what the benchmarks printed, and their medians as JSON.
func writeKernels(path, text string, list []kernel) error {
	figures, err := json.MarshalIndent(list, "", "  ")
	if err == nil {
		err = errors.Join(os.WriteFile(path+".txt", []byte(text), 0o644), os.WriteFile(path+".json", append(figures, '\n'), 0o644))
	}
	if err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}

// printKernels prints a line for each benchmark, with the change since another run. A dash stands where a benchmark does not count rows.
func printKernels(w io.Writer, list, before []kernel) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "benchmark\tns/op\tns/row\tB per million rows\tallocs/op\ttime\tbytes\t")
	for _, k := range list {
		perRow, bytes, change, changeB := "-", "-", "", ""
		if k.BytesPerMRows != nil {
			perRow, bytes = fmt.Sprintf("%.2f", k.NanosPerRow), fmt.Sprintf("%.0f", *k.BytesPerMRows)
		}
		if i := slices.IndexFunc(before, func(b kernel) bool { return b.Name == k.Name }); i >= 0 {
			change, changeB = changed(before[i].Nanos, k.Nanos), changed(before[i].Bytes, k.Bytes)
		}
		fmt.Fprintf(tw, "%s\t%.0f\t%s\t%s\t%.0f\t%s\t%s\t\n", k.Name, k.Nanos, perRow, bytes, k.Allocs, change, changeB)
	}
	return tw.Flush()
}

func changed(old, now float64) string {
	if old == 0 {
		return ""
	}
	return fmt.Sprintf("%+.0f %%", 100*(now/old-1))
}
