package fs

import (
	"context"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/spi"
)

// Idle keeps readers that nobody uses now, with buffers to use again. It is safe for concurrent use; the zero value keeps none.
type Idle[R any] struct {
	mu   sync.Mutex
	list []*R
}

// Take returns a reader, or nil if there is none.
func (p *Idle[R]) Take() *R {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.list)
	if n == 0 {
		return nil
	}
	r := p.list[n-1]
	p.list = p.list[:n-1]
	return r
}

// Put keeps a reader for the next Take.
func (p *Idle[R]) Put(r *R) {
	p.mu.Lock()
	p.list = append(p.list, r)
	p.mu.Unlock()
}

// Clear forgets the readers.
func (p *Idle[R]) Clear() {
	p.mu.Lock()
	p.list = nil
	p.mu.Unlock()
}

// Lease is one use of a reader that reads one split after the other. Its holder closes it; after that it reads no more, and closing it again does nothing.
type Lease struct {
	// Next is the Read of the reader.
	Next func(context.Context) (*data.Batch, error)
	// End gives the reader back.
	End func() error
}

// Read implements spi.Reader.
func (l *Lease) Read(ctx context.Context) (*data.Batch, error) {
	if l.End == nil {
		return nil, bug.Errorf("read after close")
	}
	return l.Next(ctx)
}

// Close implements spi.Reader.
func (l *Lease) Close() error {
	end := l.End
	if end == nil {
		return nil
	}
	l.End = nil
	return end()
}

// LocatedLease is a Lease of a reader that knows the places of rows.
type LocatedLease struct {
	Lease
	// Find is the Locate of the reader.
	Find func(ctx context.Context, row int) (fault.Pos, error)
}

// Locate implements spi.Locator.
func (l *LocatedLease) Locate(ctx context.Context, row int) (fault.Pos, error) {
	return l.Find(ctx, row)
}

var _ spi.Locator = (*LocatedLease)(nil)
