package parquet

import (
	"slices"
	"sort"
	"time"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/spi"
)

// rowTest is a predicate, a key set or a condition of the engine that is applied row by row.
type rowTest struct {
	e       *evaluator    // of a predicate, or nil
	set     spi.Tester    // of a key set, or nil
	cond    spi.RowTester // of a condition, or nil
	members spi.Members   // that set is of
	slots   []int         // of the columns that it reads
	alone   bool          // it reads one column, and its nulls fail
	cols    []*data.Column

	optional  bool // it was found out meanwhile, and rows that fail it do no harm
	rest      int  // batches until an optional test that drops too little is tried again
	seen, hit int  // rows of the current sample
	took      time.Duration
	share     float64
	nanos     float64 // for a row, with the reading of what no test before it reads

	known *data.Column // the dictionary that keep is about
	keep  []uint8      // per code: 1 if its value passes
}

// An optional test is watched for testSample rows, and rests for testRest batches when more than testShare of them passed: they would
// cost more than the rows that are saved.
const (
	testSample = 4 * data.BatchRows
	testRest   = 64
	testShare  = 0.85
)

// shareUnknown is the part of the rows that is guessed to pass a test before it has been tried.
const shareUnknown = 0.5

// What tests are guessed to take for a row before they have been tried.
const (
	nanosPred = 2
	nanosSet  = 4
	nanosCond = 20
)

func (g *group) newTest(p *pred) *rowTest {
	slots, _ := g.slotsOf(p.columns(nil))
	return &rowTest{e: newEvaluator(p), slots: slots, alone: len(slots) == 1 && !p.wantsNull(), share: shareUnknown, nanos: nanosPred}
}

// newCond makes the test of a condition. What it makes of a null is tried out.
func (g *group) newCond(t spi.RowTest) (*rowTest, error) {
	slots, _ := g.slotsOf(t.Cols)
	x := &rowTest{cond: t.New(), slots: slots, share: shareUnknown, nanos: nanosCond}
	if len(slots) != 1 {
		return x, nil
	}
	null := data.NullColumn(g.scan.t.schema.Fields[t.Cols[0]].Type, 1)
	rows, all, err := x.cond.Select(g.ctx, []*data.Column{null}, 1)
	x.alone = !all && len(rows) == 0
	return x, err
}

// wantsNull reports whether a null may pass.
func (p *pred) wantsNull() bool {
	return p.op == spi.PredIsNull || slices.ContainsFunc(p.kids, (*pred).wantsNull)
}

// idle reports whether the test rests for this batch.
func (t *rowTest) idle() bool {
	if t.rest > 0 {
		t.rest--
		return true
	}
	return false
}

// note remembers what the test did, and reports whether it knows more about itself now.
func (t *rowTest) note(seen, hit int, took time.Duration) bool {
	t.seen, t.hit, t.took = t.seen+seen, t.hit+hit, t.took+took
	if t.seen < testSample {
		return false
	}
	t.share, t.nanos = float64(t.hit)/float64(t.seen), float64(t.took)/float64(t.seen)
	t.seen, t.hit, t.took = 0, 0, 0
	if t.optional && t.share > testShare {
		t.rest = testRest
	}
	return true
}

// rank is what it takes to drop a row.
func (t *rowTest) rank() float64 { return t.nanos / max(1-t.share, 1e-6) }

// orderTests puts the tests first that drop most rows for what they take, so that the columns of the others need fewer values.
func (g *group) orderTests() {
	g.unordered = false
	sort.SliceStable(g.tests, func(a, b int) bool { return compareFloats(g.tests[a].rank(), g.tests[b].rank()) < 0 })
	for i := range g.slots {
		g.slots[i].last = -1
		if f, ok := g.slots[i].r.(*flatColumn); ok {
			f.v.keep = false
		}
	}
	for k, t := range g.tests {
		for _, s := range t.slots {
			g.slots[s].last = k
			if f, ok := g.slots[s].r.(*flatColumn); ok {
				f.v.keep = true
			}
		}
	}
}

// rows reads the next n rows into the slots, without those that the tests exclude, and returns how many are left.
func (g *group) rows(n int) (int, error) {
	for i := range g.slots {
		g.slots[i].now = nil
	}
	g.from, g.picked = g.at, false
	left, all, err := g.test(n)
	if err != nil {
		return 0, err
	}
	for i := range g.slots {
		if err := g.read(&g.slots[i], n, all, left); err != nil {
			return 0, err
		}
	}
	if left > 0 {
		for _, i := range g.outs {
			g.slots[i].flatten()
		}
	}
	g.picked = !all
	return left, nil
}

// test applies the tests to the next n rows; g.sel are those that are left, if that is not all of them.
func (g *group) test(n int) (left int, all bool, err error) {
	left, all = n, true
	for k, t := range g.tests {
		if t.idle() {
			continue
		}
		start := time.Now()
		for _, s := range t.slots {
			if err := g.read(&g.slots[s], n, all, left); err != nil {
				return 0, false, err
			}
		}
		idx, every, err := g.passing(t, n, left)
		if err != nil {
			return 0, false, g.fail(err, nil)
		}
		hit := len(idx)
		if every {
			hit = left
		}
		if t.note(left, hit, time.Since(start)) {
			g.unordered = true
		}
		if hit == left {
			continue
		}
		g.narrow(idx, k, all)
		left, all = hit, false
		if left == 0 {
			break
		}
	}
	return left, all, nil
}

// narrow keeps the rows idx of those that are left, in the columns that the result or a test behind the one at k needs.
func (g *group) narrow(idx []uint32, k int, all bool) {
	for i := range g.slots {
		if s := &g.slots[i]; s.now != nil && (s.out || s.last > k) {
			s.now = s.comp.gather(s.now, idx)
		}
	}
	if all {
		g.sel = append(g.sel[:0], idx...)
		return
	}
	for i, x := range idx {
		g.sel[i] = g.sel[x]
	}
	g.sel = g.sel[:len(idx)]
}

// passing returns which of the left rows pass a test, whose slots are read, or that all of them do.
func (g *group) passing(t *rowTest, n, left int) (rows []uint32, all bool, err error) {
	codes := false
	for _, i := range t.slots {
		s := &g.slots[i]
		if codes = s.now.Form == data.Dict && g.byCode(t, s.now.Values, n, left); !codes {
			s.flatten()
		}
	}
	switch {
	case codes && t.alone:
		c := g.slots[t.slots[0]].now
		if err := t.learn(g, c.Values); err != nil {
			return nil, false, err
		}
		lookUp(g.hits[:], t.keep, c, left)
	case t.e != nil:
		t.e.eval(g.hits[:], func(col int) *data.Column { return g.slots[g.byCol[col]].now }, left)
	default:
		t.cols = t.cols[:0]
		for _, i := range t.slots {
			t.cols = append(t.cols, g.slots[i].now)
		}
		if t.cond != nil {
			return t.cond.Select(g.ctx, t.cols, left)
		}
		return t.set.Select(g.idx[:0], g.iota[:left], t.cols), false, nil
	}
	return g.idx[:kern.SelFromBits(g.idx, g.hits[:], left)], false, nil
}

// byCode says whether to test each value of a dictionary once, rather than the rows: that pays if more rows will be tested than there are values.
func (g *group) byCode(t *rowTest, dict *data.Column, n, left int) bool {
	if !t.alone {
		return false
	}
	toCome := float64(g.ranges[len(g.ranges)-1].hi-g.at) * float64(left) / float64(n)
	return t.known == dict || toCome > float64(dict.Len)
}

// learn tests all values of a dictionary.
func (t *rowTest) learn(g *group, dict *data.Column) error {
	if t.known == dict {
		return nil
	}
	t.known, t.keep = nil, t.keep[:0]
	for lo := 0; lo < dict.Len; lo += data.BatchRows {
		part := dict.Slice(lo, min(lo+data.BatchRows, dict.Len))
		t.keep = append(t.keep, make([]uint8, part.Len)...)
		if err := t.learnPart(g, part, t.keep[lo:]); err != nil {
			return err
		}
	}
	t.known = dict
	return nil
}

// learnPart sets the places of the values of part that pass to 1.
func (t *rowTest) learnPart(g *group, part *data.Column, keep []uint8) error {
	t.cols = append(t.cols[:0], part)
	rows := g.iota[:part.Len]
	switch {
	case t.e != nil:
		t.e.eval(g.hits[:], func(int) *data.Column { return part }, part.Len)
		rows = g.idx[:kern.SelFromBits(g.idx, g.hits[:], part.Len)]
	case t.set != nil:
		rows = t.set.Select(g.idx[:0], rows, t.cols)
	default:
		some, all, err := t.cond.Select(g.ctx, t.cols, part.Len)
		if err != nil {
			return err
		}
		if !all {
			rows = some
		}
	}
	for _, x := range rows {
		keep[x] = 1
	}
	return nil
}

// lookUp sets the bits of the n rows whose code is kept and which are not null. keep has an entry, 0 or 1, for each code.
func lookUp(dst []uint64, keep []uint8, c *data.Column, n int) {
	if n == 0 {
		return
	}
	p := unsafe.Pointer(unsafe.SliceData(keep))
	at := func(code uint32) uint64 { return uint64(*(*uint8)(unsafe.Add(p, uintptr(code)))) }
	codes := c.Codes[:n]
	for w := range data.Words(n) {
		var m uint64
		part := codes[w*64 : min(w*64+64, n)]
		i := 0
		for ; i+8 <= len(part); i += 8 {
			x := (*[8]uint32)(part[i:])
			m |= (at(x[0]) | at(x[1])<<1 | at(x[2])<<2 | at(x[3])<<3 | at(x[4])<<4 | at(x[5])<<5 | at(x[6])<<6 | at(x[7])<<7) << (i & 63)
		}
		for ; i < len(part); i++ {
			m |= at(part[i]) << (i & 63)
		}
		dst[w] = m
	}
	if c.Valid != nil {
		kern.BitmapAnd(dst, dst, c.Valid, n)
	}
}

// flatten resolves the codes of a column that is not text: operators take codes for text only.
func (s *slot) flatten() {
	if s.now != nil && s.now.Form == data.Dict && s.now.Type.Phys() != dtype.PhysView {
		s.now = s.comp.resolve(s.now)
	}
}

// read fills a slot with the left rows of the next n that are in sel, if it is not yet.
func (g *group) read(s *slot, n int, all bool, left int) (err error) {
	switch {
	case s.now != nil:
		return nil
	case left == 0:
		s.r.skip(n)
		return nil
	case all:
		s.now, err = s.r.read(n, nil)
	case left*2 > n && !s.picksWell():
		// Picking single values costs more than decoding all of them.
		if s.now, err = s.r.read(n, nil); err == nil {
			s.now = s.comp.gather(s.now, g.sel[:left])
		}
	default:
		s.now, err = s.r.read(n, g.sel[:left])
	}
	return g.fail(err, s)
}

// picksWell reports whether reading some rows is never slower than reading all: each value has its place, and none is null.
func (s *slot) picksWell() bool {
	f, ok := s.r.(*flatColumn)
	return ok && f.leaf.maxDef == 0 && (f.leaf.storedWidth() > 0 || f.c.dict.n > 0)
}
