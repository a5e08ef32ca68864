package exec

import "sync"

// Budget is what an Account reserves from; *mem.Budget implements it.
type Budget interface {
	// Reserve takes bytes or fails with a fault.Error of code Memory that says who asked and how to get more.
	Reserve(bytes int64) error
	// Release gives bytes back.
	Release(bytes int64)
}

// step is how much an Account reserves at least at a time, so that workers seldom meet at the budget.
const step = 256 << 10

// Account is the reservation of one operator, shared by its workers. It is safe for concurrent use; a nil Account accepts everything.
type Account struct {
	mu       sync.Mutex
	budget   Budget
	stat     *Stat
	used     int64
	reserved int64
	closed   bool
}

// NewAccount returns an account over budget, which may be nil for no limit. Its peak goes to stat, which may be nil.
func NewAccount(budget Budget, stat *Stat) *Account { return &Account{budget: budget, stat: stat} }

// Grow reserves bytes more; a negative number gives them back.
func (a *Account) Grow(bytes int64) error {
	if a == nil {
		return nil
	}
	if bytes <= 0 {
		a.Shrink(-bytes)
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	want := a.used + bytes
	if want > a.reserved && a.budget != nil {
		need := want - a.reserved
		if a.budget.Reserve(max(need, step)) == nil {
			a.reserved += max(need, step)
		} else if err := a.budget.Reserve(need); err != nil {
			return err
		} else {
			a.reserved = want
		}
	}
	a.used = want
	if a.stat != nil && a.used > a.stat.MemPeak.Load() {
		a.stat.MemPeak.Store(a.used)
	}
	return nil
}

// Shrink gives bytes back.
func (a *Account) Shrink(bytes int64) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used -= bytes
	if idle := a.reserved - a.used - step; idle > step && a.budget != nil && !a.closed {
		a.budget.Release(idle)
		a.reserved -= idle
	}
}

// Set makes *held, what the caller has reserved so far, equal to bytes.
func (a *Account) Set(held *int64, bytes int64) error {
	if err := a.Grow(bytes - *held); err != nil {
		return err
	}
	*held = bytes
	return nil
}

// Close gives everything back. It is idempotent.
func (a *Account) Close() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.budget != nil && a.reserved > 0 {
		a.budget.Release(a.reserved)
	}
	a.reserved, a.used, a.closed = 0, 0, true
}
