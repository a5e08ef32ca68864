package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/siksik-data/siksik/bench/dataset"
	"github.com/siksik-data/siksik/bench/gen"
)

// generate makes data: the files of the workloads, and by name the smaller sets of the demo and the examples.
func generate(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench gen", flag.ContinueOnError)
	sizes := sizeFlags(flags)
	dir := flags.String("dir", "", "directory to write to (default: bench/data)")
	what := flags.String("what", strings.Join(dataset.Files(), ","),
		"comma-separated files to make; beside the default also logs, users.csv, endpoints.csv, clicks.jsonl, brands.csv")
	files := flags.Int("files", 0, "with -what logs: number of files under logs/<year>/<month>; 0: the single file logs.ndjson")
	zip := flags.Bool("gzip", false, "with -what logs: compress the files")
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
	flags.Float64Var(&s.SF, "sf", s.SF, "TPC-H scale factor of lineitem")
	flags.Uint64Var(&s.Seed, "seed", s.Seed, "seed of the generators")
	return &s
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
