package mem

import (
	"sync"

	"github.com/siksik-data/siksik/internal/bug"
)

// Grants are rounded up to chunks, so that an operator that grows by small steps seldom
// touches the counters that all share.
const (
	chunkMin = 4 << 10
	chunkMax = 1 << 20
)

// Reservation is what one operator, or one worker of it, holds of a budget. Its
// methods may be called from many goroutines. Its owner calls Free at the end.
type Reservation struct {
	budget   *Budget
	operator string
	chunk    int64 // 0: grants are exact

	mu      sync.Mutex
	used    int64 // asked for
	granted int64 // taken from the budget, at least used
	peak    int64
}

// Reservation makes an empty reservation; operator names it in errors and profiles.
func (b *Budget) Reservation(operator string) *Reservation {
	return &Reservation{budget: b, operator: operator, chunk: min(max(b.Limit()/256&^(chunkMin-1), chunkMin), chunkMax)}
}

// cacheReservation is a Reservation without chunks: what a cache gives up must be
// there for others to the last byte.
func (b *Budget) cacheReservation(name string) *Reservation {
	return &Reservation{budget: b, operator: name}
}

// Reserve makes a reservation of n bytes. The error is a *fault.Error of code Memory.
func (b *Budget) Reserve(operator string, n int64) (*Reservation, error) {
	r := b.Reservation(operator)
	if err := r.Grow(n); err != nil {
		return nil, err
	}
	return r, nil
}

// Operator is the name given at construction.
func (r *Reservation) Operator() string { return r.operator }

// Budget is what r takes from.
func (r *Reservation) Budget() *Budget { return r.budget }

// Grow adds n >= 0 bytes. When the budget refuses, r is what it was before, and the
// error is a *fault.Error of code Memory: the operator spills or returns it.
func (r *Reservation) Grow(n int64) error {
	bug.Assert(n >= 0, "a reservation grows by a negative size")
	for {
		lack := r.use(n)
		if lack <= 0 {
			return nil
		}
		// The lock is free meanwhile, because r may belong to a cache that is asked to
		// release something on this very occasion.
		want := lack
		if r.chunk > 0 {
			want = (lack + r.chunk - 1) / r.chunk * r.chunk
		}
		full := r.budget.take(want)
		if full != nil && want != lack {
			want = lack
			full = r.budget.take(want)
		}
		if full != nil {
			return r.budget.refused(full, r.operator, n, r.Used())
		}
		r.mu.Lock()
		r.granted += want
		r.mu.Unlock()
	}
}

// use adds n to what r holds if that much is granted, or returns what is lacking.
func (r *Reservation) use(n int64) (lack int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if lack = n - (r.granted - r.used); lack > 0 {
		return lack
	}
	r.used += n
	r.peak = max(r.peak, r.used)
	return 0
}

// growIdle is Grow for memory that is kept just in case: it takes nothing from other
// caches and reports whether there was room.
func (r *Reservation) growIdle(n int64) bool {
	if r.budget.tryTake(n) != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.granted += n
	r.used += n
	r.peak = max(r.peak, r.used)
	return true
}

// Shrink gives n bytes back; n is at most Used.
func (r *Reservation) Shrink(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	bug.Assert(n >= 0 && n <= r.used, "a reservation shrinks by more than it holds")
	r.used -= n
	// One chunk stays, so that an operator at the edge of one does not go back and forth.
	if spare := r.granted - r.used; spare > 2*r.chunk {
		spare -= r.chunk
		r.granted -= spare
		r.budget.give(spare)
	}
}

// Resize makes r hold n bytes in all; it fails as Grow does.
func (r *Reservation) Resize(n int64) error {
	if d := n - r.Used(); d > 0 {
		return r.Grow(d)
	} else if d < 0 {
		r.Shrink(-d)
	}
	return nil
}

// Free gives everything back. r may be used again; freeing twice is harmless.
func (r *Reservation) Free() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.budget.give(r.granted)
	r.used, r.granted = 0, 0
}

// Used is the bytes r holds.
func (r *Reservation) Used() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used
}

// Peak is the most that r has held.
func (r *Reservation) Peak() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.peak
}
