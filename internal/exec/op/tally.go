package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// tally tells which groups have had a value, and how many if anybody asks. Where another state counts the rows of all groups, only nulls are counted,
// which costs nothing as long as there are none.
type tally struct {
	counts bool
	all    *countState // counts all rows, of which n are null; nil: n is what is asked for
	n      []int64     // if counts; by group, or nil as long as all of them are 0
	groups int
	seen   seenSet // if not counts
}

// countOf makes a tally that counts, and that is empty, one that counts the nulls among the rows that all counts.
func (t *tally) countOf(all *countState) {
	if t.counts {
		t.all = all
	}
}

func (t *tally) grow(n int) {
	t.groups = n
	switch {
	case !t.counts:
		t.seen.grow(n)
	case t.all == nil || t.n != nil:
		t.n = widened(t.n, n)
	}
}

func (t *tally) update(g []uint32, valid data.Bitmap, filtered bool) {
	switch {
	case !t.counts:
		t.seen.update(g, valid, filtered)
	case t.all == nil:
		kern.CountGrouped(t.n, g, valid)
	case valid != nil:
		t.n = widened(t.n, t.groups)
		kern.CountNullsGrouped(t.n, g, valid)
	}
}

// values returns how many values each group has had, for a tally that counts. The caller must not change them.
func (t *tally) values() []int64 {
	switch {
	case t.all == nil:
		return t.n
	case t.n == nil:
		return t.all.n
	}
	out := make([]int64, t.groups)
	kern.Sub(out, t.all.n, t.n)
	return out
}

// valid returns the validity of results: null for groups without a value.
func (t *tally) valid() data.Bitmap {
	if !t.counts {
		return t.seen.valid()
	}
	out := data.NewBitmap(t.groups)
	for i, n := range t.values() {
		out.SetTo(i, n > 0)
	}
	if out.All(t.groups) {
		return nil
	}
	return out
}

func (t *tally) merge(o *tally, lo, hi int, g []uint32) {
	if !t.counts {
		t.seen.merge(&o.seen, lo, hi, g)
		return
	}
	if o.n != nil {
		t.n = widened(t.n, t.groups)
		kern.SumGrouped(t.n, g, o.n[lo:hi], nil)
	}
}

func (t *tally) arrange(rows []uint32) tally {
	out := tally{counts: t.counts, all: t.all, groups: len(rows)}
	switch {
	case !t.counts:
		out.seen = t.seen.arrange(rows)
	case t.n != nil:
		out.n = arranged(t.n, rows)
	}
	return out
}

func (t *tally) kinds(dst []wordKind) []wordKind {
	switch {
	case !t.counts:
		return t.seen.kinds(dst)
	case t.all == nil:
		return append(dst, wordPlain)
	case t.n != nil:
		return append(dst, wordNulls)
	}
	return dst
}

func (t *tally) pack(x *compute.Scratch, dst []wordCol, lo, hi int) []wordCol {
	switch {
	case !t.counts:
		return t.seen.pack(x, dst, lo, hi)
	case t.n != nil:
		return append(dst, plainCol(t.n[lo:hi]))
	}
	return dst
}

func (t *tally) absorb(p *packedRows, g []uint32) {
	switch {
	case !t.counts:
		t.seen.absorb(p, g)
	case t.all == nil || p.is(wordNulls):
		t.n = widened(t.n, t.groups)
		kern.SumGrouped(t.n, g, data.FixedSlice[int64](p.fixed(8)), nil)
	}
}

func (t *tally) bytes() int64 { return t.seen.bytes() + 8*int64(cap(t.n)) }

func (t *tally) reset() {
	t.seen.reset()
	t.groups = 0
	if t.n = t.n[:0]; t.all != nil {
		t.n = nil
	}
}
