package exec

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/siksik-data/siksik/internal/bug"
)

// PanicError is a panic of a worker turned into an error. It unwraps to the panic's value if that is an error.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error; it includes the stack, without which nobody could help.
func (e *PanicError) Error() string { return fmt.Sprintf("%v\n%s", e.Value, e.Stack) }

// Unwrap returns the panic's value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// protect runs fn and turns a panic into an error.
func protect(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if _, ok := v.(*bug.Error); !ok {
				v = &bug.Error{Msg: fmt.Sprint(v)}
			}
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn()
}

// group is a set of goroutines with one context. The first error cancels the context, and wait returns it.
type group struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup
	mu     sync.Mutex
	err    error
}

// Ended is the cause of the workers' context when all of them have returned, so that what outlives them can tell this from a cancellation.
var Ended = errors.New("the workers have ended")

func newGroup(ctx context.Context) *group {
	g := &group{}
	g.ctx, g.cancel = context.WithCancelCause(ctx)
	return g
}

// start runs fn on a goroutine of its own.
func (g *group) start(fn func(ctx context.Context) error) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if err := protect(func() error { return fn(g.ctx) }); err != nil {
			g.fail(err)
		}
	}()
}

// fail records err and cancels the group. A real error takes the place of a cancellation that came first only because of it.
func (g *group) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil || isCancel(g.err) && !isCancel(err) {
		g.err = err
	}
	g.cancel(err)
}

// wait waits for all goroutines and returns the first error, or the cause if the surrounding context was cancelled.
func (g *group) wait(outer context.Context) error {
	g.wg.Wait()
	g.cancel(Ended)
	if g.err != nil && isCancel(g.err) && outer.Err() != nil {
		return context.Cause(outer)
	}
	return g.err
}

func isCancel(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// Crew runs the parallel part of a Sink.Finish.
type Crew struct{ Threads int }

// Each calls fn for the tasks 0..n-1, each once, on at most Threads goroutines; worker is below Threads. It returns when all have ended.
// After an error the remaining tasks are not started.
func (c *Crew) Each(ctx context.Context, n int, fn func(ctx context.Context, worker, task int) error) error {
	if n == 0 {
		return ctx.Err()
	}
	g := newGroup(ctx)
	var mu sync.Mutex
	next := 0
	claim := func() int {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1
	}
	for w := range min(n, max(c.Threads, 1)) {
		g.start(func(ctx context.Context) error {
			for t := claim(); t < n; t = claim() {
				if err := ctx.Err(); err != nil {
					return context.Cause(ctx)
				}
				if err := fn(ctx, w, t); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.wait(ctx)
}
