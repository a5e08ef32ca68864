package op

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
)

// tight runs a plan within a budget, with a disk, and returns its rows and how many bytes were spilled.
func tight(t *testing.T, root phys.Node, threads int, limit int64) (rowsOf, int64) {
	t.Helper()
	l := &limited{t: t, dir: t.TempDir(), threads: threads, limit: limit}
	rows, err := l.run(t.Context(), root)
	if err != nil {
		t.Fatalf("budget %d, threads %d: %v", limit, threads, err)
	}
	return rows, l.spilled
}

// noFiles checks that nothing is left in dir, no directory either.
func noFiles(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		t.Errorf("%s was left behind", e.Name())
	}
}

// wideRows is rows with keys of the types, a number, and a long text for weight.
func wideRows(r *rand.Rand, n, domain int, nulls float64, types []dtype.Type) rowsOf {
	rows := randomRows(r, n, domain, nulls, append(append([]dtype.Type{}, types...), tInt)...)
	for i := range rows {
		rows[i] = append(rows[i], data.StringScalar(fmt.Sprintf("%0100d", i)))
	}
	return rows
}

// spillCase is a join of wide rows.
type spillCase struct {
	joinCase
	types   []dtype.Type
	domain  int
	nl, nr  int
	ordered bool
}

// tables makes the rows and columns of both sides.
func (c spillCase) tables(r *rand.Rand) (l, rr rowsOf, lc, rc []expr.Col) {
	all := append(append(append([]dtype.Type{}, c.types...), tInt), tString)
	return wideRows(r, c.nl, c.domain, 0.05, c.types), wideRows(r, c.nr, c.domain, 0.05, c.types), cols(0, all...), cols(20, all...)
}

// workers returns the numbers of workers to test with.
func workers() []int {
	if testing.Short() {
		return []int{2}
	}
	return []int{1, 2, 7}
}

func (c spillCase) check(t *testing.T, limits ...int64) {
	t.Helper()
	l, rr, lc, rc := c.tables(seeded(t))
	plan := func(threads int) phys.Node {
		n := c.plan(variant{512, threads, false}, l, rr, lc, rc)
		if h, ok := n.(*phys.HashJoin); ok {
			h.Ordered = c.ordered
		}
		return n
	}
	want := collect(t, plan(1), 1)
	for _, limit := range limits {
		for _, threads := range workers() {
			got, spilled := tight(t, plan(threads), threads, limit)
			name := fmt.Sprintf("budget %d, %d workers", limit, threads)
			if spilled == 0 {
				t.Errorf("%s: nothing was spilled", name)
			}
			if c.ordered {
				sameRows(t, name, got, want)
			} else {
				sameSet(t, name, got, want)
			}
		}
	}
}

func TestJoinsOnDiskGiveTheSameRowsInTheSameOrder(t *testing.T) {
	for _, kind := range []defs.JoinKind{defs.Inner, defs.Left, defs.Right, defs.Full, defs.Semi, defs.Anti, defs.Mark, defs.Single} {
		for bits := range 8 {
			c := spillCase{joinCase: joinCase{kind: kind, keys: 1, safe: bits&1 != 0, residual: bits&2 != 0, buildLeft: bits&4 != 0}, domain: 6000, nl: 5000, nr: 5000}
			if c.buildLeft && (kind == defs.Mark || kind == defs.Single) || kind == defs.Mark && c.residual || testing.Short() && bits != 0 && bits != 4 {
				continue
			}
			c.types, c.ordered = []dtype.Type{tInt}, !c.buildLeft || kind == defs.Semi || kind == defs.Anti
			if c.safe {
				c.types, c.keys = []dtype.Type{tString, tInt32}, 2
				c.domain = 80
			}
			if kind == defs.Single {
				c.types, c.keys, c.domain, c.safe = []dtype.Type{tInt}, 1, 1_000_000_000, false // hardly any key twice
			}
			limit := int64(400_000)
			if kind == defs.Semi || kind == defs.Anti || kind == defs.Mark {
				limit = 40_000 // their build side has few columns
			}
			t.Run(c.String(), func(t *testing.T) { c.check(t, limit) })
		}
	}
}

func TestJoinsOnDiskDivideTooLargePartitionsAgain(t *testing.T) {
	for _, kind := range []defs.JoinKind{defs.Inner, defs.Full} {
		c := spillCase{joinCase: joinCase{kind: kind, keys: 1}, types: []dtype.Type{tInt}, domain: 15_000, nl: 5_000, nr: 20_000, ordered: true}
		t.Run(c.String(), func(t *testing.T) { c.check(t, 600_000) })
	}
}

func TestJoinsOnDiskPassSeveralTimesOverOneHotKey(t *testing.T) {
	for _, kind := range []defs.JoinKind{defs.Inner, defs.Left, defs.Right, defs.Full, defs.Semi, defs.Anti, defs.Mark} {
		for _, left := range []bool{false, true} {
			c := spillCase{joinCase: joinCase{kind: kind, keys: 1, residual: kind != defs.Mark, buildLeft: left}, types: []dtype.Type{tInt}, domain: 1, nl: 100, nr: 9000}
			if left {
				c.nl, c.nr = c.nr, c.nl
			}
			if left && kind == defs.Mark {
				continue
			}
			c.ordered = !left || kind == defs.Semi || kind == defs.Anti
			if !c.joinCase.residual || kind == defs.Inner || kind == defs.Left || kind == defs.Right || kind == defs.Full {
				c.residual = kind != defs.Mark
				c.nl, c.nr = min(c.nl, 6000), min(c.nr, 6000)
				if left {
					c.nr = 20
				} else {
					c.nl = 20
				}
			}
			limit := int64(300_000)
			if kind == defs.Mark || kind == defs.Semi || kind == defs.Anti {
				limit = 40_000
			}
			t.Run(c.String(), func(t *testing.T) { c.check(t, limit) })
		}
	}
}

func TestLoopJoinsOnDisk(t *testing.T) {
	for _, kind := range []defs.JoinKind{defs.Inner, defs.Left, defs.Right, defs.Full, defs.Semi, defs.Anti} {
		c := spillCase{joinCase: joinCase{kind: kind, residual: true}, domain: 5000, nl: 20, nr: 4000, ordered: true}
		limit := int64(300_000)
		if kind == defs.Semi || kind == defs.Anti {
			limit = 20_000
		}
		t.Run(c.String(), func(t *testing.T) { c.check(t, limit) })
	}
}

func TestSingleJoinOnDiskFailsOnASecondMatch(t *testing.T) {
	c := spillCase{joinCase: joinCase{kind: defs.Single, keys: 1}, types: []dtype.Type{tInt}, domain: 3, nl: 100, nr: 9000, ordered: true}
	l, rr, lc, rc := c.tables(seeded(t))
	files := spill.NewStore(spill.Config{Dir: t.TempDir()}).Query()
	defer files.Close()
	_, err := Collect(t.Context(), number(c.plan(variant{512, 2, false}, l, rr, lc, rc)), Options{Threads: 2, Budget: mem.NewBudget("test", 300_000), Spill: files})
	if err == nil || err.Error() != manyRows().Error() {
		t.Fatalf("error is %v", err)
	}
}

func TestJoinsOnDiskAreCancelledInEveryPhase(t *testing.T) {
	c := spillCase{joinCase: joinCase{kind: defs.Full, keys: 1}, types: []dtype.Type{tInt}, domain: 6000, nl: 5000, nr: 5000, ordered: true}
	l, rr, lc, rc := c.tables(seeded(t))
	for _, side := range []int{0, 1} {
		for _, at := range []int{0, 3000, 4600} {
			before, dir := runtime.NumGoroutine(), t.TempDir()
			ctx, cancel := context.WithCancel(t.Context())
			root := number(c.plan(variant{512, 2, false}, l, rr, lc, rc))
			root.Inputs()[side].(*phys.Scan).Table.(*testTable).cancel = func(row int) {
				if row >= at {
					cancel()
				}
			}
			stopped(t, ctx, root, dir, nil)
			cancel()
			noLeak(t, before)
		}
	}
	for _, after := range []int{1, 2, 20} { // batches of the result, which come from the passes and the merge
		before, dir := runtime.NumGoroutine(), t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		stopped(t, ctx, number(c.plan(variant{512, 2, false}, l, rr, lc, rc)), dir, func(n int) {
			if n == after {
				cancel()
			}
		})
		cancel()
		noLeak(t, before)
	}
}

// stopped runs a plan that is cancelled on the way.
func stopped(t *testing.T, ctx context.Context, root phys.Node, dir string, batch func(n int)) {
	t.Helper()
	files := spill.NewStore(spill.Config{Dir: dir}).Query()
	budget, n := mem.NewBudget("test", 400_000), 0
	err := Run(ctx, root, Options{Threads: 2, Budget: budget, Spill: files}, func(*data.Batch) error {
		if n++; batch != nil {
			batch(n)
		}
		return nil
	})
	if err != nil && !errors.Is(err, context.Canceled) && fault.CodeOf(err) != fault.Memory { // results that come too early need memory, too
		t.Fatalf("error is %v", err)
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if left := budget.Used(); left != 0 {
		t.Fatalf("%d bytes were not released", left)
	}
	noFiles(t, dir)
}

func TestAJoinOnDiskEndsEarlyUnderALimit(t *testing.T) {
	c := spillCase{joinCase: joinCase{kind: defs.Inner, keys: 1}, types: []dtype.Type{tInt}, domain: 12_000, nl: 3000, nr: 12_000}
	l, rr, lc, rc := c.tables(seeded(t))
	for _, ordered := range []bool{true, false} {
		for _, threads := range []int{1, 2} {
			j := c.plan(variant{512, threads, false}, l, rr, lc, rc).(*phys.HashJoin)
			j.Ordered = ordered
			n := &phys.Limit{Input: j, Count: 10}
			n.Out = j.Out
			got, _ := tight(t, n, threads, 1_000_000)
			if len(got) != 10 {
				t.Errorf("%d rows", len(got))
			}
			if ordered {
				sameRows(t, "", got, collect(t, c.plan(variant{512, 1, false}, l, rr, lc, rc), 1)[:10])
			}
		}
	}
}

func TestJoinsOnDiskTellTheScanTheirKeys(t *testing.T) {
	c := spillCase{joinCase: joinCase{kind: defs.Inner, keys: 1}, types: []dtype.Type{tInt}, domain: 100_000, nl: 6000, nr: 5000, ordered: true}
	l, rr, lc, rc := c.tables(seeded(t))
	want := collect(t, c.plan(variant{512, 1, false}, l, rr, lc, rc), 1)
	n := c.plan(variant{512, 2, false}, l, rr, lc, rc).(*phys.HashJoin)
	listen(n, n.Probe.(*phys.Scan), 0)
	d := n.Probe.(*phys.Scan).Dynamic
	asked := 0
	n.Probe.(*phys.Scan).Table.(*testTable).cancel = func(int) { asked = max(asked, len(d.Sets())) }
	got, spilled := tight(t, n, 1, 400_000)
	sameRows(t, "", got, want)
	if spilled == 0 || asked != 1 || len(d.Sets()) != 0 {
		t.Errorf("%d bytes spilled, %d sets while the scan ran and %d afterwards", spilled, asked, len(d.Sets()))
	}
}
