package main

import (
	"github.com/spf13/pflag"

	"github.com/siksik-data/siksik"
)

// engineFlags are the flags of every command that runs queries.
type engineFlags struct {
	threads    int
	memory     string
	spillDir   string
	spillLimit string
}

// add declares the flags.
func (f *engineFlags) add(s *pflag.FlagSet) {
	s.IntVar(&f.threads, "threads", 0, "workers, for example --threads 4 (default: one for each processor)")
	s.StringVar(&f.memory, "memory", "", "memory budget, for example --memory 2GB (default: three quarters of the machine's)")
	s.StringVar(&f.spillDir, "spill-dir", "", "directory for what does not fit in memory, for example --spill-dir /mnt/scratch (default: the system's temporary directory)")
	s.StringVar(&f.spillLimit, "spill-limit", "", "most bytes to spill, for example --spill-limit 50GB (default: nine tenths of what is free)")
}

// open makes the engine that the flags describe.
func (f *engineFlags) open() (*siksik.Engine, error) {
	opts := []siksik.EngineOption{siksik.HeapFloor()}
	if f.threads != 0 {
		opts = append(opts, siksik.Threads(f.threads))
	}
	if f.memory != "" {
		opts = append(opts, siksik.Memory(f.memory))
	}
	if f.spillDir != "" {
		opts = append(opts, siksik.SpillDir(f.spillDir))
	}
	if f.spillLimit != "" {
		opts = append(opts, siksik.SpillLimit(f.spillLimit))
	}
	return siksik.Open(opts...)
}
