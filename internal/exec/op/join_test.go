package op

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// lessExpr is a < b on integers, null if one is.
func lessExpr(a, b expr.Col) expr.Expr {
	return &expr.UDF{Name: "less", Typ: tBool, Pure: true, Args: []expr.Expr{ref(a), ref(b)},
		Fn: func(_ context.Context, args []*data.Column, n int) (*data.Column, error) {
			out := data.NewBuilder(tBool, n)
			for i := range n {
				x, y := args[0].Value(i), args[1].Value(i)
				if x.Null || y.Null {
					out.AppendNull()
				} else {
					out.AppendBool(x.Int64() < y.Int64())
				}
			}
			return out.Build(), nil
		}}
}

// joinCase is a join over left columns [keys…, value] and right columns [keys…, value].
type joinCase struct {
	kind      defs.JoinKind
	keys      int
	safe      bool
	residual  bool
	buildLeft bool
}

func (c joinCase) String() string {
	return fmt.Sprintf("%s/keys=%d/safe=%v/residual=%v/buildleft=%v", c.kind, c.keys, c.safe, c.residual, c.buildLeft)
}

// naive joins with three loops.
func (c joinCase) naive(l, r rowsOf) rowsOf {
	var out rowsOf
	w := c.keys + 1
	used := make([]bool, len(r))
	null := func() []data.Scalar {
		row := make([]data.Scalar, w)
		for i := range row {
			row[i] = data.Scalar{Null: true}
		}
		return row
	}
	for _, a := range l {
		n, unknown := 0, false
		for j, b := range r {
			m := c.match(a, b)
			unknown = unknown || m == 2
			if m != 1 {
				continue
			}
			n++
			used[j] = true
			switch c.kind {
			case defs.Semi, defs.Anti, defs.Mark:
			default:
				out = append(out, append(append([]data.Scalar{}, a...), b...))
			}
		}
		switch {
		case c.kind == defs.Semi && n > 0, c.kind == defs.Anti && n == 0:
			out = append(out, a)
		case c.kind == defs.Mark:
			m := data.BoolScalar(n > 0)
			m.Null = n == 0 && unknown
			out = append(out, append(append([]data.Scalar{}, a...), m))
		case n == 0 && (c.kind == defs.Left || c.kind == defs.Full || c.kind == defs.Single):
			out = append(out, append(append([]data.Scalar{}, a...), null()...))
		}
	}
	if c.kind == defs.Right || c.kind == defs.Full {
		for j, b := range r {
			if !used[j] {
				out = append(out, append(null(), b...))
			}
		}
	}
	return out
}

// match returns 0 for no, 1 for yes, 2 for unknown.
func (c joinCase) match(a, b []data.Scalar) int {
	state := 1
	for k := range c.keys {
		switch {
		case a[k].Null || b[k].Null:
			if c.safe && a[k].Null && b[k].Null {
				continue
			}
			if c.safe {
				return 0
			}
			state = 2
		case !sameValue(&a[k], &b[k]) && text(a[k]) != text(b[k]):
			return 0
		}
	}
	if state == 1 && c.residual {
		x, y := a[c.keys], b[c.keys]
		switch {
		case x.Null || y.Null:
			return 2
		case x.Int64() >= y.Int64():
			return 0
		}
	}
	return state
}

// plan makes the physical node.
func (c joinCase) plan(v variant, l, r rowsOf, lc, rc []expr.Col) phys.Node {
	mark := cols(50, tBool)[0]
	out := append(append([]expr.Col{}, lc...), rc...)
	switch c.kind {
	case defs.Semi, defs.Anti:
		out = lc
	case defs.Mark:
		out = append(append([]expr.Col{}, lc...), mark)
	}
	var residual expr.Expr
	if c.residual {
		residual = lessExpr(lc[c.keys], rc[c.keys])
	}
	left, right := source(v, l, lc), source(v, r, rc)
	if c.keys == 0 {
		n := &phys.LoopJoin{Kind: c.kind, Probe: left, Build: right, Residual: residual, Mark: mark}
		n.Out = out
		return n
	}
	n := &phys.HashJoin{Kind: c.kind, Probe: left, Build: right, Residual: residual, Mark: mark, BuildLeft: c.buildLeft, Ordered: !c.buildLeft}
	if c.buildLeft {
		n.Probe, n.Build = right, left
	}
	for k := range c.keys {
		n.On = append(n.On, plan.On{Left: ref(lc[k]), Right: ref(rc[k]), NullSafe: c.safe})
	}
	n.Out = out
	return n
}

func TestJoinsMatchTheNaiveLoops(t *testing.T) {
	all := []defs.JoinKind{defs.Inner, defs.Left, defs.Right, defs.Full, defs.Semi, defs.Anti, defs.Mark}
	layouts := [][]dtype.Type{{tInt}, {tString}, {tInt32}, {tInt, tString}, {tFloat}, {dtype.ListOf(tString)}, {}}
	for _, types := range layouts {
		for _, kind := range all {
			for bits := range 8 {
				c := joinCase{kind: kind, keys: len(types), safe: bits&1 != 0, residual: bits&2 != 0, buildLeft: bits&4 != 0}
				if c.keys == 0 && (c.safe || c.buildLeft) || c.buildLeft && kind == defs.Mark || kind == defs.Mark && c.residual && c.keys > 0 && !c.safe {
					continue
				}
				t.Run(fmt.Sprintf("%v/%s", types, c), func(t *testing.T) { c.check(t, types, 100, 70, 40) })
			}
		}
	}
}

func (c joinCase) check(t *testing.T, types []dtype.Type, nl, nr, domain int) {
	r := seeded(t)
	lc, rc := cols(0, append(append([]dtype.Type{}, types...), tInt)...), cols(20, append(append([]dtype.Type{}, types...), tInt)...)
	sizes := [][2]int{{nl, nr}}
	if len(types) == 0 || types[0].Equal(tInt) {
		sizes = append(sizes, [2]int{nl, 0}, [2]int{0, nr})
	}
	for _, size := range sizes {
		l := randomRows(r, size[0], domain, 0.1, typesOfCols(lc)...)
		rr := randomRows(r, size[1], domain, 0.1, typesOfCols(rc)...)
		want := c.naive(l, rr)
		if c.buildLeft {
			for _, v := range variants {
				sameSet(t, v.String(), collect(t, c.plan(v, l, rr, lc, rc), v.threads), want)
			}
			continue
		}
		matrix(t, want, func(v variant) phys.Node { return c.plan(v, l, rr, lc, rc) })
	}
}

func typesOfCols(c []expr.Col) []dtype.Type { return types(c) }

// sameSet compares rows without order.
func sameSet(t *testing.T, name string, got, want rowsOf) {
	t.Helper()
	n := map[string]int{}
	for _, r := range want {
		n[rowText(r)]++
	}
	for _, r := range got {
		n[rowText(r)]--
	}
	for k, c := range n {
		if c != 0 {
			t.Fatalf("%s: %d times too few: %s", name, c, k)
		}
	}
}

func TestHashJoinDropsColumnsThatNobodyWants(t *testing.T) {
	lc, rc := cols(0, tInt, tString), cols(20, tInt, tString, tInt)
	r := seeded(t)
	l, rr := randomRows(r, 200, 20, 0.1, types(lc)...), randomRows(r, 100, 20, 0.1, types(rc)...)
	var want rowsOf
	for _, a := range l {
		for _, b := range rr {
			if !a[0].Null && !b[0].Null && a[0].Int64() == b[0].Int64() {
				want = append(want, []data.Scalar{b[2], a[1]})
			}
		}
	}
	matrix(t, want, func(v variant) phys.Node {
		n := &phys.HashJoin{Probe: source(v, l, lc), Build: source(v, rr, rc), On: []plan.On{{Left: ref(lc[0]), Right: ref(rc[0])}}}
		n.Out = []expr.Col{rc[2], lc[1]}
		return n
	})
}

func TestHashJoinWithManyRowsBuildsRegionsInParallel(t *testing.T) {
	for _, sparse := range []int64{1, 1 << 40} {
		for _, ty := range []dtype.Type{tInt, tString} {
			for _, domain := range []int{60_000, 2_000_000} { // of the probe side; of the large one hardly any row matches
				joinMany(t, ty, sparse, domain)
			}
		}
	}
}

func joinMany(t *testing.T, ty dtype.Type, sparse int64, domain int) {
	r := seeded(t)
	lc, rc := cols(0, ty, tInt), cols(20, ty, tInt)
	make_ := func(n, domain int) rowsOf {
		rows := make(rowsOf, n)
		for i := range rows {
			k := int64(r.IntN(domain)) * sparse
			v := data.IntScalar(tInt, k)
			if ty.Equal(tString) {
				v = data.StringScalar(fmt.Sprintf("key with some text %d", k))
			}
			rows[i] = []data.Scalar{v, data.IntScalar(tInt, int64(i))}
		}
		return rows
	}
	l, rr := make_(30_000, domain), make_(40_000, 60_000)
	at := map[string][]int{}
	for i, b := range rr {
		at[b[0].String()] = append(at[b[0].String()], i)
	}
	var want rowsOf
	for _, a := range l {
		for _, i := range at[a[0].String()] {
			want = append(want, append(append([]data.Scalar{}, a...), rr[i]...))
		}
	}
	for _, threads := range []int{1, 3} {
		c := joinCase{kind: defs.Inner, keys: 1}
		sameRows(t, "", collect(t, c.plan(variant{2000, threads, false}, l, rr, lc, rc), threads), want)
	}
}

func TestSingleJoinFailsOnASecondMatch(t *testing.T) {
	lc, rc := cols(0, tInt, tInt), cols(20, tInt, tInt)
	one, two := data.IntScalar(tInt, 1), data.IntScalar(tInt, 2)
	for _, left := range []bool{false, true} {
		c := joinCase{kind: defs.Single, keys: 1, buildLeft: left}
		l, r := rowsOf{{one, one}, {two, two}}, rowsOf{{one, two}}
		for _, v := range variants {
			sameSet(t, v.String(), collect(t, c.plan(v, l, r, lc, rc), v.threads), c.naive(l, r))
			r2 := append(append(rowsOf{}, r...), []data.Scalar{one, one})
			_, err := Collect(t.Context(), number(c.plan(v, l, r2, lc, rc)), Options{Threads: v.threads})
			if err == nil || !strings.Contains(err.Error(), "more than one row") {
				t.Fatalf("%s: error is %v", v, err)
			}
		}
	}
}

func TestHashJoinTellsTheProbeScanTheBoundsOfItsKeys(t *testing.T) {
	lc, rc := cols(0, tInt, tInt), cols(20, tInt, tInt)
	r := rowsOf{{data.IntScalar(tInt, 7), data.IntScalar(tInt, 0)}, {data.NullScalar(tInt), data.IntScalar(tInt, 0)}, {data.IntScalar(tInt, -3), data.IntScalar(tInt, 0)}}
	n := joinCase{kind: defs.Inner, keys: 1}.plan(variant{3, 1, false}, r, r, lc, rc).(*phys.HashJoin)
	d := &spi.Dynamic{}
	n.Filters = []phys.RuntimeFilter{{Slot: d.Slot(), Keys: []int{0}, Cols: []int{0}}}
	n.Probe.(*phys.Scan).Dynamic = d
	collect(t, n, 2)
	var got []string
	for _, p := range d.Preds() {
		got = append(got, p.Format([]string{"k"}))
	}
	if s := strings.Join(got, ", "); s != "k >= -3, k <= 7" {
		t.Errorf("predicates are %s", s)
	}
}

func TestAJoinCountsTheRowsItPutsOut(t *testing.T) {
	lc, rc := cols(0, tInt), cols(20, tInt)
	one, two := []data.Scalar{data.IntScalar(tInt, 1)}, []data.Scalar{data.IntScalar(tInt, 2)}
	for _, kind := range []defs.JoinKind{defs.Inner, defs.Right} {
		n := &phys.HashJoin{Kind: kind, Probe: source(variant{batch: 3}, rowsOf{one, one}, lc), Build: source(variant{batch: 3}, rowsOf{one, two, two}, rc),
			On: []plan.On{{Left: ref(lc[0]), Right: ref(rc[0])}}}
		n.Out = append(cols(0, tInt), rc...)
		prof := &exec.Profile{}
		bs, err := Collect(t.Context(), number(n), Options{Threads: 1, Profile: prof})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := prof.Stat(0).RowsOut.Load(), int64(len(toRows(bs, nil))); got != want {
			t.Errorf("%s: %d rows counted, %d put out", kind, got, want)
		}
	}
}
