package testkit

import (
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/internal/plan"
)

// Correlated subqueries over random plans give what computing them once for every row gives. A failure prints its seed as in the test of random plans.
func TestRandomSubqueriesAgreeWithTheReference(t *testing.T) {
	start := uint64(time.Now().UnixNano())
	count := *plansFlag
	if testing.Short() {
		count = min(count, 300)
	}
	t.Logf("first seed %d", start)
	ran := 0
	for seed := start; ran < count && seed < start+uint64(20*count); seed++ {
		if !strings.Contains(plan.Format(randomPlan(seed)), "Apply") {
			continue
		}
		if tryPlan(t, seed) {
			ran++
		}
		if t.Failed() {
			return
		}
	}
	if ran < count {
		t.Fatalf("only %d plans with subqueries could be compared", ran)
	}
}
