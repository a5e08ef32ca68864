package op

import (
	"fmt"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sig"
)

// upTo is the filter that keeps rows whose column is at most k.
func upTo(t testing.TB, in phys.Node, c expr.Col, k int64) phys.Node {
	t.Helper()
	r, err := sig.ResolveLit("le", []sig.Arg{{Type: c.Type}, {Type: tInt}}, sig.ScalarKind)
	if err != nil {
		t.Fatal(err)
	}
	f := &phys.Filter{Input: in, Conds: []expr.Expr{&expr.Call{Fn: r.Fn, Typ: r.Ret, Args: []expr.Expr{ref(c), lit(data.IntScalar(tInt, k))}}}}
	f.Out = in.Info().Out
	return f
}

func TestWindowsOfRanksUpToKMatchWindowsOfAllRows(t *testing.T) {
	tFloat := dtype.Of(dtype.Float64)
	functions := [][]string{{"row_number"}, {"rank"}, {"row_number", "dense_rank"}, {"rank", "row_number"}, {"row_number"}, {"row_number", "rank"}}
	for i, keyType := range []dtype.Type{tInt, tString, tFloat, tBool, dtype.Of(dtype.Uint8), dtype.Of(dtype.Int128)} {
		names := functions[i]
		t.Run(fmt.Sprint(keyType, names), func(t *testing.T) {
			r := seeded(t)
			in := cols(0, tString, keyType, tInt)
			rows := randomRows(r, 60+r.IntN(60), 12, 0.15, types(in)...)
			k := int64(1 + r.IntN(4))
			proto := &naiveWindow{rows: rows, parts: r.IntN(4) > 0, order: r.IntN(5) > 0}
			var order []expr.SortKey
			if proto.order {
				order = []expr.SortKey{{Expr: ref(in[winKey]), Order: defs.Order{Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}}}
			}
			var items []plan.WinItem
			out := append([]expr.Col{}, in...)
			for i, name := range names {
				c := call(t, name)
				w := expr.Win{Fn: c.Fn, Typ: c.Typ, Order: order}
				if proto.parts {
					w.Partition = []expr.Expr{ref(in[winPart])}
				}
				col := cols(100+i, c.Typ)[0]
				items, out = append(items, plan.WinItem{Col: col, Win: w}), append(out, col)
			}
			proto.win = items[0].Win
			var want rowsOf
			for i, row := range rows {
				line := append([]data.Scalar{}, row...)
				for _, name := range names {
					n := *proto
					n.name = name
					line = append(line, n.eval(i))
				}
				if line[len(row)].Int64() <= k {
					want = append(want, line)
				}
			}
			t.Logf("%d of %d rows up to %d, %s", len(want), len(rows), k, items[0].Win.Format())
			matrix(t, want, func(v variant) phys.Node {
				n := &phys.Window{Input: source(v, rows, in), Items: items, Top: k}
				n.Out = out
				return upTo(t, n, out[len(in)], k)
			})
		})
	}
}

// A window that drops rows drops nearly all of a partition that comes in the worst order for what is kept, and all of one in the best.
func TestWindowsDropRowsThatRankTooHigh(t *testing.T) {
	const n, k = 2000, 3
	worker := func(exact bool, bytes int64) *topRows {
		w := &winTop{k: k, parts: []int{0}, key: 1, exact: exact, bytes: bytes}
		return w.worker([]dtype.Type{tInt, tInt}, exec.NewAccount(nil, "test", nil))
	}
	batch := func(morsel uint64, key func(i int) int64) *data.Batch {
		part, order := make([]int64, n), make([]int64, n)
		for i := range n {
			part[i], order[i] = int64(i%10), key(i/10)
		}
		return &data.Batch{Len: n, Morsel: morsel, Cols: []*data.Column{data.FlatColumn(tInt, part, nil), data.FlatColumn(tInt, order, nil)}}
	}
	up, same, down := func(i int) int64 { return int64(i) }, func(int) int64 { return 0 }, func(i int) int64 { return -int64(i) - 1 }
	for _, c := range []struct {
		name   string
		exact  bool
		morsel []uint64
		keys   []func(int) int64
		kept   []int
	}{
		{"ascending", false, []uint64{0, 1}, []func(int) int64{up, up}, []int{10 * k, 10}}, // 0 ties with the first three: 0, 1, 2
		{"descending", true, []uint64{0, 1}, []func(int) int64{down, up}, []int{n, 0}},
		{"ties of which the first count", true, []uint64{0, 1}, []func(int) int64{same, same}, []int{10 * k, 0}},
		{"ties that all count", false, []uint64{0, 1}, []func(int) int64{same, same}, []int{n, n}},
		{"ties after going back", true, []uint64{1, 0}, []func(int) int64{same, same}, []int{10 * k, n}},
	} {
		s := worker(c.exact, 1<<20)
		for i := range c.keys {
			if got := len(s.keep(batch(c.morsel[i], c.keys[i]))); i == 1 && c.name == "ascending" {
				if got < c.kept[i] || got > 10*2*k {
					t.Errorf("%s, batch %d: %d rows kept", c.name, i, got)
				}
			} else if got != c.kept[i] {
				t.Errorf("%s, batch %d: %d rows kept, want %d", c.name, i, got, c.kept[i])
			}
		}
		s.stop()
		if s.keep(batch(2, up)) != nil {
			t.Errorf("%s: rows are dropped after the end", c.name)
		}
	}
	s := worker(true, 100)
	s.keep(batch(0, up))
	if s.keep(batch(1, up)) != nil || s.held != 0 {
		t.Errorf("a search that may use 100 bytes goes on, with %d", s.held)
	}
}
