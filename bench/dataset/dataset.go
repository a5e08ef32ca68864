package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/bench/gen"
)

// Sizes say how much data there is.
type Sizes struct {
	Lines int     // of the log
	Users int     // of the users table
	SF    float64 // TPC-H scale factor
	H2O   int     // rows of the tables of the group-by and join questions
	Hits  int     // rows of the hits table
	Sort  int     // rows of the sort table
	Seed  uint64
}

// Main is the size that the project's figures are about.
var Main = Sizes{Lines: 3_000_000, Users: 200_000, SF: 1, H2O: 10_000_000, Hits: 10_000_000, Sort: 60_000_000, Seed: 1}

// Set is a data directory.
type Set struct {
	Dir   string
	Sizes Sizes
	Venv  Venv
	Log   io.Writer
	// Convert runs a COPY statement that turns a CSV file into a Parquet file; nil means that DuckDB does, because the
	// data must not depend on the engine that is measured.
	Convert func(ctx context.Context, statement string) error
}

// maker makes one file, and says from what: the file is made again when that changes.
type maker struct {
	spec func(Sizes) string
	make func(s Set, ctx context.Context, path string) error
}

var makers = func() map[string]maker {
	all := map[string]maker{
		"logs.ndjson": {
			spec: func(z Sizes) string {
				return fmt.Sprintf("logs 1: %d lines, %d users, seed %d", z.Lines, z.Users, z.Seed)
			},
			make: func(s Set, _ context.Context, path string) error {
				_, err := gen.Logs(filepath.Dir(path), s.Sizes.Lines, s.Sizes.Users, s.Sizes.Seed, gen.LogOptions{})
				return err
			},
		},
		"lineitem.csv":        {spec: lineitemSpec, make: func(s Set, ctx context.Context, _ string) error { return s.tpch(ctx, "csv", "lineitem", s.Dir) }},
		"lineitem.parquet":    {spec: lineitemSpec, make: func(s Set, ctx context.Context, _ string) error { return s.tpch(ctx, "parquet", "lineitem", s.Dir) }},
		"users.parquet":       converted("users 1: %d users, seed %d", func(z Sizes) int { return z.Users }, gen.UserColumns, gen.Users),
		"hits.parquet":        converted("hits 1: %d rows, seed %d", func(z Sizes) int { return z.Hits }, gen.HitColumns, gen.Hits),
		"sort.parquet":        converted("sort 1: %d rows, seed %d", func(z Sizes) int { return z.Sort }, gen.SortColumns, gen.SortRows),
		"h2o-groupby.parquet": converted("h2o 1: %d rows, seed %d", func(z Sizes) int { return z.H2O }, gen.H2OGroupByColumns, gen.H2OGroupBy),
	}
	for _, j := range gen.H2OJoins {
		all[strings.TrimSuffix(j.File, ".csv")+".parquet"] = converted("h2o joins 1: %d rows, seed %d", func(z Sizes) int { return z.H2O }, j.Columns,
			func(path string, rows int, seed uint64) error { return j.Write(filepath.Dir(path), rows, seed) })
	}
	return all
}()

func lineitemSpec(z Sizes) string { return fmt.Sprintf("lineitem: SF %g", z.SF) }

// converted makes a Parquet file from the CSV file of a generator, which is removed afterwards.
func converted(spec string, rows func(Sizes) int, columns []gen.Column, generate func(path string, rows int, seed uint64) error) maker {
	return maker{
		spec: func(z Sizes) string { return fmt.Sprintf(spec, rows(z), z.Seed) },
		make: func(s Set, ctx context.Context, path string) error {
			csv := strings.TrimSuffix(path, ".parquet") + ".csv"
			if err := generate(csv, rows(s.Sizes), s.Sizes.Seed); err != nil {
				return err
			}
			return errors.Join(s.convert(ctx, csv, columns, path), os.Remove(csv))
		},
	}
}

// find returns the maker of a file. The files of TPC-H lie in a directory of their scale factor, and stay when another
// one is asked for.
func find(name string) (maker, bool) {
	m, ok := makers[name]
	table, inside := strings.CutSuffix(path.Base(name), ".parquet")
	var sf float64
	if ok || !inside {
		return m, ok
	}
	if _, err := fmt.Sscanf(path.Dir(name), "tpch-sf%g", &sf); err != nil {
		return m, false
	}
	return maker{
		spec: func(Sizes) string { return fmt.Sprintf("TPC-H: SF %g", sf) },
		make: func(s Set, ctx context.Context, path string) error {
			s.Sizes.SF = sf
			return s.tpch(ctx, "parquet", table, filepath.Dir(path))
		},
	}, true
}

// Files returns the names of all files that a set can hold.
func Files() []string { return slices.Sorted(maps.Keys(makers)) }

// Make makes those of the named files that are missing or of other sizes.
func (s Set) Make(ctx context.Context, names []string) error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	for _, name := range names {
		m, ok := find(name)
		if !ok {
			return fmt.Errorf("there is no data set %q; there are %s", name, strings.Join(Files(), ", "))
		}
		if s.fresh(name, m.spec(s.Sizes)) {
			continue
		}
		fmt.Fprintf(s.Log, "making %s (%s)\n", name, m.spec(s.Sizes))
		path := filepath.Join(s.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("making the data directory: %w", err)
		}
		if err := m.make(s, ctx, path); err != nil {
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
func (s Set) fresh(name, want string) bool {
	if _, err := os.Stat(filepath.Join(s.Dir, name)); err != nil {
		return false
	}
	spec, err := os.ReadFile(s.specPath(name))
	return err == nil && string(spec) == want
}

// convert writes a generated CSV file as Parquet.
func (s Set) convert(ctx context.Context, csv string, columns []gen.Column, parquet string) error {
	var types []string
	for _, c := range columns {
		types = append(types, fmt.Sprintf("'%s': '%s'", c.Name, c.Type))
	}
	statement := fmt.Sprintf(`COPY (SELECT * FROM read_csv('%s', header = true, nullstr = '\N', columns = {%s})) TO '%s' (FORMAT parquet, COMPRESSION snappy)`,
		csv, strings.Join(types, ", "), parquet)
	if s.Convert != nil {
		return s.Convert(ctx, statement)
	}
	if err := s.Venv.Install(ctx); err != nil {
		return err
	}
	return runQuietly(exec.CommandContext(ctx, s.Venv.Program("python"), "-c", "import duckdb, sys; duckdb.sql(sys.argv[1])", statement))
}

// tpch writes a table of TPC-H in one format into a directory.
func (s Set) tpch(ctx context.Context, format, table, dir string) error {
	if err := s.Venv.Install(ctx); err != nil {
		return err
	}
	return runQuietly(exec.CommandContext(ctx, s.Venv.Program("tpchgen-cli"), format, "--overwrite",
		"--scale-factor", fmt.Sprintf("%g", s.Sizes.SF), "--tables", table, "--output-dir", dir))
}
