package parquet

import (
	"slices"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/spi"
)

// rowTest is a predicate or a key set that is applied row by row.
type rowTest struct {
	e     *evaluator // of a predicate, or nil
	set   spi.Tester // of a key set, or nil
	slots []int      // of the columns that it reads
	alone bool       // it reads one column, and its nulls fail
	cols  []*data.Column

	optional  bool // it was found out meanwhile, and rows that fail it do no harm
	rest      int  // batches until an optional test that drops too little is tried again
	seen, hit int  // rows since then
	share     float64

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

func (g *group) newTest(p *pred) *rowTest {
	slots, _ := g.slotsOf(p.columns(nil))
	return &rowTest{e: newEvaluator(p), slots: slots, alone: len(slots) == 1 && !p.wantsNull(), share: shareUnknown}
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

// note remembers what the test did.
func (t *rowTest) note(seen, hit int) {
	t.seen, t.hit = t.seen+seen, t.hit+hit
	if t.seen < testSample {
		return
	}
	t.share = float64(t.hit) / float64(t.seen)
	t.seen, t.hit = 0, 0
	if t.optional && t.share > testShare {
		t.rest = testRest
	}
}

// orderTests puts the tests that let the fewest rows pass first, so that the columns of the others need fewer values.
func (g *group) orderTests() {
	slices.SortStableFunc(g.tests, func(a, b *rowTest) int { return compareFloats(a.share, b.share) })
	for i := range g.slots {
		if f, ok := g.slots[i].r.(*flatColumn); ok {
			f.v.keep = false
		}
	}
	for _, t := range g.tests {
		for _, s := range t.slots {
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
	left, all := n, true
	g.from, g.picked = g.at, false
	for _, t := range g.tests {
		if t.idle() {
			continue
		}
		for _, s := range t.slots {
			if err := g.read(&g.slots[s], n, all, left); err != nil {
				return 0, err
			}
		}
		idx := g.passing(t, n, left)
		hit := len(idx)
		t.note(left, hit)
		if hit == left {
			continue
		}
		for i := range g.slots {
			if s := &g.slots[i]; s.now != nil {
				s.now = s.comp.gather(s.now, idx)
			}
		}
		if all {
			g.sel = append(g.sel[:0], idx...)
		} else {
			for i, x := range idx {
				g.sel[i] = g.sel[x]
			}
			g.sel = g.sel[:hit]
		}
		left, all = hit, false
		if left == 0 {
			break
		}
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

// passing returns which of the left rows pass a test, whose slots are read.
func (g *group) passing(t *rowTest, n, left int) []uint32 {
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
		t.learn(g, c.Values)
		lookUp(g.hits[:], t.keep, c, left)
	case t.e != nil:
		t.e.eval(g.hits[:], func(col int) *data.Column { return g.slots[g.byCol[col]].now }, left)
	default:
		t.cols = t.cols[:0]
		for _, i := range t.slots {
			t.cols = append(t.cols, g.slots[i].now)
		}
		return t.set.Select(g.idx[:0], g.iota[:left], t.cols)
	}
	return g.idx[:kern.SelFromBits(g.idx, g.hits[:], left)]
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
func (t *rowTest) learn(g *group, dict *data.Column) {
	if t.known == dict {
		return
	}
	t.known = dict
	t.keep = t.keep[:0]
	for lo := 0; lo < dict.Len; lo += data.BatchRows {
		part := dict.Slice(lo, min(lo+data.BatchRows, dict.Len))
		if t.set == nil {
			t.e.eval(g.hits[:], func(int) *data.Column { return part }, part.Len)
			for i := range part.Len {
				t.keep = append(t.keep, uint8(g.hits[i>>6]>>(i&63)&1))
			}
			continue
		}
		t.keep = append(t.keep, make([]uint8, part.Len)...)
		t.cols = append(t.cols[:0], part)
		for _, x := range t.set.Select(g.idx[:0], g.iota[:part.Len], t.cols) {
			t.keep[lo+int(x)] = 1
		}
	}
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
