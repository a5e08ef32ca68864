package mem

import (
	"math"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
)

// Budget is a node of the budget tree: the engine's root with its limit, and one
// child per query. All methods may be called from many goroutines.
type Budget struct {
	name   string
	parent *Budget
	limit  int64 // math.MaxInt64 when it has none of its own
	used   atomic.Int64
	peak   atomic.Int64

	mu     sync.Mutex
	caches []Cache // of b and below it
}

// Cache holds memory that nobody uses right now. A budget that would refuse a
// reservation asks its caches first. Release frees n bytes or what it has, gives
// their reservation back, and returns how many; it must not reserve anything.
type Cache interface {
	Release(n int64) int64
}

// NewBudget makes a root of limit bytes; a limit that is not positive means none.
func NewBudget(name string, limit int64) *Budget {
	if limit <= 0 {
		limit = math.MaxInt64
	}
	return &Budget{name: name, limit: limit}
}

// Child makes a node whose use counts against b as well, without a limit of its own.
func (b *Budget) Child(name string) *Budget { return b.ChildLimit(name, 0) }

// ChildLimit is Child with a limit in bytes that holds besides b's.
func (b *Budget) ChildLimit(name string, limit int64) *Budget {
	c := NewBudget(name, limit)
	c.parent = b
	return c
}

// Name is the name given at construction.
func (b *Budget) Name() string { return b.name }

// Limit is the smallest limit on the way to the root; math.MaxInt64 is none.
func (b *Budget) Limit() int64 {
	l := b.limit
	for p := b.parent; p != nil; p = p.parent {
		l = min(l, p.limit)
	}
	return l
}

// Used is the bytes granted to b and below it.
func (b *Budget) Used() int64 { return b.used.Load() }

// Peak is the largest Used there has been.
func (b *Budget) Peak() int64 { return b.peak.Load() }

// Available is how much a reservation in b could still be granted, caches aside.
func (b *Budget) Available() int64 {
	n := int64(math.MaxInt64)
	for p := b; p != nil; p = p.parent {
		n = min(n, p.limit-p.used.Load())
	}
	return max(n, 0)
}

// AddCache lets b and its ancestors ask c for memory before they refuse any.
func (b *Budget) AddCache(c Cache) {
	for ; b != nil; b = b.parent {
		b.mu.Lock()
		b.caches = append(slices.Clip(b.caches), c)
		b.mu.Unlock()
	}
}

// RemoveCache undoes AddCache.
func (b *Budget) RemoveCache(c Cache) {
	for ; b != nil; b = b.parent {
		b.mu.Lock()
		b.caches = slices.DeleteFunc(slices.Clone(b.caches), func(x Cache) bool { return x == c })
		b.mu.Unlock()
	}
}

// Close ends a child (or root) and returns the bytes that its users never released,
// which are then given back to the parent; 0 is the only good answer.
func (b *Budget) Close() int64 {
	left := b.used.Swap(0)
	if b.parent != nil && left != 0 {
		b.parent.give(left)
	}
	return left
}

// take grants n bytes on the way to the root, or returns the node that refuses even
// after its caches are empty.
func (b *Budget) take(n int64) *Budget {
	full := b.tryTake(n)
	for full != nil && n <= full.limit && full.reclaim(n-(full.limit-full.used.Load())) {
		full = b.tryTake(n)
	}
	return full
}

// tryTake is take without asking the caches.
func (b *Budget) tryTake(n int64) *Budget {
	for p := b; p != nil; p = p.parent {
		if !p.addUsed(n) {
			for q := b; q != p; q = q.parent {
				q.used.Add(-n)
			}
			return p
		}
	}
	return nil
}

// addUsed adds n unless that would pass the limit. A plain add with a later check
// would refuse others for memory that is itself about to be refused.
func (b *Budget) addUsed(n int64) bool {
	for {
		u := b.used.Load()
		if n > b.limit-u {
			return false
		}
		if b.used.CompareAndSwap(u, u+n) {
			notePeak(&b.peak, u+n)
			return true
		}
	}
}

// reclaim asks the caches for n bytes and reports whether any came. It holds no lock
// while they work.
func (b *Budget) reclaim(n int64) bool {
	b.mu.Lock()
	caches := b.caches
	b.mu.Unlock()
	freed := int64(0)
	for _, c := range caches {
		if freed > 0 && freed >= n {
			break
		}
		freed += c.Release(max(n-freed, 1))
	}
	return freed > 0
}

// give returns n bytes to b and its ancestors.
func (b *Budget) give(n int64) {
	for p := b; p != nil; p = p.parent {
		if u := p.used.Add(-n); u < 0 {
			bug.Panicf("budget %s released %d bytes more than it had", p.name, -u)
		}
	}
}

// Refusal is the error of a reservation of b that does not ask for n bytes more, because others need what is left.
func (b *Budget) Refusal(r *Reservation, n int64) error {
	full := b
	for p := b; p != nil; p = p.parent {
		if p.limit < full.limit {
			full = p
		}
	}
	return b.refused(full, r.operator, n, r.Used())
}

// refused is the user's error when full cannot grant n bytes to an operator.
func (b *Budget) refused(full *Budget, operator string, n, held int64) error {
	return fault.New(fault.Memory, "%s needs %s more and holds %s: over the memory budget of %s, of which %s is in use",
		operator, FormatBytes(n), FormatBytes(held), FormatBytes(full.limit), FormatBytes(full.used.Load())).
		WithHint("the budget is raised by --memory, for example --memory %s", SuggestLimit(full.limit))
}

// SuggestLimit is twice a limit, rounded up to a size that people type.
func SuggestLimit(limit int64) string {
	want := float64(limit) * 2
	for _, u := range []struct {
		name string
		size float64
	}{{"MB", 1e6}, {"GB", 1e9}} {
		for _, k := range []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512} {
			if k*u.size >= want {
				return strconv.Itoa(int(k)) + u.name
			}
		}
	}
	return strconv.Itoa(int(math.Ceil(want/1e12))) + "TB"
}

// notePeak raises peak to u.
func notePeak(peak *atomic.Int64, u int64) {
	for p := peak.Load(); u > p && !peak.CompareAndSwap(p, u); p = peak.Load() {
	}
}
