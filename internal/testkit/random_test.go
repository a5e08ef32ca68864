package testkit

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/refimpl"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "replay one random plan")
	plansFlag = flag.Uint64("plans", 1500, "how many random plans to try")
)

// TestMain gives the collector less to do: thousands of small engines live for a moment each.
func TestMain(m *testing.M) {
	mem.RaiseHeapFloor(8 << 30)
	os.Exit(m.Run())
}

// seeds returns the first seed of a test and how many it tries: at most short of them in the quick round, and just the one of -seed.
func seeds(t *testing.T, count, short uint64) (first, n uint64) {
	t.Helper()
	if *seedFlag != 0 {
		return *seedFlag, 1
	}
	if testing.Short() {
		count = min(count, short)
	}
	first = uint64(time.Now().UnixNano())
	t.Logf("first seed %d", first)
	return first, count
}

// render writes rows so that equal text means equal values.
func render(rows [][]data.Scalar) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(refimpl.Key(r) + "\n")
	}
	return b.String()
}

func collect(t *testing.T, e *engine.Engine, n plan.Node) (string, error) {
	t.Helper()
	q, err := e.Plan(n)
	if err != nil {
		return "", err
	}
	batches, err := q.Collect(context.Background())
	if err != nil {
		return "", err
	}
	var rows [][]data.Scalar
	for _, b := range batches {
		for i := range b.Len {
			r := make([]data.Scalar, len(b.Cols))
			for k, c := range b.Cols {
				r[k] = c.Value(i)
			}
			rows = append(rows, r)
		}
	}
	return render(rows), nil
}

// The optimised engine, the unoptimised engine and the naive interpreter agree on random plans, for one and several workers. A failure prints its seed:
// go test ./internal/testkit -run Random -seed N
func TestRandomPlansAgreeWithTheReference(t *testing.T) {
	t.Parallel()
	start, count := seeds(t, *plansFlag, 400)
	ran := uint64(0)
	for seed := start; seed < start+count; seed++ {
		if tryPlan(t, seed) {
			ran++
		}
		if t.Failed() {
			return
		}
	}
	if *seedFlag == 0 && ran < count/2 {
		t.Fatalf("only %d of %d plans could be compared", ran, count)
	}
}

// randomPlan is the plan of a seed.
func randomPlan(seed uint64) plan.Node { return NewRandom(seed).Plan(1 + int(seed%5)) }

// tryPlan compares one plan and reports whether the reference could run it.
func tryPlan(t *testing.T, seed uint64) bool {
	n := randomPlan(seed)
	want, err := refimpl.Run(n)
	if err != nil {
		return false // an overflow or a cast that fails: the engine may or may not reach it
	}
	expect := render(want)
	for _, optimise := range []string{"false", "true"} {
		for _, threads := range []int{1, 3} {
			e := engine.New(engine.Config{Threads: threads, Memory: 1 << 30})
			if err := e.Set("optimizer", optimise); err != nil {
				t.Fatal(err)
			}
			got, err := collect(t, e, n)
			if err == nil && got != expect {
				err = errors.New(difference(expect, got))
			}
			if err != nil {
				t.Errorf("seed %d, optimizer %s, %d threads: %v\n%s", seed, optimise, threads, err, plan.Format(n))
				return true
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	tryTight(t, seed, n, expect)
	return true
}

// tightBudgets are so small that operators spill the few rows of random tables; some plans fail in them.
var tightBudgets = []int64{4 << 10, 16 << 10, 64 << 10}

// tryTight compares a plan within a tiny memory budget, in which it may also fail with the error of that.
func tryTight(t *testing.T, seed uint64, n plan.Node, expect string) {
	t.Helper()
	budget := tightBudgets[seed%uint64(len(tightBudgets))]
	e := engine.New(engine.Config{Threads: 2, Memory: budget, Spill: spill.Config{Dir: t.TempDir()}})
	got, err := collect(t, e, n)
	if err == nil && got != expect {
		err = errors.New(difference(expect, got))
	}
	if err != nil && fault.CodeOf(err) != fault.Memory {
		t.Errorf("seed %d, memory %d: %v\n%s", seed, budget, err, plan.Format(n))
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// difference shows the first line that differs.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(no row)", "(no row)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("row %d of %d, want %d: got %s, want %s", i, len(g)-1, len(w)-1, b, a)
		}
	}
	return "equal"
}
