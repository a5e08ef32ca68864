package spi

import (
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
)

// Dynamic holds the runtime filters of one scan: what joins and top-ns find out while the query runs about rows that it cannot need. A scan may apply
// them at any time, to any part of the rows, or not at all, so it drops them again where they cost more than they save. It is safe for concurrent use.
type Dynamic struct {
	mu    sync.Mutex
	slots []*Slot
	gen   atomic.Int64
}

// Slot is the place of one join or top-n among the runtime filters of a scan.
type Slot struct {
	d     *Dynamic
	preds []Pred
	sets  []KeySet
}

// KeySet is the set of keys that have a partner on the other side of a join. Bounds of the same keys come as predicates besides; a set tells rows
// apart within them, and may let through rows without a partner.
type KeySet struct {
	Cols    []int // the columns of the key, as positions in the table's Schema
	Members Members
	Share   float64 // about which share of the rows will pass, where it is known; negative where it is not
}

// Members makes testers of a set that does not change any more. It is safe for concurrent use, and a pointer or else of a comparable type, so that a
// scan knows a set again.
type Members interface {
	// Tester returns a tester for the use of one goroutine.
	Tester() Tester
}

// Ascending is Members of one integer column that can also be visited in order.
type Ascending interface {
	Members
	// From returns the least member that is not below v; ok is false if there is none.
	From(v int64) (member int64, ok bool)
}

// Tester tests rows for being in a KeySet.
type Tester interface {
	// Select appends to dst those of rows, which ascend, whose key may have a partner; null never has one. cols are the columns of KeySet.Cols, of
	// the table's types and in any form. dst may be rows[:0]. The result is valid until dst is changed; nothing of cols is kept.
	//
	// What is found about the values of a Dict column is remembered by the address of its Values, so that a value is looked up at most once. A reader
	// that fills the same Values with another dictionary calls Reset between.
	Select(dst, rows []uint32, cols []*data.Column) []uint32
	// Reset forgets dictionaries.
	Reset()
}

// SetScan is a Scan that may apply key sets itself, before it reads the other columns. The engine tests rows against the sets of ScanSpec.Dynamic
// behind any other scan.
type SetScan interface {
	Scan
	// AppliesSets reports whether this scan takes care of all of ScanSpec.Dynamic's key sets. It is asked once, before the first split.
	AppliesSets() bool
}

// Slot adds a slot without predicates.
func (d *Dynamic) Slot() *Slot {
	s := &Slot{d: d}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slots = append(d.slots, s)
	return s
}

// Of reports whether s is a slot of d.
func (s *Slot) Of(d *Dynamic) bool { return s.d == d }

// Tighten replaces what the owner of the slot knows; rows must pass all of it. It is safe for concurrent use, and keeps its arguments.
func (s *Slot) Tighten(preds []Pred, sets ...KeySet) {
	s.d.mu.Lock()
	s.preds, s.sets = preds, sets
	s.d.mu.Unlock()
	s.d.gen.Add(1)
}

// Generation changes whenever a slot is tightened; scans compare it once a split or batch.
func (d *Dynamic) Generation() int64 { return d.gen.Load() }

// Preds returns the current predicates of all slots. All of them must hold.
func (d *Dynamic) Preds() []Pred {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Pred
	for _, s := range d.slots {
		out = append(out, s.preds...)
	}
	return out
}

// Sets returns the current key sets of all slots. Rows must be in all of them.
func (d *Dynamic) Sets() []KeySet {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []KeySet
	for _, s := range d.slots {
		out = append(out, s.sets...)
	}
	return out
}
