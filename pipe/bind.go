package pipe

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/spi"
)

// bound is a pipeline of which everything is known but the rows.
type bound struct {
	p       *Pipeline
	env     *env
	engine  *siksik.Engine
	rels    []*relation
	targets []*target
	sinks   []*load // of all targets, in the order of the pipeline
}

// relation is an opened source or a bound step.
type relation struct {
	name   text
	frame  siksik.LazyFrame
	schema dtype.Schema
	step   *step // nil for a source
}

// target is a relation that is written or checked. One write feeds all its sinks and checks.
type target struct {
	rel    *relation
	fan    *fan
	unique []*uniqueCheck
}

// bind opens the sources and sinks and checks every name and type, in the order of the pipeline.
func (p *Pipeline) bind(ctx context.Context, o Options) (*bound, error) {
	if p.err != nil {
		return nil, p.err
	}
	e, err := p.newEnv(o.Params, o.Env)
	if err != nil {
		return nil, err
	}
	b := &bound{p: p, env: e, engine: o.Engine}
	for i := range p.sources {
		if err := b.source(ctx, &p.sources[i]); err != nil {
			return nil, err
		}
	}
	for i := range p.steps {
		if err := b.step(ctx, &p.steps[i]); err != nil {
			return nil, err
		}
	}
	for i := range p.sinks {
		if err := b.sink(ctx, &p.sinks[i]); err != nil {
			return nil, err
		}
	}
	for _, r := range b.rels {
		if err := b.checks(ctx, r); err != nil {
			return nil, err
		}
	}
	if len(b.targets) == 0 {
		return nil, fault.New(fault.Usage, "pipeline %q has nothing to do: it has neither sinks nor checks", p.name)
	}
	return b, nil
}

// on binds a frame to the engine of the run.
func (b *bound) on(f siksik.LazyFrame) siksik.LazyFrame {
	if b.engine == nil {
		return f
	}
	return f.On(b.engine)
}

func (b *bound) source(ctx context.Context, s *source) error {
	f, err := s.frame(b.env)
	if err == nil {
		f, err = b.on(f).Opened(ctx, s.name.value)
	}
	var schema dtype.Schema
	if err == nil {
		schema, err = f.Schema(ctx)
	}
	if err != nil {
		at := s.uri.at
		if at == (span{}) {
			at = s.name.at
		}
		return b.explain(err, "source "+strconv.Quote(s.name.value), blamed(err, at, s.settings))
	}
	b.rels = append(b.rels, &relation{name: s.name, frame: f.Cache(), schema: schema})
	return nil
}

func (b *bound) step(ctx context.Context, s *step) error {
	var f siksik.LazyFrame
	what := "step " + strconv.Quote(s.name.value)
	given := map[string]siksik.LazyFrame{}
	in := Relations{frames: given, err: new(error)}
	for _, r := range b.rels {
		given[r.name.value] = r.frame
		in.names = append(in.names, r.name.value)
	}
	if s.fn == nil {
		f = siksik.SQLContext(s.sql.value, given, b.env.sqlParams(s.params)...)
	} else {
		f = s.fn(in)
	}
	if *in.err != nil {
		return b.explain(*in.err, what, s.name.at)
	}
	f = b.on(f)
	schema, err := f.Schema(ctx)
	if err != nil {
		return b.explain(err, what, s.name.at, s.sql)
	}
	b.rels = append(b.rels, &relation{name: s.name, frame: f.Cache(), schema: schema, step: s})
	return nil
}

// blamed returns the place of the setting that an error names, or the given place.
func blamed(err error, at span, settings []text) span {
	var f *fault.Error
	if !errors.As(err, &f) {
		return at
	}
	for _, s := range settings {
		if strings.Contains(f.Msg, strconv.Quote(s.value)) {
			return s.at
		}
	}
	return at
}

// explain says where an error belongs: at its place in the pipeline file if it has one in one of the texts, else at the given place.
func (b *bound) explain(err error, what string, at span, texts ...text) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return fmt.Errorf("%s: %w", what, err)
	}
	out := *f
	out.Msg = fault.Redact(out.Msg)
	if out.Pos.Text == "" && out.Pos.Source == "" {
		out.Msg = what + ": " + out.Msg
		return b.p.doc.fail(at, &out)
	}
	for _, t := range texts {
		if out.Pos.Text != t.value {
			continue
		}
		out.Msg = what + ": " + out.Msg
		if place, ok := b.p.doc.inside(t, out.Pos.Offset, out.Pos.End); ok {
			return b.p.doc.fail(place, &out)
		}
		return &out
	}
	return &out
}

func (b *bound) relation(name string) *relation {
	for _, r := range b.rels {
		if strings.EqualFold(r.name.value, name) {
			return r
		}
	}
	return nil
}

// target returns the target of a relation, which it makes if need be.
func (b *bound) target(r *relation) *target {
	for _, t := range b.targets {
		if t.rel == r {
			return t
		}
	}
	t := &target{rel: r, fan: &fan{schema: r.schema}}
	b.targets = append(b.targets, t)
	return t
}

// sink opens a sink.
func (b *bound) sink(ctx context.Context, s *sink) error {
	uri, err := b.env.expand(s.uri)
	if err != nil {
		return err
	}
	opts, err := s.options(b.env)
	if err != nil {
		return err
	}
	w := &frame.Write{Path: uri, Options: spi.Options{}}
	for _, o := range opts {
		o(w)
	}
	r := b.relation(s.from.value)
	if err := b.key(s, r, w); err != nil {
		return err
	}
	l := &load{from: s.from.value, uri: fault.Redact(uri), target: uri, mode: w.Mode, key: w.Key, options: w.Options, sink: w.Sink}
	for _, other := range b.sinks {
		if other.target == uri && w.Sink == nil {
			return b.p.doc.failf(s.uri.at, "two sinks write to %s", l.uri)
		}
	}
	if l.sink == nil {
		engine.LinkWriters()
		if l.sink, err = catalog.New(spi.Default).OpenSink(ctx, uri, w.Format, w.Options); err != nil {
			return b.explain(err, "sink "+l.uri, blamed(err, s.uri.at, s.settings))
		}
	}
	t := b.target(r)
	t.fan.loads = append(t.fan.loads, l)
	b.sinks = append(b.sinks, l)
	return nil
}

// key checks the key columns of an upsert.
func (b *bound) key(s *sink, r *relation, w *frame.Write) error {
	if w.Mode == spi.Upsert && len(w.Key) == 0 {
		return b.p.doc.failf(s.from.at, "sink of %q: an upsert needs key columns", s.from.value)
	}
	for i, k := range w.Key {
		if err := b.column(r, k); err != nil {
			at := s.from.at
			if i < len(s.key) {
				at = s.key[i].at
			}
			return b.p.doc.fail(at, err)
		}
	}
	return nil
}

// column returns an error if a relation has no such column.
func (b *bound) column(r *relation, name string) *fault.Error {
	if r.schema.Index(name) >= 0 {
		return nil
	}
	var cols []string
	for _, f := range r.schema.Fields {
		cols = append(cols, f.Name)
	}
	err := fault.New(fault.Name, "%q has no column %q", r.name.value, name)
	if err.Hint = fault.DidYouMean(name, cols); err.Hint == "" {
		err.Hint = "columns: " + strings.Join(cols, ", ")
	}
	return err
}

// checks binds the checks of a relation.
func (b *bound) checks(ctx context.Context, r *relation) error {
	if r.step == nil {
		return nil
	}
	for i := range r.step.checks {
		c := &r.step.checks[i]
		if err := b.check(ctx, r, c); err != nil {
			return err
		}
	}
	return nil
}

func (b *bound) check(ctx context.Context, r *relation, c *Check) error {
	what := "check of " + strconv.Quote(r.name.value)
	for i, name := range c.cols {
		if err := b.column(r, name); err != nil {
			at := c.at
			if i < len(c.where) {
				at = c.where[i].at
			}
			return b.p.doc.fail(at, err)
		}
	}
	t := b.target(r)
	switch {
	case c.unique:
		t.unique = append(t.unique, &uniqueCheck{check: c, rel: r})
		return nil
	case c.tests == nil:
		t.fan.counts = append(t.fan.counts, c)
		return nil
	}
	tests, err := c.tests(r.schema, b.env)
	if err != nil {
		return b.explain(err, what, c.at)
	}
	for _, x := range tests {
		if x.cond != nil {
			err = b.condition(ctx, r, c, x)
		}
		if err == nil {
			_, err = r.frame.Select(x.fail.Alias(flagName(0))).Schema(ctx)
		}
		if err != nil {
			return b.explain(err, what, c.at, c.text)
		}
		t.fan.tests = append(t.fan.tests, &running{check: c, test: x})
	}
	return nil
}

// condition checks that an expectation is a condition.
func (b *bound) condition(ctx context.Context, r *relation, c *Check, x test) error {
	s, err := r.frame.Select(x.cond.Alias(flagName(0))).Schema(ctx)
	if err == nil && s.Fields[0].Type.Kind != dtype.Bool && s.Fields[0].Type.Kind != dtype.Null {
		err = fault.New(fault.Type, "%s is %s, and an expectation is true or false", c.text.value, s.Fields[0].Type)
	}
	return err
}

// flagName is the column that is true where test i fails. A space in front keeps it apart from columns of people.
func flagName(i int) string { return " check " + strconv.Itoa(i) }

// query is the whole pipeline as one frame, so that everything that is used several times runs once.
func (b *bound) query() siksik.LazyFrame {
	var all []siksik.LazyFrame
	for _, t := range b.targets {
		f := t.rel.frame
		var flags []siksik.Expr
		for i, x := range t.fan.tests {
			flags = append(flags, x.test.fail.Alias(flagName(i)))
		}
		if len(flags) > 0 {
			f = f.WithColumns(flags...)
		}
		all = append(all, f.SinkTo(t.rel.name.value, siksik.LoadInto(t.fan)))
		for _, u := range t.unique {
			all = append(all, u.frame().SinkTo("unique "+t.rel.name.value, siksik.LoadInto(u)))
		}
	}
	if len(all) == 1 {
		return b.on(all[0])
	}
	return b.on(siksik.Concat(all...))
}
