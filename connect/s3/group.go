package s3

import (
	"context"
	"sync"
	"time"
)

// group runs a few requests at once. This is the only file of the package that starts goroutines: a single S3 connection delivers a fraction of
// what a machine can take, so large reads and uploads need several. Whoever starts a group waits for it before returning or in Close, and
// cancels its context first when the results are not wanted any more, so no goroutine outlives its owner.
type group struct {
	outer  context.Context // what ends start
	ctx    context.Context // what the functions run in
	cancel context.CancelFunc
	slots  chan struct{}
	wg     sync.WaitGroup
	mu     sync.Mutex
	err    error
}

// newGroup returns a group that runs at most limit functions at once.
func newGroup(ctx context.Context, limit int) *group {
	g := &group{outer: ctx, slots: make(chan struct{}, limit)}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

// newPatientGroup is newGroup for functions that go on when ctx is cancelled, until stop or settle.
func newPatientGroup(ctx context.Context, limit int) *group {
	g := &group{outer: ctx, slots: make(chan struct{}, limit)}
	g.ctx, g.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return g
}

// start runs f as soon as a slot is free; until then it blocks. After the first error it starts nothing and returns that error.
func (g *group) start(f func(ctx context.Context) error) error {
	select {
	case g.slots <- struct{}{}:
	case <-g.ctx.Done():
	case <-g.outer.Done():
	}
	if err := g.failure(); err != nil {
		return err
	}
	if err := g.ctx.Err(); err != nil {
		return err
	}
	if err := g.outer.Err(); err != nil {
		return err
	}
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		defer func() { <-g.slots }()
		if err := f(g.ctx); err != nil {
			g.fail(err)
		}
	}()
	return nil
}

func (g *group) fail(err error) {
	g.mu.Lock()
	if g.err == nil {
		g.err = err
	}
	g.mu.Unlock()
	g.cancel()
}

// failure returns the first error so far.
func (g *group) failure() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// wait returns when all functions have, with the first error.
func (g *group) wait() error {
	g.wg.Wait()
	return g.failure()
}

// stop cancels what runs and waits for it.
func (g *group) stop() {
	g.cancel()
	g.wg.Wait()
}

// settle is stop that leaves what runs some time to end by itself.
func (g *group) settle(grace time.Duration) {
	patience := time.AfterFunc(grace, g.cancel)
	g.wg.Wait()
	patience.Stop()
	g.cancel()
}
