package exec

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// Run runs the pipelines of p in order on threads workers each and returns the first error. When it returns, no goroutine that it started is
// left, all sources are closed and all Done functions and Closers have been called. A plan runs once. prof may be nil.
func Run(ctx context.Context, p *Plan, threads int, prof *Profile) (err error) {
	if prof == nil {
		prof = &Profile{}
	}
	defer func() {
		for _, x := range p.Pipelines {
			err = also(err, x.end())
		}
		for i := len(p.Closers) - 1; i >= 0; i-- {
			p.Closers[i]()
		}
		p.Closers = nil
	}()
	for _, x := range p.Pipelines {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := x.run(ctx, max(threads, 1), prof); err != nil {
			return Untraced(err)
		}
		if c, ok := x.Sink.(Committer); ok && c.Committed() {
			ctx = context.WithoutCancel(ctx)
		}
		if err := x.end(); err != nil {
			return err
		}
	}
	return nil
}

// end closes the sources and calls the Done functions; only the first call does anything.
func (p *Pipeline) end() error {
	err := p.closeSources()
	done := p.Done
	p.Done = nil
	for _, f := range done {
		f()
	}
	return err
}

// closeSources closes the sources of all legs; only the first call does anything. Sources report here what makes their rows incomplete, such as
// too many rejected lines.
func (p *Pipeline) closeSources() error {
	var errs []error
	for i := range p.Legs {
		l := &p.Legs[i]
		if s := l.Source; s != nil {
			errs = append(errs, s.Close())
		} else if l.From != nil && l.From.result != nil {
			errs = append(errs, l.From.result.Close())
		}
	}
	p.Legs = nil
	return errors.Join(errs...)
}

// also joins two errors and leaves a single one as it is.
func also(err, more error) error {
	if err == nil || more == nil {
		return cmp.Or(err, more)
	}
	return errors.Join(err, more)
}

// run drives one pipeline.
func (p *Pipeline) run(ctx context.Context, threads int, prof *Profile) error {
	d := &driver{pipe: p, prof: prof, legDone: make([]atomic.Bool, len(p.Legs)), started: map[Transform]bool{}}
	if s, ok := p.Sink.(Starter); ok {
		s.Start(0)
	}
	g := newGroup(ctx)
	for i := range threads {
		g.start(func(ctx context.Context) error { return d.work(ctx, i) })
	}
	if err := g.wait(ctx); err != nil {
		return err
	}
	// A sink may commit in Finish, so everything that can still go wrong with the rows must have been said.
	if err := p.closeSources(); err != nil {
		return err
	}
	return protect(func() (err error) {
		p.result, err = p.Sink.Finish(ctx, &Crew{Threads: threads})
		return err
	})
}

// driver is the shared state of one pipeline's workers.
type driver struct {
	pipe    *Pipeline
	prof    *Profile
	legDone []atomic.Bool // no more rows are needed from the leg

	claims  sync.Mutex // held while claiming, also while Next blocks
	leg     int
	opened  bool
	next    uint64
	started map[Transform]bool

	flight InFlight // morsels claimed and not ended
}

// claim is one task on its way to a worker.
type claim struct {
	leg    int
	task   Task
	morsel uint64
}

// claim returns the next task of the current leg, or of the legs after it, or io.EOF.
func (d *driver) claim(ctx context.Context) (claim, error) {
	d.claims.Lock()
	defer d.claims.Unlock()
	for ; d.leg < len(d.pipe.Legs); d.leg, d.opened = d.leg+1, false {
		if d.legDone[d.leg].Load() {
			continue
		}
		if err := d.begin(ctx); err != nil {
			return claim{}, err
		}
		t, err := d.pipe.Legs[d.leg].source().Next(ctx)
		if err == io.EOF {
			continue
		}
		if err != nil {
			return claim{}, err
		}
		if ctx.Err() != nil {
			return claim{}, context.Cause(ctx)
		}
		c := claim{leg: d.leg, task: t, morsel: d.next}
		d.next++
		d.flight.Begin()
		return c, nil
	}
	return claim{}, io.EOF
}

// begin opens the current leg once; the caller holds claims.
func (d *driver) begin(ctx context.Context) error {
	if d.opened {
		return nil
	}
	d.opened = true
	l := &d.pipe.Legs[d.leg]
	if l.Barrier {
		if err := d.flight.Drain(ctx); err != nil {
			return err
		}
	}
	for _, s := range l.Stages {
		if st, ok := s.Transform.(Starter); ok && !d.started[s.Transform] {
			st.Start(d.next)
		}
		d.started[s.Transform] = true
	}
	return l.source().Open(ctx)
}

// stop marks the legs that contain stage k of leg; a k past the stages means the sink.
func (d *driver) stop(leg, k int) {
	stages := d.pipe.Legs[leg].Stages
	for i := range d.pipe.Legs {
		if k >= len(stages) {
			d.legDone[i].Store(true)
			continue
		}
		for _, s := range d.pipe.Legs[i].Stages {
			if s.Transform == stages[k].Transform {
				d.legDone[i].Store(true)
			}
		}
	}
}

// work is the life of one worker.
func (d *driver) work(ctx context.Context, worker int) (err error) {
	w := d.pipe.Sink.Worker(worker)
	var c *chain
	defer func() {
		if c != nil {
			err = also(err, c.close())
		}
	}()
	for {
		cl, err := d.claim(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if c == nil || c.leg != cl.leg {
			if c != nil {
				if err := c.close(); err != nil {
					return err
				}
			}
			c = newChain(d, cl.leg, worker, w)
		}
		if err := c.morsel(ctx, cl); err != nil {
			return err
		}
		d.flight.End()
	}
	if err := w.Combine(ctx); err != nil {
		return err
	}
	return nil
}
