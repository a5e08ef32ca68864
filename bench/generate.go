package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/bench/dataset"
	"github.com/siksik-data/siksik/bench/gen"
)

// generate makes data: the files of the workloads, and by name the smaller sets of the demo and the examples.
func generate(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench gen", flag.ContinueOnError)
	sizes := sizeFlags(flags)
	dir := flags.String("dir", "", "directory to write to (default: bench/data)")
	what := flags.String("what", "logs.ndjson,users.parquet,lineitem.csv,lineitem.parquet",
		"comma-separated files to make; of "+strings.Join(dataset.Files(), ", ")+", tpch-sf1/lineitem.parquet and so on, logs, users.csv, endpoints.csv, clicks.jsonl, brands.csv")
	files := flags.Int("files", 0, "with -what logs: number of files under logs/<year>/<month>; 0: the single file logs.ndjson")
	zip := flags.Bool("gzip", false, "with -what logs: compress the files")
	converter := flags.String("converter", "", "siksik binary that turns CSV files into Parquet (default: DuckDB does)")
	rows := flags.Int("rows", 100_000, "rows of endpoints.csv, clicks.jsonl and brands.csv")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	home, err := benchDir()
	if err != nil {
		return err
	}
	if *dir == "" {
		*dir = filepath.Join(home, "data")
	}
	set := dataset.Set{Dir: *dir, Sizes: *sizes, Venv: peersVenv(home), Log: os.Stderr}
	if *converter != "" {
		set.Convert = func(ctx context.Context, statement string) error {
			if out, err := exec.CommandContext(ctx, *converter, "sql", "-c", statement).CombinedOutput(); err != nil {
				return fmt.Errorf("converting with %s: %w: %s", *converter, err, out)
			}
			return nil
		}
	}
	for _, name := range strings.Split(*what, ",") {
		path := filepath.Join(*dir, name)
		var err error
		switch name {
		case "logs":
			_, err = gen.Logs(*dir, sizes.Lines, sizes.Users, sizes.Seed, gen.LogOptions{Files: *files, Gzip: *zip})
		case "users.csv":
			err = gen.Users(path, sizes.Users, sizes.Seed)
		case "endpoints.csv":
			err = gen.EndpointLogs(path, *rows, sizes.Seed)
		case "clicks.jsonl":
			err = gen.Clickstream(path, *rows, sizes.Users, sizes.Seed)
		case "brands.csv":
			err = gen.Brands(path, *rows, sizes.Seed)
		default:
			err = set.Make(ctx, []string{name})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sizeFlags declares the flags that say how much data there is.
func sizeFlags(flags *flag.FlagSet) *dataset.Sizes {
	s := dataset.Main
	flags.IntVar(&s.Lines, "lines", s.Lines, "lines of the log")
	flags.IntVar(&s.Users, "users", s.Users, "users of the log and the users table")
	flags.Float64Var(&s.SF, "sf", s.SF, "TPC-H scale factor")
	flags.IntVar(&s.H2O, "h2o-rows", s.H2O, "rows of the H2O tables")
	flags.IntVar(&s.Hits, "hits", s.Hits, "rows of the hits table")
	flags.IntVar(&s.Sort, "sort-rows", s.Sort, "rows of the sort table")
	flags.Uint64Var(&s.Seed, "seed", s.Seed, "seed of the generators")
	return &s
}

// sizeArgs are the flags that sizeFlags reads as these sizes.
func sizeArgs(s *dataset.Sizes) []string {
	return []string{
		"-lines", strconv.Itoa(s.Lines), "-users", strconv.Itoa(s.Users), "-sf", fmt.Sprintf("%g", s.SF), "-h2o-rows", strconv.Itoa(s.H2O),
		"-hits", strconv.Itoa(s.Hits), "-sort-rows", strconv.Itoa(s.Sort), "-seed", strconv.FormatUint(s.Seed, 10),
	}
}

// peersVenv returns the virtual environment of the peers.
func peersVenv(home string) dataset.Venv {
	return dataset.Venv{
		Dir:          filepath.Join(home, "venv"),
		Requirements: filepath.Join(home, "peers", "requirements.txt"),
		Log:          os.Stderr,
	}
}

// benchDir finds the directory of this module: the working directory, the repository's bench/, or above.
func benchDir() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the bench directory: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		for _, home := range []string{dir, filepath.Join(dir, "bench")} {
			_, err := os.Stat(filepath.Join(home, "peers", "harness.py"))
			if err == nil {
				return home, nil
			}
			if !errors.Is(err, os.ErrNotExist) {
				return "", fmt.Errorf("finding the bench directory: %w", err)
			}
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no bench/peers in %s or above: run this inside the repository", start)
		}
	}
}
