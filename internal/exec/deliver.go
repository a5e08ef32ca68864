package exec

import (
	"context"
	"errors"

	"github.com/siksik-data/siksik/data"
)

// Deliver is a Sink that hands the rows to one consumer in the order of the source. Batches of the lowest open morsel go to the consumer
// as they come; later morsels are copied as far as memory allows and wait for their turn, at most one a worker, so memory is bounded and a slow
// consumer slows the workers down.
type Deliver struct {
	turns Turns
	ch    chan *data.Batch
	ack   chan struct{}
	mem   *Account
}

// NewDeliver returns a Deliver that reserves copies from mem.
func NewDeliver(mem *Account) *Deliver {
	return &Deliver{ch: make(chan *data.Batch), ack: make(chan struct{}), mem: mem}
}

// Run runs the plan that ends in d and calls fn on the calling goroutine for each batch, in order. The batch is borrowed until fn returns. If fn
// returns Stop the plan is cancelled and Run returns nil; any other error of fn is returned.
func (d *Deliver) Run(ctx context.Context, p *Plan, threads int, prof *Profile, fn func(*data.Batch) error) error {
	g := newGroup(ctx)
	g.start(func(ctx context.Context) error {
		defer close(d.ch)
		return Run(ctx, p, threads, prof)
	})
	var failed error
	for b := range d.ch {
		if failed == nil {
			if failed = protect(func() error { return fn(b) }); failed != nil {
				g.cancel(failed)
			}
		}
		d.ack <- struct{}{}
	}
	err := g.wait(ctx)
	switch {
	case failed == nil:
		return err
	case errors.Is(failed, Stop):
		return nil
	default:
		return failed
	}
}

// Worker implements Sink.
func (d *Deliver) Worker(int) Writer { return &deliverWriter{d: d} }

// Finish implements Sink.
func (d *Deliver) Finish(context.Context, *Crew) (Source, error) { return nil, nil }

// send gives a batch to the consumer and waits until it is done with it.
func (d *Deliver) send(ctx context.Context, b *data.Batch) error {
	select {
	case d.ch <- b:
		<-d.ack
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

type deliverWriter struct {
	d    *Deliver
	held []*data.Batch
	size int64
}

// Write implements Writer. Without memory for a copy it waits for the turn.
func (w *deliverWriter) Write(ctx context.Context, b *data.Batch) error {
	_, mine := w.d.turns.Before(b.Morsel)
	var own *data.Batch
	var n int64
	if !mine {
		own = b.Clone()
		n = int64(own.Size())
		if w.d.mem.Grow(n) != nil {
			if _, err := w.d.turns.Wait(ctx, b.Morsel); err != nil {
				return err
			}
			mine = true
		}
	}
	if mine {
		if err := w.release(ctx); err != nil {
			return err
		}
		return w.d.send(ctx, b)
	}
	w.size += n
	w.held = append(w.held, own)
	return nil
}

// release sends what was held back.
func (w *deliverWriter) release(ctx context.Context) error {
	for i, b := range w.held {
		w.held[i] = nil
		if err := w.d.send(ctx, b); err != nil {
			return err
		}
	}
	w.held = w.held[:0]
	w.d.mem.Shrink(w.size)
	w.size = 0
	return nil
}

// Flush implements Writer.
func (w *deliverWriter) Flush(ctx context.Context, morsel uint64) error {
	if len(w.held) > 0 {
		if _, err := w.d.turns.Wait(ctx, morsel); err != nil {
			return err
		}
		if err := w.release(ctx); err != nil {
			return err
		}
	}
	w.d.turns.End(morsel, 0)
	return nil
}

// Combine implements Writer.
func (w *deliverWriter) Combine(context.Context) error { return nil }
