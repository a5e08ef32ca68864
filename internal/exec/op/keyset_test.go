package op

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// membersOf makes the set of keys as a join does.
func membersOf(t *testing.T, types []dtype.Type, keys rowsOf) spi.Members {
	t.Helper()
	d := &spi.Dynamic{}
	j := &join{n: len(keys), keys: columnsOf(types, keys)}
	f := phys.RuntimeFilter{Slot: d.Slot(), Rows: -1}
	for i := range types {
		f.Keys, f.Cols = append(f.Keys, i), append(f.Cols, i)
	}
	j.filters = []phys.RuntimeFilter{f}
	if err := j.tellScans(t.Context(), &exec.Crew{Threads: 2}); err != nil {
		t.Fatal(err)
	}
	if len(d.Sets()) != 1 {
		t.Fatalf("%d sets", len(d.Sets()))
	}
	return d.Sets()[0].Members
}

func columnsOf(types []dtype.Type, rows rowsOf) []*data.Column {
	out := make([]*data.Column, len(types))
	for i, t := range types {
		out[i] = toColumn(nil, t, columnValues(rows, i))
	}
	return out
}

func columnValues(rows rowsOf, i int) []data.Scalar {
	var vals []data.Scalar
	for _, r := range rows {
		vals = append(vals, r[i])
	}
	return vals
}

func hasNull(row []data.Scalar) bool {
	return slices.ContainsFunc(row, func(s data.Scalar) bool { return s.Null })
}

func TestKeySetsKeepEveryMemberAndHardlyAnythingElse(t *testing.T) {
	tDec := dtype.DecimalOf(12, 2)
	for _, types := range [][]dtype.Type{{tInt}, {tInt32}, {dtype.Of(dtype.Int8)}, {dtype.Of(dtype.Uint16)}, {dtype.Of(dtype.Uint64)}, {dtype.Of(dtype.Date)}, {tDec},
		{tString}, {tFloat}, {tInt, tString}, {tInt32, tInt32}} {
		t.Run(fmt.Sprint(types), func(t *testing.T) {
			r := seeded(t)
			for _, wide := range []int{60, 100_000_000} {
				if p := types[0].Phys(); wide > 60 && p.Width() < 4 {
					continue
				}
				testKeySet(t, r, types, wide)
			}
		})
	}
}

// testKeySet takes half of some values for keys and tests batches with all of them.
func testKeySet(t *testing.T, r *rand.Rand, types []dtype.Type, domain int) {
	pool := randomRows(r, 2000, domain, 0.1, types...)
	member := map[string]bool{}
	for _, k := range pool[:1000] {
		member[rowText(k)] = !hasNull(k)
	}
	tester := membersOf(t, types, pool[:1000]).Tester()
	wrong, others := 0, 0
	for range 20 {
		part := make(rowsOf, 1+r.IntN(700))
		for i := range part {
			part[i] = pool[r.IntN(len(pool))]
		}
		if r.IntN(5) == 0 {
			for i := range part {
				part[i] = part[0] // a Const column, now and then
			}
		}
		cols := make([]*data.Column, len(types))
		for i, ty := range types {
			cols[i] = toColumn(r, ty, columnValues(part, i))
		}
		var rows []uint32
		few := r.IntN(2) == 0
		for i := range part {
			if !few || r.IntN(4) == 0 {
				rows = append(rows, uint32(i))
			}
		}
		given := slices.Clone(rows)
		got := tester.Select([]uint32{1 << 30}, rows, cols)
		if got[0] != 1<<30 || !slices.Equal(rows, given) {
			t.Fatal("Select changed what it was given")
		}
		got = got[1:]
		if again := tester.Select(rows[:0], rows, cols); !slices.Equal(again, got) {
			t.Fatalf("in place: %v, otherwise: %v", again, got)
		}
		for _, i := range given {
			in := slices.Contains(got, i)
			if is := member[rowText(part[i])]; is && !in {
				t.Fatalf("%s is a key and was dropped", rowText(part[i]))
			} else if !is {
				others++
				if in {
					wrong++
				}
				if in && hasNull(part[i]) {
					t.Fatalf("%s has a null and was kept", rowText(part[i]))
				}
			}
		}
	}
	if wrong*5 > others {
		t.Errorf("%d of %d rows without a partner were kept", wrong, others)
	}
}

func TestADictionarysValuesAreTestedOnce(t *testing.T) {
	looked := 0
	s := &setTester{flat: func(dst, rows []uint32, _ []*data.Column) []uint32 {
		looked += len(rows)
		return append(dst, rows[:1]...)
	}}
	values := strings_(5, func(i int) string { return fmt.Sprint(i) })
	for range 3 {
		got := s.Select(nil, []uint32{0, 1, 2, 3}, []*data.Column{data.DictColumn(values, []uint32{4, 2, 4, 2}, data.Bitmap{0b1101})})
		if !slices.Equal(got, []uint32{0, 2}) {
			t.Fatalf("rows are %v", got)
		}
	}
	if looked != 2 {
		t.Errorf("%d look-ups of two values", looked)
	}
	s.Reset()
	s.Select(nil, []uint32{0}, []*data.Column{data.DictColumn(values, []uint32{4}, nil)})
	if looked != 3 {
		t.Errorf("%d look-ups after a reset", looked)
	}
}

func TestASieveRestsWhenItKeepsNearlyAll(t *testing.T) {
	asked := 0
	d := &spi.Dynamic{}
	d.Slot().Tighten(nil, spi.KeySet{Cols: []int{3}, Members: testMembers(func(dst, rows []uint32) []uint32 {
		asked++
		return append(dst, rows[:len(rows)*9/10]...)
	})})
	s := &sieve{dynamic: d, source: []int{2, 3}}
	s.start()
	c := int64s(data.BatchRows, func(i int) int64 { return int64(i) })
	b := &data.Batch{Cols: []*data.Column{c, c}, Len: data.BatchRows}
	for range 200 {
		s.keep(b, nil)
	}
	if asked < 8 || asked > 20 {
		t.Errorf("the set was asked for %d of 200 batches", asked)
	}
}

type testMembers func(dst, rows []uint32) []uint32

func (m testMembers) Tester() spi.Tester { return m }
func (m testMembers) Reset()             {}
func (m testMembers) Select(dst, rows []uint32, _ []*data.Column) []uint32 {
	return m(dst, rows)
}

func TestRowsWithoutPartnersAreDroppedBehindTheScan(t *testing.T) {
	r := seeded(t)
	for _, ty := range []dtype.Type{tInt, tString} {
		lc, rc := cols(0, ty, tInt), cols(20, ty, tInt)
		l, rr := randomRows(r, 3000, 1000, 0.1, types(lc)...), randomRows(r, 20, 1000, 0.1, types(rc)...)
		for _, kind := range []defs.JoinKind{defs.Inner, defs.Semi, defs.Right} {
			c := joinCase{kind: kind, keys: 1}
			matrix(t, c.naive(l, rr), func(v variant) phys.Node {
				n := c.plan(v, l, rr, lc, rc).(*phys.HashJoin)
				listen(n, n.Probe.(*phys.Scan), 0)
				return n
			})
		}
		n := joinCase{kind: defs.Inner, keys: 1}.plan(variant{100, 2, true}, l, rr, lc, rc).(*phys.HashJoin)
		listen(n, n.Probe.(*phys.Scan), 0)
		prof := &exec.Profile{}
		if _, err := Collect(t.Context(), number(n), Options{Threads: 2, Profile: prof}); err != nil {
			t.Fatal(err)
		}
		if got := prof.Stat(n.Probe.Info().ID).RowsOut.Load(); got > 300 {
			t.Errorf("%s: the scan put out %d rows", ty, got)
		}
	}
}

func TestSeveralJoinsFilterOneScan(t *testing.T) {
	r := seeded(t)
	lc, ac, bc := cols(0, tInt, tString, tInt), cols(20, tInt), cols(30, tString)
	l, a, b := randomRows(r, 3000, 400, 0.1, types(lc)...), randomRows(r, 40, 400, 0.1, types(ac)...), randomRows(r, 40, 400, 0.1, types(bc)...)
	var want rowsOf
	for _, x := range l {
		for _, y := range a {
			for _, z := range b {
				if !hasNull(x[:2]) && rowText(x[:1]) == rowText(y) && rowText(x[1:2]) == rowText(z) {
					want = append(want, append(append(append([]data.Scalar{}, x...), y...), z...))
				}
			}
		}
	}
	matrix(t, want, func(v variant) phys.Node {
		scan := source(v, l, lc)
		inner := &phys.HashJoin{Probe: scan, Build: source(v, a, ac), On: []plan.On{{Left: ref(lc[0]), Right: ref(ac[0])}}, Ordered: true}
		inner.Out = append(slices.Clone(lc), ac...)
		outer := &phys.HashJoin{Probe: inner, Build: source(v, b, bc), On: []plan.On{{Left: ref(lc[1]), Right: ref(bc[0])}}, Ordered: true}
		outer.Out = append(slices.Clone(inner.Out), bc...)
		listen(inner, scan, 0)
		listen(outer, scan, 1)
		return outer
	})
}

// listen lets a scan hear of the single key of a join, which is its column col.
func listen(n *phys.HashJoin, s *phys.Scan, col int) {
	if s.Dynamic == nil {
		s.Dynamic = &spi.Dynamic{}
	}
	n.Filters = append(n.Filters, phys.RuntimeFilter{Slot: s.Dynamic.Slot(), Keys: []int{0}, Cols: []int{col}, Rows: -1})
}

func TestFewScatteredKeysAreAnExactSetForALongScanOnly(t *testing.T) {
	const keys, span = 10_000, 50_000_000
	exact := func(rows float64, memory int64) bool {
		d := &spi.Dynamic{}
		j := &join{n: keys, keys: []*data.Column{int64s(keys, func(i int) int64 { return int64(i) * (span / keys) })}}
		j.mem = exec.NewAccount(mem.NewBudget("query", memory), "join", nil)
		defer j.mem.Close()
		j.filters = []phys.RuntimeFilter{{Slot: d.Slot(), Keys: []int{0}, Cols: []int{0}, Rows: rows}}
		if err := j.tellScans(t.Context(), &exec.Crew{Threads: 2}); err != nil {
			t.Fatal(err)
		}
		if len(d.Sets()) != 1 {
			t.Fatalf("%d sets for a scan of %g rows with %d bytes", len(d.Sets()), rows, memory)
		}
		_, ok := d.Sets()[0].Members.(*keyBits)
		return ok
	}
	if !exact(span/keyBitsRow, 0) {
		t.Error("a scan whose rows pay for the bits of all values has no exact set")
	}
	if exact(span/keyBitsRow/2, 0) {
		t.Error("the set has more bits than the rows of the scan pay for")
	}
	if exact(span/keyBitsRow, 1<<20) {
		t.Error("the exact set passes the memory")
	}
}

func TestAnExactSetIsVisitedInOrder(t *testing.T) {
	for _, keys := range [][]int64{{5}, {-3, 0, 61, 64, 127, 128, 1000}, {-1 << 63, -1<<63 + 70}, {1<<63 - 200, 1<<63 - 1}} {
		least, last := keys[0], keys[len(keys)-1]
		span := uint64(last) - uint64(least)
		s := &keyBits{least: least, span: span, bits: make(data.Bitmap, span/64+1)}
		if err := s.fill(t.Context(), &exec.Crew{Threads: 1}, int64s(len(keys), func(i int) int64 { return keys[i] })); err != nil {
			t.Fatal(err)
		}
		var got []int64
		for v := int64(-1 << 63); ; {
			m, ok := s.From(v)
			if !ok {
				break
			}
			if got = append(got, m); m == 1<<63-1 {
				break
			}
			v = m + 1
		}
		if !slices.Equal(got, keys) {
			t.Errorf("the members of %v are %v", keys, got)
		}
		if _, ok := s.From(last); !ok {
			t.Errorf("the last of %v is not found from itself", keys)
		}
	}
}
