package exec

import (
	"context"
	"sync"
)

// Turns keeps track of which morsels are done at one place of a pipeline, and adds up a count over them in morsel order. Row numbers, limits
// and ordered output stand on it. The driver's promise makes waiting safe: workers take morsels in ascending order and end each of them, so
// the worker of the lowest open morsel never waits for anybody.
type Turns struct {
	mu    sync.Mutex
	next  uint64           // all morsels below are done
	sum   int64            // count over them
	done  map[uint64]int64 // counts of finished morsels above next
	waits chan struct{}    // closed and replaced whenever next moves
}

// Start sets the first morsel; it implements Starter.
func (t *Turns) Start(first uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next = first
}

// Before returns the count over all morsels before m, if they are all done.
func (t *Turns) Before(m uint64) (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum, t.next >= m
}

// Wait waits until all morsels before m are done and returns the count over them.
func (t *Turns) Wait(ctx context.Context, m uint64) (int64, error) {
	for {
		t.mu.Lock()
		if t.next >= m {
			defer t.mu.Unlock()
			return t.sum, nil
		}
		if t.waits == nil {
			t.waits = make(chan struct{})
		}
		ch := t.waits
		t.mu.Unlock()
		select {
		case <-ch:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// End says that morsel m is done and had count rows. Each morsel must be ended exactly once.
func (t *Turns) End(m uint64, count int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m != t.next {
		if t.done == nil {
			t.done = map[uint64]int64{}
		}
		t.done[m] = count
		return
	}
	t.next++
	t.sum += count
	for {
		c, ok := t.done[t.next]
		if !ok {
			break
		}
		delete(t.done, t.next)
		t.next++
		t.sum += c
	}
	if t.waits != nil {
		close(t.waits)
		t.waits = nil
	}
}
