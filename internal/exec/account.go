package exec

import (
	"errors"
	"math"
	"sync"
	"unsafe"

	"github.com/siksik-data/siksik/internal/mem"
)

// Account is the reservation of one operator, shared by its workers, whose peak goes to the operator's metrics. It is safe for concurrent use. A
// nil Account accepts everything.
type Account struct {
	mu     sync.Mutex
	res    *mem.Reservation
	budget *mem.Budget
	stat   *Stat
	slabs  *mem.Slabs
	lent   [][]uint64       // of slabs
	bulk   *mem.Reservation // of what is lent, without a limit: it counts in res
	closed bool
	own    int64 // bytes set aside at the start
	used   int64 // bytes in use, own ones included
	shares bool  // leaves room to others beyond own
}

// NewAccount returns an account for an operator over budget, which may be nil for no limit. Its peak goes to stat, which may be nil.
func NewAccount(budget *mem.Budget, operator string, stat *Stat) *Account {
	if budget == nil {
		budget = mem.NewBudget("unlimited", 0)
	}
	return &Account{res: budget.Reservation(operator), budget: budget, stat: stat}
}

// NewShare returns an account for an operator that can spill. It sets own bytes aside at once, or as much of them as there is, so that operators
// that come late have something to work with. Beyond them it grows only while what stays free in the budget is at least a third of what it has:
// the first operator of a query does not take all.
func NewShare(budget *mem.Budget, operator string, stat *Stat, own int64) *Account {
	a := NewAccount(budget, operator, stat)
	a.shares = true
	for ; own >= 1<<12; own /= 2 {
		if a.res.Grow(own) == nil {
			a.own = own
			break
		}
	}
	return a
}

// Grow reserves bytes more; a negative number gives them back. The error is a fault.Error of code Memory that names the operator.
func (a *Account) Grow(bytes int64) error { return a.grow(bytes, false) }

// Insist is Grow that leaves no room to others: for what an operator cannot do without.
func (a *Account) Insist(bytes int64) error { return a.grow(bytes, true) }

func (a *Account) grow(bytes int64, insist bool) error {
	if a == nil || bytes == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.charge(bytes, insist)
}

// charge is grow under the lock.
func (a *Account) charge(bytes int64, insist bool) error {
	switch {
	case a.closed:
		return nil
	case bytes < 0:
		a.res.Shrink(max(a.used, a.own) - max(a.used+bytes, a.own))
		a.used += bytes
		return nil
	}
	more := max(a.used+bytes, a.own) - max(a.used, a.own)
	if more > 0 && a.shares && !insist && a.budget.Available()-more < (a.used+bytes)/3 {
		return a.budget.Refusal(a.res, bytes)
	}
	if err := a.res.Grow(more); err != nil {
		return err
	}
	a.used += bytes
	if a.stat != nil && a.used > a.stat.MemPeak.Load() {
		a.stat.MemPeak.Store(a.used)
	}
	return nil
}

// Room is about how many bytes more Grow would grant.
func (a *Account) Room() int64 {
	if a == nil {
		return math.MaxInt64 / 2
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	free := a.budget.Available()
	if a.shares {
		free = free/4*3 - a.used/4
	}
	return max(free, a.own-a.used, 0)
}

// Limit is the size of the budget in bytes; math.MaxInt64 is none.
func (a *Account) Limit() int64 {
	if a == nil {
		return math.MaxInt64
	}
	return a.budget.Limit()
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

// UseSlabs lets Words take from s, which must outlive a.
func (a *Account) UseSlabs(s *mem.Slabs) {
	a.slabs, a.bulk = s, mem.NewBudget("slabs", 0).Reservation("slabs")
}

// Words reserves and returns n words of unspecified content. FreeWords takes them back, or Close at the latest: no slice of them may be used then.
// Large runs of words lie outside the Go heap where there are slabs (see UseSlabs). The error is that of Grow, or of Insist if insist is set.
func (a *Account) Words(n int, insist bool) ([]uint64, error) {
	if a == nil || a.slabs == nil {
		if err := a.grow(8*int64(n), insist); err != nil {
			return nil, err
		}
		return make([]uint64, n), nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	size := int64(mem.SlabSize(8 * n))
	if err := a.charge(size, insist); err != nil {
		return nil, err
	}
	w, err := mem.DirtySlab[uint64](a.slabs, a.bulk, n)
	if err != nil {
		return nil, errors.Join(err, a.charge(-size, false))
	}
	a.lent = append(a.lent, w)
	return w, nil
}

// FreeWords takes back what Words returned.
func (a *Account) FreeWords(w []uint64) {
	if a == nil || a.slabs == nil {
		a.Shrink(8 * int64(len(w)))
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, x := range a.lent {
		if unsafe.SliceData(x) == unsafe.SliceData(w) {
			last := len(a.lent) - 1
			a.lent[i] = a.lent[last]
			a.lent = a.lent[:last]
			mem.FreeSlab(a.slabs, a.bulk, w)
			_ = a.charge(-int64(mem.SlabSize(8*len(w))), false) // giving back cannot fail
			return
		}
	}
}

// Close gives everything back. It is idempotent.
func (a *Account) Close() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range a.lent {
		mem.FreeSlab(a.slabs, a.bulk, w)
	}
	a.lent = nil
	a.res.Free()
	a.closed = true
}
