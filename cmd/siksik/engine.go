package main

import (
	"github.com/spf13/pflag"

	"github.com/siksik-data/siksik"
)

// engineFlags are the flags of every command that runs queries.
type engineFlags struct {
	threads int
	memory  string
}

// add declares the flags.
func (f *engineFlags) add(s *pflag.FlagSet) {
	s.IntVar(&f.threads, "threads", 0, "workers, for example --threads 4 (default: one for each processor)")
	s.StringVar(&f.memory, "memory", "", "memory budget, for example --memory 2GB (default: three quarters of the machine's)")
}

// open makes the engine that the flags describe.
func (f *engineFlags) open() (*siksik.Engine, error) {
	var opts []siksik.EngineOption
	if f.threads != 0 {
		opts = append(opts, siksik.Threads(f.threads))
	}
	if f.memory != "" {
		opts = append(opts, siksik.Memory(f.memory))
	}
	return siksik.Open(opts...)
}
