package mem

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

var garbage []byte

// churn allocates so many bytes and keeps none of them.
func churn(bytes int) {
	for range bytes >> 16 {
		garbage = make([]byte, 1<<16)
	}
	garbage = nil
}

func collections() uint64 {
	s := []metrics.Sample{{Name: "/gc/cycles/automatic:gc-cycles"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func percent() int {
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}

func TestAHeapBelowItsFloorIsNotCollected(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	runtime.GC()
	h := RaiseHeapFloor(4 << 30)
	before := collections()
	churn(40 << 20)
	if n := collections() - before; n > 1 {
		t.Errorf("40 MB of garbage were collected %d times below a floor of 64 MB", n)
	}
	h.Lower()
	h.Lower()
	if p := percent(); p != 100 {
		t.Errorf("lowered, the percentage is %d", p)
	}
	before = collections()
	churn(40 << 20)
	if collections()-before < 2 {
		t.Error("without the floor 40 MB of garbage are not collected")
	}
}

func TestAHeapAboveItsFloorIsCollectedAsEver(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	h := RaiseHeapFloor(4 << 30)
	defer h.Lower()
	kept := make([]byte, 200<<20)
	for deadline := time.Now().Add(time.Minute); percent() > 100; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("with 200 MB alive the percentage stays at %d", percent())
		}
	}
	runtime.KeepAlive(kept)
}

func TestTheFloorFollowsASmallBudget(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	runtime.GC()
	h := RaiseHeapFloor(256 << 20)
	if h.floor != 16<<20 {
		t.Errorf("the floor is %d", h.floor)
	}
	h.Lower()
	h = RaiseHeapFloor(32 << 20)
	defer h.Lower()
	if p := percent(); p != 100 {
		t.Errorf("with a budget of 32 MB the percentage is %d", p)
	}
}

func TestTheFloorLeavesACollectorAloneThatIsOffOrRarer(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, p := range []int{-1, 100000} {
		debug.SetGCPercent(p)
		h := RaiseHeapFloor(4 << 30)
		if got := percent(); got != p {
			t.Errorf("%d became %d", p, got)
		}
		h.Lower()
		if got := percent(); got != p {
			t.Errorf("%d became %d when lowered", p, got)
		}
	}
	var none *HeapFloor
	none.Lower()
}
