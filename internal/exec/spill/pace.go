package spill

import (
	"sync"
	"time"
)

// pace decides block by block whether packing pays: whether the time to pack and write less is shorter than that to write all. Where the disk is a
// memory cache it seldom is, on a slow disk it always is.
type pace struct {
	mu    sync.Mutex
	count uint
	cost  [2]float64 // nanoseconds a byte, plain and packed; 0 is not known yet
}

const (
	paceRetry  = 32   // every so many blocks the other way is tried
	paceWeight = 0.12 // of the newest block
)

// pack decides about the next block.
func (p *pace) pack() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	better := p.cost[1] < p.cost[0]
	return better != (p.count%paceRetry == 2)
}

// note learns what a block of n bytes took.
func (p *pace) note(packed bool, n int, took time.Duration) {
	if n == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &p.cost[0]
	if packed {
		c = &p.cost[1]
	}
	now := float64(took) / float64(n)
	if *c == 0 {
		*c = now
		return
	}
	*c += paceWeight * (now - *c)
}
