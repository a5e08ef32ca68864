package mem

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// GoLimit keeps Go's own memory limit in step with a budget while queries run, so
// that garbage does not double what they use: the limit is what the program had before
// them, and the budget with a tenth more, less what lies outside the Go heap. A limit
// that the program has set for itself and that is lower stays. The limit is one of the
// whole process; of several engines at work, the last to begin decides.
type GoLimit struct {
	budget int64

	mu      sync.Mutex
	users   int
	before  int64 // the limit to go back to
	base    int64 // bytes of the heap that are not ours
	offHeap int64
	applied int64 // the offHeap that the limit knows of
}

// NewGoLimit returns a GoLimit for a budget of so many bytes; math.MaxInt64 is none,
// and then it does nothing.
func NewGoLimit(budget int64) *GoLimit { return &GoLimit{budget: budget} }

// Enter begins a query; each Enter is followed by one Leave.
func (g *GoLimit) Enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.users++; g.users > 1 || g.budget == math.MaxInt64 {
		return
	}
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	g.base = 0
	if sample[0].Value.Kind() == metrics.KindUint64 {
		g.base = int64(sample[0].Value.Uint64())
	}
	g.before = debug.SetMemoryLimit(-1)
	g.apply()
}

// Leave ends a query; the last one puts the limit back.
func (g *GoLimit) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.users--; g.users == 0 && g.budget != math.MaxInt64 {
		debug.SetMemoryLimit(g.before)
	}
}

// addOffHeap notes that so many bytes more lie outside the Go heap. Small changes are
// collected, since each new limit stops the program for a moment.
func (g *GoLimit) addOffHeap(n int64) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.offHeap += n
	if d := g.offHeap - g.applied; g.users > 0 && g.budget != math.MaxInt64 && max(d, -d) > g.budget/16 {
		g.apply()
	}
}

// apply sets the limit. However much lies outside, a quarter of the budget is left for
// the heap, or the collector would never rest.
func (g *GoLimit) apply() {
	g.applied = g.offHeap
	want := g.base + max(g.budget/10*11-g.offHeap, g.budget/4)
	debug.SetMemoryLimit(min(want, g.before))
}
