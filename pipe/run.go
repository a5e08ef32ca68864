package pipe

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
)

// Options are the settings of one run.
type Options struct {
	Engine   *siksik.Engine                   // whose functions, budget and threads are used; nil for the default
	Params   map[string]any                   // values of parameters; strings are read as the type of the default
	Env      func(name string) (string, bool) // what ${env:NAME} means; nil if there is no environment
	Progress func(Progress)                   // called about ten times a second while the run goes on, and at its end; nil for no reports
}

// Run binds the pipeline, runs it and makes its sinks visible. All mistakes of names and types are reported before anything is read. If anything fails,
// a check included, nothing is written; only if the commit of one of several sinks fails may others be committed, and the error says which.
func (p *Pipeline) Run(ctx context.Context, o Options) (*Summary, error) {
	start := time.Now()
	for attempt := 1; ; attempt++ {
		s, again, err := p.attempt(ctx, o, start)
		if err == nil {
			s.Attempts = attempt
			return s, nil
		}
		if !again || attempt > p.retries || ctx.Err() != nil {
			return nil, err
		}
		if !p.wait(ctx, attempt) {
			return nil, err
		}
	}
}

// wait pauses before a repetition, up to a minute. It reports whether the run goes on.
func (p *Pipeline) wait(ctx context.Context, attempt int) bool {
	t := time.NewTimer(min(p.pause<<min(attempt-1, 10), time.Minute))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// ofTheWorld reports an error that may be gone the next time: everything that is not the fault of the pipeline or its data.
func ofTheWorld(err error) bool {
	switch fault.CodeOf(err) {
	case "", fault.IO:
		return !errors.Is(err, context.Canceled)
	default:
		return false
	}
}

// attempt runs the pipeline once. The second result says that nothing was written and a repetition may help.
func (p *Pipeline) attempt(ctx context.Context, o Options, start time.Time) (*Summary, bool, error) {
	b, err := p.bind(ctx, o)
	if err != nil {
		return nil, ofTheWorld(err), err
	}
	q, err := b.query().Prepare(ctx)
	if err != nil {
		return nil, false, err
	}
	w := b.watch(q, o.Progress, start)
	defer w.stop()
	err = q.Each(ctx, func(*data.Batch) error { return nil })
	if err == nil {
		err = b.failures()
	}
	if err != nil {
		err = b.unmask(errors.Join(err, b.abort(ctx)))
		return nil, ofTheWorld(err), err
	}
	w.commits()
	if committed, err := b.commit(ctx); err != nil {
		return nil, committed == 0 && ofTheWorld(err), err
	}
	w.stop()
	return b.summary(q, time.Since(start)), false, nil
}

// unmask leaves a single error as it is, so that its place is kept, and positions those of steps.
func (b *bound) unmask(err error) error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		if list := j.Unwrap(); len(list) == 1 {
			err = list[0]
		}
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Pos.Text == "" {
		return err
	}
	for _, r := range b.rels {
		if r.step != nil && r.step.sql.value == f.Pos.Text {
			return b.explain(f, "step "+strconv.Quote(r.name.value), r.name.at, r.step.sql)
		}
	}
	return err
}

// abort removes the traces of all loads, even if ctx is cancelled.
func (b *bound) abort(ctx context.Context) error {
	var errs []error
	for _, t := range b.targets {
		if err := t.fan.Abort(context.WithoutCancel(ctx)); err != nil {
			errs = append(errs, fmt.Errorf("aborting: %w", err))
		}
	}
	return errors.Join(errs...)
}

// commit makes the loads visible one after the other. Until the first one is, the run may be cancelled; then the others follow in any case.
func (b *bound) commit(ctx context.Context) (committed int, err error) {
	var done []string
	for _, l := range b.sinks {
		if len(done) == 1 {
			ctx = context.WithoutCancel(ctx)
		}
		if err := ctx.Err(); err != nil {
			return len(done), errors.Join(context.Cause(ctx), b.abort(ctx))
		}
		if err := l.open.Commit(ctx, l.receipts); err != nil {
			err = b.explain(err, "committing "+l.uri, span{})
			if len(done) > 0 {
				err = fmt.Errorf("%w (committed before: %s; the others are unchanged)", err, strings.Join(done, ", "))
			}
			return len(done), errors.Join(err, b.abort(ctx))
		}
		l.done = true
		done = append(done, l.uri)
	}
	return len(done), nil
}

// summary collects what the run did.
func (b *bound) summary(q *siksik.Running, took time.Duration) *Summary {
	s := &Summary{Pipeline: b.p.name, Seconds: took.Seconds(), PeakMemory: peakMemory(), Budgeted: q.PeakMemory(), Sinks: b.written()}
	for _, x := range b.read(q) {
		s.Sources = append(s.Sources, x.SourceSummary)
	}
	for _, r := range b.rels {
		if r.step == nil {
			continue
		}
		for _, c := range r.step.checks {
			s.Checks = append(s.Checks, CheckSummary{r.name.value, c.rule})
		}
	}
	return s
}

// read returns the state of the sources, in the order of the pipeline, and after them that of files which steps name themselves.
func (b *bound) read(q *siksik.Running) []SourceProgress {
	var out []SourceProgress
	at := map[string]int{}
	for _, s := range b.p.sources {
		at[s.name.value] = len(out)
		file, err := b.env.expand(s.rejects)
		if err != nil { // the source would not have opened
			file = ""
		}
		out = append(out, SourceProgress{SourceSummary: SourceSummary{Name: s.name.value, RejectFile: fault.Redact(file)}})
	}
	for _, x := range q.Progress() {
		i, ok := at[x.Source]
		if !ok {
			i = len(out)
			at[x.Source] = i
			out = append(out, SourceProgress{SourceSummary: SourceSummary{Name: fault.Redact(x.Source)}})
		}
		o := &out[i]
		o.Rows += x.Rows
		o.Bytes += x.Bytes
		o.TotalBytes += x.TotalBytes
		o.Rejected += x.Rejected
		o.Nulled += x.Nulled
	}
	return out
}

// written returns the state of the sinks.
func (b *bound) written() []SinkSummary {
	out := make([]SinkSummary, len(b.sinks))
	for i, l := range b.sinks {
		out[i] = SinkSummary{From: l.from, URI: l.uri, Mode: l.mode.String(), Key: l.key, Rows: l.rows.Load()}
	}
	return out
}

// Describe binds the pipeline, which opens its sources and sinks, and reads no rows.
func (p *Pipeline) Describe(ctx context.Context, o Options) (*Description, error) {
	b, err := p.bind(ctx, o)
	if err != nil {
		return nil, err
	}
	d := &Description{Pipeline: p.name, Sinks: b.written()}
	for _, r := range b.rels {
		x := Relation{Name: r.name.value, Step: r.step != nil}
		for _, f := range r.schema.Fields {
			x.Columns = append(x.Columns, Column{f.Name, f.Type.String()})
		}
		if r.step != nil {
			for _, c := range r.step.checks {
				x.Checks = append(x.Checks, c.rule)
			}
		}
		d.Relations = append(d.Relations, x)
	}
	_, err = b.query().Prepare(ctx)
	return d, err
}

// Explain describes the plan of the whole pipeline as "text", "mermaid" or "json".
func (p *Pipeline) Explain(ctx context.Context, format string, o Options) (string, error) {
	b, err := p.bind(ctx, o)
	if err != nil {
		return "", err
	}
	return b.query().ExplainAs(ctx, format)
}
