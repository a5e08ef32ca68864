package dataset

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/bench/gen"
)

// Sizes say how much data there is.
type Sizes struct {
	Lines int     // of the log
	Users int     // of the users table
	SF    float64 // TPC-H scale factor of lineitem
	Seed  uint64
}

// Main is the size that the project's figures are about.
var Main = Sizes{Lines: 3_000_000, Users: 200_000, SF: 1, Seed: 1}

// Set is a data directory.
type Set struct {
	Dir   string
	Sizes Sizes
	Venv  Venv
	Log   io.Writer
}

// maker makes one file, and says from what: the file is made again when that changes.
type maker struct {
	spec func(Sizes) string
	make func(s Set, ctx context.Context, path string) error
}

var makers = map[string]maker{
	"logs.ndjson": {
		spec: func(z Sizes) string {
			return fmt.Sprintf("logs 1: %d lines, %d users, seed %d", z.Lines, z.Users, z.Seed)
		},
		make: func(s Set, _ context.Context, path string) error {
			_, err := gen.Logs(filepath.Dir(path), s.Sizes.Lines, s.Sizes.Users, s.Sizes.Seed, gen.LogOptions{})
			return err
		},
	},
	"users.parquet": {
		spec: func(z Sizes) string { return fmt.Sprintf("users 1: %d users, seed %d", z.Users, z.Seed) },
		make: Set.makeUsers,
	},
	"lineitem.csv": {
		spec: func(z Sizes) string { return fmt.Sprintf("lineitem: SF %g", z.SF) },
		make: func(s Set, ctx context.Context, _ string) error { return s.tpch(ctx, "csv") },
	},
	"lineitem.parquet": {
		spec: func(z Sizes) string { return fmt.Sprintf("lineitem: SF %g", z.SF) },
		make: func(s Set, ctx context.Context, _ string) error { return s.tpch(ctx, "parquet") },
	},
}

// Files returns the names of all files that a set can hold.
func Files() []string { return slices.Sorted(maps.Keys(makers)) }

// Make makes those of the named files that are missing or of other sizes.
func (s Set) Make(ctx context.Context, names []string) error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	for _, name := range names {
		m, ok := makers[name]
		if !ok {
			return fmt.Errorf("there is no data set %q; there are %s", name, strings.Join(Files(), ", "))
		}
		if s.fresh(name) {
			continue
		}
		fmt.Fprintf(s.Log, "making %s (%s)\n", name, m.spec(s.Sizes))
		if err := m.make(s, ctx, filepath.Join(s.Dir, name)); err != nil {
			return fmt.Errorf("making %s: %w", name, err)
		}
		if err := os.WriteFile(s.specPath(name), []byte(m.spec(s.Sizes)), 0o644); err != nil {
			return fmt.Errorf("noting how %s was made: %w", name, err)
		}
	}
	return nil
}

func (s Set) specPath(name string) string { return filepath.Join(s.Dir, name+".spec") }

// fresh tells whether the file exists and was made from the same specification.
func (s Set) fresh(name string) bool {
	if _, err := os.Stat(filepath.Join(s.Dir, name)); err != nil {
		return false
	}
	spec, err := os.ReadFile(s.specPath(name))
	return err == nil && string(spec) == makers[name].spec(s.Sizes)
}

// makeUsers generates the users as CSV and converts them.
func (s Set) makeUsers(ctx context.Context, path string) error {
	csv := strings.TrimSuffix(path, ".parquet") + ".csv"
	if err := gen.Users(csv, s.Sizes.Users, s.Sizes.Seed); err != nil {
		return err
	}
	return s.convertUsers(ctx, csv, path)
}

// convertUsers writes the users' CSV file as Parquet. It is the one place that decides who converts: a peer, because
// the data must not depend on the engine that is measured.
func (s Set) convertUsers(ctx context.Context, csv, parquet string) error {
	if err := s.Venv.Install(ctx); err != nil {
		return err
	}
	var columns []string
	for _, c := range gen.UserColumns {
		columns = append(columns, fmt.Sprintf("'%s': '%s'", c.Name, c.Type))
	}
	query := fmt.Sprintf("COPY (SELECT * FROM read_csv('%s', header = true, columns = {%s})) TO '%s' (FORMAT parquet, COMPRESSION snappy)",
		csv, strings.Join(columns, ", "), parquet)
	return runQuietly(exec.CommandContext(ctx, s.Venv.Program("python"), "-c", "import duckdb, sys; duckdb.sql(sys.argv[1])", query))
}

// tpch writes lineitem in one format.
func (s Set) tpch(ctx context.Context, format string) error {
	if err := s.Venv.Install(ctx); err != nil {
		return err
	}
	return runQuietly(exec.CommandContext(ctx, s.Venv.Program("tpchgen-cli"), format, "--overwrite",
		"--scale-factor", fmt.Sprintf("%g", s.Sizes.SF), "--tables", "lineitem", "--output-dir", s.Dir))
}
