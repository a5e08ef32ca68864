package op

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
)

// The test's columns: partition key, order key, value, text, flag.
const (
	winPart = iota
	winKey
	winVal
	winText
	winFlag
)

// naiveWindow evaluates one call for every row by the definition.
type naiveWindow struct {
	rows  rowsOf
	win   expr.Win
	name  string
	parts bool // partitioned
	order bool // ordered
}

// sortedPart returns the rows of i's partition in window order, and where i is among them.
func (w *naiveWindow) sortedPart(i int) (part []int, at int) {
	var all rowsOf
	for j, r := range w.rows {
		if !w.parts || sameValue(&r[winPart], &w.rows[i][winPart]) {
			all = append(all, append(append([]data.Scalar{}, r...), data.IntScalar(tInt, int64(j))))
		}
	}
	if w.order {
		all = sortNaively(all, []int{winKey}, []defs.Order{w.win.Order[0].Order})
	}
	for p, r := range all {
		j := int(r[len(r)-1].Int64())
		part = append(part, j)
		if j == i {
			at = p
		}
	}
	return part, at
}

func (w *naiveWindow) peers(a, b int) bool {
	return !w.order || sameValue(&w.rows[a][winKey], &w.rows[b][winKey])
}

// frame returns the rows of the frame of part[at], in order.
func (w *naiveWindow) frame(part []int, at int) []int {
	f := w.win.Frame
	group := make([]int, len(part))
	for p := 1; p < len(part); p++ {
		group[p] = group[p-1]
		if !w.peers(part[p-1], part[p]) {
			group[p]++
		}
	}
	off := func(b expr.Bound) int64 {
		k := int64(0)
		if b.Offset != nil {
			k = b.Offset.(*expr.Lit).Value.Int64()
		}
		if b.Kind == defs.Preceding {
			k = -k
		}
		return k
	}
	key := func(p int) data.Scalar { return w.rows[part[p]][winKey] }
	// side is <0, 0, >0 as row p lies before, on or after the bound.
	side := func(b expr.Bound, p int) int64 {
		switch b.Kind {
		case defs.UnboundedPreceding:
			return 1
		case defs.UnboundedFollowing:
			return -1
		}
		switch f.Unit {
		case defs.FrameRows:
			return int64(p) - int64(at) - off(b)
		case defs.FrameGroups:
			return int64(group[p]-group[at]) - off(b)
		}
		if b.Kind == defs.CurrentRow || key(at).Null {
			return int64(group[p] - group[at])
		}
		if key(p).Null {
			return int64(p - at) // nulls are at one end, and never within reach
		}
		d := key(p).Int64() - key(at).Int64()
		if w.win.Order[0].Desc {
			d = -d
		}
		return d - off(b)
	}
	var out []int
	for p, r := range part {
		if side(f.Start, p) < 0 || side(f.End, p) > 0 {
			continue
		}
		switch f.Exclude {
		case defs.ExcludeCurrent:
			if p == at {
				continue
			}
		case defs.ExcludeGroup:
			if group[p] == group[at] {
				continue
			}
		case defs.ExcludeTies:
			if group[p] == group[at] && p != at {
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

func (w *naiveWindow) eval(i int) data.Scalar {
	part, at := w.sortedPart(i)
	rank, dense, upto := 0, 1, 0
	for p := range part {
		if p > 0 && p <= at && !w.peers(part[p-1], part[p]) {
			rank, dense = p, dense+1
		}
		if p <= at || w.peers(part[at], part[p]) {
			upto = p + 1
		}
	}
	shift := func(k int) data.Scalar {
		if at+k < 0 || at+k >= len(part) {
			return data.Scalar{Null: true}
		}
		return w.rows[part[at+k]][winText]
	}
	switch w.name {
	case "row_number":
		return data.IntScalar(tInt, int64(at+1))
	case "rank":
		return data.IntScalar(tInt, int64(rank+1))
	case "dense_rank":
		return data.IntScalar(tInt, int64(dense))
	case "percent_rank":
		if len(part) == 1 {
			return data.FloatScalar(0)
		}
		return data.FloatScalar(float64(rank) / float64(len(part)-1))
	case "cume_dist":
		return data.FloatScalar(float64(upto) / float64(len(part)))
	case "ntile":
		k, n := 4, len(part)
		b := 0
		for p := 0; p <= at; b++ {
			size := n / k
			if b < n%k {
				size++
			}
			p += size
		}
		return data.IntScalar(tInt, int64(b))
	case "lag":
		return shift(-1)
	case "lead":
		return shift(2)
	}
	frame := w.frame(part, at)
	vals, texts := valuesOf(w.rows, frame, winVal, false), valuesOf(w.rows, frame, winText, true)
	if w.win.Filter != nil {
		var kept []int
		for _, r := range frame {
			if w.rows[r][winFlag].Bool() {
				kept = append(kept, r)
			}
		}
		vals = valuesOf(w.rows, kept, winVal, false)
	}
	first := func(v []data.Scalar) data.Scalar {
		if len(v) == 0 {
			return data.Scalar{Null: true}
		}
		return v[0]
	}
	switch w.name {
	case "first_value":
		if w.win.IgnoreNulls {
			texts = valuesOf(w.rows, frame, winText, false)
		}
		return first(texts)
	case "last_value":
		return first(lastOf(texts, 1))
	case "nth_value":
		if len(texts) < 3 {
			return data.Scalar{Null: true}
		}
		return texts[2]
	case "count_star":
		return data.IntScalar(tInt, int64(len(frame)))
	case "sum":
		return wideSum(dtype.Of(dtype.Int128), vals)
	case "max":
		return best(vals, func(a, b data.Scalar) bool { return lessInt(b, a) })
	case "count":
		return count(distinctOf(vals))
	case "list":
		return listOf(tString, texts)
	case "any_value":
		return first(valuesOf(w.rows, frame, winText, false))
	default:
		panic("unknown " + w.name)
	}
}

func randomFrame(r *rand.Rand) expr.Frame {
	f := expr.Frame{Unit: defs.FrameUnit(r.IntN(3)), Exclude: defs.Exclude(r.IntN(4))}
	off := func() expr.Expr { return lit(data.IntScalar(tInt, int64(r.IntN(4)))) }
	f.Start = expr.Bound{Kind: []defs.BoundKind{defs.UnboundedPreceding, defs.UnboundedPreceding, defs.Preceding, defs.CurrentRow, defs.Following}[r.IntN(5)]}
	f.End = expr.Bound{Kind: []defs.BoundKind{defs.Preceding, defs.CurrentRow, defs.CurrentRow, defs.Following, defs.UnboundedFollowing}[r.IntN(5)]}
	for _, b := range []*expr.Bound{&f.Start, &f.End} {
		if b.Kind == defs.Preceding || b.Kind == defs.Following {
			b.Offset = off()
		}
	}
	if r.IntN(2) == 0 {
		f.Exclude = defs.ExcludeNone
	}
	return f
}

func TestWindowFunctionsMatchTheirDefinition(t *testing.T) {
	in := cols(0, tString, tInt, tInt, tString, tBool)
	val, text := ref(in[winVal]), ref(in[winText])
	one := func(v int64) expr.Expr { return lit(data.IntScalar(tInt, v)) }
	names := []struct {
		name string
		args []expr.Expr
	}{{"row_number", nil}, {"rank", nil}, {"dense_rank", nil}, {"percent_rank", nil}, {"cume_dist", nil}, {"ntile", []expr.Expr{one(4)}},
		{"lag", []expr.Expr{text}}, {"lead", []expr.Expr{text, one(2)}}, {"first_value", []expr.Expr{text}}, {"last_value", []expr.Expr{text}},
		{"nth_value", []expr.Expr{text, one(3)}}, {"count_star", nil}, {"sum", []expr.Expr{val}}, {"max", []expr.Expr{val}},
		{"count", []expr.Expr{val}}, {"list", []expr.Expr{text}}, {"any_value", []expr.Expr{text}}}
	for round := range 8 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			r := seeded(t)
			rows := randomRows(r, 30+r.IntN(40), 9, 0.15, types(in)...)
			var naive []*naiveWindow
			var items []plan.WinItem
			out := append([]expr.Col{}, in...)
			for i, f := range names {
				c := call(t, f.name, f.args...)
				w := expr.Win{Fn: c.Fn, Args: c.Args, Typ: c.Typ, Frame: randomFrame(r), Distinct: f.name == "count"}
				n := &naiveWindow{rows: rows, name: f.name, parts: r.IntN(3) > 0, order: r.IntN(4) > 0 || w.Frame.Unit == defs.FrameRange}
				if n.parts {
					w.Partition = []expr.Expr{ref(in[winPart])}
				}
				if n.order {
					w.Order = []expr.SortKey{{Expr: ref(in[winKey]), Order: defs.Order{Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}}}
				}
				if f.name == "sum" && r.IntN(2) == 0 {
					w.Filter = ref(in[winFlag])
				}
				w.IgnoreNulls = f.name == "first_value" && r.IntN(2) == 0
				n.win = w
				naive = append(naive, n)
				col := cols(100+i, c.Typ)[0]
				items = append(items, plan.WinItem{Col: col, Win: w})
				out = append(out, col)
			}
			var want rowsOf
			for i, row := range rows {
				line := append([]data.Scalar{}, row...)
				for _, n := range naive {
					line = append(line, n.eval(i))
				}
				want = append(want, line)
			}
			for k := range items {
				t.Logf("%s frame %+v order %+v", items[k].Win.Format(), items[k].Win.Frame, items[k].Win.Order)
			}
			matrix(t, want, func(v variant) phys.Node {
				n := &phys.Window{Input: source(v, rows, in), Items: items}
				n.Out = out
				return n
			})
		})
	}
}
