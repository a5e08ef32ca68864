package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/metrics"
	"runtime/pprof"

	sk "github.com/siksik-data/siksik"
)

// runStats is what the hidden flag --stats reports about a whole call, for programs that measure this one.
type runStats struct {
	Types       []string `json:"types"`            // of the last query's columns
	GCSeconds   float64  `json:"gc_cpu_seconds"`   // processor time of the garbage collector up to its last cycle, as the Go runtime estimates it
	BusySeconds float64  `json:"busy_cpu_seconds"` // of the whole process, up to the same moment and by the same estimate
	GCCycles    uint64   `json:"gc_cycles"`
	AllocBytes  uint64   `json:"allocated_bytes"` // on the Go heap, from the start of the process
}

// columnTypes returns the types of a query's columns, or nil for a query that can no longer be bound.
func columnTypes(ctx context.Context, f *sk.LazyFrame) []string {
	schema, err := f.Schema(ctx)
	if err != nil {
		return nil
	}
	out := make([]string, 0, schema.Len())
	for _, field := range schema.Fields {
		out = append(out, field.Type.String())
	}
	return out
}

// printStats writes the line "stats: {…}".
func printStats(w io.Writer, types []string) error {
	s := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/total:cpu-seconds"}, {Name: "/cpu/classes/idle:cpu-seconds"},
		{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/gc/heap/allocs:bytes"},
	}
	metrics.Read(s)
	line, err := json.Marshal(runStats{
		Types: types, GCSeconds: s[0].Value.Float64(), BusySeconds: s[1].Value.Float64() - s[2].Value.Float64(),
		GCCycles: s[3].Value.Uint64(), AllocBytes: s[4].Value.Uint64(),
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "stats: %s\n", line)
	return err
}

// profiled runs the work of a call and writes where its processor time went to a file, for the hidden flag --cpuprofile, whose profiles `make pgo` merges;
// an empty path asks for none.
func profiled(path string, work func() error) (err error) {
	if path == "" {
		return work()
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("creating the profile: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("starting the profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return work()
}
