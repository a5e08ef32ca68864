package op

import (
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/spi"
)

// sieve tests one worker's rows of a scan against the key sets of the joins above it, as far as that drops enough of them: rows that go here need not
// pass through projections and the probes of earlier joins.
type sieve struct {
	dynamic *spi.Dynamic
	source  []int // schema positions of the columns of the batches
	gen     int64
	sets    []sieveSet
	rows    []uint32
}

// sieveSet is one key set and what it does.
type sieveSet struct {
	tester     spi.Tester
	at         []int // columns of the batches
	part       []*data.Column
	seen, kept int // of the current sample
	rest       int // batches until the next sample
}

const (
	sieveSample = 4 * data.BatchRows
	sieveRest   = 64
	sieveShare  = 0.7 // a set that keeps more rests
)

// start begins with a split.
func (s *sieve) start() {
	if g := s.dynamic.Generation(); s.sets == nil || g != s.gen {
		s.gen, s.sets = g, s.sets[:0]
		for _, k := range s.dynamic.Sets() {
			x := sieveSet{tester: k.Members.Tester()}
			for _, c := range k.Cols {
				x.at = append(x.at, slices.Index(s.source, c))
			}
			if !slices.Contains(x.at, -1) {
				s.sets = append(s.sets, x)
			}
		}
		if s.sets == nil {
			s.sets = []sieveSet{}
		}
	}
	for i := range s.sets {
		s.sets[i].tester.Reset()
	}
}

// keep returns which of rows (nil: all) of b may have partners, and whether that is all of them. The result is borrowed until the next call.
func (s *sieve) keep(b *data.Batch, rows []uint32) (kept []uint32, all bool) {
	n := b.Len
	if rows != nil {
		n = len(rows)
	}
	all = true
	for i := range s.sets {
		x := &s.sets[i]
		if x.rest > 0 {
			x.rest--
			continue
		}
		if all {
			s.rows = sized(s.rows, data.BatchRows)[:n]
			if rows == nil {
				kern.SelIota(s.rows, 0)
			} else {
				copy(s.rows, rows)
			}
			all = false
		}
		x.part = x.part[:0]
		for _, c := range x.at {
			x.part = append(x.part, b.Cols[c])
		}
		x.seen += len(s.rows)
		s.rows = x.tester.Select(s.rows[:0], s.rows, x.part)
		x.kept += len(s.rows)
		if x.seen >= sieveSample {
			if float64(x.kept) > sieveShare*float64(x.seen) {
				x.rest = sieveRest
			}
			x.seen, x.kept = 0, 0
		}
	}
	if all || len(s.rows) == n {
		return rows, true
	}
	return s.rows, false
}
