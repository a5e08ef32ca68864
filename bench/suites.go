package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/bench/peer"
)

// suite is a set of workloads that one command measures and one table reports.
type suite struct {
	name    string
	help    string
	engines []string // that run it unless others are asked for, in this order
	queries func(s settings, home string) ([]peer.Workload, error)
}

// The peers in the order in which they run. The optional ones are large and run only when they are named, or all asked
// for.
var (
	pythonEngines   = []string{"duckdb", "polars", "datafusion", "pandas"}
	optionalEngines = []string{"chdb", "pyspark"}
	ourEngines      = []string{"siksik", "siksik-run", "siksik-1", "siksik-2", "siksik-4", "siksik-8"}
	usualEngines    = []string{"duckdb", "polars", "datafusion", "siksik"}
)

var suites = []suite{
	{"dau", "the main job", []string{"duckdb", "polars", "datafusion", "pandas", "siksik", "siksik-run"}, fixed(peer.DAU)},
	{"scan", "scans of NDJSON, CSV and Parquet", usualEngines, fixed(peer.Scans...)},
	{"tpch", "the 22 TPC-H queries as written", usualEngines, tpch},
	{"h2o", "group-by and join questions of the H2O shape", usualEngines, fixed(peer.H2O...)},
	{"clicks", "43 queries over one wide table of page views", usualEngines, fixed(peer.Clicks...)},
	{"sort", "sorts of a large table, in memory and in 1 GB", usualEngines, fixed(peer.Sort...)},
	{"scaling", "the TPC-H queries on one and on two workers", []string{"siksik-1", "siksik-2"}, tpch},
}

// fixed are workloads that do not depend on flags.
func fixed(list ...peer.Workload) func(settings, string) ([]peer.Workload, error) {
	return func(settings, string) ([]peer.Workload, error) { return list, nil }
}

func tpch(s settings, home string) ([]peer.Workload, error) {
	dir, err := peer.FindTPCH(os.Getenv("SIKSIK_CONFORMANCE"), home)
	if err != nil {
		return nil, err
	}
	return peer.TPCH(dir, s.sizes.SF)
}

// suitesOf returns the suites of a command: its own, or for "all" every one but scaling, which repeats TPC-H.
func suitesOf(command string) []suite {
	var out []suite
	for _, u := range suites {
		if u.name == command || command == "all" && u.name != "scaling" {
			out = append(out, u)
		}
	}
	return out
}

// chosen returns the workloads of the suite that the flags leave.
func (u suite) chosen(s settings, home string) ([]peer.Workload, error) {
	all, err := u.queries(s, home)
	if err != nil || s.only == nil {
		return all, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(w peer.Workload) bool { return !slices.Contains(s.only, w.Name) }), nil
}

// enginesOf names the engines that run the suite.
func (u suite) enginesOf(s settings) []string {
	names := slices.Clone(u.engines)
	switch {
	case s.engines != nil:
		names = slices.Clone(s.engines)
	case s.optional && u.name != "scaling":
		names = slices.Insert(names, len(names)-1, optionalEngines...)
	}
	if s.peerless {
		names = slices.DeleteFunc(names, func(e string) bool { return !strings.HasPrefix(e, "siksik") })
	}
	return names
}

// usage tells the commands.
func usage() string {
	var b strings.Builder
	b.WriteString("usage: bench COMMAND [flags]\n\n")
	for _, u := range suites {
		fmt.Fprintf(&b, "  %-8s %s\n", u.name, u.help)
	}
	b.WriteString(`  all      all of them but scaling
  kernels  go test -bench of inner packages, compared with the run before or with -base COMMIT
  gen      make data only; with -what also the data of the demo and the examples

Each prints tables and writes results/<time>-<command>.json and .html. bench COMMAND -h lists the flags.`)
	return b.String()
}
