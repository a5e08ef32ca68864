package op

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// numbered returns random rows whose last column is their number.
func numbered(r *rand.Rand, n int, types ...dtype.Type) rowsOf {
	rows := make(rowsOf, n)
	wide := r.IntN(2) == 0
	for i := range rows {
		for _, t := range types {
			v := randomValue(r, t, 50_000, 0.05)
			if wide && t.Phys() == dtype.PhysI64 && !v.Null {
				v = data.IntScalar(t, int64(r.Uint64()))
			}
			rows[i] = append(rows[i], v)
		}
		rows[i] = append(rows[i], data.IntScalar(tInt, int64(i)))
	}
	return rows
}

// tableOf returns the rows as batches of a table in memory, as phys.Memory wants them.
func tableOf(rows rowsOf, out []expr.Col) *phys.Memory { return tableIn(rows, out, data.BatchRows) }

// tableIn is tableOf with batches of so many rows.
func tableIn(rows rowsOf, out []expr.Col, batch int) *phys.Memory {
	m := &phys.Memory{Name: "rows"}
	m.Out = out
	for lo := 0; lo < len(rows); lo += batch {
		hi := min(lo+batch, len(rows))
		b := &data.Batch{Len: hi - lo}
		for j, c := range out {
			build := data.NewBuilder(c.Type, b.Len)
			for _, row := range rows[lo:hi] {
				build.AppendScalar(row[j])
			}
			b.Cols = append(b.Cols, build.Build())
		}
		m.Batches = append(m.Batches, b)
	}
	return m
}

// isSorted checks the order of batches, that ties keep their input order by the last column, and that no row is missing.
func isSorted(t *testing.T, bs []*data.Batch, keys int, orders []defs.Order, rows int) {
	t.Helper()
	seen := make([]bool, rows)
	count := 0
	var last *data.Batch
	k := &sortKeys{orders: orders}
	for _, b := range bs {
		for i := range b.Len {
			at := b.Cols[len(b.Cols)-1].Value(i).Int64()
			if seen[at] {
				t.Fatalf("row %d comes twice", at)
			}
			seen[at] = true
			count++
			p, j := b, i-1
			if i == 0 {
				if p = last; p == nil {
					continue
				}
				j = p.Len - 1
			}
			x, y := mark{keys: p.Cols[:keys], row: j}, mark{keys: b.Cols[:keys], row: i}
			o := k.compare(&x, &y)
			if o > 0 || o == 0 && p.Cols[len(p.Cols)-1].Value(j).Int64() >= at {
				t.Fatalf("output row %d is out of order", count-1)
			}
		}
		last = b
	}
	if count != rows {
		t.Fatalf("%d rows of %d", count, rows)
	}
}

func TestSortOfManyRowsIsTheSameWithAndWithoutSpilling(t *testing.T) {
	for _, types := range [][]dtype.Type{{tInt}, {tString}, {tBool, tFloat}, {tInt32, tString}, {dtype.DecimalOf(30, 2)}, {dtype.ListOf(tInt)}} {
		t.Run(fmt.Sprint(types), func(t *testing.T) {
			r := seeded(t)
			n := 3*morselRows + r.IntN(1000)
			rows := numbered(r, n, types...)
			in := cols(0, append(append([]dtype.Type{}, types...), tInt)...)
			var keys []expr.SortKey
			var orders []defs.Order
			for i := range types {
				o := defs.Order{Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}
				keys, orders = append(keys, expr.SortKey{Expr: ref(in[i]), Order: o}), append(orders, o)
			}
			small := int64(2 << 20)
			if types[0].Kind == dtype.List {
				small = 5 << 20 // lists of a part become one column
			}
			src := tableIn(rows, in, 256) // each worker must have memory for a batch, whatever the others hold
			some, limits := []int{1, 2, 7}, []int64{1 << 40, 8 << 20, small}
			if testing.Short() {
				some, limits = []int{2, 7}, []int64{1 << 40, small}
			}
			for _, threads := range some {
				for _, limit := range limits {
					dir := t.TempDir()
					files := spill.NewStore(spill.Config{Dir: dir}).Query()
					budget := mem.NewBudget("test", limit)
					prof := &exec.Profile{}
					before := runtime.NumGoroutine()
					bs, err := collectUnbudgeted(number(sortOf(src, keys)), Options{Threads: threads, Budget: budget, Spill: files, Profile: prof})
					if err != nil {
						t.Fatalf("threads %d, memory %d: %v", threads, limit, err)
					}
					if spilled := prof.Stat(0).Spilled.Load(); (spilled > 0) != (limit == small) && limit != 8<<20 {
						t.Errorf("threads %d, memory %d: %d bytes spilled", threads, limit, spilled)
					}
					if peak := budget.Peak(); peak > limit {
						t.Errorf("peak of %d", peak)
					}
					isSorted(t, bs, len(types), orders, n)
					noLeak(t, before)
					if budget.Used() != 0 {
						t.Errorf("%d bytes not released", budget.Used())
					}
					if err := files.Close(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// brittle is a Spill that fails after some appends.
type brittle struct {
	mem.Spill
	left atomic.Int64
	fail error
	stop context.CancelFunc
}

type brittleWriter struct {
	mem.RunWriter
	b *brittle
}

type brittleRun struct {
	mem.Run
	b *brittle
}

func (b *brittle) tick() error {
	if b.left.Add(-1) >= 0 {
		return nil
	}
	if b.stop != nil {
		b.stop()
		return nil
	}
	return b.fail
}

func (b *brittle) Create(ctx context.Context, operator string) (mem.RunWriter, error) {
	w, err := b.Spill.Create(ctx, operator)
	return &brittleWriter{w, b}, err
}

func (w *brittleWriter) Append(ctx context.Context, block []byte) (int64, error) {
	if err := w.b.tick(); err != nil {
		return 0, err
	}
	return w.RunWriter.Append(ctx, block)
}

func (w *brittleWriter) Finish() (mem.Run, error) {
	r, err := w.RunWriter.Finish()
	return &brittleRun{r, w.b}, err
}

func (r *brittleRun) Block(ctx context.Context, i int, buf []byte) ([]byte, error) {
	if err := r.b.tick(); err != nil {
		return nil, err
	}
	return r.Run.Block(ctx, i, buf)
}

// failSpilling runs a plan that spills so that it fails, or is cancelled, at ever later appends and reads, until it succeeds.
func failSpilling(t *testing.T, limit int64, build func() phys.Node) {
	t.Helper()
	broken := fault.New(fault.IO, "the disk is full")
	step := int64(2)
	if testing.Short() {
		step = 4
	}
	for _, cancels := range []bool{false, true} {
		for at := int64(0); ; at = at*step + 1 {
			before := runtime.NumGoroutine()
			dir := t.TempDir()
			files := &brittle{Spill: spill.NewStore(spill.Config{Dir: dir}).Query(), fail: broken}
			files.left.Store(at)
			ctx, cancel := context.WithCancel(context.Background())
			if cancels {
				files.stop = cancel
			}
			budget := mem.NewBudget("test", limit)
			err := Run(ctx, number(build()), Options{Threads: 3, Budget: budget, Spill: files}, func(*data.Batch) error { return nil })
			cancel()
			if e := files.Close(); e != nil {
				t.Fatal(e)
			}
			noLeak(t, before)
			if budget.Used() != 0 {
				t.Fatalf("%d bytes not released after %v", budget.Used(), err)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Fatalf("%s is left after %v", left[0].Name(), err)
			}
			if files.left.Load() >= 0 {
				if err != nil || at == 0 {
					t.Fatalf("at %d: %v", at, err)
				}
				break
			}
			if cancels && !errors.Is(err, context.Canceled) && err != nil || !cancels && (err == nil || !strings.Contains(err.Error(), "the disk is full")) {
				t.Fatalf("at %d: error is %v", at, err)
			}
		}
	}
}

func TestSortThatCannotSpillFailsAndLeavesNothing(t *testing.T) {
	r := seeded(t)
	in := cols(0, tInt, tString, tInt)
	rows := numbered(r, 40_000, tInt, tString)
	failSpilling(t, 1<<20, func() phys.Node { return sortOf(tableOf(rows, in), []expr.SortKey{{Expr: ref(in[1])}}) })
}

func TestTopNWithoutMemoryForItsRowsIsThatOfTheSort(t *testing.T) {
	r := seeded(t)
	in := cols(0, tInt, tString, tInt)
	rows := numbered(r, 30_000, tInt, tString)
	keys := []expr.SortKey{{Expr: ref(in[1]), Order: defs.Order{Desc: true}}}
	for _, n := range []int{100, 20_000} {
		want := sortNaively(rows, []int{1}, []defs.Order{keys[0].Order})[:n]
		for _, threads := range []int{1, 2, 7} {
			files := spill.NewStore(spill.Config{Dir: t.TempDir()}).Query()
			budget, prof := mem.NewBudget("test", 1<<20), &exec.Profile{}
			bs, err := collectUnbudgeted(number(topOf(tableIn(rows, in, 256), keys, n)), Options{Threads: threads, Budget: budget, Spill: files, Profile: prof})
			if err != nil {
				t.Fatalf("threads %d: %v", threads, err)
			}
			sameRows(t, fmt.Sprintf("n %d, threads %d", n, threads), toRows(bs, in), want)
			if spilled := prof.Stat(0).Spilled.Load(); (spilled > 0) != (n > 1000) {
				t.Errorf("n %d, threads %d: %d bytes spilled", n, threads, spilled)
			}
			if err := files.Close(); err != nil || budget.Used() != 0 {
				t.Errorf("%v, %d bytes not released", err, budget.Used())
			}
		}
	}
	failSpilling(t, 1<<20, func() phys.Node { return topOf(tableOf(rows, in), keys, 20_000) })
}

func TestRanksNeverContradictTheOrder(t *testing.T) {
	r := seeded(t)
	types := []dtype.Type{tInt, tString, tFloat, tBool, dtype.Of(dtype.Int8), dtype.DecimalOf(30, 2), dtype.Of(dtype.Uint64), dtype.ListOf(tInt)}
	for range 60 {
		var use []dtype.Type
		var at []int
		var orders []defs.Order
		for i := range 1 + r.IntN(3) {
			use = append(use, types[r.IntN(len(types))])
			at, orders = append(at, i), append(orders, defs.Order{Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0})
		}
		rows := randomRows(r, 300, []int{3, 100, 1 << 40}[r.IntN(3)], 0.1, use...)
		store := &sortStore{lay: newSortLayout(use), slabs: mem.NewSlabs(mem.NewBudget("test", 0))}
		b := tableOf(rows, cols(0, use...)).Batches[0]
		if err := store.add(b, false); err != nil {
			t.Fatal(err)
		}
		list, _ := stretches([]*sortStore{store})
		k := newRanker(use, at, orders)
		words, ranks := make([]uint64, 300), make([]uint64, 300)
		found := append([]rankPiece{}, k.pieces...)
		widenRanges(found, &list[0], 0, 300, words)
		k.settle([][]rankPiece{found, nil})
		k.ranks(ranks, words, &list[0], 0, 300)
		sk := &sortKeys{orders: orders}
		for range 3000 {
			x, y := mark{keys: b.Cols, row: r.IntN(300)}, mark{keys: b.Cols, row: r.IntN(300)}
			if o := sk.compare(&x, &y); o < 0 && ranks[x.row] > ranks[y.row] || o > 0 && ranks[x.row] < ranks[y.row] {
				t.Fatalf("%v %v: ranks %d of (%s) and %d of (%s)", use, orders, ranks[x.row], rowText(rows[x.row]), ranks[y.row], rowText(rows[y.row]))
			}
		}
		split := newSplitters(append([]uint64{}, ranks...), k.width, 20)
		part := make([]uint16, 300)
		split.find(part, ranks)
		for i, p := range part {
			if int(p) >= split.parts() || p > 0 && ranks[i] < split.bounds[p-1] || int(p) < len(split.bounds) && ranks[i] >= split.bounds[p] {
				t.Fatalf("rank %d is in part %d of bounds %v", ranks[i], p, split.bounds)
			}
		}
	}
}

// twice is a union of two uses of one shared plan.
func twice(in phys.Node) phys.Node {
	u := &phys.Union{}
	u.Out = in.Info().Out
	for range 2 {
		s := &phys.Shared{Key: 3, Input: in}
		s.Out = u.Out
		u.Ins = append(u.Ins, s)
	}
	return u
}

func TestSharedRowsAreTheSameFromDisk(t *testing.T) {
	r := seeded(t)
	in := cols(0, tInt, tString, dtype.ListOf(tInt), tInt)
	rows := numbered(r, 30_000, tInt, tString, dtype.ListOf(tInt))
	want := append(append(rowsOf{}, rows...), rows...)
	for _, threads := range []int{1, 2, 7} {
		for _, limit := range []int64{1 << 40, 1 << 20, 300 << 10} {
			files := spill.NewStore(spill.Config{Dir: t.TempDir()}).Query()
			budget, prof := mem.NewBudget("test", limit), &exec.Profile{}
			root := number(twice(source(variant{1000, threads, true}, rows, in)))
			bs, err := collectUnbudgeted(root, Options{Threads: threads, Budget: budget, Spill: files, Profile: prof})
			if err != nil {
				t.Fatalf("threads %d, memory %d: %v", threads, limit, err)
			}
			sameRows(t, fmt.Sprintf("threads %d, memory %d", threads, limit), toRows(bs, in), want)
			if spilled := prof.Stat(1).Spilled.Load() + prof.Stat(3).Spilled.Load(); (spilled > 0) != (limit < 1<<30) {
				t.Errorf("threads %d, memory %d: %d bytes spilled", threads, limit, spilled)
			}
			if err := files.Close(); err != nil || budget.Used() != 0 {
				t.Errorf("%v, %d bytes not released", err, budget.Used())
			}
		}
	}
	failSpilling(t, 300<<10, func() phys.Node { return twice(tableOf(rows, in)) })
}

func TestWindowsAreTheSameFromDisk(t *testing.T) {
	r := seeded(t)
	in := cols(0, tString, tFloat, tInt)
	rows := numbered(r, 30_000, tString, tFloat)
	build := func(src phys.Node) phys.Node {
		w := &phys.Window{Input: src}
		for i, name := range []string{"sum", "row_number"} {
			win := expr.Win{Partition: []expr.Expr{ref(in[0])}, Order: []expr.SortKey{{Expr: ref(in[1])}}, Typ: tInt}
			if name == "sum" {
				a := call(t, name, ref(in[1]))
				win.Fn, win.Args, win.Typ = a.Fn, a.Args, a.Typ
			} else {
				f, err := sig.ResolveLit(name, nil, sig.WindowKind)
				if err != nil {
					t.Fatal(err)
				}
				win.Fn, win.Typ = f.Fn, f.Ret
			}
			w.Items = append(w.Items, plan.WinItem{Col: expr.Col{ID: expr.ColID(10 + i), Name: name, Type: win.Typ}, Win: win})
		}
		w.Out = append(append([]expr.Col{}, in...), w.Items[0].Col, w.Items[1].Col)
		return w
	}
	plain := build(source(variant{1000, 1, false}, rows, in))
	want := collect(t, plain, 1)
	for _, threads := range []int{1, 2, 7} {
		files := spill.NewStore(spill.Config{Dir: t.TempDir()}).Query()
		budget, prof := mem.NewBudget("test", 3<<20), &exec.Profile{}
		root := number(build(source(variant{1000, threads, true}, rows, in)))
		bs, err := collectUnbudgeted(root, Options{Threads: threads, Budget: budget, Spill: files, Profile: prof})
		if err != nil {
			t.Fatalf("threads %d: %v", threads, err)
		}
		sameRows(t, fmt.Sprintf("threads %d", threads), toRows(bs, root.Info().Out), want)
		if prof.Stat(0).Spilled.Load() == 0 {
			t.Errorf("threads %d: nothing spilled", threads)
		}
		if err := files.Close(); err != nil || budget.Used() != 0 {
			t.Errorf("%v, %d bytes not released", err, budget.Used())
		}
	}
	failSpilling(t, 3<<20, func() phys.Node { return build(tableOf(rows, in)) })
}

func TestBytesReservedInAdvanceAreNeverFreeForOthers(t *testing.T) {
	budget := mem.NewBudget("test", 64<<10)
	mine, other := exec.NewAccount(budget, "sort", nil), exec.NewAccount(budget, "other", nil)
	if err := mine.Insist(40 << 10); err != nil {
		t.Fatal(err)
	}
	p := &prepaid{insistent{mine}, 40 << 10}
	for range 2 {
		if err := other.Insist(40 << 10); err == nil {
			t.Fatal("others got bytes that were reserved in advance")
		}
		if err := p.Grow(15 << 10); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Grow(60 << 10); err == nil || p.left != 10<<10 {
		t.Fatalf("more than the budget has: %v, %d bytes left", err, p.left)
	}
	p.rest()
	if err := p.Grow(16 << 10); err != nil {
		t.Fatal(err)
	}
	mine.Shrink(46 << 10)
	if err := other.Insist(40 << 10); err != nil {
		t.Fatalf("what is given back: %v", err)
	}
	other.Shrink(40 << 10)
	mine.Close()
	other.Close()
	if budget.Used() != 0 {
		t.Errorf("%d bytes not released", budget.Used())
	}
}
