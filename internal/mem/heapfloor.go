package mem

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	heapFloorMost  = 64 << 20
	heapFloorShare = 16 // of the budget
	// goLeastHeap is how far Go lets a heap grow at 100 percent, however little of it lives. It grows with the percentage.
	goLeastHeap = 4 << 20
)

// HeapFloor lets the Go heap grow to a floor before it is collected: most queries keep little on it, and a collector that begins anew
// whenever a few MB doubled takes a tenth of the processor time of short ones. The floor is 64 MB, or a 16th of the budget if that is less. A heap
// that lives above the floor is collected as ever. A floor of 64 MB lies in huge pages, where the system has them. Like GoLimit this is a setting of the whole process, so that an engine has it only when its program asks
// for it. Of several, the last one raised decides. The nil HeapFloor does nothing.
type HeapFloor struct {
	floor int64

	mu      sync.Mutex
	lowered bool
	before  int // the percentage to go back to
	now     int
}

// RaiseHeapFloor raises the floor for a budget of so many bytes, until Lower.
func RaiseHeapFloor(budget int64) *HeapFloor {
	h := &HeapFloor{floor: min(heapFloorMost, budget/heapFloorShare)}
	if h.floor == heapFloorMost {
		hugeHeap() // a small budget wants every page back that is not in use
	}
	h.now = h.wanted()
	h.before = debug.SetGCPercent(h.now)
	h.apply()
	h.watch()
	return h
}

// Lower puts the collector back as it was. It is idempotent.
func (h *HeapFloor) Lower() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.lowered {
		h.lowered = true
		debug.SetGCPercent(h.before)
	}
}

// watch adapts the percentage after each collection: what lives has changed then. The cleanup of an object that nobody holds is how a program hears of a
// collection.
func (h *HeapFloor) watch() {
	runtime.AddCleanup(new(collected), func(h *HeapFloor) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.lowered {
			h.apply()
			h.watch()
		}
	}, h)
}

// collected is large enough to have a block of its own: objects that share one live as long as any of them.
type collected struct{ _ [64]byte }

// wanted is the percentage at which a heap that keeps what lives now is collected at the floor.
func (h *HeapFloor) wanted() int { return int(100 * h.floor / max(liveHeap(), goLeastHeap)) }

// apply sets the percentage. A program that collects less often, or never, goes on to do so.
func (h *HeapFloor) apply() {
	want := h.before
	if want >= 0 {
		want = max(want, h.wanted())
	}
	if want != h.now {
		h.now = want
		debug.SetGCPercent(want)
	}
}

// liveHeap is what the last collection found to be in use.
func liveHeap() int64 { return runtimeBytes("/gc/heap/live:bytes") }

// runtimeBytes reads one of the runtime's metrics; 0 if there is none of the name.
func runtimeBytes(name string) int64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(s[0].Value.Uint64())
}
