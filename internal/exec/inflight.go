package exec

import (
	"context"
	"sync"
)

// InFlight counts work that has begun and not ended, and lets one goroutine at a time wait until there is none. The zero value counts nothing yet.
type InFlight struct {
	mu      sync.Mutex
	n       int
	drained chan struct{} // closed when n falls to 0, if somebody waits
}

// Begin counts one more.
func (f *InFlight) Begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
}

// End counts one less.
func (f *InFlight) End() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n--
	if f.n == 0 && f.drained != nil {
		close(f.drained)
		f.drained = nil
	}
}

// Drain waits until nothing is in flight, or returns the cause of ctx's end. The caller sees to it that nothing begins meanwhile.
func (f *InFlight) Drain(ctx context.Context) error {
	f.mu.Lock()
	if f.n == 0 {
		f.mu.Unlock()
		return nil
	}
	ch := make(chan struct{})
	f.drained = ch
	f.mu.Unlock()
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
