package exec

import (
	"context"
	"io"
	"time"

	"github.com/siksik-data/siksik/data"
)

// chain is one worker's reader, steps and writer for one leg. Stage 0 is the reader, 1..n the steps, n+1 the writer.
type chain struct {
	d       *driver
	leg     int
	reader  Reader
	steps   []Step
	writer  Writer
	emits   []Emit  // emits[k] pushes into stage k; 1..n+1
	tallies []tally // by stage
	ctx     context.Context
	current uint64 // morsel
	stopped int    // the stage that needs no more rows in this morsel, or -1
	timing  bool
	at      int // stage that the clock charges
	since   time.Time
}

func newChain(d *driver, leg, worker int, w Writer) *chain {
	l := &d.pipe.Legs[leg]
	n := len(l.Stages)
	c := &chain{d: d, leg: leg, writer: w, emits: make([]Emit, n+2), tallies: make([]tally, n+2), timing: d.prof.Timing}
	c.track(0, l.Node)
	c.track(n+1, d.pipe.Node)
	for i, s := range l.Stages {
		c.track(i+1, s.Node)
		c.steps = append(c.steps, s.Worker(worker))
		c.emits[i+1] = c.into(i + 1)
	}
	c.emits[n+1] = c.into(n + 1)
	c.reader = l.source().Worker(worker)
	return c
}

func (c *chain) track(stage, node int) {
	if node != NoNode {
		c.tallies[stage].stat = c.d.prof.Stat(node)
	}
}

func (c *chain) close() error {
	if c.reader == nil {
		return nil
	}
	err := c.reader.Close()
	c.reader = nil
	return err
}

// morsel reads a task to its end and flushes everything behind it.
func (c *chain) morsel(ctx context.Context, cl claim) error {
	c.ctx, c.current, c.stopped = ctx, cl.morsel, -1
	if c.timing {
		c.at, c.since = 0, time.Now()
	}
	if err := c.reader.Start(ctx, cl.task); err != nil {
		return err
	}
	if err := c.read(ctx); err != nil && err != Stop {
		return err
	}
	if c.d.legDone[c.leg].Load() { // no task comes after this one, and others may wait for what the reader holds
		if err := c.close(); err != nil {
			return err
		}
	}
	for i, s := range c.steps {
		c.enter(i + 1)
		if err := s.Flush(ctx, cl.morsel, c.emits[i+2]); err != nil && err != Stop {
			return Untraced(err)
		}
	}
	c.enter(len(c.steps) + 1)
	if err := c.writer.Flush(ctx, cl.morsel); err == Stop {
		c.d.stop(c.leg, len(c.steps)+1)
	} else if err != nil {
		return Untraced(err)
	}
	c.enter(0)
	for i := range c.tallies {
		c.tallies[i].flush()
	}
	return nil
}

// read pushes all batches of the current task.
func (c *chain) read(ctx context.Context) error {
	done := &c.d.legDone[c.leg]
	for !done.Load() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		b, err := c.reader.Read(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.emits[1](b); err != nil {
			return located(ctx, c.reader, err)
		}
	}
	return nil
}

// into returns the Emit that pushes into stage k and keeps the books of stages k-1 and k.
func (c *chain) into(k int) Emit {
	from, to := &c.tallies[k-1], &c.tallies[k]
	push := func(b *data.Batch) error { return c.writer.Write(c.ctx, b) }
	if k <= len(c.steps) {
		step, next := c.steps[k-1], k+1
		push = func(b *data.Batch) error { return step.Push(c.ctx, b, c.emits[next]) }
	}
	return func(b *data.Batch) error {
		if b.Len == 0 {
			return nil
		}
		if k == c.stopped {
			return Stop
		}
		b.Morsel = c.current
		rows := int64(b.Len)
		from.rowsOut += rows
		from.batchesOut++
		to.rowsIn += rows
		to.batchesIn++
		if c.timing {
			from.bytes += int64(b.Size())
		}
		back := c.enter(k)
		err := push(b)
		c.enter(back)
		if err == nil {
			return nil
		}
		if err == Stop && c.stopped < 0 {
			c.stopped = k
			c.d.stop(c.leg, k-1)
		}
		return traced(err, k)
	}
}

// enter charges the time since the last switch to the stage that had the clock, hands it to stage k, and returns the old one.
func (c *chain) enter(k int) int {
	old := c.at
	if c.timing {
		now := time.Now()
		c.tallies[old].own += int64(now.Sub(c.since))
		c.at, c.since = k, now
	}
	return old
}
