package mem

import (
	"math"
	"math/bits"
	"sync"
)

// Slack is how many readable bytes follow the length of every buffer of a Pool:
// decoders load whole words and vectors past the last value.
const Slack = 64

// Classes of a Pool: powers of two from 1 KiB to 1 GiB.
const (
	classMin = 10
	classMax = 30
)

// Pool recycles byte buffers by size class, for readers and decompressors. What it
// lends and keeps counts in one reservation. Its methods may be called from many
// goroutines. Buffers come back by Put only; one that does not is lost to the pool
// and stays charged until Close.
type Pool struct {
	held *Reservation

	mu   sync.Mutex
	idle [classMax + 1][][]byte
}

// NewPool makes an empty pool under b.
func NewPool(b *Budget, name string) *Pool {
	p := &Pool{held: b.cacheReservation(name)}
	b.AddCache(p)
	return p
}

// Get returns n bytes of unspecified content with Slack more in capacity. The caller
// gives them back by Put exactly once. The error is a *fault.Error of code Memory.
func (p *Pool) Get(n int) ([]byte, error) {
	c := class(n + Slack)
	if c > classMax {
		if err := p.held.Grow(int64(n + Slack)); err != nil {
			return nil, err
		}
		return make([]byte, n, n+Slack), nil
	}
	p.mu.Lock()
	if l := p.idle[c]; len(l) > 0 {
		b := l[len(l)-1]
		p.idle[c] = l[:len(l)-1]
		p.mu.Unlock()
		return b[:n], nil
	}
	p.mu.Unlock()
	if err := p.held.Grow(1 << c); err != nil {
		return nil, err
	}
	return make([]byte, n, 1<<c), nil
}

// Put takes back a buffer of Get, sliced from its start; nil is allowed.
func (p *Pool) Put(b []byte) {
	n := cap(b)
	if n == 0 {
		return
	}
	c := class(n)
	if c > classMax || n != 1<<c {
		p.held.Shrink(int64(n))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle[c] = append(p.idle[c], b[:0])
}

// Release implements Cache: it drops idle buffers, the largest first, until n bytes
// are free.
func (p *Pool) Release(n int64) int64 {
	p.mu.Lock()
	freed := int64(0)
	for c := classMax; c >= classMin && freed < n; c-- {
		for l := p.idle[c]; len(l) > 0 && freed < n; l = p.idle[c] {
			freed += 1 << c
			l[len(l)-1] = nil
			p.idle[c] = l[:len(l)-1]
		}
	}
	p.mu.Unlock()
	p.held.Shrink(freed)
	return freed
}

// Close drops all idle buffers and returns the bytes still lent, which are a leak.
func (p *Pool) Close() int64 {
	p.held.budget.RemoveCache(p)
	p.Release(math.MaxInt64)
	left := p.held.Used()
	p.held.Free()
	return left
}

// class is the exponent of the smallest class of at least n bytes.
func class(n int) int { return max(bits.Len(uint(n-1)), classMin) }
