package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/pipe"
)

// runFlags are the flags of siksik run.
type runFlags struct {
	engineFlags
	set                          []string
	dryRun, json, quiet, verbose bool
}

// runCommand runs a pipeline file.
func runCommand() *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "run PIPELINE.yaml",
		Short: "Run a pipeline",
		Long: `run reads the sources of a pipeline, computes its steps, checks their rows and loads the sinks. The sinks become visible together at the end;
if anything fails, nothing is written. Relative paths in a pipeline start at the current directory.

Exit codes: 0 done, 1 failed or interrupted, 2 a mistake in the pipeline or the flags, 3 a check failed and nothing was written.`,
		Example: `  siksik run dau.yaml
  siksik run dau.yaml --set since=2026-02-01 --set target='postgres://me@localhost/dwh?table=dau'
  siksik run dau.yaml --dry-run
  siksik run dau.yaml --json --quiet > summary.json`,
		Args: onePipeline,
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	s := c.Flags()
	f.add(s)
	s.StringArrayVar(&f.set, "set", nil, "parameter of the pipeline, for example --set since=2026-02-01; may be repeated")
	s.BoolVar(&f.dryRun, "dry-run", false, "check everything and show the columns of each step, without reading rows")
	s.BoolVar(&f.json, "json", false, "print the summary as JSON on standard output")
	s.BoolVar(&f.quiet, "quiet", false, "no progress and no summary on standard error")
	s.BoolVar(&f.verbose, "verbose", false, "a line for each source when it was read")
	return c
}

// onePipeline checks the arguments of siksik run.
func onePipeline(_ *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("run takes one pipeline file, and got %d", len(args))
}

// loadPipeline reads a pipeline file; "-" is standard input.
func loadPipeline(c *cobra.Command, path string) (*pipe.Pipeline, error) {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(c.InOrStdin())
	} else {
		text, err = os.ReadFile(path)
	}
	switch {
	case errors.Is(err, iofs.ErrNotExist):
		return nil, fault.New(fault.Usage, "no pipeline file %s", path)
	case err != nil:
		return nil, fmt.Errorf("reading the pipeline: %w", err)
	}
	return pipe.Parse(path, string(text))
}

// parameters reads name=value pairs.
func parameters(set []string) (map[string]any, error) {
	out := map[string]any{}
	for _, s := range set {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, fault.New(fault.Usage, "--set takes name=value, not %q", s)
		}
		out[name] = value
	}
	return out, nil
}

func (f *runFlags) run(c *cobra.Command, path string) error {
	p, err := loadPipeline(c, path)
	if err != nil {
		return err
	}
	params, err := parameters(f.set)
	if err != nil {
		return err
	}
	eng, err := f.open()
	if err != nil {
		return err
	}
	defer eng.Close()
	o := pipe.Options{Engine: eng, Params: params, Env: os.LookupEnv}
	if f.dryRun {
		return f.describe(c, p, o)
	}
	view := newProgressView(c.ErrOrStderr(), f.quiet, f.verbose)
	if view != nil {
		o.Progress = view.show
	}
	s, err := p.Run(c.Context(), o)
	if view != nil {
		view.close()
	}
	if err != nil {
		return err
	}
	if !f.quiet {
		printSummary(c.ErrOrStderr(), s)
	}
	if f.json {
		return printJSON(c.OutOrStdout(), s)
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// describe shows what a run would do.
func (f *runFlags) describe(c *cobra.Command, p *pipe.Pipeline, o pipe.Options) error {
	d, err := p.Describe(c.Context(), o)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(c.OutOrStdout(), d)
	}
	w := c.OutOrStdout()
	for _, r := range d.Relations {
		what := "source"
		if r.Step {
			what = "step"
		}
		fmt.Fprintf(w, "%s %s\n", what, r.Name)
		for _, col := range r.Columns {
			fmt.Fprintf(w, "  %s %s\n", col.Name, col.Type)
		}
		for _, rule := range r.Checks {
			fmt.Fprintf(w, "  check %s\n", rule)
		}
	}
	for _, s := range d.Sinks {
		fmt.Fprintf(w, "sink %s → %s (%s)\n", s.From, s.URI, mode(s))
	}
	return nil
}

// mode describes how a sink is loaded.
func mode(s pipe.SinkSummary) string {
	if len(s.Key) > 0 {
		return s.Mode + " by " + strings.Join(s.Key, ", ")
	}
	return s.Mode
}

// printSummary says what was done, for people.
func printSummary(w io.Writer, s *pipe.Summary) {
	width := 0
	for _, x := range s.Sinks {
		width = max(width, len([]rune(x.From)))
	}
	for _, x := range s.Sinks {
		fmt.Fprintf(w, "%-*s   %s → %s (%s)\n", width, x.From, rows(x.Rows), x.URI, mode(x))
	}
	read, rejected := s.Rows()
	parts := []string{fmt.Sprintf("done in %s", seconds(s.Seconds)), "read " + rows(read)}
	if rejected > 0 {
		var files []string
		for _, x := range s.Sources {
			if x.Rejected > 0 && x.RejectFile != "" {
				files = append(files, x.RejectFile)
			}
		}
		parts[1] += ", rejected " + thousands(rejected)
		if len(files) > 0 {
			parts[1] += " (" + strings.Join(files, ", ") + ")"
		}
	}
	for _, x := range s.Sources {
		if x.Nulled > 0 {
			parts = append(parts, fmt.Sprintf("%s values of %s became null", thousands(x.Nulled), x.Name))
		}
	}
	parts = append(parts, "peak memory "+bytesText(s.PeakMemory))
	fmt.Fprintln(w, strings.Join(parts, " · "))
}

// rows is a number of rows with its unit.
func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return thousands(n) + " rows"
}

// seconds shows a duration with two or three digits that matter.
func seconds(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s < 100:
		return fmt.Sprintf("%.1f s", s)
	default:
		return fmt.Sprintf("%d min %d s", int(s)/60, int(s)%60)
	}
}

// bytesText shows a size in decimal units.
func bytesText(n int64) string {
	switch f := float64(n); {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1e6:
		return fmt.Sprintf("%.0f kB", f/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.0f MB", f/1e6)
	default:
		return fmt.Sprintf("%.1f GB", f/1e9)
	}
}
