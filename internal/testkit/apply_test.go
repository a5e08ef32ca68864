package testkit

import (
	"strings"
	"testing"

	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/internal/slt"
)

// Correlated subqueries over random plans give what computing them once for every row gives. A failure prints its seed, which -seed replays.
func TestRandomSubqueriesAgreeWithTheReference(t *testing.T) {
	t.Parallel()
	start, count := seeds(t, *plansFlag, 300)
	ran := uint64(0)
	for seed := start; ran < count && seed < start+20*count; seed++ {
		if *seedFlag == 0 && !strings.Contains(plan.Format(randomPlan(seed)), "Apply") {
			continue
		}
		if tryPlan(t, seed) {
			ran++
		}
		if t.Failed() {
			return
		}
	}
	if *seedFlag == 0 && ran < count {
		t.Fatalf("only %d plans with subqueries could be compared", ran)
	}
}

// An aggregate over no rows is the same in a correlated subquery as without one: 0 for counts, an empty list for implode, null for most.
func TestAggregatesOfNothingAreTheSameInSubqueries(t *testing.T) {
	t.Parallel()
	e := engine.New(engine.Config{Threads: 1, Memory: 1 << 30})
	defer e.Close()
	compared := map[string]bool{}
	for _, name := range sig.Names() {
		if sig.Lookup(name)[0].Kind != sig.Aggregate {
			continue
		}
		for _, args := range []string{"x", "x > 0", "x::double", "x::varchar", "x, x", "x, 0.5", "x, 2", "*"} {
			plain := "SELECT " + name + "(" + args + ") FROM (VALUES (1::BIGINT)) t(x) WHERE x > 5"
			within := "SELECT (SELECT " + name + "(" + args + ") FROM (VALUES (1::BIGINT)) t(x) WHERE x = o.k) FROM (VALUES (7::BIGINT)) o(k)"
			want, err := slt.Text(t.Context(), e, plain)
			if err != nil { // this aggregate does not take these arguments
				continue
			}
			got, err := slt.Text(t.Context(), e, within)
			if err != nil || got != want {
				t.Errorf("%s: %s, want %s (%v)", within, got, want, err)
			}
			compared[name] = true
		}
	}
	if len(compared) < 25 {
		t.Errorf("only %d aggregates were compared", len(compared))
	}
}
