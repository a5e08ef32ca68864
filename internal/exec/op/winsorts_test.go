package op

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
)

// winNames are the functions that windows on disk are tested with, and how many of the last ones keep all values of a frame.
var winNames = []string{"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value", "last_value",
	"nth_value", "count_star", "sum", "max", "any_value", "median", "list"}

// someWindow is a window of random functions over rows of in; whole says whether functions that keep all values are among them.
func someWindow(t *testing.T, r *rand.Rand, in []expr.Col, whole bool) func(src phys.Node) phys.Node {
	names := winNames
	if !whole {
		names = names[:len(names)-2]
	}
	var items []plan.WinItem
	out := append([]expr.Col{}, in...)
	parts := [][]expr.Expr{nil, {ref(in[winFlag])}, {ref(in[winPart])}, {ref(in[winPart]), ref(in[winFlag])}}
	for i := range 1 + r.IntN(4) {
		w := expr.Win{Frame: randomFrame(r)}
		for _, b := range []*expr.Bound{&w.Frame.Start, &w.Frame.End} {
			if b.Offset != nil && r.IntN(2) == 0 {
				b.Offset = lit(data.IntScalar(tInt, int64(r.IntN(5000))))
			}
		}
		if r.IntN(2) == 0 || w.Frame.Unit == defs.FrameRange {
			w.Order = []expr.SortKey{{Expr: ref(in[winKey]), Order: defs.Order{Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}}}
		}
		name, args := names[r.IntN(len(names))], []expr.Expr{}
		switch name {
		case "lag", "lead":
			args = []expr.Expr{ref(in[winText]), lit(data.IntScalar(tInt, int64(r.IntN(4000)))), lit(data.Scalar{Type: tString, S: "none"})}
			w.IgnoreNulls = r.IntN(2) == 0
		case "first_value", "last_value":
			args = []expr.Expr{ref(in[winText])}
			w.IgnoreNulls = r.IntN(2) == 0
		case "nth_value":
			args = []expr.Expr{ref(in[winText]), lit(data.IntScalar(tInt, int64(1+r.IntN(3000))))}
		case "ntile":
			args = []expr.Expr{lit(data.IntScalar(tInt, 7))}
		case "sum", "max", "median", "any_value":
			args = []expr.Expr{ref(in[winVal])}
			if r.IntN(3) == 0 {
				w.Filter = ref(in[winFlag])
			}
		case "list":
			args = []expr.Expr{ref(in[winText])}
			w.Frame = expr.Frame{Unit: defs.FrameRows, Start: expr.Bound{Kind: defs.Preceding, Offset: lit(data.IntScalar(tInt, 2))}, End: expr.Bound{Kind: defs.CurrentRow}}
		}
		w.Partition = parts[r.IntN(len(parts))]
		c := call(t, name, args...)
		w.Fn, w.Args, w.Typ = c.Fn, c.Args, c.Typ
		col := cols(100+i, c.Typ)[0]
		items, out = append(items, plan.WinItem{Col: col, Win: w}), append(out, col)
		t.Logf("%s frame %+v order %+v partition %d", w.Format(), w.Frame, w.Order, len(w.Partition))
	}
	return func(src phys.Node) phys.Node {
		n := &phys.Window{Input: src, Items: items}
		n.Out = out
		return n
	}
}

func TestWindowsThatCannotBeDividedAreTheSameFromDisk(t *testing.T) {
	r := seeded(t)
	in := cols(0, tString, tInt, tInt, tString, tBool)
	rows := randomRows(r, 10_000+r.IntN(4000), 3_000, 0.1, types(in)...)
	for i := range rows {
		rows[i][winPart] = randomValue(r, tString, 2, 0.1)
	}
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			whole := round%2 == 0
			build := someWindow(t, r, in, whole)
			want := collect(t, build(tableOf(rows, in)), 2)
			for _, threads := range []int{1, 2, 7} {
				limit := int64(1+threads/3) << 20
				if whole {
					limit = 4 << 20 // what needs all values must get them
				}
				files := spill.NewStore(spill.Config{Dir: t.TempDir()}).Query()
				budget, prof := mem.NewBudget("test", limit), &exec.Profile{}
				root := number(build(tableIn(rows, in, 256)))
				bs, err := collectUnbudgeted(root, Options{Threads: threads, Budget: budget, Spill: files, Profile: prof})
				if err != nil {
					t.Fatalf("threads %d: %v", threads, err)
				}
				sameRows(t, fmt.Sprintf("threads %d", threads), toRows(bs, root.Info().Out), want)
				if prof.Stat(0).Spilled.Load() == 0 && !whole && threads < 7 {
					t.Errorf("threads %d: nothing spilled", threads)
				}
				if err := files.Close(); err != nil || budget.Used() != 0 {
					t.Errorf("%v, %d bytes not released", err, budget.Used())
				}
			}
		})
	}
}

func TestWindowsThatCannotBeDividedFailAndLeaveNothing(t *testing.T) {
	r := seeded(t)
	in := cols(0, tString, tInt, tInt, tString, tBool)
	rows := randomRows(r, 24_000, 3_000, 0.1, types(in)...)
	build := someWindow(t, r, in, false)
	failSpilling(t, 2<<20, func() phys.Node { return build(tableOf(rows, in)) })
}

func TestAWindowThatNeedsAllValuesSaysWhatToRaise(t *testing.T) {
	in := cols(0, tInt)
	rows := numbered(seeded(t), 60_000)
	c := call(t, "median", ref(in[0]))
	w := &phys.Window{Input: tableOf(rows, in)}
	w.Items = []plan.WinItem{{Col: cols(10, c.Typ)[0], Win: expr.Win{Fn: c.Fn, Args: c.Args, Typ: c.Typ}}}
	w.Out = append(append([]expr.Col{}, in...), w.Items[0].Col)
	files := spill.NewStore(spill.Config{Dir: t.TempDir()}).Query()
	_, err := collectUnbudgeted(number(w), Options{Threads: 2, Budget: mem.NewBudget("test", 1<<20), Spill: files})
	if fault.CodeOf(err) != fault.Memory {
		t.Errorf("the error is %v", err)
	}
	if err := files.Close(); err != nil {
		t.Error(err)
	}
}
