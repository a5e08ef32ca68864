package mem

import (
	"math"
	"runtime/debug"
	"testing"
)

func TestGoLimitFollowsTheBudgetWhileQueriesRun(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	debug.SetMemoryLimit(math.MaxInt64)
	limit := NewGoLimit(1 << 30)
	root := NewBudget("engine", 1<<30)
	s := NewSlabsTelling(root, limit)
	limit.Enter()
	first := debug.SetMemoryLimit(-1)
	if low := int64(1 << 30); first < low || first > low*2 {
		t.Errorf("limit is %d", first)
	}
	r := root.Reservation("sort")
	a, err := DirtySlab[byte](s, r, 512<<20)
	if err != nil {
		t.Fatal(err)
	}
	limit.Enter()
	if got := debug.SetMemoryLimit(-1); a != nil && got > first-500<<20 {
		t.Errorf("with half of the budget outside the heap the limit is %d, before %d", got, first)
	}
	limit.Leave()
	FreeSlab(s, r, a)
	s.Close()
	if got := debug.SetMemoryLimit(-1); got < first-100<<20 {
		t.Errorf("the limit stays at %d", got)
	}
	limit.Leave()
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("after the last query the limit is %d", got)
	}
	debug.SetMemoryLimit(100 << 20)
	limit.Enter()
	if got := debug.SetMemoryLimit(-1); got != 100<<20 {
		t.Errorf("the program's own lower limit became %d", got)
	}
	limit.Leave()
}

// Queries of several engines begin and end in any order: while they run the limit has room for each, and after the last it is what it was.
func TestGoLimitsOfSeveralEnginesAddUp(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	debug.SetMemoryLimit(math.MaxInt64)
	a, b := NewGoLimit(1<<30), NewGoLimit(16<<20)
	a.Enter()
	alone := debug.SetMemoryLimit(-1)
	b.Enter()
	if both := debug.SetMemoryLimit(-1); both < alone {
		t.Errorf("a second engine lowered the limit from %d to %d", alone, both)
	}
	a.Leave()
	if got := debug.SetMemoryLimit(-1); got >= alone {
		t.Errorf("the limit is %d after the larger engine is done, and was %d with it alone", got, alone)
	}
	b.Leave()
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("the limit is %d after all queries", got)
	}
}

// What nobody reserves takes some MB whatever the budget: a small one would leave the collector no garbage to wait for, a large one has a tenth.
func TestGoLimitLeavesHeadroomToSmallBudgets(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for _, c := range []struct{ budget, least, most int64 }{
		{8 << 20, 12 << 20, 20 << 20}, {64 << 20, 20 << 20, 30 << 20}, {256 << 20, 50 << 20, 64 << 20}, {10 << 30, 1 << 30, 1 << 30},
	} {
		debug.SetMemoryLimit(math.MaxInt64)
		limit := NewGoLimit(c.budget)
		limit.Enter()
		if got := debug.SetMemoryLimit(-1) - atWork.base - c.budget; got < c.least || got > c.most {
			t.Errorf("a budget of %d has headroom of %d, want %d to %d", c.budget, got, c.least, c.most)
		}
		limit.Leave()
	}
}
