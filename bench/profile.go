package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/siksik-data/siksik/bench/peer"
	"github.com/siksik-data/siksik/bench/pgo"
)

// profiledSuites are the work that release builds are optimised for.
var profiledSuites = []string{"dau", "scan", "tpch", "h2o", "clicks"}

// profilePath is where the profile of release builds lies. It is not in the directory of the program itself, where every build and test would find
// it, and compile all packages once more.
func profilePath(home string) string {
	return filepath.Join(filepath.Dir(home), "cmd", "siksik", "pgo", "default.pgo")
}

// collectProfile runs each workload of the profiled suites once, merges the profiles, and writes what release
// builds take as their profile.
func collectProfile(ctx context.Context, args []string) error {
	s, home, built, err := begin(ctx, args)
	if err != nil {
		return err
	}
	if built.err != nil {
		return built.err
	}
	var list []suite
	for _, name := range profiledSuites {
		list = append(list, suitesOf(name)...)
	}
	plan, err := planned(ctx, home, s, built, args[0], list)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "siksik-pgo-")
	if err != nil {
		return fmt.Errorf("making a directory for profiles: %w", err)
	}
	defer os.RemoveAll(dir)
	var profiles []string
	for _, u := range list {
		for _, w := range plan[u.name] {
			path := filepath.Join(dir, u.name+"-"+w.Name+".pprof")
			e := peer.Siksik{Binary: built.path, Version: built.version, CPUProfile: path}
			sample, err := e.Run(ctx, w, peer.Setting{Data: s.data, Threads: s.threads, Memory: s.memory})
			if err != nil {
				return fmt.Errorf("profiling %s %s: %w", u.name, w.Name, err)
			}
			fmt.Fprintf(os.Stderr, "%s %s: %.2f s of processor time\n", u.name, w.Name, sample.CPU)
			profiles = append(profiles, path)
		}
	}
	target := profilePath(home)
	size, err := pgo.Merge(ctx, profiles, target)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d profiles, %d KB\n", target, len(profiles), size>>10)
	return nil
}
