package exec

import (
	"sync"

	"github.com/siksik-data/siksik/internal/mem"
)

// Account is the reservation of one operator, shared by its workers, whose peak goes to the operator's metrics. It is safe for concurrent use. A
// nil Account accepts everything.
type Account struct {
	mu     sync.Mutex
	res    *mem.Reservation
	stat   *Stat
	closed bool
}

// NewAccount returns an account for an operator over budget, which may be nil for no limit. Its peak goes to stat, which may be nil.
func NewAccount(budget *mem.Budget, operator string, stat *Stat) *Account {
	if budget == nil {
		budget = mem.NewBudget("unlimited", 0)
	}
	return &Account{res: budget.Reservation(operator), stat: stat}
}

// Grow reserves bytes more; a negative number gives them back. The error is a fault.Error of code Memory that names the operator.
func (a *Account) Grow(bytes int64) error {
	if a == nil || bytes == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed:
		return nil
	case bytes < 0:
		a.res.Shrink(-bytes)
		return nil
	}
	if err := a.res.Grow(bytes); err != nil {
		return err
	}
	if a.stat != nil {
		a.stat.MemPeak.Store(a.res.Peak())
	}
	return nil
}

// Shrink gives bytes back.
func (a *Account) Shrink(bytes int64) { _ = a.Grow(-bytes) }

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
	a.res.Free()
	a.closed = true
}
