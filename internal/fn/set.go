package fn

import (
	"sync"

	"github.com/siksik-data/siksik/internal/bug"
)

// Set is a group of implementations that are linked together: those of one file. A program contains a set only if some function that it calls
// names the set, so a program of frames has the sets of the methods that it uses. SQL can name every function and links them All.
type Set struct {
	once sync.Once
	add  func(register adder)
}

// adder takes implementations by the ID of their overload; an ID may be given once.
type adder func(list map[string]Maker)

// Link makes the functions of the set available to Get. It may be called any number of times, from any goroutine.
func (s *Set) Link() { s.once.Do(func() { s.add(link) }) }

// IDs returns the overloads that the set implements.
func (s *Set) IDs() map[string]bool {
	ids := map[string]bool{}
	s.add(func(list map[string]Maker) {
		for id := range list {
			ids[id] = true
		}
	})
	return ids
}

// All links every set.
func All() {
	for _, s := range []*Set{Arithmetic, Coding, Comparison, DateBuckets, DateDiff, DateMake, DateParts, DateTrunc, DateZones, Format, JSON, Like, Lists,
		ListSearch, ListStats, Math, Misc, Nested, Regexp, Rounding, Series, Similarity, Grapheme, Strftime, Strptime, TextCase, TextEdit, TextMeasure, TextSlice} {
		s.Link()
	}
}

// Comparisons are linked always: joins, filters and the optimiser make them of themselves.
func init() { Comparison.Link() }

// registry has the implementations of the linked sets by the ID of their overload.
var registry = struct {
	sync.RWMutex
	makers map[string]Maker
}{makers: map[string]Maker{}}

// Get returns the implementation of the overload with the ID, if its set is linked.
func Get(id string) (Maker, bool) {
	registry.RLock()
	defer registry.RUnlock()
	m, ok := registry.makers[id]
	return m, ok
}

// link is the adder that fills the registry.
func link(list map[string]Maker) {
	registry.Lock()
	defer registry.Unlock()
	for id, m := range list {
		bug.Assert(registry.makers[id] == nil, "two implementations of "+id)
		registry.makers[id] = m
	}
}
