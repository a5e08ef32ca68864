package op

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
)

// limited runs a plan under a memory limit with a directory to spill to, and checks that nothing is left of it.
type limited struct {
	t       *testing.T
	dir     string
	threads int
	limit   int64
	spilled int64 // bytes, after run
}

func (l *limited) run(ctx context.Context, root phys.Node) (rowsOf, error) {
	l.t.Helper()
	before := runtime.NumGoroutine()
	budget := mem.NewBudget("test", l.limit)
	files := spill.NewStore(spill.Config{Dir: l.dir}).Query()
	prof := &exec.Profile{}
	var rows rowsOf
	err := Run(ctx, number(root), Options{Threads: l.threads, Budget: budget, Spill: files, Profile: prof}, func(b *data.Batch) error {
		rows = append(rows, toRows([]*data.Batch{b}, nil)...)
		return nil
	})
	l.spilled = prof.Stat(root.Info().ID).Spilled.Load()
	if left := budget.Used(); left != 0 {
		l.t.Errorf("%d bytes of the budget were not released", left)
	}
	if err := files.Close(); err != nil {
		l.t.Error(err)
	}
	noFiles(l.t, l.dir)
	noLeak(l.t, before)
	return rows, err
}

// spillRows is n rows: an int64 key of a domain, a text key made of it, an int32, a double, a text and a bool, all with nulls.
func spillRows(seed uint64, n, domain int, in []expr.Col) *phys.Memory {
	r := rand.New(rand.NewPCG(seed, 9))
	return memoryOf(n, in, func(_, n int) []*data.Column {
		b := make([]*data.Builder, len(in))
		for j, c := range in {
			b[j] = data.NewBuilder(c.Type, n)
		}
		for range n {
			k := r.IntN(domain)
			vals := []data.Scalar{data.IntScalar(tInt, int64(k)), data.StringScalar(fmt.Sprintf("%d is a key", k/3)), data.IntScalar(tInt32, int64(r.IntN(1000))),
				data.FloatScalar(r.NormFloat64() * 1e3), data.StringScalar(fmt.Sprintf("value %d of the many", r.IntN(500))), data.BoolScalar(r.IntN(3) == 0)}
			for j, v := range vals {
				if r.IntN(50) == 0 || j == 0 && k == 17 {
					b[j].AppendNull()
					continue
				}
				b[j].AppendScalar(v)
			}
		}
		out := make([]*data.Column, len(in))
		for j := range b {
			out[j] = b[j].Build()
		}
		return out
	})
}

func distinctCall(c expr.Agg) expr.Agg {
	c.Distinct = true
	return c
}

// spillCases are aggregates with states of every kind.
func spillCases(t *testing.T, in []expr.Col) map[string]func(src phys.Node) *phys.HashAgg {
	i, f, s, b := ref(in[2]), ref(in[3]), ref(in[4]), ref(in[5])
	filtered := call(t, "sum", f)
	filtered.Filter = b
	ordered := call(t, "string_agg", s, lit(data.StringScalar(",")))
	ordered.Order = []expr.SortKey{{Expr: i}}
	packed := []expr.Agg{call(t, "count_star"), call(t, "sum", i), call(t, "avg", f), call(t, "min", s), call(t, "max", i), filtered, call(t, "first", s),
		call(t, "arg_max", f, i), call(t, "bool_or", b), call(t, "std_samp", f), call(t, "corr", f, f), call(t, "bit_xor", i), call(t, "last", b)}
	held := []expr.Agg{call(t, "median", f), call(t, "list", s), ordered, call(t, "mode", i), call(t, "count_star"), call(t, "quantile_disc", i, lit(data.FloatScalar(0.3)))}
	distinct := []expr.Agg{distinctCall(call(t, "count", i)), call(t, "sum", f), distinctCall(call(t, "list", s)), distinctCall(call(t, "sum", i)), call(t, "count_star")}
	only := []expr.Agg{distinctCall(call(t, "count", f)), distinctCall(call(t, "sum", f))}
	int64Key, texts := []expr.Expr{ref(in[0])}, []expr.Expr{ref(in[1]), i}
	of := func(keys []expr.Expr, calls []expr.Agg) func(phys.Node) *phys.HashAgg {
		return func(src phys.Node) *phys.HashAgg { return aggOf(src, keys, calls...) }
	}
	return map[string]func(phys.Node) *phys.HashAgg{
		"packed states by an integer": of(int64Key, packed), "packed states by texts": of(texts, packed),
		"values by an integer": of(int64Key, held), "values by texts": of(texts, held),
		"distinct arguments by an integer": of(int64Key, distinct), "distinct arguments by texts": of(texts, distinct),
		"distinct arguments only": of(int64Key, only), "distinct arguments without keys": of(nil, only),
		"keys alone": of(texts, nil),
		"sets": func(src phys.Node) *phys.HashAgg {
			n := aggOf(src, texts, packed[:4]...)
			n.Sets = [][]int{{0, 1}, {1}, {0}, {}}
			return n
		},
	}
}

func spillCols() []expr.Col { return cols(0, tInt, tString, tInt32, tFloat, tString, tBool) }

func TestAggregatesGiveTheSameRowsInMemoryAndOnDisk(t *testing.T) {
	in := spillCols()
	rows := 40_000
	tried := []limited{{threads: 7}, {threads: 1, limit: 8 << 20}, {threads: 2, limit: 5 << 20}, {threads: 2, limit: 24 << 20}, {threads: 7, limit: 32 << 20}}
	if testing.Short() {
		rows, tried = 24_000, []limited{{threads: 7}, {threads: 1, limit: 4 << 20}, {threads: 2, limit: 5 << 20}, {threads: 7, limit: 32 << 20}}
	}
	src := spillRows(uint64(rows), rows, rows/2, in)
	for name, build := range spillCases(t, in) {
		t.Run(name, func(t *testing.T) {
			want, err := (&limited{t: t, dir: t.TempDir(), threads: 1, limit: 0}).run(t.Context(), build(src))
			if err != nil {
				t.Fatal(err)
			}
			some := false
			for _, v := range tried {
				l := &limited{t: t, dir: t.TempDir(), threads: v.threads, limit: v.limit}
				got, err := l.run(t.Context(), build(src))
				if fault.CodeOf(err) == fault.Memory && l.limit < 4<<20*int64(l.threads) {
					continue // too little even for what each worker must have
				}
				if err != nil {
					t.Fatalf("%d workers, limit %d: %v", l.threads, l.limit, err)
				}
				sameRows(t, fmt.Sprintf("%d workers, limit %d, %d bytes spilled", l.threads, l.limit, l.spilled), got, want)
				some = some || l.spilled > 0
			}
			if !some && name != "distinct arguments without keys" {
				t.Error("nothing was spilled")
			}
		})
	}
}

func TestAnAggregateThatCannotSpillFailsAndLeavesNothing(t *testing.T) {
	in := spillCols()
	src, more := spillRows(5, 12_000, 9_000, in), spillRows(5, 24_000, 18_000, in)
	for name, build := range spillCases(t, in) {
		src := src
		if name == "packed states by texts" || name == "values by an integer" {
			src = more // so that they spill with the 4 MB that each of three workers must have, or when they are merged in pieces
		}
		limit := map[string]int64{"packed states by texts": 12 << 20, "values by an integer": 4 << 20, "distinct arguments by an integer": 4 << 20}[name]
		if limit > 0 {
			t.Run(name, func(t *testing.T) { failSpilling(t, limit, func() phys.Node { return build(src) }) })
		}
	}
}

func TestAPartitionDividedFurtherHasTheSameRows(t *testing.T) {
	in := spillCols()
	src := spillRows(8, 6_000, 4_500, in)
	for name, build := range spillCases(t, in) {
		if strings.Contains(name, "distinct") || name == "sets" {
			continue // their aggregates are several
		}
		t.Run(name, func(t *testing.T) {
			want, err := (&limited{t: t, dir: t.TempDir(), threads: 1}).run(t.Context(), build(src))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			files := spill.NewStore(spill.Config{Dir: dir}).Query()
			defer func() {
				if err := files.Close(); err != nil {
					t.Error(err)
				}
			}()
			for _, pieces := range []int{1, 8, aggPartitions} {
				sameRows(t, fmt.Sprintf("%s in %d pieces", name, pieces), dividedRows(t, build(src), src, files, pieces), want)
			}
		})
	}
}

// dividedRows aggregates src in one worker, divides every one of so many pieces of its stores once more, and returns the groups in order.
func dividedRows(t *testing.T, n *phys.HashAgg, src *phys.Memory, files mem.Spill, pieces int) rowsOf {
	t.Helper()
	b := newBuilder(number(n), Options{Budget: mem.NewBudget("test", 1<<32), Spill: files})
	legs, err := b.hashAgg(n)
	if err != nil {
		t.Fatal(err)
	}
	a := legs[0].From.Sink.(*hashAgg)
	ctx := t.Context()
	w := a.Worker(0).(*aggWriter)
	for _, x := range src.Batches {
		if err := w.Write(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	core := w.cores[0]
	if err := core.seal(ctx); err != nil {
		t.Fatal(err)
	}
	all := &aggMerger{a: a, set: a.sets[0], stores: core.stores, parts: pieces}
	var list []*aggMerger
	for _, p := range all.filled() {
		sub, err := all.divide(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, sub)
	}
	var out []chunk
	for _, m := range list {
		r := newPartitions(m).Worker(0).(*partitionReader)
		for _, p := range newPartitions(m).todo {
			if err := r.Start(ctx, p); err != nil {
				t.Fatal(err)
			}
			for {
				more, err := r.piece(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if !more {
					break
				}
				out = append(out, sortedChunk(r.chunk))
			}
		}
	}
	c := inOrder(out)
	var rows rowsOf
	batch := &data.Batch{Len: c.n}
	for _, x := range c.cols {
		if c.rows != nil {
			x = compute.Gather(nil, x, c.rows)
		}
		batch.Cols = append(batch.Cols, x)
	}
	rows = toRows([]*data.Batch{batch}, nil)
	for _, f := range b.plan.Closers {
		f()
	}
	return rows
}
