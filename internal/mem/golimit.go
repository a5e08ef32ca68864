package mem

import (
	"math"
	"runtime/debug"
	"sync"
)

const (
	// headroomLeast, with a fifth of a small budget, and headroomMost are what a limit has beyond the budget if a tenth of the budget is less.
	headroomLeast = 12 << 20
	headroomMost  = 64 << 20
)

// GoLimit keeps Go's own memory limit in step with a budget while queries run, so
// that garbage does not double what they use: the limit is what the program had before
// them, and the budget with headroom, less what lies outside the Go heap. A limit
// that the program has set for itself and that is lower stays. The limit is one of the
// whole process: the budgets of engines that are at work together add up in it.
type GoLimit struct {
	budget int64

	// Guarded by atWork.mu.
	users   int
	offHeap int64
	applied int64 // the offHeap that the limit knows of
}

// atWork is what the process's limit is made of.
var atWork struct {
	mu     sync.Mutex
	before int64 // the limit to go back to
	base   int64 // bytes of the heap that were in use before the first query
	ours   int64 // bytes of the heap that the limits at work give
	count  int   // limits at work
}

// NewGoLimit returns a GoLimit for a budget of so many bytes; math.MaxInt64 is none,
// and then it does nothing.
func NewGoLimit(budget int64) *GoLimit { return &GoLimit{budget: budget} }

// Enter begins a query; each Enter is followed by one Leave.
func (g *GoLimit) Enter() {
	if g.budget == math.MaxInt64 {
		return
	}
	atWork.mu.Lock()
	defer atWork.mu.Unlock()
	if g.users++; g.users > 1 {
		return
	}
	if atWork.count++; atWork.count == 1 {
		atWork.base = runtimeBytes("/memory/classes/heap/objects:bytes")
		atWork.before = debug.SetMemoryLimit(-1)
	}
	g.applied = g.offHeap
	give(g.share())
}

// Leave ends a query; the last one puts the limit back.
func (g *GoLimit) Leave() {
	if g.budget == math.MaxInt64 {
		return
	}
	atWork.mu.Lock()
	defer atWork.mu.Unlock()
	if g.users--; g.users > 0 {
		return
	}
	atWork.count--
	give(-g.share())
}

// addOffHeap notes that so many bytes more lie outside the Go heap. Small changes are
// collected, since each new limit stops the program for a moment.
func (g *GoLimit) addOffHeap(n int64) {
	if g == nil || g.budget == math.MaxInt64 {
		return
	}
	atWork.mu.Lock()
	defer atWork.mu.Unlock()
	g.offHeap += n
	if d := g.offHeap - g.applied; g.users > 0 && max(d, -d) > g.budget/16 {
		old := g.share()
		g.applied = g.offHeap
		give(g.share() - old)
	}
}

// share is how much heap the budget leaves. However much lies outside, a quarter of it
// is left for the heap, and no less than Go's least heap, or the collector would never rest.
func (g *GoLimit) share() int64 {
	return max(g.budget+g.headroom()-g.applied, g.budget/4, goLeastHeap)
}

// headroom is for garbage and for what nobody reserves: the runtime's own tables, pages being read. A tenth of a budget of some hundred MB would be
// full of the latter, and a collector without room for garbage runs all the time.
func (g *GoLimit) headroom() int64 {
	return max(g.budget/10, min(headroomLeast+g.budget/5, headroomMost))
}

// give changes what the limits at work give by n bytes, and with it Go's limit. The caller holds atWork.mu.
func give(n int64) {
	atWork.ours += n
	limit := atWork.before
	if atWork.count > 0 {
		limit = min(limit, atWork.base+atWork.ours)
	}
	debug.SetMemoryLimit(limit)
}
