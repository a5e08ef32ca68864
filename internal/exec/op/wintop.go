package op

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/kern"
)

const (
	// winTopMost bounds the ranks that rows are dropped for: the best rows of all partitions should stay in cache.
	winTopMost = 64
	// With so many partitions that have hardly more rows than are kept, looking them up does not pay.
	winTopGroups = 1 << 18
	winTopRows   = 4
)

// winTop tells which rows a window of ranks need not see, because nobody looks at ranks above k. All functions rank the rows in the same order.
type winTop struct {
	k     int
	parts []int // collected columns that divide the rows
	key   int   // the first column of the order, or -1
	order defs.Order
	exact bool  // rows with equal words tie, and only the first k of them are looked at
	bytes int64 // the most that one worker may use
}

// newWinTop returns nil if all rows must be kept.
func (w *window) newWinTop(k, bytes int64) *winTop {
	if k < 1 || k > winTopMost {
		return nil
	}
	c := w.calls[0]
	t := &winTop{k: int(k), parts: c.partition, key: -1, bytes: bytes, exact: true}
	for _, c := range w.calls {
		t.exact = t.exact && c.win.Fn.Name == "row_number"
	}
	if len(c.order) > 0 {
		t.key, t.order = c.order[0], c.win.Order[0].Order
		t.exact = t.exact && len(c.order) == 1 && oneWord(w.types[t.key])
	}
	return t
}

// oneWord reports whether firstWords tells all values of a type apart.
func oneWord(t dtype.Type) bool {
	switch t.Phys() {
	case dtype.PhysNull, dtype.PhysInterval, dtype.PhysList, dtype.PhysArray, dtype.PhysStruct, dtype.PhysView, dtype.PhysI128:
		return false
	default:
		return true
	}
}

// topRows is one worker's knowledge of the best rows of each partition: a row that k rows of its partition surely come before is dropped. It only
// saves work, so it ends where memory is refused.
type topRows struct {
	t       *winTop
	mem     *exec.Account
	held    int64
	table   *table
	keys    *keyBatch
	best    []uint64 // by partition: the k least words, ascending; ones where there is none yet
	seen    int
	morsel  uint64
	ties    bool // rows with the word of the k-th row are kept
	cols    []*data.Column
	words   []uint64
	sel     []uint32
	scratch compute.Scratch
}

// worker returns what one worker needs, nil for a nil winTop.
func (t *winTop) worker(types []dtype.Type, acc *exec.Account) *topRows {
	if t == nil {
		return nil
	}
	keys := make([]dtype.Type, len(t.parts))
	for i, at := range t.parts {
		keys[i] = types[at]
	}
	l := newKeyLayout(keys)
	return &topRows{t: t, mem: acc, table: newTable(l), keys: newKeyBatch(l), ties: !t.exact}
}

// keep returns the rows of b that may rank high enough, nil for all. The result is borrowed until the next call.
func (s *topRows) keep(b *data.Batch) []uint32 {
	if s == nil || s.table == nil || b.Len == 0 {
		return nil
	}
	// Ties go to what comes first in the input, which this worker cannot tell once it has gone back.
	s.ties = s.ties || b.Morsel < s.morsel
	s.morsel = b.Morsel
	s.scratch.Reset()
	s.words, s.sel = sized(s.words, b.Len), sized(s.sel, b.Len)
	if s.t.key < 0 {
		clear(s.words)
	} else {
		firstWords(s.words, compute.Flatten(&s.scratch, b.Cols[s.t.key]), s.t.order)
	}
	groups := s.groups(b)
	if n := s.table.n * s.t.k; n > len(s.best) {
		old := len(s.best)
		s.best = widened(s.best, n)
		kern.Fill(s.best[old:], math.MaxUint64)
	}
	s.seen += b.Len
	rows := s.pass(groups)
	bytes := s.table.bytes() + 8*int64(cap(s.best))
	if bytes > s.t.bytes || s.table.n > winTopGroups && s.seen < winTopRows*s.t.k*s.table.n || s.mem.Set(&s.held, bytes) != nil {
		s.stop()
	}
	return rows
}

// groups returns the partition of each row.
func (s *topRows) groups(b *data.Batch) []uint32 {
	if len(s.t.parts) == 0 {
		s.table.n = 1
		g := compute.Make[uint32](&s.scratch, b.Len)
		clear(g)
		return g
	}
	s.cols = s.cols[:0]
	for _, at := range s.t.parts {
		s.cols = append(s.cols, b.Cols[at])
	}
	s.keys.set(s.cols, b.Len)
	return s.table.find(s.keys)
}

// pass returns the rows that may be among the first k of their groups, and notes their words.
func (s *topRows) pass(groups []uint32) []uint32 {
	k, sel, m := s.t.k, s.sel, 0
	for i, x := range s.words[:len(groups)] {
		best := s.best[int(groups[i])*k:][:k]
		sel[m] = uint32(i)
		switch last := best[k-1]; {
		case x < last:
			m++
			j := k - 1
			for ; j > 0 && best[j-1] > x; j-- {
				best[j] = best[j-1]
			}
			best[j] = x
		case x == last && (s.ties || x == 0 || x == math.MaxUint64): // the least and the greatest word also stand for nulls
			m++
		}
	}
	return sel[:m]
}

// stop ends the search and frees its memory; all further rows are kept.
func (s *topRows) stop() {
	if s == nil {
		return
	}
	s.table, s.keys, s.best = nil, nil, nil
	s.mem.Shrink(s.held)
	s.held = 0
}
