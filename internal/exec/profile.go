package exec

import (
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/spi"
)

// Stat is what one plan node did. All fields may be read while the query runs; workers add to them at the end of each morsel.
type Stat struct {
	RowsIn, RowsOut       atomic.Int64
	BatchesIn, BatchesOut atomic.Int64
	Bytes                 atomic.Int64 // bytes of the batches put out; only with Timing
	Nanos                 atomic.Int64 // time over all workers without that of the nodes below and above; only with Timing
	MemPeak               atomic.Int64 // largest reservation, in bytes
	Spilled               atomic.Int64 // bytes written to disk
}

// Profile holds the metrics of one run by node id, and the progress of its scans. The zero value is ready. It is safe for concurrent use.
type Profile struct {
	Timing bool // measure time and bytes; set before the run

	mu     sync.Mutex
	stats  map[int]*Stat
	meters map[int]*spi.Meter
}

// Stat returns the metrics of a node, which are zero if it has not run.
func (p *Profile) Stat(node int) *Stat {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stats == nil {
		p.stats = map[int]*Stat{}
	}
	s := p.stats[node]
	if s == nil {
		s = &Stat{}
		p.stats[node] = s
	}
	return s
}

// Meter returns the progress counters of a scan node.
func (p *Profile) Meter(node int) *spi.Meter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.meters == nil {
		p.meters = map[int]*spi.Meter{}
	}
	m := p.meters[node]
	if m == nil {
		m = &spi.Meter{}
		p.meters[node] = m
	}
	return m
}

// tally is the worker-local part of a Stat.
type tally struct {
	stat                                               *Stat
	rowsIn, rowsOut, batchesIn, batchesOut, bytes, own int64
}

// flush adds the tally to its Stat and clears it.
func (t *tally) flush() {
	if t.stat == nil {
		return
	}
	add := func(to *atomic.Int64, v *int64) {
		if *v != 0 {
			to.Add(*v)
			*v = 0
		}
	}
	add(&t.stat.RowsIn, &t.rowsIn)
	add(&t.stat.RowsOut, &t.rowsOut)
	add(&t.stat.BatchesIn, &t.batchesIn)
	add(&t.stat.BatchesOut, &t.batchesOut)
	add(&t.stat.Bytes, &t.bytes)
	add(&t.stat.Nanos, &t.own)
}
