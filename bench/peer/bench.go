package peer

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Options say how often and how long to run.
type Options struct {
	Setting
	Rounds  int
	Timeout time.Duration // of one run
	Log     io.Writer     // one line per run
}

// Outcome is the best of an engine's runs of a workload, or why it has none.
type Outcome struct {
	Engine     string
	Best       Sample    // the least times and the largest peak of all rounds
	All        []float64 // seconds of each round
	Failure    string    // empty when every round succeeded
	Difference string    // from the first engine's result; empty when equal
}

// Bench runs a workload on every engine, round after round, so that what else the machine does meets all of them.
// An engine that fails is not run again; that it failed is its outcome. The first engine that answers is the one
// whose result the others must have. The error is only ever that ctx ended.
func Bench(ctx context.Context, w Workload, engines []Engine, o Options) ([]Outcome, error) {
	warm(o.Data, w.Files)
	out := make([]Outcome, len(engines))
	for i, e := range engines {
		out[i].Engine = e.Name()
	}
	for round := range o.Rounds {
		for i, e := range engines {
			if out[i].Failure != "" || round > 0 && w.isSlow(e.Name()) {
				continue
			}
			s, err := runOnce(ctx, e, w, o)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err != nil {
				out[i].Failure = err.Error()
				fmt.Fprintf(o.Log, "%s round %d: %s failed: %v\n", w.Name, round+1, e.Name(), err)
				continue
			}
			fmt.Fprintf(o.Log, "%s round %d: %s %.3f s, process %.3f s\n", w.Name, round+1, e.Name(), s.Seconds, s.Wall)
			out[i].add(w, s)
		}
	}
	compare(w, out)
	return out, nil
}

func runOnce(ctx context.Context, e Engine, w Workload, o Options) (Sample, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	return e.Run(ctx, w, o.Setting)
}

// add counts one more run.
func (o *Outcome) add(w Workload, s Sample) {
	o.All = append(o.All, s.Seconds)
	if len(o.All) > 1 {
		if d := w.Difference(s, o.Best); d != "" {
			o.Failure = "two rounds gave different results: " + d
		}
		s.Seconds, s.Wall, s.CPU = min(s.Seconds, o.Best.Seconds), min(s.Wall, o.Best.Wall), min(s.CPU, o.Best.CPU)
		s.PeakBytes, s.GC, s.AllocBytes = max(s.PeakBytes, o.Best.PeakBytes), min(s.GC, o.Best.GC), min(s.AllocBytes, o.Best.AllocBytes)
	}
	o.Best = s
}

// compare notes which results differ from the first one.
func compare(w Workload, out []Outcome) {
	first := slices.IndexFunc(out, func(o Outcome) bool { return o.Failure == "" })
	if first < 0 {
		return
	}
	for i := range out {
		if out[i].Failure == "" {
			out[i].Difference = w.Difference(out[i].Best, out[first].Best)
		}
	}
}

// warm reads the files once, so that the first engine does not pay for the disk alone.
func warm(data string, files []string) {
	for _, name := range files {
		f, err := os.Open(filepath.Join(data, name))
		if err != nil {
			continue // the engines will say it better
		}
		_, _ = io.Copy(io.Discard, f)
		_ = f.Close()
	}
}
